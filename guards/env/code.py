"""Reads of the environment in Python and JavaScript: what a file reads, under which name, and what is taken instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import astuple

from guards._code.syntax import environment, tree as t
from guards._code.syntax.environment import is_whole, plain, variable
from guards._code.syntax.meaning import Called, Handed, Meaning, Used
from guards._code.syntax.values import Bundle, Closure, Hole, Made, Record, Ref, Text, Value
from guards.env.facts import How
from guards.env.section import NAME, Accessor

_UPPER = re.compile(r"[A-Z_][A-Z0-9_]*")
_INDEXED = frozenset(f"{one}.{method}" for one in environment.OBJECTS for method in ("__getitem__",))
_TESTS = frozenset(f"{one}.__contains__" for one in environment.OBJECTS)
_ALL = frozenset(f"{one}.{method}" for one in environment.OBJECTS for method in ("items", "keys", "values"))
_DEMANDING = ("decouple.", "environs.", "environ.", "starlette.config.Config")
"""Readers that fail without a default."""
_VITE_OWN = frozenset({"BASE_URL", "DEV", "MODE", "PROD", "SSR"})


class Read(NamedTuple):
    """A variable that is read."""

    name: str
    where: t.Where
    how: How
    default: str | None = None
    """What is taken instead, where that is a known text. It may be a secret: it goes no further than a digest."""
    folded: bool = False
    """Capitals say nothing."""


class Dynamic(NamedTuple):
    """A read of a variable of which only the beginning is known."""

    prefix: str
    where: t.Where


Found = Read | Dynamic


def reads(told: Meaning, accessors: Sequence[Accessor] = ()) -> Iterator[Found]:
    """All that a file reads, each once for each place."""
    own = _OwnAccessors(told)
    seen: set[tuple[str, t.Where]] = set()
    for one in _found(told, accessors, own):
        key = (one.name if isinstance(one, Read) else f"*{one.prefix}", one.where)
        if key not in seen:
            seen.add(key)
            yield one


def _found(told: Meaning, accessors: Sequence[Accessor], own: _OwnAccessors) -> Iterator[Found]:
    for use in told.uses:
        if use.where not in own.places:
            yield from _used(use)
    prefixes = _Prefixes()
    for call in told.calls:
        prefixes.see(call)
        if call.where not in own.places:
            yield from _called(call, prefixes.of(call), accessors)
    for handed in told.handed:
        yield from own.reads(handed)
        yield from _accessed(handed.closure.function.name, handed.args, handed.keywords, handed.where, accessors)


# ---- Names ----------------------------------------------------------------------------------------------------------


def _used(use: Used) -> Iterator[Found]:
    if use.key is not None and is_whole(use.name):
        how = How.DEFAULTED if use.default else How.OPTIONAL if use.has_default or use.name not in environment.OBJECTS \
            else How.REQUIRED  # fmt: skip
        yield from _keys(use.key, use.where, how, _known(use.default))
        return
    name = variable(use.name)
    if not name or (use.is_import and not use.name.startswith(("$env", "astro:env"))) or not NAME.fullmatch(name):
        return
    if name.endswith("__") or (name in _VITE_OWN and plain(use.name).startswith("import.meta.env.")):
        return
    how = How.DEFAULTED if use.default else How.OPTIONAL
    yield Read(name, use.where, how, _known(use.default))


def _keys(key: Value, where: t.Where, how: How, default: str | None, prefix: str = "") -> Iterator[Found]:
    """The variables that a value may name."""
    for one in key:
        parts = one.parts if isinstance(one, Text) else (Hole(),)
        first = parts[0] if parts else ""
        if len(parts) == 1 and isinstance(first, str):
            if NAME.fullmatch(prefix + first):
                yield Read(prefix + first, where, how, default)
        else:
            yield Dynamic(prefix + (first if isinstance(first, str) else ""), where)


def _known(value: Value | None) -> str | None:
    texts = [one.known for one in value or () if isinstance(one, Text)]
    return texts[0] if len(texts) == 1 and len(value or ()) == 1 else None


# ---- Calls ----------------------------------------------------------------------------------------------------------


class _Prefixes:
    """What `with env.prefixed("A_"):` puts before names."""

    def __init__(self) -> None:
        self._open: list[str] = []

    def see(self, call: Called) -> None:
        """Take in the beginning or the end of such a block."""
        if call.name.endswith(".prefixed") and call.name.startswith("environs."):
            self._open.append(_known(call.args[0]) or "" if call.args else "")
        elif call.name.endswith(".__exit__") and self._open and call.name.startswith("environs."):
            self._open.pop()

    def of(self, call: Called) -> str:
        """What stands before the names that a call reads."""
        made = call.made_of
        given = dict(made.keywords) if made is not None else {}
        own = _known(given.get("env_prefix", given.get("prefix"))) or ""
        return own + ("".join(self._open) if call.name.startswith("environs.") else "")


def _called(call: Called, prefix: str, accessors: Sequence[Accessor]) -> Iterator[Found]:
    if environment.is_reader(call.name):
        yield from _reader(call, prefix)
    elif call.name in _TESTS or (call.name.endswith(".__contains__") and is_whole(call.name[: -len(".__contains__")])):
        yield from _keys(call.args[0] if call.args else (), call.where, How.OPTIONAL, None)
    elif call.name in _ALL or any(
        key.startswith("**") and _is_environment(value) for key, value in call.keywords.items()
    ):
        yield Dynamic("", call.where)
    elif call.name == "os.path.expandvars" and call.args:
        for name in re.findall(r"\$\{?([A-Za-z_]\w*)", _known(call.args[0]) or ""):
            yield Read(name, call.where, How.OPTIONAL)
    elif call.name.rpartition(".")[2] in {"Dynaconf", "FlaskDynaconf", "LazySettings"}:
        yield from _of_dynaconf(call)
    else:
        yield from _schemas(call)
    yield from _options(call)
    yield from _accessed(call.name, call.args, call.keywords, call.where, accessors)


def _reader(call: Called, prefix: str) -> Iterator[Found]:
    key, method = environment.named(call.args, call.keywords), call.name.rpartition(".")[2]
    default = environment.default_of(call.args, call.keywords)
    demands = call.name.startswith(_DEMANDING) or call.name in _INDEXED or method in {"getOrThrow", "pop"}
    how = How.DEFAULTED if default is not None else How.REQUIRED if demands else How.OPTIONAL
    if not key and method in environment.IMPLIED:
        yield Read(environment.IMPLIED[method], call.where, how)
    elif key:
        yield from _keys(key, call.where, how, _known(default), prefix)


def _options(call: Called) -> Iterator[Found]:
    """Options of commands that may come from the environment."""
    for key in ("envvar", "env_var"):
        for one in call.keywords.get(key, ()):
            names: Iterable[Value] = one.items if isinstance(one, Bundle) else ((one,),)
            for name in names:
                known = _known(name)
                if known and NAME.fullmatch(known):
                    yield Read(known, call.where, How.DEFAULTED)
    settings = [
        one for value in (call.keywords.get("context_settings", ()),) for one in value if isinstance(one, Record)
    ]
    for value in (
        call.keywords.get("auto_envvar_prefix", ()),
        *(one.get("auto_envvar_prefix") or () for one in settings),
    ):
        known = _known(value)
        if known:
            yield Dynamic(f"{known}_", call.where)


def _of_dynaconf(call: Called) -> Iterator[Found]:
    prefix = _known(call.keywords.get("envvar_prefix", call.keywords.get("ENVVAR_PREFIX")))
    has_prefix = "envvar_prefix" in call.keywords
    yield Dynamic(f"{prefix}_" if prefix else "" if has_prefix else "DYNACONF_", call.where)


def _accessed(
    name: str, args: tuple[Value, ...], keywords: Mapping[str, Value], where: t.Where, accessors: Sequence[Accessor]
) -> Iterator[Found]:
    """Functions that canonical.yaml names."""
    for one in accessors:
        if is_called(name, one.call):
            key = args[one.argument] if one.argument < len(args) else keywords.get("name", keywords.get("key", ()))
            has_default = len(args) > one.argument + 1 or "default" in keywords
            how = How.DEFAULTED if has_default else How.OPTIONAL
            default = environment.default_of(args[one.argument :], keywords)
            yield from _keys(key, where, how, _known(default), one.prefix)


_PARTS = re.compile(r"[./:#]+")


def is_called(name: str, wanted: str) -> bool:
    """Whether what a file calls may be what somebody calls so: the one ends with all parts of the other."""
    found, parts = ([part for part in _PARTS.split(one) if part] for one in (name, wanted))
    shorter = min(len(found), len(parts))
    if not shorter or found[-shorter:] != parts[-shorter:]:
        return False
    return len(parts) <= len(found) or len(found) > 1 or name.startswith(".") or len(parts) == 1 or "." not in name


# ---- Schemas --------------------------------------------------------------------------------------------------------


_COMPARING = frozenset({
    "parse", "safeParse", "parseAsync", "safeParseAsync", "validate", "validateSync", "validateAsync", "cleanEnv",
    "cast", "customCleanEnv", "createEnv", "parseEnv", "attempt", "assert", "decodeUnknownSync", "makeValidator",
    "envsafe",
})  # fmt: skip
_TAKEN_FROM = frozenset({"runtimeEnv", "runtimeEnvStrict", "experimental__runtimeEnv"})


def _is_environment(value: Value) -> bool:
    return any(isinstance(one, Ref) and is_whole(one.name) for one in value)


def _schemas(call: Called) -> Iterator[Found]:
    """`schema.parse(process.env)`, `cleanEnv(process.env, {…})`: the keys of what is compared with the environment."""
    if call.name.rpartition(".")[2] not in _COMPARING:
        return
    given = [*call.args, *call.keywords.values()]
    records = _records(given)
    if not any(map(_is_environment, given)) and not any(
        name in _TAKEN_FROM for record in records for name, _ in record.members
    ):
        return
    made: Made | None = call.made_of
    while made is not None:
        records += _records(made.args)
        made = made.on
    for value in given:
        records += [inner for one in value if isinstance(one, Made) for inner in _records(_all_args(one))]
    for record in _with_inner(records):
        for name, value in record.members:
            if _UPPER.fullmatch(name) and not _is_environment(value):
                how, default = _of_schema(value)
                yield Read(name, call.where, how, default)


def _all_args(made: Made) -> list[Value]:
    found = list(made.args)
    while made.on is not None:
        made = made.on
        found += made.args
    return found


def _records(values: Iterable[Value]) -> list[Record]:
    return [one for value in values for one in value if isinstance(one, Record)]


def _with_inner(records: Iterable[Record]) -> Iterator[Record]:
    """Those, and what they group: `{server: {…}, client: {…}}`, each once."""
    seen: set[int] = set()
    waiting = list(records)
    while waiting:
        record = waiting.pop(0)
        if id(record) in seen:
            continue
        seen.add(id(record))
        yield record
        for name, value in record.members:
            if not _UPPER.fullmatch(name):
                waiting += _records([value])


def _of_schema(value: Value) -> tuple[How, str | None]:
    """Whether a variable may be missing, as a schema says it."""
    for one in value:
        made = one if isinstance(one, Made) else None
        while made is not None:
            method = made.of.rpartition(".")[2]
            if method in {"default", "catch"}:
                return How.DEFAULTED, _known(made.args[0]) if made.args else None
            if method in {"optional", "nullish"}:
                return How.DEFAULTED, None
            for record in _records(made.args):
                if record.get("default") is not None:
                    return How.DEFAULTED, _known(record.get("default"))
            made = made.on
    return How.REQUIRED, None


# ---- Functions of the file itself -----------------------------------------------------------------------------------


class _OwnAccessors:
    """Functions of this file that read the variable that a parameter names. Their calls are the reads."""

    def __init__(self, told: Meaning) -> None:
        dynamic = {
            one.where for use in told.uses if use.key is not None for one in _used(use) if isinstance(one, Dynamic)
        }
        dynamic |= {call.where for call in told.calls if environment.is_reader(call.name)
                    and any(isinstance(one, Dynamic) for one in _reader(call, ""))}  # fmt: skip
        self._ways: dict[int, list[tuple[t.Function, str, int, str, str, How]]] = {}
        self.places: set[t.Where] = set()
        if not dynamic:
            return
        for closure in {id(one.closure): one.closure for one in told.handed}.values():
            ways = list(_ways(closure, dynamic))
            if ways:
                self._ways[id(closure)] = [way for way, _ in ways]
                self.places |= {where for _, where in ways}

    def reads(self, handed: Handed) -> Iterator[Found]:
        """The variables that a call of such a function reads."""
        for _, parameter, number, prefix, suffix, how in self._ways.get(id(handed.closure), ()):
            key = handed.args[number] if number < len(handed.args) else handed.keywords.get(parameter, ())
            for one in _keys(key, handed.where, how, None, prefix):
                if isinstance(one, Read):
                    yield one._replace(name=one.name + suffix)
                else:
                    yield one


def _ways(
    closure: Closure, dynamic: set[t.Where]
) -> Iterator[tuple[tuple[t.Function, str, int, str, str, How], t.Where]]:
    """The reads in a function whose key is one of its parameters, with what is put around that."""
    function = closure.function
    names = [one.target.id if isinstance(one.target, t.Name) else "" for one in function.parameters]
    if closure.owner is not None and function.is_method and names[:1] in (["self"], ["cls"]):
        names = names[1:]
    for node in _inside(function.body):
        if not isinstance(node, (t.Index, t.Call)) or node.where not in dynamic:
            continue
        key = node.key if isinstance(node, t.Index) else node.args[0] if node.args else None
        parts = key.parts if isinstance(key, t.Joined) else [key]
        holes = [number for number, part in enumerate(parts) if not isinstance(part, t.Literal)]
        hole = parts[holes[0]] if len(holes) == 1 else None
        if isinstance(hole, t.Name) and hole.id in names:
            texts = [part.value or "" if isinstance(part, t.Literal) else "" for part in parts]
            prefix, suffix = "".join(texts[: holes[0]]), "".join(texts[holes[0] :])
            how = How.REQUIRED if isinstance(node, t.Index) else How.OPTIONAL
            yield (function, hole.id, names.index(hole.id), prefix, suffix, how), node.where


def _inside(body: Any) -> Iterator[Any]:
    """Every node of a tree."""
    waiting = list(body)
    while waiting:
        one = waiting.pop()
        if isinstance(one, (list, tuple)) and not isinstance(one, t.Where):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, Struct):
            yield one
            waiting += astuple(one)
