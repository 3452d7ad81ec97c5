"""A run from a request to a report: what is asked for, what is compared, and what is said when there is nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from guards import Case, ExitCode, Fact, Finding, Guard, Rule, Select, Source, Span, Trigger
from guards._core.errors import GuardError
from guards._core.model import Judged, Kind, Need, Seen
from guards._core.registry import Registry
from guards._core.report import GuardStatus, Report, Verdict
from guards._core.runner import Request, ViewName, run
from tests.conftest import Repository


@dataclass(frozen=True)
class NoOptions:
    pass


def todos(source: Source[NoOptions]) -> Iterable[Seen]:
    for start in source.hits.get(0, ()):
        line = source.text.count(b"\n", 0, start) + 1
        yield Finding("todo/open", "something is open", span=Span(line, 1, line, 5))


def names(source: Source[NoOptions]) -> Iterable[Seen]:
    yield from (Fact("name", word) for word in source.data.decode().split() if word.isupper())


def undeclared(case: Case[NoOptions]) -> Iterable[Judged]:
    """Every name that some file uses must stand in `declared`, which judge asks for by itself."""
    if "declared" in {entry.path for entry in case.entries} and "declared" not in case.facts:
        yield Need(("declared",))
        return
    declared = {fact.data for fact in case.facts.get("declared", ())}
    for path, facts in sorted(case.facts.items()):
        for fact in facts:
            if path != "declared" and fact.data not in declared:
                yield Finding("names/undeclared", f"{fact.data} is declared nowhere", path=path, subject=str(fact.data))


TODO = Guard(
    id="todo", summary="Finds what is open.", rules=(Rule("todo/open", "Open."),), options=NoOptions, scan=todos,
    triggers=(Trigger("TODO", literal=True),),
)  # fmt: skip
NAMES = Guard(
    id="names", summary="Finds undeclared names.", rules=(Rule("names/undeclared", "Undeclared."),), options=NoOptions,
    scan=names, judge=undeclared, sees_tree=True, triggers=(Trigger("uses "),),
    asks_for=Select(names=frozenset({"declared"})),
)  # fmt: skip


def check(root: str, *guards: Guard[Any], **wanted: Any) -> Report:
    request = Request(cwd=root, guards=tuple(guard.id for guard in guards), **wanted)
    return run(request, registry=Registry(given=guards))


def found(report: Report) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.path, finding.subject) for finding in report.findings]


def test_staged_changes_are_compared_with_head_and_old_findings_stay_silent(repo: Repository) -> None:
    repo.commit({"a": "TODO old\n", "b": "fine\n"})
    repo.write("a", "moved\nTODO old\nTODO new\n")
    repo.stage("a")
    repo.write("a", "nothing of this is staged\n")

    report = check(str(repo.root), TODO, view=ViewName.INDEX)

    assert [(f.path, f.span and f.span.line) for f in report.findings] == [("a", 3)]
    assert report.files == 1
    assert report.run.base == report.run.commit != ""


def test_a_removed_declaration_is_seen_in_the_file_that_still_uses_it(repo: Repository) -> None:
    repo.commit({"declared": "PORT HOST\n", "code": "uses PORT\n", "other": "uses GHOST\n"})
    assert found(check(str(repo.root), NAMES)) == [("names/undeclared", "other", "GHOST")]

    repo.write("declared", "HOST\n")
    repo.stage("declared")

    staged = check(str(repo.root), NAMES, view=ViewName.INDEX)
    assert found(staged) == [("names/undeclared", "code", "PORT")]
    assert found(check(str(repo.root), NAMES, since="HEAD")) == found(staged)


def test_warm_and_cold_runs_say_the_same(repo: Repository) -> None:
    repo.commit({"declared": "PORT\n", "code": "uses PORT HOST\n", "todo": "TODO\n"})
    cold = check(str(repo.root), NAMES, TODO)
    warm = check(str(repo.root), NAMES, TODO)

    assert warm.findings == cold.findings
    assert [guard.ledger.cached for guard in cold.guards] == [0, 0]
    assert [guard.ledger.checked for guard in warm.guards] == [0, 0]
    assert all(guard.ledger.adds_up() for guard in (*cold.guards, *warm.guards))


def test_judge_gets_only_the_files_that_its_guard_declares(repo: Repository) -> None:
    def greedy(case: Case[NoOptions]) -> Iterable[Judged]:
        yield Need(("private",)) if "private" not in case.facts else Finding("g/x", "x", path="private", subject="x")

    guard = Guard(
        id="g", summary="Asks.", rules=(Rule("g/x", "X."),), options=NoOptions, scan=names, judge=greedy, sees_tree=True
    )
    repo.commit({"private": "nothing\n"})

    report = check(str(repo.root), guard)

    assert report.exit_code is ExitCode.RUNTIME
    assert [problem.path for problem in report.problems] == ["private"]


def test_judge_that_never_has_enough_is_stopped(repo: Repository) -> None:
    def restless(case: Case[NoOptions]) -> Iterable[Judged]:
        yield Need((f"file{len(case.facts)}",))

    guard = Guard(
        id="g", summary="Asks.", rules=(Rule("g/x", "X."),), options=NoOptions, judge=restless, sees_tree=True,
        asks_for=Select(),
    )  # fmt: skip
    repo.commit({f"file{number}": "" for number in range(10)})

    report = check(str(repo.root), guard)

    assert "still asks" in report.problems[0].reason
    assert report.exit_code is ExitCode.RUNTIME


def test_links_and_files_of_the_same_bytes_are_told_apart_by_the_cache(repo: Repository) -> None:
    def kinds(source: Source[NoOptions]) -> Iterable[Seen]:
        yield Finding("g/x", source.kind.value, subject=source.kind.value)

    guard = Guard(
        id="g", summary="Kinds.", rules=(Rule("g/x", "X."),), options=NoOptions, scan=kinds,
        select=Select(kinds=frozenset({Kind.FILE, Kind.SYMLINK})),
    )  # fmt: skip
    repo.write("file", "target")
    os.symlink("target", repo.root / "link")
    expected = [("g/x", "file", "file"), ("g/x", "link", "symlink")]

    assert found(check(str(repo.root), guard)) == expected
    assert found(check(str(repo.root), guard)) == expected


def test_paths_narrow_what_is_reported_and_not_what_is_judged(repo: Repository) -> None:
    repo.commit({"declared": "PORT\n", "sub/code": "uses HOST\n", "sub dir/é": "uses USER\n"})

    assert found(check(str(repo.root), NAMES, paths=("sub dir",))) == [("names/undeclared", "sub dir/é", "USER")]
    assert found(check(str(repo.root / "sub"), NAMES, paths=("code",))) == [("names/undeclared", "sub/code", "HOST")]
    with pytest.raises(GuardError, match="nothing to check at nowhere"):
        check(str(repo.root), NAMES, paths=("nowhere",))


def test_excluded_paths_are_in_the_ledger_and_not_in_the_findings(repo: Repository) -> None:
    repo.write("guard.toml", 'exclude = ["vendor"]\n[todo]\nexclude = ["*.md"]\n')
    repo.commit({"vendor/a": "TODO\n", "b.md": "TODO\n", "c": "TODO\n"})

    report = check(str(repo.root), TODO)

    assert found(report) == [("todo/open", "c", "")]
    assert report.guards[0].ledger.excluded == {"*.md": 1, "vendor": 1}


def test_nothing_to_check_is_said_and_is_an_error_only_when_strict(repo: Repository) -> None:
    repo.commit({"a": "TODO\n"})

    report = check(str(repo.root), TODO, view=ViewName.INDEX)
    strict = check(str(repo.root), TODO, view=ViewName.INDEX, flags={"strict": True})

    assert (report.status, report.reason, report.exit_code) == ("skipped", "nothing is staged", ExitCode.OK)
    assert strict.exit_code is ExitCode.ENVIRONMENT


def test_a_level_for_a_rule_that_does_not_exist_is_refused(repo: Repository) -> None:
    repo.write("guard.toml", '[levels]\n"todo/opne" = "note"\n')
    with pytest.raises(GuardError, match=r"guard\.toml:2:1: .*no rule 'todo/opne' \(did you mean 'todo/open'\?\)"):
        check(str(repo.root), TODO)


def test_a_file_over_the_limit_is_a_problem_unless_the_guard_reads_streams(repo: Repository) -> None:
    repo.commit({"big": "TODO\n" * 100})

    report = check(str(repo.root), TODO, flags={"max-file-size": 100})

    assert (report.verdict, report.exit_code) == (Verdict.INCOMPLETE, ExitCode.RUNTIME)
    assert report.guards[0].status is GuardStatus.FAILED
    assert report.guards[0].ledger.failed == {"larger than 100 bytes": 1}


def test_utf_16_and_a_false_mark_hide_nothing(repo: Repository) -> None:
    repo.write("wide", b"\xff\xfe" + "one\nTODO two\n".encode("utf-16-le"))
    repo.write("liar", b"\xff\xfeTODO in plain ASCII\n")

    assert [(f.path, f.span and f.span.line) for f in check(str(repo.root), TODO).findings] == [
        ("liar", 1),
        ("wide", 2),
    ]
