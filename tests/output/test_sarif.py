"""SARIF that the standard's schema and code scanning's limits accept, and that says what the report says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from guards._core.model import Edit, Fix, Level, Place, Problem, ProblemKind, Span
from guards._core.report import Report, Reported
from guards._output.look import Look
from guards._output.sarif import render

from . import hostile, reports

PLAIN = Look()
EVERYTHING = Look(sarif_suppressed=True, sarif_category="nightly")


def _standard() -> jsonschema_rs.Draft4Validator:
    """The vendored schema with the corrections of the standard's errata."""
    raw = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    definitions = raw["definitions"]
    for name in ("run", "toolComponent"):
        definitions[name]["properties"]["language"]["pattern"] = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"
    definitions["region"]["anyOf"] = [{"required": [start]} for start in ("startLine", "charOffset", "byteOffset")]
    return jsonschema_rs.Draft4Validator(raw, validate_formats=True)


STANDARD = _standard()


def log(report: Report, look: Look = PLAIN) -> Any:
    return json.loads(render(report, look))


def run(report: Report, look: Look = PLAIN) -> Any:
    (only,) = log(report, look)["runs"]
    return only


def result(finding: Reported, look: Look = PLAIN) -> Any:
    (only,) = run(replace(reports.green(), findings=(finding,)), look)["results"]
    return only


@pytest.mark.parametrize("look", [Look(), EVERYTHING], ids=["plain", "everything"])
@pytest.mark.parametrize("report", reports.SMALL.values(), ids=reports.SMALL)
def test_every_report_fits_the_standard(report: Report, look: Look) -> None:
    assert [error.message for error in STANDARD.iter_errors(log(report, look))] == []


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(hostile.reports)
def test_hostile_reports_fit_the_standard(report: Report) -> None:
    assert [error.message for error in STANDARD.iter_errors(log(report, EVERYTHING))] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), "2.0.0"),
        (("runs", 0, "results", 0, "level"), "fatal"),
        (("runs", 0, "results", 0, "kind"), "bad"),
        (("runs", 0, "results", 0, "locations", 0, "physicalLocation", "region"), {}),
        (("$schema",), "no address"),
        (("runs", 0, "invocations", 0, "startTimeUtc"), "yesterday"),
    ],
)
def test_the_standard_refuses_what_is_wrong(path: tuple[str | int, ...], value: object) -> None:
    """The validator really looks: formats and enumerations too."""
    document = target = log(reports.findings())
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    assert not STANDARD.is_valid(document)


@pytest.mark.parametrize("report", [*reports.SMALL.values(), reports.huge()])
def test_code_scanning_accepts_it(report: Report) -> None:
    """The documented limits and required properties, checked by hand."""
    written = run(report, EVERYTHING)
    assert len(written["results"]) <= 5_000
    for rule in written["tool"]["driver"]["rules"]:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1_024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1_024
        assert 0 < len(rule["name"]) <= 255
        assert rule["help"]["text"]
        properties = rule.get("properties", {})
        assert len(properties.get("tags", [])) <= 10
        severity = properties.get("security-severity")
        assert severity is None or (isinstance(severity, str) and 0 < float(severity) <= 10)
        assert (severity is not None) is ("security" in properties.get("tags", []))
    for found in written["results"]:
        (location,) = found["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", artifact["uri"])
        assert not artifact["uri"].startswith("/")
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert found["message"]["text"]
        assert re.fullmatch(r"[0-9a-f]+:\d+", found["partialFingerprints"]["primaryLocationLineHash"])
        assert written["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"]
        assert len(found.get("relatedLocations", [])) <= 100


def test_every_rule_that_ran_is_listed_whether_it_found_something_or_not() -> None:
    assert [rule["id"] for rule in run(reports.green())["tool"]["driver"]["rules"]] == [
        rule.id for rule in reports.RULES
    ]


