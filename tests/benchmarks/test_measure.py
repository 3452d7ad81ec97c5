"""The arithmetic of the benchmarks, their table, and what they refuse to call a result. Nothing here is timed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from benchmarks import memory, run, table
from benchmarks.corpora import COMPOSITE, DJANGO, HOME_ASSISTANT, RELEASES, environment
from benchmarks.measure import Command, MeasureError, Sample, compare, noise, ratios, rotated, spread
from benchmarks.rows import ROWS, Edits, Place, Row
from benchmarks.table import BEGIN, END, Line, PageError, compared, failed, held, updated, verdict

seconds = st.floats(min_value=1e-4, max_value=1e3)


def _command(name: str, code: str, folder: Path, codes: tuple[int, ...] = (0,)) -> Command:
    return Command(name, (sys.executable, "-c", code), str(folder), frozenset(codes))


def _samples(*walls: float) -> list[Sample]:
    return [Sample(wall, wall / 2, 10.0) for wall in walls]


@given(st.lists(seconds, min_size=1))
def test_spread_is_ordered_and_of_the_numbers(numbers: list[float]) -> None:
    """The ends are among the numbers, and half of them lie on either side of the middle."""
    found = spread(numbers)
    assert (found.low, found.high) == (min(numbers), max(numbers))
    assert 2 * sum(number <= found.median for number in numbers) >= len(numbers)
    assert 2 * sum(number >= found.median for number in numbers) >= len(numbers)


def test_spread_of_nothing_is_refused() -> None:
    """No rounds give no result, rather than one that looks like zero."""
    with pytest.raises(ValueError, match="no numbers"):
        spread([])


@given(st.lists(st.tuples(seconds, st.floats(min_value=0.1, max_value=50)), min_size=1))
def test_ratios_do_not_see_a_slow_machine(rounds: list[tuple[float, float]]) -> None:
    """A round in which everything takes `factor` times as long gives the same ratio: half of theirs, always."""
    theirs = [second * factor for second, factor in rounds]
    assert ratios([one / 2 for one in theirs], theirs) == (0.5, 0.5, 0.5)


def test_ratios_are_taken_within_a_round() -> None:
    """Medians of each side would say 1; two of three rounds say 2."""
    assert ratios([2, 4, 3], [1, 2, 3]) == (1, 2, 2)


def test_ratios_want_as_many_of_each() -> None:
    """A round that one side did not run is a mistake of ours."""
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])


def test_noise_is_the_slowest_over_the_fastest() -> None:
    """Half as much again, wherever it happened."""
    assert noise([0.02, 0.03, 0.02]) == pytest.approx(1.5)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_command_is_first_equally_often(count: int, tmp_path: Path) -> None:
    """Whoever comes first finds colder caches, so it is everybody's turn."""
    commands = [_command(str(number), "pass", tmp_path) for number in range(count)]
    orders = [rotated(commands, turn) for turn in range(2 * count)]
    assert all(sorted(one.name for one in order) == [command.name for command in commands] for order in orders)
    assert set(Counter(order[0].name for order in orders).values()) == {2}


def test_compare_prepares_each_run_and_leaves_warm_ups_out(tmp_path: Path) -> None:
    """Two commands, one warm-up and two rounds: six runs, each with a preparation of its own, and four samples."""
    log = tmp_path / "log"
    note = f"open({str(log)!r}, 'a').write({{!r}})"
    prepared: list[tuple[int, str]] = []

    def prepare(number: int) -> None:
        prepared.append((number, log.read_text() if log.exists() else ""))

    commands = [_command(name, note.format(name), tmp_path) for name in ("a", "b")]
    samples = compare(commands, 2, environment=environment(), prepare=prepare, warm_ups=1)
    assert log.read_text() == "abba" + "ba"
    assert [number for number, _ in prepared] == list(range(6))
    assert [len(seen) for _, seen in prepared] == list(range(6))
    assert {name: len(found) for name, found in samples.items()} == {"a": 2, "b": 2}


