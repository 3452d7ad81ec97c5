"""The hook's short way answers only for ordinary changes, and then says what a full run says."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cache.running import TICK_SECONDS, Installation, Result, at
from tests.conftest import Repository
from tests.guards.secrets.drawn import slack_token

CONFLICT = "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n"


@dataclass
class Commit:
    """A repository about to be committed to, with the command as a hook would call it."""

    repo: Repository
    installation: Installation
    home: Path

    def guard(self, *more: str) -> Result:
        env = self.installation.environment(self.home)
        return self.installation.run(["all", "--staged", *more], self.repo.root, env)

    def plans(self) -> list[Path]:
        return sorted((self.repo.root / ".guard" / "cache").glob("plan-*"))

    def stage(self, files: Mapping[str, str | bytes]) -> None:
        for path, content in files.items():
            self.repo.write(path, content)
        self.repo.run("add", "--all")

    def is_short(self) -> bool:
        """Whether the next run takes the short way."""
        env = self.installation.environment(self.home)
        return self.installation.is_short(["all", "--staged"], self.repo.root, env)


@pytest.fixture
def commit(repo: Repository, installation: Installation, tmp_path: Path) -> Commit:
    """A plan exists: one ordinary change was looked at and committed."""
    home = tmp_path / "home-of-guard"
    home.mkdir()
    made = Commit(repo, installation, home)
    values = {f"src/{number}.py": f"value = {number}\n" for number in range(12)}
    repo.commit(values | {"src/kept.py": WITH_PASSWORDS, "notes.js": "one\n"})
    made.stage({"src/11.py": "value = 100\n"})
    assert made.guard().code == 0
    assert made.plans()
    repo.run("commit", "-qm", "second")
    return made


def test_ordinary_changes_take_the_short_way_and_say_what_a_run_says(commit: Commit) -> None:
    for count in (1, 3, 12):
        commit.stage({f"src/{number}.py": f"value = {number + count * 1000}\n" for number in range(count)})
        assert commit.is_short()
        short, full = commit.guard(), commit.guard("--no-cache")
        assert (short.code, full.code) == (0, 0)
        files = "1 file" if count == 1 else f"{count} files"
        assert short.out.startswith(f"✓ checked {files} · ")
        assert full.out.startswith(f"✓ checked {files} · ")
        assert short.out.rpartition(" · ")[0] == full.out.rpartition(" · ")[0]


def test_what_stood_there_before_does_not_keep_from_the_short_way(commit: Commit) -> None:
    """A secret that is known is nothing new, as long as what decides about it is the same."""
    untagged = WITH_PASSWORDS.splitlines(keepends=True)[0]
    commit.stage({"src/1.py": untagged})
    commit.repo.run("commit", "-qm", "A secret")
    for text in (f"{untagged}value = 2\n", f"{untagged}\n\nvalue = 3\n", "value = 4\n"):
        commit.stage({"src/1.py": text})
        assert commit.is_short()
        short, full = commit.guard(), commit.guard("--no-cache")
        assert (short.code, full.code) == (0, 0)
        assert short.out.rpartition(" · ")[0] == full.out.rpartition(" · ")[0]
    line = f"see {slack_token()} there\n"
    commit.stage({"src/2.py": line})
    commit.repo.run("commit", "-qm", "Another")
    commit.stage({"src/2.py": line * 2})
    assert not commit.is_short(), "the second of two is new"


def test_what_needs_more_than_its_line_is_given_to_a_run(commit: Commit) -> None:
    """Every line stood there before, but only in another order they are a key."""
    begin, end = (f"-----{word} RSA {'PRIVATE'} KEY-----\n" for word in ("BEGIN", "END"))
    body = "Zm9vYmFyYmF6cXV4" * 4 + "\n"
    commit.stage({"src/2.py": end + begin + body})
    commit.repo.run("commit", "-qm", "Lines of a key")
    commit.stage({"src/2.py": begin + body + end})
    assert not commit.is_short()


def test_what_hooks_set_does_not_keep_from_the_short_way(commit: Commit, monkeypatch: pytest.MonkeyPatch) -> None:
    commit.stage({"src/1.py": "value = 7\n"})
    env = commit.installation.environment(commit.home, {"GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/index"})
    assert commit.installation.run(["all", "--staged"], commit.repo.root, env).out.startswith("✓ checked 1 file · ")


WAYS = {
    "what is staged": ("add --all", "commit -qm x"),
    "everything": ("commit -qam x",),
    "one path": ("commit -qm x src/1.py",),
    "from a folder below": ("add --all", "-C src commit -qm x"),
}


@pytest.mark.parametrize("in_linked", [False, True], ids=["", "linked"])
@pytest.mark.parametrize("words", WAYS.values(), ids=WAYS.keys())
def test_a_commit_leaves_a_plan_to_the_next_one(commit: Commit, words: tuple[str, ...], in_linked: bool) -> None:
    """With git's own hook and all that git tells it: another index, another PATH, another repository folder."""
    repo, hook = commit.repo, commit.repo.root / ".git" / "hooks" / "pre-commit"
    linked = repo.root.parent / "linked"
    if in_linked:
        repo.run("worktree", "add", "-q", str(linked))
        repo = at(linked)
    env = commit.installation.environment(commit.home)
    for number, script in enumerate((commit.installation.script, commit.installation.short())):
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nexec {sys.executable} -P {script} all --hook\n")
        hook.chmod(0o755)
        repo.write("src/1.py", f"value = {number + 50}\n")
        for word in words:
            repo.run(*word.split(), env=env)
    assert repo.run("log", "--format=%s").split()[:2] == [b"x", b"x"]


