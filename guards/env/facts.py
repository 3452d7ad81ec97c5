"""The kinds of facts that scan tells judge. No value is ever in one: of a default only a keyed digest is."""

from __future__ import annotations

import enum

READ = "read"
"""A variable is read: {name, how, default?, folded?}."""
DYNAMIC = "dynamic"
"""A variable is read whose name only begins with what is known: {prefix}."""
GIVEN = "given"
"""A variable is given a value, or room for one: {name, value, secret?, flaw?}."""
DECLARED = "declared"
"""What comments say of a variable: {name, …}."""
MENTIONED = "mentioned"
"""Names that are used without a read that could be compared: {names}."""
HAZARD = "hazard"
"""A line that programs read differently: {name, readers, why}."""
REPEATED = "repeated"
"""A name has two values in one file: {name}."""
CLASS = "class"
"""A class of settings whose bases stand elsewhere: {name, bases, …}."""
CALLS = "calls"
"""Loaders and accessors that canonical.yaml names are called: {names}."""
SOURCES = "sources"
"""A shell script takes in a file of variables."""
END = "end"
"""How a template ends, for adding to it: {size, newline, crlf}."""
PLACES = "places"
"""Fact of canonical.yaml: where its entries stand."""


class Role(enum.StrEnum):
    """What a file is to this guard."""

    PYTHON = "python"
    SCRIPT = "script"
    TEST = "test"
    """Code that tests or shows something: what it names counts as used, and is asked for nothing."""
    SHELL = "shell"
    DOCKERFILE = "dockerfile"
    MAKEFILE = "makefile"
    WORKFLOW = "workflow"
    COMPOSE = "compose"
    TEMPLATE = "template"
    """An environment file without values that count: `.env.example`."""
    DOTENV = "dotenv"
    CANONICAL = "canonical"


class How(enum.StrEnum):
    """What becomes of a program when the variable that it reads is not there."""

    REQUIRED = "required"
    """It ends, or cannot go on."""
    OPTIONAL = "optional"
    """It gets nothing, or asks first."""
    DEFAULTED = "defaulted"
    """It takes something else, or says that it can do without."""


class Holds(enum.StrEnum):
    """What a file gives to a variable."""

    NOTHING = "nothing"
    STAND_IN = "stand-in"
    VALUE = "value"
    RANDOM = "random"
    """A value that no person made up."""
    PASSED = "passed"
    """What the variable is outside: `- NAME` of a composition, `${{ secrets.NAME }}` of a workflow."""