def test_a_rule_that_was_not_declared_is_listed_too() -> None:
    written = run(replace(reports.green(), findings=(reports.finding(rule="ruff/S101", guard="ruff"),)))
    assert written["tool"]["driver"]["rules"][written["results"][0]["ruleIndex"]]["id"] == "ruff/S101"


def test_a_description_is_the_first_prose_of_the_help() -> None:
    rules = {rule["id"]: rule for rule in run(reports.green())["tool"]["driver"]["rules"]}
    assert rules["env/unused"]["fullDescription"]["text"] == "Whoever deploys this must find a value for nothing."
    assert rules["hygiene/case-clash"]["fullDescription"]["text"] == "Two paths differ only in case."
    assert rules["secrets/private-key"]["fullDescription"]["text"].endswith("…")
    assert rules["secrets/private-key"]["properties"]["security-severity"] == "9.5"


def test_settled_findings_stay_out_unless_they_are_asked_for() -> None:
    assert all("suppressions" not in found for found in run(reports.findings())["results"])
    suppressed = [
        found["suppressions"][0] for found in run(reports.findings(), EVERYTHING)["results"] if "suppressions" in found
    ]
    assert [found["justification"] for found in suppressed] == [
        "accepted in the baseline",
        "the vendor needs it until the move, accepted by payments, until 2027-01-31",
    ]
    fingerprints = {
        found["partialFingerprints"]["guard/v1"] for found in run(reports.findings(), EVERYTHING)["results"]
    }
    assert "10cc" not in fingerprints, "what was fixed is no result any more"


def test_the_worst_results_are_kept_and_the_cut_is_told() -> None:
    written = run(reports.huge())
    levels = [found["level"] for found in written["results"]]
    assert levels == ["error"] * 2_000 + ["warning"] * 2_000 + ["note"] * 1_000
    (notification,) = written["invocations"][0]["toolExecutionNotifications"]
    assert notification["level"] == "warning"
    assert notification["message"]["text"].startswith("1,000 results of the lowest rank left out")
    assert written["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize(
    ("report", "successful"),
    [
        (reports.green(), True),
        (reports.findings(), True),
        (reports.skipped(), True),
        (reports.problems(), False),
        (reports.interrupted(), False),
        (replace(reports.green(), problems=(Problem("it is too large"),)), False),
    ],
)
def test_a_run_with_problems_is_not_successful(report: Report, successful: bool) -> None:
    assert run(report)["invocations"][0]["executionSuccessful"] is successful


