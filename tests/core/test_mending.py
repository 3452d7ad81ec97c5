"""`--fix` from end to end with a guard that edits: what is changed, what is left and why, and what the report says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from guards import Case, ExitCode, Finding, Fix
from guards._core import mending, replacing
from guards._core.errors import GuardError, Interrupted
from guards._core.registry import Registry
from guards._core.report import FindingStatus, GuardStatus, Report, Verdict
from guards._core.runner import Request, ViewName
from guards.testing import Content, Link, fix_guard
from tests.conftest import Repository
from tests.core.acme_port import GUARD


def request(repo: Repository, *paths: str, **more: object) -> Request:
    return Request(cwd=str(repo.root), guards=("acme.port",), paths=paths, use_cache=False, **more)  # type: ignore[arg-type]


def fix(repo: Repository, *paths: str, **more: object) -> Report:
    return mending.mend(request(repo, *paths, **more), registry=Registry(given=(GUARD,))).report


def options(repo: Repository, **given: bool) -> None:
    lines = "".join(f"{key} = {str(value).lower()}\n" for key, value in given.items())
    repo.write("guard.toml", f'["acme.port"]\n{lines}')


def told(report: Report) -> list[tuple[str, str, str]]:
    return [(one.status.value, one.path, one.hint) for one in report.findings]


def content(repo: Repository) -> dict[str, bytes]:
    return {
        str(path.relative_to(repo.root)): path.read_bytes()
        for path in repo.root.rglob("*")
        if path.is_file() and not path.is_symlink() and ".git" not in path.parts and ".guard" not in path.parts
    }


def test_what_is_mended_is_fixed_and_the_run_fails_once(repo: Repository) -> None:
    repo.commit({"a.txt": "8080, 8080\r\n# comment", "b.yaml": '\ufeff# hi\nport: 8080   # "why"\n'})
    report = fix(repo)
    assert content(repo) == {
        "a.txt": b"9090, 9090\r\n# comment",
        "b.yaml": b'\xef\xbb\xbf# hi\nport: 9090   # "why"\n',
    }
    assert told(report) == [("fixed", "a.txt", ""), ("fixed", "a.txt", ""), ("fixed", "b.yaml", "")]
    assert (report.exit_code, report.verdict) == (ExitCode.FINDINGS, Verdict.FAIL)
    assert [(one.id, one.status) for one in report.guards] == [("acme.port", GuardStatus.FINDINGS)]
    again = fix(repo)
    assert (again.exit_code, again.findings, again.verdict) == (ExitCode.OK, (), Verdict.PASS)


def test_dirty_untracked_and_odd_paths_are_fixed_too(repo: Repository) -> None:
    names = ["a b.txt", "ü/ñ.txt", os.fsdecode(b"caf\xe9.txt"), "-x", "new\nline", "deep/er/x"]
    repo.commit({"dirty.txt": "1"})
    for name in (*names, "dirty.txt"):
        repo.write(name, "8080")
    fix(repo)
    assert content(repo) == dict.fromkeys([*names, "dirty.txt"], b"9090")


def test_a_folder_without_git_is_fixed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("8080")
    report = mending.mend(
        Request(cwd=str(tmp_path), guards=("acme.port",), use_cache=False), registry=Registry(given=(GUARD,))
    ).report
    assert (tmp_path / "a.txt").read_text() == "9090"
    assert report.with_status(FindingStatus.FIXED) == 1


def test_only_what_is_selected_is_fixed(repo: Repository) -> None:
    repo.commit({"old.txt": "8080"})
    base = repo.id_of("HEAD")
    repo.commit({"new/a.txt": "8080", "new/b.txt": "8080"})
    assert told(fix(repo, "new/a.txt")) == [("fixed", "new/a.txt", "")]
    assert content(repo) == {"old.txt": b"8080", "new/a.txt": b"9090", "new/b.txt": b"8080"}
    assert told(fix(repo, since=base)) == [("fixed", "new/b.txt", "")]
    assert content(repo)["old.txt"] == b"8080"


@pytest.mark.parametrize("more", [{"view": ViewName.INDEX}, {"view": ViewName.COMMIT, "rev": "HEAD"}])
def test_only_the_work_tree_is_fixed(repo: Repository, more: dict[str, object]) -> None:
    repo.commit({"a.txt": "8080"})
    with pytest.raises(GuardError, match="files on disk"):
        fix(repo, **more)
    with pytest.raises(GuardError, match="files on disk"):
        mending.preview(request(repo, **more), registry=Registry(given=(GUARD,)))
    assert content(repo) == {"a.txt": b"8080"}


def test_a_file_that_fails_its_proof_stays_and_the_others_go_on(repo: Repository) -> None:
    files = {
        "twice.json": '{"port": 8080, "port": 1}',
        "wrong.json": '{"nothing": 8080}',
        "broken.json": '{"port": 8080',
        "kept.txt": "8080, never touch this",
        "crash.txt": "8080 crash the proof",
        "good.txt": "8080",
    }
    repo.commit(dict(files))
    report = fix(repo)
    assert content(repo) == {name: text.encode() for name, text in files.items()} | {"good.txt": b"9090"}
    why = {one.path: one.hint for one in report.findings if one.status is FindingStatus.NEW}
    assert why == {
        "twice.json": "Not fixed: it would change 0 values where 1 should change, or others than those.",
        "wrong.json": "Not fixed: it would change 1 value where 0 should change, or others than those.",
        "broken.json": "Not fixed: it does not parse, so no change of it can be proved.",
        "kept.txt": "Not fixed: its author does not want that.",
        "crash.txt": why["crash.txt"],
    }
    assert why["crash.txt"].startswith("Not fixed: the proof of its guard crashed: RuntimeError at ")
    assert "as asked" not in why["crash.txt"], "the message of an error may hold what was being looked at"
    assert report.exit_code is ExitCode.FINDINGS
    assert all(one.fix is None for one in report.findings if one.status is FindingStatus.NEW)


def test_a_refused_fix_fails_a_run_whose_findings_would_not(repo: Repository) -> None:
    repo.commit({"a.txt": "8080 never touch", "guard.toml": '[levels]\n"acme.port/old" = "note"\n'})
    report = fix(repo)
    assert (report.exit_code, report.verdict) == (ExitCode.FINDINGS, Verdict.FAIL)
    assert fix(repo, exit_zero=True).exit_code is ExitCode.OK


def test_of_overlapping_fixes_the_first_wins_and_the_rest_waits_a_round(repo: Repository) -> None:
    repo.commit({"a.txt": "x8080x8080x"})
    options(repo, overlap=True)
    plan = mending.preview(request(repo), registry=Registry(given=(GUARD,))).plan
    assert [change.after for change in plan.changes] == [b"x9090x9090x"]
    assert set(plan.refused.values()) == {"another fix changes the same text; run again"}
    assert len(plan.refused) == 2
    report = fix(repo)
    assert content(repo)["a.txt"] == b"x9090x9090x"
    assert {one.status for one in report.findings} == {FindingStatus.FIXED}


def test_fixes_that_bring_their_finding_back_end(repo: Repository) -> None:
    """Each round does something, and the finding is still there: it is not said to be fixed."""
    repo.commit({"a.txt": "8080"})
    options(repo, again=True)
    report = fix(repo)
    assert content(repo)["a.txt"] == b"8080" + b" " * 5
    assert [one.status for one in report.findings] == [FindingStatus.NEW]
    assert report.exit_code is ExitCode.FINDINGS


@pytest.mark.parametrize("closed", [0o444, 0o400])
def test_a_read_only_file_is_left_alone(repo: Repository, closed: int) -> None:
    repo.commit({"a.txt": "8080", "b.txt": "8080"})
    (repo.root / "a.txt").chmod(closed)
    report = fix(repo)
    assert told(report) == [("new", "a.txt", "Not fixed: a.txt: it is read-only."), ("fixed", "b.txt", "")]
    assert content(repo)["a.txt"] == b"8080"


def test_a_file_in_the_middle_of_a_merge_is_left_alone(repo: Repository) -> None:
    repo.commit({"a.txt": "1", "b.txt": "8080"})
    repo.run("checkout", "-q", "-b", "side")
    repo.commit({"a.txt": "8080 side"})
    repo.run("checkout", "-q", "main")
    repo.commit({"a.txt": "8080 main"})
    assert repo.attempt("merge", "-q", "side") == 1
    before = content(repo)["a.txt"]
    report = fix(repo)
    assert content(repo) == {"a.txt": before, "b.txt": b"9090"}
    assert {one.hint for one in report.findings if one.path == "a.txt"} == {"Not fixed: its merge is not finished."}


def replaced_by_a_link(repo: Repository) -> None:
    (repo.root / "d" / "a.txt").unlink()
    (repo.root / "d" / "a.txt").symlink_to(repo.root.parent / "outside" / "a.txt")


def folder_replaced_by_a_link(repo: Repository) -> None:
    (repo.root / "d").rename(repo.root / "was")
    (repo.root / "d").symlink_to(repo.root.parent / "outside")


def edited_by_somebody(repo: Repository) -> None:
    (repo.root / "d" / "a.txt").write_bytes(b"8080 and 8080")


def removed(repo: Repository) -> None:
    (repo.root / "d" / "a.txt").unlink()


CHANGES = [replaced_by_a_link, folder_replaced_by_a_link, edited_by_somebody, removed]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("when", ["read", "replace"])
def test_a_file_that_changes_on_the_way_is_left_alone(
    repo: Repository, change: Callable[[Repository], None], when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the run looked at it, or after it was read to be changed; the other file is fixed all the same."""
    outside = repo.root.parent / "outside"
    outside.mkdir()
    (outside / "a.txt").write_bytes(b"8080")
    repo.commit({"d/a.txt": "8080", "e.txt": "8080"})
    real = getattr(replacing, when)
    left = [change]

    def first_change(root: str, path: str, *more: object) -> object:
        if left and path == "d/a.txt":
            left.pop()(repo)
        return real(root, path, *more)

    monkeypatch.setattr(replacing, when, first_change)
    fix(repo)
    assert not left
    assert (outside / "a.txt").read_bytes() == b"8080"
    assert content(repo)["e.txt"] == b"9090"
    if change is edited_by_somebody:
        # The next round looks at the new text, and mends that.
        assert content(repo)["d/a.txt"] == b"9090 and 9090"


