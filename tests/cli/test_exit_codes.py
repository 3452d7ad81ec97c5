"""Each exit code by its real causes, the same in every format, with a whole report on stdout."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest

import guards
from guards._output import OUTPUTS
from tests.cli.conftest import Guard
from tests.conftest import Repository
from tests.output.test_sarif import STANDARD as SARIF

_CONFLICT = "<" * 7 + " ours\na\n" + "=" * 7 + "\nb\n" + ">" * 7 + " theirs\n"
_LINK = "hygiene/broken-symlink"
_SCHEMA = json.loads((Path(guards.__file__).parent / "_output" / "guard-report-1.schema.json").read_text("utf-8"))
_REPORT = jsonschema_rs.validator_for(_SCHEMA)

CLEAN: Mapping[str, str] = {"a.json": "{}\n"}
FINDING: Mapping[str, str] = {"a.json": "{}\n", "a.py": _CONFLICT}
UNPARSED: Mapping[str, str] = {"a.json": "{"}
CAUSES: Mapping[str, tuple[int, Mapping[str, str], list[str]]] = {
    "all is well": (0, CLEAN, []),
    "nothing to check": (0, {}, []),
    "a finding": (1, FINDING, []),
    "a finding, not to fail": (0, FINDING, ["--exit-zero"]),
    "settings that do not parse": (2, {**CLEAN, "guard.toml": "= 1"}, []),
    "an unknown setting": (2, {**CLEAN, "guard.toml": "fail-levle = 1"}, []),
    "an unknown table": (2, {**CLEAN, "guard.toml": "[hygeine]\n"}, []),
    "two files of settings": (2, {**CLEAN, "guard.toml": "", "pyproject.toml": "[tool.guard]\n"}, []),
    "two canonical files": (2, {**CLEAN, "canonical.yaml": "guard: 1", "config/canonical.yaml": "guard: 1"}, []),
    "an unknown guard in settings": (2, {**CLEAN, "guard.toml": 'enable = ["hygeine"]'}, []),
    "an unknown guard to skip": (2, CLEAN, ["--skip=hygeine"]),
    "a path that is not there": (2, CLEAN, ["nowhere"]),
    "a path outside": (2, CLEAN, ["/"]),
    "no such revision": (2, CLEAN, ["--rev=nowhere"]),
    "no such base": (2, CLEAN, ["--since=nowhere"]),
    "a revision like an option": (2, CLEAN, ["--rev=--all"]),
    "a path that never was": (2, CLEAN, ["--history", "nowhere"]),
    "no such settings file": (2, CLEAN, ["--config=nowhere.toml"]),
    "no such canonical file": (2, CLEAN, ["--canonical=nowhere.yaml"]),
    "local code without trust": (2, {**CLEAN, "guard.toml": 'enable = ["evil:GUARD"]'}, []),
    "nothing to check, strictly": (2, {}, ["--strict"]),
    "a findings-only mask over an error": (2, FINDING, ["--exit-zero", "--skip=nosuch"]),
    "a document that does not parse": (3, UNPARSED, []),
    "a document, with a mask for findings": (3, UNPARSED, ["--exit-zero"]),
    "a document and a finding": (3, {**UNPARSED, "a.py": _CONFLICT}, []),
    "canonical.yaml that does not parse": (3, {**CLEAN, "canonical.yaml": "{"}, []),
    "an unknown section": (3, {**CLEAN, "canonical.yaml": "guard: 1\nschemsa: {}\n"}, []),
    "an object that is missing": (4, CLEAN, ["--rev=HEAD"]),
    "a missing object in the history": (4, CLEAN, ["--history"]),
    "a missing object, with a mask for findings": (4, CLEAN, ["--rev=HEAD", "--exit-zero"]),
}
"""Cause to its code, the files and the arguments."""


def _set_up(repo: Repository, cause: str) -> tuple[int, list[str]]:
    """Make the cause; the code that it must have, and the arguments."""
    code, files, arguments = CAUSES[cause]
    if files:
        repo.commit(files)
    if "missing" in cause:
        blob = repo.id_of("HEAD:a.json")
        (repo.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    return code, arguments


def _is_whole(name: str, text: str) -> bool:
    """Whether it is a document of the format."""
    match name:
        case "json":
            return _REPORT.is_valid(json.loads(text))
        case "sarif":
            return SARIF.is_valid(json.loads(text))
        case "gitlab":
            return isinstance(json.loads(text), list)
        case "junit":
            return ET.fromstring(text).tag == "testsuites"
        case "csv":
            rows = list(csv.reader(io.StringIO(text)))
            return len({len(row) for row in rows}) == 1
        case _:
            return bool(text.strip()) and text.endswith("\n")


@pytest.mark.parametrize("cause", CAUSES)
def test_every_format_ends_with_the_same_code(guard: Guard, repo: Repository, cause: str) -> None:
    code, arguments = _set_up(repo, cause)
    for name in OUTPUTS:
        result = guard("all", f"--format={name}", *arguments)
        assert (name, result.code) == (name, code), result.err
        assert _is_whole(name, result.out), name
        assert "Traceback" not in result.err


@pytest.mark.parametrize("cause", CAUSES)
def test_the_report_tells_its_code(guard: Guard, repo: Repository, cause: str) -> None:
    """2, 4 and 5 are never without a problem, and never pass for complete."""
    code, arguments = _set_up(repo, cause)
    report = guard("all", "--format=json", *arguments).report
    assert report["exit_code"] == code
    if code in {2, 4} and "--strict" not in arguments:
        assert report["problems"]
    assert (report["verdict"] == "incomplete") == (code in {2, 4} or bool(report["problems"]))


@pytest.mark.parametrize(
    ("level", "fail_level", "code"),
    [
        ("error", "error", 1),
        ("warning", "error", 0),
        ("warning", "warning", 1),
        ("note", "warning", 0),
        ("note", "note", 1),
        ("off", "note", 0),
    ],
)
def test_levels_against_the_fail_level(guard: Guard, repo: Repository, level: str, fail_level: str, code: int) -> None:
    repo.link("a", "nowhere")
    repo.commit({"guard.toml": f'levels = {{"{_LINK}" = "{level}"}}\n'})
    result = guard("all", f"--fail-level={fail_level}", "--format=json")
    assert result.code == code
    assert [one["level"] for one in result.report["findings"]] == ([] if level == "off" else [level])


def test_a_document_below_the_fail_level_is_no_failure(guard: Guard, repo: Repository) -> None:
    repo.commit({**UNPARSED, "guard.toml": 'levels = {"schema/parse" = "warning"}\n'})
    assert guard("all").code == 0
    assert guard("all", "--fail-level=warning").code == 3


def test_strict_is_about_nothing_to_check_alone(guard: Guard, repo: Repository) -> None:
    repo.commit(CLEAN)
    assert guard("all", "--strict").code == 0


_USAGE: Mapping[str, tuple[list[str], str]] = {
    "unknown option": (["all", "--fromat=json"], "--format"),
    "unknown command": (["al"], "'all'"),
    "unknown guard": (["hygeine"], "'hygiene'"),
    "unknown format": (["all", "--format=jsn"], "json"),
    "wrong number": (["all", "--jobs=many"], "--jobs"),
    "no guard": (["run"], "GUARD"),
    "two views": (["all", "--staged", "--rev=HEAD"], "--staged"),
    "a history of the index": (["all", "--staged", "--history"], "--history"),
    "no output file": (["all", "--output=json"], "FORMAT=FILE"),
}


@pytest.mark.parametrize("name", _USAGE)
def test_a_command_line_that_cannot_be_read_says_what_was_meant(guard: Guard, repo: Repository, name: str) -> None:
    arguments, word = _USAGE[name]
    result = guard(*arguments)
    assert (result.code, result.out) == (2, "")
    assert word in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["-h"], *([name, "--help"] for name in ("all", "run", "hygiene", "schema", "list", "explain",
                                                         "doctor", "cache"))],
    ids=" ".join,
)  # fmt: skip
def test_help_is_help_and_not_a_run(guard: Guard, repo: Repository, arguments: list[str]) -> None:
    result = guard(*arguments)
    assert (result.code, result.err) == (0, "")
    assert "Usage: guard" in result.out
    assert not (repo.root / ".guard").exists()


def test_no_arguments_show_help_and_fail(guard: Guard) -> None:
    """A gate whose command was forgotten must not be green."""
    result = guard()
    assert result.code == 2
    assert "Usage: guard" in result.out + result.err


def test_json_is_all_there_is_on_stdout(guard: Guard, repo: Repository) -> None:
    """Twice, because the second time another way of writing is taken."""
    repo.commit(CLEAN)
    for _ in range(2):
        result = guard("all", "--format=json")
        assert json.loads(result.out)["exit_code"] == 0
        assert result.err == ""


def test_a_plan_of_the_codes_is_complete() -> None:
    assert {code for code, _, _ in CAUSES.values()} == {0, 1, 2, 3, 4}, "5 is in test_signals"
