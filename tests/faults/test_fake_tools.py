"""A wrapped program may do anything: the run is green only where every file is accounted for, and nothing is left."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from guards._core import replay
from guards._core.model import ExitCode, Level, Output, ProblemKind, Rule, Told, Trigger
from guards._core.registry import Registry
from guards._core.report import GuardStatus, Verdict
from guards._core.runner import Request, ViewName, run_with_evidence
from guards.ruff import GUARD as RUFF
from tests.core.test_programs import wait_until_gone
from tests.faults.conftest import FILES, SIZES, TOOL, Stage, changed
from tests.faults.tools import HARMLESS, PERSONALITIES, Personality, install

HONEST = Personality("honest", "look(*names)", "")


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda one: one.name)
def test_a_program_that_misbehaves_never_makes_a_run_green(personality: Personality, stage: Stage) -> None:
    stage.play(personality)
    report = stage.run()
    (guard,) = report.guards
    assert (report.exit_code, report.verdict) == (personality.exit_code, Verdict.INCOMPLETE)
    assert {problem.kind for problem in report.problems} == {personality.kind}
    assert all(re.search(personality.reason, problem.reason) for problem in report.problems), report.problems
    assert not any(name in problem.reason for problem in report.problems for name in FILES), "what it printed is told"
    assert sum(guard.ledger.failed.values()) == personality.failed
    stage.play(HONEST)
    assert stage.run().exit_code is ExitCode.OK, "nothing of it was remembered"


@pytest.mark.parametrize("personality", HARMLESS, ids=lambda one: one.name)
def test_what_a_program_leaves_behind_is_gone(personality: Personality, stage: Stage) -> None:
    stage.play(personality)
    report = stage.run(timeout=5)
    assert (report.exit_code, report.problems) == (ExitCode.OK, ())
    assert stage.started()


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda one: one.name)
def test_in_place_of_ruff_it_does_no_better(personality: Personality, stage: Stage) -> None:
    stage.repo.commit({f"{name}.py": "x = 1\n" for name in "abc"})
    assert RUFF.program is not None
    stage.guard = replace(RUFF, program=replace(RUFF.program, name=TOOL, oldest=(1, 2)), select=RUFF.select)
    stage.play(dataclasses.replace(personality, code=f"names = names[names.index('--') + 1:]\n{personality.code}"))
    report = stage.run(guards=("ruff",))
    (guard,) = report.guards
    assert (report.exit_code, report.verdict) == (ExitCode.RUNTIME, Verdict.INCOMPLETE)
    assert sum(guard.ledger.failed.values()) == 3
    assert guard.ledger.looked() == 0


def test_an_honest_program_is_believed_and_remembered(stage: Stage) -> None:
    stage.repo.write("empty.txt", "")
    stage.play(HONEST)
    report = stage.run()
    assert [(finding.rule, finding.path) for finding in report.findings] == [("sizes/empty", "empty.txt")]
    assert report.guards[0].engine[TOOL] == "1.2.3"
    stage.play(Personality("gone", "sys.exit(1)", ""))
    assert stage.run().findings == report.findings


@pytest.mark.parametrize("there", [True, False], ids=["replaced", "comes"])
def test_a_report_rests_on_the_program_that_would_be_found(
    there: bool, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is put where it is looked for first, or where there was none, is another state."""
    first = stage.bin.parent / "first"
    first.mkdir()
    monkeypatch.setenv("PATH", f"{first}{os.pathsep}{os.environ['PATH']}")
    if there:
        stage.play(HONEST)
    request = Request(cwd=str(stage.repo.root), guards=("sizes",))
    taken = run_with_evidence(request, registry=Registry(given=[stage.guard])).evidence
    assert taken is not None
    assert replay.all_same(taken.packed_witnesses())
    install(HONEST, first if there else stage.bin, TOOL, stage.pids)
    assert not replay.all_same(taken.packed_witnesses())


