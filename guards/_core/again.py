"""What the last run learned about every path, so that the next one looks again only at the paths that differ.

Git names those paths: what its index lists otherwise than then, and what is not on disk as the index has it, then or
now. Everything else is as it was seen. The slightest doubt is no answer, and a run looks at everything.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set as AbstractSet
from typing import Any, NamedTuple

from msgspec import Struct

from guards._core import git as git_, replay, workspace
from guards._core.examination import Part, Progress, Side, assign, is_wanted
from guards._core.learned import fact_in, fact_out, finding_in, finding_out, remark_out
from guards._core.model import Entry, Fact, Finding, Guard, Kind, Remark
from guards._core.recording import Evidence
from guards._core.store import Store
from guards._core.workspace import Worktree

_PREFIX = "state-"
_FORMAT = 3
_TIGHT = (",", ":")
_NO_FACTS = "{}"
_MOST = 5_000
"""Where more paths differ, looking at all of them is not much more."""


class Standing(NamedTuple):
    """What stood at a path whose content only disk knows; without a kind, nothing did."""

    kind: str = ""
    executable: bool = False
    tracked: bool = False
    content: str = ""

    def entry(self, path: str) -> Entry | None:
        """The entry that it was."""
        return Entry(path, Kind(self.kind), "", self.executable, self.tracked) if self.kind else None


class Share(Struct, frozen=True):
    """What one task came to, as plain data."""

    guard: str
    documents: Sequence[str]
    """The files that its scan read beside each one that it looked at."""
    enumerated: int
    reached: int
    skipped: Mapping[str, int]
    excluded: Mapping[str, int]
    remarks: Mapping[str, Sequence[Any]]
    """Path to what the ledger says of it."""
    found: Mapping[str, Sequence[Any]]
    """Path to what scan found there."""
    facts: str
    """Path to what scan learned there, as JSON: often nobody asks."""
    judged: Sequence[tuple[str, Any]]
    """What judge found, each with its path."""


class State(Struct, frozen=True):
    """Everything that a run looked at and learned, except for what did not matter to any guard."""

    index: tuple[str, str]
    """The index with its witness."""
    listed: str
    """The digest of what git lists of it."""
    converted: tuple[str, ...] | None
    """The paths at which git may turn blobs into other bytes on disk; None for too many to name."""
    unseen: tuple[str, ...]
    disk: Mapping[str, Standing]
    looks: Mapping[str, str]
    """What these paths looked like from outside, to be compared before they are read."""
    files: int
    shares: tuple[Share, ...]

    def documents(self, guard: str) -> Sequence[str]:
        """The files that a guard's scan read beside each one that it looked at; the same as long as none differs."""
        return next((share.documents for share in self.shares if share.guard == guard), ())

    def known(self) -> dict[str, tuple[bytes, bytes]]:
        """The looks and the content of what stood on disk."""
        pairs = ((path, self.looks[path], one.content) for path, one in self.disk.items())
        return {path: (bytes.fromhex(looks), bytes.fromhex(content)) for path, looks, content in pairs}


class Difference(NamedTuple):
    """What stood at a path, and what stands there now."""

    path: str
    then: Entry | None
    now: Entry | None

    @property
    def of_shape(self) -> bool:
        """Something came, went, or is of another kind: what judge sees of a tree differs."""
        return self.then is None or self.now is None or _shape(self.then) != _shape(self.now)


def _shape(entry: Entry) -> tuple[object, ...]:
    return entry.kind, entry.executable, entry.tracked


class Memory(Struct):
    """The state of one kind of run, in the run store."""

    store: Store
    name: str
    key: str
    """Everything but the paths that its findings depend on."""

    def load(self) -> State | None:
        """The state that the last such run left."""
        data = self.store.load(_PREFIX + self.name)
        raw = json.loads(data) if data is not None else {}
        if raw.get("format") != _FORMAT or raw.get("key") != self.key:
            return None
        return State(
            index=tuple(raw["index"]),
            listed=raw["listed"],
            converted=tuple(raw["converted"]) if raw["converted"] is not None else None,
            unseen=tuple(raw["unseen"]),
            disk={path: Standing(*one) for path, one in raw["disk"].items()},
            looks=raw["looks"],
            files=raw["files"],
            shares=tuple(Share(*one) for one in raw["shares"]),
        )

    def index(self, state: State) -> bytes | None:
        """What git listed of the index of a state."""
        listed = self.store.load(f"{_PREFIX}{self.name}.index")
        return listed if listed is not None and _digest(listed) == state.listed else None

    def save(self, state: State, index: bytes) -> None:
        """Keep a state. `index`: what git lists of it; empty where nobody had to ask."""
        name = f"{_PREFIX}{self.name}.index"
        if index and not self.store.save(name, index):
            return
        shares = [[getattr(share, name) for name in Share.__struct_fields__] for share in state.shares]
        raw = {"format": _FORMAT, "key": self.key, "shares": shares, "disk": state.disk}
        raw |= {name: getattr(state, name) for name in ("index", "listed", "converted", "unseen", "looks", "files")}
        self.store.save(_PREFIX + self.name, json.dumps(raw, separators=_TIGHT).encode("ascii"))


