"""What the engine reports, in plain words, and placed where a person has to look.

Messages quote the schema and the keys of a document, never its values: those may be large, and may be secrets.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from guards._code.spans import JsonPath
from guards._core.model import Json
from guards.schema import words
from guards.schema.keywords import part_at

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

_MOST_ALTERNATIVES = 3
_BOUNDS = {
    "Maximum": "must be at most {0}",
    "ExclusiveMaximum": "must be less than {0}",
    "Minimum": "must be at least {0}",
    "ExclusiveMinimum": "must be greater than {0}",
    "MultipleOf": "must be a multiple of {0}",
    "MaxItems": "must have at most {0} {0:item}",
    "MinItems": "must have at least {0} {0:item}",
    "MaxLength": "must have at most {0} {0:character}",
    "MinLength": "must have at least {0} {0:character}",
    "MaxProperties": "must have at most {0} {0:key}",
    "MinProperties": "must have at least {0} {0:key}",
}


class Where(enum.Enum):
    """Which part of the value at a path a flaw is shown at."""

    VALUE = "value"
    KEY = "key"
    OPENING = "opening"
    """Where the value begins: for what is missing from an object."""


class Flaw(Struct, frozen=True):
    """One thing in a document that its schema forbids."""

    path: JsonPath
    keyword: str
    message: str
    location: str = ""
    """Of the keyword: the schema's address and a JSON Pointer."""
    where: Where = Where.VALUE
    hint: str = ""
    others: tuple[tuple[str, str], ...] = ()
    """Locations of alternatives that were not chosen, with what each would need."""


class Subject(Struct, frozen=True):
    """The document that errors speak of."""

    value: Json
    schema_at: Callable[[str], Json]
    """The part of a schema at an absolute location."""
    whole: str = "the document"
    """What the document as a whole is called."""

    def at(self, path: JsonPath) -> Any:
        """The value at a path."""
        return part_at(self.value, path)

    def path(self, steps: Sequence[str | int]) -> JsonPath:
        """A path as it is in the document: the engine makes a number of the key `"1"`, and leaves out the key `""`."""
        value: Any = self.value
        path: list[str | int] = []
        for step in steps:
            while isinstance(value, dict) and str(step) not in value and "" in value:
                path.append("")
                value = value[""]
            key = str(step) if isinstance(value, dict) else step
            path.append(key)
            value = value[key]
        return tuple(path)

    def name(self, path: JsonPath) -> str:
        """What the value at a path is called."""
        return words.name(path, self.whole)


def explain(errors: Sequence[ValidationError], subject: Subject) -> Iterator[Flaw]:
    """One flaw or more for each error."""
    for error in errors:
        yield from _flaws(error, subject)


def undecided(errors: Sequence[ValidationError]) -> ValidationError | None:
    """The first error which says that a pattern gave up: then nothing is proven, neither way."""
    from jsonschema_rs import ValidationErrorKind as Of

    for error in errors:
        if isinstance(error.kind, (Of.BacktrackLimitExceeded, Of.RegexEngineFailure, Of.Referencing)):
            return error
        nested = [inner for branch in _branches(error) for inner in branch]
        if nested and (found := undecided(nested)):
            return found
    return None


def _branches(error: ValidationError) -> list[list[ValidationError]]:
    from jsonschema_rs import ValidationErrorKind as Of

    match error.kind:
        case Of.AnyOf(context=branches) | Of.OneOfNotValid(context=branches) | Of.OneOfMultipleValid(context=branches):
            return branches
        case Of.PropertyNames(error=inner):
            return [[inner]]
        case _:
            return []


