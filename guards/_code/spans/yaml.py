"""YAML: the core schema of YAML 1.2 over libyaml's events, with positions.

Plain scalars: null is `~`, `null` or nothing, booleans are `true` and `false`, integers decimal, `0o17` or `0x1F`,
floats with `.inf` and `.nan` (each also in Capital and CAPITALS where the specification says so). All else is text:
`on`, `yes`, `22:22`, `2001-01-01`, `1_000`. Core tags (`!!str`, `!!int`, ...) are obeyed; under any other tag a
scalar is its text and a collection its content.

`<<` merges a mapping, an alias of one, or a list of these: own keys win, then the earlier mapping. A key that is no
string becomes its source text (`1.10:` is "1.10"). Aliases are shared, so the limits count what they expand to; an
alias of what contains it is refused.

Events are read one by one and the stack is ours, so neither nesting nor aliases can exhaust the interpreter's. What has
neither anchors nor tags nor anything odd is read without a note of where it stands; it is read again, with notes, if
somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from guards._code.spans.document import Document, JsonPath, Limits, Offsets, Place, Places, RemarkKind, Remarks
from guards._code.spans.text import DocumentError, ErrorKind, Text, UnsureError
from guards._code.spans.tree import Node, Tree
from guards._core.model import Json

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, Json] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_CORE_TYPES: dict[str, type] = {
    "tag:yaml.org,2002:bool": bool,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:null": type(None),
}
_NUMERIC_START = frozenset("0123456789+-.")
_PROPERTIES = re.compile(r"(?:(?:&[0-9A-Za-z_-]+|!<[^>\s]*>|![^\s,\[\]{}]*)(?:\s|#[^\n]*\n)*+)*+")
_BREAKS = "\r\n\x85\u2028\u2029"
_MERGE = "<<"
_SLOWER = 5
"""So many times as long as a value of JSON takes one of YAML, and so many times fewer of them a document may hold."""
_KEY_LENGTH = 1024
"""As long as YAML lets a key on one line be. Collections as keys inside each other would repeat their text."""


def parse_yaml(text: Text, limits: Limits) -> tuple[Document, ...]:
    """The documents of a stream; a stream without any is one document, None."""
    limits = replace(limits, nodes=limits.nodes // _SLOWER)
    try:
        values = list(plain_values(text, limits))
    except UnsureError:
        documents = tuple(Composer(text, limits).documents(events_of(text)))
    else:
        trees = _Trees(text, limits)
        documents = tuple(Document(value, (), text, _Tree(trees, number)) for number, value in enumerate(values))
    return documents or (Document(None, (), text, Tree(Node(0, 0))),)


class _Trees(Struct):
    """The positions of all documents of a stream, found when they are first asked for."""

    text: Text
    limits: Limits
    found: list[Places] = field(default_factory=list)

    def tree(self, number: int) -> Places:
        if not self.found:
            documents = Composer(self.text, self.limits).documents(events_of(self.text))
            self.found = [document.places for document in documents]
        return self.found[number]


class _Tree(Struct, frozen=True):
    """Those of one document."""

    trees: _Trees
    number: int

    def find(self, path: JsonPath) -> Place:
        """The place of a path."""
        return self.trees.tree(self.number).find(path)


def plain_values(text: Text, limits: Limits) -> Iterator[Json]:
    """The values of the documents; UnsureError at the first thing that needs more than its value to be understood."""
    from yaml import events as of

    starts: dict[type, type] = {of.MappingStartEvent: dict, of.SequenceStartEvent: list}
    ends = (of.MappingEndEvent, of.SequenceEndEvent)
    stack: list[tuple[Any, str | None]] = []
    inside: Any = None
    key: str | None = None
    count = 0
    for event in events_of(text):
        kind = event.__class__
        if kind is of.ScalarEvent:
            value = _plain_scalar(event)
        elif kind in starts:
            _check_plain(event, is_key=inside.__class__ is dict and key is None, is_deep=len(stack) >= limits.depth)
            stack.append((inside, key))
            inside, key = starts[kind](), None
            continue
        elif kind in ends:
            value, (inside, key) = inside, stack.pop()
        elif kind is of.AliasEvent:
            raise UnsureError
        else:
            continue
        if inside is None:
            yield value
            continue
        key = _put(inside, key, value)
        count += key is None
        if count > limits.nodes:
            raise _too_many(text, limits, event.start_mark.index, event.end_mark.index)


def _put(inside: Any, key: str | None, value: Json) -> str | None:
    """Hand a value to its collection; returns it if it is the key of what comes next."""
    if inside.__class__ is list:
        inside.append(value)
    elif key is not None:
        inside[key] = value
    elif value.__class__ is str and value not in inside and value != _MERGE:
        return str(value)
    else:
        raise UnsureError
    return None


def _plain_scalar(event: Any) -> Json:
    _check_plain(event)
    if not event.implicit[0]:
        return str(event.value)
    try:
        value = _resolved(event.value)
    except ValueError:
        raise UnsureError from None
    if isinstance(value, float) and not isfinite(value):
        raise UnsureError
    return value


def _check_plain(event: Any, *, is_key: bool = False, is_deep: bool = False) -> None:
    if event.anchor is not None or event.tag is not None or is_key or is_deep:
        raise UnsureError


def _too_many(text: Text, limits: Limits, start: int, end: int) -> DocumentError:
    message = f"more than {limits.nodes} values, after aliases are followed"
    return text.error(message, start, end, ErrorKind.LIMIT)


def events_of(text: Text) -> Iterator[Any]:
    """The events of the stream; what the parser rejects becomes our error at our position."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text.content, Loader=loader)
    except yaml.reader.ReaderError as error:
        position = max(0, text.content.find(chr(error.character)))
        raise text.error("not valid YAML: a character that must not stand in it", position) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        phrase = ", ".join(part for part in (error.context, error.problem) if part)
        raise text.error(f"not valid YAML: {phrase}", mark.index if mark else 0) from None


