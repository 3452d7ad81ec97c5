"""Texts that are not plain UTF-8, made so for the trigger pass, and the way back from its offsets to the file's.

Transcoded is what says so itself: a byte-order mark of UTF-8, UTF-16 or UTF-32, or UTF-16 without one, betrayed by a
NUL in every other byte. UTF-8, Latin-1 and binary files are scanned as they are. Nothing is lost on the way: what is
no character becomes U+FFFD at its place.

A file may lie about its encoding, and other programs may read its bytes differently. To leave no hiding place, scan
the bytes of the file as well as its text.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from msgspec import Struct

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""Byte-order marks. UTF-32's come first, because one of them begins with UTF-16's."""

SAMPLE = 4096
"""So many bytes decide what a file is written in."""

BLOCK = 1024
"""Characters between two remembered offsets: the most that a look-up has to count."""

_FIRST_BYTES = frozenset(mark[0] for mark, _ in MARKS)


class Text(Struct, frozen=True):
    """The text of a file."""

    data: bytes
    """In UTF-8, without the byte-order mark."""
    encoding: str
    """What the file is written in, by Python's name."""
    size: int
    """The length of the file in bytes."""
    mark: int
    """The length of its byte-order mark."""
    blocks: tuple[int, ...] = ()
    """Where in `data` each block of `BLOCK` characters starts; empty where the mark is all that offsets differ by."""
    sources: tuple[int, ...] = ()
    """Where in the file the same blocks start."""

    def source_offset(self, offset: int) -> int:
        """Where in the file the character starts that covers `offset` in `data`; its size for the end of `data`."""
        if not 0 <= offset <= len(self.data):
            raise ValueError(f"offset {offset} is not in a text of {len(self.data)} bytes")
        if offset == len(self.data):
            return self.size
        if not self.blocks:
            return self.mark + offset
        block = bisect_right(self.blocks, offset) - 1
        before = self.data[self.blocks[block] : offset].decode("utf-8", "ignore")  # drops a character cut in two
        return self.sources[block] + len(before.encode(self.encoding))


def to_utf8(data: bytes) -> Text | None:
    """The text of a file, or None where its bytes are to be scanned as they are."""
    found = _marked(data) if data[:1] and data[0] in _FIRST_BYTES else None
    if found is None and data.find(0, 0, SAMPLE) >= 0:
        found = _unmarked(data[:SAMPLE])
    if found is None:
        return None
    encoding, mark = found
    if encoding == "utf-8":
        return Text(data[mark:], encoding, len(data), mark)
    return _transcoded(data, encoding, mark)


def _marked(data: bytes) -> tuple[str, int] | None:
    for mark, encoding in MARKS:
        if data.startswith(mark) and (encoding != "utf-32-le" or _is_utf32(data[:SAMPLE])):
            return encoding, len(mark)
    return None


def _is_utf32(sample: bytes) -> bool:
    """Tell UTF-32 from UTF-16 that begins with a NUL: hardly any pair of characters is a code point, too."""
    try:
        sample[: len(sample) // 4 * 4].decode("utf-32-le")
    except UnicodeDecodeError:
        return False
    return True


def _unmarked(sample: bytes) -> tuple[str, int] | None:
    """UTF-16 in which at least every eighth character is Latin, on one side of each pair and not on the other."""
    units = len(sample) // 2
    nul_first, nul_last = sample[0 : 2 * units : 2].count(0), sample[1 : 2 * units : 2].count(0)
    for encoding, nuls, others in (("utf-16-le", nul_last, nul_first), ("utf-16-be", nul_first, nul_last)):
        if nuls and nuls * 8 >= units and others * 8 <= nuls and _reads_as_text(sample[: 2 * units], encoding):
            return encoding, 0
    return None


def _reads_as_text(sample: bytes, encoding: str) -> bool:
    """Whether it decodes to characters that one can see, and spaces: what a binary file hardly does."""
    text = sample.decode(encoding, "replace")
    body = text.removesuffix("\ufffd")  # the sample may end within a character
    return "\ufffd" not in body and "".join(body.split()).isprintable()


def _transcoded(data: bytes, encoding: str, mark: int) -> Text:
    width = 4 if encoding.startswith("utf-32") else 2
    whole = len(data) - (len(data) - mark) % width
    text = data[mark:whole].decode(encoding, "replace") + "\ufffd" * (whole < len(data))
    blocks = [text[at : at + BLOCK] for at in range(0, len(text), BLOCK)]
    encoded = [block.encode() for block in blocks]
    starts = accumulate(map(len, encoded[:-1]), initial=0)
    sources = accumulate((len(block.encode(encoding)) for block in blocks[:-1]), initial=mark)
    return Text(b"".join(encoded), encoding, len(data), mark, tuple(starts), tuple(sources))
