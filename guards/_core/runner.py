"""A run, from a request to a report: list, read once, trigger once, scan, judge, decide.

Everything that decides something is a pure function elsewhere; this module brings the pieces together in order.
"""

from __future__ import annotations

import enum
import functools
import gc
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from typing import Any, NamedTuple

from msgspec import Struct, field, structs

import guards
from guards._builtin import NEED_SECTION
from guards._core import (
    again,
    baseline as baseline_,
    canonical as canonical_,
    config as config_,
    former,
    git as git_,
    history,
    inline,
    policy,
    replay,
    waivers,
    workspace,
    wrapped,
)
from guards._core.again import Difference, Memory, Share, State
from guards._core.canonical import Canonical
from guards._core.config import Config, ConfigError
from guards._core.errors import GuardError, Interrupted
from guards._core.examination import Part, Progress, Side, find
from guards._core.facts import Facts
from guards._core.fingerprint import digest
from guards._core.git import Change, Git
from guards._core.globs import Matcher, matcher
from guards._core.identity import guard_fingerprint, installed_versions, task_fingerprint
from guards._core.model import (
    Answer,
    Entry,
    Fact,
    Finding,
    Guard,
    Kind,
    Outside,
    Place,
    Problem,
    ProblemKind,
    Rule,
    Trigger,
)
from guards._core.options import OptionError, nearest
from guards._core.policy import Accepted, Reach
from guards._core.programs import Tool
from guards._core.recording import Evidence, evidence
from guards._core.registry import Registry
from guards._core.report import FindingStatus, GuardRun, GuardStatus, Ledger, Report, Reported, Run, settled
from guards._core.scanning import Limits, Scanner, Task, describe, recursion_headroom, silenced
from guards._core.store import Store, open_store, user_key
from guards._core.triggers import engine_ahead
from guards._core.waivers import Terms, Waivers
from guards._core.workspace import Listing, UnreadableError, View, Worktree

_CONFIG_LIMIT = 4 << 20


class ViewName(enum.StrEnum):
    """Which view a run looks at."""

    WORKTREE = "worktree"
    INDEX = "index"
    COMMIT = "commit"
    HISTORY = "history"


