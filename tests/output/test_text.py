"""What people see: the finding where it stands, no green that was not earned, and the same lines in colour."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from guards._core.model import ExitCode, Problem, Span
from guards._core.report import FindingStatus, GuardStatus, Ledger, Report, Verdict
from guards._output.look import Look
from guards._output.text import render

from . import reports

SGR = re.compile(r"\x1b\[[0-9;]*m")
GREEN = re.compile(r"\x1b\[(1;)?32m")


def block(path: str, look: Look = Look()) -> str:  # noqa: B008 - frozen
    (found,) = (part for part in render(reports.findings(), look).split("\n\n") if part.startswith(path))
    return found


def receipt(report: Report, look: Look = Look()) -> str:  # noqa: B008 - frozen
    return render(report, look).splitlines()[-1]


def test_a_finding_stands_under_its_file_with_its_line_and_marks() -> None:
    assert block("src/shop") == (
        "src/shop/budget.py\n"
        "  12:17 error[env/undeclared] BUDGET_USD is read here and declared nowhere\n"
        '     12 │ cap = float(os.environ["BUDGET_USD"])  # per day\n'
        "        │             ^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "        → declare it in .env.example\n"
        "        · .env.example:3:1  the neighbour is declared here"
    )


def test_wide_characters_are_marked_at_their_width() -> None:
    assert block("config").splitlines()[2:] == [
        "    7 │ export 漢字_URL=1  # ünïcode",
        "      │        ^^^^^^^^",
    ]


def test_a_sensitive_finding_shows_no_line() -> None:
    assert block("deploy") == (
        "deploy/key.pem\n"
        "  1:1 error[secrets/private-key] a private key, hash 7f3c\n"
        "      → replace the key at its issuer, then remove the file"
    )


def test_the_first_finding_that_has_a_playbook_tells_its_command_and_all_of_them_on_demand() -> None:
    """Whoever wants to know what to do about a secret need not look for its fingerprint."""
    told = reports.findings()
    rules = tuple(replace(one, playbook="guard secrets playbook") if one.sensitive else one for one in told.rules)
    (key,) = (one for one in told.findings if one.rule == "secrets/private-key" and one.status is FindingStatus.NEW)
    other = replace(key, path="deploy/other.pem", fingerprint="0123456789abcdef" * 2)
    report = replace(told, rules=rules, findings=(*told.findings, other))

    def commands(look: Look) -> list[str]:
        return re.findall("→ (guard secrets playbook .*)", render(report, look))

    first, second = f"guard secrets playbook {key.fingerprint[:12]}", "guard secrets playbook 0123456789ab"
    assert commands(Look()) == [first]
    assert commands(Look(verbose=True)) == [first, second]
    assert commands(Look(quiet=True)) == []
    assert render(replace(report, rules=told.rules), Look()) == render(replace(report, rules=rules), Look()).replace(
        f"      → {first}\n", ""
    )


def test_a_finding_about_a_whole_path_has_no_position() -> None:
    assert (
        block("docs").splitlines()[1] == "  note[hygiene/case-clash] docs/Readme.md is the same path on many machines"
    )


@pytest.mark.parametrize("width", [40, 80, 120])
def test_source_lines_keep_to_the_width(width: int) -> None:
    report = replace(reports.warned(), problems=())
    lines = [line for line in render(report, Look(width=width)).splitlines() if "│" in line]
    assert max(map(len, lines)) <= width
    assert "needle" in lines[0]


@pytest.mark.parametrize("report", reports.SMALL.values(), ids=reports.SMALL)
def test_colour_changes_nothing_but_colour(report: Report) -> None:
    coloured = render(report, Look(colour=True))
    assert SGR.sub("", coloured) == render(report, Look())
    assert "\x1b[" in coloured


def test_every_colour_ends_where_it_began() -> None:
    """A colour that ran on would tint the prompt, or what a later line prints."""
    for line in render(reports.findings(), Look(colour=True, verbose=True)).splitlines():
        codes = SGR.findall(line)
        assert codes[1::2] == ["\x1b[0m"] * (len(codes) // 2)
        assert "\x1b[0m" not in codes[::2]


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (reports.green(), "✓ checked 1,204 files · 2 guards · 0 skipped · 0.31 s"),
        (
            reports.warned(),
            "! 1 warning in 1 file · checked 1,204 files · 2 guards · 0 skipped · 0.31 s",
        ),
        (
            reports.findings(),
            (
                "✗ 4 errors, 1 warning, 1 note in 5 files · checked 1,204 files · 3 guards · 1 skipped"
                " · 1 fixed · 1 baselined · 1 waived · 0.31 s"
            ),
        ),
        (
            reports.problems(),
            "✗ not everything was checked, 3 problems · checked 1,204 files · 3 guards · 0 skipped · 0.31 s",
        ),
        (reports.skipped(), "– nothing to check: no file is selected · 0 guards · 2 skipped · 0.31 s"),
        (
            reports.interrupted(),
            (
                "✗ interrupted before everything was checked, 2 problems, 1 error in 1 file"
                " · checked 2 files · 1 guard · 0 skipped · 0.31 s"
            ),
        ),
    ],
)
def test_the_last_line_is_the_receipt(report: Report, said: str) -> None:
    assert receipt(report) == said
    assert receipt(report, Look(quiet=True)) == said


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.INCOMPLETE},
        {"verdict": Verdict.FAIL},
        {"verdict": Verdict.WARN},
        {"problems": (Problem("it is too large"),)},
        {"exit_code": ExitCode.RUNTIME},
        {"status": "skipped", "reason": "no file"},
        {"guards": (replace(reports.PASSED[0], status=GuardStatus.FAILED),)},
        {"guards": (replace(reports.PASSED[0], status=GuardStatus.TIMEOUT),)},
    ],
    ids=str,
)
def test_green_must_be_earned(changes: dict[str, object]) -> None:
    """Each of these alone takes the green from a report that has nothing else against it."""
    assert GREEN.search(receipt(reports.green(), Look(colour=True)))
    spoilt = replace(reports.green(), **changes)
    assert not GREEN.search(receipt(spoilt, Look(colour=True)))
    assert not receipt(spoilt).startswith("✓")


def test_the_table_of_guards_comes_on_demand_or_when_something_was_not_checked() -> None:
    head = "guard    status  checked  cached  skipped  excluded  failed    time"
    assert head not in render(reports.green(), Look())
    assert head in render(reports.green(), Look(verbose=True))
    assert head not in render(reports.green(), Look(verbose=True, quiet=True))
    lost = replace(reports.PASSED[1], ledger=Ledger(enumerated=3, checked=2, failed={"over 8 MB": 1}))
    text = render(replace(reports.green(), guards=(reports.PASSED[0], lost)), Look())
    assert head in text
    assert "    failed 1: over 8 MB\n" in text


def test_verbose_tells_why_paths_were_not_looked_at_and_what_was_accepted() -> None:
    text = render(reports.findings(), Look(verbose=True))
    assert "    skipped 800: not a kind of file that it reads\n    excluded 3: vendor/**\n" in text
    assert "baselined src/old.py:12:17 [env/undeclared]" in text
    assert "(the vendor needs it until the move, payments, until 2027-01-31)" in text
    assert "baselined src" not in render(reports.findings(), Look())


def test_skipped_guards_are_said_beside_the_receipt_by_reason() -> None:
    assert render(reports.skipped(), Look()).splitlines()[0] == "  skipped drift, env: canonical.yaml is absent"
    assert len(render(reports.skipped(), Look(quiet=True)).splitlines()) == 1


def test_problems_say_where_why_and_what_next() -> None:
    text = render(reports.problems(), Look(quiet=True))
    assert text.startswith(
        "not checked\n"
        "  ✗ canonical.yaml:3:1  config\n"
        "    canonical.yaml: unknown key `factz`\n"
        "    → correct the configuration at this place and run again\n"
        "  ✗ schema: data/cases.json  timeout\n"
        "    over 10 s\n"
    )


def test_a_path_cannot_command_a_runner() -> None:
    """The path begins its line, where `::` is a workflow command."""
    report = replace(reports.green(), findings=(reports.finding(path="::stop-commands::x", span=Span(1, 1, 1, 2)),))
    assert render(report, Look()).startswith("\\x3a:stop-commands::x\n")


def test_a_finding_without_a_path_is_about_the_repository() -> None:
    report = replace(reports.green(), findings=(reports.finding(path="", span=None),))
    assert render(report, Look()).startswith("the repository\n")
