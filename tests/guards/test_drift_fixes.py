"""What drift writes where a value does not agree: one scalar and nothing else, or nothing at all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.drift_edits import outcomes, real_documents
from guards._core import fixes, mending
from guards._core.model import ExitCode
from guards._core.report import FindingStatus, Report
from guards._core.runner import Request
from guards.drift import GUARD
from guards.testing import fix_guard
from tests.conftest import Repository

BOM = b"\xef\xbb\xbf"
FACTS = """guard: 1
facts:
  port: {kind: port, value: 8080}
  python: {kind: version, value: "3.10"}
  tag: {kind: text, value: "v2"}
  api: {kind: url, value: "https://api.example/v2"}
  limit: {kind: number, value: 90}
  home: {kind: path, value: pyproject.toml}
  app: {kind: version, from: "pyproject.toml#project.version"}
  image: {kind: text, derive: "acme/api:{app}"}
bind:
"""
AUTHORITY = {"pyproject.toml": b'[project]\nversion = "1.4.0"\n'}


def fixed(bind: str, path: str, content: bytes) -> tuple[Report, bytes]:
    report, files = fix_guard(GUARD, AUTHORITY | {path: content}, canonical=f"{FACTS}  {bind}\n")
    assert files["pyproject.toml"] == AUTHORITY["pyproject.toml"]
    return report, files[path]


@pytest.mark.parametrize(
    ("bind", "path", "before", "after"),
    [
        ("port: ['a.yaml#p']", "a.yaml", b"# p: 1\r\np:   '8081'  # why\r\nq: [8081]\r\n",
         b"# p: 1\r\np:   '8080'  # why\r\nq: [8081]\r\n"),
        ("port: ['a.yaml#p']", "a.yaml", BOM + "é: ß\np: 8081".encode(), BOM + "é: ß\np: 8080".encode()),
        ("port: ['a.yaml#p']", "a.yaml", b"p: 1\n---\nq: 1\n---\np: 2\n", b"p: 8080\n---\nq: 1\n---\np: 8080\n"),
        ("port: ['a.yaml#p[*] | port.container']", "a.yaml", b"p:\n- '127.0.0.1:9:8081/tcp'\n- {target: 1, x: 1}\n",
         b"p:\n- '127.0.0.1:9:8080/tcp'\n- {target: 8080, x: 1}\n"),
        ("port: ['a.yaml#p']", "a.yaml", b"p: ${PORT:-80}\n", b"p: ${PORT:-8080}\n"),
        ("python: ['a.yaml#p']", "a.yaml", b"p: [3.9, '3.9']\n", b'p: ["3.10", \'3.10\']\n'),
        ("tag: ['a.yaml#p | image.tag']", "a.yaml", b"p: r.example:5000/a:v1@sha256:0f\n",
         b"p: r.example:5000/a:v2@sha256:0f\n"),
        ("image: ['a.yaml#p']", "a.yaml", b"p: acme/api:1.3.0\n", b"p: acme/api:1.4.0\n"),
        ("limit: ['a.yaml#p | duration']", "a.yaml", b"p: 2m\nq: 2m\n", b"p: 90s\nq: 2m\n"),
        ("python: [{at: 'a.toml#p', rel: lower-bound}]", "a.toml", b"p = '>=3.9,<4' # 3.9\n",
         b"p = '>=3.10,<4' # 3.9\n"),
        ("python: [{at: 'a.toml#p', rel: lower-bound}]", "a.toml", b"p = '^3.9'\n", b"p = '^3.10'\n"),
        ("python: [{at: 'Dockerfile#FROM | image.tag', rel: prefix}]", "Dockerfile", b"FROM python:3.9.1-slim AS a\n",
         b"FROM python:3.10-slim AS a\n"),
        ("port: ['Dockerfile#EXPOSE']", "Dockerfile", b"EXPOSE 1/tcp \\\n  8080 2\n",
         b"EXPOSE 8080/tcp \\\n  8080 8080\n"),
        ("port: ['.env#P']", ".env", b'export P="1" # 1\nQ=1\n', b'export P="8080" # 1\nQ=1\n'),
        ("port: ['a.ini#s.p']", "a.ini", b"[s]\np : 1\n; p = 1\n", b"[s]\np : 8080\n; p = 1\n"),
        ("port: ['a.json#p']", "a.json", b'{"p":1, "q": 1}', b'{"p":8080, "q": 1}'),
        ("port: ['a.py#P']", "a.py", b"P = 1  # 1\n", b"P = 8080  # 1\n"),
        ("app: ['a.py#V']", "a.py", b"V = 'v1'\n", b"V = 'v1.4.0'\n"),
        ("port: ['a.md#mention(url.port)']", "a.md", b"a <http://x:1/> b\n\n|u|\n|-|\n|http://x:2|\n",
         b"a <http://x:8080/> b\n\n|u|\n|-|\n|http://x:8080|\n"),
        ("port: ['a.yaml#mention(url.port)']", "a.yaml", b"a: http://x:1/ # http://x:2\n",
         b"a: http://x:8080/ # http://x:8080\n"),
        ("tag: [\"a.txt#regex('tag (?P<t>v[0-9]+)')\"]", "a.txt", b"tag v1, v1\n", b"tag v2, v1\n"),
        ("port: ['a.md#table[0][S=api].P']", "a.md", b"|S|P|\n|-|-|\n|api|`1`|\n|db|1|\n",
         b"|S|P|\n|-|-|\n|api|`8080`|\n|db|1|\n"),
    ],
)  # fmt: skip
def test_only_the_scalar_is_written(bind: str, path: str, before: bytes, after: bytes) -> None:
    report, content = fixed(bind, path, before)
    assert content == after
    assert {one.status for one in report.findings if one.rule == "drift/value"} == {FindingStatus.FIXED}
    assert not report.problems
    again, content = fixed(bind, path, after)
    assert content == after
    assert not [one for one in again.findings if one.rule == "drift/value"]


@pytest.mark.parametrize(
    ("bind", "path", "content"),
    [
        pytest.param("app: ['pyproject.toml#tool.v']", "pyproject.toml",
                     b'[project]\nversion = "1.4.0"\n[tool]\nv = "1.4.0"\n', id="agreeing"),
        pytest.param("python: ['pyproject.toml#project.version']", "pyproject.toml",
                     b'[project]\nversion = "1.4.0"\n', id="the authority of another fact"),
        pytest.param("port: ['a.yaml#p']", "a.yaml", b"x: &x 1\np: *x\n", id="behind an alias"),
        pytest.param("port: ['a.yaml#x']", "a.yaml", b"x: &x 1\np: *x\n", id="with an alias of it"),
        pytest.param("port: ['a.yaml#p']", "a.yaml", b'p: "\\x38"\n', id="with escapes"),
        pytest.param("port: ['a.yaml#p']", "a.yaml", "p: 1\n".encode("utf-16"), id="in UTF-16"),
        pytest.param("tag: ['a.yaml#p | item[0]']", "a.yaml", b"p: >\n  v1\n", id="folded"),
        pytest.param("python: [{at: 'a.toml#p', rel: satisfies}]", "a.toml", b"p = '>=4'\n", id="no one answer"),
        pytest.param("python: [{at: 'a.toml#p', rel: lower-bound}]", "a.toml", b"p = '>=3.9,!=3.9'\n", id="twice"),
        pytest.param("python: [{at: 'a.toml#p', rel: lower-bound}]", "a.toml", b"p = '>=3.9,<3.10'\n", id="empty"),
        pytest.param("port: ['a.json#p']\n  limit: ['a.json#p']", "a.json", b'{"p": 1}', id="two facts disagree"),
        pytest.param("port: ['a.json#p']\n  limit: ['a.json#p']", "a.json", b'{"p": 90}', id="another fact agrees"),
        pytest.param("port: ['a.json#p[*]']\n  limit: [{at: 'a.json#p[*]', rel: min-of}]", "a.json",
                     b'{"p": [90, 8080]}', id="all of them agree together"),
        pytest.param("python: ['a.json#p']", "a.json", b'{"p": 3.9}', id="no such number"),
        pytest.param("port: ['a.yaml#p']", "a.yaml", b"p: ${PORT}\n", id="filled in"),
        pytest.param("home: ['d/a.yaml#p']", "d/a.yaml", b"p: x/y\n", id="a path from a folder"),
    ],
)  # fmt: skip
def test_where_it_is_not_certain_nothing_is_written(bind: str, path: str, content: bytes) -> None:
    report, files = fix_guard(GUARD, AUTHORITY | {path: content}, canonical=f"{FACTS}  {bind}\n")
    assert files[path] == content
    assert FindingStatus.FIXED not in {one.status for one in report.findings}


def test_what_agrees_goes_on_to_agree() -> None:
    """Both ends of a requirement are facts: mending one leaves the other."""
    bind = "app: [{at: 'a.toml#p', rel: lower-bound}]\n  python: [{at: 'a.toml#p', rel: upper-bound}]"
    assert fixed(bind, "a.toml", b"p = '>=1,<=3.10'\n")[1] == b"p = '>=1.4.0,<=3.10'\n"


REPAIRABLE = "guard: 1\nfacts: {port: {kind: port, value: 8080}}\nbind: {port: ['*.yaml#p']}\n"


def test_a_read_only_file_is_refused_and_the_others_are_mended(repo: Repository) -> None:
    repo.commit({"canonical.yaml": REPAIRABLE, "a.yaml": "p: 1\n", "b.yaml": "p: 1\n"})
    (repo.root / "a.yaml").chmod(0o444)
    report = mending.mend(Request(cwd=str(repo.root), guards=("drift",))).report
    assert [(one.path, str(one.status), one.hint) for one in report.findings] == [
        ("a.yaml", "new", "Not fixed: a.yaml: it is read-only."),
        ("b.yaml", "fixed", ""),
    ]
    assert (repo.root / "a.yaml").read_text() == "p: 1\n"
    assert (repo.root / "b.yaml").read_text() == "p: 8080\n"
    assert report.exit_code is ExitCode.FINDINGS
    assert sorted(path.name for path in repo.root.iterdir()) == [".git", ".guard", "a.yaml", "b.yaml", "canonical.yaml"]


def test_a_file_that_changes_meanwhile_is_left_alone(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written to between the look and the edit, with the very bytes that the edit expects."""
    repo.commit({"canonical.yaml": REPAIRABLE, "a.yaml": "p: 1\n"})
    real = fixes.plan

    def meanwhile(*arguments: Any, **named: Any) -> fixes.Plan:
        repo.write("a.yaml", "p: 1\nq: 2\n")
        return real(*arguments, **named)

    monkeypatch.setattr(fixes, "plan", meanwhile)
    report = mending.mend(Request(cwd=str(repo.root), guards=("drift",))).report
    assert [one.hint for one in report.findings] == ["Not fixed: the file changed since it was looked at."]
    assert (repo.root / "a.yaml").read_text() == "p: 1\nq: 2\n"


