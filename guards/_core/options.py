"""Typed settings from plain data: one description (a dataclass) gives the parser, its errors and the JSON Schema.

The schema accepts what the parser accepts, but for two things: to it, 1.0 is a whole number, and it knows nothing of
what a dataclass refuses in its own `__post_init__`.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import functools
import math
import re
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
KeyPath = tuple[str | int, ...]


class OptionError(NamedTuple):
    """One thing that is wrong with given data, and where in it."""

    path: KeyPath
    message: str
    at_key: bool = False
    """The key itself is wrong, not its value."""


class RefusedError(ValueError):
    """What a dataclass refuses in its own `__post_init__`, with places inside of it."""

    def __init__(self, errors: Iterable[OptionError]) -> None:
        super().__init__("refused")
        self.errors = tuple(errors)
        """Their paths begin at the dataclass."""


def option(
    default: Any,
    doc: str,
    *,
    minimum: float | None = None,
    key: str = "",
    pattern: str = "",
    examples: tuple[Any, ...] = (),
) -> Any:
    """A field of a settings dataclass with its one-sentence description.

    `minimum` and `pattern` (searched for) hold for the value, and for each item of a list.
    """
    meta = {"doc": doc, "minimum": minimum, "key": key, "pattern": pattern, "examples": examples}
    if isinstance(default, dict | list):
        copied = default
        return dataclasses.field(default_factory=lambda: type(copied)(copied), metadata=meta)
    return dataclasses.field(default=default, metadata=meta)


def required(doc: str, *, minimum: float | None = None, key: str = "", pattern: str = "") -> Any:
    """A field that must be given."""
    return dataclasses.field(metadata={"doc": doc, "minimum": minimum, "key": key, "pattern": pattern, "examples": ()})


def key_of(field: dataclasses.Field[Any]) -> str:
    """How a field is written in a file: with hyphens, unless it says otherwise."""
    return field.metadata.get("key") or field.name.replace("_", "-")


def parse(kind: type[T], data: object, *, at: KeyPath = ()) -> tuple[T | None, list[OptionError]]:
    """Build `kind` from plain data. All errors are gathered; with any of them there is no value."""
    errors: list[OptionError] = []
    value = _parse(kind, data, at, errors)
    return (None, errors) if errors else (value, [])


_FEW_WORDS = 12


def nearest(word: str, known: Iterable[str]) -> str:
    """The words "(did you mean …?)" for a word that is close to a known one; else all known ones, if they are few."""
    words = list(known)
    return _close(word, words) or (f" (known: {', '.join(words)})" if 0 < len(words) <= _FEW_WORDS else "")


def _close(word: str, known: Iterable[str]) -> str:
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _parse(kind: Any, data: Any, at: KeyPath, errors: list[OptionError]) -> Any:
    if kind is Any or kind is object:
        return data
    if dataclasses.is_dataclass(kind):
        return _parse_dataclass(typing.cast("type[Any]", kind), data, at, errors)
    origin = typing.get_origin(kind)
    if origin in {typing.Union, types.UnionType}:
        return _parse_union(typing.get_args(kind), data, at, errors)
    if origin is tuple:
        return _parse_tuple(typing.get_args(kind)[0], data, at, errors)
    if origin in {dict, Mapping}:
        return _parse_mapping(typing.get_args(kind)[1], data, at, errors)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _parse_enum(kind, data, at, errors)
    return _parse_scalar(kind, data, at, errors)


def _parse_dataclass(kind: type[Any], data: Any, at: KeyPath, errors: list[OptionError]) -> Any:
    if not isinstance(data, dict):
        errors.append(OptionError(at, f"expected a table, not {_name(data)}"))
        return None
    hints, fields = _described(typing.cast("Any", kind))
    values: dict[str, Any] = {}
    for key, item in data.items():
        field = fields.get(key)
        if field is None:
            shown = repr(str(key)[:_LONGEST_KEY])
            errors.append(OptionError((*at, key), f"unknown key {shown}{nearest(str(key), fields)}", at_key=True))
            continue
        values[field.name] = _parse(hints[field.name], item, (*at, key), errors)
        _check(field, values[field.name], (*at, key), errors)
    for key, field in fields.items():
        if field.name not in values and _has_no_default(field):
            errors.append(OptionError(at, f"missing key {key!r}"))
    if errors:
        return None
    try:
        return kind(**values)
    except RefusedError as refused:
        errors.extend(error._replace(path=(*at, *error.path)) for error in refused.errors)
        return None
    except ValueError as error:  # what its own __post_init__ refuses
        errors.append(OptionError(at, str(error)))
        return None


@functools.cache
def _described(kind: type[Any]) -> tuple[Mapping[str, Any], Mapping[str, dataclasses.Field[Any]]]:
    """The types of a dataclass's fields, by name, and the fields by key. There may be hundreds of tables of a kind."""
    return typing.get_type_hints(kind), {key_of(field): field for field in dataclasses.fields(kind)}


_LONGEST_KEY = 80


def _check(field: dataclasses.Field[Any], value: Any, at: KeyPath, errors: list[OptionError]) -> None:
    if isinstance(value, tuple):
        for number, item in enumerate(value):
            _check(field, item, (*at, number), errors)
        return
    minimum, pattern = field.metadata.get("minimum"), field.metadata.get("pattern")
    if minimum is not None and isinstance(value, int | float) and value < minimum:
        errors.append(OptionError(at, f"must be at least {minimum:g}"))
    if pattern and isinstance(value, str) and not re.search(pattern, value):
        errors.append(OptionError(at, f"must match {pattern}"))


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _parse_union(kinds: tuple[Any, ...], data: Any, at: KeyPath, errors: list[OptionError]) -> Any:
    """The first alternative that fits; where none does, the complaint of the one that fits the data's shape best."""
    if data is None and type(None) in kinds:
        return None
    complaints: list[list[OptionError]] = []
    for kind in kinds:
        if kind is type(None):
            continue
        found: list[OptionError] = []
        value = _parse(kind, data, at, found)
        if not found:
            return value
        complaints.append(found)
    best: list[OptionError] = max(complaints, key=_depth)
    errors.extend(best)
    return None