class Request(Struct, frozen=True, kw_only=True):
    """What was asked for, by whatever asks: the command line, a hook, an editor."""

    cwd: str
    paths: tuple[str, ...] = ()
    """As given, relative to `cwd`. Empty: everything."""
    guards: tuple[str, ...] = ()
    """Guards asked for by name. Empty: those that are enabled."""
    view: ViewName = ViewName.WORKTREE
    rev: str = ""
    """The revision of the commit view. Of a history: only what it reaches."""
    since: str = ""
    """Report only what was not there at this revision. Of a history: only what it does not reach."""
    tracked: bool = False
    """Leave untracked files out."""
    flags: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the command line, by their key in the file."""
    environ: Mapping[str, str] = field(default_factory=dict)
    config: str = ""
    canonical: str = ""
    policy_from: str = ""
    """The revision whose settings, canonical.yaml, baseline and waivers count, in place of those of the view."""
    trust_local_guards: bool = False
    exit_zero: bool = False
    use_cache: bool = True
    without_baseline: bool = False
    """As if there were none yet: what a baseline would have to hold."""
    clock_ns: Callable[[], int] = time.time_ns
    """What decides which day it is, for waivers."""


class _Chosen(Struct, frozen=True):
    """A guard of this run with its settings."""

    guard: Guard[Any]
    options: Any
    exclude: Matcher
    is_named: bool = False
    """Somebody asked for it: then it is said, too, that there is nothing for it to check."""


class Compared(NamedTuple):
    """What a run that compared with a commit knows of paths that did not change."""

    entries: Sequence[Entry] = ()
    """Those of the view."""
    asked: Mapping[str, AbstractSet[str]] = {}
    """Guard to the paths that its judge asked for at that commit."""
    remembered: Sequence[str] = ()
    """Files whose past some guard knows."""


class _Draft(Struct):
    """What a run has found out so far; enough for a report at any moment."""

    chosen: list[_Chosen] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    skipped: list[GuardRun] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    known: frozenset[str] = frozenset()
    accepted: Accepted = field(default_factory=Accepted)
    config: Config = field(default_factory=Config)
    canonical: Canonical = field(default_factory=Canonical)
    root: str = ""
    commit: str = ""
    base: str = ""
    outside: Mapping[Outside, Answer] = field(default_factory=dict)
    """What the chosen guards have to know from outside of the tree."""
    tools: dict[str, Tool] = field(default_factory=dict)
    """Guard to the program that it wraps, as it was found here."""
    scanner: Scanner | None = None
    files: int = 0
    store: Store | None = None
    ended_early: bool = False
    evidence: Evidence | None = None
    judged: list[list[Finding]] = field(default_factory=list)
    """What each part's judge found, whatever is selected."""
    memory: Memory | None = None
    """Where the state of this kind of run is kept; None where it is not."""
    shares: list[Share] = field(default_factory=list)
    state: State | None = None
    compared: Compared = field(default_factory=Compared)
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds by phase, in the order in which they began."""
    lap: float = field(default_factory=time.perf_counter)
    began_ns: int = field(default_factory=time.time_ns)

    def phase_ends(self, name: str) -> None:
        """Book the time since the last phase."""
        now = time.perf_counter()
        self.phases[name] = self.phases.get(name, 0.0) + now - self.lap
        self.lap = now

    def end_early(self, problem: Problem) -> None:
        """Keep what was found so far. Where only changes are wanted, nobody knows yet which of it is new."""
        self.ended_early = True
        self.problems.append(problem)
        self.findings = [] if self.base else [finding for part in self.parts for finding in part.findings]


def run(request: Request, *, registry: Registry | None = None, progress: Progress = lambda done, total: None) -> Report:
    """Do what was asked for and report on it, whatever happens on the way.

    Errors that a person must act on (`GuardError`) pass through when nothing could be looked at yet.
    """
    return run_with_evidence(request, registry=registry, progress=progress).report


class Ran(NamedTuple):
    """A report and what it rests on."""

    report: Report
    evidence: Evidence | None = None
    """None where it cannot be told completely."""
    tasks: tuple[Task, ...] = ()
    size_limit: int = 0
    phases: Mapping[str, float] = {}
    remember: Callable[[], None] = lambda: None
    """Keeps what lets the next run look only at what differs."""
    state: State | None = None
    """Where all that is on disk was looked at: what it was."""
    compared: Compared = Compared()


def run_with_evidence(
    request: Request, *, registry: Registry | None = None, progress: Progress = lambda done, total: None
) -> Ran:
    """The same, with what the report rests on."""
    clock = time.perf_counter()
    started = _now()
    draft = _Draft()
    view: View | None = None
    try:
        git = git_.discover(request.cwd)
        view = _view(request, git)
        draft.root = view.root
        draft.store = open_store(view.root) if request.use_cache else None
        _examine(request, view, git, registry or Registry(trust_local=request.trust_local_guards), draft, progress)
    except Interrupted as error:
        draft.end_early(Problem(f"stopped by {error.signal_name}", ProblemKind.INTERRUPTED))
    except GuardError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug of ours must not lose what was found before it
        draft.end_early(Problem(f"internal error: {describe(error)}", ProblemKind.INTERNAL))
    finally:
        if view is not None:
            view.close()
    draft.phase_ends("judge")
    try:
        report = _report(request, draft, started, _milliseconds_since(clock))
    except Interrupted as error:
        draft.end_early(Problem(f"stopped by {error.signal_name}", ProblemKind.INTERRUPTED))
        report = _report(request, draft, started, _milliseconds_since(clock))
    draft.phase_ends("decide")
    tasks = tuple(part.task for part in draft.parts)
    remember = functools.partial(_keep_state, draft, view)
    return Ran(report, draft.evidence, tasks, _limits(draft).size, draft.phases, remember, draft.state, draft.compared)


def _keep_state(draft: _Draft, view: View | None) -> None:
    if draft.memory is not None and draft.state is not None and isinstance(view, Worktree):
        draft.memory.save(draft.state, view.index)


def refused(request: Request, error: GuardError) -> Report:
    """The report of a run that could not begin: what is wrong, a problem each."""
    lines = error.lines if isinstance(error, ConfigError) else (" · ".join(filter(None, (error.message, error.hint))),)
    draft = _Draft(root=request.cwd, problems=[Problem(line, ProblemKind.CONFIG) for line in lines])
    return _report(request, draft, _now(), 0)


class Setup(NamedTuple):
    """What decides about a run of everything, before any file is looked at."""

    config: Config
    accepted: Accepted
    canonical: Canonical
    guards: tuple[str, ...]
    """Those that would run."""
    idle: tuple[str, ...]
    """Those that would, if canonical.yaml had their section."""
    off: tuple[str, ...]
    """The other built-in ones."""


def setup(request: Request, registry: Registry) -> Setup:
    """The settings, canonical.yaml and what is accepted, checked as a run checks them."""
    view = _view(request, git_.discover(request.cwd))
    try:
        registry.root = view.root
        draft = _Draft(config=_config(request, view, registry))
        draft.chosen = list(_chosen(request, registry, draft.config, frozenset()))
        accepted = _accepted(request, view, draft.config)
        canonical = _canonical(request, view, lambda: _all_known(registry, draft))
    finally:
        view.close()
    idle = tuple(one.guard.id for one in draft.chosen if not one.is_named and _lacks_section(one.guard, canonical))
    guards_ = tuple(one.guard.id for one in draft.chosen if one.guard.id not in idle)
    off = tuple(guard_id for guard_id in registry.builtin() if guard_id not in {*guards_, *idle})
    return Setup(draft.config, accepted, canonical, guards_, idle, off)


def _milliseconds_since(clock: float) -> int:
    return round((time.perf_counter() - clock) * 1000)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _view(request: Request, git: Git | None) -> View:
    if git is None:
        if request.view is not ViewName.WORKTREE or request.since or request.tracked:
            raise GuardError(f"{request.cwd} is in no git repository", hint="Without git there is only the work tree.")
        return workspace.Folder(os.path.realpath(request.cwd))
    if request.view is ViewName.INDEX:
        return workspace.Index(git)
    if request.rev:
        return workspace.Commit(git, git.commit_of(request.rev))
    return workspace.Worktree(git, untracked=not request.tracked)


def _examine(
    request: Request, view: View, git: Git | None, registry: Registry, draft: _Draft, progress: Progress
) -> None:
    base = _base(request, git, draft)
    registry.root = view.root
    deciding = _deciding(request, view, git)
    draft.config = _config(request, deciding, registry)
    idle = frozenset[str]() if _has_canonical(request, deciding) else NEED_SECTION
    draft.chosen = list(_chosen(request, registry, draft.config, idle))
    if request.view is not ViewName.HISTORY:
        draft.chosen.append(_Chosen(inline.GUARD, inline.NoOptions(), matcher(())))
    draft.accepted = _accepted(request, deciding, draft.config)
    draft.canonical = _canonical(request, deciding, lambda: _all_known(registry, draft))
    draft.problems += draft.canonical.problems
    if not request.canonical:  # a file that is named has no past that we know of
        draft.canonical = _recalled(draft.canonical, draft.chosen, git, draft.commit, draft)
    draft.chosen = [one for one in draft.chosen if one.is_named or not _lacks_section(one.guard, draft.canonical)]
    draft.tools = _tools(request, view, draft)
    draft.outside = _asked_outside(request, view, draft)
    draft.phase_ends("settings")
    draft.memory = _memory(request, view, draft)
    earlier = _earlier(request, view, draft)
    listing = Listing(workspace.Later(view)) if earlier is not None else view.listing()
    draft.problems += listing.problems
    draft.phase_ends("list")
    draft.evidence = earlier.evidence if earlier is not None else _evidence(request, view, draft)
    if git is not None and request.view is ViewName.HISTORY:
        with silenced():
            _look_back(request, view, git, listing, draft, progress)
        return
    selected = _selected(request, view, listing) if earlier is None else ()
    with silenced():
        now = _side(view, listing, draft, earlier)
        draft.phase_ends("cache and engine")
        with now.scanner.timer.ticking():
            if earlier is not None:
                _check_again(now, earlier, draft, progress)
            elif git is None or base is None:
                _check(now, selected, draft, progress)
            else:
                before = _Base(workspace.Commit(git, base), view.changes(base))
                _compare(request, now, selected, before, draft, progress)
    if deciding is not view:
        draft.accepted = _only_as_before(view, deciding, draft.accepted)
    if draft.evidence is not None:
        draft.evidence = draft.evidence.within(waivers.unchanging(draft.accepted.waivers.all, draft.accepted.today))
    # A state says nothing of paths that have no content here.
    complete = draft.memory is not None and not draft.problems and not listing.absent
    if isinstance(view, Worktree) and complete and draft.evidence is not None:
        shares = draft.shares or list(map(again.share_of, now.parts, draft.judged))
        draft.state = again.state_of(view, draft.evidence, shares, draft.files, earlier and earlier.state)


def _deciding(request: Request, view: View, git: Git | None) -> View:
    """The view whose settings and the like count."""
    if not request.policy_from:
        return view
    if git is None:
        raise GuardError(f"{request.cwd} is in no git repository", hint="Without git there is no other policy.")
    return workspace.Commit(git, git.commit_of(request.policy_from))


def _only_as_before(view: View, deciding: View, accepted: Accepted) -> Accepted:
    """Only with the waivers in comments that stood there before, and with what else decides and is another now."""
    own = _settings_in(lambda path: _file(view, view.find(path)))
    there = _settings_in(lambda path: _file(deciding, deciding.find(path)))
    changed = [Place(path) for path in sorted(own.keys() | there.keys()) if own.get(path) != there.get(path)]
    stood = {
        path: _said_in_comments(deciding, path) for path in {one.place.path for one in accepted.waivers.all if one.line}
    }
    fresh = [one for one in accepted.waivers.all if one.line and one.terms not in stood[one.place.path]]
    changed += [one.place for one in fresh]
    deciding.close()
    kept = Waivers(one for one in accepted.waivers.all if one not in fresh)
    return structs.replace(accepted, waivers=kept, changed=tuple(changed))


def _settings_in(read: Callable[[str], bytes | None]) -> dict[str, object]:
    """Path to what it says, of the files that decide; of a pyproject.toml only the table that is ours."""
    found: dict[str, object] = {}
    for path in (*config_.FILES, *canonical_.FILES, baseline_.FILE):
        data = read(path)
        if data is not None:
            found[path] = config_.own_table(data) if path == config_.FILES[1] else data
    return {path: said for path, said in found.items() if said is not None}


def _said_in_comments(view: View, path: str) -> list[Terms]:
    """What the waivers in comments of a file say."""
    path_class = inline.GUARD.classify(path, None)
    try:
        data = _file(view, view.find(path))
    except ConfigError:  # too large, for example: then nothing of it counts
        return []
    if data is None or not isinstance(path_class, str):
        return []
    facts = [fact for fact in inline.marks(data, path_class) if isinstance(fact, Fact)]
    return [one.terms for one in inline.at(path, facts)]


def _evidence(
    request: Request, view: View, draft: _Draft, known: Mapping[str, tuple[bytes, bytes]] | None = None
) -> Evidence | None:
    """What the report rests on, where it speaks of one state only."""
    is_compared = request.since or request.policy_from or request.view is ViewName.HISTORY
    if is_compared or request.rev not in {"", "HEAD"} or draft.outside:
        return None
    named = [os.path.join(request.cwd, path) for path in (request.config, request.canonical) if path]
    wrapping = [(one.guard.program, draft.tools.get(one.guard.id)) for one in draft.chosen if one.guard.program]
    return evidence(
        view,
        draft.store,
        [one.guard for one in draft.chosen],
        named,
        places=[
            *(path for program, tool in wrapping for path in wrapped.places(program, view.root, tool)),
            *(os.path.join(view.root, canonical_.file_of(folder)) for folder in draft.canonical.projects),
        ],
        known=known,
        began_ns=draft.began_ns,
    )


class _Earlier(NamedTuple):
    """The state that an earlier run left, and what differs from it."""

    state: State
    found: Sequence[Difference]
    evidence: Evidence


def _memory(request: Request, view: View, draft: _Draft) -> Memory | None:
    """Where the state of a run like this one is kept; None where a run looks at less than all that is on disk."""
    is_part = request.since or request.paths or request.policy_from or replay.steered()
    whole = request.view is ViewName.WORKTREE and not is_part
    if not isinstance(view, Worktree) or draft.store is None or not whole or draft.outside:
        return None
    return Memory(draft.store, *_state_name(request, view, draft))


def _earlier(request: Request, view: View, draft: _Draft) -> _Earlier | None:
    """What an earlier run like this one knew; None where this one must look at everything."""
    state = draft.memory.load() if draft.memory is not None else None
    if draft.memory is None or state is None or not isinstance(view, Worktree):
        return None
    moved = again.begin(draft.memory, state, view)
    taken = _evidence(request, view, draft, state.known()) if moved is not None else None
    found = again.differences(state, view, taken, moved) if taken is not None and moved is not None else None
    # What scan reads beside a file may give something else in every file.
    is_read = matcher([pattern for one in draft.chosen for pattern in _reads(one, draft.canonical)])
    if taken is None or found is None or any(is_read(one.path) for one in found):
        return None
    return _Earlier(state, found, taken)


def _asked_outside(request: Request, view: View, draft: _Draft) -> dict[Outside, Answer]:
    """What is outside of the tree, as far as a guard of this run declares that it has to know that."""
    wanted: set[Outside] = set()
    for one in draft.chosen:
        if one.guard.looks_outside is not None:
            wanted.update(one.guard.looks_outside(one.options, draft.canonical.sections.get(one.guard.section)))
    if not wanted:
        return {}
    from guards._core.outside import Circumstances, answers

    settings = draft.config.settings
    today = waivers.today(request.clock_ns()).isoformat()
    return answers(wanted, Circumstances(view.root, request.environ, settings.offline, settings.timeout, today))


def _reads(chosen: _Chosen, canonical: Canonical) -> tuple[str, ...]:
    """The files that a guard reads beside the one that it looks at."""
    guard = chosen.guard
    return guard.reads(chosen.options, canonical.sections.get(guard.section)) if guard.reads is not None else ()


def _state_name(request: Request, view: Worktree, draft: _Draft) -> tuple[str, str]:
    """The name of this kind of run, and all that its findings depend on beside the paths."""
    settings = [f"{key}={value}" for key, value in sorted(view.git.settings.items())]
    parts = [view.git.packed_settings().hex(), *settings, view.algorithm, repr(_limits(draft))]
    parts += [draft.canonical.digest, draft.canonical.past]
    for one in draft.chosen:
        tool = repr(draft.tools.get(one.guard.id))
        parts += [guard_fingerprint(one.guard), repr(one.options), repr(one.exclude.patterns), tool]
    return digest(str(request.tracked), *(one.guard.id for one in draft.chosen)), digest(*parts)


def _tools(request: Request, view: View, draft: _Draft) -> dict[str, Tool]:
    """The programs of the chosen guards. Without its own, a guard is skipped; one that was asked for is a problem."""
    found: dict[str, Tool] = {}
    for chosen in draft.chosen:
        guard = chosen.guard
        if guard.program is None:
            continue
        try:
            found[guard.id] = wrapped.find_tool(guard.program, view.root)
        except wrapped.MissingToolError as error:
            if guard.id in (*request.guards, *draft.config.settings.enable):
                draft.problems.append(Problem(str(error), ProblemKind.TOOL_MISSING, "", guard.id))
                draft.skipped.append(GuardRun(guard.id, GuardStatus.FAILED, Ledger(), str(error)))
            else:
                draft.skipped.append(GuardRun(guard.id, GuardStatus.SKIPPED, Ledger(), str(error)))
    return found


def _check(now: Side, selected: Sequence[Entry], draft: _Draft, progress: Progress) -> None:
    """Look at what is selected, judge everything, keep what concerns the selection."""
    paths = {entry.path for entry in selected}
    rest = [entry for entry in now.entries if entry.path not in paths] if len(paths) < len(now.entries) else []
    draft.files = now.look(selected, rest, progress)
    draft.phase_ends("scan")
    _remember(now)
    elsewhere = _elsewhere(now, paths)
    for number, part in enumerate(now.parts):
        findings, problems = now.judge(number, part.facts)
        part.problems += problems
        draft.judged.append(findings)
        draft.findings += _without(elsewhere, part.findings + findings)
    draft.accepted = _with_comments(draft.accepted, now.parts[-1].facts)


def _check_again(now: Side, earlier: _Earlier, draft: _Draft, progress: Progress) -> None:
    """Look at what differs, and judge again where that can make a difference."""
    draft.shares, judged, draft.files = again.look_again(now, earlier.state, earlier.found, progress)
    draft.phase_ends("scan")
    _remember(now)
    for part, findings in zip(now.parts, judged, strict=True):
        draft.findings += part.findings + findings
    draft.accepted = _with_comments(draft.accepted, again.facts_in(draft.shares[-1].facts))


def _look_back(request: Request, view: View, git: Git, listing: Listing, draft: _Draft, progress: Progress) -> None:
    """Look at every version of every file with the guards of which that makes sense, under the settings of today."""
    _leave_out_the_present(request, draft)
    _take_parts(view, listing, draft, None)
    past = history.History(git, reached=draft.commit if request.rev else "--all", without=draft.base)
    gc.disable()  # a history is a million small values that stay: looking through them for garbage costs a tenth
    try:
        known = past.listing()
        draft.problems += known.problems
        draft.phase_ends("list")
        selected = _selected_once(request, view, known)
        side = _looking(past, known, draft.parts, draft, recalls=True)
        draft.scanner = side.scanner
        now = structs.replace(side, view=view, entries=listing.entries, scanner=side.scanner.over(view))
        draft.phase_ends("cache and engine")
        with side.scanner.timer.ticking():
            gc.freeze()
            gc.enable()
            try:
                draft.files, sightings = history.look(side, past, selected, progress)
            finally:
                _remember(side)
        draft.phase_ends("scan")
        rules = (rule for part in side.parts for rule in part.task.guard.rules)
        sensitive = {rule.id for rule in rules if rule.sensitive}
        draft.findings = history.told(past, sightings, functools.partial(_judged, now), sensitive, draft.commit)
    finally:
        gc.enable()
        past.close()


def _judged(side: Side, number: int, facts: Mapping[str, tuple[Fact, ...]]) -> list[Finding]:
    findings, problems = side.judge(number, facts)
    side.parts[number].problems += problems
    return findings


def _leave_out_the_present(request: Request, draft: _Draft) -> None:
    """Skip the guards that look at what is there and not at what was; asked for by name, they are an error."""
    for chosen in draft.chosen:
        if not chosen.guard.history and chosen.guard.id in request.guards:
            raise GuardError(f"{chosen.guard.id} does not look at a history", hint="Run it without --history.")
        if not chosen.guard.history:
            reason = "does not look at a history"
            draft.skipped.append(GuardRun(chosen.guard.id, GuardStatus.SKIPPED, Ledger(), reason))
    draft.chosen = [chosen for chosen in draft.chosen if chosen.guard.history]


def _selected_once(request: Request, view: View, listing: Listing) -> Sequence[Entry]:
    """The versions of what the command line names, whether it is still there or not."""
    if not request.paths:
        return listing.entries
    paths = workspace.relative_paths(view.root, request.cwd, request.paths)
    for argument, path in zip(request.paths, paths, strict=True):
        if not workspace.select(listing.entries, [path]):
            hint = "Check the spelling; paths are relative to here."
            raise GuardError(f"nothing ever stood at {argument}", hint=hint)
    return workspace.select(listing.entries, paths)


class _Base(Struct, frozen=True):
    """What a run compares with: a revision, and how the view differs from it."""

    view: workspace.Commit
    changes: Sequence[Change]


def _compare(
    request: Request, now: Side, selected: Sequence[Entry], base: _Base, draft: _Draft, progress: Progress
) -> None:
    """Look at what changed, on both sides; judge both sides as a whole; what stood at the base is known."""
    changed = {change.path for change in base.changes}
    before = _accepted_before(request, base, draft)
    focus = changed | _let_go(before, draft.accepted, now.entries)
    paths = {entry.path for entry in selected}
    rest = [entry for entry in now.entries if entry.path not in focus]
    draft.files = now.look([entry for entry in selected if entry.path in focus], rest, progress)
    draft.phase_ends("scan")
    _remember(now)
    then = _side_before(now, base, draft)
    try:
        then.look([entry for entry in then.entries if entry.path in changed], (), lambda done, total: None)
        draft.phase_ends("scan the base")
        _remember(then)
        elsewhere = _elsewhere(now, paths)
        known: list[Finding] = []
        for number, (part, part_then) in enumerate(zip(now.parts, then.parts, strict=True)):
            findings, problems = now.judge(number, part.facts)
            part.problems += problems
            in_focus = [finding for finding in part.findings if finding.path in focus]
            draft.findings += _without(elsewhere, in_focus + findings)
            same = {path: facts for path, facts in part.facts.items() if path not in changed}
            known += [finding for finding in in_focus if finding.path not in changed]
            known += part_then.findings + then.judge(number, same | part_then.facts)[0]
        asked = {part.task.guard.id: part.asked for part in then.parts}
        draft.compared = Compared(now.entries, asked, draft.canonical.remembered)
        allowed = _allowed(now, [*draft.findings, *known], focus)
        draft.accepted = _with_comments(draft.accepted, allowed)
        unchanged = {path: facts for path, facts in allowed.items() if path not in changed}
        # What was accepted there and is no longer is new: this change has let go of it.
        draft.known = _with_comments(before, unchanged | then.parts[-1].facts).not_accepted(known)
    finally:
        then.view.close()


def _let_go(before: Accepted, now: Accepted, entries: Iterable[Entry]) -> set[str]:
    """The paths of which something is no longer accepted that was: what is found there may be new, changed or not."""
    kept = {waiver.terms for waiver in now.waivers.all}
    globs = [waiver.terms.path or "**" for waiver in before.waivers.all if waiver.terms not in kept]
    covered = matcher(globs)
    paths = {line.path for line in baseline_.grown(now.baseline, before.baseline)}
    return paths | {entry.path for entry in entries if covered(entry.path)} if globs else paths


def _accepted_before(request: Request, base: _Base, draft: _Draft) -> Accepted:
    """What was accepted at the base, by the settings that it had. Mostly these are the same: then nothing is read."""
    deciding = {*config_.FILES, baseline_.FILE}
    same = not request.policy_from and deciding.isdisjoint(change.path for change in base.changes)
    if same:
        return draft.accepted
    try:
        if request.since and not request.policy_from:
            draft.accepted = structs.replace(draft.accepted, before=_baseline(base.view))
        config = draft.config if request.config else _config(request, base.view, Registry(given=[inline.GUARD]))
        return _accepted(request, base.view, config)
    except GuardError:
        return Accepted(today=draft.accepted.today)


def _remember(side: Side) -> None:
    for part in side.parts:
        part.memory.save()


def _elsewhere(side: Side, selected: set[str]) -> set[str]:
    """The paths that are there and not selected. What concerns no path of the view concerns every selection."""
    return (
        {entry.path for entry in side.entries if entry.path not in selected}
        if len(selected) < len(side.entries)
        else set()
    )


def _without(paths: set[str], findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.path not in paths]


def _side(view: View, listing: Listing, draft: _Draft, earlier: _Earlier | None) -> Side:
    """Everything that is needed to look at a view with the chosen guards."""
    _take_parts(view, listing, draft, earlier)
    for part in draft.parts:
        for reason in sorted(set(listing.absent.values())):
            part.set_aside([path for path, why in listing.absent.items() if why == reason], reason, failed=False)
        part.set_aside(listing.unmerged, "not merged yet", failed=True)
    # Of the few that differ nothing is known most of the time; loading what is known of all others costs more.
    side = _looking(view, listing, draft.parts, draft, recalls=earlier is None)
    draft.scanner = side.scanner
    return side


def _take_parts(view: View, listing: Listing, draft: _Draft, earlier: _Earlier | None) -> None:
    """Give each chosen guard its part; those without a section are skipped."""
    for chosen in draft.chosen:
        guard = chosen.guard
        if guard.program is not None and guard.id not in draft.tools:
            continue
        if _lacks_section(guard, draft.canonical):
            reason = _why_without(guard, draft.canonical)
            draft.skipped.append(GuardRun(guard.id, GuardStatus.SKIPPED, Ledger(), reason))
            continue
        idle = guard.idle(draft.canonical.sections.get(guard.section)) if guard.idle is not None else ""
        if idle:
            draft.skipped.append(GuardRun(guard.id, GuardStatus.SKIPPED, Ledger(), idle))
            continue
        if earlier is None:
            documents = _documents(chosen, draft.canonical, listing)
        else:
            documents = list(filter(None, map(view.find, earlier.state.documents(guard.id))))
        draft.parts.append(Part(_task(chosen, draft.canonical, view, documents, draft)))


def _side_before(now: Side, base: _Base, draft: _Draft) -> Side:
    """The repository at the base, judged by the canonical.yaml and the schemas that it had then."""
    listing = Listing(workspace.before(now.view, base.changes))
    in_run = {part.task.guard.id for part in now.parts}
    chosen = [one for one in draft.chosen if one.guard.id in in_run]
    found = _read_canonical(base.view, listing.find, lambda: [one.guard for one in chosen])
    found = _recalled(found, chosen, base.view.git, base.view.commit, draft)
    parts = [Part(_task(one, found, base.view, _documents(one, found, listing), draft)) for one in chosen]
    return _looking(base.view, listing, parts, draft, recalls=True)


def _why_without(guard: Guard[Any], canonical: Canonical) -> str:
    if canonical.problems:
        return "canonical.yaml could not be read"
    return f"canonical.yaml has no section `{guard.section}`" + (f"; {guard.draft} drafts it" if guard.draft else "")


def _lacks_section(guard: Guard[Any], canonical: Canonical) -> bool:
    return guard.needs_section and guard.section not in canonical.sections


def _documents(chosen: _Chosen, canonical: Canonical, listing: Listing) -> list[Entry]:
    """The files that a guard's scan may read beside the one that it looks at."""
    patterns = _reads(chosen, canonical)
    if not patterns:
        return []
    wanted = matcher(patterns)
    return [entry for entry in listing.entries if entry.kind is Kind.FILE and wanted(entry.path)]


