"""Taking down what a run depended on, so that `replay` can say the same again while all of it still holds.

What cannot be taken down completely is not recorded: a missing record costs time, a wrong one would be a lie.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct, structs

from guards._core import replay, templates
from guards._core.baseline import FILE as BASELINE_FILE
from guards._core.canonical import FILES as CANONICAL_FILES
from guards._core.config import FILES as CONFIG_FILES
from guards._core.git import Git
from guards._core.identity import sources
from guards._core.model import Guard
from guards._core.report import GuardRun, Report
from guards._core.store import Store
from guards._core.workspace import Commit, Index, View, Worktree

_MOST_ITEMS = 5_000
_MOST_SOURCES = 300
_CLOCK_NS = 10_000_000
"""How far time stamps of files may lag behind the clock."""
_BEGAN_NS = time.time_ns()
"""When this module was loaded: before the first run of this process looked at anything."""

Render = Callable[[Report], str]


class Evidence(Struct, frozen=True):
    """What a run rests on, taken when it began."""

    git: Git
    store: Store
    stamp: bytes
    witnesses: tuple[tuple[str, bytes], ...]
    """Files that count whatever git says of them, with what they said."""
    index: tuple[str, bytes]
    commands: tuple[tuple[tuple[str, ...], bytes], ...]
    """Git's questions with their answers."""
    items: tuple[tuple[str, bytes, bytes], ...]
    """Paths whose content only disk knows, with their looks and their content."""

    moving: tuple[str, ...] = ()
    """Those of the witnesses that say where HEAD is."""
    began_ns: int = 0
    """When the run began to look."""
    span: tuple[int, int] | None = None
    """From when to when what it says is true; None where no date matters."""

    def packed_witnesses(self, *, but: Sequence[str] = ()) -> bytes:
        """The witnesses, for `replay.all_same`."""
        kept = [(path, told) for path, told in self.witnesses if path not in but]
        days = [b"days", b"%d" % self.span[0], b"%d" % self.span[1]] if self.span is not None else []
        return replay.pack([*days, *(part for path, told in kept for part in (b"file", os.fsencode(path), told))])

    def within(self, span: tuple[int, int] | None) -> Evidence:
        """The same for as long as a date allows: from when to when, in nanoseconds."""
        return structs.replace(self, span=span)

    def still_holds(self) -> bool:
        """Whether nothing of it changed while the run was under way, as far as that can be told without git.

        What changed and changed back was something else in between, and may have been read just then.
        """
        paths = [os.path.join(self.git.root, path) for path, _, _ in self.items]
        return (
            all(replay.witness(path) == told for path, told in self.witnesses)
            and (not self.index[0] or replay.index_witness(self.index[0]) == self.index[1])
            and all(replay.content(self.git.root, path) == told for path, _, told in self.items)
            and not any(map(self._is_younger, [*(path for path, _ in self.witnesses), self.index[0], *paths]))
        )

    def _is_younger(self, path: str) -> bool:
        try:
            return os.lstat(path).st_ctime_ns > self.began_ns - _CLOCK_NS
        except OSError:
            return False


def evidence(
    view: View,
    store: Store | None,
    guards: Sequence[Guard[object]],
    extra: Sequence[str],
    *,
    places: Sequence[str] = (),
    known: Mapping[str, tuple[bytes, bytes]] | None = None,
    began_ns: int = _BEGAN_NS,
) -> Evidence | None:
    """Take down what a run on this view rests on; None where that is not possible.

    `extra`: files named for it. `places`: where programs were looked for, whether there is one or not. `known`: path
    to looks and content, where what looks the same need not be read again. `began_ns`: when the run began to look.
    """
    if store is None or not isinstance(view, Worktree | Index | Commit):
        return None
    paths = _state_files(view.git)
    code = list(_foreign_sources(guards))
    items = list(view.on_disk()) if isinstance(view, Worktree) else []
    too_many = len(items) > _MOST_ITEMS or len(code) > _MOST_SOURCES
    # A pipe gives its content once, and that was to this run.
    if paths is None or too_many or not all(map(os.path.isfile, extra)) or not hasattr(os, "posix_spawn"):
        return None
    settings = [os.path.join(view.root, path) for path in (*CONFIG_FILES, *CANONICAL_FILES, BASELINE_FILE)]
    of_git = [paths.head, *paths.refs, paths.shallow, paths.config, view.git.executable]
    witnesses = [*of_git, *settings, *code, *extra, *places]
    return Evidence(
        view.git,
        store,
        replay.code_stamp(),
        tuple((path, replay.witness(path)) for path in dict.fromkeys(witnesses)),
        ("", b"") if isinstance(view, Commit) else (paths.index, replay.index_witness(paths.index)),
        view.glance().asked if isinstance(view, Worktree) else (),
        tuple(_item(view.root, path, (known or {}).get(path, (b"", b""))) for path in items),
        (paths.head, *paths.refs),
        began_ns,
    )


