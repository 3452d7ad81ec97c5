"""Waivers in comments, `# guard: allow[secrets/aws-key] made up for this test until=2027-01-31`, in any language.

A comment beside code speaks of its own line, one that stands alone of the next line that is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from guards._core.model import (
    Fact,
    Guard,
    Json,
    Level,
    Place,
    Problem,
    ProblemKind,
    Rule,
    Skipped,
    Source,
    Span,
    Trigger,
)
from guards._core.options import date_of, parse
from guards._core.waivers import Placed, Terms

ID = "policy"
UNUSED, EXPIRED, BROAD = "policy/unused-waiver", "policy/expired-waiver", "policy/broad-waiver"
STALE, GROWN, CHANGED = "policy/stale-baseline", "policy/grown-baseline", "policy/changed"

_MARK = re.compile(r"guard: {0,3}allow\[(?P<rules>[^\]]*)\](?P<rest>.*)")
_OPENERS = {
    "code": re.compile(
        r"(?:#|//|/\*|--|<!--|;|%|\{-|\(\*|\{#|<%--|@\*|^\s*\*|^\s*'|^\s*\"|\brem\b)[#*!/ \t-]*\Z", re.I
    ),
    "text": re.compile(r"(?:<!--|^\.\.)[ \t-]*\Z"),
}
_QUOTES = frozenset("\"'`")
"""Right before what begins a comment: there it is shown, not meant."""
_CLOSER = re.compile(r"\s*(?:\*/|-->|#\}|--%>|-\}|\*\)|\*@).*\Z")
_TEXTS = frozenset(
    (".adoc", ".asciidoc", ".htm", ".html", ".markdown", ".md", ".mdx", ".rst", ".svg", ".txt", ".xhtml", ".xml")
)
_WITHOUT_COMMENTS = frozenset((".csv", ".json", ".jsonl", ".ndjson", ".tsv"))


def _classify(path: str, scan_slice: object) -> str | Skipped:
    name = path.rpartition("/")[2].lower()
    suffix = name[name.rfind(".") :] if "." in name else ""
    if suffix in _WITHOUT_COMMENTS:
        return Skipped("has no comments")
    return "text" if suffix in _TEXTS else "code"


def _scan(source: Source[Any]) -> Iterator[Fact | Problem]:
    yield from marks(source.text, source.path_class)


def marks(text: bytes, path_class: str) -> Iterator[Fact | Problem]:
    """The waivers in a text: facts that `at` reads, and a problem for one that nobody can read."""
    lines = text.split(b"\n")
    for number, raw in enumerate(lines, 1):
        if b"allow[" not in raw:
            continue
        line = raw.decode("utf-8", "replace")
        found = _MARK.search(line)
        opener = _OPENERS[path_class].search(line, 0, found.start()) if found else None
        if found and opener and line[: opener.start()][-1:] not in _QUOTES:
            is_alone = not line[: opener.start()].strip()
            covers = _next(lines, number) if is_alone else number
            yield from _read(found, covers, Span(number, found.start() + 1, number, len(line.rstrip()) + 1))


def _next(lines: list[bytes], number: int) -> int:
    """The next line that holds something else than waivers."""
    for after in range(number, len(lines)):
        if lines[after].strip() and b"guard:" not in lines[after].split(b"allow[")[0]:
            return after + 1
    return number


def _read(found: re.Match[str], covers: int, span: Span) -> Iterator[Fact | Problem]:
    said: dict[str, str] = {}
    words = []
    for word in _CLOSER.sub("", found["rest"]).split():
        key, equals, value = word.partition("=")
        if equals and key in {"until", "owner"} and key not in said:
            said[key] = value
        else:
            words.append(word)
    for rule in found["rules"].split(","):
        data: dict[str, Json] = {"rule": rule.strip(), "reason": " ".join(words), **said}
        _, errors = parse(Terms, data)
        if not rule.strip() or errors:
            what = "; ".join(f"{'.'.join(map(str, error.path))}: {error.message}".lstrip(": ") for error in errors)
            yield Problem(f"this waiver cannot be read: {what or 'it names no rule'}", ProblemKind.CONFIG, span=span)
            return
        yield Fact("allow", {**data, "line": covers}, span)


def at(path: str, facts: Iterable[Fact]) -> Iterator[Placed]:
    """The waivers of a file."""
    for fact in facts:
        data = cast("dict[str, Any]", fact.data)
        until = date_of(data["until"]) if "until" in data else None
        terms = Terms(data["reason"], data["rule"], owner=data.get("owner", ""), until=until)
        yield Placed(terms, Place(path, fact.span), data["line"])


def _rule(rule_id: str, summary: str, level: Level, text: str) -> Rule:
    return Rule(rule_id, summary, level, help=text)


@dataclass(frozen=True, slots=True)
class NoOptions:
    """It has none."""


GUARD = Guard(
    id=ID,
    summary="Do waivers and the baseline still hold?",
    rules=(
        _rule(
            UNUSED,
            "A waiver covers nothing.",
            Level.WARNING,
            "What it covered is gone, or was never there: a word too much that may cover something else one day.\n\n"
            "**Bad:** a `[[waiver]]` for a file that was deleted, or with a misspelt rule.\n\n"
            "**Good:** no waiver.\n\n"
            "**How to fix:** remove it.",
        ),
        _rule(
            EXPIRED,
            "The last day of a waiver has passed, and what it covered is still there.",
            Level.ERROR,
            "Somebody promised that this would be gone by then. The finding that it covered counts again.\n\n"
            "**Bad:** `until = 2024-01-31`, and the finding is there in February.\n\n"
            "**Good:** the finding is mended, and the waiver removed.\n\n"
            "**How to fix:** mend the finding, or agree on another day with whoever answers for it.",
        ),
        _rule(
            BROAD,
            "A waiver covers more than anybody can have looked at.",
            Level.WARNING,
            "It covers what comes as well as what is there.\n\n"
            '**Bad:** `rule = "*"` with `path = "**"`, or `rule = "secrets/*"` without a path.\n\n'
            '**Good:** `rule = "secrets/aws-key"` with `path = "tests/data/**"`.\n\n'
            "**How to fix:** name the rule and the path, or the fingerprint of the finding.",
        ),
        _rule(
            STALE,
            "The baseline accepts a finding that is gone.",
            Level.NOTE,
            "It would accept the same finding if it came back.\n\n"
            "**Bad:** a line of `guard-baseline.jsonl` for what was mended.\n\n"
            "**Good:** no such line.\n\n"
            "**How to fix:** `guard baseline prune`.",
        ),
        _rule(
            GROWN,
            "The baseline accepts more than it did.",
            Level.ERROR,
            "A baseline is what was there when guard came. It may only shrink, or it is no promise.\n\n"
            "**Bad:** a change that brings a finding and a line of `guard-baseline.jsonl` for it.\n\n"
            "**Good:** a change that mends the finding, or waives it with a reason and a last day.\n\n"
            "**How to fix:** take the line out, and mend the finding or use `guard waive`.",
        ),
        _rule(
            CHANGED,
            "What decides about this change is changed by it.",
            Level.WARNING,
            "With `--policy-from`, settings, canonical.yaml, baseline and waivers count as they are at another "
            "revision, so that no change can weaken what judges it. What it would change is told.\n\n"
            "**Bad:** a change that adds `skip` to guard.toml beside the finding that it would hide.\n\n"
            "**Good:** settings change in a change of their own, which somebody looks at for that.\n\n"
            "**How to fix:** look at what changes and why.",
        ),
    ),
    options=NoOptions,
    page="""What people accepted is looked at like everything else: waivers have a reason and mostly a last day, and a
    baseline only shrinks. This is no guard that is run alone: it takes part in every run.

    What it does: it finds waivers in comments, and tells which waivers and which lines of the baseline cover nothing
    any more, cover too much, or have passed their last day.

    Why it matters: an exception that nobody looks at again becomes the rule.

    How to fix: remove what covers nothing.

    Limits: comments in files over `max-file-size` are not honoured; JSON and CSV have none. Which waivers and lines are
    unused is told only by runs that look at everything.""",
    classify=_classify,
    triggers=(Trigger("allow[", literal=True),),  # the word alone, after spaces, stands in half of all programs
    scan=_scan,
    follows=True,
    enabled=True,
)
"""What a run brings beside its guards; it follows them."""
