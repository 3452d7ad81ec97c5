"""Transcoding keeps every character of a text, and every offset leads back to where the character stood."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, strategies as st

from guards._core.model import Trigger
from guards._core.transcode import BLOCK, MARKS, SAMPLE, to_utf8
from guards._core.triggers import engine_for

WIDE = [(mark, encoding) for mark, encoding in MARKS if encoding != "utf-8"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\r\n\0é€\U0001f511aZ"), max_size=60)


@given(text=TEXTS, form=st.sampled_from(WIDE), times=st.sampled_from([1, BLOCK // 20, BLOCK]))
def test_a_marked_text_keeps_its_characters_and_offsets(text: str, form: tuple[bytes, str], times: int) -> None:
    mark, encoding = form
    text = "x" + text * times  # does not begin with NUL, which would make UTF-16 look like UTF-32
    found = to_utf8(mark + text.encode(encoding))
    assert found is not None
    assert found.data == text.encode()
    assert found.encoding == encoding
    for at in {0, 1, len(text) // 2, len(text) - 1, *range(0, len(text), BLOCK)}:
        expected = len(mark) + len(text[:at].encode(encoding))
        assert found.source_offset(len(text[:at].encode())) == expected
    assert found.source_offset(len(found.data)) == len(mark) + len(text.encode(encoding))


@given(data=st.binary(max_size=40), form=st.sampled_from(WIDE), times=st.sampled_from([1, BLOCK]))
def test_broken_text_loses_nothing_and_offsets_still_add_up(data: bytes, form: tuple[bytes, str], times: int) -> None:
    mark, _encoding = form
    raw = mark + data * times
    found = to_utf8(raw)
    assert found is not None
    text = found.data.decode()  # valid UTF-8 whatever came in
    width = 4 if found.encoding.startswith("utf-32") else 2
    at, sources = 0, []
    for char in text[: 3 * BLOCK]:
        sources.append(found.source_offset(at))
        at += len(char.encode())
    assert sources == sorted(set(sources))
    assert all((source - found.mark) % width == 0 for source in sources)
    assert found.source_offset(len(found.data)) == len(raw)
    for char, source in zip(text, sources, strict=False):
        if char != "\ufffd":
            assert raw[source:].startswith(char.encode(found.encoding))


@pytest.mark.parametrize(("mark", "encoding"), WIDE)
def test_an_offset_within_a_character_leads_to_its_start(mark: bytes, encoding: str) -> None:
    found = to_utf8(mark + "a€\U0001f511z".encode(encoding))
    assert found is not None
    start = len(mark) + len("a€".encode(encoding))
    assert [found.source_offset(offset) for offset in range(4, 8)] == [start] * 4


def test_utf8_with_a_mark_is_cut_free_of_it_even_where_it_is_broken() -> None:
    found = to_utf8(codecs.BOM_UTF8 + b"key\xff=1\n")
    assert found is not None
    assert (found.data, found.source_offset(0), found.source_offset(6)) == (b"key\xff=1\n", 3, 9)
    assert found.source_offset(len(found.data)) == 3 + len(found.data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"a",
        b"plain text\n" * 1000,
        "naïve – text\n".encode() * 500,
        "naïve".encode("latin-1") * 500,
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0" * 50,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\6\0\0\0" * 20,
        bytes(range(256)) * 20,
        b"\x01\0\x02\0\x03\0" * 700,
        b"\0" * 5000,
        "no mark at all\n".encode("utf-32-le") * 50,
        b"name\0value\0" * 300,
        b"x" * SAMPLE + b"\0" * 100,
    ],
)
def test_other_bytes_are_left_alone(data: bytes) -> None:
    assert to_utf8(data) is None


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "[server]\r\nport = 8080\r\n",
        "ключ = 1\r\n" * 900,
        "名前\u3000= one two three\n" * 900,
        "a" * SAMPLE + "\U0001f511",
    ],
)
def test_utf16_without_a_mark_is_recognised(text: str, encoding: str) -> None:
    found = to_utf8(text.encode(encoding))
    assert found is not None
    assert (found.encoding, found.data.decode(), found.source_offset(0)) == (encoding, text, 0)


def test_a_sample_that_ends_between_two_surrogates_is_still_text() -> None:
    text = "a" + "\U0001f511a a" * SAMPLE
    cut = text.encode("utf-16-le")[:SAMPLE].decode("utf-16-le", "replace")
    shifted = text if cut.endswith("\ufffd") else "a" + text
    while not shifted.encode("utf-16-le")[:SAMPLE].decode("utf-16-le", "replace").endswith("\ufffd"):
        shifted = "a" + shifted
    found = to_utf8(shifted.encode("utf-16-le"))
    assert found is not None
    assert found.data.decode() == shifted


def test_utf16_that_begins_with_a_nul_is_not_utf32() -> None:
    found = to_utf8(codecs.BOM_UTF16_LE + "\0key = value\n".encode("utf-16-le"))
    assert found is not None
    assert (found.encoding, found.data) == ("utf-16-le", b"\0key = value\n")


def test_an_offset_outside_of_the_text_is_refused() -> None:
    found = to_utf8(codecs.BOM_UTF16_LE + "ab".encode("utf-16-le"))
    assert found is not None
    for offset in (-1, 3):
        with pytest.raises(ValueError, match="is not in a text of 2 bytes"):
            found.source_offset(offset)


@pytest.mark.parametrize(("mark", "encoding"), MARKS)
def test_trigger_hits_lead_back_to_the_lines_of_the_file(mark: bytes, encoding: str) -> None:
    """What the two parts are for: lines found in the text, positions in the file."""
    before = "Ünïcode \U0001f511\r\n" * 700
    raw = mark + (before + "port = 8080\r\nend").encode(encoding)
    found = to_utf8(raw)
    assert found is not None
    hits = engine_for([Trigger("^port = [0-9]+$"), Trigger("^end$")], None).lines(found.data)
    starts = [len(mark) + len(part.encode(encoding)) for part in (before, before + "port = 8080\r\n")]
    assert [found.source_offset(offset) for trigger in (0, 1) for offset in hits[trigger]] == starts
