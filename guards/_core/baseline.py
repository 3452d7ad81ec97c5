"""`guard-baseline.jsonl`: the findings that were there when guard came, a sorted line each, which only become fewer.

No line numbers, dates or versions, so that two branches can change it and git puts their changes together.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Iterable, Iterator, Mapping, Set as AbstractSet
from typing import NamedTuple

from guards._core.config import ConfigError
from guards._core.fingerprint import digest
from guards._core.report import Reported

FILE = "guard-baseline.jsonl"
_KEYS = ("path", "rule", "fingerprint", "count")
_AS_WRITTEN = re.compile(
    r'^\{"path":"([ !#-\[\]-~]*)","rule":"([ !#-\[\]-~]*)","fingerprint":"([0-9a-f]{32})","count":([1-9][0-9]{0,8})\}$',
    re.MULTILINE,
)
_CONFLICT = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")
_MOST_ERRORS = 20
_DIGITS = frozenset("0123456789abcdef")


class Line(NamedTuple):
    """Equal findings of a file that are accepted."""

    fingerprint: str
    """That of the first of them."""
    rule: str
    path: str
    times: int = 1


Baseline = Mapping[str, Line]
"""By fingerprint."""


def read(data: bytes, path: str = FILE, *, in_any_order: bool = False) -> dict[str, Line]:
    """The lines of the file. `in_any_order`: it is about to be put in order, and of equal lines the lowest counts."""
    known = _read_all(data)
    if known is not None:
        return known
    found: dict[str, Line] = {}
    wrong: list[str] = []
    before = b""
    for number, raw in enumerate(data.removesuffix(b"\n").split(b"\n") if data else [], 1):
        try:
            line = _read_line(raw)
            same = found.get(line.fingerprint)
            if not in_any_order:
                _check_order(raw, before, is_known=same is not None)
            found[line.fingerprint] = min(line, same, key=lambda one: one.times) if same else line
            before = raw
        except _WrongError as error:
            wrong.append(f"{path}:{number}:{error.column}: {error}")
        if len(wrong) == _MOST_ERRORS:
            wrong.append(f"{path}: and perhaps more")
            break
    if wrong:
        raise ConfigError(wrong)
    return found


def _read_all(data: bytes) -> dict[str, Line] | None:
    """A file that is just as it is written, all at once; None where somebody must look at each line."""
    lines = data.splitlines(keepends=True)
    if not data.isascii() or any(map(operator.gt, lines, lines[1:])):
        return None
    rows = _AS_WRITTEN.findall(data.decode("ascii"))
    found = {mark: Line(mark, rule, path, int(times)) for path, rule, mark, times in rows}
    return found if len(found) == len(lines) else None


class _WrongError(Exception):
    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.column = column


def _check_order(raw: bytes, before: bytes, *, is_known: bool) -> None:
    if is_known:
        raise _WrongError("stands here twice; keep one of the lines, or run: guard baseline update")
    if raw < before:
        raise _WrongError("is not in its place: lines are sorted, or git could not merge them. guard baseline update")


def _read_line(raw: bytes) -> Line:
    found = _AS_WRITTEN.fullmatch(raw.decode("ascii", "replace"))
    if found is not None:  # most of all lines: there is nothing in them that could be wrong
        path, rule, fingerprint, times = found.groups()
        return Line(fingerprint, rule, path, int(times))
    if raw.startswith(_CONFLICT):
        raise _WrongError("a conflict of git: resolve it, then run: guard baseline update")
    try:
        value = json.loads(raw)
    except json.JSONDecodeError as error:
        raise _WrongError(f"is not JSON: {error.msg}", error.colno) from None
    except (ValueError, RecursionError):
        raise _WrongError("is not JSON") from None
    if not isinstance(value, dict) or sorted(value) != sorted(_KEYS):
        raise _WrongError(f"must be an object with exactly the keys {', '.join(_KEYS)}")
    path, rule, fingerprint, count = (value[key] for key in _KEYS)
    if not isinstance(fingerprint, str) or len(fingerprint) != 32 or not _DIGITS.issuperset(fingerprint):
        raise _WrongError("fingerprint must be 32 digits 0-9 a-f")
    if not isinstance(rule, str) or not isinstance(path, str):
        raise _WrongError("rule and path must be texts")
    if type(count) is not int or count < 1:
        raise _WrongError("count must be a whole number from 1")
    return Line(fingerprint, rule, path, count)


def written(lines: Iterable[Line]) -> bytes:
    """The file of these lines, sorted as bytes. A path is their beginning: what a branch mends in one file stands
    together, apart from what another branch mends in another one, and git can merge that."""
    return b"".join(sorted(_written_line(line) + b"\n" for line in lines))


def _written_line(line: Line) -> bytes:
    # Escaped, so that a path which is not UTF-8 comes back as what it was.
    said = dict(zip(_KEYS, (line.path, line.rule, line.fingerprint, line.times), strict=True))
    return json.dumps(said, separators=(",", ":")).encode("ascii")


def of(found: Iterable[Reported]) -> dict[str, Line]:
    """A baseline that accepts just these."""
    lines: dict[str, Line] = {}
    for one in found:
        times = max(one.ordinal, lines[one.first].times if one.first in lines else 0)
        lines[one.first] = Line(one.first, one.rule, one.path, times)
    return lines


def shrunk(baseline: Baseline, found: Baseline, looked: AbstractSet[str]) -> dict[str, Line]:
    """The baseline without what is gone. `found`: what there is; `looked`: the guards that looked at everything."""
    left: dict[str, Line] = {}
    for one in baseline.values():
        there = found[one.fingerprint].times if one.fingerprint in found else 0
        times = min(one.times, there) if one.rule.partition("/")[0] in looked else one.times
        if times:
            left[one.fingerprint] = one._replace(times=times)
    return left


def moved(gone: Iterable[Line], found: Iterable[Reported]) -> Iterator[tuple[Line, Line]]:
    """Lines of files that are gone, each with the line for the very same finding in another file."""
    waiting: dict[str, list[Line]] = {}
    for line in gone:
        waiting.setdefault(line.rule, []).append(line)
    taken: set[str] = set()
    for one in found:
        for line in waiting.get(one.rule, ()):
            is_same = digest(one.rule, line.path, one.key, "1") == line.fingerprint
            if one.ordinal == 1 and is_same and line.fingerprint not in taken:
                taken.add(line.fingerprint)
                yield line, Line(one.first, one.rule, one.path, line.times)
                break


def grown(before: Baseline, now: Baseline) -> Iterator[Line]:
    """The lines that accept more than they did, with how many they accept more."""
    for one in now.values():
        more = one.times - (before[one.fingerprint].times if one.fingerprint in before else 0)
        if more > 0:
            yield one._replace(times=more)
