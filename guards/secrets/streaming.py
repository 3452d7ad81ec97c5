"""Files that are too large to be read whole, as blocks of whole lines."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from guards._core.transcode import SAMPLE, to_utf8

_BLOCK = 4 << 20
_KEY = 64 << 10
"""A private key that begins so near to the end of a block is left for the next one."""


class Block(NamedTuple):
    """A part of a file in UTF-8."""

    data: bytes
    first_line: int


def blocks(reader: BinaryIO) -> Iterator[Block]:
    """The file in blocks that end where a line does. A line that is longer than a block is cut into lines."""
    sample = reader.read(SAMPLE)
    found = to_utf8(sample)
    encoding = found.encoding if found is not None else "utf-8"
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("replace")
    rest, line, at_end = b"", 1, False
    raw = sample[found.mark :] if found is not None else sample
    while not at_end:
        more = reader.read(_BLOCK)
        at_end = not more
        raw += more
        data = rest + (raw if decoder is None else decoder.decode(raw, final=at_end).encode("utf-8", "replace"))
        raw = b""
        cut = len(data) if at_end else _cut(data)
        if data[:cut]:
            yield Block(data[:cut], line)
        line += data.count(b"\n", 0, cut)
        rest = data[cut:]


def _cut(data: bytes) -> int:
    """Where a block may end."""
    end = data.rfind(b"\n") + 1
    key = data.rfind(b"-----BEGIN ", max(0, end - _KEY), end)
    if key > 0 and data.find(b"-----END ", key, end) < 0:
        end = data.rfind(b"\n", 0, key) + 1
    return end if end > 0 or len(data) < 2 * _BLOCK else len(data)
