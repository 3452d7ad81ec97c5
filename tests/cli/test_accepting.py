"""`guard baseline` and `guard waive`, and what they make of a run: on real repositories, by the command."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from guards._core.baseline import FILE
from tests.cli.command import Result
from tests.conftest import Repository

Guard = Callable[..., Result]
LATER = "2999-12-31"


def statuses(report: Mapping[str, Any]) -> dict[str, str]:
    """Path (and line) of each finding to its status, without what policy itself says."""
    return {
        f"{one['path']}:{one['line']}" if one["line"] else one["path"]: one["status"]
        for one in report["findings"]
        if one["guard"] != "policy"
    }


def policy(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What policy itself says, by rule and path."""
    return [(one["rule"], one["path"]) for one in report["findings"] if one["guard"] == "policy"]


def lines(repo: Repository) -> dict[str, int]:
    """Path to count, of the baseline on disk."""
    found: dict[str, int] = {}
    for text in Path(repo.root, FILE).read_text().splitlines():
        one = json.loads(text)
        found[one["path"]] = found.get(one["path"], 0) + one["count"]
    return found


@pytest.fixture
def old(repo: Repository) -> Repository:
    """A repository with three errors of different guards, equal ones among them."""
    merge = "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n"
    repo.commit({"merge.txt": merge, "broken.json": "{\n", "twice.txt": merge + merge, "fine.txt": "x\n"})
    return repo


# --- the baseline ---------------------------------------------------------------------------------------------------


def test_what_was_there_is_accepted_and_what_comes_is_not(old: Repository, guard: Guard) -> None:
    assert guard("all").code != 0
    assert guard("baseline", "create").code == 0
    report = guard("all", "--format", "json")
    assert (report.code, set(statuses(report.report).values())) == (0, {"baselined"})
    assert report.report["summary"]["baselined"] == sum(lines(old).values())
    old.write("other.json", "{\n")
    after = guard("all", "--format", "json")
    assert after.code == 3
    assert [path for path, status in statuses(after.report).items() if status == "new"] == ["other.json:2"]


def test_one_more_of_what_is_accepted_is_new(old: Repository, guard: Guard) -> None:
    guard("baseline", "create")
    text = Path(old.root, "merge.txt").read_text()
    old.write("merge.txt", text + text)
    found = guard("all", "--format", "json")
    told = [one["status"] for one in found.report["findings"] if one["path"] == "merge.txt"]
    assert found.code == 1
    assert set(told) == {"baselined", "new"}
    assert len(told) == 2 * told.count("new")


def test_it_grows_only_when_asked_to(old: Repository, guard: Guard) -> None:
    guard("baseline", "create")
    before = lines(old)
    old.write("other.json", "{\n")
    refused = guard("baseline", "create")
    assert (refused.code, lines(old)) == (2, before)
    assert guard("baseline", "update").code == 0
    assert guard("baseline", "prune").code == 0
    assert lines(old) == before
    assert guard("baseline", "create", "--accept-new", env={"CI": "true"}).code == 2
    assert lines(old) == before
    assert guard("baseline", "create", "--accept-new").code == 0
    assert lines(old) == {**before, "other.json": 1}
    assert guard("all").code == 0