def _digest(index: bytes) -> str:
    return hashlib.blake2b(index, digest_size=20).hexdigest()


# --- what differs -------------------------------------------------------------------------------------------------


def begin(memory: Memory, state: State, view: Worktree) -> Mapping[str, Line] | None:
    """Where the index lists something else than it did, by path, and the view told at which paths git does not look.

    None where that says too little to go on: where git converts, a file can be another one with the same blob.
    """
    glance = view.glance()
    if glance.all_unseen or glance.problems:
        return None
    path, told = state.index
    moved: Mapping[str, Line] = {}
    if replay.index_witness(path).hex() != told:
        before, listing = memory.index(state), view.listing()
        if before is None or state.converted != () or view.uncertain or listing.absent:
            return None
        moved = _moved(before, view.index)
    hidden = {path for path, line in moved.items() if line.unseen}
    view.unseen = tuple(sorted({path for path in state.unseen if path not in moved} | hidden))
    return moved if len(moved) <= _MOST else None


class Line(NamedTuple):
    """What the index listed at a path, and what it lists now."""

    then: Entry | None
    now: Entry | None
    unseen: bool
    """Git is told not to look at what is there on disk."""
    unmerged: bool


def _moved(before: bytes, after: bytes) -> dict[str, Line]:
    old, new = set(before.split(b"\0")), set(after.split(b"\0"))
    gone, come = (list(git_.parse_index(b"\0".join(lines))) for lines in (old - new, new - old))
    then = {item.path: workspace.entry_of(item) for item in gone}
    now = {item.path: workspace.entry_of(item) for item in come}
    hidden = {item.path for item in come if workspace.is_unseen(item)}
    unmerged = {item.path for item in (*gone, *come) if item.stage}
    return {path: Line(then.get(path), now.get(path), path in hidden, path in unmerged) for path in {*then, *now}}


def differences(state: State, view: Worktree, taken: Evidence, moved: Mapping[str, Line]) -> list[Difference] | None:
    """What is not as it was; None where that cannot be told for certain, or is too much."""
    disk = view.on_disk()
    paths = sorted({*state.disk, *disk, *moved})
    same_index = (taken.index[0], taken.index[1].hex()) == state.index
    if len(paths) > _MOST or not (moved or same_index or view.index) or any(map(_is_store, paths)):
        return None
    if any(disk[path] is None for path in view.unseen) or any(line.unmerged for line in moved.values()):
        return None
    settled = _indexed(view, [path for path in state.disk if path not in disk and path not in moved])
    told = {path: content.hex() for path, _, content in taken.items}
    found = []
    for path in paths:
        now = disk[path] if path in disk else moved[path].now if path in moved else settled.get(path)
        if path in state.disk and path in disk and state.disk[path] == standing(now, told[path]):
            continue
        then = _then(path, state, moved, view)
        if then is not None or now is not None:
            found.append(Difference(path, then, now))
    return found


def standing(entry: Entry | None, content: str) -> Standing:
    """What stands at a path, for a state."""
    return Standing(entry.kind, entry.executable, entry.tracked, content) if entry else Standing(content=content)


def _then(path: str, state: State, moved: Mapping[str, Line], view: Worktree) -> Entry | None:
    """What stood at a path: as disk had it, or as the index did."""
    if path in state.disk:
        return state.disk[path].entry(path)
    if path in moved:
        return moved[path].then
    change = view.glance().changes.get(path)
    return workspace.entry_before(change) if change is not None else None


def _indexed(view: Worktree, paths: Sequence[str]) -> dict[str, Entry]:
    """What the index has at these paths, which are on disk just so."""
    if not paths:
        return {}
    answer = view.git.output("ls-files", "-s", "-v", "-z", "--", *(f":(top,literal){path}" for path in paths))
    # Without identity: git may have converted what stands there.
    return {item.path: workspace.entry_of(item)._replace(blob="") for item in git_.parse_index(answer)}


def _is_store(path: str) -> bool:
    """Whether a path is in the run store."""
    return path.partition("/")[0].lower() == workspace.STORE


# --- looking again ------------------------------------------------------------------------------------------------


def look_again(
    side: Side, state: State, found: Sequence[Difference], progress: Progress
) -> tuple[list[Share], list[list[Finding]], int]:
    """Take the parts up where the last run left them, and look at what differs.

    What each part came to, what its judge has to say, and how many files the whole rests on.
    """
    scratch = [Part(part.task) for part in side.parts]
    selects = [part.task.guard.select for part in side.parts]
    gone = sum(1 for _ in assign(scratch, [one.then for one in found if one.then], selects))
    paths = {one.path for one in found}
    for part, share, without in zip(side.parts, state.shares, scratch, strict=True):
        _take_up(part, share, without, paths)
    files = state.files - gone + side.look([one.now for one in found if one.now], (), progress)
    shares, judged = [], []
    for number, (part, share) in enumerate(zip(side.parts, state.shares, strict=True)):
        facts = _Facts(share.facts, paths, part.facts)
        findings = [finding_in(raw, path) for path, raw in share.judged]
        if must_judge(part.task.guard, findings, found, facts_differ=facts.differ):
            findings, problems = side.judge(number, facts.all())
            part.problems += problems
        shares.append(_share(part, findings, facts.text()))
        judged.append(findings)
    return shares, judged, files


