"""`guard all`, `guard run` and `guard GUARD`: what was asked for, the run, its report in every wanted format."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click
from msgspec import structs

from guards._cli import signals
from guards._cli.progress import progress_bar
from guards._cli.writing import look_for, write_file, write_stdout
from guards._core import git as git_, policy, runner
from guards._core.errors import GuardError
from guards._core.examination import Progress
from guards._core.model import Guard, Level, Problem, ProblemKind
from guards._core.planning import plan, plan_edits
from guards._core.recording import Render, record
from guards._core.registry import Registry
from guards._core.report import Report
from guards._core.runner import Ran
from guards._output import OUTPUTS
from guards._output.look import Look

F = TypeVar("F", bound=Callable[..., Any])

_VIEWS = (
    click.option("--staged", is_flag=True, help="Look at the index and report what it changes against HEAD."),
    click.option("--tracked", is_flag=True, help="Leave untracked files out."),
    click.option("--since", metavar="REV", help="Report only what was not there at REV."),
    click.option("--rev", metavar="REV", help="Look at the files of a revision instead of those on disk."),
    click.option("--hook", is_flag=True, help="What a hook is about: what is pushed, else what is staged, else all."),
    click.option("--history", is_flag=True, help="Look at every version of every file; with --since: after REV."),
)
_FIXES = (
    click.option("--fix", is_flag=True, help="Do what findings say that mends them, and look again."),
    click.option("--diff", is_flag=True, help="Show what --fix would do, and do nothing."),
)
_CHOICE = (
    click.option("--profile", type=click.Choice(["dev", "stage", "prod"]), help="Which deployment this stands for."),
    click.option("--skip", metavar="GUARD", multiple=True, help="Leave a guard out; repeatable."),
)
_POLICY = (
    click.option(
        "--fail-level",
        type=click.Choice([level.value for level in Level]),
        help="The lowest level of a new finding that fails the run. [default: error]",
    ),
    click.option("--strict", is_flag=True, default=None, help="Having nothing to check is an error."),
    click.option("--exit-zero", is_flag=True, help="Findings do not fail the run; everything else still does."),
)
_MEANS = (
    click.option("--jobs", type=click.IntRange(0), metavar="N", help="Worker processes; 0: one per processor."),
    click.option("--cache/--no-cache", default=True, help="Use what earlier runs learned, and remember this one."),
    click.option("--trust-local-guards", is_flag=True, help="Load guards that Config names as module:attribute."),
    click.option(
        "--policy-from",
        metavar="REV",
        help="Settings, canonical.yaml, baseline and waivers count as they are at REV; what differs is told.",
    ),
)
_SOURCES = (
    click.option("--offline", is_flag=True, default=None, help="Guards that would use the network do not run."),
    click.option("--config", metavar="FILE", default="", help="Take settings from FILE, not from the repository's."),
    click.option("--canonical", metavar="FILE", default="", help="Take FILE for canonical.yaml."),
)
_OUTPUT = (
    click.option(
        "--format",
        "format_",
        type=click.Choice(list(OUTPUTS)),
        default=None,
        envvar="GUARD_FORMAT",
        help="What to print. [default: text]",
    ),
    click.option(
        "--output", "outputs", metavar="FMT=FILE", multiple=True, help="Also write a report to FILE; repeatable."
    ),
    click.option("--sarif-suppressed", is_flag=True, help="Accepted findings as suppressed SARIF results."),
    click.option("--sarif-category", metavar="NAME", default="", help="Tell several uploads of a commit apart."),
    click.option("-q", "--quiet", is_flag=True, help="Only findings, problems and the receipt."),
    click.option("-v", "--verbose", is_flag=True, help="Also each guard's share, and what was accepted."),
    click.option("--timings", is_flag=True, help="Also print to stderr where the time went."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="[default: auto]"),
)


def _with(*groups: Sequence[Callable[[F], F]]) -> Callable[[F], F]:
    """All options of these groups, in the order of help."""

    def decorate(function: F) -> F:
        for one in reversed([item for group in groups for item in group]):
            function = one(function)
        return function

    return decorate


_options = _with(_VIEWS, _FIXES, _CHOICE, _POLICY, _MEANS, _SOURCES, _OUTPUT)
options_of_a_verb = _with(_POLICY, _SOURCES, _OUTPUT)
"""Those of a verb whose answer is a report."""
_NOT_FOR_VERBS: Mapping[str, Any] = {
    **dict.fromkeys(("staged", "tracked", "history", "hook", "fix", "diff", "trust_local_guards", "cache"), False),
    **dict.fromkeys(("since", "rev", "policy_from", "profile", "jobs")),
    "skip": (),
}


@click.command("all", short_help="Run every enabled guard.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_options
def all_guards(paths: tuple[str, ...], **given: Any) -> int:
    """Run every enabled guard on the repository, or report only on PATHs of it."""
    return check((), paths, given)


class _SplitAtDashes(click.Command):
    """`GUARD... [-- PATH...]`: click alone would pour both into one argument."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta["paths"] = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])


