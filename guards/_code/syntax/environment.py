"""Reads of the environment: what they are called in Python and JavaScript, and what they give."""

from __future__ import annotations

from collections.abc import Mapping

from guards._code.syntax.values import Text, Value, hole, united

_OBJECTS = ("os.environ", "os.environb")
READERS = frozenset({
    "os.getenv", "os.getenvb", "Deno.env.get", "decouple.config", "decouple.Config",
    *(f"{one}.{name}" for one in _OBJECTS for name in ("get", "pop", "setdefault", "__getitem__")),
    *(f"{one}[]" for one in _OBJECTS),
})  # fmt: skip
"""Functions that read the variable that their first argument names."""
_TYPED = (
    "str",
    "url",
    "bool",
    "int",
    "float",
    "list",
    "json",
    "path",
    "get_value",
    "email",
    "log_level",
    "tuple",
    "dict",
)
_CLASSES = ("environs.Env", "environs.FileAwareEnv", "environ.Env", "environ.FileAwareEnv", "starlette.config.Config")
METHODS = frozenset({f"{one}{method}" for one in _CLASSES for method in ("()", *(f".{name}" for name in _TYPED))})
"""The same for objects that read the environment when they are called."""
PREFIXES = ("process.env.", "import.meta.env.", "Bun.env.")
"""Objects of JavaScript whose members are variables."""
_DEFAULTS = ("default", "failobj")


def read(name: str, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value | None:
    """What a read of the environment gives: its variable, or its default; None for any other call."""
    if name not in READERS and name not in METHODS:
        return None
    named = args[0] if args else keywords.get("key", keywords.get("varname", ()))
    found = [hole("env", one.known) if isinstance(one, Text) and one.known else hole() for one in named] or [hole()]
    default = args[1] if len(args) > 1 else next((keywords[key] for key in _DEFAULTS if key in keywords), None)
    return united([*found, default] if default is not None else found)


def variable(name: str) -> str:
    """The variable that a member of an object of JavaScript is; nothing for anything else."""
    prefix = next((one for one in PREFIXES if name.startswith(one)), "")
    return name[len(prefix) :].split(".")[0] if prefix else ""
