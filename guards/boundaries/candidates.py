"""Which files may hold a call or construct, as far as words, strings and imports tell: the others need no parser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from guards._code.python_imports import Import, imports
from guards._code.python_text import Ranges, line_end, may_hold_code, strings_and_comments
from guards.boundaries.mapping import CONSTRUCTS
from guards.boundaries.section import Banned, Construct

_HEADER = re.compile(rb"except\b([^:]*):")
_SILENT = re.compile(
    rb"(?:\s|#[^\n]*\n|\\\r?\n)*(?:pass\b|\.\.\.|[rRbBuUfF]{0,2}[\"']|[0-9(]|None\b|True\b|False\b|Ellipsis\b)"
)


class Candidates:
    """One file of Python. What it may hold is at least what it holds."""

    def __init__(self, text: bytes, lines: Sequence[int] | None) -> None:
        """`lines`: the offsets of the lines on which an import can begin, where they are known."""
        self._text = text
        self._lines = lines

    def may_hold(self, banned: Banned, lines: Iterable[int]) -> bool:
        """Whether one of the lines with its word may have this call or construct."""
        if banned.construct is not None:
            construct = banned.construct
            places = self._found(CONSTRUCTS[construct], lines)
            return any(self._is_construct(construct, one) and self._is_code(one) for one in places)
        first, _, rest = banned.call.partition(".")
        if first.encode() not in self._text:
            return False
        is_it = self._is_member if rest else self._is_bare
        places = self._found(rf"\b{re.escape(banned.call.rpartition('.')[2])}\b", lines)
        return any(is_it(banned.call, one) and not self._is_fine(banned, one) and self._is_code(one) for one in places)

    def _found(self, pattern: str, lines: Iterable[int]) -> Iterator[re.Match[bytes]]:
        word = re.compile(pattern.encode())
        for line in lines:
            yield from word.finditer(self._text, line, line_end(self._text, line))

    def _is_code(self, found: re.Match[bytes]) -> bool:
        """Whether it stands in code, or is the whole of a string, which may be a name for `getattr`."""
        around = self._strings.around(found.start())
        if around is None or may_hold_code(self._text, around[0]):
            return True
        quotes = found.start() - around[0], around[1] - found.end()
        return b"getattr" in self._text and quotes in {(1, 1), (3, 3)}

    @cached_property
    def _strings(self) -> Ranges:
        return strings_and_comments(self._text, len(self._text))

    @cached_property
    def _imports(self) -> Sequence[Import]:
        return list(imports(self._text, self._lines))

    def _is_construct(self, construct: Construct, found: re.Match[bytes]) -> bool:
        if construct is not Construct.SILENT_EXCEPT:
            return True
        header = _HEADER.match(self._text, found.start())
        if header is None or any(bracket in header[1] for bracket in (b"{", b"[", b"lambda", b'"', b"'", b"#")):
            return True  # the colon may be another one
        return _SILENT.match(self._text, header.end()) is not None

    def _is_bare(self, name: str, found: re.Match[bytes]) -> bool:
        """Whether a name may be the one that is built in."""
        before = self._before(found.start())
        return b"builtins" in self._text if before in {b".", b'"', b"'"} else True

    def _is_member(self, call: str, found: re.Match[bytes]) -> bool:
        """Whether the last part of a dotted name may be that of the module.

        `now` of a module that was imported from elsewhere is another, and so is a bare name that was not imported.
        """
        first, last = call.partition(".")[0], call.rpartition(".")[2]
        before = self._before(found.start())
        if before in {b'"', b"'"}:
            return True
        of_it = [one for one in self._imports if one.module.partition(".")[0] == first]
        if before != b".":
            return any(one.name in {last, "*"} for one in of_it)
        base = _BASE.search(self._text, max(0, found.start() - 200), found.start())
        if base is None:
            return True
        of_others = {one.local for one in self._imports if one.module.partition(".")[0] != first}
        return base[1].decode("utf-8", "replace") not in of_others - {one.local for one in of_it}

    def _is_fine(self, banned: Banned, found: re.Match[bytes]) -> bool:
        """Whether a name is called, and its first argument is one with which that is allowed."""
        first = _FIRST_ARGUMENT.match(self._text, found.end()) if banned.unless else None
        if first is None:
            return False
        return first["name"].decode() in banned.unless if first["name"] else "0" in banned.unless

    def _before(self, at: int) -> bytes:
        """What stands before a word, over blanks."""
        return self._text[max(0, at - 200) : at].rstrip(b" \t")[-1:]


_FIRST_ARGUMENT = re.compile(rb"[ \t]*\(\s*(?:(?P<name>\w+)\s*=(?!=)|[\w\"'(\[{-])")
_BASE = re.compile(rb"(?<![\w.)\]])(\w+)[ \t]*\.[ \t]*\Z")
"""A name of which the word is a member."""