def test_what_is_gone_is_told_and_pruned(old: Repository, guard: Guard) -> None:
    guard("baseline", "create")
    before = lines(old)
    old.write("broken.json", "{}\n")
    old.write("twice.txt", Path(old.root, "merge.txt").read_text())
    found = guard("all", "--format", "json")
    stale = [one for one in found.report["findings"] if one["rule"] == "policy/stale-baseline"]
    assert found.code == 0
    assert {one["level"] for one in stale} == {"note"}
    assert {one["hint"] for one in stale} == {"guard baseline prune"}
    assert {text for one in stale for text in one["message"].replace(",", "").split() if text in before} == {
        "broken.json",
        "twice.txt",
    }
    assert policy(guard("all", "fine.txt", "--format", "json").report) == []  # nobody looked there
    assert guard("baseline", "prune").code == 0
    assert lines(old) == {"merge.txt": before["merge.txt"], "twice.txt": before["twice.txt"] // 2}
    assert policy(guard("all", "--format", "json").report) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["all"], {"stale schema", "stale hygiene", "unused"}),
        (["all", "--tracked"], {"stale schema", "stale hygiene", "unused"}),
        (["all", "--rev", "HEAD"], {"stale schema", "stale hygiene", "unused"}),
        (["all", "--hook"], {"stale schema", "stale hygiene", "unused"}),
        (["all", "--skip", "hygiene"], {"stale schema", "unused"}),
        (["hygiene"], {"stale hygiene"}),
        (["all", "fine.txt"], set()),
        (["all", "broken.json"], set()),
        (["all", "--since", "HEAD~1"], set()),
        (["all", "--staged"], set()),
    ],
    ids=lambda value: " ".join(sorted(value) if isinstance(value, set) else value) or "nothing",
)
def test_what_covers_nothing_is_told_by_who_looked_at_everything(
    old: Repository, guard: Guard, words: list[str], told: set[str]
) -> None:
    """And by nobody else: whoever looked at a part cannot know."""
    guard("baseline", "create")
    old.commit()
    old.write("guard.toml", toml(rule="schema/parse", path="no.json", reason="x"))
    old.commit({"broken.json": "{}\n", "merge.txt": "fine\n", "twice.txt": "fine\n"})
    if "--staged" in words:
        old.write("fine.txt", "finer\n")
        old.stage()
    found = [one for one in guard(*words, "--format", "json").report["findings"] if one["guard"] == "policy"]
    kinds = {
        "unused"
        if one["rule"] == "policy/unused-waiver"
        else f"stale {'schema' if 'schema/' in one['message'] else 'hygiene'}"
        for one in found
    }
    assert kinds == told


def test_a_guard_that_did_not_run_keeps_its_lines(old: Repository, guard: Guard) -> None:
    guard("baseline", "create")
    assert policy(guard("hygiene", "--format", "json").report) == []
    old.write("guard.toml", 'skip = ["schema"]\n')
    old.write("broken.json", "{}\n")
    before = lines(old)
    guard("baseline", "prune")
    assert lines(old) == before


def test_update_follows_a_renamed_file(old: Repository, guard: Guard) -> None:
    guard("baseline", "create")
    before = lines(old)
    old.run("mv", "merge.txt", "renamed.txt")
    assert guard("all").code == 1
    assert guard("baseline", "update").code == 0
    assert lines(old) == {"renamed.txt" if path == "merge.txt" else path: count for path, count in before.items()}
    assert guard("all").code == 0


@pytest.mark.parametrize("text", ["<<<<<<< a\n", "{}\n", "x\n"])
@pytest.mark.parametrize("words", [("all",), ("all", "--staged"), ("baseline", "prune"), ("baseline", "show")])
def test_a_damaged_baseline_is_an_error(old: Repository, guard: Guard, text: str, words: tuple[str, ...]) -> None:
    old.write(FILE, text)
    old.stage(FILE)
    found = guard(*words)
    assert found.code == 2
    assert f"{FILE}:1:1" in found.out + found.err


def test_every_view_has_its_own_baseline(old: Repository, guard: Guard) -> None:
    """The work tree's, the index's, the commit's: whichever is looked at, its own counts."""
    first = old.id_of("HEAD")
    guard("baseline", "create")
    assert guard("all").code == 0
    assert guard("all", "--rev", "HEAD").code == 3
    old.stage()
    old.run("commit", "-q", "-m", "accept")
    assert guard("all", "--rev", "HEAD").code == 0
    assert guard("all", "--rev", first).code == 3
    Path(old.root, FILE).unlink()
    assert guard("all").code == 3
    assert guard("all", "--staged").code == 0
    assert guard("all", "--rev", "HEAD").code == 0


