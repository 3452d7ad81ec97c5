"""The group of commands, and the boundary at which every way to end becomes an exit code."""

from __future__ import annotations

import difflib
import errno
import os
import select
import sys
import traceback
from typing import Any

import click

import guards
from guards._builtin import BUILTIN
from guards._cli import signals
from guards._core.errors import GuardError, Interrupted
from guards._core.model import ExitCode

_FULL = {errno.ENOSPC, errno.EIO, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""What a disk says that takes no more."""

_COMMANDS = {
    "all": "guards._cli.check:all_guards",
    "baseline": "guards._cli.baseline:baseline",
    "cache": "guards._cli.cache:cache",
    "doctor": "guards._cli.doctor:doctor",
    "explain": "guards._cli.explain:explain",
    "init": "guards._cli.init:init",
    "install": "guards._cli.install:install",
    "list": "guards._cli.explain:list_guards",
    "mask": "guards._cli.mask:mask",
    "run": "guards._cli.check:run_guards",
    "waive": "guards._cli.waive:waive",
}

_VERBS = {
    ("drift", "explain"): "guards._cli.drift:explain",
    ("drift", "init"): "guards._cli.drift:init",
    ("drift", "live"): "guards._cli.drift:live",
    ("env", "--live"): "guards._cli.env:live",
    ("env", "init"): "guards._cli.env:init",
    ("no-direct-http", "init"): "guards._cli.no_direct_http:init",
    ("secrets", "playbook"): "guards._cli.secrets:playbook",
    ("versions", "installed"): "guards._cli.versions:installed",
}
"""What a guard can do beside running. A path of that name is written as ./explain."""


class Commands(click.Group):
    """The commands by name, each loaded when it is wanted; a guard's id is short for running that guard."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Those that help shows; guard ids are listed by `guard list`."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, or the run of one guard."""
        if cmd_name in _COMMANDS:
            return _loaded(_COMMANDS[cmd_name])
        if cmd_name in BUILTIN or "." in cmd_name:
            from guards._cli.check import one_guard

            return one_guard(cmd_name)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb of a guard; say what an unknown command could have meant."""
        verb = _VERBS.get((args[0], args[1])) if len(args) > 1 else None
        if verb:
            return " ".join(args[:2]), _loaded(verb), args[2:]
        flag = next((one for one in args[1:] if one.startswith("--") and (args[0], one) in _VERBS), "")
        if flag:  # an option that makes another command of it, wherever it stands
            return f"{args[0]} {flag}", _loaded(_VERBS[args[0], flag]), args[1:]
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            close = difflib.get_close_matches(name, [*_COMMANDS, *BUILTIN], n=1, cutoff=0.5)
            suggestion = f" Did you mean {close[0]!r}?" if close else " See: guard --help"
            raise click.UsageError(f"No such command or guard {name!r}.{suggestion}", ctx)
        return super().resolve_command(ctx, args)


def _loaded(target: str) -> click.Command:
    from importlib import import_module

    module, _, attribute = target.partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return command


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"guard {guards.__version__}")
        context.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A guard's id is a command too: `guard hygiene` is short for `guard run hygiene`.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """Guard: is this repository still what we said it is?

    One suite of guards with one runner, one report and one set of exit codes: 0 ok, 1 findings, 2 environment or
    usage, 3 a document fails its schema, 4 something could not be checked, 5 interrupted.
    """


def run(arguments: list[str]) -> int:
    """Run the command line to its exit code, whatever happens."""
    signals.install()
    try:
        return _invoke(arguments)
    except Interrupted as error:
        _say(f"guard: stopped by {error.signal_name}")
        return ExitCode.INTERRUPTED
    except GuardError as error:
        _say(f"guard: {error}")
        return error.code
    except BaseException as error:  # noqa: BLE001 - the outermost boundary: an unexpected error is 5, never 1
        _say_bug(error)
        return ExitCode.INTERRUPTED
    finally:
        _let_go_of_stdout()


def _invoke(arguments: list[str]) -> int:
    try:
        code: Any = cli.main(arguments, prog_name="guard", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "")
        return ExitCode.ENVIRONMENT
    except click.ClickException as error:
        error.show()
        return ExitCode.ENVIRONMENT
    except click.exceptions.Abort:
        return ExitCode.INTERRUPTED
    except SystemExit:
        if _is_alone():  # the reader of help or of a list went away, and click makes a 1 of that
            return ExitCode.OK
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise GuardError(f"cannot write: {error.strerror}") from error
        raise
    return int(code or 0)


def _is_alone() -> bool:
    """Whether nobody reads what we print."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(1, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _say(text: str) -> None:
    try:
        click.echo(text, err=True)
    except OSError:
        return


def _say_bug(error: BaseException) -> None:
    """A bug of ours. The message of the exception may hold what was being looked at, so it stays out."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    _say(
        f"guard: internal error: {type(error).__name__}{where} (guard {guards.__version__}, "
        f"Python {sys.version.split()[0]})\n  This is a bug of guard. Please report it with this line."
    )


def _let_go_of_stdout() -> None:
    """Flush here, where a closed pipe can be ignored: the interpreter's own flush at exit would make it a 120."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
