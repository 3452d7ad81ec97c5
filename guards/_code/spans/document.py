"""The words of the span layer: what a parsed document is, and what can be wrong with one."""

from __future__ import annotations

import enum
from typing import NamedTuple, Protocol, TypeAlias

from msgspec import Struct

from guards._code.spans.text import ErrorKind, Text
from guards._core.model import Json, Span

JsonPath: TypeAlias = "tuple[str | int, ...]"
"""Where a value stands in its document: object keys as text, list items by index. `()` is the document itself."""

Offsets: TypeAlias = "tuple[int, int]"
"""A half-open range; in code points of the decoded text, except where bytes are said."""


class Part(enum.StrEnum):
    """Which part of a member is meant."""

    VALUE = "value"
    KEY = "key"


class RemarkKind(enum.StrEnum):
    """What is odd about a document that parses."""

    DUPLICATE_KEY = "duplicate-key"
    """A key that stood in the same object before (the later one counts), or a CSV header."""
    NON_STRING_KEY = "non-string-key"
    """A YAML key that is no string; the value has the source text of the key in its place."""
    NONSTANDARD_NUMBER = "nonstandard-number"
    """Infinite or not a number, which JSON cannot say. The value is the float."""
    LONE_SURROGATE = "lone-surrogate"
    """Half of a surrogate pair in a JSON string. The value keeps it, and it cannot be encoded as UTF-8."""
    INVALID_MERGE = "invalid-merge"
    """A YAML `<<` whose value is neither a mapping nor a list of mappings; it stays an ordinary key."""
    RAGGED_ROW = "ragged-row"
    """A CSV row with fewer or more cells than the header. Missing cells are absent, surplus cells are left out."""
    STRAY_QUOTE = "stray-quote"
    """Text between the closing quote of a CSV cell and the next delimiter."""


_MESSAGES = {
    RemarkKind.DUPLICATE_KEY: "this key stood in the same object before; the later one counts",
    RemarkKind.NON_STRING_KEY: "a key that is no string; it is read as its source text",
    RemarkKind.NONSTANDARD_NUMBER: "this number reads as infinite or as none at all, which JSON cannot say",
    RemarkKind.LONE_SURROGATE: "half of a surrogate pair, which no text can be encoded with",
    RemarkKind.INVALID_MERGE: "`<<` takes a mapping or a list of mappings; it is read as an ordinary key",
    RemarkKind.RAGGED_ROW: "this row has not as many cells as the header",
    RemarkKind.STRAY_QUOTE: "text after the closing quote of a cell; it is read as part of the cell",
}


class Remark(Struct, frozen=True):
    """Something that parses, but is worth a finding."""

    kind: RemarkKind
    message: str
    """One phrase without document data."""
    path: JsonPath
    span: Span


class Limits(Struct, frozen=True, kw_only=True):
    """How much a document may ask for. Passing a limit is a `DocumentError` of kind `limit`, never a crash."""

    depth: int = 200
    """Containers inside each other, after aliases are followed; keys of TOML count one for each dotted part."""
    nodes: int = 5_000_000
    """Values, keys excluded, after aliases are followed: what a traversal of the value would visit. Values of YAML may
    be a fifth as many, for the time that reading them takes; names in TOML, counted by every dotted part, a tenth, for
    the memory."""
    size: int = 32 * 1024 * 1024
    """Bytes of a whole document."""
    line: int = 8 * 1024 * 1024
    """Bytes of one line of JSON Lines."""
    remarks: int = 10_000
    """Remarks on one document: a list cut short would say less than the truth."""


DEFAULT_LIMITS = Limits()


class Remarks:
    """The remarks on a document, as they are gathered."""

    def __init__(self, text: Text, limits: Limits) -> None:
        self._text = text
        self._limit = limits.remarks
        self._found: list[Remark] = []

    def add(self, kind: RemarkKind, path: JsonPath, start: int, end: int) -> None:
        """One more, unless there are too many."""
        if len(self._found) == self._limit:
            raise self._text.error(f"more than {self._limit} oddities", start, end, ErrorKind.LIMIT)
        self._found.append(Remark(kind, _MESSAGES[kind], path, self._text.span(start, end)))

    def all(self) -> tuple[Remark, ...]:
        """Those so far, in the order of the text."""
        return tuple(self._found)


class Place(NamedTuple):
    """Where a member stands."""

    value: Offsets
    key: Offsets | None
    """None for what has no key: the document itself and the items of a list."""
    anchor: Offsets | None = None
    """Where the value is defined, if `value` is only the place of its use."""


class Places(Protocol):
    """What each format knows about positions: found when asked for, so that only failing documents pay."""

    def find(self, path: JsonPath) -> Place:
        """The place of a path; KeyError when the document has no such path."""


class Document(Struct, frozen=True):
    """A parsed document: plain values, and the exact place of each one in the text."""

    value: Json
    """Parts may be shared (YAML aliases), so it must not be changed."""
    remarks: tuple[Remark, ...]
    """In the order of the text."""
    text: Text
    places: Places

    def __repr__(self) -> str:
        """Without the text: it may be long, and hold what must not be shown."""
        return f"Document(value={self.value!r}, remarks={self.remarks!r})"

    def span(self, path: JsonPath, part: Part = Part.VALUE) -> Span:
        """Where a value or its key stands; what has no key answers with its value.

        A value that came through a YAML alias or merge stands where it is used (see `anchor`). A TOML table and a
        YAML mapping begin at their first token and end with their last own member. KeyError: no such path.
        """
        return self.text.span(*self._offsets(path, part))

    def offsets(self, path: JsonPath, part: Part = Part.VALUE) -> tuple[int, int]:
        """The same place as a half-open range of bytes of the original data, byte-order mark included."""
        start, end = self._offsets(path, part)
        return self.text.byte(start), self.text.byte(end)

    def source(self, path: JsonPath, part: Part = Part.VALUE) -> str:
        """The text that stands there, quotes included: its first character tells the style of a scalar."""
        start, end = self._offsets(path, part)
        return self.text.content[start:end]

    def span_within(self, path: JsonPath, start: int, end: int) -> Span:
        """A part of what stands there, by its place in `source`."""
        first, _ = self._offsets(path, Part.VALUE)
        return self.text.span(first + start, first + end)

    def anchor(self, path: JsonPath) -> Span | None:
        """Where a value that came through a YAML alias or merge is defined; None for every other value."""
        anchor = self.places.find(path).anchor
        return self.text.span(*anchor) if anchor else None

    def _offsets(self, path: JsonPath, part: Part) -> Offsets:
        place = self.places.find(path)
        return place.key if part is Part.KEY and place.key else place.value