def test_letting_go_of_a_line_brings_its_finding_back(old: Repository, guard: Guard) -> None:
    """In every view: a change of the baseline alone is a change of what counts."""
    guard("baseline", "create")
    accepted = old.commit()
    kept = [text for text in Path(old.root, FILE).read_text().splitlines(keepends=True) if "broken" not in text]
    old.write(FILE, "".join(kept))
    old.stage()
    codes = [guard("all", *view, "--format", "json") for view in ((), ("--staged",), ("--since", accepted))]
    assert [one.code for one in codes] == [3, 3, 3]
    for one in codes:
        new = [path for path, status in statuses(one.report).items() if status == "new"]
        assert new == ["broken.json:2"]


@pytest.mark.parametrize("path", ["broken.json", "*.json", ""])
def test_letting_go_of_a_waiver_brings_its_finding_back(old: Repository, guard: Guard, path: str) -> None:
    """The same for waivers, whatever they name."""
    terms = {"path": path} if path else {}
    hygiene = toml(rule="hygiene/merge-conflict", reason="x")
    accepted = old.commit({"guard.toml": hygiene + toml(rule="schema/parse", reason="x", **terms)})
    views = ((), ("--staged",), ("--since", accepted))
    assert [guard("all", *view).code for view in views] == [0, 0, 0]
    old.write("guard.toml", hygiene)
    old.stage()
    for view in views:
        found = guard("all", *view, "--format", "json")
        new = [place for place, status in statuses(found.report).items() if status == "new"]
        assert (found.code, new) == (3, ["broken.json:2"])


def test_no_change_may_make_it_grow(old: Repository, guard: Guard) -> None:
    guard("baseline", "create")
    accepted = old.commit()
    old.write("other.json", "{\n")
    guard("baseline", "create", "--accept-new")
    grown = old.commit()
    found = guard("all", "--since", accepted, "--format", "json")
    assert (found.code, policy(found.report)) == (1, [("policy/grown-baseline", FILE)])
    assert guard("all", "--since", grown).code == 0
    assert guard("all", "--since", f"{accepted}~").code == 0  # there was none: the first one may be made


def test_secrets_are_accepted_on_every_machine(repo: Repository, guard: Guard, tmp_path: Path) -> None:
    """Their identity is under a salt that `create` writes, not under a key of this user."""
    repo.commit({"app.py": f'password = "{_random(1)}"\n', "guard.toml": "# mine\n[secrets]  # here\nrules = []\n"})
    assert guard("secrets", "--fail-level", "note").code == 1
    assert guard("baseline", "create").code == 0
    assert Path(repo.root, "guard.toml").read_text().startswith("# mine\n[secrets]  # here\nsalt = ")
    other = {"GUARD_CACHE_KEY": "another machine", "HOME": str(tmp_path)}
    assert guard("all", "--fail-level", "note", env=other).code == 0


def _random(seed: int) -> str:
    return hashlib.sha256(str(seed).encode()).hexdigest()[:20] + "Qz!"


def test_lists_of_detect_secrets_accept_what_they_mean(repo: Repository, guard: Guard) -> None:
    """By the hash of a word of the line, wherever the line went; plugins that are named are only words."""
    kept, moved, other = _random(1), _random(2), _random(3)
    repo.commit(
        {"a.py": f'password = "{kept}"\n', "b.py": f'\n\n\npassword = "{moved}"\n', "c.py": f'password = "{other}"\n'}
    )
    entries = {
        "a.py": [_entry(kept, 1)],
        "b.py": [_entry(moved, 1)],
        "c.py": [_entry(_random(4), 1)],
        "gone.py": [_entry(kept, 7)],
    }
    plugins = [{"name": "Evil", "path": "file:///evil.py"}]
    repo.write("evil.py", "open('ran', 'w')\n")
    repo.write(".secrets.baseline", json.dumps({"version": "1.5.0", "plugins_used": plugins, "results": entries}))
    found = guard("baseline", "create", "--from", ".secrets.baseline")
    assert found.code == 0
    assert {"a.py", "b.py"} <= set(lines(repo))
    assert not {"c.py", "gone.py"} & set(lines(repo))
    assert "gone.py:7" in found.err
    assert "c.py:1" in found.err
    assert not Path(repo.root, "ran").exists()
    text = Path(repo.root, FILE).read_text()
    assert not any(hashlib.sha1(one.encode()).hexdigest() in text for one in (kept, moved))


