"""`guard list` and `guard explain`: what there is, and what a guard, a rule, a finding or an exit code means."""

from __future__ import annotations

import difflib
import inspect
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from guards._cli import accepting
from guards._cli.writing import look_for, wants_colour, write_stdout
from guards._core import git as git_, inline
from guards._core.errors import GuardError
from guards._core.model import ExitCode, Guard, Rule
from guards._core.policy import CODES
from guards._core.registry import Registry
from guards._core.report import FindingStatus, Reported
from guards._output import inert, phrases, text

_MOST_RULES, _SOME_RULES = 16, 8
"""A guard with more rules is explained with some of them."""
_MOST_MEANT = 3


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


@click.command("explain", short_help="Explain a guard, a rule, a finding or an exit code.")
@click.argument("what", metavar="GUARD|RULE|FINDING|CODE")
@click.option("--full", is_flag=True, help="Of a guard, the whole page: also examples, options and limits.")
@click.option("--trust-local-guards", is_flag=True, help="Load a guard that is named as module:attribute.")
def explain(what: str, full: bool, trust_local_guards: bool) -> int:
    """What a guard or a rule is about, why a finding is one and what to do about it, or what an exit code means.

    FINDING is a fingerprint, the beginning of one, a place such as src/app.py:12, or a path: then everything is looked
    at.
    """
    registry = Registry(trust_local=trust_local_guards)
    registry.root = git_.root_of(os.getcwd()) if trust_local_guards else ""
    guard_id = what.partition("/")[0]
    if what in {str(code.value) for code in ExitCode}:
        write_stdout(_shown(_code_page(ExitCode(int(what)))))
    elif guard_id not in registry.known() and _names_a_finding(what):
        _explain_finding(what, registry)
    else:
        guard = _guard(guard_id, what, registry)
        page = guard_page if full else _guard_screen
        write_stdout(_shown(page(guard) if guard_id == what else _rule_screen(guard, _rule(guard, what))))
    return 0


def _names_a_finding(what: str) -> bool:
    """Whether this looks like a fingerprint, a place or a path, in case it names no guard."""
    is_place = accepting.FINGERPRINT.fullmatch(what) or accepting.PLACE.fullmatch(what)
    return is_place is not None or os.path.lexists(what)


# ---- Which one is meant ---------------------------------------------------------------------------------------------


def _guard(guard_id: str, what: str, registry: Registry) -> Guard[Any]:
    """The guard of this id; where there is none, perhaps a rule of some guard was meant."""
    if guard_id in (*registry.known(), inline.ID) or ":" in guard_id:
        return registry.load(guard_id)
    names = [rule.id for one in registry.builtin() for rule in registry.load(one).rules]
    held = [name for name in names if what in name.partition("/")[2]]
    close = held or difflib.get_close_matches(what, [*registry.known(), *names], n=_MOST_MEANT, cutoff=0.5)
    suggestion = f"; did you mean {' or '.join(close[:_MOST_MEANT])}?" if close else ""
    raise GuardError(f"there is no guard or rule {what!r}{suggestion}", hint="See: guard list --rules")


def _rule(guard: Guard[Any], name: str) -> Rule:
    rule = guard.rule(name)
    if rule is not None:
        return rule
    close = difflib.get_close_matches(name, [rule.id for rule in guard.rules], n=1, cutoff=0.5)
    suggestion = f"; did you mean {close[0]!r}?" if close else ""
    raise GuardError(f"unknown rule {name!r}{suggestion}", hint=f"See: guard explain {guard.id}")


# ---- Pages, in Markdown: those of the manual, and what fits a screen ------------------------------------------------


def guard_page(guard: Guard[Any]) -> str:
    """The page of a guard."""
    rules = "\n".join(f"- `{rule.id}` ({rule.level}): {rule.summary}" for rule in guard.rules)
    return f"# {guard.id}\n\n{_page(guard)}\n\n## Rules\n\n{rules}\n"


def _page(guard: Guard[Any]) -> str:
    """What the guard says of itself; its id, which the heading says already, is not repeated."""
    page = inspect.cleandoc(guard.page)
    bare = page.removeprefix(f"{guard.id}: ")
    return bare[:1].upper() + bare[1:] if bare != page else page


def rule_page(rule: Rule) -> str:
    """The page of a rule."""
    return f"# {rule.id}\n\n{rule.summary}\n\nDefault level: {rule.level}.\n\n{inspect.cleandoc(rule.help)}\n"


def _guard_screen(guard: Guard[Any]) -> str:
    """What a guard is for and what to do about what it finds; the rest of its page is a command away."""
    first, *rest = re.split(r"^## ", _page(guard), flags=re.MULTILINE)
    sections = dict(part.split("\n", 1) for part in rest)
    told = [f"**{name}.** {_first_paragraph(sections[name])}\n" for name in _TOLD if name in sections]
    ids = [f"`{rule.id.partition('/')[2]}`" for rule in guard.rules]
    shown = ids if len(ids) <= _MOST_RULES else [*ids[:_SOME_RULES], "… (`guard list --rules` has them)"]
    command = f"`guard explain {guard.id}"
    rest_of_it = f"{command}/RULE` explains one of them, {command} --full` prints the rest: examples, options, limits."
    rules = f"**{phrases.plural(len(ids), 'rule')}.** {', '.join(shown)}.\n"
    return "\n".join([f"# {guard.id}\n", f"{first.strip()}\n", *told, rules, rest_of_it]) + "\n"