def test_a_commit_of_nothing_leaves_a_record_to_the_next_one(commit: Commit) -> None:
    """Where nothing is staged everything is looked at, which is worth remembering most of all."""
    env = commit.installation.environment(commit.home, {"GIT_INDEX_FILE": ".git/index"})
    for _ in range(2):
        time.sleep(TICK_SECONDS)
        assert commit.installation.run(["all", "--hook"], commit.repo.root, env).code == 0
    assert commit.installation.is_short(["all", "--hook"], commit.repo.root, env)
    commit.repo.write("notes.js", CONFLICT)
    assert not commit.installation.is_short(["all", "--hook"], commit.repo.root, env)


@pytest.mark.parametrize(
    "told",
    [
        {"GIT_DIR": "other/.git"},
        {"GIT_DIR": ""},
        {"GIT_WORK_TREE": "."},
        {"GIT_OBJECT_DIRECTORY": ".git/objects"},
        {"GIT_COMMON_DIR": ".git"},
    ],
    ids=str,
)
def test_another_repository_is_looked_at_by_a_run(commit: Commit, told: dict[str, str]) -> None:
    commit.stage({"src/1.py": "value = 7\n"})
    env = commit.installation.environment(commit.home, told)
    assert not commit.installation.is_short(["all", "--staged"], commit.repo.root, env)


def test_words_of_ordinary_programs_do_not_keep_from_the_short_way(commit: Commit) -> None:
    """What a waiver in a comment is told by stands nowhere else."""
    commit.stage({"src/1.py": "class Form:\n    allow_empty = True\n    # guard: nothing\n"})
    commit.repo.run("commit", "-qm", "A form")
    commit.stage({"src/1.py": "class Form:\n    allow_empty = False\n    # guard: nothing\n"})
    assert commit.is_short()


def test_another_index_is_the_one_that_is_looked_at(commit: Commit, tmp_path: Path) -> None:
    commit.stage({"src/1.py": "value = 7\n"})
    index = tmp_path / "next-index"
    index.write_bytes((commit.repo.root / ".git" / "index").read_bytes())
    commit.repo.write("src/2.py", CONFLICT)
    commit.repo.run("add", "src/2.py", env={"GIT_INDEX_FILE": str(index)})
    env = commit.installation.environment(commit.home, {"GIT_INDEX_FILE": str(index)})
    assert commit.installation.run(["all", "--staged"], commit.repo.root, env).code == 1
    assert commit.guard().code == 0


def _conflict(commit: Commit) -> None:
    commit.stage({"notes.js": CONFLICT})


