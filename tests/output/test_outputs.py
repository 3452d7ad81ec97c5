"""What holds for every output in the table, whatever the report holds."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from msgspec.structs import replace

from guards import _output
from guards._core.model import Edit, Fix
from guards._core.report import Report, Reported
from guards._output import OUTPUTS, Output
from guards._output.look import Look

from . import hostile, reports

LOOKS = (
    Look(),
    Look(verbose=True, colour=True, width=40, sarif_suppressed=True, sarif_category="nightly"),
    Look(quiet=True, markdown_bytes=4_000),
)
SGR = re.compile(r"\x1b\[[0-9;]*m")
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
SHARED = {"__init__", "inert", "look", "order", "patch", "phrases", "snippet"}


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("look", LOOKS, ids=("plain", "verbose", "quiet"))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(report=hostile.reports)
def test_any_report_becomes_inert_text(name: str, look: Look, report: Report) -> None:
    """Encodable, whole lines, no control but line ends and our own colours, and no line that a CI runner would obey."""
    text = OUTPUTS[name].render(report, look)
    text.encode("utf-8")
    assert text.endswith("\n")
    bare = SGR.sub("", text) if look.colour and name == "text" else text
    assert not CONTROLS.search(bare)
    assert not re.search(r"##\w*\[", text)
    obeyed = [line for line in text.split("\n") if line.lstrip().startswith("::")]
    assert name == "github" or obeyed == []
    assert all(re.match(r"::(error|warning|notice) [^:\r\n]*::", line) for line in obeyed)


@pytest.mark.parametrize("name", OUTPUTS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(report=hostile.reports, data=st.data())
def test_the_order_of_arrival_does_not_matter(name: str, report: Report, data: st.DataObject) -> None:
    shuffled = replace(
        report,
        findings=tuple(data.draw(st.permutations(_distinct(report)))),
        problems=tuple(data.draw(st.permutations(report.problems))),
        guards=tuple(reversed(report.guards)),
        rules=tuple(reversed(report.rules)),
    )
    report = replace(report, findings=_distinct(report))
    assert OUTPUTS[name].render(shuffled, Look()) == OUTPUTS[name].render(report, Look())


def _distinct(report: Report) -> tuple[Reported, ...]:
    """Findings whose fingerprints differ, as policy leaves them."""
    return tuple(replace(one, fingerprint=f"{number:04x}") for number, one in enumerate(report.findings))


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_sensitive_rule_publishes_no_replaced_text(name: str) -> None:
    """The text that a fix removes is the secret; it must be in no output, not even encoded."""
    secret = "".join(("s3", "cr3t-", "v4lue"))
    leak = reports.finding(
        rule="secrets/private-key",
        snippet=None,
        fix=Fix("remove it", (Edit(0, 13, secret.encode(), secret[::-1].encode()),)),
    )
    report = replace(reports.findings(), findings=(leak,))
    text = OUTPUTS[name].render(report, Look(verbose=True))
    assert not any(form in text for form in (secret, secret[::-1], secret.encode().hex()))


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_could_not_be_checked_is_said(name: str) -> None:
    """`csv` is a table of findings, where problems have no row; its run says so by exit code."""
    text = OUTPUTS[name].render(reports.problems(), Look(quiet=True))
    assert ("over 10 s" in text) is (name != "csv")


def test_the_table_names_every_format_module_once() -> None:
    modules = {path.stem for path in Path(str(_output.__file__)).parent.glob("*.py")}
    named = [output.render_at.partition(":")[0].rpartition(".")[2] for output in OUTPUTS.values()]
    assert sorted(named) == sorted(modules - SHARED)
    assert list(OUTPUTS) == ["text", "json", "sarif", "github", "markdown", "junit", "gitlab", "csv", "agent"]
    assert all(callable(import_module(f"guards._output.{module}").render) for module in named)


def test_an_output_that_returns_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="returned int"):
        Output("tests.output.test_outputs:_number", "").render(reports.green(), Look())


def _number(report: Report, look: Look) -> int:
    return 1


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import guards._output", [f"guards._output.{module}" for module in ("text", "json_report", "sarif", "inert")]),
        (
            "from guards._output import OUTPUTS; OUTPUTS['text'].render(report, Look())",
            ["rich", "guards._output.sarif"],
        ),
    ],
)
def test_only_what_is_used_is_imported(statement: str, absent: list[str]) -> None:
    """In a fresh interpreter: naming the formats loads none, and plain text needs no rich."""
    program = f"""
import sys
if "report" in {statement!r}:
    from guards._core.report import *
    from guards._core.model import ExitCode
    from guards._output.look import Look
    run = Run("1", "", 0, "/", "worktree", "all")
    report = Report(run, Verdict.PASS, ExitCode.OK, (), (), ())
{statement}
print(*sys.modules, sep="\\n")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert set(done.stdout.split()) & set(absent) == set()
    assert "guards._output" in done.stdout.split()
