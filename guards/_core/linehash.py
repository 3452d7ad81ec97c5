"""Code scanning's `primaryLocationLineHash`: which line a finding stands on, whatever its number is today.

The hash of a line covers the hundred UTF-16 code units that begin with it, spaces and tabs left out and every line end
a line feed: so it survives insertions above it and new indentation, and changes with the text that follows. Equal
hashes in one file are told apart by a counter in file order, which is why the whole file is needed for one line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from operator import mul

_UNITS = 100
_BYTES = 2 * _UNITS
_POWERS = tuple(pow(37, _UNITS - 1 - place, 1 << 64) for place in range(_UNITS))
_LOW_64 = (1 << 64) - 1
_FOLD = (1 << 16) - 37
_END = "\uffff"
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def line_hash(text: str, line: int) -> str:
    """The hash of a 1-based line, as `hex:n`; empty for a line that the text does not have.

    `text` is the file decoded as UTF-8 with replacement characters and with its byte-order mark, if it has one.
    """
    return line_hashes(text, (line,)).get(line, "")


def line_hashes(text: str, lines: Iterable[int]) -> dict[int, str]:
    """`line_hash` of several lines for the price of one; lines that the text does not have are absent."""
    wanted = frozenset(lines)
    last = max(wanted, default=0)
    data, starts = _windows(text)
    folds = [int.from_bytes(data[at : at + _BYTES], "big") % _FOLD for at in starts[:last]]
    candidates = {folds[line - 1] for line in wanted if 0 < line <= len(folds)}
    seen: Counter[int] = Counter()
    known: dict[bytes, int] = {}
    hashes = {}
    for line, (at, fold) in enumerate(zip(starts, folds, strict=False), 1):
        if fold in candidates:
            value = _value(data[at : at + _BYTES], known)
            seen[value] += 1
            if line in wanted:
                hashes[line] = f"{value:x}:{seen[value]}"
    return hashes


def _windows(text: str) -> tuple[bytes, list[int]]:
    """The units that count, as big-endian UTF-16 with a full last window, and where in it each line starts."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    if not kept.isascii():
        kept = _ASTRAL.sub(_surrogates, kept)
    kept += _END
    starts = [0, *(2 * end.end() for end in re.finditer("\n", kept))]
    return (kept + "\0" * _UNITS).encode("utf-16-be", "surrogatepass"), starts


def _surrogates(character: re.Match[str]) -> str:
    above = ord(character[0]) - 0x10000
    return chr(0xD800 + (above >> 10)) + chr(0xDC00 + (above & 0x3FF))


def _value(window: bytes, known: dict[bytes, int]) -> int:
    """The window as a polynomial in 37, most significant unit first, modulo 2^64.

    Costly in Python, hence the fold before it, which is one division in C: a window read as one big number is the same
    polynomial in 2^16, and 2^16 is 37 modulo 2^16 - 37. So polynomials that are equal have equal folds; of those that
    are not, one pair in 2^64 becomes equal modulo 2^64.
    """
    if window not in known:
        units = (int.from_bytes(window[at : at + 2], "big") for at in range(0, _BYTES, 2))
        known[window] = sum(map(mul, units, _POWERS)) & _LOW_64
    return known[window]
