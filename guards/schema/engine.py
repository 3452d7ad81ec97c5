"""One compiled schema: does a value fit it, and if not, what is wrong with the value.

Built on jsonschema-rs, which is told never to fetch anything. Patterns run in linear time where they can; those that
need look-around or back-references have a limit, and one that reaches it makes the document undecided, which is never
taken for valid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from guards._code.spans import DocumentError, RemarkKind
from guards._core.model import Json
from guards.schema.explain import Flaw, Subject, explain, undecided
from guards.schema.keywords import part_at
from guards.schema.library import Library, Schema, draft_of
from guards.schema.nesting import Nesting

if TYPE_CHECKING:
    from jsonschema_rs import FancyRegexOptions, RegexOptions, Validator

BACKTRACK_LIMIT = 100_000
_METASCHEMAS = {
    4: "http://json-schema.org/draft-04/schema",
    6: "http://json-schema.org/draft-06/schema",
    7: "http://json-schema.org/draft-07/schema",
    2019: "https://json-schema.org/draft/2019-09/schema",
    2020: "https://json-schema.org/draft/2020-12/schema",
}
_ABSENT = re.compile(r"Resource '(.*?)' is not present")
_SURROGATE = re.compile("[\ud800-\udfff]")


class BrokenSchemaError(Exception):
    """A schema cannot be used. Its own scan says where and why."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(reason)
        self.address = address
        """Of the file that is at fault: the schema itself or one that it refers to."""


class UndecidedError(Exception):
    """Whether a document fits its schema could not be found out within the limits."""


class Engine:
    """A schema, compiled together with everything that it refers to."""

    def __init__(self, address: str, library: Library, *, formats: bool = False, proved: bool = False) -> None:
        """BrokenSchemaError: it cannot be used.

        `formats`: assert `format`, which is an annotation otherwise. `proved`: its metaschema need not be asked again.
        """
        self._address = address
        self._formats = formats
        self._library = library
        self._schemas = _reachable(address, library, proved=proved)
        self._validator = _build(address, self._schemas, self._patterns, formats=formats)

    def fits(self, value: Json) -> bool:
        """The answer without reasons, as fast as it can be had."""
        try:
            self._insist_on_patterns(value)
            return self._validator.is_valid(value)
        except UnicodeEncodeError:
            return self.fits(_encodable(value))

    def fit_all(self, values: list[list[Json]]) -> bool:
        """True if every value fits, each alone in its list; False if one does not, or a closer look must tell."""
        try:
            return not self._limited and self._many.is_valid(values)
        except UnicodeEncodeError:
            return False

    def flaws(self, value: Json, *, whole: str = "the document") -> Iterator[Flaw]:
        """Everything that is wrong with a value; nothing if it fits."""
        if not self._nesting.bearable(value):
            if self.fits(value):
                return
            yield Flaw((), "nesting", f"{whole} does not fit its schema, whose alternatives nest too deep to say where")
            return
        try:
            self._insist_on_patterns(value)
            errors = list(self._validator.iter_errors(value))
        except UnicodeEncodeError:
            yield from self.flaws(_encodable(value), whole=whole)
            return
        if (gave_up := undecided(errors)) is not None:
            raise UndecidedError(f"{gave_up.message} ({gave_up.absolute_keyword_location})")
        yield from explain(errors, Subject(value, self._schema_at, whole))

    def _schema_at(self, location: str) -> Json:
        address, path = self._library.locate(location)
        return part_at(self._library.schema(address).value, path) if address else None

    @cached_property
    def _many(self) -> Validator:
        """One call for many values costs a third of many calls."""
        import jsonschema_rs

        schemas = [(asked, _with_dialect(schema)) for asked, schema in self._schemas.items()]
        return jsonschema_rs.validator_for(
            {"items": {"items": {"$ref": self._address}}},
            validate_formats=self._formats,
            registry=jsonschema_rs.Registry(schemas),
            pattern_options=self._patterns,
            offline=True,
        )

    @cached_property
    def _nesting(self) -> Nesting:
        return Nesting((self._address, ()), self._library, self._schemas)

    @cached_property
    def _patterns(self) -> RegexOptions | FancyRegexOptions:
        from jsonschema_rs import FancyRegexOptions, RegexOptions

        return FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT) if self._limited else RegexOptions()

    @cached_property
    def _limited(self) -> list[str]:
        """The patterns that no linear-time engine runs."""
        every = {pattern for schema in self._schemas.values() for pattern in _patterns_of(schema.value)}
        return [pattern for pattern in sorted(every) if not _is_linear(pattern)]

    def _insist_on_patterns(self, value: Json) -> None:
        """UndecidedError if one of the limited patterns gives up on any text in a value.

        To the engine an unfinished pattern is one that does not match, which below `not` or `if` would be an answer.
        """
        errors = list(self._probe.iter_errors(value)) if self._limited else []
        if (gave_up := undecided(errors)) is not None:
            raise UndecidedError(gave_up.message)

    @cached_property
    def _probe(self) -> Validator:
        from jsonschema_rs import Draft202012Validator

        each = [{"pattern": pattern, "propertyNames": {"pattern": pattern}} for pattern in self._limited]
        probe = {"allOf": each, "additionalProperties": {"$ref": "#"}, "items": {"$ref": "#"}}
        return Draft202012Validator(probe, offline=True, pattern_options=self._patterns)