def _depth(found: list[OptionError]) -> tuple[int, int]:
    return max(len(error.path) for error in found), -len(found)


def _parse_tuple(kind: Any, data: Any, at: KeyPath, errors: list[OptionError]) -> tuple[Any, ...]:
    if not isinstance(data, list):
        errors.append(OptionError(at, f"expected a list, not {_name(data)}"))
        return ()
    return tuple(_parse(kind, item, (*at, number), errors) for number, item in enumerate(data))


def _parse_mapping(kind: Any, data: Any, at: KeyPath, errors: list[OptionError]) -> dict[str, Any]:
    if not isinstance(data, dict):
        errors.append(OptionError(at, f"expected a table, not {_name(data)}"))
        return {}
    return {str(key): _parse(kind, item, (*at, key), errors) for key, item in data.items()}


def _parse_enum(kind: type[enum.Enum], data: Any, at: KeyPath, errors: list[OptionError]) -> Any:
    known = [member.value for member in kind]
    if any(data == value and type(data) is type(value) for value in known):
        return kind(data)
    choices = ", ".join(map(repr, known))
    suggestion = _close(data, known) if isinstance(data, str) else ""
    errors.append(OptionError(at, f"expected one of {choices}, not {_show(data)}{suggestion}"))
    return None


_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def date_of(text: str) -> datetime.date:
    """The calendar day of a text such as 2027-01-31; ValueError says what is wrong with another one."""
    if not _DATE.fullmatch(text):
        raise ValueError("expected a day such as 2027-01-31, which ends in UTC")
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no day {text}") from None


def _parse_date(data: Any, at: KeyPath, errors: list[OptionError]) -> datetime.date | None:
    """A day, as TOML writes one or as a text. A time of day is refused: whose day would it be?"""
    if type(data) is datetime.date:
        return data
    try:
        return date_of(data if isinstance(data, str) else "")
    except ValueError as error:
        errors.append(OptionError(at, str(error)))
        return None


def _parse_scalar(kind: Any, data: Any, at: KeyPath, errors: list[OptionError]) -> Any:
    if kind is datetime.date:
        return _parse_date(data, at, errors)
    if kind not in _NAMES:
        raise TypeError(f"settings cannot be of type {kind}")
    if kind is float and isinstance(data, int | float) and not isinstance(data, bool):
        return _finite(data, at, errors)
    if isinstance(data, kind) and (kind is bool or not isinstance(data, bool)):
        return data
    errors.append(OptionError(at, f"expected {_NAMES[kind]}, not {_name(data)}"))
    return None


def _finite(data: float, at: KeyPath, errors: list[OptionError]) -> float | None:
    """A number that can be compared: a limit that is infinite, or no number at all, would limit nothing."""
    try:
        value = float(data)
    except OverflowError:
        value = math.inf
    if math.isfinite(value):
        return value
    errors.append(OptionError(at, "expected a finite number"))
    return None


def _name(data: Any) -> str:
    """What some data is, in words; its content may be anything and stays out of messages."""
    if data is None:
        return "nothing"
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, int | float):
        return "a number"
    if isinstance(data, str):
        return "a text"
    return "a list" if isinstance(data, list) else "a table" if isinstance(data, dict) else "a date or time"


def _show(data: Any) -> str:
    return repr(data[:40]) if isinstance(data, str) else _name(data)


def json_schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema of what `parse` accepts for a type."""
    if dataclasses.is_dataclass(kind):
        return _dataclass_schema(typing.cast("type[Any]", kind))
    origin = typing.get_origin(kind)
    if origin in {typing.Union, types.UnionType}:
        return {"anyOf": [json_schema(item) for item in typing.get_args(kind)]}
    if origin is tuple:
        return {"type": "array", "items": json_schema(typing.get_args(kind)[0])}
    if origin in {dict, Mapping}:
        return {"type": "object", "additionalProperties": json_schema(typing.get_args(kind)[1])}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    if kind is Any or kind is object:
        return {}
    if kind is datetime.date:
        return {"type": "string", "format": "date"}
    if kind not in _JSON_TYPES:
        raise TypeError(f"settings cannot be of type {kind}")
    return {"type": _JSON_TYPES[kind]}


_JSON_TYPES: dict[Any, str] = {
    bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null",
}  # fmt: skip


def _dataclass_schema(kind: type[Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    properties: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        schema = {"description": field.metadata.get("doc", "")} | json_schema(hints[field.name])
        limited = schema["items"] if schema.get("type") == "array" else schema
        limited |= {
            key: value for key in ("minimum", "pattern") if (value := field.metadata.get(key)) not in {None, ""}
        }
        default = _default(field)
        if default is not dataclasses.MISSING and default is not None:
            schema["default"] = default
        if field.metadata.get("examples"):
            schema["examples"] = list(field.metadata["examples"])
        properties[key_of(field)] = schema
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    needed = [key_of(field) for field in dataclasses.fields(kind) if _has_no_default(field)]
    return schema | ({"required": needed} if needed else {})


def _default(field: dataclasses.Field[Any]) -> Any:
    value = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    if isinstance(value, enum.Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value
