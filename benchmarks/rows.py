"""The rows of the table: what is measured against what, and how much it may take.

A row's set-up may take minutes the first time. Guard is called by the script that an installer made, as a user does.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks import corpora, hooks, installed, memory, schema, secrets
from benchmarks.corpora import COMPOSITE, DJANGO, HOME_ASSISTANT, RELEASES, WORK, Corpus
from benchmarks.measure import Command, MeasureError, Prepare, compare, nothing
from benchmarks.table import Line, compared, held

_LOOKED = frozenset({0, 1, 3})
"""A complete run, whatever it found. With 2, 4 and 5 something was not checked."""
_HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: {name}
        name: {name}
        language: system
        entry: "{entry}"
        pass_filenames: false
        always_run: true
"""


class Place:
    """What rows need, each made when it is first wanted."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds

    @functools.cached_property
    def wheel(self) -> str:
        """Guard as it is in this checkout."""
        return installed.wheel()

    @functools.cached_property
    def commands(self) -> str:
        """Where the commands of guard's environment are."""
        return installed.by_pip([self.wheel])

    @functools.cached_property
    def peers(self) -> str:
        """Where the commands of the peers are."""
        return installed.peers()

    def python(self, commands: str | None = None) -> Command:
        """The least that a program in Python can take: the yardstick of every row."""
        argv = (os.path.join(commands or self.commands, "python"), "-c", "pass")
        return Command("`python -c pass`", argv, WORK)

    def guard(self, folder: str, *arguments: str, commands: str | None = None) -> Command:
        """A run of guard in a folder."""
        script = os.path.join(commands or self.commands, "guard")
        return Command(f"guard {' '.join(arguments)}", (script, *arguments), folder, _LOOKED)

    def peer(self, folder: str, *argv: str, codes: Sequence[int] = (0,)) -> Command:
        """A run of another program in a folder."""
        program, *arguments = argv
        argv = (os.path.join(self.peers, program), *arguments)
        return Command(f"`{' '.join((program, *arguments))}`", argv, folder, frozenset(codes))


@dataclass(frozen=True, slots=True)
class Row:
    """A name, which begins the lines of the table, and how they come about."""

    name: str
    measure: Callable[[Place, str], list[Line]]


Peer = tuple[Command, float | None]
"""A command with the greatest ratio to it that is within the budget."""


def _against(
    place: Place,
    name: str,
    ours: Command,
    peers: Sequence[Peer],
    *,
    prepare: Prepare = nothing,
    most_rounds: int | None = None,
    warm_ups: int = 2,
) -> list[Line]:
    """Ours against each of the peers, all in the same rounds, with the yardstick among them."""
    contestants = (replace(place.python(), name="yardstick"), replace(ours, name="ours"))
    rounds = min(place.rounds, most_rounds or place.rounds)
    samples = compare(
        [*contestants, *(peer for peer, _ in peers)],
        rounds,
        environment=corpora.environment(),
        prepare=prepare,
        warm_ups=warm_ups,
    )
    return [
        compared(name, peer.name, budget, (samples["ours"], samples[peer.name], samples["yardstick"]))
        for peer, budget in peers
    ]


def _git_status(folder: str) -> Command:
    git = shutil.which("git")
    if git is None:
        raise MeasureError("there is no git")
    return Command("`git status`", (git, "status"), folder)


def _version(place: Place, name: str) -> list[Line]:
    return _against(place, name, place.guard(WORK, "--version"), [(place.python(), 1.3)])


def _version_by_old_pip(place: Place, name: str) -> list[Line]:
    commands = installed.by_pip([place.wheel], "old-pip", installed.OLD_PIP)
    ours = place.guard(WORK, "--version", commands=commands)
    return _against(place, name, ours, [(place.python(commands), 1.3)])


def _version_by_uv(place: Place, name: str) -> list[Line]:
    commands = installed.by_uv([place.wheel], os.path.join(place.peers, "uv"))
    ours = place.guard(WORK, "--version", commands=commands)
    return _against(place, name, ours, [(place.python(commands), 1.3)])


