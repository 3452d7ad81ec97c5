"""The pages of guards and rules: what `guard explain` prints, with links between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from guards._builtin import BUILTIN, load
from guards._cli.explain import guard_page, rule_page
from guards._core import inline
from guards._core.model import Guard, Rule

_MARK = "<!-- Generated from {source}: edit that, and run `python -m tests.generated --write`. -->\n\n"


def pages() -> Iterator[tuple[str, str]]:
    """Path and text of each."""
    for guard in (*map(load, BUILTIN), inline.GUARD):
        yield f"docs/guards/{guard.id}.md", _guard_text(guard)
        for rule in guard.rules:
            yield f"docs/rules/{rule.id}.md", _rule_text(guard, rule)


def _guard_text(guard: Guard[Any]) -> str:
    page, heading, rules = guard_page(guard).rpartition("\n## Rules\n")
    for rule in guard.rules:
        rules = rules.replace(f"- `{rule.id}` ", f"- [`{rule.id}`](../rules/{rule.id}.md) ")
    return _MARK.format(source=f"the guard `{guard.id}`") + page + heading + rules


def _rule_text(guard: Guard[Any], rule: Rule) -> str:
    told = f"\nA rule of the guard [`{guard.id}`](../../guards/{guard.id}.md)."
    code = f" A finding ends the run with exit code [{rule.exit_code.value}](../../exit-codes.md), if it is new and"
    told += f"{code} its level is at or above the fail level.\n"
    return _MARK.format(source=f"the rule `{rule.id}`") + rule_page(rule) + told
