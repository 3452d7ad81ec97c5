"""Classes of pydantic-settings: the variables that their fields are read from.

A class whose bases stand in other modules is told as it is: judge puts them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from guards._code.syntax import tree as t
from guards._code.syntax.meaning import Meaning
from guards._code.syntax.values import MOST, Made, Record, Ref, Text, Type, Value
from guards.env.code import Dynamic, Found, Read
from guards.env.facts import How

BASES = frozenset({
    "pydantic_settings.BaseSettings", "pydantic_settings.main.BaseSettings", "pydantic.BaseSettings",
    "pydantic.env_settings.BaseSettings", "pydantic.v1.BaseSettings",
})  # fmt: skip
_MODELS = frozenset({"pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic.v1.BaseModel"})
_FIELDS = frozenset({"Field", "PrivateAttr"})
_DEEPEST = 4


class Field(NamedTuple):
    """A field of a class, with what it is read from."""

    name: str
    names: tuple[str, ...]
    """Its aliases: these are taken as they are."""
    where: t.Where
    how: How
    default: str | None
    inner: str
    """The class that it holds an instance of, if it is one of this file."""


class Settings(NamedTuple):
    """A class of settings."""

    name: str
    bases: tuple[str, ...]
    """What other modules call its bases."""
    is_settings: bool
    """It is known to be one."""
    prefix: str | None
    found: tuple[Found, ...] = ()


def classes(told: Meaning) -> Iterator[Settings]:
    """The classes of a file that are settings, or may be."""
    for one in told.types:
        line = _lineage(one)
        outside = [base.name for each in line for base in each.bases if isinstance(base, Ref)]
        is_settings = any(base in BASES for base in outside)
        unknown = tuple(base for base in outside if _may_be_settings(base))
        if not is_settings and not unknown:
            continue
        config = _config(line)
        prefix, delimiter = _text(config.get("env_prefix")), _text(config.get("env_nested_delimiter"))
        is_exact = config.get("case_sensitive") == "True"
        members = tuple(_reads(line, prefix or "", delimiter, told, is_exact=is_exact))
        yield Settings(one.definition.name, unknown, is_settings, prefix, members)


def _may_be_settings(base: str) -> bool:
    return base not in BASES and base.rpartition(".")[2].rpartition(":")[2].endswith("Settings")


def _lineage(type_: Type) -> list[Type]:
    """A class and those of this file that it takes over from, itself first."""
    found: list[Type] = []
    waiting = [type_]
    while waiting and len(found) < MOST * 2:
        one = waiting.pop(0)
        if not any(one is other for other in found):
            found.append(one)
            waiting += [base for base in one.bases if isinstance(base, Type)]
    return found


# ---- How a class is configured --------------------------------------------------------------------------------------


def _config(line: list[Type]) -> Mapping[str, Any]:
    """`model_config`, `class Config` and keywords of the class; what is nearer comes first."""
    found: dict[str, Any] = {}
    for one in reversed(line):
        inner = next((t_ for t_ in one.members.get("Config", ()) if isinstance(t_, Type)), None)
        if inner is not None:
            found |= {key: _plain(value) for key, value in inner.members.items()}
        for value in one.members.get("model_config", ()):
            pairs = value.keywords if isinstance(value, Made) else value.members if isinstance(value, Record) else ()
            found |= {key: _plain(value) for key, value in pairs}
        found |= {key: value.value for key, value in one.definition.keywords.items() if isinstance(value, t.Literal)}
    return found


def _plain(value: Value) -> str | None:
    known = [one.known for one in value if isinstance(one, Text)]
    return known[0] if len(known) == 1 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


# ---- Its fields -----------------------------------------------------------------------------------------------------


def _reads(
    line: list[Type], prefix: str, delimiter: str | None, told: Meaning, *, is_exact: bool, depth: int = 0
) -> Iterator[Found]:
    known: set[str] = set()
    for one in line:
        for field in _fields(one):
            if field.name in known:
                continue
            known.add(field.name)
            aliases = field.names if not depth else ()
            for name in aliases or (prefix + field.name,):
                written = name if is_exact or aliases else name.upper()
                inner = _class_of(field.inner, told)
                if inner is None or not delimiter:
                    yield Read(written, field.where, field.how, field.default, folded=not is_exact)
                else:
                    yield Dynamic(written, field.where)
                if inner is not None and delimiter and depth < _DEEPEST:
                    yield from _reads(
                        _lineage(inner), name + delimiter, delimiter, told, is_exact=is_exact, depth=depth + 1
                    )


def _class_of(name: str, told: Meaning) -> Type | None:
    """A class of this file that is a model."""
    found = next((one for one in told.types if one.definition.name == name), None)
    bases = [base for one in _lineage(found) for base in one.bases] if found is not None else []
    return found if any(isinstance(base, Ref) and base.name in _MODELS | BASES for base in bases) else None


def _fields(type_: Type) -> Iterator[Field]:
    for one in type_.definition.body:
        if not isinstance(one, t.Let) or not isinstance(one.target, t.Name) or one.annotation is None:
            continue
        name = one.target.id
        if name.startswith("_") or name == "model_config" or _mentions(one.annotation, "ClassVar"):
            continue
        call = _field_call(one.value) or _field_call_in(one.annotation)
        aliases = tuple(_aliases(call)) if call is not None else ()
        how, default = _default(one.value, call)
        yield Field(name, aliases, one.target.where, how, default, _inner(one.annotation))


def _field_call(value: t.Expr | None) -> t.Call | None:
    return value if isinstance(value, t.Call) and _last(value.function) in _FIELDS else None


def _field_call_in(annotation: t.Expr) -> t.Call | None:
    """`Annotated[str, Field(alias="A")]`."""
    items = annotation.key.items if isinstance(annotation, t.Index) and isinstance(annotation.key, t.Items) else []
    return next((found for one in items[1:] if (found := _field_call(one)) is not None), None)


def _last(expr: t.Expr) -> str:
    return expr.id if isinstance(expr, t.Name) else expr.name if isinstance(expr, t.Member) else ""


def _mentions(annotation: t.Expr, name: str) -> bool:
    return _last(annotation.base if isinstance(annotation, t.Index) else annotation) == name


def _inner(annotation: t.Expr) -> str:
    """The class that a field is annotated with: `Db`, `Db | None`, `Optional[Db]`."""
    if isinstance(annotation, t.Choice):
        return next((name for one in annotation.options if (name := _inner(one))), "")
    if isinstance(annotation, t.Index) and _last(annotation.base) in {"Optional", "Annotated"}:
        key = annotation.key
        return _inner(key.items[0] if isinstance(key, t.Items) and key.items else key)
    return annotation.id if isinstance(annotation, t.Name) else ""


def _aliases(call: t.Call) -> Iterator[str]:
    for key in ("validation_alias", "alias", "env"):
        found = list(_texts(call.keywords.get(key)))
        if found:
            yield from found
            return


def _texts(value: t.Expr | None) -> Iterator[str]:
    match value:
        case t.Literal(value=str(text)):
            yield text
        case t.Items(items=items):
            for item in items:
                yield from _texts(item)
        case t.Call() if _last(value.function) == "AliasChoices":
            for arg in value.args:
                yield from _texts(arg)
        case t.Call() if _last(value.function) == "AliasPath" and value.args:
            yield from _texts(value.args[0])


def _default(value: t.Expr | None, call: t.Call | None) -> tuple[How, str | None]:
    if value is None:
        return How.REQUIRED, None
    if call is None or value is not call:
        return How.DEFAULTED, value.value if isinstance(value, t.Literal) else None
    given = call.args[0] if call.args else call.keywords.get("default")
    if given is None:
        return (How.DEFAULTED if "default_factory" in call.keywords else How.REQUIRED), None
    if isinstance(given, t.Other) and not given.children:  # an ellipsis
        return How.REQUIRED, None
    return How.DEFAULTED, given.value if isinstance(given, t.Literal) else None
