"""Looking at a history: every version of every file once, told by path and commit, and nothing left out in silence."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from guards._core.errors import GuardError, Interrupted
from guards._core.examination import Progress
from guards._core.git import BlobReader
from guards._core.model import ExitCode, Finding, Guard, ProblemKind, Rule, Source
from guards._core.registry import Registry
from guards._core.report import Report
from guards._core.runner import Request, ViewName, run
from tests.conftest import Repository

WORD = "CONFIDENTIAL"
SECRET = Rule("probe/secret", "A word that nobody may read.", sensitive=True)
STYLE = Rule("probe/style", "A word that nobody should write.")


@dataclass(frozen=True)
class Options:
    """None."""


class Probe:
    """A guard that finds a word, and remembers what it was asked to look at."""

    def __init__(self) -> None:
        self.looked: list[tuple[bytes, str]] = []
        self.guard = Guard(
            id="probe",
            summary="?",
            rules=(SECRET, STYLE),
            options=Options,
            classify=lambda path, _: None if path.endswith(".zip") else path.rpartition(".")[2],
            scan=self._scan,
            history=True,
        )

    def _scan(self, source: Source[Any]) -> Iterator[Finding]:
        self.looked.append((source.data, source.path_class))
        for word in source.text.decode("utf-8", "replace").split():
            if word.startswith(WORD):
                yield Finding(SECRET.id, "the word", subject=word)
        if b"style" in source.text:
            yield Finding(STYLE.id, "style", subject="style")


# The code of a guard decides whether it runs in a process of its own; this one must be counted in ours.
Probe._scan.__module__ = "guards.probe"


def history(
    repo: Repository,
    probe: Probe | None = None,
    *,
    guards: tuple[str, ...] = ("probe",),
    jobs: int = 1,
    use_cache: bool = False,
    progress: Progress = lambda done, total: None,
    **more: Any,
) -> Report:
    """The report of a run over the history."""
    request = Request(
        cwd=str(repo.root),
        view=ViewName.HISTORY,
        guards=guards,
        flags={"jobs": jobs},
        use_cache=use_cache,
        **more,
    )
    return run(request, registry=Registry(given=((probe or Probe()).guard,)), progress=progress)


def at(report: Report) -> list[tuple[str, str]]:
    """Path and subject of every finding."""
    return [(one.path, one.subject) for one in report.findings]


def test_what_was_taken_out_is_found_with_its_commits(repo: Repository) -> None:
    repo.commit({"other.txt": "nothing"})
    first = repo.commit({"key.txt": f"{WORD} 1"})
    last = repo.commit({"key.txt": f"{WORD} 2"})
    repo.commit({"key.txt": "from the environment"})
    report = history(repo)
    (found,) = report.findings
    assert (found.path, found.subject, report.run.view) == ("key.txt", WORD, "history")
    assert f"first in commit {first[:12]} (" in found.message
    assert f"last in commit {last[:12]} (" in found.message
    assert found.message.endswith(", A); no longer in HEAD")
    assert [place.note for place in found.related] == [f"first commit {first}", f"last commit {last}"]
    assert report.exit_code is ExitCode.FINDINGS
    assert report.guards[0].ledger.adds_up()


def test_what_is_still_there_says_so_and_has_the_identity_that_it_has_in_the_tree(repo: Repository) -> None:
    repo.commit({"key.txt": WORD})
    repo.commit({"key.txt": f"{WORD} and more"})
    (past,) = history(repo).findings
    assert past.message.endswith("still in HEAD")
    request = Request(cwd=str(repo.root), guards=("probe",), use_cache=False)
    now = run(request, registry=Registry(given=(Probe().guard,)))
    assert [one.fingerprint for one in now.findings] == [past.fingerprint]


def test_a_content_is_looked_at_once_for_each_path_class_and_told_at_each_path(repo: Repository) -> None:
    repo.commit({"one.txt": WORD, "two.txt": WORD, "three.md": WORD, "packed.zip": WORD})
    repo.run("mv", "one.txt", "moved.txt")
    repo.commit()
    probe = Probe()
    report = history(repo, probe)
    assert sorted(probe.looked) == [(WORD.encode(), "md"), (WORD.encode(), "txt")]
    assert [path for path, _ in at(report)] == ["moved.txt", "one.txt", "three.md", "two.txt"]
    (ledger,) = (one.ledger for one in report.guards)
    assert (ledger.enumerated, ledger.checked, ledger.cached) == (5, 2, 2)
    assert ledger.skipped == {"of no concern by its path": 1}


def test_every_ref_counts_and_what_none_reaches_does_not(repo: Repository) -> None:
    repo.commit({"a.txt": "base"})
    for name in ("branch", "tag", "stash", "remote", "dropped"):
        repo.run("checkout", "-q", "-b", f"b-{name}", "main")
        repo.commit({f"{name}.txt": f"{WORD}-{name}"})
        if name == "tag":
            repo.run("tag", "-a", "v1", "-m", "v1")
        if name == "remote":
            repo.run("update-ref", "refs/remotes/origin/x", "HEAD")
        if name == "stash":
            repo.run("update-ref", "refs/stash", "HEAD")
        if name != "branch":
            repo.run("checkout", "-q", "main")
            repo.run("branch", "-q", "-D", f"b-{name}")
    assert [path for path, _ in at(history(repo))] == ["branch.txt", "remote.txt", "stash.txt", "tag.txt"]


def test_what_only_a_merge_brought_is_found(repo: Repository) -> None:
    repo.commit({"a.txt": "base", "b.txt": "base"})
    repo.run("checkout", "-q", "-b", "side")
    repo.commit({"a.txt": "side"})
    repo.run("checkout", "-q", "main")
    repo.commit({"b.txt": "main"})
    repo.run("merge", "-q", "--no-commit", "side")
    merged = repo.commit({"a.txt": WORD, "new.txt": f"{WORD}-2"})
    found = history(repo).findings
    assert [one.path for one in found] == ["a.txt", "new.txt"]
    assert all(merged[:12] in one.message for one in found)


def test_a_tag_of_a_file_and_of_a_tree_are_looked_at(repo: Repository) -> None:
    repo.commit({"a.txt": "base"})
    blob = repo.run("hash-object", "-w", "--stdin", stdin=WORD.encode()).decode().strip()
    repo.run("tag", "of-a-file", blob)
    tree = repo.run("mktree", stdin=f"100644 blob {blob}\tin-tree.txt\n".encode()).decode().strip()
    repo.run("tag", "-a", "-m", "tree", "of-a-tree", tree)
    assert [path for path, _ in at(history(repo))] == ["in-tree.txt", "refs/tags/of-a-file"]


def test_a_range_begins_after_a_revision_and_ends_at_another(repo: Repository) -> None:
    for number in range(4):
        repo.commit({f"{number}.txt": f"{WORD}-{number}"})
        repo.run("tag", f"t{number}")
    assert [path for path, _ in at(history(repo, since="t1"))] == ["2.txt", "3.txt"]
    assert [path for path, _ in at(history(repo, rev="t2"))] == ["0.txt", "1.txt", "2.txt"]
    assert [path for path, _ in at(history(repo, rev="t2", since="t1"))] == ["2.txt"]


def test_paths_choose_what_ever_stood_there(repo: Repository) -> None:
    repo.commit({"src/gone.txt": WORD, "docs/gone.txt": WORD})
    repo.run("rm", "-q", "-r", "src", "docs")
    repo.commit({"a.txt": "base"})
    assert [path for path, _ in at(history(repo, paths=("src",)))] == ["src/gone.txt"]
    with pytest.raises(GuardError, match="nothing ever stood at nowhere"):
        history(repo, paths=("nowhere",))


def test_only_what_nobody_may_read_is_told(repo: Repository) -> None:
    repo.commit({"a.txt": "style"})
    assert history(repo).findings == ()


def test_a_guard_of_the_present_is_skipped_and_by_name_an_error(repo: Repository) -> None:
    repo.commit({"a.txt": WORD})
    with pytest.raises(GuardError, match="hygiene does not look at a history"):
        history(repo, guards=("hygiene",))
    runs = {one.id: (one.status.value, one.reason) for one in history(repo, guards=()).guards}
    assert runs["hygiene"] == ("skipped", "does not look at a history")
    assert runs["secrets"][0] == "passed"


def test_a_shallow_clone_is_a_problem_unless_the_range_lies_within(repo: Repository, tmp_path: Path) -> None:
    for number in range(4):
        repo.commit({"a.txt": f"{WORD}-{number}"})
    clone = Repository(tmp_path / "clone")
    clone.run("fetch", "-q", "--depth=3", f"file://{repo.root}", "main")
    clone.run("reset", "-q", "--hard", "FETCH_HEAD")
    report = history(clone)
    assert [one.kind for one in report.problems] == [ProblemKind.INPUT_MISSING]
    assert report.exit_code is ExitCode.ENVIRONMENT
    assert len(report.findings) == 3
    within = history(clone, since="HEAD~2")
    assert (within.problems, len(within.findings)) == ((), 2)


def test_in_a_partial_clone_each_missing_file_is_a_problem_and_none_is_fetched(
    repo: Repository, tmp_path: Path
) -> None:
    repo.commit({"old.txt": f"{WORD}-old"})
    repo.commit({"old.txt": "nothing", "new.txt": f"{WORD}-new"})
    repo.config("uploadpack.allowFilter", "true")
    repo.config("uploadpack.allowAnySHA1InWant", "true")
    folder = tmp_path / "clone"
    command = ["git", "clone", "-q", "--filter=blob:none", f"file://{repo.root}", str(folder)]
    subprocess.run(command, check=True, timeout=60)
    packs = sorted((folder / ".git/objects/pack").iterdir())
    report = history(Repository(folder))
    assert [(one.path, one.reason) for one in report.problems] == [("old.txt", "its object is not in this clone")]
    assert report.guards[0].ledger.failed == {"its object is not in this clone": 1}
    assert at(report) == [("new.txt", f"{WORD}-new")]
    assert report.exit_code is ExitCode.RUNTIME
    assert sorted((folder / ".git/objects/pack").iterdir()) == packs


def test_a_file_that_is_missing_is_a_problem_at_each_of_its_paths(repo: Repository) -> None:
    repo.commit({"lost.txt": f"{WORD}-lost", "here.txt": f"{WORD}-here"})
    _object(repo, "HEAD:lost.txt").unlink()
    report = history(repo)
    assert at(report) == [("here.txt", f"{WORD}-here")]
    assert [(one.path, one.reason) for one in report.problems] == [("lost.txt", "its object is not in this clone")]
    assert report.exit_code is ExitCode.RUNTIME
    assert report.guards[0].ledger.failed == {"its object is not in this clone": 1}


def test_a_damaged_file_is_a_problem_and_the_others_are_looked_at(repo: Repository) -> None:
    repo.commit({f"{number}.txt": f"{WORD}-{number}" for number in range(5)})
    damaged = _object(repo, "HEAD:2.txt")
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-4] + b"\0\0\0\0")
    report = history(repo)
    assert [path for path, _ in at(report)] == ["0.txt", "1.txt", "3.txt", "4.txt"]
    assert [(one.path, one.kind) for one in report.problems] == [("2.txt", ProblemKind.UNREADABLE)]
    ledger = report.guards[0].ledger
    assert (sum(ledger.failed.values()), ledger.checked, ledger.adds_up()) == (1, 4, True)
    assert report.exit_code is ExitCode.RUNTIME


def test_a_history_whose_trees_cannot_be_read_is_an_error(repo: Repository) -> None:
    repo.commit({"folder/a.txt": WORD})
    repo.commit({"folder/a.txt": "nothing"})
    _object(repo, "HEAD~1:folder").unlink()
    with pytest.raises(GuardError, match="cannot read the whole history"):
        history(repo)


def test_what_is_known_of_a_content_is_not_asked_again(repo: Repository) -> None:
    repo.commit({"a.txt": WORD, "b.txt": "nothing"})
    first = history(repo, use_cache=True)
    repo.commit({"a.txt": f"{WORD} again"})
    probe = Probe()
    second = history(repo, probe, use_cache=True)
    assert [data for data, _ in probe.looked] == [f"{WORD} again".encode()]
    assert at(first) == at(second)
    assert second.guards[0].ledger.cached == 2


def test_a_run_that_was_stopped_goes_on_where_it_was(repo: Repository) -> None:
    repo.commit({f"{number}.txt": f"{WORD}-{number}" for number in range(6)})

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise Interrupted("SIGINT")

    stopped = history(repo, use_cache=True, progress=stop)
    assert stopped.exit_code is ExitCode.INTERRUPTED
    assert len(stopped.findings) == 4
    assert stopped.guards[0].ledger.failed == {"not reached": 2}
    probe = Probe()
    assert len(history(repo, probe, use_cache=True).findings) == 6
    assert len(probe.looked) == 2


def test_several_processes_find_what_one_finds(repo: Repository) -> None:
    files = {f"{number % 40}/{number}.txt": f"{number} {WORD if number % 7 == 0 else ''}" for number in range(1200)}
    repo.commit(files)
    repo.run("gc", "-q")
    one = history(repo)
    assert len(one.findings) == len(range(0, 1200, 7))
    three = history(repo, jobs=3)
    assert three.findings == one.findings
    assert three.guards[0].ledger == one.guards[0].ledger


def test_a_repository_in_sha256_has_a_history(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "repo", "--object-format=sha256")
    first = repo.commit({"a.txt": WORD})
    repo.commit({"a.txt": "nothing"})
    (found,) = history(repo).findings
    assert len(first) == 64
    assert f"first in commit {first[:12]}" in found.message


def test_without_a_commit_there_is_nothing_to_check(repo: Repository) -> None:
    report = history(repo)
    assert (report.status, report.exit_code, report.findings) == ("skipped", ExitCode.OK, ())


def test_odd_names_of_files_and_authors_arrive_whole(repo: Repository) -> None:
    path = "tab\there, line\nend :100644.txt"
    repo.write(path, WORD)
    repo.stage()
    repo.run("commit", "-q", "-m", "x", env={"GIT_AUTHOR_NAME": "Ä\tB"})
    (found,) = history(repo).findings
    assert found.path == path
    assert ", Ä\tB); still in HEAD" in found.message


def test_blobs_that_were_asked_for_ahead_are_read_in_any_order(repo: Repository) -> None:
    repo.commit({name: name * 3 for name in "abcd"})
    ids = {name: repo.id_of(f"HEAD:{name}") for name in "abcd"}
    reader = BlobReader(repo.git())
    try:
        reader.expect([ids["a"], "0" * 40, ids["b"], ids["c"]])
        assert reader.read(ids["b"], 100) == (3, b"bbb")
        assert reader.read(ids["d"], 100) == (3, b"ddd")
        assert reader.read(ids["a"], 2) == (3, b"aa")
        reader.expect([ids["c"]])
        assert b"".join(reader.chunks(ids["c"])) == b"ccc"
    finally:
        reader.close()


def _object(repo: Repository, name: str) -> Path:
    blob = repo.id_of(name)
    return repo.root / ".git/objects" / blob[:2] / blob[2:]