@click.command("run", cls=_SplitAtDashes, short_help="Run some guards.", options_metavar="[OPTIONS]")
@click.argument("names", nargs=-1, required=True, metavar="GUARD... [-- PATH...]")
@_options
def run_guards(names: tuple[str, ...], **given: Any) -> int:
    """Run the named GUARDs, enabled or not, on the repository or on PATHs of it."""
    return check(names, click.get_current_context().meta["paths"], given)


def one_guard(guard_id: str) -> click.Command:
    """The command that a guard's id is short for."""

    @click.command(guard_id, short_help=f"Run {guard_id}.", help=f"Short for `guard run {guard_id} -- PATH...`.")
    @click.argument("paths", nargs=-1, metavar="[PATH]...")
    @_options
    def command(paths: tuple[str, ...], **given: Any) -> int:
        return check((guard_id,), paths, given)

    return command


def check_with(guard: Guard[Any], given: Mapping[str, Any]) -> int:
    """Run this guard alone, and write the report as for any other."""
    return check((guard.id,), (), {**_NOT_FOR_VERBS, **given}, Registry(given=[guard]))


def check(
    names: tuple[str, ...], paths: tuple[str, ...], given: Mapping[str, Any], registry: Registry | None = None
) -> int:
    """Run, and write the report to stdout and to every file that was asked for."""
    chosen = given["format_"] or "text"
    files = [_output(text) for text in given["outputs"]]
    _refuse_contradictions(given)
    ran, diff = _run(names, paths, given, registry, quiet=given["quiet"] or OUTPUTS[chosen].machine)
    forms = [(path, _form(name, look_for(given))) for name, path in files]
    # Only the text for people has room for a patch; whoever reads another format finds nothing else on stdout.
    head = diff if chosen == "text" else ""
    forms.append(("", _form(chosen, look_for(given, stream=sys.stdout), head=head)))
    with signals.held():
        if diff and not head:
            click.echo(diff, err=True, nl=False)
        ran = ran._replace(report=_write(ran.report, forms))
        if given["timings"]:
            lines = (f"{seconds:8.3f} s  {name}\n" for name, seconds in ran.phases.items())
            click.echo("".join(lines), err=True, nl=False)
        _remember(ran, forms, is_receipt=chosen == "text" and not files and not given["verbose"])
    return int(ran.report.exit_code)


def _refuse_contradictions(given: Mapping[str, Any]) -> None:
    """Options that cannot be meant together."""
    for name in ("rev", "since", "policy_from"):
        if given[name] == "":
            raise click.UsageError(f"--{name.replace('_', '-')} needs a revision.")
    if given["hook"] and (given["staged"] or given["since"] or given["rev"] or given["history"]):
        raise click.UsageError("--hook finds out what to look at: leave out --staged, --since, --rev and --history.")
    if given["policy_from"] and (given["config"] or given["canonical"]):
        raise click.UsageError("--policy-from says where settings come from: leave out --config and --canonical.")
    if given["rev"] and given["staged"]:
        raise click.UsageError("--staged and --rev name two different views.")
    if given["history"] and (given["staged"] or given["tracked"]):
        raise click.UsageError("--history has no index and no untracked files: leave out --staged and --tracked.")
    if given["fix"] and given["diff"]:
        raise click.UsageError("--diff shows what --fix would do: give one of them.")