def _entry(secret: str, line: int) -> dict[str, Any]:
    hashed = hashlib.sha1(secret.encode()).hexdigest()
    return {
        "type": "Secret Keyword",
        "filename": "x",
        "hashed_secret": hashed,
        "is_verified": False,
        "line_number": line,
    }


def test_what_gitleaks_ignores_is_accepted(repo: Repository, guard: Guard) -> None:
    """At a line of a file now, or at what was that line in a commit."""
    first = repo.commit({"a.py": f'password = "{_random(1)}"\n', "b.py": f'password = "{_random(2)}"\n'})
    repo.commit({"b.py": f'\n\npassword = "{_random(2)}"\n', "c.py": f'password = "{_random(3)}"\n'})
    ignored = f"# a word\na.py:generic-api-key:1\n{first}:b.py:generic-api-key:1\n\nc.py:generic-api-key:9\n"
    repo.write(".gitleaksignore", ignored)
    found = guard("baseline", "create", "--from", ".gitleaksignore")
    assert found.code == 0
    assert set(lines(repo)) == {"a.py", "b.py"}
    assert "c.py:generic-api-key:9" in found.err


@pytest.mark.parametrize("text", ["{}", '{"results": {"a": [{}]}}', '{"results": [1]}', "no fingerprint", "\x00"])
def test_other_lists_are_refused(repo: Repository, guard: Guard, text: str) -> None:
    repo.commit({"a.txt": "x\n"})
    repo.write("list", text)
    assert guard("baseline", "create", "--from", "list").code == 2
    assert not Path(repo.root, FILE).exists()


# --- waivers --------------------------------------------------------------------------------------------------------


def waive(guard: Guard, finding: str, **more: str) -> Result:
    """Waive with all that is needed, but for what is given otherwise."""
    given = {"reason": "because", "owner": "me", "until": LATER} | more
    return guard("waive", finding, *(part for key, value in given.items() for part in (f"--{key}", value)))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("guard.toml", "# what we want\nfail-level = 'error' # so\n\n[schema]\nbundled = true"),
        ("pyproject.toml", '[tool.guard]\nprofile = "dev"   # for now\n\n[tool.other]\nx = [1,\n  2]\n'),
        ("guard.toml", '[[waiver]]\nrule = "g/r"\nreason = "x"\n'),
    ],
)
def test_a_waiver_is_written_and_nothing_else_changes(
    old: Repository, guard: Guard, name: str, before: str, end: str
) -> None:
    text = before.replace("\n", end).encode()
    old.write(name, text)
    reason = 'a "quoted" \\ reason\twith ünïcode'
    done = waive(guard, "broken.json:2", reason=reason)
    after = Path(old.root, name).read_bytes()
    assert done.code == 0
    assert after.startswith(text)
    table = tomllib.loads(after.decode())
    told = (table["tool"]["guard"] if name == "pyproject.toml" else table)["waiver"][-1]
    assert (told["reason"], told["owner"], str(told["until"]), told["path"]) == (reason, "me", LATER, "broken.json")
    report = guard("all", "--format", "json").report
    (one,) = [one for one in report["findings"] if one["path"] == "broken.json"]
    assert (one["status"], one["waiver"]) == ("waived", {"reason": reason, "owner": "me", "until": LATER})


def test_a_waiver_is_of_one_finding(old: Repository, guard: Guard) -> None:
    found = {one["path"]: one["fingerprint"] for one in guard("all", "--format", "json").report["findings"]}
    assert waive(guard, found["broken.json"][:10]).code == 0
    assert guard("all", "--format", "json").report["summary"]["waived"] == 1
    assert guard("schema").code == 0
    assert guard("all").code == 1


