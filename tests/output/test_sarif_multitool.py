"""A second opinion on SARIF: Microsoft's validator with the rules of the standard and of code scanning.

Its exit code says nothing: it is 0 whatever it found, and for a log that it could not read. So its report is parsed,
and a log that is known to be bad shows each time that it looked.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from guards._output.look import Look
from guards._output.sarif import render

from . import reports

PACKAGE = "@microsoft/sarif-multitool@5.7.0"
OBSOLETE = "GH1004"
"""Still has the limit of 1,000 results that code scanning gave up; our own test checks today's limits."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def multitool(request: pytest.FixtureRequest) -> Path:
    """The validator's binary, installed once into pytest's cache."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    cache = request.config.cache
    assert cache is not None
    folder = cache.mkdir("sarif-multitool")
    if not (found := _binaries(folder)):
        options = ["--no-save", "--no-audit", "--no-fund", "--prefix", str(folder)]
        subprocess.run([npm, "install", *options, PACKAGE], check=True, capture_output=True, timeout=300)
        found = _binaries(folder)
    (binary,) = found
    return binary


def _binaries(folder: Path) -> list[Path]:
    pattern = "node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool"
    return [*folder.glob(pattern), *folder.glob(f"{pattern}.exe")]


@pytest.fixture(scope="session")
def rules(multitool: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The validator's configuration with the rules of code scanning switched on, which they are not by default."""
    path = tmp_path_factory.mktemp("rules") / "rules.xml"
    subprocess.run([multitool, "export-validation-config", path], check=True, capture_output=True, timeout=60)
    text, switched = re.subn(
        rf'(<Properties Key="GH(?!{OBSOLETE[2:]})\d+\.\w+\.Options">\s*<Property Key="RuleEnabled" Value=)"Default"',
        r'\1"Error"',
        path.read_text(encoding="utf-8-sig"),
    )
    assert switched >= 10
    path.write_text(text, encoding="utf-8")
    return path


def verdicts(multitool: Path, rules: Path, folder: Path, text: str) -> set[tuple[str, str]]:
    """Level and rule of everything that the validator objects to."""
    log, answer = folder / "guard.sarif", folder / "answer.sarif"
    log.write_text(text, encoding="utf-8")
    options = ["--rule-kind", "Sarif;Ghas", "--config", str(rules), "--output", str(answer), "--log", "ForceOverwrite"]
    subprocess.run([multitool, "validate", log, *options], capture_output=True, timeout=120, check=False)
    (run,) = json.loads(answer.read_text(encoding="utf-8-sig"))["runs"]
    assert run["invocations"][0]["executionSuccessful"]
    return {(found.get("level", "warning"), found["ruleId"]) for found in run["results"]}


@pytest.mark.parametrize("report", reports.SMALL)
def test_nothing_is_wrong(multitool: Path, rules: Path, tmp_path: Path, report: str) -> None:
    text = render(reports.SMALL[report], Look(sarif_suppressed=True, sarif_category="nightly"))
    found = verdicts(multitool, rules, tmp_path, text)
    assert {rule for level, rule in found if level == "error"} == set()


def test_it_does_look(multitool: Path, rules: Path, tmp_path: Path) -> None:
    """A log with faults that both sets of rules know."""
    document: Any = json.loads(render(reports.findings(), Look()))
    run = document["runs"][0]
    run["results"][0]["locations"][0]["physicalLocation"]["region"] = {"startLine": 9, "endLine": 3}
    run["results"][1]["locations"] = []
    del run["tool"]["driver"]["rules"][0]["fullDescription"]
    found = verdicts(multitool, rules, tmp_path, json.dumps(document))
    errors = {rule for level, rule in found if level == "error"}
    assert {rule[:2] for rule in errors} == {"SA", "GH"}