def test_every_problem_is_a_notification_with_its_place() -> None:
    written = run(reports.problems())
    notifications = written["invocations"][0]["toolExecutionNotifications"]
    assert [found["descriptor"]["id"] for found in notifications] == [
        "problem/config",
        "problem/timeout",
        "problem/unreadable",
    ]
    assert notifications[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    assert "over 10 s" in notifications[1]["message"]["text"]
    described = written["tool"]["driver"]["notifications"]
    assert all(described[found["descriptor"]["index"]]["id"] == found["descriptor"]["id"] for found in notifications)


@pytest.mark.parametrize("kind", ProblemKind)
def test_each_kind_of_problem_can_be_told(kind: ProblemKind) -> None:
    document = log(replace(reports.green(), problems=(Problem("why", kind),)))
    assert STANDARD.is_valid(document)
    assert f"problem/{kind.value}" in json.dumps(document)


def test_the_category_is_written_only_when_it_is_given() -> None:
    assert "automationDetails" not in run(reports.green())
    for category in ("nightly", "nightly/"):
        assert run(reports.green(), Look(sarif_category=category))["automationDetails"] == {"id": "nightly/"}


@pytest.mark.parametrize(
    ("root", "uri"),
    [
        ("/srv/a b", "file:///srv/a%20b/"),
        ("/", "file:///"),
        ("C:\\work\\shop", "file:///C:/work/shop/"),
        ("/srv/\udcff", "file:///srv/%FF/"),
    ],
)
def test_the_root_is_a_file_uri(root: str, uri: str) -> None:
    report = replace(reports.green(), run=replace(reports.RUN, root=root))
    assert run(report)["originalUriBaseIds"] == {"SRCROOT": {"uri": uri}}


def test_a_root_that_is_not_absolute_is_only_described() -> None:
    report = replace(reports.green(), run=replace(reports.RUN, root="."))
    assert "uri" not in run(report)["originalUriBaseIds"]["SRCROOT"]


@pytest.mark.parametrize(
    ("path", "data"),
    [("a b/ü.py", "a b/ü.py".encode()), ("a:b/%41?#", b"a:b/%41?#"), ("x\udcff", b"x\xff"), ("x\ud800", rb"x\ud800")],
)
def test_a_path_is_percent_encoded_by_its_bytes(path: str, data: bytes) -> None:
    uri = result(reports.finding(path=path))["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote_to_bytes(uri) == data
    assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", uri)


def test_places_are_what_the_finding_says() -> None:
    found = result(reports.finding(span=Span(3, 2, 4, 1)))
    region = found["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 2, "endLine": 4, "endColumn": 1}
    whole = result(reports.finding(span=None))["locations"][0]["physicalLocation"]["region"]
    assert whole == {"startLine": 1}


def test_related_places_are_linked_from_the_message() -> None:
    """Code scanning shows a related location only where the message links to its id."""
    found = result(reports.finding(related=(Place("a.yaml", Span(1, 1, 1, 2), "declared [here]"), Place("b.yaml"))))
    assert found["message"]["text"].endswith(r"See [declared \[here\]](1), [b.yaml](2).")
    assert [related["id"] for related in found["relatedLocations"]] == [1, 2]


def test_a_message_hides_nothing_from_who_reads_it_in_a_browser() -> None:
    text = result(reports.finding(message="\u202egnp.exe\n\u200b", related=()))["message"]["text"]
    assert text.startswith(r"\u202egnp.exe\n\u200b.")


def test_links_that_a_message_brings_along_are_none() -> None:
    text = result(reports.finding(message="[click](https://evil.example) [x](1)", related=()))["message"]["text"]
    assert "](" not in text


def test_at_most_a_hundred_related_places_are_kept() -> None:
    found = result(reports.finding(related=tuple(Place(f"{number}.py") for number in range(150))))
    assert len(found["relatedLocations"]) == 100
    assert "(101)" not in found["message"]["text"]


def test_what_stands_on_no_line_is_known_by_its_meaning() -> None:
    first, moved, other = (
        result(one)["partialFingerprints"]["primaryLocationLineHash"]
        for one in (
            reports.finding(span=None, fingerprint="aa", line_hash="1234:1"),
            reports.finding(span=Span(9, 1, 9, 2), fingerprint="aa", line_hash=""),
            reports.finding(span=None, fingerprint="bb"),
        )
    )
    assert first == moved != other
    assert result(reports.finding())["partialFingerprints"]["primaryLocationLineHash"] == "8d626f8e4bac18f6:1"


def test_a_fix_is_published_in_bytes() -> None:
    fix = Fix("declare PORT", (Edit(4, 4, b"", b"PORT=\n"), Edit(9, 12, b"old", b""), Edit(20, 21, b"x", b"\xff")))
    (written,) = result(reports.finding(fix=fix))["fixes"]
    assert written["description"]["text"] == "declare PORT."
    assert written["artifactChanges"][0]["replacements"] == [
        {
            "deletedRegion": {"byteOffset": 4, "byteLength": 0},
            "insertedContent": {"binary": "UE9SVD0K", "text": "PORT=\n"},
        },
        {"deletedRegion": {"byteOffset": 9, "byteLength": 3}},
        {"deletedRegion": {"byteOffset": 20, "byteLength": 1}, "insertedContent": {"binary": "/w=="}},
    ]


def test_a_level_that_policy_changed_is_the_level_of_the_result() -> None:
    found = result(reports.finding(level=Level.NOTE))
    assert found["level"] == "note"
