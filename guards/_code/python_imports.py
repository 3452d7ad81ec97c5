"""What a Python file imports, read from its tokens: exact for every version of the language, at the speed of `re`.

An import is a statement of few forms, so what matters is only to tell code from strings and comments. Nothing is
parsed: a file with a syntax error, or one for Python 2, says what it imports all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from guards._code.python_text import Ranges, line_end, strings_and_comments


class Import(NamedTuple):
    """One name that is imported."""

    module: str
    """As written, with the dots of a relative import before it."""
    name: str
    """What is taken from the module; `*` for everything, empty for the module itself."""
    start: int
    end: int
    """Where it stands in the text, as byte offsets."""
    for_types: bool = False
    """It stands below `if TYPE_CHECKING:`."""
    local: str = ""
    """The name that it is given here; empty for imports by a call."""


WORD = "import"
"""Stands on a line of each import: of a statement that a backslash carries on, on one of its lines."""

_GAP = rb"(?:[ \t\f]|\\\r?\n)"
_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
_DOTTED = _WORD + rb"(?:" + _GAP + rb"*+\." + _GAP + rb"*+" + _WORD + rb")*"
_START = re.compile(rb"(?:(?<=[;:])|^(?<!\\\n)(?<!\\\r\n))" + _GAP + rb"*+(from|import)\b", re.MULTILINE)
_FROM = re.compile(
    rb"(?P<module>(?:" + _GAP + rb"|\.)*+(?:" + _DOTTED + rb")?)" + _GAP + rb"*+\bimport\b" + _GAP + rb"*+"
)
_MODULE = re.compile(
    _GAP
    + rb"*+(?P<module>"
    + _DOTTED
    + rb")(?:"
    + _GAP
    + rb"++as"
    + _GAP
    + rb"++(?P<local>"
    + _WORD
    + rb"))?"
    + _GAP
    + rb"*+"
)
_NAMES = re.compile(rb"\(((?:[^()#]++|#[^\n]*+)*+)\)|((?:\\\r?\n|[^\n;#])*+)")
_NAME = re.compile(
    rb"#[^\n]*|(?P<name>\*|" + _WORD + rb")(?:(?:\s|\\\r?\n)+as(?:\s|\\\r?\n)+(?P<local>" + _WORD + rb"))?"
)
_CALL = re.compile(
    rb"(?:\bimport_module|\b__import__)[ \t]*\(\s*[rRuU]?(?P<quote>[\"'])(?P<module>[^\W\d][\w.]*)(?P=quote)\s*[,)]"
)
_CALLED = re.compile(rb"import_module|__import__")
_PLAIN = re.compile(
    rb"[ \t]*(?P<all>from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]+(?P<names>\w+(?:,[ \t]*\w+)*)"
    rb"|import[ \t]+(?P<whole>\w+(?:\.\w+)*))[ \t]*(?:\r?\n|\Z)"
)
"""A line that is nothing but an import of the simplest form, as nearly all are."""
_WORDS = re.compile(rb"\w+")
_CONTINUED = re.compile(rb"\\\r?\n\Z")
_OF_FROM = re.compile(rb"(?:^|[;:])[ \t\f]*from\b(?:[^\n;#]|(?<=\\)\r?\n)*\Z", re.MULTILINE)
_FOR_TYPES = re.compile(rb"^([ \t]*)(?:el)?if[ \t(]+(?:\w+\.)?TYPE_CHECKING\b[ \t)]*:", re.MULTILINE)
_LINE = re.compile(rb"^([ \t]*)(?=[^\s#)\]}])", re.MULTILINE)


def imports(text: bytes, lines: Sequence[int] | None = None) -> Iterator[Import]:
    """The imports of a file. `lines`: the offsets of the lines with their word, where they are known."""
    found = list(_candidates(text, lines))
    if not found:
        return
    strings = strings_and_comments(text, line_end(text, found[-1].start))
    for_types = Ranges(_blocks_for_types(text) if b"TYPE_CHECKING" in text else ())
    for one in found:
        if not strings.holds(one.start):
            yield one._replace(for_types=for_types.holds(one.start)) if for_types.starts else one


def _candidates(text: bytes, lines: Sequence[int] | None) -> Iterator[Import]:
    """What looks like an import, be it in a string, in the order of the text."""
    has_calls = b"import_module" in text or b"__import__" in text
    if lines is None:
        yield from _between(text, 0, len(text), has_calls=has_calls)
        return
    seen = 0
    for line in lines:
        plain = _PLAIN.match(text, line)
        if plain is not None and text[line - 2 : line] not in _CONTINUING:
            yield from _of_plain(plain)
            continue
        start, end = _logical_start(text, line, seen), line_end(text, line)
        yield from _between(text, start, end, has_calls=has_calls)
        seen = end


def _between(text: bytes, start: int, end: int, *, has_calls: bool) -> Iterable[Import]:
    """The same in a part of the text; what begins there may run beyond it."""
    if not has_calls:
        return _statements(text, start, end)
    return sorted([*_statements(text, start, end), *_calls(text, start, end)], key=attrgetter("start"))


def _logical_start(text: bytes, line: int, seen: int) -> int:
    """The start of the first of the lines that a line goes on from; what was seen before is not looked at again."""
    while line > seen and _CONTINUED.search(text, max(0, line - 3), line):
        line = text.rfind(b"\n", 0, line - 1) + 1
    return max(line, seen)


_CONTINUING = (b"\\\n", b"\r\n")
"""How a line ends on which a statement may go on; a carriage return may follow a backslash."""


def _of_plain(found: re.Match[bytes]) -> Iterator[Import]:
    start = found.start("all")
    if found["whole"] is not None:
        module = found["whole"].decode()
        yield Import(module, "", start, found.end("whole"), local=module.partition(".")[0])
        return
    module = found["module"].decode()
    for name in _WORDS.finditer(found.string, *found.span("names")):
        local = name[0].decode()
        yield Import(module, local, start, name.end(), local=local)


def _statements(text: bytes, start: int, end: int) -> Iterator[Import]:
    """The statements that begin in a part of the text; one may run beyond it."""
    at = start
    while (found := _START.search(text, at, end)) is not None:
        at = found.end()
        yield from _from(text, found) if found[1] == b"from" else _modules(text, found)


def _calls(text: bytes, start: int, end: int) -> Iterator[Import]:
    """Imports by a call with a literal name; the call may run beyond the part."""
    at = start
    while (at := _first(text, at, end)) >= 0:
        found = _CALL.match(text, at)
        if found is not None:
            yield Import(found["module"].decode("utf-8", "replace"), "", found.start(), found.end("module"))
        at += 1


def _first(text: bytes, start: int, end: int) -> int:
    found = _CALLED.search(text, start, end)
    return found.start() if found else -1


def _from(text: bytes, start: re.Match[bytes]) -> Iterator[Import]:
    head = _FROM.match(text, start.end())
    if head is None or not (module := _bare(head["module"])):
        return
    names = _NAMES.match(text, head.end())
    if names is None:
        return
    group = 1 if names[1] is not None else 2
    first = start.start(1)
    for found in _NAME.finditer(text, *names.span(group)):
        if found["name"]:
            name, end = _bare(found["name"]), _end_of(text, first, found.end())
            yield Import(module, name, first, end, local=_bare(found["local"] or found["name"]))


def _end_of(text: bytes, first: int, end: int) -> int:
    """The end of what is shown of a statement: not beyond its first line."""
    return min(end, line_end(text, first))


def _modules(text: bytes, start: re.Match[bytes]) -> Iterator[Import]:
    at = start.end()
    if b"\\" in text[start.start() - 4 : start.start(1)] and _OF_FROM.search(text, max(0, at - 1000), start.start(1)):
        return  # the second half of a `from` that goes on behind a line end
    while (found := _MODULE.match(text, at)) is not None:
        module, end = _bare(found["module"]), _end_of(text, start.start(1), found.end("module"))
        yield Import(module, "", start.start(1), end, local=_bare(found["local"] or b"") or module.partition(".")[0])
        at = found.end()
        if text[at : at + 1] != b",":
            return
        at += 1


def _bare(name: bytes) -> str:
    """A dotted name without what may stand between its parts."""
    return name.translate(None, b" \t\r\n\v\f\\").decode("utf-8", "replace")


def _blocks_for_types(text: bytes) -> Iterator[tuple[int, int]]:
    """The bodies of `if TYPE_CHECKING:`: what is indented more, up to the next line that is not."""
    beyond = 0
    for found in _FOR_TYPES.finditer(text):
        if found.start() < beyond:
            continue
        indent = len(found[1])
        end = next(
            (line.start() for line in _LINE.finditer(text, line_end(text, found.end())) if len(line[1]) <= indent),
            len(text),
        )
        beyond = end
        yield found.end(), end