@pytest.mark.parametrize(
    ("finding", "more"),
    [
        ("broken.json:2", {"until": "2026-02-31"}),
        ("broken.json:2", {"until": "2001-01-01"}),
        ("broken.json:2", {"reason": " "}),
        ("broken.json:2", {"owner": ""}),
        ("broken.json:2", {"until": ""}),
        ("broken.json:9", {}),
        ("ffffffff", {}),
        ("twice.txt", {}),  # several
    ],
)
def test_what_is_no_waiver_is_not_written(old: Repository, guard: Guard, finding: str, more: dict[str, str]) -> None:
    assert waive(guard, finding, **more).code == 2
    assert not Path(old.root, "guard.toml").exists()


@pytest.mark.parametrize("text", ["waiver = []\n", "[tool]\nguard = {profile = 'dev'}\n"])
def test_a_file_that_cannot_be_added_to_stays_as_it_is(old: Repository, guard: Guard, text: str) -> None:
    name = "pyproject.toml" if "tool" in text else "guard.toml"
    old.write(name, text)
    assert waive(guard, "broken.json:2").code == 2
    assert Path(old.root, name).read_text() == text


def test_findings_can_be_listed(old: Repository, guard: Guard) -> None:
    found = guard("waive")
    assert found.code == 0
    assert all(path in found.out for path in ("merge.txt", "broken.json", "twice.txt"))


def toml(**terms: str) -> str:
    return "[[waiver]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in terms.items())


def test_what_is_over_is_back_with_a_word_about_it(old: Repository, guard: Guard) -> None:
    old.write("guard.toml", toml(rule="schema/*", path="broken.json", reason="soon", owner="me", until="2020-02-29"))
    found = guard("schema", "--format", "json")
    finding, over = sorted(found.report["findings"], key=lambda one: str(one["guard"]), reverse=True)
    assert found.code == 3
    assert (finding["status"], finding["waiver"]) == ("new", None)
    assert [(one["path"], one["line"], one["note"]) for one in finding["related"]] == [
        ("guard.toml", 4, "the waiver ended with 2020-02-29: soon")
    ]
    assert (over["rule"], over["level"], over["path"]) == ("policy/expired-waiver", "error", "guard.toml")
    assert over["related"][0]["path"] == "broken.json"


def test_a_waiver_that_is_over_fails_the_run_whatever_it_covered(repo: Repository, guard: Guard) -> None:
    repo.commit({"a.orig": "x\n", "guard.toml": toml(rule="hygiene/backup-file", reason="x", until="2020-01-01")})
    found = guard("hygiene", "--format", "json")
    assert (found.code, policy(found.report)) == (1, [("policy/expired-waiver", "guard.toml")])
    found = guard("hygiene", "--format", "json", "--exit-zero")
    assert (found.code, found.report["verdict"]) == (0, "fail")


def test_unused_and_broad_waivers_are_told(old: Repository, guard: Guard) -> None:
    text = toml(rule="*", path="**", reason="all of it") + toml(rule="schema/parse", path="no.json", reason="x")
    old.write("guard.toml", text)
    report = guard("all", "--format", "json").report
    assert [rule for rule, _ in policy(report)] == ["policy/broad-waiver", "policy/unused-waiver"]
    assert {one["level"] for one in report["findings"] if one["guard"] == "policy"} == {"warning"}
    assert policy(guard("all", "merge.txt", "--format", "json").report) == []
    assert policy(guard("hygiene", "--format", "json").report) == [("policy/broad-waiver", "guard.toml")]
    old.write("guard.toml", text + '[levels]\n"policy/unused-waiver" = "off"\n"policy/broad-waiver" = "error"\n')
    assert guard("all").code == 1