def metaschema_flaws(schema: Schema, library: Library) -> list[Flaw]:
    """What is wrong with a schema by the metaschema that it names; UndecidedError where it names none that is known."""
    value = schema.value
    if any(remark.kind is RemarkKind.LONE_SURROGATE for remark in schema.document.remarks):
        value = _encodable(value)
    errors = list(_metavalidator(schema, library).iter_errors(value))
    return list(explain(errors, Subject(value, lambda location: None, "the schema")))


def build_error(address: str, library: Library) -> str:
    """What the engine says when it compiles a schema; an empty string when it is content."""
    schemas, _ = library.closure(address)
    try:
        _build(address, schemas, None, formats=False)
    except BrokenSchemaError as error:
        return str(error)
    return ""


def _metavalidator(schema: Schema, library: Library) -> Validator:
    import jsonschema_rs

    if not schema.dialect or draft_of(schema.dialect):
        meta = _METASCHEMAS[schema.draft]
        return jsonschema_rs.validator_for(
            {"$schema": meta, "$ref": meta}, formats=_FORMATS, offline=True, validate_formats=True
        )
    found = library.find(schema.dialect, schema)
    if not found:
        raise UndecidedError(schema.dialect)
    schemas, _ = library.closure(found)
    return _build(found, schemas, None, formats=True)


def _reachable(address: str, library: Library, *, proved: bool) -> dict[str, Schema]:
    """The schema and all that it refers to, each valid by its metaschema."""
    try:
        schemas, _ = library.closure(address)
    except DocumentError as error:
        raise BrokenSchemaError(address, f"a schema does not parse: {error.message}") from None
    for schema in {id(schema): schema for schema in schemas.values() if not proved}.values():
        try:
            flaws = metaschema_flaws(schema, library)
        except (UndecidedError, BrokenSchemaError):
            raise BrokenSchemaError(schema.address, "its `$schema` names no metaschema that is known") from None
        if flaws:
            raise BrokenSchemaError(schema.address, flaws[0].message)
    return schemas


def _build(address: str, schemas: dict[str, Schema], patterns: Any, *, formats: bool) -> Validator:
    import jsonschema_rs

    if not isinstance(schemas[address].value, (dict, bool)):
        raise BrokenSchemaError(address, "a schema must be an object or a boolean")
    others = [(asked, _with_dialect(schema)) for asked, schema in schemas.items() if asked != address]
    try:
        registry = jsonschema_rs.Registry(others) if others else None
        return jsonschema_rs.validator_for(
            _with_dialect(schemas[address]),
            validate_formats=formats,
            registry=registry,
            base_uri=address,
            pattern_options=patterns,
            offline=True,
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        if isinstance(error, UnicodeEncodeError):
            raise BrokenSchemaError(address, "it holds half of a surrogate pair, which is no text") from None
        reason = str(getattr(error, "message", None) or error).partition("\n")[0]
        absent = _ABSENT.match(reason)
        reason = f"it refers to {absent[1]}, which is not in this repository" if absent else reason
        raise BrokenSchemaError(address, reason) from None


def _with_dialect(schema: Schema) -> Any:
    """The schema with the draft that it is read by written into it."""
    if isinstance(schema.value, dict) and not schema.dialect:
        return {**schema.value, "$schema": _METASCHEMAS[schema.draft]}
    return schema.value


def _patterns_of(schema: Json) -> Iterator[str]:
    """Whatever looks like a pattern, wherever it stands: a few too many do no harm."""
    stack = [schema]
    while stack:
        part = stack.pop()
        if isinstance(part, list):
            stack.extend(part)
        elif isinstance(part, dict):
            stack.extend(part.values())
            pattern, named = part.get("pattern"), part.get("patternProperties")
            yield from (pattern,) if isinstance(pattern, str) else ()
            yield from named if isinstance(named, dict) else ()


def _is_linear(pattern: str) -> bool:
    from jsonschema_rs import RegexOptions

    return _compiles(pattern, RegexOptions())


@lru_cache(maxsize=4096)
def _compiles(pattern: str, options: RegexOptions | None = None) -> bool:
    from jsonschema_rs import Draft202012Validator

    try:
        Draft202012Validator({"pattern": pattern}, offline=True, pattern_options=options)
    except ValueError:
        return False
    return True


_FORMATS: dict[str, Callable[..., bool]] = {
    "regex": _compiles,
    "uri": lambda text: True,
    "uri-reference": lambda text: True,
}
"""Of the formats that metaschemas name, only a pattern that the engine cannot run keeps a schema from working."""


def _encodable(value: Json) -> Json:
    """A copy in which each lone surrogate is U+FFFD: the engine takes UTF-8, which has no lone surrogates."""
    match value:
        case str():
            return _SURROGATE.sub("\ufffd", value)
        case list():
            return [_encodable(item) for item in value]
        case dict():
            return {_SURROGATE.sub("\ufffd", key): _encodable(item) for key, item in value.items()}
        case _:
            return value