def _task(chosen: _Chosen, canonical: Canonical, view: View, documents: Iterable[Entry], draft: _Draft) -> Task:
    guard, options = chosen.guard, chosen.options
    section = canonical.sections.get(guard.section)
    read = {}
    for entry in documents:
        try:
            read[entry.path] = view.read(entry, _CONFIG_LIMIT).data
        except UnreadableError as error:
            draft.problems.append(Problem(str(error), ProblemKind.UNREADABLE, entry.path, guard.id))
    large = float("inf") if guard.larger_than is None else guard.larger_than(options)
    scan_slice = guard.scan_slice(options, section)
    if guard.condenses is not None:
        scan_slice = guard.condenses(scan_slice, read)
    triggers = guard.triggers_for(scan_slice, read)
    tool = draft.tools.get(guard.id)
    return Task(guard, options, section, scan_slice, read, chosen.exclude, large, tool, triggers, outside=draft.outside)


def _looking(view: View, listing: Listing, parts: Sequence[Part], draft: _Draft, *, recalls: bool) -> Side:
    """Give the parts one trigger database, and each what is known about blobs from earlier runs."""
    triggers: list[Trigger] = []
    for part in parts:
        part.task = structs.replace(part.task, first_trigger=len(triggers))
        triggers += part.task.triggers
        fingerprint = task_fingerprint(part.task, view.algorithm, largest=_limits(draft).size) if draft.store else ""
        part.memory = Facts(draft.store, fingerprint)
    engine = engine_ahead(triggers, draft.store)
    recursion_headroom()
    tasks = [part.task for part in parts]
    memories = [part.memory for part in parts] if draft.store and recalls else None
    scanner = Scanner(view, tasks, engine, _limits(draft), memories, user_key(view.root) or os.urandom(32))
    count = draft.config.settings.jobs or os.cpu_count() or 1
    return Side(view, listing.entries, parts, scanner, _limits(draft).size, count, draft.store)