def _flaws(error: ValidationError, subject: Subject) -> Iterator[Flaw]:
    from jsonschema_rs import ValidationErrorKind as Of

    path = subject.path(error.instance_path)
    name = subject.name(path)
    flaw = Flaw(path, _keyword(error), "", error.absolute_keyword_location or "")
    match error.kind:
        case Of.AnyOf(context=branches) | Of.OneOfNotValid(context=branches):
            yield from _alternatives(flaw, branches, subject)
        case Of.OneOfMultipleValid(context=branches):
            fitting = words.listed([str(number) for number, branch in enumerate(branches, 1) if not branch], "and")
            message = f"{name} fits more than one alternative ({fitting}), and must fit exactly one"
            yield replace(flaw, message=message, where=Where.OPENING)
        case Of.AdditionalProperties(unexpected=keys) | Of.UnevaluatedProperties(unexpected=keys):
            allowed = _allowed_keys(flaw.location, subject)
            yield from (_surplus_key(flaw, key, allowed) for key in keys)
        case Of.AdditionalItems(limit=limit):
            yield replace(flaw, path=(*path, limit), message=f"{name} must have at most {_count(limit, 'item')}")
        case Of.PropertyNames(error=inner):
            yield _key_name(flaw, inner, subject)
        case Of.FalseSchema() if flaw.keyword in ("additionalProperties", "propertyNames", "unevaluatedProperties"):
            yield from (_surplus_key(flaw, key, []) for key in subject.at(path))
        case Of.FalseSchema():
            yield replace(flaw, message=f"{name} is not allowed here", where=Where.KEY)
        case Of.Required(property=missing):
            yield _missing(flaw, missing, subject)
        case Of.UniqueItems():
            yield _twin(flaw, subject)
        case kind:
            yield replace(flaw, message=f"{name} {_demand(kind, error, subject.at(path))}")


def _keyword(error: ValidationError) -> str:
    """The keyword that was broken; the schema `false` as a whole has none."""
    return str(error.schema_path[-1]) if error.schema_path else "false"


def _demand(kind: Any, error: ValidationError, value: Json) -> str:
    """What a single value must be, as a predicate."""
    from jsonschema_rs import ValidationErrorKind as Of

    bound = _BOUNDS.get(type(kind).__name__)
    if bound:
        return _bound(bound, kind)
    match kind:
        case Of.Type(types=types):
            return f"must be {words.with_article(types)}, not {_type_of(value, types)}"
        case Of.Constant(expected_value=expected):
            return f"must be {words.quote(expected)}"
        case Of.Enum(options=choices):
            return f"must be {words.options(choices)}{_meant(value, choices)}"
        case Of.Pattern(pattern=pattern):
            return f"must match the pattern {words.code(pattern, 120)}"
        case Of.Format(format=name):
            return f"must have the format {words.code(name)}"
        case Of.Contains():
            return f"has the wrong number of items that fit `contains` ({words.code(_keyword(error))})"
        case Of.Not():
            return "fits the schema that `not` rules out"
        case Of.UnevaluatedItems():
            return "has items that no part of its schema allows"
        case _:
            return f"does not satisfy {words.code(_keyword(error))}"


