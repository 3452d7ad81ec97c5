"""Dockerfiles, with positions: each instruction by its name in capitals.

- `FROM` is the list of images, one for each stage; `EXPOSE` the list of ports.
- `ARG`, `ENV` and `LABEL` are mappings of names to values. A name that several stages give a value is a list of them;
  an `ARG` without a default is left out.
- Every other instruction is the list of what stands after its name.

Values are text without the quotes around it; what refers to variables stays as it is written. Lines may be continued,
by the character that `# escape=` names, and here-documents are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from guards._code.spans.document import Document, Limits, Offsets
from guards._code.spans.text import ErrorKind, Text
from guards._code.spans.tree import Node, Tree
from guards._core.model import Json

_DIRECTIVE = re.compile(r"(?:\s*#[^\n]*=[^\n]*\n)*?\s*#\s*escape\s*=\s*`", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?([\"']?)([A-Za-z_][A-Za-z0-9_]*)\1")
_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*|\"[^\"]*\")=")
_MAPPINGS = {"ARG", "ENV", "LABEL"}


def parse_dockerfile(text: Text, limits: Limits) -> Document:
    """The instructions of all stages."""
    found = _Instructions(text, limits)
    for name, key, start, end in _instructions(text.content, found.words):
        found.add(name, key, start, end)
    values, root = found.finished()
    return Document(values, (), text, Tree(root))


class _Words:
    """How an instruction is cut into words; this depends on the character that continues a line."""

    def __init__(self, escape: str) -> None:
        mark = re.escape(escape)
        self.instruction = re.compile(
            rf"[ \t]*+(?P<name>[A-Za-z]++)(?P<rest>(?:[^\n{mark}]|{mark}[ \t]*+\r?\n(?:[ \t]*+#[^\n]*+\n)*+|{mark})*+)"
        )
        self.space = re.compile(rf"(?:\s|{mark}[ \t]*+\r?\n(?:[ \t]*+#[^\n]*+\n)*+)++")
        self.word = re.compile(
            rf"(?:\"(?:[^\"{mark}]|{mark}.)*+\"|'[^']*+'|{mark}(?![ \t]*\r?\n).|[^\s\"'{mark}])++", re.DOTALL
        )

    def of(self, content: str, start: int, end: int) -> Iterator[Offsets]:
        """Where the words of a range stand."""
        at = start
        while at < end:
            space = self.space.match(content, at, end)
            at = space.end() if space else at
            word = self.word.match(content, at, end)
            if word:
                yield word.span()
            at = word.end() if word else at + 1


def _instructions(content: str, words: _Words) -> Iterator[tuple[str, Offsets, int, int]]:
    """Name, its place, and the range of the rest."""
    at = 0
    while at < len(content):
        found = words.instruction.match(content, at)
        if found:
            yield found["name"].upper(), found.span("name"), *found.span("rest")
            at = _after_heredocs(content, found.end(), found["rest"])
        else:
            end = content.find("\n", at)
            at = len(content) if end < 0 else end
        at += 1


def _after_heredocs(content: str, at: int, rest: str) -> int:
    """The end of the instruction's last line, the here-documents that it opens included."""
    for _, word in _HEREDOC.findall(rest):
        end = re.compile(rf"^\t*{word}[ \t]*\r?$", re.MULTILINE).search(content, at)
        at = end.end() if end else len(content)
    return at


class _Instructions:
    """What was found so far."""

    def __init__(self, text: Text, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._found: dict[str, list[tuple[str, Offsets, Offsets]]] = {}
        self._keys: dict[str, Offsets] = {}
        self._count = 0
        self.words = _Words("`" if _DIRECTIVE.match(text.content) else "\\")

    def add(self, name: str, key: Offsets, start: int, end: int) -> None:
        """Take in one instruction."""
        self._keys.setdefault(name, key)
        for member in self._members(name, start, end):
            self._count += 1
            if self._count > self._limits.nodes:
                raise self._text.error(f"more than {self._limits.nodes} values", start, kind=ErrorKind.LIMIT)
            self._found.setdefault(name, []).append(member)

    def _members(self, name: str, start: int, end: int) -> Iterator[tuple[str, Offsets, Offsets]]:
        """Name, its place and the place of the value, for each value of an instruction."""
        content = self._text.content
        words = list(self.words.of(content, start, end))
        if name in _MAPPINGS:
            yield from self._pairs(words, bare=name != "ARG")
        elif name == "FROM":
            images = (word for word in words if not content.startswith("--", word[0]))
            yield from (("", word, word) for word in list(images)[:1])
        elif name == "EXPOSE":
            yield from (("", word, word) for word in words)
        elif words:
            yield "", words[0], (words[0][0], words[-1][1])

    def _pairs(self, words: list[Offsets], *, bare: bool) -> Iterator[tuple[str, Offsets, Offsets]]:
        """`name=value` for each word, or `name value` in the old form, where that is allowed."""
        content = self._text.content
        pairs = [_PAIR.match(content, *word) for word in words]
        if bare and len(words) > 1 and not pairs[0]:
            yield content[slice(*words[0])], words[0], (words[1][0], words[-1][1])
            return
        for pair, (_, end) in zip(pairs, words, strict=True):
            if pair:
                yield pair[1].strip('"'), pair.span(1), (pair.end(), end)

    def finished(self) -> tuple[dict[str, Json], Node]:
        """The values, and where they stand."""
        values: dict[str, Json] = {}
        nodes: dict[str, Node] = {}
        for name, found in self._found.items():
            listed = [place for _, _, place in found]
            values[name], nodes[name] = self._mapping(found) if name in _MAPPINGS else self._list(listed)
            nodes[name].key = self._keys[name]
        return values, Node(0, len(self._text.content), members=nodes)

    def _mapping(self, found: list[tuple[str, Offsets, Offsets]]) -> tuple[Json, Node]:
        values: dict[str, Json] = {}
        nodes: dict[str, Node] = {}
        places: dict[str, list[Offsets]] = {}
        keys: dict[str, Offsets] = {}
        for name, key, place in found:
            places.setdefault(name, []).append(place)
            keys.setdefault(name, key)
        for name, several in places.items():
            values[name], nodes[name] = self._list(several) if len(several) > 1 else self._one(several[0])
            nodes[name].key = keys[name]
        return values, Node(found[0][1][0], found[-1][2][1], members=nodes)

    def _list(self, places: list[Offsets]) -> tuple[Json, Node]:
        each = [self._one(place) for place in places]
        return [value for value, _ in each], Node(places[0][0], places[-1][1], items=[node for _, node in each])

    def _one(self, place: Offsets) -> tuple[Json, Node]:
        source = self._text.content[slice(*place)]
        quoted = len(source) > 1 and source[0] in "\"'" and source[-1] == source[0]
        return source[1:-1] if quoted else source, Node(*place)
