"""What facts were, where canonical.yaml itself does not say it: in files that hold them, and in those of projects."""

from __future__ import annotations

import json

import pytest

from tests.cli.command import Result
from tests.cli.conftest import Guard
from tests.conftest import Repository

FACTS = """\
guard: 1
facts:
  app.version: {kind: version, from: "pyproject.toml#project.version"}
bind:
  app.version: ["app/__init__.py#__version__"]
"""


def manifest(version: str) -> str:
    return f'[project]\nname = "app"\nversion = "{version}"\n'


def zombies(result: Result) -> list[tuple[str, int, str, str]]:
    """Path, line, level and the value."""
    found = [one for one in result.report["findings"] if one["rule"] == "drift/zombie"]
    return [(one["path"], one["line"], one["level"], one["message"].split("`")[1]) for one in found]


@pytest.fixture
def app(repo: Repository) -> Repository:
    """Three releases."""
    for version in ("1.2.0", "1.3.0", "1.4.0"):
        repo.commit({"pyproject.toml": manifest(version), "app/__init__.py": f'__version__ = "{version}"\n'})
    repo.commit({"canonical.yaml": FACTS})
    return repo


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("chart.yaml", "appVersion: 1.3.0\n", ["1.3.0"]),
        ("deploy.sh", "APP_VERSION=1.2.0 ./run\n", ["1.2.0"]),
        ("deploy.sh", "APP_VERSION=1.4.0 ./run\n", []),
        ("docs/page.md", "The app of version 1.3.0 is the one before 1.4.0.\n", []),
        ("docs/page.md", "New in version 1.3.0 of the app.\n", []),
        ("docs/page.md", ".. versionadded:: 1.3.0 app version\n", []),
        ("docs/page.md", "From 1.2.0 to 1.3.0 the app's version\n", []),
        ("setup.txt", "app_version >= 1.3.0\n", []),
        ("CHANGELOG.md", "app version 1.3.0\n", []),
    ],
)
def test_former_values_of_an_authority(
    app: Repository, guard: Guard, path: str, text: str, expected: list[str]
) -> None:
    """A warning, as it is not canonical.yaml that says it; what tells of earlier times is left alone."""
    app.write(path, text)
    assert zombies(guard("drift", "--format", "json")) == [(path, 1, "warning", one) for one in expected]


def test_before_a_new_value_is_committed_the_last_one_is_a_former_one(app: Repository, guard: Guard) -> None:
    app.commit({"deploy.sh": "APP_VERSION=1.4.0\n"})
    assert zombies(guard("drift", "--format", "json")) == []
    app.write("pyproject.toml", manifest("1.5.0"))
    app.write("app/__init__.py", '__version__ = "1.5.0"\n')
    assert zombies(guard("drift", "--format", "json")) == [("deploy.sh", 1, "warning", "1.4.0")]


def test_a_shallow_clone_is_said_once_and_an_authority_without_a_value_calls_nothing_former(
    app: Repository, guard: Guard
) -> None:
    app.write("deploy.sh", "APP_VERSION=1.3.0\n")
    app.write("pyproject.toml", "[project]\n")
    assert zombies(guard("drift", "--format", "json")) == []
    app.commit({"pyproject.toml": manifest("1.4.0"), "other": ""})
    (app.root / ".git/shallow").write_text(app.id_of("HEAD~1") + "\n")
    rules = [one["rule"] for one in guard("drift", "--format", "json").report["findings"]]
    assert rules == ["drift/unknown-past"]


def test_what_a_fact_was_while_canonical_said_it_itself(app: Repository, guard: Guard) -> None:
    app.commit({"canonical.yaml": FACTS.replace('from: "pyproject.toml#project.version"', 'value: "0.9.0"')})
    app.commit({"canonical.yaml": FACTS})
    app.write("deploy.sh", "APP_VERSION=0.9.0\n")
    assert zombies(guard("drift", "--format", "json")) == [("deploy.sh", 1, "warning", "0.9.0")]


def test_former_values_of_a_project(repo: Repository, guard: Guard) -> None:
    """From the history of its own canonical.yaml, and of the file that holds a fact of it."""
    root = "guard: 1\nprojects: [part]\nfacts: {}\n"
    part = (
        "guard: 1\nfacts:\n  db.port: {kind: port, value: PORT}\n  tag: {kind: text, from: 'app.toml#image-tag'}\n"
        "bind: {db.port: [.env#DB_PORT], tag: [.env#TAG]}\n"
    )
    for port, tag in ((5431, "blue-1"), (5432, "blue-2")):
        repo.commit(
            {
                "canonical.yaml": root,
                "part/canonical.yaml": part.replace("PORT", str(port), 1),
                "part/app.toml": f'image-tag = "{tag}"\n',
                "part/.env": f"DB_PORT={port}\nTAG={tag}\n",
            }
        )
    repo.write("run.sh", "PART_DB_PORT=5431\nPART_TAG=blue-1\nPART_DB_PORT=5432\n")
    result = guard("drift", "--format", "json")
    assert zombies(result) == [("run.sh", 1, "error", "5431"), ("run.sh", 2, "warning", "blue-1")]
    json.dumps(result.report)