def _limits(draft: _Draft) -> Limits:
    return Limits(draft.config.settings.max_file_size, draft.config.settings.timeout)


def _base(request: Request, git: Git | None, draft: _Draft) -> str | None:
    """The commit to compare with: the named one, or HEAD for what is staged."""
    if git is None:
        return None
    draft.commit = git.commit_of(request.rev) if request.rev else git.head()
    if request.since:
        draft.base = git.commit_of(request.since)
    elif request.view is ViewName.INDEX:
        draft.base = draft.commit or git.empty_tree()
    return draft.base or None


def _config(request: Request, view: View, registry: Registry) -> Config:
    if request.config:
        files = {request.config: _outside(request, request.config)}
    else:
        files = {path: data for path in config_.FILES if (data := _file(view, view.find(path))) is not None}

    def known(enabled: Iterable[str]) -> Iterator[str]:
        yield from registry.known()
        yield from (registry.load(target).id for target in enabled if ":" in target)

    config = config_.load(files, flags=request.flags, environ=request.environ, known_guards=known)
    if request.config and not config.path:
        raise ConfigError([f"{request.config}: holds no table tool.guard"])
    return config


def _baseline(view: View) -> dict[str, baseline_.Line] | None:
    data = _file(view, view.find(baseline_.FILE))
    return baseline_.read(data) if data is not None else None


