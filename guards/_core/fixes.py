"""What the fixes of a run come to, file by file, and doing it. Planning writes nothing; `--diff` shows the plan.

A fix is done as a whole or refused with a reason. Where two fixes want the same bytes, the first finding wins; a file
whose proof fails is left as it is, with every fix that wanted it. Order of doing: texts first, .gitignore among them,
then the index, then the quarantine, so that a run that is cut off anywhere can simply be repeated.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct, field

from guards._core import replacing, seal
from guards._core.errors import GuardError
from guards._core.model import Edit, Fix
from guards._core.replacing import RefusedError, Standing
from guards._core.report import Reported
from guards._core.untracking import exact_line
from guards._core.workspace import STORE

GITIGNORE = ".gitignore"
QUARANTINE = f"{STORE}/quarantine"
MANIFEST = "manifest.json"
MANIFEST_SCHEMA = "guard-quarantine/1"

Prove = Callable[[str, bytes, bytes, Sequence[Edit], Sequence[str]], str]
"""(path, before, after, edits, rules that they mend) to why the edits must not be made, or nothing."""


class Tracked(NamedTuple):
    """What is in the index at or below a path."""

    files: tuple[str, ...]
    objection: str = ""
    """Why they cannot be taken out."""


class Ignoring(NamedTuple):
    """The line of a .gitignore that decides about a path."""

    file: str
    pattern: str


class Ground(Protocol):
    """What planning asks of the work tree."""

    def read(self, path: str) -> Standing | None:
        """A file as it stands; RefusedError where it cannot be edited."""

    def tracked(self, path: str) -> Tracked:
        """What is in the index there."""

    def cannot_move(self, path: str) -> str:
        """Why a file cannot be moved into quarantine, or nothing."""

    def ignoring(self, paths: Sequence[str]) -> Mapping[str, Ignoring]:
        """The deciding lines of the tree's own .gitignore files; paths that none speaks of are absent."""


class Change(Struct, frozen=True):
    """What is to become of one file."""

    path: str
    before: Standing | None
    """None: it does not exist yet."""
    after: bytes
    mends: tuple[str, ...]
    """Fingerprints of the findings that want it."""
    withheld: bool = False
    """It stands on text that must not be shown."""


class Untracking(Struct, frozen=True):
    """Files that git is to let go of."""

    path: str
    """The file or folder as the fix names it."""
    files: tuple[str, ...]
    """What is in the index there."""
    mends: str
    quarantine: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether the path stands for what is below it."""
        return self.files != (self.path,)


class Plan(Struct, frozen=True):
    """Everything that the fixes of a run would do."""

    changes: tuple[Change, ...] = ()
    untracking: tuple[Untracking, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    """Fingerprints of findings whose fix is not made, with the reason."""


class Outcome(Struct):
    """What has been done of a plan; right at every moment, because the doing may be interrupted."""

    plan: Plan = field(default_factory=Plan)
    written: set[str] = field(default_factory=set)
    """Paths of changed files."""
    untracked: set[str] = field(default_factory=set)
    """Paths as the fixes name them."""
    refused: dict[str, str] = field(default_factory=dict)
    not_moved: dict[str, str] = field(default_factory=dict)
    """Paths that are untracked and could not be moved into quarantine, with the reason."""

    def done(self) -> frozenset[str]:
        """The findings of which everything that they wanted was done."""
        wanted: dict[str, list[bool]] = {}
        for change in self.plan.changes:
            for one in change.mends:
                wanted.setdefault(one, []).append(change.path in self.written)
        for untracking in self.plan.untracking:
            wanted.setdefault(untracking.mends, []).append(untracking.path in self.untracked)
        return frozenset(one for one, parts in wanted.items() if all(parts) and one not in self.refused)


def plan(found: Iterable[Reported], ground: Ground, prove: Prove, *, began_ns: int, sensitive: frozenset[str]) -> Plan:
    """What to do for these findings, which a run made that began at `began_ns`. `sensitive`: rules not to be shown."""
    drafts = _Drafts(ground, began_ns, sensitive)
    wanted = [(finding, finding.fix) for finding in found if finding.fix is not None]
    for finding, fix in wanted:
        drafts.add(finding, fix)
    drafts.prove(prove)
    _plan_untracking([(f, fix) for f, fix in wanted if f.fingerprint not in drafts.refused], ground, drafts)
    changes = [draft.change() for draft in drafts.files.values() if draft.mends]
    untracking = [one for one in drafts.untracking if one.mends not in drafts.refused]
    return Plan(tuple(sorted(changes, key=lambda one: one.path)), tuple(untracking), drafts.refused)


class _Draft(Struct):
    """One file and what is wanted of it so far."""

    path: str
    before: Standing | None
    edits: list[Edit] = field(default_factory=list)
    mends: dict[str, str] = field(default_factory=dict)
    """Fingerprint to rule."""
    withheld: bool = False

    @property
    def old(self) -> bytes:
        return self.before.data if self.before else b""

    def change(self) -> Change:
        after = applied(self.old, self.edits)
        return Change(self.path, self.before, after, tuple(self.mends), self.withheld)


class _Drafts:
    """The plan as it grows."""

    def __init__(self, ground: Ground, began_ns: int, sensitive: frozenset[str]) -> None:
        self._ground = ground
        self._began_ns = began_ns
        self._sensitive = sensitive
        self.files: dict[str, _Draft] = {}
        self.untracking: list[Untracking] = []
        self.refused: dict[str, str] = {}

    def add(self, finding: Reported, fix: Fix) -> None:
        """Take the edits of a finding's fix, all or none."""
        if not fix.edits:
            return
        try:
            draft = self._looked_at(fix.path or finding.path)
            draft.edits = merged(draft.old, draft.edits, fix.edits)
        except RefusedError as error:
            self.refused[finding.fingerprint] = str(error)
            return
        draft.mends[finding.fingerprint] = finding.rule
        draft.withheld |= finding.rule in self._sensitive

    def _looked_at(self, path: str) -> _Draft:
        """A file that is still what the run saw, as far as time stamps tell; that it holds what an edit replaces is
        asked beside that."""
        draft = self.draft(path)
        if draft.before is None:
            raise RefusedError("the file is gone")
        if draft.before.changed_ns > self._began_ns:
            raise RefusedError("the file changed since it was looked at")
        return draft

    def draft(self, path: str) -> _Draft:
        """What is wanted of a file so far; it is read when that is first asked."""
        if path not in self.files:
            if not replacing.is_of_the_tree(path):
                raise RefusedError("it is no file of the tree")
            self.files[path] = _Draft(path, self._ground.read(path))
        return self.files[path]

    def prove(self, prove: Prove) -> None:
        """Let go of every file of which it is not certain that only what was planned changes in it."""
        for draft in self.files.values():
            if draft.edits:
                after = applied(draft.old, draft.edits)
                reason = "its edits change nothing"
                if after != draft.old:
                    reason = prove(draft.path, draft.old, after, draft.edits, tuple(draft.mends.values()))
                if reason:
                    self.refused.update(dict.fromkeys(draft.mends, reason))
                    draft.edits, draft.mends = [], {}