def _replayed(place: Place, command: Command) -> Command:
    """The command, after making sure that it says again what was said without running any guard."""
    environment = corpora.environment()
    for _ in range(2):
        subprocess.run(command.argv, cwd=command.cwd, env=environment, check=False, capture_output=True)
    python = os.path.join(place.commands, "python")
    told = subprocess.run(
        (python, "-X", "importtime", *command.argv),
        cwd=command.cwd,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if "guards._core.runner" in told.stderr:
        raise MeasureError(f"nothing changed, and still {command.name} ran the guards again")
    return command


def _same_state(corpus: Corpus, budget: float, *options: str) -> Callable[[Place, str], list[Line]]:
    def measure(place: Place, name: str) -> list[Line]:
        folder = corpora.tree(corpus)
        ours = _replayed(place, place.guard(folder, "all", *options))
        return _against(place, name, ours, [(_git_status(folder), budget)])

    return measure


def _same_commit(corpus: Corpus) -> Callable[[Place, str], list[Line]]:
    def measure(place: Place, name: str) -> list[Line]:
        ours = _replayed(place, place.guard(corpora.tree(corpus), "all", "--rev", "HEAD"))
        return _against(place, name, ours, [(place.python(), 1.3)])

    return measure


def _changed(budget: float | None, *arguments: str) -> Callable[[Place, str], list[Line]]:
    def measure(place: Place, name: str) -> list[Line]:
        folder = corpora.clone(corpora.tree(COMPOSITE), "changed")
        edit = Edits(folder, _ordinary(folder, 15))
        ours = place.guard(folder, "all", *arguments)
        return _against(place, name, ours, [(_git_status(folder), budget)], prepare=edit)

    return measure


def _staged(place: Place, name: str) -> list[Line]:
    folder = _hooked(place)
    ours = place.guard(folder, "all", "--staged")
    return _against(place, name, ours, _hook_runners(place, folder, 1.0, 1 / 8), prepare=_staging(folder))


def _staged_by_prek(place: Place, name: str) -> list[Line]:
    folder = _hooked(place)
    ours = place.peer(folder, "prek", "run", "--config", "guard-hook.yaml")
    return _against(place, name, ours, _hook_runners(place, folder, None, None), prepare=_staging(folder))


def _five_hooks(*, with_documents: bool) -> Callable[[Place, str], list[Line]]:
    """Guard as the only hook of pre-commit against the hooks that it replaces, on the same commit."""

    def measure(place: Place, name: str) -> list[Line]:
        folder = hooks.tree(corpora.clone(corpora.tree(DJANGO), "hooks"), place.commands, place.peers)
        ours = place.peer(folder, "pre-commit", "run", "--config", hooks.ONE)
        peer = replace(place.peer(folder, "pre-commit", "run", "--config", hooks.FIVE), name="the five hooks")
        edit = Edits(folder, hooks.python_files(folder))
        prepare = hooks.Staging(folder, edit, edit.paths, with_documents=with_documents)
        return _against(place, name, ours, [(peer, 0.33)], prepare=prepare)

    return measure


def _hook_runners(place: Place, folder: str, prek: float | None, pre_commit: float | None) -> list[Peer]:
    """Both with a hook that is `true`: what a hook costs before it does anything."""
    named = ((place.peer(folder, name, "run"), budget) for name, budget in (("prek", prek), ("pre-commit", pre_commit)))
    return [(replace(command, name=f"{command.name} of `true`"), budget) for command, budget in named]


def _hooked(place: Place) -> str:
    """A clone of Django whose hook is `true`, and in another file guard."""
    folder = corpora.clone(corpora.tree(DJANGO), "staged")
    guard = os.path.join(place.commands, "guard")
    for file, name, entry in (
        (".pre-commit-config.yaml", "nothing", "true"),
        ("guard-hook.yaml", "guard", f"{guard} all --staged"),
    ):
        with open(os.path.join(folder, file), "w", encoding="utf-8") as stream:
            stream.write(_HOOKS.format(name=name, entry=entry))
    corpora.git(folder, "add", "--force", ".pre-commit-config.yaml", "guard-hook.yaml")
    corpora.git(folder, "commit", "--quiet", "--allow-empty", "--message", "Hooks")
    return folder


def _staging(folder: str) -> Prepare:
    edit = Edits(folder, _ordinary(folder, 10))

    def prepare(number: int) -> None:
        edit(number)
        corpora.git(folder, "add", "--", *edit.paths)

    return prepare


class Edits:
    """Gives files a content that they never had, by a line at their end that says so."""

    def __init__(self, folder: str, paths: Sequence[str]) -> None:
        self.paths = paths
        self._run = os.urandom(6).hex()
        self._contents = {os.path.join(folder, path): _read(os.path.join(folder, path)) for path in paths}

    def __call__(self, number: int) -> None:
        for path, content in self._contents.items():
            with open(path, "wb") as file:
                file.write(content + f"\n# Edit {number} of {self._run}\n".encode())


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _ordinary(folder: str, count: int) -> list[str]:
    """Python files of a middling size, spread over the tree; the same ones every time."""
    paths = corpora.git(folder, "ls-files", "-z", "--", "*.py").split("\0")[:-1]
    middling = [path for path in paths if 2_000 <= os.lstat(os.path.join(folder, path)).st_size <= 20_000]
    return middling[:: len(middling) // count][:count]


def _first_run(corpus: Corpus) -> Callable[[Place, str], list[Line]]:
    """Without a store, which is then written."""

    def measure(place: Place, name: str) -> list[Line]:
        folder = corpora.clone(corpora.tree(corpus), "cold")
        forget = functools.partial(_forget, folder)
        ours = place.guard(folder, "all")
        return _against(place, name, ours, [(_ruff(place, folder), 2.0)], prepare=forget, most_rounds=5, warm_ups=1)

    return measure


def _without_store(corpus: Corpus) -> Callable[[Place, str], list[Line]]:
    def measure(place: Place, name: str) -> list[Line]:
        folder = corpora.clone(corpora.tree(corpus), "cold")
        ours = place.guard(folder, "all", "--no-cache")
        return _against(place, name, ours, [(_ruff(place, folder), 2.0)], most_rounds=5, warm_ups=1)

    return measure


def _bandit(place: Place, name: str) -> list[Line]:
    folder = corpora.clone(corpora.tree(DJANGO), "cold")
    forget = functools.partial(_forget, folder)
    peer = place.peer(folder, "bandit", "--quiet", "--recursive", ".", codes=(0, 1))
    ours = place.guard(folder, "all")
    return _against(place, name, ours, [(peer, 1 / 40)], prepare=forget, most_rounds=2, warm_ups=0)


def _ruff(place: Place, folder: str) -> Command:
    argv = ("ruff", "check", "--select", "S", "--no-cache", "--isolated", "--quiet", "--exit-zero")
    return replace(place.peer(folder, *argv), name="`ruff check --select S --no-cache`")


def _forget(folder: str, number: int) -> None:
    shutil.rmtree(os.path.join(folder, ".guard"), ignore_errors=True)


def _memory(place: Place, name: str) -> list[Line]:
    folder = corpora.clone(corpora.tree(COMPOSITE), "cold")
    peaks = []
    for number in range(min(place.rounds, 3)):
        _forget(folder, number)
        peaks.append(memory.peak(place.guard(folder, "all"), corpora.environment()))
    return [held(name, 300, peaks)]


def _one_more(corpus: Corpus) -> Callable[[Place, str], list[Line]]:
    def measure(place: Place, name: str) -> list[Line]:
        commands = installed.by_pip([place.wheel, installed.idle_guard()], "idle")
        folder = corpora.clone(corpora.tree(corpus), "cold")
        with_it, without = (_settings(text) for text in ('enable = ["idle-guard.idle"]\n', "enable = []\n"))
        ours = place.guard(folder, "all", "--no-cache", "--config", with_it, commands=commands)
        theirs = place.guard(folder, "all", "--no-cache", "--config", without, commands=commands)
        peers = [(replace(theirs, name="the run without it"), 1.02)]
        return _against(place, name, ours, peers, most_rounds=11, warm_ups=1)

    return measure


def _settings(text: str) -> str:
    path = os.path.join(WORK, f"{'one-more' if 'idle' in text else 'none-more'}.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _detect_secrets(corpus: Corpus, budget: float, *, rounds: int) -> Callable[[Place, str], list[Line]]:
    """It takes minutes on any of these trees, so it is warmed up where it is run more than once."""

    def measure(place: Place, name: str) -> list[Line]:
        folder = corpora.clone(corpora.tree(corpus), "secrets")
        ours = place.guard(folder, "secrets", "--config", secrets.settings("compat"))
        peer = replace(place.peer(folder, "detect-secrets", "scan", "--no-verify"), name="`detect-secrets scan`")
        options = {"most_rounds": rounds, "warm_ups": min(rounds, place.rounds) - 1}
        return _against(place, name, ours, [(peer, budget)], prepare=_results_of(folder), **options)

    return measure


def _kingfisher(corpus: Corpus) -> Callable[[Place, str], list[Line]]:
    def measure(place: Place, name: str) -> list[Line]:
        folder = corpora.clone(corpora.tree(corpus), "secrets")
        peer = _kingfisher_scan(place, folder, "--git-history", "none")
        ours = place.guard(folder, "secrets")
        return _against(place, name, ours, [(peer, 0.5)], prepare=_results_of(folder), most_rounds=7, warm_ups=1)

    return measure


def _history(place: Place, name: str) -> list[Line]:
    """Every blob that a commit reaches, once."""
    folder = corpora.clone(corpora.tree(RELEASES), "secrets")
    whole = _kingfisher_scan(place, folder, "--git-history", "full")
    turbo = replace(
        _kingfisher_scan(place, folder, "--git-history", "full", "--turbo"), name="`kingfisher scan --turbo`"
    )
    ours = place.guard(folder, "secrets", "--history")
    peers = [(whole, 1 / 3), (turbo, 1 / 1.3)]
    return _against(place, name, ours, peers, prepare=_results_of(folder), most_rounds=5, warm_ups=1)


def _kingfisher_scan(place: Place, folder: str, *options: str) -> Command:
    argv = ("kingfisher", "scan", ".", "--no-validate", "--no-update-check", *options)
    return replace(place.peer(folder, *argv, codes=(0, 200, 205)), name="`kingfisher scan --no-validate`")


def _results_of(folder: str) -> Prepare:
    """Cold results, warm rules."""
    return functools.partial(secrets.forget_results, folder)


def _json_files(place: Place, name: str) -> list[Line]:
    folder = _data("json-files", '"files/*.json": record.schema.json')
    if not os.path.isdir(os.path.join(folder, "files")):
        schema.write_files(os.path.join(folder, "files"), 1_000)
    files = [os.path.join("files", file) for file in sorted(os.listdir(os.path.join(folder, "files")))]
    corpora.commit_all(folder)
    peer = place.peer(folder, "check-jsonschema", "--schemafile", "record.schema.json", *files)
    ours = place.guard(folder, "schema", "--no-cache")
    return _against(place, name, ours, [(replace(peer, name="`check-jsonschema`"), 1.0)])


def _json_lines(place: Place, name: str) -> list[Line]:
    folder = _data("json-lines", '"*.jsonl": record.schema.json')
    schema.plant(os.path.join(folder, "records.jsonl"), 100_000)
    corpora.commit_all(folder)
    python = os.path.join(place.peers, "python")
    argv = (python, "-m", "benchmarks.schema", "--child", "jsonschema-lines", "--folder", folder)
    peer = Command("the `jsonschema` package", argv, installed.ROOT)
    ours = place.guard(folder, "schema", "--no-cache")
    return _against(place, name, ours, [(peer, 1 / 20)], most_rounds=3, warm_ups=0)


def _data(name: str, entry: str) -> str:
    """A folder whose canonical.yaml gives documents their schema."""
    import json

    folder = os.path.join(WORK, "trees", name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "record.schema.json"), "w", encoding="utf-8") as file:
        json.dump(schema.SCHEMA, file)
    with open(os.path.join(folder, "canonical.yaml"), "w", encoding="utf-8") as file:
        file.write(f"guard: 1\nschemas:\n  {entry}\n")
    return folder


ROWS: tuple[Row, ...] = (
    Row("`guard --version`", _version),
    Row("`guard --version`, script by uv", _version_by_uv),
    Row(f"`guard --version`, script by pip {installed.OLD_PIP}", _version_by_old_pip),
    Row("nothing changed, Django", _same_state(DJANGO, 1.2)),
    Row("nothing changed, composite", _same_state(COMPOSITE, 1.2)),
    Row("nothing changed, `--tracked`, Django", _same_state(DJANGO, 0.6, "--tracked")),
    Row("nothing changed, `--tracked`, composite", _same_state(COMPOSITE, 0.6, "--tracked")),
    Row("`--rev HEAD` again, Django", _same_commit(DJANGO)),
    Row("`--rev HEAD` again, composite", _same_commit(COMPOSITE)),
    Row("15 changed files, `--tracked`, composite", _changed(0.5, "--tracked")),
    Row("15 changed files, composite", _changed(None)),
    Row("10 staged files, Django", _staged),
    Row("10 staged files, guard as a hook of prek, Django", _staged_by_prek),
    Row("10 staged files, one hook for five, Django", _five_hooks(with_documents=False)),
    Row("10 staged files and two documents, one hook for five, Django", _five_hooks(with_documents=True)),
    Row("first run, Django", _first_run(DJANGO)),
    Row("first run, composite", _first_run(COMPOSITE)),
    Row("`--no-cache`, Django", _without_store(DJANGO)),
    Row("`--no-cache`, composite", _without_store(COMPOSITE)),
    Row("first run against bandit, Django", _bandit),
    Row("memory of a first run, composite", _memory),
    Row("one more guard that triggers on nothing, Django", _one_more(DJANGO)),
    Row("one more guard that triggers on nothing, composite", _one_more(COMPOSITE)),
    Row("`secrets` in `compat`, Django", _detect_secrets(DJANGO, 1 / 70, rounds=2)),
    Row("`secrets` in `compat`, Home Assistant", _detect_secrets(HOME_ASSISTANT, 1 / 60, rounds=1)),
    Row("`secrets`, Django", _kingfisher(DJANGO)),
    Row("`secrets`, composite", _kingfisher(COMPOSITE)),
    Row("`secrets --history`, releases of Django", _history),
    Row("`schema`, 1,000 JSON files", _json_files),
    Row("`schema`, 100,000 JSON Lines with errors", _json_lines),
)