_TOLD = ("Why it matters", "How to fix")


def _first_paragraph(section: str) -> str:
    return section.strip().partition("\n\n")[0]


def _rule_screen(guard: Guard[Any], rule: Rule) -> str:
    """The page of a rule, and what can be done about it here."""
    level = f'`"{rule.id}" = "off"` below `[levels]` in guard.toml turns it off, `"note"` or `"warning"` lowers it.'
    accept = "One finding is accepted by `guard waive`, with a reason and a last day."
    code = f"New findings of its level and the fail level end a run with {rule.exit_code.value}."
    return f"{rule_page(rule)}\n{code} {level} {accept} More: `guard explain {guard.id}`.\n"


_WAYS_OUT: Mapping[ExitCode, str] = {
    ExitCode.OK: "Nothing is to be done. The last line of the report says what was checked, and what was skipped.",
    ExitCode.FINDINGS: "Mend what is reported (`guard all --diff` shows what `--fix` would do), or accept it: "
    "`guard waive` for one finding, `guard baseline create` for all that there are.",
    ExitCode.ENVIRONMENT: "`guard doctor` shows what is not in order here.",
    ExitCode.SCHEMA: "The report has the line, and the line of the schema beside it. One of them is wrong.",
    ExitCode.RUNTIME: "The part `not checked` of the report says what, why, and the next step.",
    ExitCode.INTERRUPTED: "Run again: what was finished is not checked twice.",
}


def _code_page(code: ExitCode) -> str:
    """What an exit code means, and what leads to it."""
    meaning = phrases.EXIT_MEANINGS[code]
    kinds = [f"- `{kind.value}`: {phrases.NEXT_STEPS[kind]}" for kind, made in CODES.items() if made is code]
    problems = ["\n## Problems that end a run with it\n", *kinds] if kinds else []
    head = [f"# {code.value}: {code.name}\n", f"{meaning[0].upper()}{meaning[1:]}.\n", _WAYS_OUT[code]]
    return "\n".join([*head, *problems]) + "\n"


# ---- A finding ------------------------------------------------------------------------------------------------------


def _explain_finding(what: str, registry: Registry) -> None:
    found = accepting.Found(accepting.run(without_baseline=False).report)
    one = accepting.meant(what, found)
    rule = registry.load(one.guard).rule(one.rule)
    given = {"color": "auto", "verbose": False, "quiet": False, "sarif_suppressed": False, "sarif_category": ""}
    write_stdout(text.one(one, look_for(given, stream=sys.stdout)) + "".join(_waiver(one)) + "\n")
    write_stdout(_shown("\n\n".join(_told(one, rule)) + "\n"))


def _waiver(one: Reported) -> Iterator[str]:
    """What somebody wrote about it, as it is: the rest is Markdown."""
    if one.waiver is not None:
        parts = (one.waiver.reason, one.waiver.owner, one.waiver.until and f"until {one.waiver.until}")
        yield f"  waiver: {inert.one_line(', '.join(filter(None, parts)))}\n"


def _told(one: Reported, rule: Rule | None) -> Iterator[str]:
    """Why it is a finding, and what can be done about it."""
    if rule is not None:
        yield inspect.cleandoc(rule.help)
    if one.fix is not None:
        yield "`guard all --fix` mends it, `guard all --diff` shows how."
    if rule is not None and rule.playbook:
        yield f"What to do, step by step: `{rule.playbook} {one.fingerprint[: phrases.SHORT]}`"
    if one.status is FindingStatus.BASELINED:
        yield "The baseline accepts it."
    elif one.status is FindingStatus.WAIVED:
        yield "A waiver accepts it."
    else:
        yield f'To accept it: `guard waive {one.fingerprint[: phrases.SHORT]} --reason "…" --owner NAME --until DATE`'
    yield f"The rule: `guard explain {one.rule}`"


# ---- For a terminal -------------------------------------------------------------------------------------------------


def _shown(page: str) -> str:
    """Markdown as it is, or rendered where a person looks at it in a terminal."""
    if not sys.stdout.isatty():
        return page
    from io import StringIO

    from rich.console import Console
    from rich.markdown import Markdown

    buffer = StringIO()
    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    colour = wants_colour("auto", sys.stdout)
    console = Console(file=buffer, force_terminal=colour, no_color=not colour, width=width)
    console.print(Markdown(page, code_theme="ansi_dark"))
    return re.sub(r"[ \t]+$", "", buffer.getvalue(), flags=re.MULTILINE)
