"""Rules of gitleaks from files of the repository: obeyed, or refused by name."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, strategies as st

from guards._core.model import ProblemKind
from guards._core.report import Report
from guards.secrets import GUARD
from guards.secrets.dialects import UntranslatableError, to_python
from guards.secrets.foreign import matches, read
from guards.testing import run_guard

HEAD = '[[rules]]\nid = "acme"\ndescription = "A badge of ACME"\n'
RULE = f"{HEAD}regex = '''acme-([0-9a-f]{{8}})'''\n"


def _run(rules: str, **files: str) -> Report:
    tree = {name.replace("__", "/").replace("_", "."): text.encode() for name, text in files.items()}
    return run_guard(GUARD, {"rules.toml": rules.encode(), **tree}, options={"rules": ["rules.toml"]})


def _found(report: Report) -> list[tuple[str, int]]:
    assert not report.problems, report.problems
    assert {one.rule for one in report.findings} <= {"secrets/custom"}
    return [(one.path, one.span.line if one.span else 0) for one in report.findings]


def test_a_rule_is_obeyed() -> None:
    report = _run(RULE, a_py="x = 1\nbadge = 'acme-0123abcd'\n")
    assert _found(report) == [("a.py", 2)]
    finding = report.findings[0]
    assert "acme" in finding.message
    assert finding.span
    assert (finding.span.column, finding.span.end_column) == (15, 23)  # the first group is the secret
    assert "0123abcd" not in repr(report)


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("", True),
        ("entropy = 2.5\n", True),
        ("entropy = 3.5\n", False),
        ('keywords = ["ACME"]\n', True),
        ('keywords = ["other"]\n', False),
        ('[rules.allowlist]\nregexes = ["^0123"]\n', False),
        ('[rules.allowlist]\nregexes = ["^acme"]\n', True),
        ('[rules.allowlist]\nregexTarget = "match"\nregexes = ["^acme"]\n', False),
        ('[rules.allowlist]\nregexTarget = "line"\nregexes = ["^badge"]\n', False),
        ('[[rules.allowlists]]\nstopwords = ["3ABC"]\n', False),
        ('[[rules.allowlists]]\ncondition = "AND"\nstopwords = ["3abc"]\nregexes = ["nothing"]\n', True),
        ('[[rules.allowlists]]\ncondition = "AND"\nstopwords = ["3abc"]\nregexes = ["^0"]\n', False),
        ('[[rules.allowlists]]\npaths = ["src/"]\n', False),
        ('[[rules.allowlists]]\npaths = ["lib/"]\n', True),
        ('[[rules.allowlists]]\ncondition = "AND"\npaths = ["src/"]\nstopwords = ["nothing"]\n', True),
        ('path = "[.]py$"\n', True),
        ('path = "[.]go$"\n', False),
        ('[[allowlists]]\ntargetRules = ["acme"]\nstopwords = ["3abc"]\n', False),
        ('[[allowlists]]\ntargetRules = ["other"]\nstopwords = ["3abc"]\n', True),
        ('[allowlist]\npaths = ["^src/"]\n', False),
        ("[extend]\nuseDefault = true\n", True),
    ],
)
def test_what_rules_and_allow_lists_say(rest: str, found: bool) -> None:
    assert _found(_run(RULE + rest, src__a_py="badge = 'acme-0123abcd'\n")) == ([("src/a.py", 1)] if found else [])


def test_a_rule_that_triggers_cannot_say_is_run_by_its_keywords() -> None:
    """A class of Unicode: RE2 knows it, and the language of triggers does not."""
    rule = HEAD + "regex = '''acme\\p{Lu}[0-9]{4}'''\nkeywords = [\"acme\"]\n"
    assert _found(_run(rule, a_py="a\nx = 'acmeÄ1234'\n")) == [("a.py", 2)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEAD + "regex = '''acme\\p{Lu}'''\n", "acme"),
        (HEAD + "regex = '''(a'''\n", "acme"),
        (HEAD + "regex = '''a(?=b)'''\n", "acme"),
        (HEAD + 'path = "x"\n', "acme"),
        (RULE + "secretGroup = 4\n", "acme"),
        (RULE + 'entropy = "high"\n', "acme"),
        (RULE + 'filter = "true"\n', "acme"),
        (RULE + "[[rules.required]]\nid = 'x'\n", "acme"),
        (RULE + '[extend]\npath = "other.toml"\n', "extend.path"),
        ("[[rules]\n", "TOML"),
    ],
)
def test_what_cannot_be_run_faithfully_is_refused_by_name(text: str, named: str) -> None:
    report = _run(text, a_py="badge = 'acme-0123abcd'\n")
    assert [problem.kind for problem in report.problems] == [ProblemKind.CONFIG]
    assert report.problems[0].path == "rules.toml"
    assert named in report.problems[0].reason
    assert report.exit_code != 0


TOO_LARGE = {
    "RE2": "acme-[\\p{L}]{1000}",
    "both": "((a{100}){100}){100}",
    "Vectorscan": "(?:[0-9a-zäöü]{100}x){3}",
    "Vectorscan, after seconds": "[^a]{1000}[^b]{1000}[^c]{1000}",
}
"""By the engine that does not compile it."""


@pytest.mark.parametrize("regex", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_rule_that_is_too_large_is_refused_by_name(regex: str) -> None:
    """The others are run, and so is the rest of the guard."""
    other = RULE.replace('"acme"', '"small"')
    report = _run(f"{HEAD}regex = '''{regex}'''\n{other}", a_py="badge = 'acme-0123abcd'\n")
    assert [(problem.kind, problem.path) for problem in report.problems] == [(ProblemKind.CONFIG, "rules.toml")]
    assert "the rule acme is not run" in report.problems[0].reason
    assert "too large" in report.problems[0].reason or "repetition size" in report.problems[0].reason
    assert [one.rule for one in report.findings] == ["secrets/custom"]
    assert report.exit_code != 0


def test_a_rule_that_is_too_large_to_be_looked_for_is_run_by_its_keywords() -> None:
    rule = f"{HEAD}regex = '''{TOO_LARGE['Vectorscan']}'''\nkeywords = [\"Xyz\"]\n"
    value = ("abcdefghij" * 10 + "x") * 3
    assert _found(_run(rule, a_py=f"a\nxyz = '{value}'\n")) == [("a.py", 2)]


@pytest.mark.parametrize("keyword", ["\\n", "a\\nb"])
def test_keywords_that_no_line_holds(keyword: str) -> None:
    """The rule is refused where nothing else could say where to look."""
    report = _run(f"{HEAD}regex = '''acme\\p{{Lu}}'''\nkeywords = [\"{keyword}\"]\n", a_py="acmeÄ\n")
    assert [problem.kind for problem in report.problems] == [ProblemKind.CONFIG]
    assert "the rule acme is not run" in report.problems[0].reason


def test_an_expression_of_many_layers_is_obeyed_or_refused() -> None:
    for layers in (100, 300, 900, 3_000):
        report = _run(f"{HEAD}regex = '''{'(' * layers}acme-[0-9a-f]{{8}}{')' * layers}'''\n", a_py="'acme-0123abcd'\n")
        assert len(report.findings) + len(report.problems) == 1, layers


def test_a_file_that_is_not_there_is_a_problem() -> None:
    report = run_guard(GUARD, {"a.py": b"x = 1\n"}, options={"rules": ["rules.toml"]})
    assert [(problem.kind, problem.path) for problem in report.problems] == [(ProblemKind.CONFIG, "rules.toml")]


def test_expressions_that_would_hang_other_engines() -> None:
    """Nested repeats over five megabytes of what nearly matches."""
    rule = HEAD + "regex = '''acme(a+)+[0-9]'''\nkeywords = [\"acme\"]\n"
    text = "acme" + "a" * 5_000_000 + "!\n"
    started = time.process_time()
    report = _run(rule, a_js=text)
    assert not report.findings
    assert not report.problems
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    ("go", "text", "found"),
    [
        ("a(?i)b", "aB", "aB"),
        ("a(?i)b|c", "C", "C"),
        ("(a(?i)b)c", "aBC", None),
        ("(?i)a(?-i)b", "Ab", "Ab"),
        ("(?i)a(?-i)b", "AB", None),
        ("[[:xdigit:]]+", "xfe0", "fe0"),
        (r"\Qa.b\E+", "a.bb", "a.bb"),
        (r"\x{41}b", "Ab", "Ab"),
        (r"a\z", "ba", "a"),
        ("(?<n>a)b", "ab", "ab"),
        (r"[\w.-]{2}", "a-", "a-"),
    ],
)
def test_the_dialect_of_go(go: str, text: str, found: str | None) -> None:
    match = re.search(to_python(go), text)
    assert (match and match[0]) == found


@pytest.mark.parametrize("go", [r"\pL", r"\p{Greek}", r"\C", "(?U)a+", "[[:nothing:]]", "a)"])
def test_what_python_cannot_say(go: str) -> None:
    with pytest.raises(UntranslatableError):
        to_python(go)


@given(st.text(alphabet="ab(?i)|[]-:^$.*+{1,}\\", max_size=20), st.text(alphabet="abAB-1", max_size=12))
def test_translations_match_where_re2_does(go: str, text: str) -> None:
    """Whatever RE2 reads and the translation does not refuse: a line that one finds, the other finds."""
    import importlib

    re2 = importlib.import_module("re2")

    options = re2.Options()
    options.log_errors = False
    try:
        original = re2.compile(go, options)
        translated = re.compile(to_python(go))
    except (re2.error, re.error, UntranslatableError, OverflowError):
        return
    assert (original.search(text) is None) == (translated.search(text) is None)


def test_groups_choose_the_secret() -> None:
    rule = read(f"{HEAD}regex = '''(x)?acme-(?:([0-9]+)|([a-z]+))'''\n".encode()).rules[0]
    assert [match.secret for match in matches(rule, "acme-12 acme-ab xacme-3")] == ["12", "ab", "x"]
    chosen = read(f"{HEAD}regex = '''(x)?acme-([0-9]+)'''\nsecretGroup = 2\n".encode()).rules[0]
    assert [match.secret for match in matches(chosen, "xacme-34")] == ["34"]
