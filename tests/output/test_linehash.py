"""The line hash against a second implementation that does what the description says, one unit at a time."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import example, given, strategies as st

from guards._core.linehash import line_hash, line_hashes


def slow(text: str) -> list[str]:
    """The hash of every line, in file order, without any short cut."""
    units: list[int] = []
    starts = [0]
    previous = ""
    for character in text:
        if character not in " \t" and (previous, character) != ("\r", "\n"):
            kept = "\n" if character == "\r" else character
            encoded = kept.encode("utf-16-le", "surrogatepass")
            units += [encoded[at] + 256 * encoded[at + 1] for at in range(0, len(encoded), 2)]
            if kept == "\n":
                starts.append(len(units))
        previous = character
    units += [0xFFFF] + [0] * 100
    seen: Counter[int] = Counter()
    hashes = []
    for start in starts:
        value = 0
        for unit in units[start : start + 100]:
            value = (37 * value + unit) % 2**64
        seen[value] += 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes


PIECES = (
    "\n",
    "\r",
    "\r\n",
    " ",
    "\t",
    "Ab",
    "B=",
    "a",
    "é",
    "漢",
    "😀",
    "\ufeff",
    "\ud800",
    "\udc00",
    "\uffff",
    "x" * 99,
)
sources = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(sources)
@example("")
@example("\n")
@example("\r \n")
@example("a\n" * 30)
@example("Ab\nB=\nAb\nB=")
def test_every_line_of_any_text_has_the_hash_of_the_slow_version(text: str) -> None:
    expected = dict(enumerate(slow(text), 1))
    assert line_hashes(text, range(1, len(expected) + 1)) == expected
    assert {line: line_hash(text, line) for line in expected} == expected


def test_known_values() -> None:
    """An empty file is its end mark alone, which stands at the highest power."""
    assert line_hash("", 1) == f"{0xFFFF * pow(37, 99, 2**64) % 2**64:x}:1"
    assert line_hash("x" * 100, 1) == f"{sum(ord('x') * 37**n for n in range(100)) % 2**64:x}:1"


def test_equal_values_of_different_lines_are_counted_as_one_hash() -> None:
    """`Ab` and `B=` are the same number in base 37, which comparing the lines would not see."""
    tail = "\n" + "x" * 200 + "\n"
    first, second = (line_hash("Ab" + tail + "B=" + tail, line) for line in (1, 3))
    assert first.removesuffix(":1") == second.removesuffix(":2")


def test_indentation_and_lines_above_do_not_matter_and_the_line_does() -> None:
    text = "def f():\n    return 1\n"
    assert line_hash("# new\n\n" + text.replace("    ", "\t"), 4) == line_hash(text, 2)
    assert line_hash(text.replace("1", "2"), 2) != line_hash(text, 2)


@pytest.mark.parametrize("line", [-1, 0, 3, 10**9])
def test_a_line_that_the_text_does_not_have_has_no_hash(line: int) -> None:
    assert line_hash("a\nb", line) == ""
    assert line_hashes("a\nb", [line, 1]) == {1: line_hash("a\nb", 1)}
    assert line_hashes("a\nb", []) == {}


def test_a_megabyte_is_no_burden() -> None:
    """Some 0.03 s where this was written; hashing each window in Python takes ten times as long."""
    text = "".join(f"name_{number} = call(argument_{number % 97}, other)  # why\n" for number in range(25_000))
    assert len(text) > 1_000_000
    started = time.process_time()
    line_hash(text, 25_000)
    assert time.process_time() - started < 0.5