def test_a_sample_counts_the_time_of_children(tmp_path: Path) -> None:
    """A parent that only waits while its child computes for 0.2 s of processor time."""
    busy = "import time\nwhile time.process_time() < 0.2: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}], check=True)"
    samples = compare([_command("parent", parent, tmp_path)], 1, environment=environment(), warm_ups=0)
    assert samples["parent"][0].cpu >= 0.2


@pytest.mark.parametrize("code", [2, 4, 5])
def test_a_run_that_did_not_do_its_work_is_no_result(code: int, tmp_path: Path) -> None:
    """A command that fails at once would be the fastest of all."""
    command = _command("hasty", f"raise SystemExit({code})", tmp_path, (0, 1, 3))
    with pytest.raises(MeasureError, match=f"hasty ended with code {code}"):
        compare([command], 1, environment=environment())
    with pytest.raises(MeasureError, match=f"hasty ended with code {code}"):
        memory.peak(command, environment())


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="only Linux tells what processes hold")
def test_memory_counts_children(tmp_path: Path) -> None:
    """A child that holds 60 MB for a moment, below a parent that holds next to nothing."""
    hold = "import time; block = b'x' * (60 << 20); time.sleep(0.3)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}], check=True)"
    assert 60 <= memory.peak(_command("parent", parent, tmp_path), environment()) < 200


def test_a_line_says_what_was_measured() -> None:
    """Every cell of a comparison, from three rounds of known numbers."""
    line = compared("a", "b", 0.5, (_samples(1, 2, 3), _samples(4, 4, 4), _samples(0.01, 0.02, 0.01)))
    assert line.wall == "0.25 / **0.5x** / 0.75"
    assert (line.cpu, line.time, line.noise, line.rounds) == ("0.5x", "2.0 s : 4.0 s", "2.00", 3)
    assert (line.budget, line.within) == ("at most 0.5x", "yes")


@pytest.mark.parametrize(("value", "within"), [(1.2, "yes"), (1.2001, "**no**")])
def test_a_budget_is_kept_or_not(value: float, within: str) -> None:
    """Exactly the budget is within it."""
    assert verdict(value, 1.2) == within
    assert verdict(value, None) == "–"


def test_memory_is_judged_by_its_worst_round() -> None:
    """The middle one is below the limit; that does not help a machine that ran out of memory once."""
    assert held("memory", 300, [250, 260, 301]).within == "**no**"
    assert held("memory", 300, [250, 260, 299]).within == "yes"


def _page(*rows: str) -> str:
    return "\n".join(["# Title", "", BEGIN, *rows, END, "", "After."])


def test_results_replace_those_of_their_row_and_keep_the_others() -> None:
    """Row a is new in both its lines, b stays, c exists no longer, d is not measured yet; the text around stays."""
    first = [Line("a", "x", "–", "–", "1"), Line("b", "x", "–", "–", "2"), Line("c", "x", "–", "–", "3")]
    page = updated(_page(), "old", first, ["a", "b", "c"])
    again = [Line("a", "x", "–", "–", "10"), Line("a", "y", "–", "–", "11")]
    page = updated(page, "head", again, ["d", "b", "a"])
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ") and line not in table.HEAD]
    assert [(row[0], row[1], row[4]) for row in rows] == [("| b", "x", "2"), ("| a", "x", "10"), ("| a", "y", "11")]
    assert "head" in page
    assert "old" not in page
    assert page.startswith("# Title\n")
    assert page.endswith("\nAfter.")


def test_writing_the_same_results_twice_changes_nothing() -> None:
    """No blank line is added each time."""
    lines = [Line("a", "x", "–", "–", "1")]
    page = updated(_page(), "head", lines, ["a"])
    assert updated(page, "head", lines, ["a"]) == page


