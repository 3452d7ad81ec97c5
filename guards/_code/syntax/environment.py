"""Reads of the environment: what they are called in Python and JavaScript, and what they give."""

from __future__ import annotations

from collections.abc import Mapping

from guards._code.syntax.values import Ref, Text, Value, hole, united

OBJECTS = frozenset({"os.environ", "os.environb", "starlette.config.environ"})
"""Mappings of Python that hold all variables."""
_GETTERS = ("get", "pop", "setdefault", "__getitem__")
READERS = frozenset({
    "os.getenv", "os.getenvb", "Deno.env.get", "decouple.config", "environs.env", "@nestjs/config.ConfigService.get",
    "@nestjs/config.ConfigService.getOrThrow", "env-var.get", "env-var.default.get",
    *(f"{one}.{name}" for one in OBJECTS for name in _GETTERS),
    *(f"{one}[]" for one in OBJECTS),
})  # fmt: skip
"""Functions that read the variable that their first argument names."""
_TYPED = (
    *("str", "url", "bool", "int", "float", "list", "json", "path", "get_value", "email", "log_level", "tuple", "dict"),
    *("bytes", "unicode", "date", "datetime", "time", "timedelta", "uuid", "enum", "decimal", "subcast_list"),
    *("subcast_dict", "dj_db_url", "dj_email_url", "dj_cache_url", "db", "db_url", "cache", "cache_url", "email_url"),
    *("search_url", "channels", "channels_url", "get"),
)
_CLASSES = ("environs.Env", "environs.FileAwareEnv", "environ.Env", "environ.FileAwareEnv", "starlette.config.Config",
            "decouple.Config", "decouple.AutoConfig")  # fmt: skip
METHODS = frozenset({
    *(f"{one}{method}" for one in _CLASSES for method in ("()", *(f".{name}" for name in _TYPED))),
    *(f"environs.env.{name}" for name in _TYPED),
})  # fmt: skip
"""The same for objects that read the environment when they are called."""
IMPLIED = {
    "db": "DATABASE_URL", "db_url": "DATABASE_URL", "cache": "CACHE_URL", "cache_url": "CACHE_URL",
    "email_url": "EMAIL_URL", "search_url": "SEARCH_URL", "channels": "CHANNELS_URL", "channels_url": "CHANNELS_URL",
}  # fmt: skip
"""What methods of django-environ read where no variable is named."""
_SCRIPT_OBJECTS = ("process.env", "import.meta.env", "Bun.env")
PREFIXES = tuple(f"{one}." for one in (
    *_SCRIPT_OBJECTS, "$env/static/private", "$env/static/public", "$env/dynamic/private:env",
    "$env/dynamic/private.env", "$env/dynamic/public.env", "astro:env/server", "astro:env/client",
))  # fmt: skip
"""Objects of JavaScript whose members are variables."""
_GLOBALS = ("globalThis.", "window.", "global.", "self.")
_DEFAULTS = ("default", "failobj")
_COPIES = frozenset({"dict", "os.environ.copy", "copy.copy", "copy.deepcopy", "Object.assign", "structuredClone",
                     "vite.loadEnv"})  # fmt: skip


def read(name: str, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value | None:
    """What a read of the environment gives: its variable, or its default; None for any other call."""
    if name in _COPIES:
        return _copy(name, args)
    if not is_reader(name):
        return None
    found = [hole("env", one.known) if isinstance(one, Text) and one.known else hole() for one in named(args, keywords)]
    default = default_of(args, keywords)
    return united([*(found or [hole()]), default] if default is not None else found or [hole()])


def is_reader(name: str) -> bool:
    """Whether a function reads the variable that its first argument names."""
    return name in READERS or name in METHODS or (name.startswith(_GLOBALS) and plain(name) in READERS)


def named(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    """The variable that a reader is told to read."""
    return (
        args[0] if args else next((keywords[key] for key in ("key", "varname", "var", "name") if key in keywords), ())
    )


def default_of(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value | None:
    """What a reader gives where the variable is not set; None where that is nothing."""
    return args[1] if len(args) > 1 else next((keywords[key] for key in _DEFAULTS if key in keywords), None)


def _copy(name: str, args: tuple[Value, ...]) -> Value | None:
    """A copy of the environment is read as the environment is."""
    if name == "os.environ.copy":
        return (Ref("os.environ"),)
    if name == "vite.loadEnv":  # with what its files hold beside
        return (Ref("process.env"),)
    whole = next((one for arg in args for one in arg if isinstance(one, Ref) and is_whole(one.name)), None)
    return (whole,) if whole is not None else None


def plain(name: str) -> str:
    """A global without the object that holds all globals, and a module without what its default is called."""
    for one in _GLOBALS:
        name = name.removeprefix(one)
    return name.removeprefix("node:").replace("process.default.env", "process.env", 1)


def is_whole(name: str) -> bool:
    """Whether this is the environment, and not one variable."""
    return name in OBJECTS or plain(name) in _SCRIPT_OBJECTS


def variable(name: str) -> str:
    """The variable that a member of an object of JavaScript is; nothing for anything else."""
    if "env" not in name:
        return ""
    name = plain(name)
    prefix = next((one for one in PREFIXES if name.startswith(one)), "")
    return name[len(prefix) :].split(".")[0] if prefix else ""