def _conflict_among_many(commit: Commit) -> None:
    commit.stage({f"src/{number}.py": "value = -1\n" for number in range(11)} | {"src/11.py": CONFLICT})


def _conflict_in_utf_16(commit: Commit) -> None:
    commit.stage({"notes.js": b"\xff\xfe" + CONFLICT.encode("utf-16-le")})


def _key(commit: Commit) -> None:
    body = "\n".join("".join(chr(65 + (row * 7 + column * 11) % 26) for column in range(64)) for row in range(9))
    commit.stage({"notes.js": f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{body}\n-----END RSA {'PRIVATE'} KEY-----\n"})


def _large(commit: Commit) -> None:
    commit.stage({"notes.js": "x" * 5_000_001})


def _new_artifact(commit: Commit) -> None:
    commit.stage({".coverage": "data"})


def _case_clash(commit: Commit) -> None:
    commit.stage({"Notes.txt": "two\n"})


def _broken_link(commit: Commit) -> None:
    (commit.repo.root / "notes.js").unlink()
    os.symlink("nowhere", commit.repo.root / "notes.js")
    commit.repo.run("add", "--all")


def _broken_json(commit: Commit) -> None:
    commit.stage({"data.json": "{"})


def _settings_that_fail_notes(commit: Commit) -> None:
    commit.stage({"guard.toml": 'fail-level = "warning"\n', "notes.js": "x" * 5_000_001})


def _bad_settings(commit: Commit) -> None:
    commit.stage({"guard.toml": "jbos = 1\n"})


def _another_password(commit: Commit) -> None:
    commit.stage({"src/kept.py": WITH_PASSWORDS.replace("kept", "keqt")})


def _password_twice(commit: Commit) -> None:
    commit.stage({"src/kept.py": WITH_PASSWORDS + WITH_PASSWORDS.splitlines()[0]})


def _tag_gone(commit: Commit) -> None:
    commit.stage({"src/kept.py": WITH_PASSWORDS.replace("# pragma: allowlist nextline secret", "# nothing")})


WITH_PASSWORDS = (
    f"password = {'kept-9f3-V!x-77'!r}\n"
    "# pragma: allowlist nextline secret\n"
    f"other_password = {'zebra-1c-!Q-408'!r}\n"
    "value = 1\n"
)

CHANGES = [
    _another_password, _password_twice, _tag_gone,
    _conflict, _conflict_among_many, _conflict_in_utf_16, _key, _large, _new_artifact, _case_clash, _broken_link,
    _broken_json, _settings_that_fail_notes, _bad_settings,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_a_change_that_is_not_ordinary_is_given_to_a_run(commit: Commit, change: Callable[[Commit], None]) -> None:
    change(commit)
    assert not commit.is_short()
    warm, cold = commit.guard("--format", "json"), commit.guard("--format", "json", "--no-cache")
    assert warm.said == cold.said
    assert commit.guard().code == cold.code


def test_settings_that_were_committed_behind_its_back_are_noticed(commit: Commit) -> None:
    commit.repo.write("guard.toml", 'fail-level = "note"\n')
    commit.repo.run("add", "guard.toml")
    commit.repo.run("commit", "-qm", "settings")
    commit.stage({"src/1.py": "value = 5\n"})
    assert not commit.is_short()


def test_a_plan_that_was_tampered_with_is_not_believed(commit: Commit) -> None:
    (plan, *_) = commit.plans()
    data = bytearray(plan.read_bytes())
    for byte in range(0, len(data), 97):
        data[byte] ^= 1
    plan.write_bytes(data)
    commit.stage({"notes.js": CONFLICT})
    assert commit.guard().code == 1


def test_a_lost_database_is_no_answer(commit: Commit) -> None:
    for record in (commit.repo.root / ".guard" / "cache").iterdir():
        if not record.name.startswith("plan-"):
            record.unlink()
    commit.stage({"notes.js": CONFLICT})
    assert commit.guard().code == 1


# ---- Files of wanted kinds that concern nobody ----------------------------------------------------------------------

PACKAGE = {
    "setup.cfg": "[metadata]\nname = app\nversion = 1.0\n[options.entry_points]\nconsole_scripts = a=app.cli:main\n",
    "app/__init__.py": '__version__ = "1.0"\n',
    "app/cli.py": "def main(): ...\n",
    "app/inner/__init__.py": "value = 1\n",
    "docs/topic.txt": "one\n",
    "docs/README.md": "one\n",
    "requirements/base.txt": "click==8\n",
    ".github/workflows/ci.yml": "on: push\n",
}


@pytest.fixture
def package(commit: Commit) -> Commit:
    """The same with a package, which a plan knows: after the next run."""
    commit.stage(PACKAGE)
    commit.repo.run("commit", "-qm", "package")
    commit.stage({"docs/topic.txt": "two\n"})
    assert not commit.is_short()
    assert commit.guard().code == 0
    commit.repo.run("commit", "-qm", "more")
    return commit


@pytest.mark.parametrize("path", ["app/inner/__init__.py", "docs/topic.txt"])
def test_what_is_of_a_wanted_kind_and_concerns_nobody_takes_the_short_way(package: Commit, path: str) -> None:
    for number in range(2):
        package.stage({path: f"value = {number + 5}\n", "src/2.py": f"value = {number + 5}\n"})
        assert package.is_short()
        short, full = package.guard(), package.guard("--no-cache")
        assert short.out.rpartition(" · ")[0] == full.out.rpartition(" · ")[0]
        package.repo.run("commit", "-qm", "next")


@pytest.mark.parametrize(
    "path", ["app/__init__.py", "app/cli.py", "docs/README.md", "requirements/base.txt", ".github/workflows/ci.yml"]
)
def test_what_judge_asked_for_or_a_guard_looks_at_does_not(package: Commit, path: str) -> None:
    package.stage({path: "value: 5\n"})
    assert not package.is_short()


def test_what_is_asked_for_since_the_plan_is_noticed(package: Commit) -> None:
    """Behind guard's back another module becomes the one that holds the version; then that module is changed."""
    package.repo.run("checkout", "-qb", "other")
    inner = PACKAGE["setup.cfg"].replace("version = 1.0", "version = attr: app.inner.__version__")
    package.stage({"setup.cfg": inner.replace("app.cli:main", "app.inner:main")})
    package.repo.run("commit", "-qm", "behind its back")
    package.stage({"app/inner/__init__.py": "value = 9\n"})
    assert not package.is_short()
    package.repo.run("checkout", "-qf", "main")
    package.stage({"app/inner/__init__.py": "value = 9\n"})
    assert package.is_short()


def test_a_module_that_came_since_the_plan_is_noticed(package: Commit) -> None:
    package.stage({"app/new/__init__.py": "value = 1\n", "docs/new.txt": "x\n"})
    package.repo.run("commit", "-qm", "behind its back")
    for path in ("app/new/__init__.py", "docs/new.txt", "app/inner/__init__.py"):
        package.stage({path: "value = 2\n"})
        assert not package.is_short()
        package.repo.run("reset", "-q", "--hard")


# ---- Facts ----------------------------------------------------------------------------------------------------------

FACTS = """\
guard: 1
facts:
  api.port: {kind: port, value: 18081}
bind:
  api.port: [".env.example#API_PORT", "docs/**/*.{md,rst}#mention(url.port, 'api')"]
"""


@pytest.fixture
def bound(commit: Commit) -> Commit:
    """The same with a fact, which a plan knows, and which once had another value."""
    bound = {".env.example": "API_PORT=18081\n", "docs/a.md": "api: http://localhost:18081/\n", "docs/b.txt": "x\n"}
    commit.stage({"canonical.yaml": FACTS.replace("18081", "19019"), **bound})
    commit.repo.run("commit", "-qm", "facts")
    commit.stage({"canonical.yaml": FACTS})
    commit.repo.run("commit", "-qm", "another value")
    commit.stage({"src/1.py": "value = 70\n"})
    assert commit.guard().code == 0
    commit.repo.run("commit", "-qm", "next")
    return commit


def test_with_facts_what_is_bound_to_none_takes_the_short_way(bound: Commit) -> None:
    for path in ("src/2.py", "docs/b.txt"):
        bound.stage({path: "value = 71\n"})
        assert bound.is_short()
        short, full = bound.guard(), bound.guard("--no-cache")
        assert short.out.rpartition(" · ")[0] == full.out.rpartition(" · ")[0]
        bound.repo.run("commit", "-qm", "next")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env.example", "API_PORT=18082\n"),
        ("docs/a.md", "api: http://localhost:18083/\n"),
        ("src/2.py", "API_PORT = 19019\n"),
        ("notes.js", "const apiPort = 18081\n"),
        ("canonical.yaml", FACTS.replace("18081", "18084")),
    ],
)
def test_what_concerns_a_fact_does_not(bound: Commit, path: str, text: str) -> None:
    bound.stage({path: text})
    assert not bound.is_short()


def test_what_a_fact_was_on_another_branch_is_noticed(bound: Commit) -> None:
    """The history of canonical.yaml grows behind guard's back, while it says the same as before."""
    bound.repo.run("checkout", "-qb", "side")
    for text in (FACTS.replace("18081", "20020"), FACTS):
        bound.stage({"canonical.yaml": text})
        bound.repo.run("commit", "-qm", "to and fro")
    bound.repo.run("checkout", "-q", "main")
    bound.repo.run("merge", "-q", "--no-ff", "-m", "merge", "side")
    bound.stage({"src/2.py": "API_PORT = 20020\n"})
    assert not bound.is_short()
    assert "drift/zombie" in bound.guard().out


# ---- Layers ---------------------------------------------------------------------------------------------------------

LAYERS = """\
guard: 1
layers:
  contracts:
    - {name: down, type: layers, layers: [app.cli, app.core]}
"""
IMPORTING = """\
\"\"\"A page with an example:

    import sys
\"\"\"
from app.core import (  # what is needed ) (
    one,
    two,
)
from app.core \\
    import three
import importlib; other = importlib.import_module(
    "app.core.four"
)


def main():
    return one()
"""


@pytest.fixture
def layered(commit: Commit) -> Commit:
    """The same with layers, which a plan knows."""
    modules = {"app/__init__.py": "", "app/core.py": "def one(): ...\n", "app/cli.py": IMPORTING}
    commit.stage({"canonical.yaml": LAYERS, **modules})
    commit.repo.run("commit", "-qm", "layers")
    commit.stage({"src/1.py": "value = 70\n"})
    assert commit.guard().code == 0
    commit.repo.run("commit", "-qm", "next")
    return commit


@pytest.mark.parametrize(("old", "new"), [("return one()", "return two()"), ("def main", "# all of them\ndef main")])
def test_with_layers_what_comes_after_the_imports_takes_the_short_way(layered: Commit, old: str, new: str) -> None:
    layered.stage({"app/cli.py": IMPORTING.replace(old, new), "app/core.py": "def one(): return 1\n"})
    assert layered.is_short()
    short, full = layered.guard(), layered.guard("--no-cache")
    assert short.out.rpartition(" · ")[0] == full.out.rpartition(" · ")[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    two,", "    tree,"),
        ("import three", "import tree"),
        ("core.four", "core.five"),
        ("example:", 'example:\n"""\nimport re\n"""'),
        ("return one()", "import re"),
        ("return one()", "return __import__('re')"),
        ("import importlib; ", "importlib = None; "),
        ("# what is needed ) (", "# what is needed"),
    ],
)
def test_what_may_be_another_import_does_not(layered: Commit, old: str, new: str) -> None:
    layered.stage({"app/cli.py": IMPORTING.replace(old, new)})
    assert not layered.is_short()


def test_a_file_that_imports_nothing_any_more_does_not(layered: Commit) -> None:
    layered.stage({"app/cli.py": "value = 1\n"})
    assert not layered.is_short()


def test_an_import_that_goes_up_is_found(layered: Commit) -> None:
    layered.stage({"app/core.py": "def one():\n    import app.cli\n"})
    assert "boundaries/import" in layered.guard().out