def test_another_version_is_asked_again(stage: Stage) -> None:
    stage.play(HONEST)
    stage.run()
    tool = stage.bin / TOOL
    tool.write_text(tool.read_text().replace("tool 1.2.3", "tool 1.3"))
    assert stage.run().guards[0].ledger.checked == len(FILES)


# ---- One bad file does not take the others with it -------------------------------------------------------------------

PICKY = "bad = [name for name in names if b'bad' in open(name, 'rb').read()]\n"


@pytest.mark.parametrize(
    "end", ["os.kill(os.getpid(), signal.SIGSEGV)", "sys.exit(3)", "say('?')"], ids=["crash", "failure", "garbage"]
)
def test_the_file_that_breaks_a_program_is_found(end: str, stage: Stage) -> None:
    stage.repo.commit({f"{number}.txt": "bad" if number == 37 else f"{number}" for number in range(100)})
    stage.play(Personality("picky", f"{PICKY}if bad: {end}\nlook(*names)", ""))
    report = stage.run(timeout=5)
    assert [(problem.path, problem.kind) for problem in report.problems] == [("37.txt", ProblemKind.TOOL_FAILED)]
    assert report.guards[0].ledger.checked == 102
    assert len(stage.started()) < 20


def test_a_program_that_always_breaks_is_not_tried_for_ever(stage: Stage) -> None:
    stage.repo.commit({f"{number}.txt": f"{number}" for number in range(200)})
    stage.play(Personality("broken", "sys.exit(3)", ""))
    report = stage.run(timeout=5)
    assert sum(report.guards[0].ledger.failed.values()) == 203
    assert len(stage.started()) < 50


def test_more_files_than_one_start_takes_are_all_looked_at(stage: Stage) -> None:
    stage.repo.commit({f"{number}.txt": f"{number}" for number in range(1_200)})
    stage.play(HONEST)
    assert stage.run(timeout=20).guards[0].ledger.checked == 1_203
    assert len(stage.started()) == 3


# ---- What it is given ------------------------------------------------------------------------------------------------


