"""`guard secrets playbook`: where a secret stands in a real repository, what to do about it, and how it ends."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from guards._cli.main import run
from guards.secrets.catalogue import FORMATS
from tests.cli.conftest import Guard
from tests.conftest import Repository
from tests.guards.secrets.drawn import slack_token, token

SECRET = slack_token()
LINE = f'key = "{SECRET}"\n'


def fingerprints(guard: Guard, *more: str, **options: Any) -> dict[str, str]:
    """Path to the fingerprint of the secret there."""
    found = guard("secrets", "--format=json", *more, **options).report["findings"]
    return {one["path"]: one["fingerprint"] for one in found}


def told(guard: Guard, fingerprint: str, code: int = 0, **options: Any) -> dict[str, Any]:
    """The playbook as data."""
    result = guard("secrets", "playbook", fingerprint, "--format=json", **options)
    assert result.code == code, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


def refs(playbook: Mapping[str, Any]) -> dict[str, bool]:
    """Ref to whether its files have the secret now."""
    return {one["name"]: one["at_tip"] for one in playbook["refs"]}


def past(playbook: Mapping[str, Any]) -> dict[str, tuple[str, str, int, bool]]:
    """Path to the first commit, the last, the number of versions, and whether HEAD has one."""
    return {
        one["path"]: (one["first"]["id"], one["last"]["id"], one["versions"], one["in_head"])
        for one in playbook["history"]
    }


def test_all_places_of_one_secret_on_all_branches_and_tags(repo: Repository, guard: Guard) -> None:
    """Brought, tagged, renamed on a branch, changed and deleted, brought again elsewhere; another secret beside it."""
    repo.commit({"a.txt": "nothing\n"})
    repo.run("branch", "before")
    brought = repo.commit({"app.py": LINE, "other.py": f'client_secret = "{token()}"\n'})
    repo.run("tag", "v1")
    repo.run("tag", "-a", "-m", "noted", "v1-noted")
    repo.run("checkout", "-q", "-b", "renaming")
    repo.run("mv", "app.py", "it's renamed.py")
    renamed = repo.commit()
    repo.run("checkout", "-q", "main")
    changed = repo.commit({"app.py": f"import os\n{LINE}"})
    repo.run("rm", "-q", "app.py")
    repo.commit()
    repo.run("tag", "v2")
    repo.run("checkout", "-q", "-b", "again", "before")
    again = repo.commit({"app.py": LINE, "readme.md": "x\n"})
    repo.run("checkout", "-q", "main")
    repo.write("new.py", f"\n{LINE}")

    playbook = told(guard, fingerprints(guard)["new.py"])
    assert playbook["rule"] == "secrets/slack-bot-token"
    assert playbook["message"] == "this is a Slack bot token: xoxb-****"
    assert playbook["issuer"]["name"] == "Slack"
    assert playbook["tree"] == [{"path": "new.py", "line": 2, "column": 8}]
    standings = past(playbook)
    assert set(standings) == {"app.py", "it's renamed.py"}
    assert standings["it's renamed.py"] == (renamed, renamed, 1, False)
    first, last, versions, in_head = standings["app.py"]
    assert (versions, in_head) == (2, False)
    assert {first, last} <= {brought, changed, again}
    assert refs(playbook) == {
        "refs/heads/again": True,
        "refs/heads/main": False,
        "refs/heads/renaming": True,
        "refs/tags/v1": True,
        "refs/tags/v1-noted": True,
        "refs/tags/v2": False,
    }
    commands = [command for step in playbook["steps"] for command in step["commands"]]
    assert f"git filter-repo --sensitive-data-removal --invert-paths --path app.py --path {_QUOTED}" in commands
    # The same secret is told wherever its fingerprint was taken from.
    of_the_past = fingerprints(guard, "--history")["app.py"]
    assert told(guard, of_the_past)["history"] == playbook["history"]


_QUOTED = "'it'\"'\"'s renamed.py'"


def test_the_text_report_shows_the_command_for_the_first_secret(repo: Repository, guard: Guard) -> None:
    """As it is to be typed: what it tells is about that secret."""
    repo.commit({"app.py": LINE, "other.py": f'client_secret = "{token()}"\n'})
    commands = {
        flag: re.findall("→ guard secrets (playbook .*)", guard("secrets", *flag).out) for flag in ((), ("-v",))
    }
    assert [len(found) for found in commands.values()] == [1, 2]
    for command, rule in zip(commands[("-v",)], ("secrets/slack-bot-token", "secrets/secret-assignment"), strict=True):
        result = guard("secrets", *command.split(), "--format=json")
        assert (result.code, json.loads(result.out)["rule"]) == (0, rule)
    assert commands[()] == commands[("-v",)][:1]


def test_the_steps_begin_with_revoking_and_end_with_looking_again(repo: Repository, guard: Guard) -> None:
    repo.commit({"app.py": LINE})
    fingerprint = fingerprints(guard)["app.py"]
    playbook = told(guard, fingerprint[:8])
    assert [step["title"] for step in playbook["steps"]] == [
        "Revoke it",
        "Take it out of the files",
        "Take it out of the history",
        "Follow the copies",
        "Make sure",
    ]
    assert "auth.revoke" in playbook["steps"][0]["text"][0]
    assert playbook["steps"][-1]["commands"] == ["guard secrets --history", f"guard secrets playbook {fingerprint}"]


def test_what_was_never_committed_needs_no_purge(repo: Repository, guard: Guard) -> None:
    repo.commit({"a.txt": "nothing\n"})
    repo.write("app.py", LINE)
    playbook = told(guard, fingerprints(guard)["app.py"])
    assert (playbook["history"], playbook["refs"]) == ([], [])
    assert [step["title"] for step in playbook["steps"]] == ["Revoke it", "Take it out of the files", "Make sure"]


def test_a_secret_that_only_a_detached_head_or_a_tag_of_a_file_has(repo: Repository, guard: Guard) -> None:
    repo.commit({"a.txt": "nothing\n"})
    repo.run("checkout", "-q", "--detach")
    repo.commit({"app.py": LINE})
    repo.run("tag", "blob", repo.run("hash-object", "-w", "--stdin", stdin=LINE.encode()).decode().strip())
    playbook = told(guard, fingerprints(guard)["app.py"])
    assert refs(playbook) == {"HEAD": True, "refs/tags/blob": True}
    assert {one["path"]: one["first"] is None for one in playbook["history"]} == {
        "app.py": False,
        "refs/tags/blob": True,
    }


def test_a_secret_of_a_rule_without_an_issuer(repo: Repository, guard: Guard) -> None:
    repo.commit({"app.py": f'client_secret = "{token()}"\n'})
    playbook = told(guard, fingerprints(guard)["app.py"])
    assert (playbook["rule"], playbook["issuer"]) == ("secrets/secret-assignment", None)
    assert playbook["steps"][0]["text"][0].startswith("Read it from the environment")


def test_a_rule_of_the_repository(repo: Repository, guard: Guard) -> None:
    """Its findings are facts until their path is known."""
    rule = '[[rules]]\nid = "acme"\ndescription = "Ask the acme team."\nregex = "acme-[0-9]{8}"\npath = "app.*"\n'
    repo.commit({"guard.toml": '[secrets]\nrules = ["rules.toml"]\n', "rules.toml": rule})
    repo.commit({"app.py": 'x = "acme-12345678"\n'})
    playbook = told(guard, fingerprints(guard)["app.py"])
    assert [one["path"] for one in playbook["history"]] == ["app.py"]
    assert playbook["steps"][0]["text"][0] == "Ask the acme team."


def test_in_text_and_markdown_nothing_of_the_tree_is_obeyed(repo: Repository, guard: Guard) -> None:
    repo.commit({"\x1b[31m`x`\n::error::.py": LINE})
    (fingerprint,) = fingerprints(guard).values()
    text = guard("secrets", "playbook", fingerprint).out
    markdown = guard("secrets", "playbook", fingerprint, "--format=markdown").out
    for shown in (text, markdown):
        assert "\x1b" not in shown
        assert not [line for line in shown.splitlines() if line.strip().startswith("::")]
        assert "still in HEAD" in shown
    assert "\n1. Revoke it\n" in text
    assert "\n## 1. Revoke it\n" in markdown
    assert "`x`" not in markdown.replace("```sh", "").partition("## 1.")[0]


def test_without_a_fingerprint_those_that_there_are_are_listed(repo: Repository, guard: Guard) -> None:
    assert guard("secrets", "playbook").out == "No secret was found, now or in the past.\n"
    repo.commit({"old.py": LINE})
    repo.run("rm", "-q", "old.py")
    repo.commit({"app.py": LINE})
    result = guard("secrets", "playbook")
    assert [line.split()[1:] for line in result.out.splitlines()] == [
        ["secrets/slack-bot-token", "app.py:1:8"],
        ["secrets/slack-bot-token", "old.py:1:8"],
    ]
    assert result.code == 0
    assert guard("secrets", "playbook", result.out.split()[0]).code == 0


# ---- What cannot be told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["xyz", "abc", "0123456789" * 4, "../.."])
def test_what_is_no_fingerprint(repo: Repository, guard: Guard, given: str) -> None:
    result = guard("secrets", "playbook", given)
    assert (result.code, result.out) == (2, "")
    assert "is no fingerprint" in result.err
    assert "`guard secrets playbook` without one lists" in result.err


def test_nothing_has_this_fingerprint(repo: Repository, guard: Guard) -> None:
    repo.commit({"app.py": LINE})
    result = guard("secrets", "playbook", "0" * 32)
    assert (result.code, result.out) == (2, "")
    assert "there is no secret with the fingerprint" in result.err


def test_the_finding_of_another_guard(repo: Repository, guard: Guard) -> None:
    repo.commit({"README.md": "x\n", "Readme.md": "y\n"})
    (one,) = guard("hygiene", "--format=json").report["findings"]
    result = guard("secrets", "playbook", one["fingerprint"])
    assert result.code == 2
    assert "is a finding of hygiene/case-clash, and this is about secrets" in result.err
    assert "See: guard explain hygiene/case-clash" in result.err


def test_a_beginning_that_several_have(repo: Repository, guard: Guard) -> None:
    """Four digits are 65,536 beginnings: of 2,000 findings, two have the same one but once in 10^13 times."""
    repo.commit({"app.py": "".join(f'client_secret = "{token(seed)}"\n' for seed in range(2000))})
    found = guard("secrets", "--format=json").report["findings"]
    starts = [one["fingerprint"][:4] for one in found]
    twice = next(start for start in starts if starts.count(start) > 1)
    result = guard("secrets", "playbook", twice)
    assert result.code == 2
    assert f"findings begin with {twice}" in result.err
    assert result.err.count("app.py:") == starts.count(twice)


def test_without_git(tmp_path: Path, guard: Guard) -> None:
    (tmp_path / "plain").mkdir()
    result = guard("secrets", "playbook", "0" * 32, cwd=tmp_path / "plain")
    assert (result.code, result.out) == (2, "")
    assert "is in no git repository" in result.err
    assert "revoke the secret as its finding says" in result.err


def test_a_shallow_clone_says_that_there_may_be_more(repo: Repository, tmp_path: Path, guard: Guard) -> None:
    repo.commit({"old.py": LINE})
    repo.run("rm", "-q", "old.py")
    repo.commit({"app.py": LINE})
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repo.root}", str(clone)], check=True, timeout=60)
    playbook = told(guard, fingerprints(guard, cwd=clone)["app.py"], 2, cwd=clone)
    assert [one["path"] for one in playbook["history"]] == ["app.py"]
    assert (playbook["complete"], [one["kind"] for one in playbook["problems"]]) == (False, ["input-missing"])
    assert refs(playbook) == {
        "refs/heads/main": True,
        "refs/remotes/origin/HEAD": True,
        "refs/remotes/origin/main": True,
    }
    result = guard("secrets", "playbook", "0" * 32, cwd=clone)
    assert "not checked: this clone is shallow" in result.err
    assert "not checked: this clone is shallow" in guard("secrets", "playbook", cwd=clone).out


def test_a_partial_clone_says_what_is_missing_and_fetches_nothing(
    repo: Repository, tmp_path: Path, guard: Guard
) -> None:
    repo.commit({"app.py": LINE})
    repo.run("tag", "old")
    repo.commit({"app.py": f"x = 1\n{LINE}"})
    repo.config("uploadpack.allowFilter", "true")
    repo.config("uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    command = ["git", "clone", "-q", "--filter=blob:none", f"file://{repo.root}", str(clone)]
    subprocess.run(command, check=True, timeout=60)
    packs = sorted((clone / ".git/objects/pack").iterdir())
    playbook = told(guard, fingerprints(guard, cwd=clone)["app.py"], 4, cwd=clone)
    assert [(one["path"], one["reason"]) for one in playbook["problems"]] == [
        ("app.py", "its object is not in this clone")
    ]
    assert refs(playbook)["refs/heads/main"] is True
    assert sorted((clone / ".git/objects/pack").iterdir()) == packs


def test_every_format_can_be_told(repo: Repository, guard: Guard) -> None:
    """Its first step is what its issuer wants, and its page is named."""
    forms = [form for form in FORMATS if not form.path][::40]
    repo.commit({f"{form.id}.conf": f"{form.example(Random(form.id))}\n" for form in forms})
    found = guard("secrets", "--format=json").report["findings"]
    by_rule = {one["rule"]: one["fingerprint"] for one in found}
    for form in forms:
        if f"secrets/{form.id}" in by_rule:
            playbook = told(guard, by_rule[f"secrets/{form.id}"])
            assert playbook["steps"][0]["text"][:2] == [form.rotate, f"The issuer's page: {form.url}"]


def test_the_verb_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["secrets", "playbook", "--help"]) == 0
    assert "FINDING is a fingerprint" in capsys.readouterr().out