def _item(root: str, path: str, known: tuple[bytes, bytes]) -> tuple[str, bytes, bytes]:
    """A path with its looks and its content."""
    looks = replay.signature(root, path)
    return path, looks, known[1] if looks and looks == known[0] else replay.content(root, path)


class _StateFiles(Struct, frozen=True):
    index: str
    head: str
    refs: tuple[str, ...]
    shallow: str
    config: str


def _state_files(git: Git) -> _StateFiles | None:
    """The files in which git keeps what HEAD and the index are; None where a line of its answer is not one path."""
    wanted = ["index", "HEAD", "packed-refs", "reftable/tables.list", "shallow", "config"]
    branch = git.attempt("symbolic-ref", "-q", "HEAD").stdout.decode("utf-8", "surrogateescape").strip()
    wanted += [branch] if branch else []
    arguments = [part for name in wanted for part in ("--git-path", name)]
    lines = os.fsdecode(git.output("rev-parse", *arguments).removesuffix(b"\n")).split("\n")
    if len(lines) != len(wanted):
        return None
    index, head, packed, tables, shallow, config, *rest = (os.path.join(git.root, line) for line in lines)
    return _StateFiles(index, head, (packed, tables, *rest), shallow, config)


def _foreign_sources(guards: Sequence[Guard[object]]) -> Iterator[str]:
    """The source files of guards that are not ours: an edit of theirs must be noticed as one of ours is."""
    for guard in guards:
        if guard.is_builtin:
            continue
        for code in filter(None, (guard.scan, guard.judge)):
            yield from (path for _, path in sources(code.__module__.partition(".")[0]))


def record(taken: Evidence, report: Report, arguments: Sequence[str], outputs: Sequence[tuple[str, Render]]) -> bool:
    """Keep a report while what it rests on stays the same. `outputs`: file (nothing for stdout) and form."""
    if report.problems or replay.steered() or not taken.still_holds():
        return False
    repeated = as_cached(report)
    fields: list[bytes] = []
    for path, render in outputs:
        template = templates.with_holes(_rendering(repeated, render))
        if template is None:
            return False
        fields += [os.fsencode(os.path.abspath(path)) if path else b"", replay.pack(template)]
    name = replay.name_for(list(arguments))
    return taken.store.save(name, replay.pack(_fields(taken, report, fields)))


def _fields(taken: Evidence, report: Report, outputs: list[bytes]) -> list[bytes]:
    index = [b"index", os.fsencode(taken.index[0]), taken.index[1]] if taken.index[0] else []
    commands = [part for argv, told in taken.commands for part in (os.fsencode("\0".join(argv)), told)]
    items = [part for path, looks, told in taken.items for part in (os.fsencode(path), looks, told)]
    return [
        replay.FORMAT,
        taken.stamp,
        b"%d" % report.exit_code,
        os.fsencode(taken.git.executable),
        taken.git.packed_settings(),
        taken.packed_witnesses() + replay.pack(index),
        *map(replay.pack, (commands, items, outputs)),
    ]


def _rendering(report: Report, render: Render) -> Callable[[templates.Header], str]:
    return lambda header: render(templates.dated(report, header))


def as_cached(report: Report) -> Report:
    """The same report with a ledger that says where it came from."""
    return structs.replace(report, guards=tuple(map(_run_as_cached, report.guards)))


def _run_as_cached(run: GuardRun) -> GuardRun:
    ledger = run.ledger
    cached = structs.replace(ledger, checked=0, cached=ledger.looked())
    return structs.replace(run, ledger=cached, duration_ms=0)