def test_nothing_is_fixed_when_the_run_was_stopped(repo: Repository) -> None:
    repo.commit({"a.txt": "8080"})

    def stop(done: int, total: int) -> None:
        raise Interrupted("SIGINT")

    report = mending.mend(request(repo), registry=Registry(given=(GUARD,)), progress=stop).report
    assert report.exit_code is ExitCode.INTERRUPTED
    assert content(repo) == {"a.txt": b"8080"}


def test_being_stopped_between_two_files_leaves_whole_files(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a.txt": "8080", "b.txt": "8080"})
    real = replacing.replace

    def stop_at_b(root: str, path: str, *more: object) -> None:
        if path == "b.txt":
            raise Interrupted("SIGINT")
        real(root, path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(replacing, "replace", stop_at_b)
    report = fix(repo)
    assert content(repo) == {"a.txt": b"9090", "b.txt": b"8080"}
    assert (report.exit_code, report.verdict) == (ExitCode.INTERRUPTED, Verdict.INCOMPLETE)
    assert [problem.reason for problem in report.problems] == ["stopped by SIGINT"]


def test_a_finding_that_nobody_looked_for_again_is_not_fixed(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard crashes over the file when the second run looks: its finding stands, and the run is not green."""
    repo.commit({"a.txt": "8080"})
    real = replacing.replace

    def and_break(root: str, path: str, *more: object) -> None:
        real(root, path, *more)  # type: ignore[arg-type]
        repo.write("a.txt", "crash the scan")

    monkeypatch.setattr(replacing, "replace", and_break)
    report = fix(repo)
    assert [one.status for one in report.findings] == [FindingStatus.NEW]
    assert (report.exit_code, report.verdict) == (ExitCode.RUNTIME, Verdict.INCOMPLETE)


def test_a_sensitive_text_is_replaced_and_never_told(repo: Repository) -> None:
    secret = "hidden-" + "4711"
    repo.commit({"a.txt": f"x {secret} y"})
    seen = mending.preview(request(repo), registry=Registry(given=(GUARD,)))
    assert [change.withheld for change in seen.plan.changes] == [True]
    report = fix(repo)
    assert content(repo) == {"a.txt": b"x gone y"}
    assert told(report) == [("fixed", "a.txt", "")]


def test_looking_at_what_would_be_done_does_nothing(repo: Repository) -> None:
    repo.commit({"a.txt": "8080"})
    seen = mending.preview(request(repo), registry=Registry(given=(GUARD,)))
    assert [(change.path, change.after) for change in seen.plan.changes] == [("a.txt", b"9090")]
    assert seen.ran.report.exit_code is ExitCode.FINDINGS
    assert content(repo) == {"a.txt": b"8080"}
    assert not (repo.root / ".guard").exists()


def test_authors_of_guards_can_try_their_fixes() -> None:
    tree: dict[str, Content] = {"a.json": b'{"port": 8080}', "link": Link("a.json"), "no.json": b'{"x": 8080}'}
    report, files = fix_guard(GUARD, tree, untracked={"b/c": b"8080"})
    assert files == {"a.json": b'{"port": 9090}', "no.json": b'{"x": 8080}', "b/c": b"9090"}
    assert [(one.path, one.status.value) for one in report.findings] == [
        ("a.json", "fixed"),
        ("b/c", "fixed"),
        ("no.json", "new"),
    ]


@pytest.mark.parametrize("path", ["", "..", "../x", "/etc", ".git", ".git/config", ".guard/x"])
def test_a_path_that_is_none_of_the_tree_is_not_untracked(repo: Repository, path: str) -> None:
    """A guard that names it is refused, and no other one with it."""
    repo.commit({"a.txt": "1", "b.txt": "2"})

    def judge(case: Case[Any]) -> Iterator[Finding]:
        for subject, wanted in (("a", path), ("b", "b.txt")):
            yield Finding("acme.port/old", "x", "a.txt", subject=subject, fix=Fix("untrack it", untrack=(wanted,)))

    guard = structs.replace(GUARD, scan=None, proof=None, judge=judge)
    plan = mending.preview(request(repo), registry=Registry(given=(guard,))).plan
    assert list(plan.refused.values()) == ["it is no path of the tree"]
    assert [one.path for one in plan.untracking] == ["b.txt"]
    assert [change.after for change in plan.changes] == [b"/b.txt\n"]


def test_a_bug_of_ours_loses_neither_the_report_nor_what_was_done(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a.txt": "8080", "b.txt": "8080"})
    real = replacing.replace

    def break_at_b(root: str, path: str, *more: object) -> None:
        if path == "b.txt":
            raise ValueError("a text of the file")
        real(root, path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(replacing, "replace", break_at_b)
    report = fix(repo)
    assert content(repo) == {"a.txt": b"9090", "b.txt": b"8080"}
    assert (report.exit_code, report.verdict) == (ExitCode.INTERRUPTED, Verdict.INCOMPLETE)
    (problem,) = report.problems
    assert problem.reason.startswith("internal error: crashed: ValueError at ")
    assert "a text of the file" not in problem.reason
