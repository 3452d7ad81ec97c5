"""`guard secrets playbook`: where a secret stands, now and in the past, and what to do about it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import click

from guards._cli.writing import write_stdout
from guards._core import git as git_, policy, runner
from guards._core.errors import GuardError
from guards._core.git import Git
from guards._core.learned import Learned
from guards._core.model import Json, Place, Problem
from guards._core.report import Reported
from guards._core.runner import Ran, ViewName
from guards._core.tracing import Commit, Holder, Standing, Trace, trace
from guards._output import inert, phrases
from guards.secrets import GUARD
from guards.secrets.playbook import Exposure, Step, format_of, steps
from guards.secrets.rules import UNUSED_TAG

"""Hex digits of a fingerprint or of a commit id that people are shown."""
_MOST = 10
"""Of several findings that could be meant, so many are shown."""
_KINDS = {"refs/heads/": "branch", "refs/remotes/": "remote branch", "refs/tags/": "tag", "refs/stash": "stash"}


class Playbook(NamedTuple):
    """Everything that is told about one secret."""

    finding: Reported
    what: str
    gives: str
    tree: Sequence[Place]
    trace: Trace
    steps: Sequence[Step]
    problems: Sequence[Problem]
    """Why there may be more of it than is told here."""


@click.command("playbook", short_help="Tell how to get rid of a secret that was found.")
@click.argument("finding", default="")
@click.option("--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option("--config", default="", metavar="FILE", help="Settings in this file, and in no other.")
def playbook(finding: str, format_: str, config: str) -> int:
    """Show where the secret behind FINDING stands and stood, how to revoke it, and how to take it out of the history.

    FINDING is a fingerprint, or the beginning of one. Without it, the findings that there are are listed.
    """
    git = git_.discover(os.getcwd())
    if git is None:
        raise GuardError(
            f"{os.getcwd()} is in no git repository",
            hint="There is no history to clean: revoke the secret as its finding says, and remove it from the file.",
        )
    now, past = _ran(ViewName.WORKTREE, config), _ran(ViewName.HISTORY, config)
    findings = _secrets((*now.report.findings, *past.report.findings))
    problems = sorted({*now.report.problems, *past.report.problems}, key=lambda one: (one.path, one.reason))
    if finding:
        told = _playbook(_meant(finding, findings, now, problems), git, now, past, problems)
        write_stdout(_FORMS[format_](told))
    else:
        lines = list(_listed(findings)) or ["No secret was found, now or in the past."]
        write_stdout("".join(f"{line}\n" for line in (*lines, *_not_checked(problems))))
    return max((int(policy.CODES[problem.kind]) for problem in problems), default=0)


def _ran(view: ViewName, config: str = "", *, skip: Sequence[str] = ()) -> Ran:
    """A run of this guard; or of all others, if this one is skipped."""
    return runner.run_with_evidence(
        runner.Request(
            cwd=os.getcwd(),
            guards=() if skip else (GUARD.id,),
            view=view,
            flags={"skip": list(skip)} if skip else {},
            environ=os.environ,
            config=config,
        )
    )


def _secrets(findings: Iterable[Reported]) -> list[Reported]:
    """One for each fingerprint."""
    return list({one.fingerprint: one for one in findings if one.rule != UNUSED_TAG}.values())


# ---- Which one is meant ---------------------------------------------------------------------------------------------


def _meant(given: str, findings: Sequence[Reported], now: Ran, problems: Sequence[Problem]) -> Reported:
    if not re.fullmatch("[0-9a-f]{4,32}", given):
        raise GuardError(
            f"{given!r} is no fingerprint: it has 4 to 32 of the characters 0-9 and a-f",
            hint="`guard secrets playbook` without one lists those that there are.",
        )
    found = [one for one in findings if one.fingerprint.startswith(given)]
    if not found:
        raise _not_found(given, now, problems)
    if len(found) > 1:
        shown = "\n  ".join(_listed(found[:_MOST]))
        raise GuardError(f"{len(found)} findings begin with {given}", hint=f"Give more of it:\n  {shown}")
    return found[0]


def _not_found(given: str, now: Ran, problems: Sequence[Problem]) -> GuardError:
    others = _ran(ViewName.WORKTREE, skip=[GUARD.id]).report.findings
    for one in (*now.report.findings, *others):
        if one.fingerprint.startswith(given):
            said = f"{given} is a finding of {one.rule}, and this is about secrets"
            return GuardError(said, hint=f"See: guard explain {one.rule}")
    hints = (
        "`guard secrets playbook` without one lists those that there are.",
        "On another machine they are others, unless the option `salt` is set.",
        *_not_checked(problems),
    )
    return GuardError(f"there is no secret with the fingerprint {given}, now or in the past", hint="\n  ".join(hints))


def _not_checked(problems: Iterable[Problem]) -> Iterator[str]:
    for one in problems:
        yield inert.one_line(f"not checked: {f'{one.path}: ' if one.path else ''}{one.reason}")


def _listed(findings: Iterable[Reported]) -> Iterator[str]:
    for one in findings:
        yield f"{one.fingerprint[: phrases.SHORT]}  {one.rule}  {inert.one_line(phrases.place(one.path, one.span))}"


# ---- What is known of it --------------------------------------------------------------------------------------------


def _playbook(finding: Reported, git: Git, now: Ran, past: Ran, problems: Sequence[Problem]) -> Playbook:
    same = [one for one in now.report.findings if one.subject == finding.subject]
    paths = {one.path for one in past.report.findings if one.subject == finding.subject}
    found = Trace((), ())
    if paths:
        found = trace(git, past.tasks[0], _is(finding.subject), paths, size_limit=past.size_limit)
    form = format_of(finding.rule)
    days = [one.first.author.day for one in found.standings if one.first is not None]
    exposure = Exposure(
        rule=finding.rule,
        hint=finding.hint,
        fingerprint=finding.fingerprint,
        in_tree=bool(same),
        past=[one.path for one in found.standings],
        since=min(days, default=""),
    )
    return Playbook(
        finding,
        what=same[0].message if same else finding.message.partition("; first in commit ")[0],
        gives=form.gives if form else "",
        tree=[Place(one.path, one.span) for one in same],
        trace=found,
        steps=list(steps(exposure)),
        problems=problems,
    )


def _is(subject: str) -> Callable[[Learned], bool]:
    """Whether a secret is among what was learned: a finding, or a fact that becomes one at some paths."""

    def is_it(learned: Learned) -> bool:
        told = (fact.data for fact in learned.facts)
        return any(one.subject == subject for one in learned.findings) or any(
            isinstance(data, Mapping) and data.get("subject") == subject for data in told
        )

    return is_it


# ---- For people -----------------------------------------------------------------------------------------------------


def _sections(told: Playbook) -> Iterator[tuple[str, list[str]]]:
    """What is known, by heading."""
    finding = told.finding
    yield (
        "What it is",
        [
            f"{told.what[:1].upper()}{told.what[1:]}.",
            *filter(None, (told.gives,)),
            f"Rule {finding.rule}, fingerprint {finding.fingerprint}.",
        ],
    )
    yield (
        "Now",
        [phrases.place(place.path, place.span) for place in told.tree] or ["It is in no file of the work tree."],
    )
    yield "In the history", [_stood(one) for one in told.trace.standings] or ["No commit has it: nothing to clean up."]
    if told.trace.holders:
        yield "Branches and tags with it", [_held(one) for one in told.trace.holders]
    if told.problems:
        yield (
            "Not checked, so there may be more",
            [f"{f'{one.path}: ' if one.path else ''}{one.reason}" for one in told.problems],
        )


def _stood(one: Standing) -> str:
    if one.first is None or one.last is None:
        return f"{one.path}: without a commit"
    came = f"first in {_commit(one.first)}"
    if one.last.id != one.first.id:
        came += f", last changed in {_commit(one.last)}"
    versions = f", {one.versions} versions" if one.versions > 1 else ""
    return f"{one.path}: {came}{versions}; {'still' if one.in_head else 'no longer'} in HEAD"


def _commit(one: Commit) -> str:
    return f"{one.id[: phrases.SHORT]} ({one.author.day}, {one.author.name})"


def _held(one: Holder) -> str:
    kind = next(
        (f"{word} {one.ref.removeprefix(start)}" for start, word in _KINDS.items() if one.ref.startswith(start)),
        one.ref,
    )
    return f"{kind}: {'in its files now' if one.at_tip else 'in its past'}"


def _text(told: Playbook) -> str:
    lines: list[str] = []
    for heading, known in _sections(told):
        lines += [heading, *(f"  {inert.one_line(line)}" for line in known), ""]
    for number, step in enumerate(told.steps, start=1):
        lines += [f"{number}. {step.title}", *(f"   {inert.one_line(text)}" for text in step.text)]
        lines += [f"     $ {inert.one_line(command)}" for command in step.commands]
        lines += [""]
    return "\n".join(lines)


def _markdown(told: Playbook) -> str:
    lines = [f"# What to do about {inert.markdown(told.finding.fingerprint[: phrases.SHORT])}", ""]
    for heading, known in _sections(told):
        lines += [f"## {heading}", "", *(f"- {inert.markdown(line)}" for line in known), ""]
    for number, step in enumerate(told.steps, start=1):
        lines += [f"## {number}. {step.title}", ""]
        lines += [line for text in step.text for line in (inert.markdown(text), "")]
        if step.commands:
            lines += ["```sh", *map(inert.line_start, step.commands), "```", ""]
    return "\n".join(lines)


# ---- For programs ---------------------------------------------------------------------------------------------------


def _json(told: Playbook) -> str:
    finding, form = told.finding, format_of(told.finding.rule)
    document: dict[str, Json] = {
        "schema": "guard-playbook/1",
        "rule": finding.rule,
        "fingerprint": finding.fingerprint,
        "message": told.what,
        "gives": told.gives,
        "issuer": {"name": form.vendor, "url": form.url} if form else None,
        "tree": [
            {
                "path": place.path,
                "line": place.span.line if place.span else None,
                "column": place.span.column if place.span else None,
            }
            for place in told.tree
        ],
        "history": [
            {
                "path": one.path,
                "first": _commit_out(one.first),
                "last": _commit_out(one.last),
                "versions": one.versions,
                "in_head": one.in_head,
            }
            for one in told.trace.standings
        ],
        "refs": [{"name": one.ref, "at_tip": one.at_tip} for one in told.trace.holders],
        "steps": [
            {"title": step.title, "text": list(step.text), "commands": list(step.commands)} for step in told.steps
        ],
        "complete": not told.problems,
        "problems": [{"path": one.path, "reason": one.reason, "kind": one.kind.value} for one in told.problems],
    }
    return inert.json_document(document)


def _commit_out(one: Commit | None) -> Json:
    return {"id": one.id, "day": one.author.day, "author": one.author.name} if one else None


_FORMS: Mapping[str, Callable[[Playbook], str]] = {"json": _json, "markdown": _markdown, "text": _text}