def _accepted(request: Request, view: View, config: Config) -> Accepted:
    """What the files of a view accept; comments come later, with what is in the other files."""
    baseline = None if request.without_baseline else _baseline(view)
    return Accepted(baseline or {}, Waivers(config.waivers()), waivers.today(request.clock_ns()))


_Allowed = Mapping[str, tuple[Fact, ...]]
"""Path to the waivers in its comments."""


def _with_comments(accepted: Accepted, allowed: _Allowed) -> Accepted:
    """The same with the waivers that stand in comments."""
    own = [one for path, facts in sorted(allowed.items()) for one in inline.at(path, facts)]
    return structs.replace(accepted, waivers=Waivers([*accepted.waivers.all, *own])) if own else accepted


def _allowed(side: Side, found: Iterable[Finding], changed: AbstractSet[str]) -> _Allowed:
    """The waivers in comments of changed files, which were looked at, and of others where judge found something."""
    number = len(side.parts) - 1
    elsewhere = {one.path for one in found if one.span is not None} - changed
    entries = filter(None, (find(side.entries, path) for path in sorted(elsewhere)))
    return {**side.parts[number].facts, **{entry.path: side.facts_at(number, entry) for entry in entries}}


_Known = Callable[[], Iterable[Guard[Any]]]


def _all_known(registry: Registry, draft: _Draft) -> Iterator[Guard[Any]]:
    """Every guard whose section canonical.yaml may hold, in this run or not. Loading them is for when there is one."""
    known = [*map(registry.load, registry.builtin()), *(chosen.guard for chosen in draft.chosen)]
    yield from {guard.id: guard for guard in known}.values()  # each once: what is joined twice stands there twice