def merged(data: bytes, edits: Sequence[Edit], more: Sequence[Edit]) -> list[Edit]:
    """Edits of a file, sorted, with more of them; RefusedError where these do not fit the text or the others."""
    found = list(edits)
    for edit in more:
        if not 0 <= edit.start <= edit.end <= len(data) or data[edit.start : edit.end] != edit.old:
            raise RefusedError("the file does not hold what the fix would replace")
        if edit in edits:
            continue
        if any(_clash(edit, other) for other in found):
            raise RefusedError("another fix changes the same text; run again")
        found.append(edit)
    return sorted(found, key=lambda one: (one.start, one.end))


def _clash(one: Edit, other: Edit) -> bool:
    """Whether two edits want the same bytes, or to begin at the same place, where nobody knows which comes first."""
    return (one.start < other.end and other.start < one.end) or one.start == other.start


def applied(data: bytes, edits: Sequence[Edit]) -> bytes:
    """A text after edits that are sorted and do not overlap."""
    parts, at = [], 0
    for edit in edits:
        parts += [data[at : edit.start], edit.new]
        at = edit.end
    return b"".join([*parts, data[at:]])


# ---- What git is to let go of ----------------------------------------------------------------------------------------


def _plan_untracking(wanted: Sequence[tuple[Reported, Fix]], ground: Ground, drafts: _Drafts) -> None:
    wanted = [(finding, fix) for finding, fix in wanted if fix.untrack]
    tracked = {path: _tracked(path, ground) for _, fix in wanted for path in fix.untrack}
    asked = {file for path, one in tracked.items() if not one.objection for file in one.files or (path,)}
    try:
        ignoring = ground.ignoring(sorted(asked))
    except GuardError as error:
        drafts.refused.update({finding.fingerprint: error.message for finding, _ in wanted})
        return
    lines: dict[str, list[str]] = {}
    for finding, fix in wanted:
        own = {path: tracked[path] for path in fix.untrack}
        missing = [path for path, one in own.items() if not all(map(_ignored(ignoring), one.files or (path,)))]
        reason = _objection(fix, own, ignoring, ground)
        if not reason and not missing and not any(one.files for one in own.values()):
            reason = "there is nothing left for it to do"
        if reason:
            drafts.refused[finding.fingerprint] = reason
            continue
        drafts.untracking += [
            Untracking(path, one.files, finding.fingerprint, fix.quarantine) for path, one in own.items() if one.files
        ]
        if missing:
            exact = [exact_line(path, folder=own[path].files not in {(), (path,)}) for path in missing]
            lines[finding.fingerprint] = list(fix.ignore) or exact
    _plan_lines(lines, {finding.fingerprint: finding.rule for finding, _ in wanted}, drafts)


