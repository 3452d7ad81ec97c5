"""Projects of a monorepo: their own canonical.yaml, with the facts of the root, and every error in the right file."""

from __future__ import annotations

from guards._core.model import ExitCode
from guards._core.report import Report
from guards.drift import GUARD
from guards.testing import fix_guard, run_guard

ROOT = """guard: 1
projects: [services/api, services/web]
facts:
  db.port: {kind: port, value: 5433}
  app: {kind: version, value: "1.4.0"}
bind:
  app: [/pyproject.toml#version]
"""
API = """guard: 1
facts:
  port: {kind: port, value: 8091}
  url: {kind: text, derive: "http://api:{port}"}
  main: {kind: path, value: main.py}
  own: {kind: version, from: "pyproject.toml#version"}
bind:
  port: [.env#PORT]
  url: ["settings.toml#url"]
  own: ["settings.toml#version"]
  db.port: [.env#DB_PORT]
"""
WEB = """guard: 1
facts:
  app: {kind: version, value: "2.0.0"}
bind:
  app: [pyproject.toml#version]
  db.port: ["*.toml#db"]
"""
TREE = {
    "canonical.yaml": ROOT,
    "pyproject.toml": 'version = "1.4.0"\n',
    "services/api/canonical.yaml": API,
    "services/api/.env": "PORT=8091\nDB_PORT=5433\n",
    "services/api/settings.toml": 'url = "http://api:8091"\nversion = "3.1"\n',
    "services/api/pyproject.toml": 'version = "3.1"\n',
    "services/api/main.py": "",
    "services/web/canonical.yaml": WEB,
    "services/web/pyproject.toml": 'version = "2.0.0"\ndb = 5433\n',
}


def told(changes: dict[str, str]) -> Report:
    return run_guard(GUARD, {path: text.encode() for path, text in (TREE | changes).items() if text != "-"})


def test_facts_are_taken_over_and_bound_below_the_folder() -> None:
    report = told({})
    assert (report.findings, report.problems, report.exit_code) == ((), (), ExitCode.OK)


def test_each_finding_names_the_fact_of_its_project_and_the_file_that_says_it() -> None:
    report = told(
        {
            "services/api/.env": "PORT=1\nDB_PORT=2\n",
            "services/api/settings.toml": 'url = "x"\nversion = "4"\n',
            "services/api/main.py": "-",
            "services/web/pyproject.toml": 'version = "1.4.0"\n',
        }
    )
    assert [(one.path, one.rule, one.subject, one.span and one.span.line) for one in report.findings] == [
        ("services/api/.env", "drift/value", "services/api:port", 1),
        ("services/api/.env", "drift/value", "db.port", 2),
        ("services/api/canonical.yaml", "drift/missing-path", "services/api:main", 5),
        ("services/api/settings.toml", "drift/value", "services/api:url", 1),
        ("services/api/settings.toml", "drift/value", "services/api:own", 2),
        ("services/web/canonical.yaml", "drift/unmatched-bind", "db.port services/web/**/*.toml#db", 6),
        ("services/web/pyproject.toml", "drift/value", "services/web:app", 1),
    ]
    declared = {one.subject: one.related[0] for one in report.findings if one.related}
    assert declared["services/api:port"][:1] == ("services/api/canonical.yaml",)
    assert declared["services/api:port"].span is not None
    assert declared["services/api:port"].span.line == 3
    assert declared["db.port"].path == "canonical.yaml"


def test_errors_stand_in_the_file_that_has_them() -> None:
    report = told(
        {
            "services/api/canonical.yaml": "guard: 1\nfacts:\n  port: {kind: prot, value: 1}\n",
            "services/web/canonical.yaml": "guard: 1\nbind:\n  db.prot: [a#b]\nprojects: []\n",
        }
    )
    assert [(one.path, one.span and one.span[:2], one.reason) for one in report.problems] == [
        ("services/api/canonical.yaml", (3, 16), report.problems[0].reason),
        ("services/web/canonical.yaml", (3, 3), "bind.db.prot: there is no fact 'db.prot' (did you mean 'db.port'?)"),
        (
            "services/web/canonical.yaml",
            (4, 1),
            "projects: unknown section 'projects' (known: guard, facts, bind, live)",
        ),
    ]
    assert "expected one of 'port'" in report.problems[0].reason
    assert report.exit_code is ExitCode.SCHEMA


def test_a_project_that_is_not_there_and_folders_that_lead_away() -> None:
    assert [one.reason for one in told({"services/web/canonical.yaml": "-"}).problems] == [
        "there is no services/web/canonical.yaml"
    ]
    for folder in ("../other", "/etc", ".", "a/../b", "services/api/"):
        report = told({"canonical.yaml": ROOT.replace("services/web", folder)})
        assert [one.reason for one in report.problems] == [
            "projects.1: write a folder below the root, such as services/api"
        ]


def test_only_projects_have_facts() -> None:
    root = "guard: 1\nprojects: [services/web]\n"
    web = 'guard: 1\nfacts: {app: {kind: version, value: "2.1"}}\nbind: {app: [/pyproject.toml#version]}\n'
    report = told({"canonical.yaml": root, "services/web/canonical.yaml": web})
    assert [one.subject for one in report.findings] == ["services/web:app"]


def test_a_fix_writes_below_the_folder_and_no_canonical_yaml() -> None:
    tree = {path: text.encode() for path, text in TREE.items()} | {"services/api/.env": b"PORT=1 # x\nDB_PORT=5433\n"}
    _, files = fix_guard(GUARD, tree)
    assert files == tree | {"services/api/.env": b"PORT=8091 # x\nDB_PORT=5433\n"}