def test_waivers_say_nothing_of_problems_or_of_policy(old: Repository, guard: Guard) -> None:
    """What could not be checked stays so, whoever accepts everything."""
    old.commit({"canonical.yaml": "guard: 1\nfacts: [\n", "guard.toml": toml(rule="*", reason="everything")})
    found = guard("all", "--format", "json")
    assert (found.code, found.report["verdict"]) == (3, "incomplete")
    old.commit({"canonical.yaml": "guard: 1\n"})
    found = guard("all", "--format", "json")
    assert policy(found.report) == [("policy/broad-waiver", "guard.toml")]


@pytest.mark.parametrize("view", [(), ("--staged",), ("--since", "HEAD"), ("--rev", "HEAD")])
def test_a_malformed_waiver_is_an_error_everywhere(old: Repository, guard: Guard, view: tuple[str, ...]) -> None:
    old.commit({"guard.toml": toml(rule="schema/parse", reason="x", until="2027-02-31")})
    assert guard("all", *view).code == 2


# --- comments -------------------------------------------------------------------------------------------------------


def secret(seed: int, *, comment: str = "", above: str = "") -> str:
    return f'{above}password = "{_random(seed)}"{comment}\n'


ALLOW = "guard: allow[secrets/password-assignment]"


def test_a_comment_waives_what_stands_there(repo: Repository, guard: Guard) -> None:
    repo.commit(
        {
            "a.py": secret(1, comment=f"  # {ALLOW} a test until={LATER} owner=me"),
            "b.sh": secret(1, above=f"# {ALLOW} a test\n").replace(" ", "", 0),
            "c.py": secret(1, comment=f"  # {ALLOW} a test until=2020-01-01"),
            "d.py": secret(1),
            "e.py": f"x = 1  # {ALLOW} nothing is here\n",
            "f.md": f"```\n# {ALLOW} an example\n```\n",
        }
    )
    found = guard("secrets", "--fail-level", "note", "--format", "json")
    waived = {path.partition(":")[0]: status for path, status in statuses(found.report).items()}
    assert waived == {"a.py": "waived", "b.sh": "waived", "c.py": "new", "d.py": "new"}
    assert policy(found.report) == [("policy/expired-waiver", "c.py"), ("policy/unused-waiver", "e.py")]


def test_a_comment_that_cannot_be_read_is_no_waiver(repo: Repository, guard: Guard) -> None:
    repo.commit({"a.py": secret(1, comment=f"  # {ALLOW} a test until=2027-02-31")})
    found = guard("secrets", "--format", "json")
    assert (found.code, found.report["verdict"]) == (2, "incomplete")
    assert [(one["path"], one["line"]) for one in found.report["problems"]] == [("a.py", 1)]


def test_views_agree_on_comments(repo: Repository, guard: Guard) -> None:
    """Taking a comment away brings back what it covered, to the hook as to everybody else."""
    base = repo.commit({"a.py": secret(1, comment=f"  # {ALLOW} a test"), "guard.toml": 'fail-level = "note"\n'})
    views = ((), ("--staged",), ("--since", base))
    assert [guard("all", *view).code for view in views] == [0, 0, 0]
    repo.write("a.py", secret(1))
    repo.stage()
    assert [guard("all", *view).code for view in (*views, ("--staged",))] == [1, 1, 1, 1]
    repo.write("a.py", secret(1, comment=f"  # {ALLOW} a test") + "x = 2\n")
    repo.stage()
    assert [guard("all", *view).code for view in (*views, ("--staged",))] == [0, 0, 0, 0]


def test_a_comment_counts_for_a_finding_that_another_file_brings(repo: Repository, guard: Guard) -> None:
    """Judge finds something in a file that did not change: its comments count although nobody looked at it."""
    canonical = "guard: 1\nfacts:\n  port: {{kind: port, value: {port}}}\nbind:\n  port: [app.env#PORT]\n"
    env = "# guard: allow[drift/value] moves next week\nPORT=8080\n"
    base = repo.commit({"canonical.yaml": canonical.format(port=8080), "app.env": env})
    repo.write("canonical.yaml", canonical.format(port=9090))
    repo.stage()
    for view in ((), ("--staged",), ("--since", base)):
        found = guard("drift", *view, "--format", "json")
        assert (found.code, statuses(found.report)) == (0, {"app.env:2": "waived"}), view