def _tracked(path: str, ground: Ground) -> Tracked:
    return ground.tracked(path) if replacing.is_of_the_tree(path) else Tracked((), "it is no path of the tree")


def _objection(fix: Fix, tracked: Mapping[str, Tracked], ignoring: Mapping[str, Ignoring], ground: Ground) -> str:
    """Why these paths cannot be untracked as the fix says, or nothing."""
    files = [file for path, one in tracked.items() for file in one.files or (path,)]
    said = next((one.objection for one in tracked.values() if one.objection), "")
    said = said or _held_by_others(map(ignoring.get, files))
    if fix.quarantine and not said:
        said = next(filter(None, map(ground.cannot_move, files)), "")
    return said


def _ignored(ignoring: Mapping[str, Ignoring]) -> Callable[[str], bool]:
    return lambda path: path in ignoring and not ignoring[path].pattern.startswith("!")


def _held_by_others(lines: Iterable[Ignoring | None]) -> str:
    """Why a line at the root would not help: the .gitignore of a folder has the last word, and takes a path back in."""
    for line in lines:
        if line is not None and line.pattern.startswith("!") and line.file != GITIGNORE:
            return f"{line.file} says not to ignore it"
    return ""


def _plan_lines(lines: Mapping[str, Sequence[str]], rules: Mapping[str, str], drafts: _Drafts) -> None:
    """Add lines to the .gitignore of the root: one more edit, at its end."""
    if not lines:
        return
    try:
        draft = drafts.draft(GITIGNORE)
        edit = appended(draft.old, sorted({line for own in lines.values() for line in own}))
        draft.edits = merged(draft.old, draft.edits, [edit])
    except RefusedError as error:
        drafts.refused.update(dict.fromkeys(lines, f"{GITIGNORE}: {error}"))
        return
    draft.mends.update({one: rules[one] for one in lines})


def appended(data: bytes, lines: Sequence[str]) -> Edit:
    """The edit that adds lines to a text, with line ends like those that it has."""
    if b"\0" in data:
        raise RefusedError("it is no plain text")
    end = b"\r\n" if data[: data.rfind(b"\n") + 1].endswith(b"\r\n") else b"\n"
    missing = end if data and not data.endswith(b"\n") else b""
    return Edit(len(data), len(data), b"", missing + b"".join(os.fsencode(line) + end for line in lines))


# ---- Doing it --------------------------------------------------------------------------------------------------------


def carry_out(outcome: Outcome, root: str, untrack: Callable[[Sequence[str]], None], *, run: str) -> None:
    """Do what is planned. `untrack` takes files out of the index; `run` names the folder of the quarantine."""
    for change in outcome.plan.changes:
        try:
            replacing.replace(root, change.path, change.after, change.before)
            outcome.written.add(change.path)
        except RefusedError as error:
            outcome.refused.update(dict.fromkeys(change.mends, f"{change.path}: {error}"))
    wanted = [one for one in outcome.plan.untracking if one.mends not in outcome.refused]
    moved = sorted({file for one in wanted if one.quarantine for file in one.files})
    if moved:
        reason = _open_quarantine(root, run, moved)
        if reason:
            held = [one for one in wanted if one.quarantine]
            outcome.refused.update({one.mends: reason for one in held})
            wanted, moved = [one for one in wanted if not one.quarantine], []
    if not wanted:
        return
    try:
        untrack(sorted({file for one in wanted for file in one.files}))
    except GuardError as error:
        outcome.refused.update({one.mends: error.message for one in wanted})
        return
    outcome.untracked.update(one.path for one in wanted)
    for file in moved:
        try:
            replacing.move(root, file, in_quarantine(run, file))
        except RefusedError as error:
            outcome.not_moved[file] = f"it is untracked, but could not be moved into quarantine: {error}"


def in_quarantine(run: str, path: str) -> str:
    """Where a file is kept that was moved out of the tree."""
    return f"{QUARANTINE}/{run}/files/{path}"


def _open_quarantine(root: str, run: str, files: Sequence[str]) -> str:
    """Write down what will be moved, before anything is; why that is not possible, or nothing."""
    manifest = {"schema": MANIFEST_SCHEMA, "run": run, "root": root, "files": list(files)}
    data = json.dumps(manifest, indent=2).encode("ascii") + b"\n"
    if not seal.is_ours(root):
        return f"{STORE} is not ours to write to"
    try:
        for folder in (STORE, QUARANTINE, f"{QUARANTINE}/{run}"):
            replacing.make_folder(root, folder)
        if replacing.read(root, f"{STORE}/{GITIGNORE}") is None:
            replacing.replace(root, f"{STORE}/{GITIGNORE}", b"*\n", None)
        replacing.replace(root, f"{QUARANTINE}/{run}/{MANIFEST}", data, None)
    except RefusedError as error:
        return f"{os.path.join(QUARANTINE, run)}: {error}"
    return ""