def _bound(template: str, kind: Any) -> str:
    limit = kind.value if isinstance(kind.value, (int, float)) else next(iter(kind.as_dict().values()))
    head, unit, noun = template.partition(" {0:")
    return head.format(limit) + (f" {noun[:-1]}{'' if limit == 1 else 's'}" if unit else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _type_of(value: Json, expected: Sequence[str]) -> str:
    if isinstance(value, float) and "integer" in expected:
        return "a number with a fraction"
    return words.with_article([words.type_name(value)])


def _meant(value: Json, choices: Sequence[object]) -> str:
    if not isinstance(value, str):
        return ""
    found = words.closest(value, [choice for choice in choices if isinstance(choice, str)])
    return f"; did you mean {words.quote(found)}?" if found else ""


def _allowed_keys(location: str, subject: Subject) -> list[str]:
    schema = subject.schema_at(location.rpartition("/")[0])
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return list(properties) if isinstance(properties, dict) else []


def _surplus_key(flaw: Flaw, key: str, allowed: list[str]) -> Flaw:
    found = words.closest(key, allowed)
    meant = f" (did you mean {words.code(found)}?)" if found else ""
    message = f"{words.code(key)} is not an allowed key{meant}"
    hint = "" if found or not allowed else "Allowed: " + ", ".join(words.code(known) for known in sorted(allowed)[:12])
    return replace(flaw, path=(*flaw.path, key), message=message, where=Where.KEY, hint=hint)


def _key_name(flaw: Flaw, inner: ValidationError, subject: Subject) -> Flaw:
    key = inner.instance if isinstance(inner.instance, str) else ""
    demand = _demand(inner.kind, inner, key)
    return replace(flaw, path=(*flaw.path, key), message=f"the key {words.code(key)} {demand}", where=Where.KEY)


def _missing(flaw: Flaw, missing: str, subject: Subject) -> Flaw:
    owner = f" in {subject.name(flaw.path)}" if flaw.path else ""
    because = " (another key requires it)" if flaw.keyword in ("dependentRequired", "dependencies") else ""
    # The keyword is the same for every missing key of an object, so the key is part of what identifies the flaw.
    keyword = f"{flaw.keyword} {missing}"
    message = f"missing {words.code(missing)}{owner}{because}"
    return replace(flaw, message=message, keyword=keyword, where=Where.OPENING)


def _twin(flaw: Flaw, subject: Subject) -> Flaw:
    """The flaw at the first item that stood before; at the whole array if no two are written alike."""
    message = f"{subject.name(flaw.path)} holds the same item twice"
    seen: set[str] = set()
    items = subject.at(flaw.path)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        text = json.dumps(item, sort_keys=True)
        if text in seen:
            return replace(flaw, path=(*flaw.path, index), message=message)
        seen.add(text)
    return replace(flaw, message=message)


def _alternatives(flaw: Flaw, branches: list[list[ValidationError]], subject: Subject) -> Iterator[Flaw]:
    depth = len(flaw.path)
    types = [_type_demand(branch, depth) for branch in branches]
    if all(types):
        expected = sorted({name for names in types for name in names})
        value = _type_of(subject.at(flaw.path), expected)
        yield replace(flaw, message=f"{subject.name(flaw.path)} must be {words.with_article(expected)}, not {value}")
        return
    best = min(range(len(branches)), key=lambda number: (_distance(branches[number], depth), number))
    others = tuple(_others(flaw.location, branches, best, subject))
    total = len(branches)
    for found in explain(branches[best], subject):
        hint = found.hint or (f"Of {total} alternatives, number {best + 1} is the closest." if total > 1 else "")
        yield replace(found, hint=hint, others=found.others or others)


def _type_demand(branch: list[ValidationError], depth: int) -> list[str]:
    """The types that a branch demands of the value itself, if that is all that is wrong."""
    kind = branch[0].kind if len(branch) == 1 and len(branch[0].instance_path) == depth else None
    return list(getattr(kind, "types", ()))


def _distance(branch: list[ValidationError], depth: int) -> tuple[bool, bool, int, int, int, int]:
    """How far a value is from an alternative: type, then tags (`const`, `enum` on a key), then depth, then number."""
    from jsonschema_rs import ValidationErrorKind as Of

    paths = [len(error.instance_path) for error in branch]
    tags = [type(error.kind) for error, length in zip(branch, paths, strict=True) if length == depth + 1]
    here = [error.kind for error, length in zip(branch, paths, strict=True) if length == depth]
    wrong_type = any(isinstance(kind, Of.Type) for kind in here)
    too_good = any(isinstance(kind, Of.OneOfMultipleValid) for kind in here)
    return wrong_type, not too_good, tags.count(Of.Constant), tags.count(Of.Enum), -max(paths, default=0), len(branch)


def _others(
    location: str, branches: list[list[ValidationError]], best: int, subject: Subject
) -> Iterator[tuple[str, str]]:
    rest = [number for number in range(len(branches)) if number != best]
    for number in rest[:_MOST_ALTERNATIVES]:
        first = next(explain(branches[number][:1], subject), None)
        if first:
            yield f"{location}/{number}", f"alternative {number + 1}: {first.message}"