# --- the policy of another revision ---------------------------------------------------------------------------------

WEAKER: dict[str, dict[str, str | bytes]] = {
    "settings": {"guard.toml": 'skip = ["hygiene"]\n'},
    "settings in pyproject.toml": {"pyproject.toml": '[tool.guard]\nskip = ["hygiene"]\n'},
    "settings that cannot be read": {"guard.toml": "skip = [\n"},
    "a waiver": {"guard.toml": toml(rule="*", path="new.txt", reason="x")},
    "a level": {"guard.toml": '[levels]\n"hygiene/merge-conflict" = "off"\n'},
}


@pytest.mark.parametrize("name", WEAKER)
@pytest.mark.parametrize("view", [(), ("--staged",), ("--rev", "HEAD"), ("--since",)])
def test_a_change_cannot_weaken_what_judges_it(old: Repository, guard: Guard, name: str, view: tuple[str, ...]) -> None:
    """What it would change is told, and does not count."""
    old.commit({"pyproject.toml": "[project]\nname = 'x'\nversion = '1'\n"})
    guard("baseline", "create")
    base = old.commit()
    conflict = Path(old.root, "merge.txt").read_text()
    for path, text in {**WEAKER[name], "new.txt": conflict}.items():
        old.write(path, text)
    old.stage()
    if view == ("--rev", "HEAD"):
        old.run("commit", "-q", "-m", "x")
    words = (*view, base) if view == ("--since",) else view
    found = guard("all", *words, "--policy-from", base, "--format", "json")
    (path,) = WEAKER[name]
    assert policy(found.report) == [("policy/changed", path)]
    assert found.code in {1, 3}  # 3 where the settings themselves do not parse
    assert "new" in {status for place, status in statuses(found.report).items() if place.startswith("new.txt")}


def test_neither_can_a_baseline_or_a_comment(repo: Repository, guard: Guard) -> None:
    """Comments that were there before count, new ones do not."""
    base = repo.commit({"a.py": secret(1, comment=f"  # {ALLOW} a test"), "guard.toml": 'fail-level = "note"\n'})
    assert guard("all", "--policy-from", base).code == 0
    repo.write("a.py", "x = 1\n" + secret(1, comment=f"  # {ALLOW} a test"))
    repo.write("b.py", secret(2, comment=f"  # {ALLOW} another test"))
    assert guard("all").code == 0
    found = guard("all", "--policy-from", base, "--format", "json")
    assert (found.code, statuses(found.report)) == (1, {"a.py:2": "waived", "b.py:1": "new"})
    assert policy(found.report) == [("policy/changed", "b.py")]
    repo.write("b.py", secret(2))
    repo.write(FILE, "not even a baseline\n")
    found = guard("all", "--policy-from", base, "--format", "json")
    assert policy(found.report) == [("policy/changed", FILE)]
    assert found.code in {1, 3}  # 3 where the file does not parse


def test_the_policy_of_no_revision_is_an_error(old: Repository, guard: Guard) -> None:
    assert guard("all", "--policy-from", "nowhere").code == 2
    assert guard("all", "--policy-from", "").code == 2  # a variable that is not set
    assert guard("all", "--policy-from", "HEAD", "--config", "x.toml").code == 2


@pytest.mark.parametrize("words", [("run", "policy"), ("all", "--config", "named.toml")])
def test_what_takes_part_in_every_run_is_not_asked_for(old: Repository, guard: Guard, words: tuple[str, ...]) -> None:
    old.write("named.toml", 'enable = ["policy"]\n')
    assert guard(*words).code == 2
    assert "policy/unused-waiver" in guard("explain", "policy/unused-waiver").out