def _has_canonical(request: Request, view: View) -> bool:
    return bool(request.canonical) or any(view.find(path) is not None for path in canonical_.FILES)


def _canonical(request: Request, view: View, known: _Known) -> Canonical:
    if request.canonical:
        guards_ = list(known())
        found = canonical_.read(request.canonical, _outside(request, request.canonical), guards_)
        return _with_projects(found, view, view.find, guards_)
    return _read_canonical(view, view.find, known)


def _recalled(
    canonical: Canonical, chosen: Iterable[_Chosen], git: Git | None, commit: str, draft: _Draft
) -> Canonical:
    """The same with its past, as far as a guard of this run declares that it needs that."""
    guards_ = [(one.guard, guard_fingerprint(one.guard)) for one in chosen if one.guard.recalls is not None]
    return former.recalled(canonical, guards_, git, commit, draft.store)


def _read_canonical(view: View, find: Callable[[str], Entry | None], known: _Known) -> Canonical:
    found = {path: data for path in canonical_.FILES if (data := _file(view, find(path))) is not None}
    if len(found) > 1:
        raise GuardError(f"there are {len(found)} canonical files: {' and '.join(found)}", hint="Keep one of them.")
    for path, data in found.items():
        guards_ = list(known())
        return _with_projects(canonical_.read(path, data, guards_), view, find, guards_)
    return Canonical()


