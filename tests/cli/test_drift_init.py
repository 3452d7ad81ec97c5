"""`guard drift init`: what stands in several places becomes a draft that agrees, and nothing is written unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Guard
from tests.conftest import Repository

TREE = {
    "pyproject.toml": '[project]\nversion = "1.4.0"\nrequires-python = ">=3.11"\n',
    "src/api/__init__.py": '__version__ = "1.4.0"\n',
    "compose.yaml": 'services:\n  api: {image: "a/api:1", ports: ["8090:80", "443:443"]}\n  db: {image: "pg:16.1"}\n',
    "compose.dev.yaml": 'services: {db: {image: "pg:16.1", ports: ["5433:5432"]}}\n',
    ".env.example": "API_PORT=8090\nDB_PORT=5433\nOTHER=8090\n",
    "Dockerfile": "FROM python:3.11-slim\n",
    ".github/workflows/ci.yml": "jobs: {t: {strategy: {matrix: {python-version: ['3.12', '3.11', '3.13']}}}}\n",
    "README.md": "Open <http://localhost:8090/> and read `docs/guide.md` or `docs/gone.md`.\n",
    "docs/guide.md": "# Guide\n",
    "tests/data/compose.yaml": 'services: {db: {ports: ["5433:5432"]}}\n',
}
DRAFT = """\
guard: 1
facts:
  api.port: {kind: port, value: 8090}
  app.version: {kind: version, from: "pyproject.toml#project.version"}
  db.port: {kind: port, value: 5433}
  path.docs-guide-md: {kind: path, value: "docs/guide.md"}
  pg.tag: {kind: text, value: "16.1"}
  python.min: {kind: version, value: "3.11"}
bind:
  api.port:
    - ".env.example#API_PORT"
    - "README.md#mention(url.port, \\"localhost\\")"
    - "/compose.yaml#services.api.ports[0] | port.host"
  app.version:
    - "src/api/__init__.py#__version__"
  db.port:
    - ".env.example#DB_PORT"
    - "compose.dev.yaml#services.db.ports[0] | port.host"
  path.docs-guide-md:
    - "README.md#regex('`(?P<path>docs/guide\\\\.md)`')"
  pg.tag:
    - "compose.dev.yaml#services.db.image | image.tag"
    - "/compose.yaml#services.db.image | image.tag"
  python.min:
    - {at: ".github/workflows/ci.yml#jobs.t.strategy.matrix.python-version[*]", rel: min-of}
    - {at: "Dockerfile#FROM[0] | image.tag", rel: prefix}
    - {at: "pyproject.toml#project.requires-python", rel: lower-bound}
"""


STRANGER = {
    "package.json": '{"name": "a", "version": "2.1.0"}',
    "viz/package.json": '{"name": "b", "version": "1.0.0"}',
    "pyproject.toml": '[project]\nversion = "2.1.0"\n[tool.poetry.dependencies]\npython = "^3.10"\n'
    '[tool.mypy]\npython_version = "3.10"\n[tool.x.matrix]\npython = ["3.10", "3.12"]\n',
    ".readthedocs.yaml": 'build: {tools: {python: "3.10"}}\n',
    "compose.yaml": 'services: {redis: {image: "redis:7.2", ports: ["6380:6379"]}, '
    'mail: {image: "m:1", ports: ["1025:1025", "9988:9988"]}}\n',
    ".env.example": "MAIL_PORT=1025\n",
    "compose.ci.yaml": 'services: {redis: {image: "redis:7.2"}}\n',
    "settings.py": "class App:\n    REDIS_PORT = 6380\n",
    ".github/workflows/ci.yml": "jobs: {t: {strategy: {matrix: {python-version: ['3.10', 'pypy-3.10'], "
    "include: [{python-version: '3.10'}]}}, services: {redis: {image: 'redis:7.2', ports: ['6380:6379']}}}}\n",
}


def test_what_is_drafted_for_a_stranger_agrees(repo: Repository, guard: Guard) -> None:
    """Found on real projects: a name that means files elsewhere as well, another Python in a matrix, cases of it,
    Poetry's caret, words that only look like plurals. What is drafted has no finding, not even a twin."""
    repo.commit(STRANGER)
    assert guard("drift", "init", "--write").out.startswith("wrote canonical.yaml with 5 facts: ")
    judged = guard("drift", "--format", "json")
    assert [(one["rule"], one["path"], one["message"]) for one in judged.report["findings"]] == []
    facts, _, bind = (repo.root / "canonical.yaml").read_text().partition("bind:\n")
    assert [line.strip() for line in facts.splitlines()[2:]] == [
        'app.version: {kind: version, from: "pyproject.toml#project.version"}',
        "mail.port: {kind: port, value: 1025}",
        'python.min: {kind: version, value: "3.10"}',
        "redis.port: {kind: port, value: 6380}",
        'redis.tag: {kind: text, value: "7.2"}',
    ]
    assert '"/package.json#version"' in bind
    assert "matrix" not in bind
    assert "services.redis.ports[0] | port.host" in bind
    assert "services.mail.ports[0] | port.host" in bind
    assert "services.mail.ports[0] | port.container" in bind, "what others in the network of the services call"