class _Built(NamedTuple):
    """A finished value, and what it costs to expand it."""

    value: Json
    node: Node
    size: int = 1
    height: int = 0


class _Frame(Struct):
    """A collection that is still open."""

    node: Node
    value: list[Json] | dict[str, Json]
    anchor: str | None
    is_flow: bool
    size: int = 1
    height: int = 0
    key: str | None = None
    key_span: Offsets = (0, 0)
    merged: list[Json] = field(default_factory=list)

    @property
    def step(self) -> str | int:
        """The last step of the path to what is being read."""
        return len(self.value) if isinstance(self.value, list) else self.key or ""


class Composer:
    """Events in, documents out."""

    def __init__(self, text: Text, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Built | None] = {}
        """None for an anchor whose collection is still open."""
        self._remarks = Remarks(text, limits)
        self._count = 0
        self._root: _Built | None = None

    def documents(self, events: Iterator[Any]) -> Iterator[Document]:
        """One document for each pair of document events."""
        handlers: dict[str, Callable[[Any], None]] = {
            "ScalarEvent": self._scalar,
            "MappingStartEvent": self._open,
            "SequenceStartEvent": self._open,
            "MappingEndEvent": self._close,
            "SequenceEndEvent": self._close,
            "AliasEvent": self._alias,
        }
        for event in events:
            name = type(event).__name__
            if name in handlers:
                handlers[name](event)
            elif name == "DocumentEndEvent" and self._root is not None:
                root = self._root
                yield Document(root.value, self._remarks.all(), self._text, Tree(root.node))
                self._root, self._anchors, self._remarks = None, {}, Remarks(self._text, self._limits)

    def _scalar(self, event: Any) -> None:
        start, end = self._content_of(event)
        if event.style in ("|", ">"):
            end = _block_end(self._text.content, start, end, event.value)
        try:
            value = _typed(event)
        except ValueError:
            message = "an integer has too many digits to be read"
            raise self._text.error(message, start, end, ErrorKind.LIMIT) from None
        self._finish(event.anchor, _Built(value, Node(start, end)))

    def _open(self, event: Any) -> None:
        start, _ = self._content_of(event)
        is_mapping = type(event).__name__ == "MappingStartEvent"
        node = Node(start, start, members={}) if is_mapping else Node(start, start, items=[])
        value: list[Json] | dict[str, Json] = {} if is_mapping else []
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._stack.append(_Frame(node, value, event.anchor, bool(event.flow_style)))
        self._check_depth(start, 0)

    def _close(self, event: Any) -> None:
        frame = self._stack.pop()
        if frame.is_flow and self._text.content[event.end_mark.index - 1] in "]}":  # [key: value] has no end of its own
            frame.node.end = event.end_mark.index
        for source in frame.merged:
            _merge(frame.value, source)
        self._finish(frame.anchor, _Built(frame.value, frame.node, frame.size, frame.height))

    def _alias(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor not in self._anchors:
            raise self._text.error("not valid YAML: an alias without an anchor before it", start, end)
        built = self._anchors[event.anchor]
        if built is None:
            message = "an alias inside of what it stands for never ends"
            raise self._text.error(message, start, end, ErrorKind.LIMIT)
        self._check_depth(start, built.height)
        self._put(built._replace(node=Node(start, end, target=built.node)))

    def _finish(self, anchor: str | None, built: _Built) -> None:
        if anchor is not None:
            self._anchors[anchor] = built
        self._put(built)

    def _put(self, built: _Built) -> None:
        """Hand a value to the collection that it stands in."""
        if not self._stack:
            self._root = built
            return
        frame = self._stack[-1]
        frame.node.end = built.node.end
        if isinstance(frame.value, dict) and frame.key is None:
            self._put_key(frame, built)
            return
        self._count_in(frame, built)
        if type(built.value) is float and not isfinite(built.value) and built.node.target is None:
            self._remark(RemarkKind.NONSTANDARD_NUMBER, built.node)
        if frame.node.members is not None and isinstance(frame.value, dict):
            self._put_member(frame, frame.node.members, frame.value, built)
        elif frame.node.items is not None and isinstance(frame.value, list):
            frame.node.items.append(built.node)
            frame.value.append(built.value)

    def _put_key(self, frame: _Frame, built: _Built) -> None:
        node = built.node
        frame.key_span = (node.start, node.end)
        if isinstance(built.value, str):
            frame.key = built.value
        elif node.end - node.start > _KEY_LENGTH:
            message = f"a key of more than {_KEY_LENGTH} characters that is no string"
            raise self._text.error(message, node.start, node.end, ErrorKind.LIMIT)
        else:
            frame.key = self._text.content[node.start : node.end]
            self._remark(RemarkKind.NON_STRING_KEY, node)
        if frame.key in frame.value or (frame.node.merges and self._is_merge(frame)):
            self._remark(RemarkKind.DUPLICATE_KEY, node)

    def _put_member(self, frame: _Frame, nodes: dict[str, Node], members: dict[str, Json], built: _Built) -> None:
        key = frame.key or ""
        sources = _merge_sources(built) if self._is_merge(frame) else None
        if sources is not None:
            frame.node.merges = (*(node for node, _ in sources), *frame.node.merges)
            frame.merged[:0] = [value for _, value in sources]
        else:
            if self._is_merge(frame):
                self._remark(RemarkKind.INVALID_MERGE, built.node)
            built.node.key = frame.key_span
            nodes[key] = built.node
            members[key] = built.value
        frame.key = None

    def _is_merge(self, frame: _Frame) -> bool:
        return frame.key == _MERGE and self._text.content[slice(*frame.key_span)] == _MERGE

    def _count_in(self, frame: _Frame, built: _Built) -> None:
        frame.size += built.size
        if built.height >= frame.height:  # this runs for every value: `max` would be felt
            frame.height = built.height + 1
        self._count += built.size if built.node.target else 1
        if self._count > self._limits.nodes:
            raise _too_many(self._text, self._limits, built.node.start, built.node.end)

    def _check_depth(self, start: int, height: int) -> None:
        if len(self._stack) + height > self._limits.depth:
            message = f"nested deeper than {self._limits.depth} levels"
            raise self._text.error(message, start, kind=ErrorKind.LIMIT)

    def _remark(self, kind: RemarkKind, node: Node) -> None:
        path: JsonPath = tuple(frame.step for frame in self._stack)
        self._remarks.add(kind, path, node.start, node.end)

    def _content_of(self, event: Any) -> Offsets:
        """Where a node stands without its anchor and tag."""
        start, end = event.start_mark.index, event.end_mark.index
        if self._text.content[start : start + 1] in ("&", "!"):
            found = _PROPERTIES.match(self._text.content, start)
            start = min(found.end(), end) if found else start
        return start, end


def _block_end(content: str, start: int, end: int, value: str) -> int:
    """The end of the last line of a block scalar: an edit up to there leaves the lines after it alone."""
    spaces = "" if value.rstrip(_BREAKS)[-1:] in (" ", "\t") else " \t"
    return start + len(content[start:end].rstrip(_BREAKS + spaces))


def _typed(event: Any) -> Json:
    """The value of a scalar under its tag, or by the core schema where it is plain."""
    text, tag = str(event.value), event.tag
    if tag is None:
        return _resolved(text) if event.implicit[0] else text
    core = _CORE_TYPES.get(tag)
    if core is None:
        return text
    value = _resolved(text)
    if core is float and type(value) is int:
        return float(value)
    return value if type(value) is core else text


def _resolved(text: str) -> Json:
    """What a plain scalar is by the core schema of YAML 1.2."""
    if text[:1] in _NUMERIC_START:
        return _number(text)
    return _WORDS.get(text, text)


def _number(text: str) -> Json:
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[1:2] in ("o", "x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    return text


def _merge_sources(built: _Built) -> list[tuple[Node, Json]] | None:
    """The mappings that a `<<` names, with their places of use; None when it names something else."""
    if isinstance(built.value, dict):
        return [(built.node, built.value)]
    if not isinstance(built.value, list) or not all(isinstance(item, dict) for item in built.value):
        return None
    use, items = built.node, (built.node.target or built.node).items or []
    nodes = (Node(use.start, use.end, target=item) if use.target else item for item in items)
    return list(zip(nodes, built.value, strict=True))


def _merge(value: Json, source: Json) -> None:
    if isinstance(value, dict) and isinstance(source, dict):
        for key, member in source.items():
            value.setdefault(key, member)
