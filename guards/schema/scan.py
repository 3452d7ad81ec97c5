"""One file in, what is wrong with it out."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import cache, lru_cache, partial
from typing import Any
from urllib.parse import unquote

from msgspec.structs import replace

from guards._code.jsonc import without_comments
from guards._code.spans import DEFAULT_LIMITS, Document, DocumentError, ErrorKind, Format, Part, RemarkKind, parse
from guards._core.model import Fact, Finding, Json, Problem, ProblemKind, Seen, Source, Span
from guards.schema import bundled
from guards.schema.bundled import documentation
from guards.schema.checking import check_alone, check_mapped, is_declared
from guards.schema.engine import BrokenSchemaError, Engine, UndecidedError
from guards.schema.facts import BLOCKED, ENTRY, RECORDS, SCHEMA, USES, WANTS
from guards.schema.library import Library, Schema, address_of, draft_of, path_of, without_fragment
from guards.schema.mapping import PathClass, Role, Slice
from guards.schema.options import Options
from guards.schema.placing import Draft, capped, remark_drafts, unreadable, violation
from guards.schema.rows import Lines, Rows
from guards.schema.rules import EMPTY_DATA

_DUPLICATES = frozenset({RemarkKind.DUPLICATE_KEY})
_MODELINE = re.compile(rb"^[ \t]*#[ \t]*(?:yaml-language-server:[ \t]*\$schema=|:schema[ \t]+)(\S+)", re.MULTILINE)
_MODELINE_WITHIN = 4096
_TEMPLATE = re.compile(rb"(?<!\$)\{\{|\{%|<%|\{#")


def scan(source: Source[Options]) -> Iterable[Seen]:
    """Dispatch on what the path made of the file."""
    kind = PathClass.decoded(source.path_class)
    match kind.role:
        case Role.CANONICAL:
            return _canonical(source)
        case Role.DATA:
            return _data(source, kind)
        case Role.SCHEMA:
            return _schema(source, kind)
        case Role.PLAIN:
            return _plain(source, kind)


@lru_cache(maxsize=4)
def _library(documents: tuple[tuple[str, bytes], ...]) -> Library:
    return Library({address_of(path): data for path, data in documents})


@lru_cache(maxsize=64)
def _engine(documents: tuple[tuple[str, bytes], ...], path: str, formats: bool) -> Engine | BrokenSchemaError:  # noqa: FBT001 - lru_cache keys
    try:
        return Engine(address_of(path), _library(documents), formats=formats)
    except BrokenSchemaError as error:
        return error


class _Schemas:
    """The schemas that a source can reach, compiled once per process and content."""

    def __init__(self, documents: Mapping[str, bytes], slice_: Slice) -> None:
        self._key = tuple(sorted(documents.items()))
        self._formats = slice_.formats
        self.library = _library(self._key)

    def engine(self, path: str) -> Engine | Fact:
        """The compiled schema at a path, or the fact that it blocks."""
        if address_of(path) not in self.library:
            return Fact(BLOCKED, {"schema": path, "reason": "it is not among the files that are read"})
        engine = _engine(self._key, path, self._formats)
        if isinstance(engine, Engine):
            return engine
        where = "" if engine.address == address_of(path) else f"{path_of(engine.address)}: "
        return Fact(BLOCKED, {"schema": path, "reason": f"{where}{engine}"})


def _canonical(source: Source[Options]) -> Iterator[Seen]:
    """The places of entries. Whether canonical.yaml itself is sound is said by who reads it for all guards."""
    try:
        document = parse(source.data, Format.YAML)[0]
    except DocumentError:
        return
    section = document.value.get("schemas") if isinstance(document.value, dict) else None
    for glob in section if isinstance(section, dict) else ():
        yield Fact(ENTRY, glob, document.span(("schemas", glob), Part.KEY))


def _data(source: Source[Options], kind: PathClass) -> Iterator[Seen]:
    slice_: Slice = source.scan_slice
    schemas = _Schemas(source.documents, slice_)
    engine = schemas.engine(kind.path)
    if isinstance(engine, Fact):
        yield engine
        return
    if kind.format in (Format.JSONL, Format.CSV):
        yield from _stream(source, kind, engine, schemas.library)
        return
    documents = yield from _parsed(source, kind)
    for document in documents:
        yield from _decided(_drafts(document, engine, schemas.library), slice_)
        yield from _records(len(document.value) if isinstance(document.value, list) else 1, kind)


def _stream(source: Source[Options], kind: PathClass, engine: Engine, library: Library) -> Iterator[Seen]:
    """Records of a file of any length."""
    data = source.reader or source.data
    records: Lines | Rows
    if kind.format is Format.CSV:
        records = Rows(data, library.schema(address_of(kind.path)).value, engine, library)
    else:
        records = Lines(data, engine, library)
    stopped = False
    for seen in _decided(records.drafts(), source.scan_slice):
        stopped = stopped or isinstance(seen, Problem)
        yield seen
    yield from _records(None if stopped else records.count, kind)


def _drafts(document: Document, engine: Engine, library: Library) -> Iterator[Draft]:
    yield from remark_drafts(document)
    if not engine.fits(document.value):
        for flaw in engine.flaws(document.value):
            yield partial(violation, flaw, document, library)


def _records(count: int | None, kind: PathClass) -> Iterator[Seen]:
    """How many there are; None where that was not found out."""
    if kind.counts_items:
        yield Fact(RECORDS, count)
    if kind.needs_items and count == 0:
        message = "the data set is empty: it holds no record that the schema could be checked against"
        yield Finding(EMPTY_DATA.id, message, span=Span(1, 1, 1, 1), subject="empty")


def _decided(drafts: Iterator[Draft], slice_: Slice) -> Iterator[Seen]:
    try:
        yield from capped(drafts, slice_.max_errors)
    except UndecidedError as error:
        yield Problem(f"not checked to the end: {error}", ProblemKind.LIMIT)


def _parsed(source: Source[Options], kind: PathClass) -> Generator[Seen, None, tuple[Document, ...]]:
    """Yields what keeps the file from being read; returns its documents."""
    try:
        return parse(_bytes(source, kind), kind.format)
    except DocumentError as error:
        yield unreadable(error, kind.format)
        return ()


def _bytes(source: Source[Options], kind: PathClass) -> bytes:
    data = source.reader.read(DEFAULT_LIMITS.size + 1) if source.reader else source.data
    return without_comments(data) if kind.comments else data


def _schema(source: Source[Options], kind: PathClass) -> Iterator[Seen]:
    documents = yield from _parsed(source, kind)
    if not documents:
        return
    slice_: Slice = source.scan_slice
    library = _Schemas(source.documents, slice_).library
    schema = Schema(address_of(kind.path), documents[0], library.default_draft)
    yield from capped(remark_drafts(documents[0], _DUPLICATES), slice_.max_errors)
    declared = kind.mapped or is_declared(schema, library)
    if declared and schema.address in library:
        check = check_mapped if kind.mapped else check_alone
        yield from check(library.schema(schema.address), library)
    if isinstance(schema.value, (dict, bool)):
        yield Fact(SCHEMA, {"declared": declared, "uses": _uses(schema, library)})


def _uses(schema: Schema, library: Library) -> list[Json]:
    """The files that a schema refers to directly."""
    found = {path_of(library.find(reference.target, schema)) for reference in schema.references}
    return [path for path in sorted(found) if path and address_of(path) != schema.address]


def _plain(source: Source[Options], kind: PathClass) -> Iterator[Seen]:
    slice_: Slice = source.scan_slice
    if kind.format is Format.JSONL:
        if slice_.parse:
            lines = Lines(source.reader or source.data, None, _library(()))
            yield from _decided(lines.drafts(), slice_)
        return
    data = source.data
    asks = slice_.parse or kind.bundled or b"$schema" in source.text or b":schema" in source.text
    if source.reader is not None or not asks:
        return
    try:
        documents = _tolerant(data, kind)
    except DocumentError as error:
        if slice_.parse and error.kind is not ErrorKind.LIMIT and not _is_template(source.text, kind):
            yield unreadable(error, kind.format)
        return
    if slice_.parse:
        every = (draft for document in documents for draft in remark_drafts(document, _DUPLICATES))
        yield from capped(every, slice_.max_errors)
    if documents:
        yield from _linked(source, kind, documents)


def _tolerant(data: bytes, kind: PathClass) -> tuple[Document, ...]:
    """Its documents; JSON with comments is accepted, because the program that reads it may well accept them."""
    try:
        return parse(without_comments(data) if kind.comments else data, kind.format)
    except DocumentError:
        if kind.format is not Format.JSON or kind.comments:
            raise
        try:
            return parse(without_comments(data), kind.format)
        except DocumentError:
            pass
        raise


def _is_template(text: bytes, kind: PathClass) -> bool:
    """True for text that some program fills in before anything parses it."""
    return kind.format is not Format.TOML and _TEMPLATE.search(text) is not None


def _linked(source: Source[Options], kind: PathClass, documents: tuple[Document, ...]) -> Iterator[Seen]:
    """Check a document against the schema that it names, as the schema that it says it is, or by what its path says."""
    root = documents[0].value
    link = _link(source.text, root)
    if draft_of(link) and len(documents) == 1:
        address = address_of("this-document")
        schema = Schema(address, documents[0], draft_of(link) or 0)
        yield from check_alone(schema, Library({address: source.data}))
    elif link and "://" not in link:
        path = posixpath.normpath(posixpath.join(kind.path, unquote(without_fragment(link))))
        if not path.startswith("../") and "node_modules" not in path.split("/"):
            yield from _self_mapped(source, path, documents)
    elif kind.bundled and not _is_filled_in(source.text, kind):
        yield from _known(source, kind, documents)


def _is_filled_in(text: bytes, kind: PathClass) -> bool:
    """True for a template that parses as it is; in YAML of CI, braces are ordinary."""
    return (b"{%" if kind.format is Format.YAML else b"{{") in text


def _known(source: Source[Options], kind: PathClass, documents: tuple[Document, ...]) -> Iterator[Seen]:
    """Check documents against a bundled schema. One that holds nothing yet is not wrong yet."""
    slice_: Slice = source.scan_slice
    engine = _bundled_engine(kind.bundled)
    hint = f"What such a file may hold: {documentation(kind.bundled)}"
    for document in documents:
        if document.value is not None:
            for seen in _decided(_without_link(document, engine, _library(())), slice_):
                yield replace(seen, hint=seen.hint or hint) if isinstance(seen, Finding) else seen


@cache
def _bundled_engine(name: str) -> Engine:
    library = Library({bundled.address(name): bundled.schema(name)})
    return Engine(bundled.address(name), library, proved=True)


def _link(text: bytes, root: Json) -> str:
    """What a document says its schema is: by `$schema` in the document, else by a comment near its beginning."""
    named = root.get("$schema") if isinstance(root, dict) else None
    if isinstance(named, str):
        return named
    found = _MODELINE.search(text[:_MODELINE_WITHIN])
    return os.fsdecode(found[1]) if found else ""


def _self_mapped(source: Source[Options], path: str, documents: tuple[Document, ...]) -> Iterator[Seen]:
    slice_: Slice = source.scan_slice
    if path not in source.documents:
        yield Fact(WANTS, path, _link_span(documents[0]))
        return
    yield Fact(USES, path)
    schemas = _Schemas(source.documents, slice_)
    engine = schemas.engine(path)
    if isinstance(engine, Fact):
        yield engine
        return
    for document in documents:
        yield from _decided(_without_link(document, engine, schemas.library), slice_)


def _without_link(document: Document, engine: Engine, library: Library) -> Iterator[Draft]:
    """The link itself is no part of the data."""
    value: Any = document.value
    if isinstance(value, dict) and "$schema" in value:
        value = {key: member for key, member in value.items() if key != "$schema"}
    if not engine.fits(value):
        for flaw in engine.flaws(value):
            yield partial(violation, flaw, document, library)


def _link_span(document: Document) -> Span | None:
    value = document.value
    return document.span(("$schema",)) if isinstance(value, dict) and "$schema" in value else Span(1, 1, 1, 1)