@pytest.fixture
def service(repo: Repository) -> Repository:
    """A service as there are many."""
    repo.commit(TREE)
    return repo


def test_the_draft_is_shown_and_nothing_is_written(service: Repository, guard: Guard) -> None:
    result = guard("drift", "init")
    assert (result.code, result.err) == (0, "")
    assert result.out == DRAFT
    assert not (service.root / "canonical.yaml").exists()
    assert not service.run("status", "--porcelain")


def test_what_is_written_agrees(service: Repository, guard: Guard) -> None:
    result = guard("drift", "init", "--write")
    assert (result.code, result.out) == (0, "wrote canonical.yaml with 6 facts: `guard drift` compares their places.\n")
    assert (service.root / "canonical.yaml").read_text() == DRAFT
    assert service.run("status", "--porcelain") == b"?? canonical.yaml\n"
    judged = guard("drift", "--format", "json")
    assert judged.code == 0
    assert json.loads(judged.out)["findings"] == []
    again = guard("drift", "init", "--write")
    assert (again.code, again.out) == (2, "")
    assert "canonical.yaml is there already" in again.err


def test_editors_are_told_of_a_schema_that_every_clone_has(service: Repository, guard: Guard) -> None:
    """The file is laid where the modeline says, and canonical.yaml fits it; one that is there already stays."""
    path = "schemas/canonical.schema.json"
    assert guard("drift", "init", "--write", "--schema", path).code == 2
    assert not (service.root / "canonical.yaml").exists()
    (service.root / "schemas").mkdir()
    assert guard("drift", "init", "--write", "--schema", path).code == 0
    assert (service.root / "canonical.yaml").read_text() == f"# yaml-language-server: $schema={path}\n{DRAFT}"
    assert "facts" in json.loads((service.root / path).read_text())["properties"]
    assert service.run("status", "--porcelain") == b"?? canonical.yaml\n?? schemas/\n"
    assert guard("schema", "canonical.yaml").code == 0
    (service.root / "canonical.yaml").unlink()
    service.write(path, "{}")
    assert guard("drift", "init", "--write", "--schema", path).code == 0
    assert (service.root / path).read_text() == "{}"


def test_a_schema_elsewhere_is_only_pointed_to(service: Repository, guard: Guard) -> None:
    assert guard("drift", "init", "--write", "--schema", "https://example.org/canonical.json").code == 0
    first, _ = (service.root / "canonical.yaml").read_text().split("\n", 1)
    assert first == "# yaml-language-server: $schema=https://example.org/canonical.json"
    assert service.run("status", "--porcelain") == b"?? canonical.yaml\n"
    (service.root / "canonical.yaml").unlink()
    assert guard("drift", "init", "--write", "--schema", "../out.json").code == 2


def test_where_it_cannot_be_written_that_is_said(service: Repository, guard: Guard) -> None:
    (service.root / "canonical.yaml").symlink_to("nowhere.yaml")
    result = guard("drift", "init", "--write")
    assert (result.code, result.out) == (2, "")
    assert "canonical.yaml" in result.err
    assert not (service.root / "nowhere.yaml").exists()


def test_where_nothing_repeats_there_is_nothing_to_draft(repo: Repository, guard: Guard) -> None:
    repo.commit({"pyproject.toml": '[project]\nversion = "1"\n', "broken.yaml": "a: [\n"})
    result = guard("drift", "init", "--write")
    assert result.code == 0
    assert result.out.startswith("Nothing stands in several places")
    assert not (repo.root / "canonical.yaml").exists()


def test_without_git_and_with_names_that_a_terminal_would_obey(tmp_path: Path, guard: Guard) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    for name in ("a\x1b[1m.toml", "b.toml"):
        (folder / name).write_text("api-port = 8090\n")
    result = guard("drift", "init", cwd=folder)
    assert result.code == 0
    assert "api.port: {kind: port, value: 8090}" in result.out
    assert "\x1b" not in result.out
