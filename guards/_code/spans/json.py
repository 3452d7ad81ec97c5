"""JSON: values as the `json` module gives them, and a table of positions made in one pass when it is needed.

`NaN` and `Infinity` are refused. Of duplicate keys the last one counts. Integers keep all their digits, up to the
interpreter's limit for text to integer. A lone surrogate (`"\\ud800"`) stays in the value: whoever encodes such text
needs an error handler, and the remark says which value it is.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator
from functools import partial
from itertools import accumulate
from math import isfinite
from typing import NoReturn

from guards._code.spans.document import Document, JsonPath, Limits, Offsets, Place, Remark, RemarkKind, Remarks
from guards._code.spans.swift import decoded
from guards._code.spans.text import ErrorKind, Text, UnsureError, match_at
from guards._core.model import Json

_TOKEN = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")([ \t\r\n]*+:)?|[{}\[\]]|[^\s{}\[\],:"]+', re.DOTALL)
_STRAY = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([{\[])|([}\]])|(-?Infinity|NaN)|(-?\d+)', re.DOTALL)
_SKELETON = bytes(set(range(256)) - set(b'[]{},"'))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_HALF = re.compile("[\ud800-\udfff]")
_NUMERIC = frozenset("-0123456789")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_WHOLE = re.compile(r"\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
"""Escapes that hide no half: those of one letter, read so that none of them begins in the middle, and whole pairs."""


def parse_json(text: Text, limits: Limits) -> Document:
    """The one document that the text is."""
    check_shape(text, limits)
    table = Table(text.content)
    try:
        return Document(decoded(text.content.encode()), (), text, table)
    except (UnsureError, UnicodeEncodeError):
        value, is_odd = _value(text)
        return Document(value, _remarks(text, table, limits) if is_odd else (), text, table)


def _value(text: Text) -> tuple[Json, bool]:
    """The value, and whether anything about it is worth a remark."""
    odd: list[bool] = [True] if _has_halves(text.content) else []
    try:
        value = json.loads(
            text.content,
            object_pairs_hook=partial(_object, odd),
            parse_float=partial(_float, odd),
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise text.error(f"not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}", error.pos) from None
    except _Constant:
        raise text.error("not valid JSON: NaN and Infinity are no numbers in it", *_constant(text)) from None
    except RecursionError:
        raise text.error("nested too deep for the stack that is left", 0, kind=ErrorKind.LIMIT) from None
    except ValueError:
        raise text.error("an integer has too many digits to be read", *_longest(text), kind=ErrorKind.LIMIT) from None
    return value, bool(odd)


def _has_halves(content: str) -> bool:
    """Whether half a surrogate pair may be there."""
    return _SURROGATE.search(content) is not None and _SURROGATE.search(_WHOLE.sub("", content)) is not None


class _Constant(Exception):  # noqa: N818 - a signal to the caller of the decoder, not an error of its own
    """The decoder met NaN or Infinity, and does not say where."""


def _refuse_constant(name: str) -> NoReturn:
    raise _Constant


def _object(odd: list[bool], pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        odd.append(True)
    return members


def _float(odd: list[bool], source: str) -> float:
    value = float(source)
    if not isfinite(value):
        odd.append(True)
    return value


def check_shape(text: Text, limits: Limits) -> int:
    """Refuse what would be too deep or too many before anything is built, at the speed of `bytes.translate`.

    Returns about how many values there are, never fewer.
    """
    content = text.content
    simple = content.count("[") + content.count("{") + content.count(",") + 1
    if simple <= min(limits.depth, limits.nodes):
        return simple
    plain = content.encode()
    if b"\\" in plain:
        plain = plain.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Two quotes side by side may go: whether the rest stands inside a string stays as it was.
    skeleton = re.sub(rb'"[^"]*"?', b"", plain.translate(None, _SKELETON).replace(b'""', b""))
    opened = skeleton.count(b"[") + skeleton.count(b"{")
    values = opened + skeleton.count(b",") + 1
    if values > limits.nodes:
        raise text.error(f"more than {limits.nodes} values", 0, kind=ErrorKind.LIMIT)
    brackets = skeleton.replace(b",", b"").replace(b"[]", b"").replace(b"{}", b"")
    if opened > limits.depth and max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) >= limits.depth:
        _check_depth(text, limits.depth)
    return values


def _check_depth(text: Text, limit: int) -> None:
    depth = 0
    for found in _STRAY.finditer(text.content):
        depth += (found.lastindex == 1) - (found.lastindex == 2)
        if depth > limit:
            raise text.error(f"nested deeper than {limit} levels", found.start(), kind=ErrorKind.LIMIT)


def _constant(text: Text) -> Offsets:
    """The first constant outside strings: the decoder refuses it without saying where it is."""
    return next(found.span() for found in _STRAY.finditer(text.content) if found.lastindex == 3)


def _longest(text: Text) -> Offsets:
    """The longest integer outside strings, which is the one that the decoder refused."""
    numbers = (found.span() for found in _STRAY.finditer(text.content) if found.lastindex == 4)
    return max(numbers, key=lambda span: span[1] - span[0])


class Table:
    """Positions of all values in document order, four numbers each; made on first use, linear in the text."""

    def __init__(self, content: str, begin: int = 0, end: int | None = None) -> None:
        self._content = content
        self._begin = begin
        self._end = len(content) if end is None else end
        self._starts = array("Q")
        self._ends = array("Q")
        self._keys = array("Q")
        """Where the key of a member begins; the start of the value itself for what has no key."""
        self._after = array("Q")
        """The index of the first value that is not inside this one."""
        self._members: dict[int, dict[str | int, int]] = {}

    def find(self, path: JsonPath) -> Place:
        """The place of a path."""
        node = 0
        self._build()
        for step in path:
            node = self._children(node)[step]
        return self._place(node)

    def walk(self) -> Iterator[tuple[list[str | int], int, Place]]:
        """Every value in document order, duplicates included: its path (valid until the next), container and place."""
        self._build()
        path: list[str | int] = []
        containers: list[int] = []
        for node, start in enumerate(self._starts):
            while containers and node >= self._after[containers[-1]]:
                containers.pop()
                path.pop()
            place = self._place(node)
            if place.key:
                path[-1] = self._key(place.key[0])
            elif containers:
                path[-1] = int(path[-1]) + 1
            yield path, containers[-1] if containers else -1, place
            if self._content[start] in "{[":
                containers.append(node)
                path.append(-1)

    def _place(self, node: int) -> Place:
        start, key = self._starts[node], self._keys[node]
        return Place((start, self._ends[node]), None if key == start else (key, _string_end(self._content, key)))

    def _key(self, start: int) -> str:
        source = self._content[start : _string_end(self._content, start)]
        return str(json.loads(source)) if "\\" in source else source[1:-1]

    def _children(self, node: int) -> dict[str | int, int]:
        if node not in self._members:
            keyed = self._content[self._starts[node]] == "{"
            children = self._child_nodes(node)
            self._members[node] = (
                {self._key(self._keys[child]): child for child in children} if keyed else dict(enumerate(children))
            )
        return self._members[node]

    def _child_nodes(self, node: int) -> Iterator[int]:
        child = node + 1
        while child < self._after[node]:
            yield child
            child = self._after[child]

    def _build(self) -> None:
        if self._starts:
            return
        open_nodes: list[int] = []
        key: int | None = None
        for token in _TOKEN.finditer(self._content, self._begin, self._end):
            start = token.start()
            if token.lastindex == 2:
                key = start
                continue
            if self._content[start] in "}]":
                node = open_nodes.pop()
                self._ends[node], self._after[node] = token.end(), len(self._starts)
                continue
            if self._content[start] in "{[":
                open_nodes.append(len(self._starts))
            self._starts.append(start)
            self._ends.append(token.end())
            self._keys.append(start if key is None else key)
            self._after.append(len(self._starts))
            key = None


_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


def _string_end(content: str, start: int) -> int:
    return match_at(_STRING, content, start).end()


def _remarks(text: Text, table: Table, limits: Limits) -> tuple[Remark, ...]:
    """What is odd, by a look at every value: only for documents that gave reason to."""
    remarks = Remarks(text, limits)
    seen: dict[int, set[str]] = {}
    for path, container, place in table.walk():
        if place.key:
            key, keys = str(path[-1]), seen.setdefault(container, set())
            if key in keys:
                remarks.add(RemarkKind.DUPLICATE_KEY, tuple(path), *place.key)
            keys.add(key)
            if _is_lone(key):
                remarks.add(RemarkKind.LONE_SURROGATE, tuple(path), *place.key)
        kind = _oddity(text.content[slice(*place.value)])
        if kind is not None:
            remarks.add(kind, tuple(path), *place.value)
    return remarks.all()


def _oddity(source: str) -> RemarkKind | None:
    """What is odd about a scalar by itself."""
    if source[0] == '"':
        is_lone = _SURROGATE.search(source) is not None and _is_lone(json.loads(source))
        return RemarkKind.LONE_SURROGATE if is_lone else None
    if source[0] in _NUMERIC and len(source) > 3:
        value = json.loads(source)
        return RemarkKind.NONSTANDARD_NUMBER if isinstance(value, float) and not isfinite(value) else None
    return None


def _is_lone(text: str) -> bool:
    return not text.isascii() and _HALF.search(text) is not None
