"""A schema file under check: is it valid, do its references lead somewhere, are its keywords spelt well."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from guards._code.spans import DocumentError, JsonPath
from guards._core.model import Finding, Place, Seen
from guards.schema import words
from guards.schema.engine import UndecidedError, build_error, metaschema_flaws
from guards.schema.explain import Flaw, Where
from guards.schema.keywords import is_ignored, meant, subschemas
from guards.schema.library import Library, Reference, Schema, draft_of, path_of, without_fragment
from guards.schema.placing import schema_place, span_of
from guards.schema.rules import INVALID_SCHEMA, UNKNOWN_KEYWORD

_VENDOR = (
    "References are never fetched: save that schema in a folder of schemas, with its `$id`, and it is found by that."
)


def is_declared(schema: Schema, library: Library) -> bool:
    """True if `$schema` says that the file is a JSON Schema that can be checked."""
    return bool(schema.dialect and (draft_of(schema.dialect) or library.find(schema.dialect, schema)))


def check_alone(schema: Schema, library: Library) -> Iterator[Seen]:
    """What is wrong with a schema whatever is around it."""
    try:
        flaws = metaschema_flaws(schema, library)
    except UndecidedError:
        message = "`$schema` names no known draft: 4, 6, 7, 2019-09 and 2020-12 are, and metaschemas of this repository"
        yield _invalid(schema, ("$schema",), message, "$schema", hint=_VENDOR)
        return
    yield from (_flawed(schema, flaw, library) for flaw in flaws)
    yield from _slips(schema)
    if not flaws:
        yield from _missing_targets(schema, library)


def check_mapped(schema: Schema, library: Library) -> Iterator[Seen]:
    """The same, and what is wrong with all that it refers to: documents are waiting for it."""
    found = list(check_alone(schema, library))
    if all(isinstance(seen, Finding) and seen.rule == UNKNOWN_KEYWORD.id for seen in found):
        found.extend(_outward(schema, library))
    yield from found


def _outward(schema: Schema, library: Library) -> Iterator[Finding]:
    try:
        reached, dangling = library.closure(schema.address)
    except DocumentError as error:
        yield _invalid(schema, (), f"a schema that it refers to does not parse: {error.message}", "$ref")
        return
    others = {id(other): other for other in reached.values() if other is not schema}.values()
    found = [finding for other in others for finding in _broken(schema, other, library)]
    if not found and (reason := build_error(schema.address, library)):
        found = [_dangling(schema, owner, reference) for owner, reference in dangling]
        found = found or [_invalid(schema, (), f"the schema cannot be used: {reason}", "unusable")]
    yield from found


def _broken(schema: Schema, other: Schema, library: Library) -> Iterator[Finding]:
    """What keeps a schema that this one refers to from working, told at this one."""
    for seen in check_alone(other, library):
        if isinstance(seen, Finding) and seen.rule == INVALID_SCHEMA.id:
            path = path_of(other.address)
            finding = _invalid(schema, (), f"it refers to {words.code(path)}, which is no valid schema", f"$ref {path}")
            yield _with(finding, Place(path, seen.span, seen.message))
            return


def _flawed(schema: Schema, flaw: Flaw, library: Library) -> Finding:
    place = schema_place(flaw.location, library, "the rule that it breaks")
    finding = _invalid(schema, flaw.path, flaw.message, flaw.keyword, where=flaw.where, hint=flaw.hint)
    return _with(finding, place) if place else finding


def _missing_targets(schema: Schema, library: Library) -> Iterator[Finding]:
    for reference in schema.references:
        if reference.path[-1] == "$ref" and _is_local(reference, schema) and not library.has_target(reference.target):
            target = words.code(reference.target.partition("#")[2], 100)
            yield _invalid(schema, reference.path, f"`$ref` leads to {target}, which is not in this schema", "$ref")


def _is_local(reference: Reference, schema: Schema) -> bool:
    return without_fragment(reference.target) == schema.base


def _dangling(schema: Schema, owner: Schema, reference: Reference) -> Finding:
    keyword = str(reference.path[-1])
    target = path_of(without_fragment(reference.target))
    where = words.code(target or reference.target, 100)
    remote = "a file that is not read" if target else "an address outside this repository"
    hint = "Add its folder to `schema-dirs`, or correct the reference." if target else _VENDOR
    if owner is schema:
        message = f"`{keyword}` leads to {where}, {remote}"
        return _invalid(schema, reference.path, message, keyword, hint=hint)
    message = f"a reference in {words.code(path_of(owner.address))} leads to {where}, {remote}"
    place = Place(path_of(owner.address), owner.document.span(reference.path), "the reference")
    return _with(_invalid(schema, (), message, keyword, hint=hint), place)


def _slips(schema: Schema) -> Iterator[Finding]:
    for path, part in subschemas(schema.value):
        for keyword in part:
            if message := _slip(keyword, schema):
                span = span_of(schema.document, (*path, keyword), Where.KEY)
                yield Finding(UNKNOWN_KEYWORD.id, message, span=span, subject=words.dotted((*path, keyword)))


def _slip(keyword: str, schema: Schema) -> str:
    if known := meant(keyword):
        return f"{words.code(keyword)} is not a keyword (did you mean {words.code(known)}?)"
    if draft_of(schema.dialect) and is_ignored(keyword, schema.draft):
        return f"{words.code(keyword)} demands nothing in the draft that `$schema` names: it came with a later one"
    return ""


def _invalid(
    schema: Schema, path: JsonPath, message: str, keyword: str, *, where: Where | None = None, hint: str = ""
) -> Finding:
    span = span_of(schema.document, path, where or (Where.VALUE if path else Where.OPENING))
    return Finding(INVALID_SCHEMA.id, message, span=span, subject=f"{words.dotted(path)} {keyword}", hint=hint)


def _with(finding: Finding, place: Place) -> Finding:
    return replace(finding, related=(*finding.related, place))