def test_a_row_that_failed_takes_the_place_of_its_old_result() -> None:
    """What can no longer be measured must not go on looking measured."""
    page = updated(_page(), "head", [Line("a", "x", "–", "yes", "1")], ["a"])
    page = updated(page, "head", [failed("a", "went\nwrong | badly")], ["a"])
    assert "not measured" in page
    assert "| yes |" not in page
    assert "went wrong \\| badly" in page


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END}\n{BEGIN}"])
def test_a_page_without_both_markers_is_refused(page: str) -> None:
    """Rather than to lose what stands after the first."""
    with pytest.raises(PageError):
        updated(page, "head", [], [])


def test_cells_are_as_many_as_columns() -> None:
    """Markdown drops a cell too many without a word."""
    line = Line("a", "b", "c", "d", "e|f")
    assert line.markdown().replace("\\|", "").count("|") == table.HEAD[0].count("|") == table.HEAD[1].count("|")


def test_row_names_are_unique_and_fit_a_cell() -> None:
    """They are the keys of the page."""
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "|" in name]


def test_edits_are_new_each_time_and_leave_the_rest(tmp_path: Path) -> None:
    """Ten edits give ten contents, each the old text and one line more; another instance repeats none of them."""
    (tmp_path / "a.py").write_bytes(b"x = 1\r\n")
    seen = set()
    for edit in (Edits(str(tmp_path), ["a.py"]),):
        for number in range(10):
            edit(number)
            seen.add((tmp_path / "a.py").read_bytes())
    (tmp_path / "a.py").write_bytes(b"x = 1\r\n")
    Edits(str(tmp_path), ["a.py"])(0)
    seen.add((tmp_path / "a.py").read_bytes())
    assert len(seen) == 11
    assert all(content.startswith(b"x = 1\r\n\n# Edit ") and content.endswith(b"\n") for content in seen)


def test_every_archive_is_pinned_by_a_digest() -> None:
    """Version and digest, so that results of different days speak of the same trees; ten in the composite."""
    for corpus in (DJANGO, COMPOSITE, RELEASES, HOME_ASSISTANT):
        assert all(len(bytes.fromhex(archive.sha256)) == 32 for archive in corpus.archives)
        assert len(set(corpus.archives)) == len(corpus.archives)
    assert len({archive.name for archive in COMPOSITE.archives}) == 10
    assert {archive.name for archive in RELEASES.archives} == {"django"}
    assert COMPOSITE.least_files >= 50_000


def test_measured_processes_see_nothing_of_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a setting of git nor a variable of guard or Python reaches them."""
    monkeypatch.setenv("GUARD_FORMAT", "json")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert set(environment()) == {"PATH", "HOME", "LANG", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL"}
    assert environment()["HOME"] != os.path.expanduser("~")


def _broken(place: Place, name: str) -> list[Line]:
    raise subprocess.CalledProcessError(1, "git")


def _sound(place: Place, name: str) -> list[Line]:
    return [Line(name, "x", "–", "–", f"{place.rounds} rounds", rounds=place.rounds)]


def test_a_broken_row_is_told_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both rows are written, the code says that one of them has no result, and what was left out is not touched."""
    page = tmp_path / "performance.md"
    page.write_text(_page("| kept | x | – | – | old |"), encoding="utf-8")
    monkeypatch.setattr(run, "PAGE", str(page))
    monkeypatch.setattr(run, "ROWS", (Row("broken", _broken), Row("sound", _sound), Row("kept", _broken)))
    assert run.main(["--rows", "broken|sound", "--rounds", "3", "--write"]) == 1
    written = page.read_text(encoding="utf-8")
    assert "| broken | – | – | **not measured** | CalledProcessError |" in written
    assert "| sound | x | – | – | 3 rounds |" in written
    assert "| kept | x | – | – | old |" in written
    assert "broken" in capsys.readouterr().err


def test_no_matching_row_is_not_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name measures nothing, and says so by its code."""
    assert run.main(["--rows", "no such row"]) == 1


@pytest.mark.parametrize("rounds", ["0", "-1"])
def test_rounds_begin_at_one(rounds: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise there are no numbers to take a middle of."""
    with pytest.raises(SystemExit) as ended:
        run.main(["--rounds", rounds])
    assert ended.value.code == 2
    assert "measure nothing" in capsys.readouterr().err
