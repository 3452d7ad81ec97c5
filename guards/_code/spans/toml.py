"""TOML: values as `tomllib` reads them, and a scanner for positions that runs when it is needed.

Dates and times become RFC 3339 text (`1979-05-27T07:32:00Z`). A table begins at its header and ends with its last own
pair, an array of tables begins at the header of its first. A table that only a dotted key or a longer header implies
stands where that name is first written. The scanner trusts that `tomllib` has accepted the text.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time
from functools import cached_property
from math import isfinite
from typing import Any

from guards._code.spans.document import Document, JsonPath, Limits, Offsets, Place, RemarkKind, Remarks
from guards._code.spans.text import DocumentError, ErrorKind, Text, match_at
from guards._code.spans.tree import Node, Tree

_STRING = (
    r'"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}'
    r"|'''(?:[^']++|'(?!''))*+'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*'"
)
_VALUE = re.compile(rf"{_STRING}|\d{{4}}-\d\d-\d\d [0-9:.+Zz-]+|[^\s,\]}}#]+", re.DOTALL)
_KEY = re.compile(rf"{_STRING}|[^\s.=\]]+", re.DOTALL)
_SPACE = re.compile(r"[ \t]*")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_BLANK = re.compile(r"(?:[\s,]++|#[^\n]*+)*+")
_LEXEME = re.compile(rf"(?:{_STRING}|#[^\n]*)|(\.)|([\[{{])|([\]}}])|([\n=,])", re.DOTALL)
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_NAMED = re.compile(r" \('.*\)| '[^']*'$")

_WEIGHT = 10
"""Of how many other values a name in TOML has the weight: `tomllib` keeps up to a kilobyte about each."""


def parse_toml(text: Text, limits: Limits) -> Document:
    """The one document that the text is."""
    _check_shape(text, limits)
    try:
        value = tomllib.loads(text.content)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(text, str(error)) from None
    except RecursionError:
        _check_lexemes(text, limits)
        raise text.error("nested too deep for the stack that is left", 0, kind=ErrorKind.LIMIT) from None
    except ValueError:
        raise text.error("an integer has too many digits to be read", *_longest(text), kind=ErrorKind.LIMIT) from None
    places = _Places(text.content)
    remarks = Remarks(text, limits)
    _Normaliser(text, limits, places, remarks).run(value)
    return Document(value, remarks.all(), text, places)


def _syntax_error(text: Text, message: str) -> DocumentError:
    place = _PLACE.search(message)
    phrase = _NAMED.sub("", message[: place.start()] if place else message)
    index = text.index(int(place[1]), int(place[2])) if place and place[1] else len(text.content)
    return text.error(f"not valid TOML: {phrase[:1].lower()}{phrase[1:]}", index)


def _check_shape(text: Text, limits: Limits) -> None:
    """Refuse what `tomllib` would need a bomb's time or memory for; the exact look only where counting gives reason."""
    content = text.content
    weight = content.count("=") + content.count(".") + content.count("[")
    is_dotted = any(line.count(".") > limits.depth for line in content.split("\n"))
    if is_dotted or weight > limits.nodes // _WEIGHT:
        _check_lexemes(text, limits)


def _check_lexemes(text: Text, limits: Limits) -> None:
    """Refuse brackets, or parts of one key, nested deeper than the limit, and too many names."""
    depth = dots = names = 0
    for lexeme in _LEXEME.finditer(text.content):
        kind = lexeme.lastindex
        if kind is None:
            continue
        depth += (kind == 2) - (kind == 3)
        is_key = lexeme.group() == "=" or (kind == 3 and dots > 1)  # one dot before a bracket may be that of a float
        names += (kind == 2) + (dots + 1) * is_key
        dots = dots + 1 if kind == 1 else 0
        if depth + dots > limits.depth:
            raise text.error(f"nested deeper than {limits.depth} levels", lexeme.start(), kind=ErrorKind.LIMIT)
        if names > limits.nodes // _WEIGHT:
            raise text.error(f"more than {limits.nodes // _WEIGHT} names", lexeme.start(), kind=ErrorKind.LIMIT)


def _longest(text: Text) -> Offsets:
    """The longest run of digits, which is the integer that was refused."""
    numbers = (found.span() for found in re.finditer(r"[-+]?\d[\d_]*", text.content))
    return max(numbers, key=lambda span: span[1] - span[0])


class _Normaliser:
    """Makes what `tomllib` returns into JSON values, in place, and notes what is odd about them."""

    def __init__(self, text: Text, limits: Limits, places: _Places, remarks: Remarks) -> None:
        self._text = text
        self._limits = limits
        self._places = places
        self._remarks = remarks
        self._count = 0

    def run(self, root: dict[str, Any]) -> None:
        """Visit every container once."""
        pending: list[tuple[Any, JsonPath]] = [(root, ())]
        while pending:
            container, path = pending.pop()
            self._check(container, path)
            steps: Any = reversed(container) if isinstance(container, dict) else range(len(container) - 1, -1, -1)
            for step in steps:
                value = container[step]
                if isinstance(value, (dict, list)):
                    pending.append((value, (*path, step)))
                elif isinstance(value, (date, time)):
                    container[step] = _rfc3339(value)
                elif isinstance(value, float) and not isfinite(value):
                    place = self._places.find((*path, step))
                    self._remarks.add(RemarkKind.NONSTANDARD_NUMBER, (*path, step), *place.value)

    def _check(self, container: Any, path: JsonPath) -> None:
        self._count += len(container)
        if len(path) + 1 > self._limits.depth:
            message = f"nested deeper than {self._limits.depth} levels"
            raise self._text.error(message, self._places.find(path).value[0], kind=ErrorKind.LIMIT)
        if self._count > self._limits.nodes:
            start = self._places.find(path).value[0]
            raise self._text.error(f"more than {self._limits.nodes} values", start, kind=ErrorKind.LIMIT)