def test_a_preview_writes_nothing(repo: Repository) -> None:
    repo.commit({"canonical.yaml": REPAIRABLE, "a.yaml": "p: 1 # x\n"})
    shown = mending.preview(Request(cwd=str(repo.root), guards=("drift",)))
    assert [(one.path, one.after) for one in shown.plan.changes] == [("a.yaml", b"p: 8080 # x\n")]
    assert (repo.root / "a.yaml").read_text() == "p: 1 # x\n"


def test_canonical_yaml_is_never_written() -> None:
    """Not even where a fact is bound to canonical.yaml itself."""
    canonical = b"""guard: 1
facts: {a: {kind: port, value: 1}, b: {kind: port, value: 2}}
bind: {b: ['canonical.yaml#facts.a.value']}
"""
    _, files = fix_guard(GUARD, {"canonical.yaml": canonical})
    assert files["canonical.yaml"] == canonical


def test_one_scalar_changes_and_nothing_else_in_the_documents_of_this_repository() -> None:
    """The whole of `benchmarks.drift_edits` runs on source distributions; this is its small form."""
    root = Path(__file__).parents[2]
    folders = [str(root / name) for name in ("guards", "tests", "benchmarks")]
    documents = [*real_documents(folders), ("pyproject.toml", (root / "pyproject.toml").read_bytes())]
    found = Counter(outcome for path, data in documents for outcome in outcomes(path, data, most=5))
    assert len(documents) > 20
    assert found["WRONG"] == 0
    assert found["changed"] > 0.6 * found.total()
