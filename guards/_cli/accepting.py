"""What commands about findings share: a look at everything that is there, which one is meant, files to write."""

from __future__ import annotations

import os
import re
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import click

from guards._cli.progress import progress_bar
from guards._core import baseline, config, inline, policy, replacing, runner
from guards._core.baseline import Line
from guards._core.errors import GuardError
from guards._core.model import ExitCode
from guards._core.report import FindingStatus, Report, Reported
from guards._core.runner import Ran
from guards._core.settings_file import with_setting
from guards._output import inert, phrases
from guards.secrets import GUARD as SECRETS, Options as SecretsOptions
from guards.secrets.rules import UNUSED_TAG


class Found(NamedTuple):
    """What a run found that looked at everything, as if there were no baseline."""

    report: Report

    @property
    def root(self) -> str:
        """Where the files are that are written."""
        return self.report.run.root

    @property
    def findings(self) -> list[Reported]:
        """Everything but what policy itself has to say."""
        return [one for one in self.report.findings if one.guard != inline.ID]

    @property
    def new(self) -> list[Reported]:
        """What no waiver covers."""
        return [one for one in self.findings if one.status is FindingStatus.NEW]

    @property
    def looked(self) -> frozenset[str]:
        """The guards that looked at everything that concerns them."""
        return policy.complete(self.report.guards, self.report.problems)

    @property
    def code(self) -> ExitCode:
        """What could not be looked at is said, and counts, whatever else was done."""
        return max((policy.CODES[problem.kind] for problem in self.report.problems), default=ExitCode.OK)


def look(given_config: str = "") -> Found:
    """Look at everything. Secrets get identities that are the same on every machine, if there are any secrets."""
    ran = run(given_config)
    has_secrets = any(one.guard == SECRETS.id and one.rule != UNUSED_TAG for one in ran.report.findings)
    options = next((task.options for task in ran.tasks if task.guard.id == SECRETS.id), None)
    if has_secrets and isinstance(options, SecretsOptions) and not options.salt:
        if given_config:
            raise GuardError(f"{given_config} has no `salt` for secrets", hint="docs/baseline-and-waivers.md says why.")
        _write_salt(ran.report.run.root)
        ran = run(given_config)
    for problem in ran.report.problems:
        where = ": ".join(filter(None, (problem.guard, problem.path)))
        click.echo(f"not checked: {where or 'the run'}: {problem.reason}", err=True)
    return Found(ran.report)


def run(given_config: str = "", *, use_cache: bool = True, without_baseline: bool = True) -> Ran:
    """Look at everything, as if there were no baseline, and change nothing."""
    request = runner.Request(
        cwd=os.getcwd(),
        environ=os.environ,
        config=given_config,
        without_baseline=without_baseline,
        use_cache=use_cache,
    )
    with progress_bar(enabled=True) as progress:
        return runner.run_with_evidence(request, progress=progress)


def _write_salt(root: str) -> None:
    name = settings_name(root)
    salt = secrets.token_hex(16)
    write(root, name, with_setting(read(root, name) or b"", SECRETS.id, "salt", salt, name=name))
    click.echo(f"wrote a salt for {SECRETS.id} into {name}: what is accepted of secrets holds on every machine")


def settings_name(root: str) -> str:
    """The file that holds the settings, or will."""
    files = {name: data for name in config.FILES if (data := read(root, name)) is not None}
    return config.path_among(files) or config.FILES[0]


def read(root: str, path: str) -> bytes | None:
    """A file of the tree; None where there is none."""
    try:
        standing = replacing.read(root, path)
    except (replacing.RefusedError, OSError) as error:
        raise GuardError(f"cannot read {path}: {error}") from error
    return standing.data if standing is not None else None


def write(root: str, path: str, data: bytes) -> None:
    """Put a file in its place, whole or not at all."""
    try:
        replacing.replace(root, path, data, replacing.read(root, path))
    except (replacing.RefusedError, OSError) as error:
        raise GuardError(f"cannot write {path}: {error}") from error


def read_baseline(root: str, *, in_any_order: bool = False) -> dict[str, Line] | None:
    """The baseline of the work tree; None where there is none."""
    data = read(root, baseline.FILE)
    return baseline.read(data, in_any_order=in_any_order) if data is not None else None


def counted(rules: Sequence[str], *, most: int | None = None) -> str:
    """`3 secrets/aws-key, 1 hygiene/backup`, the most frequent first, and no more than `most` of them."""
    counts = Counter(rules)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{count:,} {rule}" for rule, count in ranked[:most]]
    return ", ".join(told + (["…"] if len(told) < len(ranked) else []))


FINGERPRINT = re.compile("[0-9a-f]{4,32}")
PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?::(?P<column>\d+))?")
_MOST = 10
"""Of several findings that could be meant, so many are shown."""


def named(one: Reported) -> str:
    """A finding in a line, with what it can be named by."""
    return f"{one.fingerprint[: phrases.SHORT]}  {one.rule}  {inert.one_line(phrases.place(one.path, one.span))}"


def meant(given: str, found: Found) -> Reported:
    """The finding that somebody names by its fingerprint, the beginning of one, or its place."""
    place = PLACE.fullmatch(given)
    if FINGERPRINT.fullmatch(given):
        candidates = [one for one in found.findings if one.fingerprint.startswith(given)]
    elif place:
        candidates = [one for one in found.findings if _stands_at(one, place)]
    else:
        candidates = [one for one in found.findings if one.path == given]
    if not candidates:
        raise GuardError(f"there is no finding {given}", hint="guard waive without one lists those that there are.")
    if len(candidates) > 1:
        shown = "\n  ".join(map(named, candidates[:_MOST]))
        raise GuardError(
            f"{len(candidates)} findings could be meant by {given}", hint=f"Give a fingerprint:\n  {shown}"
        )
    return candidates[0]


def _stands_at(one: Reported, place: re.Match[str]) -> bool:
    if one.path != place["path"] or one.span is None or one.span.line != int(place["line"]):
        return False
    return not place["column"] or one.span.column == int(place["column"])