def test_it_sees_private_copies_and_nothing_of_the_tree(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name of the tree, no variable of ours, no input; each file alone, and readable for nobody else."""
    monkeypatch.setenv("TOOL_OPTIONS", "--ignore-all")
    stage.repo.commit({"-rf .txt": "dash", "new\nline.txt": "line", "sub/__init__.txt": "init"})
    seen = stage.pids.parent / "seen"
    code = f"""
import json, stat
with open({str(seen)!r}, "w") as file:
    modes = [oct(stat.S_IMODE(os.stat(path).st_mode)) for path in (".", os.path.dirname(names[0]), names[0])]
    beside = [os.listdir(os.path.dirname(name)) for name in names]
    json.dump([names, modes, beside, sorted(os.environ), sys.stdin.read(), os.getcwd()], file)
look(*names)
"""
    stage.play(Personality("curious", code, ""))
    assert stage.run(timeout=5).exit_code is ExitCode.OK
    import json

    names, modes, beside, variables, stdin, folder = json.loads(seen.read_text())
    assert names == [f"{number}/file" for number in range(6)]
    assert modes == ["0o700", "0o700", "0o600"]
    assert beside == [["file"]] * 6
    assert set(variables) <= {
        *("HOME", "LC_ALL", "LC_CTYPE", "NO_COLOR", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "TMPDIR")
    }
    assert stdin == ""
    assert not folder.startswith(str(stage.repo.root))


def test_a_file_that_changes_while_it_runs_is_not_remembered_as_what_it_became(stage: Stage) -> None:
    """The program looks at what guard has read, and that is what the answer is kept for."""
    victim = stage.repo.root / "a.txt"
    victim.write_text("full\n")
    stage.play(Personality("slow", f"open({str(victim)!r}, 'w').close(); look(*names)", ""))
    stage.run(timeout=5, touches=True)
    stage.play(HONEST)
    report = stage.run()
    assert [finding.path for finding in report.findings] == ["a.txt"]
    assert (report.guards[0].ledger.checked, report.guards[0].ledger.cached) == (1, 2)


def test_only_what_triggers_is_given_to_it(stage: Stage) -> None:
    stage.guard = replace(SIZES, triggers=(Trigger("b.txt", literal=True),))
    stage.play(Personality("counting", "assert len(names) == 1\nlook(*names)", ""))
    report = stage.run(timeout=5)
    assert (report.exit_code, report.guards[0].ledger.checked) == (ExitCode.OK, 3)


def test_what_is_too_large_or_cannot_be_read_is_a_problem_and_the_others_are_looked_at(stage: Stage) -> None:
    stage.repo.write("large.txt", "x" * 2000)
    stage.repo.write("pipe.txt", "x")
    stage.repo.stage()
    (stage.repo.root / "pipe.txt").unlink()
    os.mkfifo(stage.repo.root / "pipe.txt")
    stage.play(HONEST)
    report = stage.run(flags={"max-file-size": 1000}, timeout=5)
    assert [(one.path, one.kind) for one in report.problems] == [
        ("large.txt", ProblemKind.LIMIT),
        ("pipe.txt", ProblemKind.UNREADABLE),
    ]
    assert report.guards[0].ledger.checked == 3


@pytest.mark.parametrize("view", [ViewName.INDEX, ViewName.COMMIT])
def test_other_views_are_looked_at_without_the_disk(view: ViewName, stage: Stage) -> None:
    stage.repo.commit({"empty.txt": "", "b.txt": "", "c.txt": ""})
    stage.repo.write("empty.txt", "full")
    stage.repo.write("untracked.txt", "")
    if view is ViewName.INDEX:
        stage.repo.write("d.txt", "")
        stage.repo.stage("d.txt")
    stage.play(HONEST)
    report = stage.run(view=view, rev="HEAD" if view is ViewName.COMMIT else "", timeout=5)
    wanted = ["d.txt"] if view is ViewName.INDEX else ["b.txt", "c.txt", "empty.txt"]
    assert [finding.path for finding in report.findings] == wanted


# ---- Whether it is there ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (None, "is not installed: make it"),
        ("#!/bin/sh\necho tool 1.1.9\n", "1.1.9 is too old, 1.2 is needed"),
        ("#!/bin/sh\necho tool\n", "does not tell its version"),
        ("#!/bin/sh\necho tool 1.2.3; exit 1\n", "does not tell its version"),
        ("#!/nowhere\n", "does not tell its version"),
        ("#!/bin/sh\nkill -9 $$\n", "does not tell its version"),
        ("#!/bin/sh\nwhile :; do echo 1.2.3.4; done\n", ""),
    ],
)
def test_without_its_program_a_guard_that_was_asked_for_ends_in_2(
    script: str | None, reason: str, stage: Stage
) -> None:
    if script is not None:
        (stage.bin / TOOL).write_text(script)
        (stage.bin / TOOL).chmod(0o755)
    named = stage.run()
    stage.repo.write("guard.toml", 'enable = ["sizes"]\nskip = ["env", "hygiene", "schema", "secrets", "versions"]\n')
    enabled = stage.run(guards=())
    for report in (named, enabled):
        assert (report.exit_code, report.verdict) == (ExitCode.ENVIRONMENT, Verdict.INCOMPLETE)
        assert [(one.kind, one.guard) for one in report.problems] == [(ProblemKind.TOOL_MISSING, "sizes")]
        assert reason in report.problems[0].reason
        assert [(guard.id, guard.status) for guard in report.guards] == [("sizes", GuardStatus.FAILED)]


def test_nobody_asked_for_it_so_it_is_skipped_with_the_reason(stage: Stage) -> None:
    stage.guard = replace(SIZES, enabled=True)
    report = stage.run(guards=())
    (guard,) = [guard for guard in report.guards if guard.id == "sizes"]
    assert (guard.status, guard.reason) == (GuardStatus.SKIPPED, f"{TOOL} is not installed: make it")
    assert report.exit_code is ExitCode.OK


@pytest.mark.parametrize("way", ["in the tree", "relative", "a link into the tree"])
def test_a_program_of_the_tree_is_never_run(way: str, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    own = stage.repo.root / "bin"
    own.mkdir()
    marker = stage.pids.parent / "ran"
    (own / TOOL).write_text(f"#!/bin/sh\necho 1.2.3 >> {marker}\necho 1.2.3\n")
    (own / TOOL).chmod(0o755)
    (stage.bin / TOOL).symlink_to(own / TOOL)
    paths = {"in the tree": str(own), "relative": "bin", "a link into the tree": str(stage.bin)}
    monkeypatch.setenv("PATH", f"{paths[way]}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(stage.repo.root)
    assert stage.run().exit_code is ExitCode.ENVIRONMENT
    assert not marker.exists()


# ---- Guards of other people ------------------------------------------------------------------------------------------


def test_a_parser_that_is_not_ours_may_end_its_process(stage: Stage) -> None:
    def ends(output: Output, classes: Mapping[str, str]) -> Iterator[Told]:
        yield Told("0/file")
        os._exit(0)

    stage.guard = changed(parse=ends)
    assert not stage.guard.is_builtin
    stage.play(HONEST)
    report = stage.run(timeout=5)
    assert [one.kind for one in report.problems] == [ProblemKind.CRASHED]
    assert report.exit_code is ExitCode.RUNTIME


def test_a_parser_that_does_not_end_is_ended(stage: Stage) -> None:
    def loops(output: Output, classes: Mapping[str, str]) -> Iterator[Told]:
        yield Told("0/file")
        while True:
            pass

    stage.guard = changed(parse=loops)
    stage.play(HONEST)
    assert [one.kind for one in stage.run(timeout=0.5).problems] == [ProblemKind.TIMEOUT]


def test_rules_of_the_program_are_known_by_their_pattern(stage: Stage) -> None:
    def rule(rule_id: str) -> Rule | None:
        return Rule(rule_id, "It is so.", Level.NOTE) if rule_id == "sizes/other" else None

    stage.guard = changed(rule=rule)
    stage.play(Personality("negative", 'look(*names[1:]); say(f"{names[0]} -1\\n")', ""))
    report = stage.run(timeout=5)
    assert [(finding.rule, finding.level) for finding in report.findings] == [("sizes/other", Level.NOTE)]
    own = [rule.id for rule in report.rules if rule.id.startswith("sizes/")]
    assert own == ["sizes/empty", "sizes/other"]


# ---- Being stopped ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signals", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_neither_program_nor_copies(
    number: signal.Signals, signals: int, stage: Stage
) -> None:
    stage.play(Personality("stubborn", "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", ""))
    script = f"""
import sys
sys.path.insert(0, {os.getcwd()!r})
from guards._cli import signals
from guards._core.registry import Registry
from guards._core.runner import Request, run
from tests.faults.conftest import SIZES
signals.install()
report = run(Request(cwd=".", guards=("sizes",)), registry=Registry(given=[SIZES]))
sys.exit(report.exit_code)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=stage.repo.root, env={**os.environ, "TMPDIR": str(stage.tmp)}
    )
    for _ in range(500):
        if stage.started():
            break
        time.sleep(0.02)
    for _ in range(signals):
        process.send_signal(number)
        time.sleep(0.2)
    assert process.wait(20) == ExitCode.INTERRUPTED
    (pid,) = stage.started()
    assert wait_until_gone(pid)
    assert list(Path(stage.tmp).iterdir()) == []


@pytest.mark.parametrize("more", [{"scan": lambda source: ()}, {"asks_for": SIZES.select}], ids=["scan", "asks for"])
def test_a_guard_that_cannot_work_so_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="program"):
        replace(SIZES, **more)
