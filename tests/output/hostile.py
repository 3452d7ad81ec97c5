"""Strategies: texts meant to deceive, and whole reports made of them."""

from __future__ import annotations

from hypothesis import strategies as st

from guards._core.model import Edit, ExitCode, Fix, Level, Place, Problem, ProblemKind, Rule, Span
from guards._core.report import FindingStatus, GuardRun, GuardStatus, Ledger, Report, Reported, Verdict, Waiver

from .reports import HOSTILE, RUN

FRAGMENTS = (
    "::error::x", "::", ":", "##[", "##vso[", "#", "[", "\n", "\r", "\r\n", "\t", " ",
    "\x1b[31m", "\x1b]8;;", "\x9b", "\x7f", "\x00", "\x85", "\u2028", "\u202e", "\u2066", "\u200b", "\ufeff", "\ufffe",
    "\U000e0041", "\udcff", "\ud800", "\udc00", "|", "`", "```", "*", "_", "<", ">", "</code>", "<!--", "-->", "&",
    "&#60;", "]]>", "@team", "https://evil.example", "www.evil.example", "![a](b)", "[a](1)", "](", "\\", "%0A", "%",
    ",", ";", '"', "'", "=1+1", "+", "-", "@", "＝1", "{0}", "漢", "e\u0301", "a", "word",
)  # fmt: skip

texts = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join),
    st.text(st.characters(), max_size=12),
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), max_size=6),
    st.just(HOSTILE),
)
"""Any string at all, lone surrogates too, with dangerous pieces more often than chance."""

names = texts.map(lambda text: f"x{text}")


def _span(line: int, column: int, lines: int, columns: int) -> Span:
    return Span(line, column, line + lines, column + columns)


spans = st.none() | st.builds(_span, st.integers(1, 9_999), st.integers(1, 40), st.integers(0, 2), st.integers(0, 40))
places = st.builds(Place, path=names, span=spans, note=texts)
edits = st.builds(
    Edit, start=st.integers(0, 9), end=st.integers(9, 20), old=st.binary(max_size=4), new=st.binary(max_size=4)
)
fixes = st.none() | st.builds(
    Fix,
    summary=texts,
    edits=st.lists(edits, max_size=2).map(tuple),
    untrack=st.lists(names, max_size=2).map(tuple),
    ignore=st.lists(texts, max_size=2).map(tuple),
    quarantine=st.booleans(),
)
waivers = st.none() | st.builds(Waiver, reason=names, owner=texts, until=texts)
GUARDS = ("alpha", "beta")
RULES = tuple(Rule(id=f"{guard}/{name}", summary="What is wrong.") for guard in GUARDS for name in ("first", "second"))

findings = st.builds(
    Reported,
    rule=st.sampled_from([rule.id for rule in RULES]) | names,
    guard=st.sampled_from(GUARDS),
    level=st.sampled_from(Level),
    message=texts,
    path=texts,
    span=spans,
    subject=texts,
    fingerprint=st.sampled_from(("00aa", "00bb", "00cc")) | names,
    status=st.sampled_from(FindingStatus),
    hint=texts,
    help_uri=st.just(""),
    related=st.lists(places, max_size=2).map(tuple),
    fix=fixes,
    waiver=waivers,
    snippet=st.none() | texts,
    line_hash=st.sampled_from(("", "8d626f8e4bac18f6:1")),
)
problems = st.builds(
    Problem,
    reason=texts,
    kind=st.sampled_from(ProblemKind),
    path=texts,
    guard=st.sampled_from(("", *GUARDS)),
    span=spans,
)
counts = st.dictionaries(texts, st.integers(1, 9), max_size=2)
ledgers = st.builds(
    Ledger,
    enumerated=st.integers(0, 99),
    checked=st.integers(0, 99),
    cached=st.integers(0, 99),
    skipped=counts,
    excluded=counts,
    failed=counts,
)
guards = st.tuples(
    *(
        st.builds(
            GuardRun,
            id=st.just(guard),
            status=st.sampled_from(GuardStatus),
            ledger=ledgers,
            reason=texts,
            duration_ms=st.integers(0, 10**7),
            engine=st.dictionaries(texts, texts, max_size=1),
        )
        for guard in GUARDS
    )
)
reports = st.builds(
    Report,
    run=st.just(RUN),
    verdict=st.sampled_from(Verdict),
    exit_code=st.sampled_from(ExitCode),
    guards=guards | st.just(()),
    findings=st.lists(findings, max_size=4).map(tuple),
    problems=st.lists(problems, max_size=3).map(tuple),
    rules=st.just(RULES),
    files=st.integers(0, 10**6),
    status=st.sampled_from(("", "", "skipped")),
    reason=texts,
    tool_version=st.just("0.1.0"),
)
"""Reports as no run would make them, which is what an output must withstand."""
