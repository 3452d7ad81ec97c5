"""`guard baseline`: accept what was there when guard came, and let go of it as it is mended."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from guards._cli.accepting import Found, counted, look, read_baseline, write
from guards._cli.writing import write_stdout
from guards._core import baseline as baseline_, git as git_
from guards._core.baseline import FILE, Line
from guards._core.errors import GuardError
from guards._core.report import Reported
from guards._output import inert
from guards._output.phrases import plural

_config = click.option("--config", default="", metavar="FILE", help="Settings in this file, and in no other.")


@click.group("baseline", short_help="Accept the findings that there are; see what is left of them.")
def baseline() -> None:
    """The findings that were there when guard came are accepted in guard-baseline.jsonl. It only shrinks."""


@baseline.command("create", short_help="Accept what is found now.")
@click.option("--accept-new", is_flag=True, help="There is a baseline: add to it what is not in it.")
@click.option(
    "--from",
    "source",
    metavar="FILE",
    default="",
    help="Accept only what this baseline of detect-secrets, or .gitleaksignore, accepts.",
)
@_config
def create(accept_new: bool, source: str, config: str) -> int:
    """Accept every finding that no waiver covers. Where there is a baseline, that takes --accept-new."""
    before = read_baseline(_root())
    if before is not None and not accept_new:
        raise GuardError(
            f"there is a {FILE}, and it only shrinks",
            hint="guard baseline update lets go of what is gone; --accept-new adds what is new.",
        )
    if before is not None and os.environ.get("CI", "").lower() not in {"", "0", "false"}:
        raise GuardError(f"{FILE} only shrinks in CI", hint="Accept findings where somebody looks at them.")
    return accept(look(config), before, source)


def accept(found: Found, before: Mapping[str, Line] | None = None, source: str = "") -> int:
    """Write a baseline of what was found, beside what it accepted before; of that only what a list accepts, if any."""
    wanted = _imported(found, source) if source else found.new
    kept = baseline_.shrunk(before or {}, baseline_.of(found.findings), found.looked)
    now = {**kept, **{mark: _more(line, kept.get(mark)) for mark, line in baseline_.of(wanted).items()}}
    return _write(found, before or {}, now)


def _more(line: Line, kept: Line | None) -> Line:
    return max(line, kept, key=lambda one: one.times) if kept else line


def _imported(found: Found, source: str) -> list[Reported]:
    from guards._cli.importing import accepted_by

    matched, unmatched = accepted_by(source, found.new, found.root)
    for line in unmatched:
        click.echo(f"not accepted, for it is not found here: {inert.one_line(line)}", err=True)
    return matched


@baseline.command("update", short_help="Let go of what is gone, and follow renamed files.")
@_config
def update(config: str) -> int:
    """Let go of what is gone, follow findings into files that were renamed, and put the lines in order."""
    before = _existing(in_any_order=True)
    found = look(config)
    now = baseline_.shrunk(before, baseline_.of(found.findings), found.looked)
    gone = [line for mark, line in before.items() if mark not in now and not _is_there(found.root, line.path)]
    moved = list(baseline_.moved(gone, [one for one in found.new if one.first not in now]))
    return _write(found, before, {**now, **{line.fingerprint: line for _, line in moved}})


@baseline.command("prune", short_help="Let go of what is gone.")
@_config
def prune(config: str) -> int:
    """Let go of what is gone, and of nothing else."""
    before = _existing()
    found = look(config)
    return _write(found, before, baseline_.shrunk(before, baseline_.of(found.findings), found.looked))


@baseline.command("show", short_help="Show what is accepted.")
def show() -> int:
    """Show how many findings of which rules are accepted, and where."""
    lines = _existing().values()
    rules = [line.rule for line in lines for _ in range(line.times)]
    for line in sorted(lines, key=lambda line: (line.path, line.rule, line.fingerprint)):
        times = f" {line.times:,} times" if line.times > 1 else ""
        write_stdout(f"{inert.line_start(line.path)}  {inert.one_line(line.rule)}{times}  {line.fingerprint[:12]}\n")
    write_stdout(f"{len(rules):,} accepted: {inert.one_line(counted(rules)) or 'nothing'}\n")
    return 0


def _root() -> str:
    git = git_.discover(os.getcwd())
    return git.root if git is not None else os.path.realpath(os.getcwd())


def _existing(*, in_any_order: bool = False) -> dict[str, Line]:
    found = read_baseline(_root(), in_any_order=in_any_order)
    if found is None:
        raise GuardError(f"there is no {FILE}", hint="guard baseline create accepts what is found now.")
    return found


def _is_there(root: str, path: str) -> bool:
    return os.path.lexists(os.path.join(root, path))


def _write(found: Found, before: Mapping[str, Line], now: Mapping[str, Line]) -> int:
    """Write it and say what changed; nothing accepted is a baseline too: from here on it only shrinks."""
    write(found.root, FILE, baseline_.written(now.values()))
    added = [one.rule for one in baseline_.grown(before, now) for _ in range(one.times)]
    gone = [one.rule for one in baseline_.grown(now, before) for _ in range(one.times)]
    total = sum(line.times for line in now.values())
    click.echo(f"{FILE}: {plural(total, 'finding')} accepted")
    if added:
        click.echo(f"  added: {counted(added)}")
    if gone:
        click.echo(f"  gone: {counted(gone)}")
    return int(found.code)