def _take_up(part: Part, share: Share, without: Part, paths: AbstractSet[str]) -> None:
    """Make a part what it was, without these paths, which are what `without` holds."""
    part.enumerated = share.enumerated - without.enumerated
    part.remarks = {path: Remark(*raw) for path, raw in share.remarks.items() if path not in paths}
    part.wanted = part.reached = share.reached - without.wanted
    part.cached = part.reached - sum(one.is_unread for one in part.remarks.values())
    part.skipped = Counter(share.skipped) - without.skipped
    part.excluded = Counter(share.excluded) - without.excluded
    part.findings = [finding_in(raw, path) for path, raws in share.found.items() if path not in paths for raw in raws]


class _Facts:
    """What is known of all paths: what was, but for some paths, of which this is what is known now."""

    def __init__(self, text: str, paths: AbstractSet[str], now: Mapping[str, tuple[Fact, ...]]) -> None:
        self._text = text
        self._paths = paths
        self._now: dict[str, Any] = json.loads(facts_text(now))
        then = self._then if self._now or text != _NO_FACTS else {}
        self.differ = {path: then[path] for path in paths if path in then} != self._now

    @functools.cached_property
    def _then(self) -> dict[str, Any]:
        then: dict[str, Any] = json.loads(self._text)
        return then

    def _merged(self) -> dict[str, Any]:
        return {path: raw for path, raw in self._then.items() if path not in self._paths} | self._now

    def all(self) -> dict[str, tuple[Fact, ...]]:
        """By path, for judge."""
        return {path: tuple(map(fact_in, raw)) for path, raw in self._merged().items()}

    def text(self) -> str:
        """All of them, to be kept."""
        return json.dumps(self._merged(), separators=_TIGHT) if self.differ else self._text


def must_judge(
    guard: Guard[Any], judged: Iterable[Finding], found: Sequence[Difference], *, facts_differ: bool
) -> bool:
    """Whether judge could say something else than it did."""
    if guard.judge is None or not found:
        return False
    sees_paths = guard.sees_tree or bool(guard.path_patterns)
    if facts_differ or (sees_paths and (not guard.is_builtin or any(one.of_shape for one in found))):
        return True
    entries = [entry for one in found for entry in (one.then, one.now) if entry]
    if guard.asks_for is not None and any(is_wanted(guard.asks_for, entry) for entry in entries):
        return True
    paths = {one.path for one in found}
    # A finding shows the line that it stands on.
    return any(paths.intersection([one.path, *(place.path for place in one.related)]) for one in judged)


def share_of(part: Part, judged: Iterable[Finding]) -> Share:
    """What a part came to that looked at everything."""
    return _share(part, judged, facts_text(part.facts))


def _share(part: Part, judged: Iterable[Finding], facts: str) -> Share:
    found: dict[str, list[Any]] = {}
    for finding in part.findings:
        found.setdefault(finding.path, []).append(finding_out(finding))
    told = [(finding.path, finding_out(finding)) for finding in judged]
    guard, documents = part.task.guard.id, sorted(part.task.documents)
    remarks = {path: remark_out(one) for path, one in part.remarks.items()}
    counts = part.enumerated, part.reached, part.skipped, part.excluded
    return Share(guard, documents, *counts, remarks, found, facts, told)


def facts_in(text: str) -> dict[str, tuple[Fact, ...]]:
    """The facts of a share, by path."""
    return {path: tuple(map(fact_in, raw)) for path, raw in json.loads(text).items()}


def facts_text(facts: Mapping[str, tuple[Fact, ...]]) -> str:
    """Facts by path, to be kept."""
    return json.dumps({path: list(map(fact_out, own)) for path, own in facts.items()}, separators=_TIGHT)


def _converted(view: Worktree) -> tuple[str, ...] | None:
    return tuple(sorted(view.uncertain)) if len(view.uncertain) <= _MOST else None


def state_of(view: Worktree, taken: Evidence, shares: Iterable[Share], files: int, before: State | None) -> State:
    """The state after a run. `before`: the one that it began with, where it looked only at what differs."""
    told = {path: content.hex() for path, _, content in taken.items}
    listed = _digest(view.index) if view.index or before is None else before.listed
    return State(
        index=(taken.index[0], taken.index[1].hex()),
        listed=listed,
        converted=before.converted if before is not None and not view.index else _converted(view),
        unseen=view.unseen,
        disk={path: standing(entry, told[path]) for path, entry in view.on_disk().items()},
        looks={path: looks.hex() for path, looks, _ in taken.items},
        files=files,
        shares=tuple(shares),
    )
