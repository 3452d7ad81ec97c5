"""Taking down what makes a staged change ordinary, so that `staged` can answer for it without a run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set as AbstractSet

from msgspec import structs

from guards._core import edited, replay, staged, templates
from guards._core.again import State
from guards._core.examination import is_wanted
from guards._core.model import Entry, ExitCode, Kind, Select
from guards._core.recording import Evidence, Render
from guards._core.report import GuardRun, GuardStatus, Ledger, Report, Verdict
from guards._core.runner import Compared
from guards._core.scanning import Task
from guards._core.triggers import stored_at

_DECIDING = {*staged.SETTINGS_FILES, ".gitattributes", ".gitmodules"}
"""Names of files that change what is looked at, not only what is found."""


def plan(
    taken: Evidence,
    report: Report,
    tasks: Sequence[Task],
    compared: Compared,
    *,
    arguments: Sequence[str],
    render: Render,
    limit: int,
) -> bool:
    """Keep a plan for these arguments under these settings. `limit`: the size above which files are not read whole.

    Whichever index the run looked at, such as that of `git commit -a`: a plan is about what comes next.
    """
    if report.problems or replay.steered(but_for_index=True) or not taken.still_holds():
        return False
    ordinary = _ordinary(tasks, limit, compared)
    one, many = _receipts(report, render)
    if ordinary is None or one is None or many is None:
        return False
    fields = [
        replay.FORMAT,
        taken.stamp,
        os.fsencode(taken.git.executable),
        taken.git.packed_settings(),
        taken.packed_witnesses(but=taken.moving),
        _settings_in_index(taken),
        *map(replay.pack, (*ordinary, list(map(os.fsencode, (report.run.commit, *compared.remembered))), one, many)),
    ]
    return taken.store.save(staged.PREFIX + replay.name_for(list(arguments)), replay.pack(fields))


def plan_edits(
    taken: Evidence, report: Report, tasks: Sequence[Task], state: State, *, arguments: Sequence[str], limit: int
) -> bool:
    """Keep what tells, beside the record of this report, whether edits of files can change it."""
    ordinary = _ordinary(tasks, limit, Compared())
    name = replay.name_for(list(arguments))
    recorded = taken.store.load(name)
    # What git may convert, or does not look at, need not be on disk what it says.
    unclear = None if state.converted is None else (*state.converted, *state.unseen)
    if ordinary is None or recorded is None or unclear is None or len(taken.items) > edited.MOST_EDITS:
        return False
    places = [path for found in report.findings for path in (found.path, *(one.path for one in found.related))]
    documents = [path for task in tasks for path in task.documents]
    fields = [
        replay.digest(recorded),
        *map(replay.pack, ordinary),
        replay.pack([os.fsencode(path) for path in sorted({*places, *documents, *unclear})]),
        replay.pack(list(_signs_on_disk(taken, ordinary))),
    ]
    return taken.store.save(edited.PREFIX + name, replay.pack(fields))


def _signs_on_disk(taken: Evidence, ordinary: tuple[list[bytes], list[bytes]]) -> Iterator[bytes]:
    """Paths whose content only disk knows, each with its content and the signs in it."""
    look = edited.Look(taken.git.root, taken.store.key, *map(replay.pack, ordinary))
    for path, _, told in taken.items:
        seen = look.at(os.fsencode(path))
        is_as_recorded = seen is not None and seen.content == told
        yield from (os.fsencode(path), told, edited.packed(seen if is_as_recorded else None))


def _ordinary(tasks: Sequence[Task], limit: int, compared: Compared) -> tuple[list[bytes], list[bytes]] | None:
    """What makes a file ordinary, and the engine that knows signs; None where nothing does."""
    triggers = [trigger for task in tasks for trigger in task.triggers]
    database = stored_at(triggers) if triggers else ("", "")
    selects = [select for task in tasks for select in _always(task)]
    if database is None or any(map(_is_everything, selects)):
        return None
    sizes = [limit, *(int(task.large) for task in tasks if task.large != float("inf"))]
    suffixes = {suffix for select in selects for suffix in select.suffixes}
    names = {name for select in selects for name in select.names} | _DECIDING
    kinds = [b"%d" % min(sizes), *(os.fsencode("\0".join(sorted(group))) for group in (suffixes, names))]
    by_kind = staged.Ordinary(replay.pack([*kinds, b"", b""]))
    wanted = [one for one in compared.entries if by_kind.is_wanted_kind(os.fsencode(one.path))]
    listed = (os.fsencode("\0".join(("", *paths, ""))) for paths in _indifferent(tasks, wanted, compared.asked))
    return [*kinds, *listed], list(map(os.fsencode, database))


def _indifferent(
    tasks: Sequence[Task], entries: Iterable[Entry], asked: Mapping[str, AbstractSet[str]]
) -> tuple[list[str], list[str]]:
    """The paths that concern no guard although they are of a wanted kind: by themselves, and because no judge asked."""
    by_themselves: list[str] = []
    unasked: list[str] = []
    for entry in entries:
        is_deciding = entry.path.rpartition("/")[2] in _DECIDING
        if is_deciding or any(_looks_at(task, entry) or entry.path in asked.get(task.guard.id, ()) for task in tasks):
            continue
        asking = (task.guard.asks_for for task in tasks)
        (unasked if any(one and is_wanted(one, entry) for one in asking) else by_themselves).append(entry.path)
    return by_themselves, unasked


def _looks_at(task: Task, entry: Entry) -> bool:
    """Whether a guard looks at a file whether a trigger hits or not."""
    guard = task.guard
    if not _looks_without_hits(task) or not is_wanted(guard.select, entry) or task.exclude(entry.path):
        return False
    path_class = guard.classify(entry.path, task.scan_slice)
    if not isinstance(path_class, str):
        return False
    return not task.triggers or (guard.whatever_triggers is not None and guard.whatever_triggers(path_class))


def _looks_without_hits(task: Task) -> bool:
    guard = task.guard
    looks = guard.scan is not None or guard.program is not None
    return looks and (not task.triggers or guard.whatever_triggers is not None)


def _always(task: Task) -> list[Select]:
    """The files that a guard may want to see whether a trigger hits or not, by their names and suffixes."""
    guard = task.guard
    select = guard.select if guard.always is None else guard.always(task.scan_slice)
    without_triggers = [select] if _looks_without_hits(task) else []
    return without_triggers + ([guard.asks_for] if guard.asks_for is not None else [])


def _is_everything(select: Select) -> bool:
    return Kind.FILE in select.kinds and not select.suffixes and not select.names


def _settings_in_index(taken: Evidence) -> bytes:
    """Which settings the index holds: in this view they are read from there."""
    return taken.git.output(*(part.decode() for part in staged.SETTINGS_QUESTION))


def _receipts(report: Report, render: Render) -> tuple[list[bytes] | None, list[bytes] | None]:
    """What a run says that finds nothing in one file, and in many."""
    clean = structs.replace(
        report,
        findings=(),
        problems=(),
        verdict=Verdict.PASS,
        exit_code=ExitCode.OK,
        status="",
        reason="",
        files=1,
        guards=tuple(map(_clean, report.guards)),
    )

    def for_many(header: templates.Header) -> str:
        return render(templates.dated(structs.replace(clean, files=templates.number(header)), header))

    return templates.with_holes(lambda header: render(templates.dated(clean, header))), templates.with_holes(for_many)


def _clean(run: GuardRun) -> GuardRun:
    status = GuardStatus.SKIPPED if run.status is GuardStatus.SKIPPED else GuardStatus.PASSED
    reason = run.reason if run.status is GuardStatus.SKIPPED else ""
    return structs.replace(run, status=status, reason=reason, ledger=Ledger(), duration_ms=0)
