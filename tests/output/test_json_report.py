"""The JSON report keeps its contract: the published keys in their order, the schema, and true values."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings

from guards._core.report import Report
from guards._output import OUTPUTS
from guards._output.json_report import SCHEMA, render
from guards._output.look import Look

from . import hostile, reports

FILE = files("guards._output") / "guard-report-1.schema.json"
RAW: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
FINDING = """
    rule guard level message path line column end_line end_column subject fingerprint status help_uri hint fix related
    waiver
"""
VALIDATOR = jsonschema_rs.validator_for(RAW, validate_formats=True)


def rendered(report: Report) -> dict[str, Any]:
    document = json.loads(render(report, Look()))
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("report", [*reports.SMALL.values(), reports.huge()])
def test_every_report_fits_the_schema(report: Report) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(rendered(report))] == []


@settings(deadline=None, max_examples=50)
@given(hostile.reports)
def test_hostile_reports_fit_the_schema(report: Report) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(rendered(report))] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "guard-report/2"),
        (("verdict",), "ok"),
        (("exit_code",), 6),
        (("summary", "error"), -1),
        (("findings", 0, "line"), 0),
        (("findings", 0, "column"), None),
        (("findings", 0, "status"), "old"),
        (("findings", 0, "extra"), 1),
        (("guards", 0, "ledger", "skipped"), {"reason": 0}),
        (("problems",), [{"guard": ""}]),
    ],
)
def test_the_schema_refuses_what_the_contract_does_not_allow(path: tuple[str | int, ...], value: object) -> None:
    document: Any = rendered(reports.findings())
    target = document
    for part in path[:-1]:
        target = target[part]
    assert VALIDATOR.is_valid(document)
    target[path[-1]] = value
    assert not VALIDATOR.is_valid(document)


def _objects(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for item in schema for found in _objects(item)]
    if not isinstance(schema, dict):
        return []
    below = [found for item in schema.values() for found in _objects(item)]
    return [schema, *below] if schema.get("type") == "object" else below


def test_the_schema_is_strict_and_explains_every_key() -> None:
    closed = [found for found in _objects(RAW) if "properties" in found]
    assert len(closed) == 12
    for found in closed:
        assert found["additionalProperties"] is False
        assert found["required"] == list(found["properties"])
        for name, value in found["properties"].items():
            assert value.get("description") or RAW["$defs"][value["$ref"].rpartition("/")[2]]["description"], name


def _keys(value: Any, schema: dict[str, Any]) -> None:
    """Asserts that every object has the schema's keys in the schema's order."""
    schema = RAW["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if isinstance(value, dict) and "properties" in schema:
        assert list(value) == list(schema["properties"])
        for name, part in value.items():
            _keys(part, schema["properties"][name])
    for item in value if isinstance(value, list) else []:
        _keys(item, schema["items"])


@pytest.mark.parametrize("report", reports.SMALL.values(), ids=reports.SMALL)
def test_keys_stand_in_the_published_order(report: Report) -> None:
    _keys(rendered(report), RAW)


def test_the_published_keys_come_first_and_in_their_order() -> None:
    """The contract of the first release, spelled out; what came later may only follow it."""
    document = rendered(reports.findings())
    problem = rendered(reports.problems())["problems"][0]
    for found, contract in [
        (document, "schema tool run verdict exit_code summary guards findings problems"),
        (document["tool"], "name version"),
        (
            document["run"],
            "id started duration_ms root view selection commit base profile config_hash canonical_hash",
        ),
        (document["summary"], "error warning note new baselined waived problems"),
        (document["guards"][0], "id status reason duration_ms ledger engine"),
        (document["guards"][0]["ledger"], "enumerated checked cached skipped excluded failed"),
        (document["findings"][0], FINDING),
        (problem, "guard path reason kind"),
    ]:
        keys = contract.split()
        assert list(found)[: len(keys)] == keys


def test_values_are_those_of_the_report() -> None:
    document = rendered(reports.findings())
    assert (document["schema"], document["verdict"], document["exit_code"]) == (SCHEMA, "fail", 1)
    assert document["summary"] == {
        "error": 4,
        "warning": 1,
        "note": 1,
        "new": 6,
        "baselined": 1,
        "waived": 1,
        "problems": 0,
        "fixed": 1,
        "files": 1_204,
    }
    by_fingerprint = {found["fingerprint"]: found for found in document["findings"]}
    found = by_fingerprint["5d41402abc4b2a76"]
    assert [found[key] for key in ("line", "column", "end_line", "end_column")] == [12, 17, 12, 41]
    assert found["related"][0]["path"] == ".env.example"
    assert by_fingerprint["00dd"]["line"] is None
    assert by_fingerprint["10bb"]["waiver"]["until"] == "2027-01-31"
    assert by_fingerprint["10aa"]["waiver"] is None
    assert by_fingerprint["00aa"]["fix"]["edits"] == [
        {"start": 0, "end": 0, "old": "", "new": "PORT=\n", "encoding": "utf-8"},
        {"start": 9, "end": 12, "old": "ff0021", "new": "fe", "encoding": "hex"},
    ]
    nothing_else = {"untrack": [], "ignore": [], "quarantine": False}
    assert by_fingerprint["00cc"]["fix"] == {
        "summary": "remove the key", "path": by_fingerprint["00cc"]["path"], "edits": [], **nothing_else,
    }  # fmt: skip


def test_a_name_that_is_not_utf8_is_shown_by_its_bytes() -> None:
    report = reports.findings()
    (path,) = (found["path"] for found in rendered(report)["findings"] if found["path"].endswith("\u0301.py"))
    assert r"\xff\x80\ud800" in path


def test_a_skipped_run_says_so_and_why() -> None:
    document = rendered(reports.skipped())
    assert (document["status"], document["reason"]) == ("skipped", "no file is selected")
    assert [(run["status"], run["reason"]) for run in document["guards"]] == 2 * [
        ("skipped", "canonical.yaml is absent")
    ]


def test_a_failed_guard_without_a_problem_is_reported_as_one() -> None:
    document = rendered(reports.interrupted())
    assert [(found["guard"], found["kind"]) for found in document["problems"]] == [
        ("", "interrupted"),
        ("env", "interrupted"),
    ]
    assert document["summary"]["problems"] == 2


def test_the_table_renders_this_format() -> None:
    assert OUTPUTS["json"].render(reports.green(), Look()) == render(reports.green(), Look())