def _of_hook(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The view of the hook that calls. Where nothing is pushed or staged everything is looked at: never nothing."""
    git = git_.discover(os.getcwd())
    first, last = environ.get("PRE_COMMIT_FROM_REF", ""), environ.get("PRE_COMMIT_TO_REF", "")
    if git is not None and first and last:
        return {"since": git.merge_base(first, last), "rev": last, "view": runner.ViewName.COMMIT}
    is_staged = git is not None and git.anything_staged()
    return {"view": runner.ViewName.INDEX if is_staged else runner.ViewName.WORKTREE}


def _write(report: Report, forms: Sequence[tuple[str, Render]]) -> Report:
    """Write every form; what cannot be written is a problem of the report that the others tell. The report written."""
    for path, render in forms:
        try:
            if path:
                write_file(path, render(report))
        except GuardError as error:
            problem = Problem(str(error), ProblemKind.CONFIG)
            return _write(policy.worsened(report, problem), [form for form in forms if form[0] != path])
    for path, render in forms:
        if not path:
            write_stdout(render(report))
    return report


def _remember(ran: Ran, forms: Sequence[tuple[str, Render]], *, is_receipt: bool) -> None:
    """Keep what lets the next run of this command line be short."""
    if ran.evidence is None:
        return
    told = sys.argv[1:]
    is_recorded = record(ran.evidence, ran.report, told, forms)
    if is_recorded:
        ran.remember()
    if is_receipt and ran.report.run.view == "index":
        (_, render), *_ = forms
        plan(ran.evidence, ran.report, ran.tasks, ran.compared, arguments=told, render=render, limit=ran.size_limit)
    elif is_receipt and is_recorded and ran.state is not None:
        plan_edits(ran.evidence, ran.report, ran.tasks, ran.state, arguments=told, limit=ran.size_limit)


def _form(name: str, look: Look, *, head: str = "") -> Callable[[Report], str]:
    return lambda report: head + OUTPUTS[name].render(report, look)


def _run(
    names: tuple[str, ...], paths: tuple[str, ...], given: Mapping[str, Any], registry: Registry | None, *, quiet: bool
) -> tuple[Ran, str]:
    """The run that was asked for, and as a patch what fixes would do, if that was asked for."""
    request = runner.Request(
        cwd=os.getcwd(),
        paths=paths,
        guards=names,
        view=_view(given),
        rev=given["rev"] or "",
        since=given["since"] or "",
        tracked=given["tracked"],
        flags=_flags(given),
        environ=os.environ,
        config=given["config"],
        canonical=given["canonical"],
        policy_from=given["policy_from"] or "",
        trust_local_guards=given["trust_local_guards"],
        exit_zero=given["exit_zero"],
        use_cache=given["cache"],
    )
    try:
        if given["hook"]:
            request = structs.replace(request, **_of_hook(os.environ))
        with progress_bar(enabled=not quiet) as progress:
            if given["fix"] or given["diff"]:
                return _mended(request, progress, diff=given["diff"])
            return runner.run_with_evidence(request, registry=registry, progress=progress), ""
    except GuardError as error:
        return Ran(runner.refused(request, error)), ""


def _mended(request: runner.Request, progress: Progress, *, diff: bool) -> tuple[Ran, str]:
    from guards._core import mending

    if not diff:
        return mending.mend(request, progress=progress), ""
    from guards._output.patch import render

    ran, plan = mending.preview(request, progress=progress)
    return ran, render(plan, ran.report)


def _view(given: Mapping[str, Any]) -> runner.ViewName:
    if given["history"]:
        return runner.ViewName.HISTORY
    if given["rev"]:
        return runner.ViewName.COMMIT
    return runner.ViewName.INDEX if given["staged"] else runner.ViewName.WORKTREE


def _flags(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given of the settings, by their keys."""
    flags = {key: given[key.replace("-", "_")] for key in ("profile", "fail-level", "strict", "offline", "jobs")}
    flags["skip"] = list(given["skip"]) or None
    return {key: value for key, value in flags.items() if value is not None}


def _output(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals or not path or name not in OUTPUTS:
        raise click.BadParameter(
            f"{text!r} is not FORMAT=FILE with a format of {', '.join(OUTPUTS)}.", param_hint="--output"
        )
    return name, path