def _with_projects(
    canonical: Canonical, view: View, find: Callable[[str], Entry | None], known: Sequence[Guard[Any]]
) -> Canonical:
    """The same with the canonical.yaml of each project that it names."""
    for folder in canonical.projects:
        data = _file(view, find(canonical_.file_of(folder)))
        canonical = canonical_.with_project(canonical, folder, data, known)
    return canonical


def _file(view: View, entry: Entry | None) -> bytes | None:
    """The content of a settings file of the view."""
    if entry is None:
        return None
    path = entry.path
    try:
        size, data, _ = view.read(entry, _CONFIG_LIMIT)
    except UnreadableError as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error
    if size > _CONFIG_LIMIT:
        raise ConfigError([f"{path}: larger than {_CONFIG_LIMIT:,} bytes"])
    return data


def _outside(request: Request, path: str) -> bytes:
    """A file that the command line names, wherever it is."""
    try:
        with open(os.path.join(request.cwd, path), "rb") as file:
            data = file.read(_CONFIG_LIMIT + 1)
    except OSError as error:
        raise GuardError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > _CONFIG_LIMIT:
        raise ConfigError([f"{path}: larger than {_CONFIG_LIMIT:,} bytes"])
    return data


def _chosen(request: Request, registry: Registry, config: Config, idle: AbstractSet[str]) -> Iterator[_Chosen]:
    """The guards of this run with their options, sorted by id; all errors in their tables are shown together.

    `idle`: those that are left out unless somebody asks for them or has settings for them.
    """
    settings = config.settings
    named = (*request.guards, *settings.enable)
    by_default = () if request.guards else registry.builtin()
    ids = dict.fromkeys(request.guards or (*by_default, *settings.enable))
    for guard_id in settings.skip:
        registry.load(guard_id)
    lines: list[str] = []
    found = []
    idle = idle - {*named, *config.tables}
    for guard_id in sorted(set(ids) - set(settings.skip) - idle):
        guard = registry.load(guard_id)
        if guard.follows:
            raise GuardError(f"{guard_id} takes part in every run", hint="Leave its name out.")
        if not guard.enabled and guard_id not in named:
            continue
        try:
            options, exclude = config.options(guard)
            exclusions = matcher((*settings.exclude, *exclude))
            found.append(_Chosen(guard, options, exclusions, guard_id in named))
        except ConfigError as error:
            lines += error.lines
        except ValueError as error:
            lines.append(f"{config.path}: exclude: {error}")
    lines += _unknown_rules(config, registry, {one.guard.id: one.guard for one in found})
    if lines:
        raise ConfigError(lines)
    yield from found


def _unknown_rules(config: Config, registry: Registry, in_run: Mapping[str, Guard[Any]]) -> Iterator[str]:
    """Levels for rules that do not exist: most likely a level that somebody relies on and does not have."""
    for rule_id in config.settings.levels:
        guard_id = rule_id.partition("/")[0]
        if guard_id in (*registry.builtin(), inline.ID) or guard_id in in_run:
            guard = registry.load(guard_id)
            if rule_id == f"{guard_id}/*" or guard.rule(rule_id) is not None:
                continue
            rules = [rule.id for rule in guard.rules]
        elif guard_id in registry.installed():
            continue
        else:
            rules = [rule.id for one in registry.builtin() for rule in registry.load(one).rules]
        if rule_id not in rules:
            message = f"there is no rule {rule_id!r}{nearest(rule_id, rules)}"
            yield config.path_of(OptionError(("levels", rule_id), message, at_key=True))


