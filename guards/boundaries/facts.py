"""The kinds of facts that scan tells judge, and the path classes that scan is given."""

from __future__ import annotations

import enum

IMPORTS = "imports"
"""Fact of a module: what it imports, as rows of module, name, line, column, end column and whether it is for types."""
PLACES = "places"
"""Fact of canonical.yaml: where its entries stand."""
SETTINGS = "settings"
"""Fact of another tool's settings: its contracts."""
ALIASES = "aliases"
"""Fact of tsconfig.json: patterns of names of modules, and the paths that they stand for."""
CALL = "call"
"""Fact of a module: a call or construct that has its places."""


class Role(enum.StrEnum):
    """What a file is to this guard."""

    PYTHON = "python"
    SCRIPT = "script"
    SETTINGS = "settings"
    TSCONFIG = "tsconfig"
    CANONICAL = "canonical"
