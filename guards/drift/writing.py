"""Writing a fact where another value stands: one scalar, in the style that it has, and nothing else of its file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from guards._code.reading import Reader, documents
from guards._code.spans import DocumentError, Format, JsonPath
from guards._code.spans.text import Text
from guards._code.versions import bounds, satisfies, version
from guards._core.model import Edit, Fix, Json
from guards.drift.kinds import SEVERAL, Kind, text_of
from guards.drift.lenses import Lens, focused, lens, meaning, put
from guards.drift.relations import Value, agrees
from guards.drift.section import Relation

_LONGEST = 1000


class Writing(NamedTuple):
    """A scalar as it is written, and how a part of it is read."""

    at: JsonPath | None
    """The path of the value; None for what was found in a text."""
    start: int
    """The byte of its file at which it begins."""
    source: str
    quote: int
    """How many characters of it are quotes, on each side."""
    via: tuple[str, ...]
    """The lenses that lead to the part."""

    def out(self) -> Json:
        """As plain data, for a fact."""
        return [None if self.at is None else list(self.at), self.start, self.source, self.quote, list(self.via)]

    @classmethod
    def read(cls, data: Any) -> Writing:
        """The reverse of `out`."""
        at, start, source, quote, via = data
        return cls(None if at is None else tuple(at), start, source, quote, tuple(via))

    @property
    def text(self) -> str:
        """The scalar without its quotes."""
        return self.text_of(self.source)

    def text_of(self, source: str) -> str:
        """What stands in another scalar with the same quotes."""
        return source[self.quote : len(source) - self.quote]

    def inside(self, text: str) -> str:
        """Another text in the same quotes."""
        return self.source[: self.quote] + text + self.source[len(self.source) - self.quote :]


def written(
    whole: Text, start: int, source: str, quote: int, lenses: tuple[Lens, ...], at: JsonPath | None
) -> Writing | None:
    """How a scalar of a text is written; None where edits of it are not for us."""
    if whole.codec != "utf-8" or len(source) > _LONGEST:
        return None
    return Writing(at, start, source, quote, tuple(one.name for one in lenses))


def fix(writing: Writing, found: str, value: Value, rel: Relation, reader: str) -> Fix | None:
    """The edit that puts a fact in the place of what was found; None where nobody can say what should stand there."""
    new = _WANTED[rel](value, found) if rel in _WANTED and value.kind not in SEVERAL else None
    if new is None or not agrees(value, new, rel):
        return None
    if rel in _BOUNDS and satisfies(value.text, new, value.scheme) is not True:
        return None  # such as `>=3.14,<3.14`
    text = put(writing.text, [lens(name) for name in writing.via], new)
    source = None if text is None else _source(writing, text, new, reader)
    if source is None or source == writing.source:
        return None
    old = writing.source.encode()
    edit = Edit(writing.start, writing.start + len(old), old, source.encode(), writing.at, within=writing.at is None)
    return Fix(f"write `{new}`", (edit,))


def reading_after(writing: Writing, fix: Fix) -> str | None:
    """What is read of a scalar after a fix of it; None where the fix is of something else."""
    (edit,) = fix.edits
    if (edit.start, edit.old) != (writing.start, writing.source.encode()):
        return None
    source = edit.new.decode()
    text = writing.text_of(source).strip('"')  # it may have been put in quotes
    lenses = [lens(name) for name in writing.via]
    part = focused(text, lenses)
    return None if part is None else meaning(text[part.start : part.end], lenses)


# ---- What should stand there ----------------------------------------------------------------------------------------

_VERSION = re.compile(r"[vV]?[0-9]+(?:\.[0-9]+)*")
_COMPARED = re.compile(r"(?<![0-9A-Za-z.])[vV]?[0-9][0-9A-Za-z.!+-]*(?:\.\*)?")


def _equal(value: Value, found: str) -> str:
    """The fact, with what it does not speak of as it stands there: a protocol, a leading `v`."""
    if value.kind is Kind.PORT:
        protocol = re.search(r"/(?:tcp|udp|sctp)\Z", found, re.IGNORECASE)
        return value.text + (protocol[0] if protocol else "")
    if value.kind is Kind.VERSION and re.match(r"[vV]?[0-9]", found):
        prefix = found[0] if found[0] in "vV" else ""
        return prefix + re.sub(r"\A[vV](?=[0-9])", "", value.text)
    return value.text


def _prefix(value: Value, found: str) -> str | None:
    """What the old version is followed by stays: `3.10-slim` becomes `3.11-slim`."""
    old = _VERSION.match(found) if value.kind is Kind.VERSION else None
    return _equal(value, old[0]) + found[old.end() :] if old else None


def _bound(value: Value, found: str, *, lower: bool) -> str | None:
    """The requirement with the fact in place of the bound that counts, if it stands there once."""
    keys = bounds(found, value.scheme, lower=lower)
    if not keys:
        return None
    outermost = (max if lower else min)(keys)
    places = [one for one in _COMPARED.finditer(found) if version(one[0].removesuffix(".*"), value.scheme) == outermost]
    if len(places) != 1 or places[0][0].endswith(".*"):
        return None
    (place,) = places
    return found[: place.start()] + _equal(value, place[0]) + found[place.end() :]


def _lower_bound(value: Value, found: str) -> str | None:
    return _bound(value, found, lower=True)


def _upper_bound(value: Value, found: str) -> str | None:
    return _bound(value, found, lower=False)


_BOUNDS = frozenset({Relation.LOWER_BOUND, Relation.UPPER_BOUND})
_WANTED: Mapping[Relation, Callable[[Value, str], str | None]] = {
    Relation.EQUAL: _equal,
    Relation.PREFIX: _prefix,
    Relation.LOWER_BOUND: _lower_bound,
    Relation.UPPER_BOUND: _upper_bound,
}
"""Where several values would do, such as for `satisfies`, it is for a person to choose."""


# ---- How it is written ----------------------------------------------------------------------------------------------

_ALONE: Mapping[str, tuple[str, JsonPath]] = {
    Format.YAML: ("{}", ()),
    Format.JSON: ("{}", ()),
    Format.TOML: ("x = {}", ("x",)),
    Reader.DOTENV: ("x={}", ("x",)),
    Reader.INI: ("x = {}", ("x",)),
    Reader.PYTHON: ("x = {}", ("x",)),
}
"""The smallest document that holds a scalar, and where."""
_PLAIN = re.compile(r"[^\s\"'`\\#$|;,<\x00-\x1f\x7f]+")
"""What means nothing but itself in any format."""


def _source(writing: Writing, text: str, new: str, reader: str) -> str | None:
    """How a text with a new part is written so that it is read as that text; None where we do not know."""
    if writing.at is None or reader not in _ALONE:
        return writing.inside(text) if _PLAIN.fullmatch(new) else None
    old = _alone(writing.source, reader)
    for source in (writing.inside(text), *([f'"{text}"'] if reader == Format.YAML and not writing.quote else [])):
        value = _alone(source, reader)
        if value is not None and text_of(value) == text and (type(value) is str or type(old) is not str):
            return source
    return None


def _alone(source: str, reader: str) -> Json:
    """What a scalar is read as, by itself; None for what is none."""
    form, path = _ALONE[reader]
    try:
        found = documents(form.format(source).encode(), reader)
    except DocumentError:
        return None
    value = found[0].value if len(found) == 1 else None
    for step in path:
        value = value.get(str(step)) if isinstance(value, dict) and len(value) == 1 else None
    return None if isinstance(value, (dict, list)) else value
