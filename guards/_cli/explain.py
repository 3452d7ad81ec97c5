"""`guard list` and `guard explain`: what there is, and the page of each guard and rule."""

from __future__ import annotations

import difflib
import inspect
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click

from guards._cli.writing import write_stdout
from guards._core.errors import GuardError
from guards._core.model import Guard, Rule
from guards._core.registry import Registry


@click.command("list", short_help="Show what guards and rules there are.")
@click.option("--rules", is_flag=True, help="Also each guard's rules.")
def list_guards(rules: bool) -> int:
    """Show the guards: built in, and installed beside them."""
    registry = Registry()
    lines = list(_table(map(registry.load, registry.builtin()), rules=rules))
    lines += [
        f"{name}  installed by {point.dist.name}, enable it in Config" for name, point in registry.installed().items()
    ]
    write_stdout("\n".join(lines) + "\n")
    return 0


def _table(known: Iterable[Guard[Any]], *, rules: bool) -> Iterator[str]:
    guards = list(known)
    width = max(len(guard.id) for guard in guards)
    for guard in guards:
        state = "on by default" if guard.enabled else "enable it in Config"
        yield f"{guard.id:{width}}  {guard.summary} ({state})"
        if rules:
            yield from (f"{'':{width}}    {rule.id}  [{rule.level}]  {rule.summary}" for rule in guard.rules)


@click.command("explain", short_help="Explain a guard or a rule.")
@click.argument("name", metavar="GUARD|RULE")
def explain(name: str) -> int:
    """What a guard or a rule is about: why it matters, a bad and a good example, how to fix it."""
    registry = Registry()
    guard_id = name.partition("/")[0]
    guard = registry.load(guard_id)
    write_stdout(_shown(guard_page(guard) if guard_id == name else rule_page(_rule(guard, name))))
    return 0


def _rule(guard: Guard[Any], name: str) -> Rule:
    rule = guard.rule(name)
    if rule is not None:
        return rule
    close = difflib.get_close_matches(name, [rule.id for rule in guard.rules], n=1, cutoff=0.5)
    suggestion = f"; did you mean {close[0]!r}?" if close else ""
    raise GuardError(f"unknown rule {name!r}{suggestion}", hint=f"See: guard explain {guard.id}")


def guard_page(guard: Guard[Any]) -> str:
    """The page of a guard, in Markdown."""
    page = inspect.cleandoc(guard.page)
    rules = "\n".join(f"- `{rule.id}` ({rule.level}): {rule.summary}" for rule in guard.rules)
    return f"# {guard.id}\n\n{page}\n\n## Rules\n\n{rules}\n"


def rule_page(rule: Rule) -> str:
    """The page of a rule, in Markdown."""
    return f"# {rule.id}\n\n{rule.summary}\n\nDefault level: {rule.level}.\n\n{inspect.cleandoc(rule.help)}\n"


def _shown(page: str) -> str:
    """Markdown as it is, or rendered where a person looks at it in a terminal."""
    if not sys.stdout.isatty():
        return page
    from io import StringIO

    from rich.console import Console
    from rich.markdown import Markdown

    buffer = StringIO()
    console = Console(file=buffer, force_terminal=True)
    console.print(Markdown(page))
    return buffer.getvalue()
