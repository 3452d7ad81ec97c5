"""Commits of all kinds, each through a real hook: it finds what `guard all --staged` finds, and touches nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.hooks.conftest import Hooked, Tool, staged, with_git

BAD, GOOD = "{\n", "{}\n"
RULE = "schema/parse"


@pytest.fixture(
    params=[
        "git",
        pytest.param("pre_commit", marks=pytest.mark.slow),
        pytest.param("prek", marks=pytest.mark.slow),
    ]
)
def hooked(request: pytest.FixtureRequest, tmp_path: Path, command: Command) -> Hooked:
    """A repository with one commit and a hook."""
    made = Hooked(tmp_path, command)
    made.repo.commit({"good.json": GOOD, "other.json": GOOD, "text.txt": "x\n"})
    install: Callable[[Hooked], None] = with_git if request.param == "git" else request.getfixturevalue(request.param)
    install(made)
    return made


def test_what_is_staged_counts_and_not_what_is_on_disk(hooked: Hooked) -> None:
    """The index is bad and the disk good, and the other way round."""
    hooked.repo.write("good.json", BAD)
    hooked.repo.write("text.txt", "y\n")
    hooked.repo.stage()
    hooked.repo.write("good.json", GOOD)
    before = hooked.untouched()
    expected = staged(hooked)
    done = hooked.git("commit", "-m", "x")
    assert (done.code, done.found, done.view) == (1, [(RULE, "good.json")], "index")
    assert done.found == expected
    assert hooked.untouched() == before
    hooked.repo.stage("good.json")
    hooked.repo.write("good.json", BAD)
    before = hooked.untouched()
    done = hooked.git("commit", "-m", "x")
    assert (done.code, done.found) == (0, [])
    assert hooked.untouched() == before


def test_commit_all(hooked: Hooked) -> None:
    hooked.repo.write("good.json", BAD)
    done = hooked.git("commit", "-a", "-m", "x")
    assert (done.code, done.found) == (1, [(RULE, "good.json")])
    hooked.repo.write("good.json", GOOD + "\n")
    assert hooked.git("commit", "-a", "-m", "x").code == 0


def test_commit_of_one_path(hooked: Hooked) -> None:
    """Only that path is about to be committed, whatever else is staged."""
    hooked.repo.write("good.json", GOOD + "\n")
    hooked.repo.write("other.json", BAD)
    hooked.repo.stage("other.json")
    done = hooked.git("commit", "-m", "x", "good.json")
    assert (done.code, done.found) == (0, [])
    done = hooked.git("commit", "-m", "x", "other.json")
    assert (done.code, done.found) == (1, [(RULE, "other.json")])


def test_a_merge(hooked: Hooked) -> None:
    """What the other branch brings is about to be committed as well."""
    hooked.git("checkout", "-q", "-b", "side")
    hooked.repo.write("new.json", BAD)
    hooked.repo.stage()
    assert hooked.git("commit", "--no-verify", "-q", "-m", "x").code == 0
    hooked.git("checkout", "-q", "main")
    hooked.repo.write("text.txt", "y\n")
    assert hooked.git("commit", "-q", "-a", "-m", "y").code == 0
    done = hooked.git("merge", "--no-ff", "-m", "merge", "side")
    assert (done.code != 0, done.found) == (True, [(RULE, "new.json")])


def test_a_rebase_that_stopped(hooked: Hooked) -> None:
    """The hook at the stop is about what is staged there; going on needs no hook and works."""
    hooked.git("checkout", "-q", "-b", "side")
    hooked.repo.write("text.txt", "side\n")
    assert hooked.git("commit", "-q", "-a", "-m", "x").code == 0
    hooked.git("checkout", "-q", "main")
    hooked.repo.write("text.txt", "main\n")
    assert hooked.git("commit", "-q", "-a", "-m", "y").code == 0
    hooked.git("checkout", "-q", "side")
    assert hooked.git("rebase", "main").code != 0
    hooked.repo.write("text.txt", "both\n")
    hooked.repo.write("new.json", BAD)
    hooked.repo.stage()
    assert hooked.guard("all", "--hook").found == staged(hooked) == [(RULE, "new.json")]
    done = hooked.git("commit", "-m", "x")
    assert (done.code, done.found) == (1, [(RULE, "new.json")])
    hooked.repo.write("new.json", GOOD)
    hooked.repo.stage()
    assert hooked.git("rebase", "--continue").code == 0


def test_a_linked_worktree(hooked: Hooked) -> None:
    linked = hooked.repo.root.parent / "linked"
    assert hooked.git("worktree", "add", "-q", str(linked)).code == 0
    (linked / "new.json").write_text(BAD)
    hooked.git("add", ".", cwd=linked)
    done = hooked.git("commit", "-m", "x", cwd=linked)
    assert (done.code, done.found) == (1, [(RULE, "new.json")])
    (linked / "new.json").write_text(GOOD)
    hooked.git("add", ".", cwd=linked)
    assert hooked.git("commit", "-m", "x", cwd=linked).code == 0


def test_deleted_and_renamed_files(hooked: Hooked) -> None:
    hooked.repo.commit({"data.yaml": "name: 1\n"})  # as if before guard came
    hooked.git("rm", "-q", "other.json")
    done = hooked.git("commit", "-m", "gone")
    assert (done.code, done.found, done.view) == (0, [], "index")
    hooked.repo.write("bad.json", BAD)
    hooked.repo.stage()
    assert hooked.git("commit", "-q", "--no-verify", "-m", "x").code == 0
    hooked.git("mv", "bad.json", "moved.json")
    expected = staged(hooked)
    done = hooked.git("commit", "-m", "moved")
    assert (done.code, done.found) == (1, [(RULE, "moved.json")])
    assert done.found == expected


@pytest.mark.parametrize("name", ["with space.json", "ünï/cödé ☃.json", "-dash.json", 'quo"te.json', "tab\t.json"])
def test_names_that_shells_stumble_over(hooked: Hooked, name: str) -> None:
    hooked.repo.write(name, BAD)
    hooked.repo.stage()
    expected = staged(hooked)
    done = hooked.git("commit", "-m", "x")
    assert (done.code, done.found) == (1, [(RULE, name)])
    assert done.found == expected


@pytest.mark.slow
def test_five_thousand_files(hooked: Hooked) -> None:
    """More than fits on a command line: they are looked at at once, whatever a runner makes of their names."""
    names = [f"some/folder/with-a-rather-long-name/{number:04}-{'x' * 40}.json" for number in range(5_000)]
    for name in names:
        hooked.repo.write(name, GOOD)
    hooked.repo.write(names[77], BAD)
    hooked.repo.write(names[4_999], BAD)
    hooked.repo.stage()
    expected = staged(hooked)
    done = hooked.git("commit", "-m", "x")
    assert (done.code, done.found, done.view) == (1, [(RULE, names[77]), (RULE, names[4_999])], "index")
    assert done.found == expected
    assert done.said.count("- hook id: guard") <= 1
    for name in (names[77], names[4_999]):
        hooked.repo.write(name, GOOD)
    hooked.repo.stage()
    assert hooked.git("commit", "-q", "-m", "x").code == 0
    hooked.git("mv", "some", "other")
    assert hooked.git("commit", "-q", "-m", "moved").code == 0


def test_a_commit_of_nothing_looks_at_everything(hooked: Hooked) -> None:
    """Never an empty green: an amended message, an empty commit."""
    assert hooked.git("commit", "--allow-empty", "-m", "x").view == "worktree"
    hooked.repo.write("good.json", BAD)
    hooked.repo.stage()
    assert hooked.git("commit", "-q", "--no-verify", "-m", "x").code == 0
    done = hooked.git("commit", "--amend", "-m", "y")
    assert (done.code, done.found, done.view) == (1, [(RULE, "good.json")], "worktree")


# --- without a commit -----------------------------------------------------------------------------------------------


@pytest.fixture
def plain(tmp_path: Path, command: Command) -> Hooked:
    made = Hooked(tmp_path, command)
    made.repo.commit({"good.json": GOOD})
    return made


def test_the_first_commit(tmp_path: Path, command: Command) -> None:
    made = Hooked(tmp_path, command)
    with_git(made)
    made.repo.write("bad.json", BAD)
    made.repo.stage()
    done = made.git("commit", "-m", "x")
    assert (done.code, done.found, done.view) == (1, [(RULE, "bad.json")], "index")


def test_what_is_pushed_is_looked_at_in_its_commits(plain: Hooked) -> None:
    """From where the two parted; the work tree is another thing."""
    parted = plain.repo.id_of("HEAD")
    plain.repo.run("branch", "upstream")
    last = plain.repo.commit({"bad.json": BAD})
    plain.repo.run("checkout", "-q", "upstream")
    upstream = plain.repo.commit({"theirs.json": BAD})
    plain.repo.write("loose.json", BAD)
    refs = {"PRE_COMMIT_FROM_REF": upstream, "PRE_COMMIT_TO_REF": last}
    for _ in range(2):
        done = plain.guard("all", "--hook", env=refs)
        assert (done.code, done.found, done.view) == (3, [(RULE, "bad.json")], "commit")
        assert done.report is not None
        assert done.report["run"]["base"] == parted
    missing = {**refs, "PRE_COMMIT_FROM_REF": "f" * 40}
    done = plain.guard("all", "--hook", env=missing)
    assert done.code == 2
    assert done.report is not None
    assert done.report["verdict"] == "incomplete"


def test_no_record_answers_for_another_view(plain: Hooked) -> None:
    """The same command line, again and again, while what is staged comes and goes."""
    views = []
    for content in (None, BAD, None, GOOD + "\n", None):
        if content is None:
            plain.repo.run("reset", "-q", "--hard")
        else:
            plain.repo.write("good.json", content)
            plain.repo.stage()
        for _ in range(3):
            done = plain.guard("all", "--hook")
            views.append((done.view, done.code))
    assert (
        views
        == [("worktree", 0)] * 3
        + [("index", 3)] * 3
        + [("worktree", 0)] * 3
        + [("index", 0)] * 3
        + [("worktree", 0)] * 3
    )


@pytest.mark.parametrize("more", [["--staged"], ["--since", "HEAD"], ["--rev", "HEAD"], ["--history"]])
def test_a_hook_is_told_nothing_else(plain: Hooked, more: list[str]) -> None:
    assert plain.guard("all", "--hook", *more).code == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pre_commit", "prek"])
def test_runs_by_hand(plain: Hooked, name: str, request: pytest.FixtureRequest) -> None:
    """All files, and a range of commits, as CI calls them."""
    tool: Tool = request.getfixturevalue(name)
    tool(plain)
    clean = tool.run(plain, "--all-files")
    assert (clean.code, clean.view) == (0, "worktree")
    first = plain.repo.id_of("HEAD")
    plain.repo.write("bad.json", BAD)
    plain.repo.stage()
    plain.repo.run("commit", "-q", "--no-verify", "-m", "x")
    last = plain.repo.id_of("HEAD")
    done = tool.run(plain, "--all-files")
    assert (done.code, done.found, done.view) == (1, [(RULE, "bad.json")], "worktree")
    done = tool.run(plain, "--from-ref", first, "--to-ref", last)
    assert (done.code, done.found, done.view) == (1, [(RULE, "bad.json")], "commit")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pre_commit", "prek"])
def test_try_repo(plain: Hooked, name: str, request: pytest.FixtureRequest) -> None:
    """The hook repository as people try it, with each of its hooks."""
    tool: Tool = request.getfixturevalue(name)
    plain._env.update(tool.environment())
    plain.repo.write("good.json", BAD)
    plain.repo.stage()
    for hook, code in (("guard", 1), ("guard-schema", 1), ("guard-secrets", 0)):
        done = plain.run(tool.program, "try-repo", str(tool.source), hook, "--verbose")
        assert done.code == code, done.said
        assert ("schema/parse" in done.said) == bool(code)