def _selected(request: Request, view: View, listing: Listing) -> Sequence[Entry]:
    """The entries that the paths of the command line name. A path that names nothing is an error."""
    if not request.paths:
        return listing.entries
    paths = workspace.relative_paths(view.root, request.cwd, request.paths)
    for argument, path in zip(request.paths, paths, strict=True):
        if not workspace.select(listing.entries, [path]) and path not in listing.absent:
            there = os.path.lexists(os.path.join(view.root, path))
            hint = "git ignores it, or it is empty." if there else "Check the spelling; paths are relative to here."
            raise GuardError(f"nothing to check at {argument}", hint=hint)
    return workspace.select(listing.entries, paths)


def _report(request: Request, draft: _Draft, started: str, duration_ms: int) -> Report:
    settings = draft.config.settings
    rules = {rule.id: rule for part in draft.parts for rule in _rules(part.task.guard, draft.findings)}
    problems = sorted({*draft.problems, *(p for part in draft.parts for p in part.problems)}, key=_problem_order)
    spent = draft.scanner.spent if draft.scanner else [0.0] * len(draft.parts)
    shares = zip(draft.parts, spent, strict=True)
    runs = [_guard_run(part, seconds, draft) for part, seconds in shares if not part.task.guard.follows]
    nothing = not problems and not draft.files
    decision = policy.decide(
        draft.findings,
        rules=rules,
        guards=[*runs, *draft.skipped],
        problems=problems,
        settings=settings,
        accepted=draft.accepted,
        known=draft.known,
        reach=_reach(request, draft),
        nothing_checked=nothing,
        exit_zero=request.exit_zero,
    )
    finished = [_with_status(run, decision.findings) for run in runs] + draft.skipped
    run = Run(
        id=f"{started.translate(_COMPACT)}-{os.urandom(3).hex()}",
        started=started,
        duration_ms=duration_ms,
        root=draft.root,
        view=request.view.value,
        selection=_selection(request, draft),
        commit=draft.commit,
        base=draft.base,
        profile=settings.profile.value,
        config_hash=draft.config.digest,
        canonical_hash=draft.canonical.digest,
    )
    return Report(
        run=run,
        verdict=decision.verdict,
        exit_code=decision.exit_code,
        guards=tuple(sorted(finished, key=lambda one: one.id)),
        findings=decision.findings,
        problems=tuple(problems),
        rules=tuple(sorted(rules.values(), key=_rule_id)),
        files=draft.files,
        status="skipped" if nothing else "",
        reason=_why_nothing(request, draft) if nothing else "",
        tool_version=guards.__version__,
    )


def _reach(request: Request, draft: _Draft) -> Reach:
    """How much was looked at."""
    if request.paths or draft.base or draft.ended_early or request.view is ViewName.HISTORY:
        return Reach.PART
    return Reach.GUARDS if request.guards or request.flags.get("skip") else Reach.EVERYTHING


def _rules(guard: Guard[Any], findings: Iterable[Finding]) -> Iterator[Rule]:
    """The rules of a guard that ran: its table, and what its program reported of its own."""
    yield from guard.rules
    if guard.program is not None:
        yield from filter(None, map(guard.rule, {finding.rule for finding in findings}))


_COMPACT = str.maketrans("", "", "-:")


def _rule_id(rule: Rule) -> str:
    return rule.id


def _problem_order(problem: Problem) -> tuple[object, ...]:
    return (problem.guard, problem.path, problem.kind, problem.span or (0, 0, 0, 0), problem.reason)


def _guard_run(part: Part, seconds: float, draft: _Draft) -> GuardRun:
    guard = part.task.guard
    ledger = settled(part.ledger()) if draft.ended_early else part.ledger()
    status, reason = GuardStatus.PASSED, ""
    if part.problems or ledger.failed:
        status = GuardStatus.FAILED
        if part.problems and all(problem.kind is ProblemKind.TIMEOUT for problem in part.problems):
            status = GuardStatus.TIMEOUT
        reason = part.problems[0].reason if part.problems else "stopped before its end"
    elif draft.ended_early:
        status, reason = GuardStatus.FAILED, "the run ended before this guard did"
    elif not ledger.looked() and guard.judge is None:
        status, reason = GuardStatus.SKIPPED, "no file for it here"
    scanner = None if draft.ended_early else draft.scanner  # which may never have got its engine
    engine = scanner.engine if scanner and part.task.triggers else None
    versions = {engine.name: engine.version} if engine else {}
    versions |= {name: installed_versions().get(name.lower(), "") for name in guard.engines}
    if part.task.tool is not None:
        versions[part.task.tool.name] = part.task.tool.version
    return GuardRun(guard.id, status, ledger, reason, round(seconds * 1000), versions)


def _with_status(run: GuardRun, findings: Iterable[Reported]) -> GuardRun:
    own = any(f.guard == run.id and f.status in {FindingStatus.NEW, FindingStatus.FIXED} for f in findings)
    return structs.replace(run, status=GuardStatus.FINDINGS) if own and run.status is GuardStatus.PASSED else run


def _selection(request: Request, draft: _Draft) -> str:
    words = []
    if request.paths:
        words.append(" ".join(request.paths))
    if request.since:
        words.append(f"since {request.since}")
    elif draft.base:
        words.append("staged changes")
    return ", ".join(words) or "all"


def _why_nothing(request: Request, draft: _Draft) -> str:
    if draft.base:
        return "nothing is staged" if not request.since else f"nothing changed since {request.since}"
    return "no guard had anything to check" if draft.files or draft.skipped else "there are no files"
