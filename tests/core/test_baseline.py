"""The baseline as a file: sorted, mergeable by git, refused with the place of what is wrong."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from guards._core import baseline
from guards._core.baseline import FILE, Line
from guards._core.config import ConfigError
from guards._core.fingerprint import digest
from guards._core.model import Level
from guards._core.report import Reported
from tests.conftest import Repository


def line(name: str, times: int = 1, *, rule: str = "g/rule", path: str = "f.py") -> Line:
    return Line(digest(name), rule, path, times)


def by_mark(*lines: Line) -> dict[str, Line]:
    return {one.fingerprint: one for one in lines}


LINES = st.builds(
    Line,
    st.text("0123456789abcdef", min_size=32, max_size=32),
    st.sampled_from(["g/rule", "other/rule"]),
    st.text(min_size=1),
    st.integers(1, 10**6),
)


@given(st.lists(LINES, unique_by=lambda one: one.fingerprint))
def test_what_is_written_is_read(lines: list[Line]) -> None:
    """Any path, one that is not UTF-8 included; the order in which lines are given does not matter."""
    data = baseline.written(lines)
    assert baseline.read(data) == by_mark(*lines)
    assert data == baseline.written(reversed(lines))
    assert data.splitlines() == sorted(data.splitlines())


@given(st.binary())
def test_whatever_stands_there_is_read_or_refused_with_a_place(data: bytes) -> None:
    found: dict[str, Line] = {}
    wrong: tuple[str, ...] = ()
    with contextlib.suppress(ConfigError):
        found = baseline.read(data)
    if not found and data:
        with pytest.raises(ConfigError) as raised:
            baseline.read(data)
        wrong = raised.value.lines
    assert all(one.startswith(f"{FILE}:") for one in wrong)
    assert all(one.times >= 1 for one in found.values())


@given(st.lists(LINES, unique_by=lambda one: one.fingerprint, min_size=1), st.data())
def test_a_file_is_read_as_its_lines_are(lines: list[Line], data: st.DataObject) -> None:
    """What is right is read at once; nothing that is wrong may slip through that way."""
    raw = bytearray(baseline.written(lines))
    at = data.draw(st.integers(0, len(raw)))
    raw[at:at] = data.draw(st.sampled_from([b"", b" ", b"x", b"\r", b"\n", b"\x0b", b'"', b"\\", b"<<<<<<< a\n"]))
    each, broken = {}, False
    for one in bytes(raw).removesuffix(b"\n").split(b"\n"):
        try:
            each.update(baseline.read(one))
        except ConfigError:
            broken = True
    if broken or bytes(raw).count(b"\n") > len(lines):
        with pytest.raises(ConfigError):
            baseline.read(bytes(raw))
    else:
        assert baseline.read(bytes(raw), in_any_order=True) == each


def _data(*lines: Line) -> list[bytes]:
    return baseline.written(lines).splitlines(keepends=True)


FIRST, SECOND = _data(line("a"), line("b", path="g.py"))

WRONG = {
    "not sorted": (SECOND + FIRST, f"{FILE}:2:1: is not in its place"),
    "twice": (FIRST + FIRST, f"{FILE}:2:1: stands here twice"),
    "twice, with another count": (FIRST + FIRST.replace(b":1}", b":2}"), f"{FILE}:2:1: stands here twice"),
    "a conflict": (b"<<<<<<< HEAD\n" + FIRST + b"=======\n" + SECOND + b">>>>>>> b\n", f"{FILE}:1:1: a conflict"),
    "no JSON": (FIRST + b"{fingerprint}\n", f"{FILE}:2:2: is not JSON"),
    "an empty line": (FIRST + b"\n" + SECOND, f"{FILE}:2:1: is not JSON"),
    "nothing accepted": (FIRST.replace(b":1}", b":0}"), f"{FILE}:1:1: count must be"),
    "a count that is true": (FIRST.replace(b":1}", b":true}"), f"{FILE}:1:1: count must be"),
    "another key": (FIRST.replace(b"count", b"times"), f"{FILE}:1:1: must be an object"),
    "no object": (b"[]\n", f"{FILE}:1:1: must be an object"),
    "no fingerprint": (FIRST.replace(digest("a").encode(), b"x"), f"{FILE}:1:1: fingerprint must be"),
    "deep": (b"[" * 100_000, f"{FILE}:1:1: is not JSON"),
    "not UTF-8": (b"\xff\n", f"{FILE}:1:1: is not JSON"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_place(name: str) -> None:
    data, told = WRONG[name]
    with pytest.raises(ConfigError) as raised:
        baseline.read(data)
    assert raised.value.lines[0].startswith(told)


def test_a_file_is_put_in_order_only_by_letting_go() -> None:
    """Of two lines for one finding the one that accepts less counts; a conflict is for people."""
    more = FIRST.replace(b":1}", b":3}")
    assert baseline.read(SECOND + more + FIRST, in_any_order=True) == by_mark(line("a"), line("b", path="g.py"))
    with pytest.raises(ConfigError):
        baseline.read(b"<<<<<<< HEAD\n", in_any_order=True)


def test_it_lets_go_of_what_is_gone_where_somebody_looked() -> None:
    before = by_mark(line("gone"), line("fewer", 3), line("same", 2), line("unseen", rule="other/rule"))
    found = by_mark(line("fewer", 1), line("same", 5), line("new"))
    left = baseline.shrunk(before, found, frozenset({"g"}))
    assert left == by_mark(line("fewer", 1), line("same", 2), line("unseen", rule="other/rule"))
    assert list(baseline.grown(before, left)) == []
    assert list(baseline.grown(left, before)) == [line("gone"), line("fewer", 2)]


def _reported(path: str, key: str, ordinal: int = 1) -> Reported:
    first = digest("g/rule", path, key, "1")
    return Reported(
        "g/rule", "g", Level.ERROR, "m", path, None, key, digest("g/rule", path, key, str(ordinal)),
        first=first, ordinal=ordinal, key=key,
    )  # fmt: skip


def test_it_counts_equal_findings_of_a_file() -> None:
    found = [_reported("f", "k"), _reported("f", "k", 2), _reported("g", "k"), _reported("f", "other")]
    assert sorted(one.times for one in baseline.of(found).values()) == [1, 1, 2]


def test_it_follows_a_finding_into_a_renamed_file_and_no_other() -> None:
    (old,) = baseline.of([_reported("old.py", "k")]).values()
    moved = list(baseline.moved([old], [_reported("new.py", "other"), _reported("new.py", "k"), _reported("n2", "k")]))
    assert moved == [(old, Line(digest("g/rule", "new.py", "k", "1"), "g/rule", "new.py", 1))]


def test_git_merges_what_two_branches_mended_and_accepted(repo: Repository) -> None:
    """Each branch lets go of lines, of some in part, and adds some; a plain merge of texts gives a valid file with
    the changes of both."""
    start = [line(f"{number}", 1 + number % 3, path=f"src/{number // 5:02}.py") for number in range(200)]
    repo.commit({FILE: baseline.written(start)})
    repo.run("branch", "other")
    ours = by_mark(*start[:20], start[22]._replace(times=1), *start[25:], line("ours", path="src/30.py"))
    repo.commit({FILE: baseline.written(ours.values())})
    repo.run("checkout", "-q", "other")
    theirs = by_mark(*start[:100], *start[111:], line("theirs", path="src/10.py"))
    repo.commit({FILE: baseline.written(theirs.values())})
    repo.run("merge", "-q", "-m", "merge", "main")
    merged = baseline.read(Path(repo.root, FILE).read_bytes())
    kept = [*start[:20], start[22]._replace(times=1), *start[25:100], *start[111:]]
    assert merged == by_mark(*kept, line("ours", path="src/30.py"), line("theirs", path="src/10.py"))


def test_a_merge_with_a_conflict_is_refused(repo: Repository) -> None:
    """Both branches change the count of one finding: that is for people to decide."""
    repo.commit({FILE: baseline.written([line("a", 5)])})
    repo.run("branch", "other")
    repo.commit({FILE: baseline.written([line("a", 4)])})
    repo.run("checkout", "-q", "other")
    repo.commit({FILE: baseline.written([line("a", 3)])})
    assert repo.attempt("merge", "main") == 1
    with pytest.raises(ConfigError, match=r":1:1: a conflict of git"):
        baseline.read(Path(repo.root, FILE).read_bytes())