def _rfc3339(value: date | time) -> str:
    text = value.isoformat()
    return f"{text[:-6]}Z" if isinstance(value, datetime) and text.endswith("+00:00") else text


class _Places:
    """The tree of positions, built by the first question."""

    def __init__(self, content: str) -> None:
        self._content = content

    def find(self, path: JsonPath) -> Place:
        return self._tree.find(path)

    @cached_property
    def _tree(self) -> Tree:
        return Tree(_Scanner(self._content).root())


class _Scanner:
    """Walks over accepted text and writes down where things stand."""

    def __init__(self, content: str) -> None:
        self._content = content

    def root(self) -> Node:
        """The tree of the whole text."""
        root = table = Node(0, len(self._content), members={})
        opened: tuple[Node, ...] = ()
        position = self._skip(0)
        while position < len(self._content):
            if self._content[position] == "[":
                opened = self._header(root, position)
                table = opened[-1]
                position = table.end
            else:
                position = self._pair(table, position)
                for node in opened:
                    node.end = position
            position = self._skip(position)
        return root

    def _header(self, root: Node, start: int) -> tuple[Node, ...]:
        """The table that a header opens, after the array that it is an item of."""
        is_array = self._content.startswith("[[", start)
        keys, position = self._keys(start + 1 + is_array)
        end = self._content.index("]", position) + 1 + is_array
        name, key = keys[-1]
        tables = _members(_descend(root, keys[:-1]))
        if is_array:
            array = tables.setdefault(name, Node(start, end, key, items=[]))
            table = Node(start, end, members={})
            _items(array).append(table)
            array.end = end
            return array, table
        table = tables.setdefault(name, Node(start, end, key, members={}))
        table.start, table.end, table.key = start, end, key  # it may have been implied before
        return (table,)

    def _pair(self, table: Node, position: int) -> int:
        """A key and its value, put into a table; where it ends."""
        node = self._member(table, position)
        stack = [] if node.members is None and node.items is None else [node]
        while stack:
            position = self._skip(node.end)
            if self._content[position] in "]}":
                node = stack.pop()
                node.end = position + 1
                continue
            holder = stack[-1]
            node = self._item(holder, position) if holder.members is None else self._member(holder, position)
            if node.members is not None or node.items is not None:
                stack.append(node)
        return node.end

    def _member(self, table: Node, position: int) -> Node:
        keys, position = self._keys(position)
        name, key = keys[-1]
        node = self._token(self._skip(self._content.index("=", position) + 1))
        node.key = key
        _members(_descend(table, keys[:-1]))[name] = node
        return node

    def _item(self, array: Node, position: int) -> Node:
        node = self._token(position)
        _items(array).append(node)
        return node

    def _token(self, position: int) -> Node:
        """A scalar, or the opening bracket of what has values inside."""
        opening = self._content[position]
        if opening == "[":
            return Node(position, position + 1, items=[])
        if opening == "{":
            return Node(position, position + 1, members={})
        return Node(*match_at(_VALUE, self._content, position).span())

    def _keys(self, position: int) -> tuple[list[tuple[str, Offsets]], int]:
        """The parts of a dotted key from a position on, and where the last one ends."""
        keys = []
        before: re.Match[str] | None = match_at(_SPACE, self._content, position)
        while before is not None:
            key = match_at(_KEY, self._content, before.end())
            keys.append((_name(key.group()), key.span()))
            position = key.end()
            before = _DOT.match(self._content, position)
        return keys, position

    def _skip(self, position: int) -> int:
        return match_at(_BLANK, self._content, position).end()


def _descend(node: Node, keys: list[tuple[str, Offsets]]) -> Node:
    """The table that a dotted name means, tables that it implies put in; of an array of tables the last item."""
    for name, span in keys:
        child = _members(node).setdefault(name, Node(*span, key=span, members={}))
        node = child if child.items is None else child.items[-1]
    return node


def _members(node: Node) -> dict[str, Node]:
    if node.members is None:
        raise ValueError("the text was accepted, but a name in it leads through what is no table")
    return node.members


def _items(node: Node) -> list[Node]:
    if node.items is None:
        raise ValueError("the text was accepted, but an item in it belongs to no array")
    return node.items


def _name(source: str) -> str:
    if "\\" in source and source[0] == '"':
        return str(tomllib.loads(f"name = {source}")["name"])
    return source[1:-1] if source[0] in "\"'" else source
