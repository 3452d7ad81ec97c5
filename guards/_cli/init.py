"""`guard init`: look at a repository for the first time, and draft what it takes to begin."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterator

import click

from guards._cli import accepting, baseline as baseline_command, drift
from guards._cli.cases import table
from guards._cli.writing import write_stdout
from guards._core import baseline, canonical
from guards._core.errors import GuardError
from guards._core.model import Level
from guards._core.report import GuardRun, GuardStatus, Report
from guards._output import inert, phrases
from guards.secrets import GUARD as SECRETS

_SIGNS = {
    "Python": ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "uv.lock"),
    "JavaScript": ("package.json", "tsconfig.json", "deno.json"),
    "Go": ("go.mod",),
    "Rust": ("Cargo.toml",),
    "Java": ("pom.xml", "build.gradle", "build.gradle.kts"),
    "Ruby": ("Gemfile",),
    "PHP": ("composer.json",),
    "containers": ("Dockerfile", "Containerfile", "compose.yaml", "compose.yml", "docker-compose.yml"),
    "GitHub": (".github/workflows",),
    "GitLab": (".gitlab-ci.yml",),
    "pre-commit": (".pre-commit-config.yaml",),
}
"""What stands at the root of a repository, or in a folder there, and what that says of it."""
_CARRIED = ("vendor", "third_party", "third-party", "node_modules", "external")
"""Folders of others' code, where they are part of the repository."""
_MOST_RULES = 3
_SETTINGS = """\
# How strict guard is. `guard list` shows the guards, `guard explain` their rules and options.
fail-level = "error"
"""
_LEVELS = """
# A guard may begin by watching: without the # everything that it finds is a note, or with "warning" no worse than that.
[levels]
"""


@click.command("init", short_help="Look at the repository, and draft what it takes to begin.")
@click.option("--yes", is_flag=True, help="Write what is drafted. Without this it is only shown.")
def init(yes: bool) -> int:
    """Show what guard finds here and what that costs; draft settings, canonical.yaml and a baseline.

    What is there already is left alone, so it can be run again.
    """
    found = accepting.Found(accepting.run(use_cache=False).report)  # whose times are those of a first run
    _say(*_overview(found.report))
    done = [draft for draft in (_settings(found, yes), _canonical(found, yes), _baseline(found, yes)) if draft]
    _say("", *done)
    if any(line.startswith(_wrote(write=False)) for line in done):
        _say("", "Nothing was written: guard init --yes does it.")
    elif any(line.startswith(_wrote(write=True)) for line in done):
        _say("", "Next: look at these files and commit them. `guard all` shows what counts from now on.")
    _say("", "To have it called: guard install git, guard install pre-commit, guard install github")
    return int(found.code)


def _say(*lines: str) -> None:
    write_stdout("".join(f"{inert.one_line(line)}\n" for line in lines))


def _overview(report: Report) -> Iterator[str]:
    root = report.run.root
    kinds = [kind for kind, names in _SIGNS.items() if any(_stands(root, name) for name in names)]
    yield f"{phrases.plural(report.files, 'file')}: {', '.join(kinds) or 'nothing that tells what is built here'}"
    yield ""
    yield from table([("guard", "time", "findings", ""), *(_row(run, report) for run in report.guards)])
    if any(one.guard == SECRETS.id and one.level is Level.ERROR for one in report.findings):
        yield ""
        yield "There may be real secrets: guard secrets shows them. Revoke what is one before anything is accepted."
    for problem in report.problems:
        where = ": ".join(filter(None, (problem.guard, problem.path)))
        yield f"not checked: {where or 'the run'}: {problem.reason}"


def _stands(root: str, name: str) -> bool:
    """Whether there is something of that name, at the root or in a folder of a project of several."""
    return os.path.lexists(os.path.join(root, name)) or any(glob.iglob(f"*/{name}", root_dir=root))


def _row(run: GuardRun, report: Report) -> tuple[str, str, str, str]:
    own = [one.level for one in report.findings if one.guard == run.id]
    counts = [phrases.plural(own.count(level), level.value) for level in Level if level in own]
    rules = [one.rule.partition("/")[2] for one in report.findings if one.guard == run.id]
    what = accepting.counted(rules, most=_MOST_RULES)
    reason = run.reason if run.status is not GuardStatus.PASSED else ""
    return run.id, phrases.seconds(run.duration_ms), ", ".join(counts) or "none", reason or what


def _settings(found: accepting.Found, write: bool) -> str:
    name = accepting.settings_name(found.root)
    if accepting.read(found.root, name) is not None:
        return f"there already: {name}"
    carried = [folder for folder in _CARRIED if os.path.isdir(os.path.join(found.root, folder))]
    text = _SETTINGS + (f"exclude = {json.dumps(carried)}\n" if carried else "")
    text += _LEVELS + "".join(f'# "{run.id}/*" = "note"\n' for run in found.report.guards)
    if write:
        accepting.write(found.root, name, text.encode())
    return f"{_wrote(write=write)} {name}" + (f", which leaves out {', '.join(carried)}" if carried else "")


def _canonical(found: accepting.Found, write: bool) -> str:
    there = next((path for path in canonical.FILES if os.path.lexists(os.path.join(found.root, path))), "")
    if there:
        return f"there already: {there}"
    drafted = drift.draft()
    if not drafted.facts:
        return ""
    if write:
        drift.write_draft(drafted)
    facts = phrases.plural(drafted.facts, "fact")
    return (
        f"{_wrote(write=write)} {canonical.FILES[0]} with {facts}: guard drift init shows what stands in several places"
    )


def _baseline(found: accepting.Found, write: bool) -> str:
    try:
        there = accepting.read_baseline(found.root)
    except GuardError:
        return f"there already, and damaged: {baseline.FILE}"
    if there is not None:
        return f"there already: {baseline.FILE}"
    if not found.new:
        return ""
    if write:  # looked at anew: settings and canonical.yaml may be others by now
        baseline_command.accept(accepting.look())
        return f"wrote {baseline.FILE}: from now on only what is new counts"
    return f"would write {baseline.FILE}, which accepts {phrases.plural(len(found.new), 'finding')}"


def _wrote(*, write: bool) -> str:
    return "wrote" if write else "would write"
