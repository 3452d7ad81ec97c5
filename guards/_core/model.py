"""The words that everything else is said in: frozen values with their invariants, and no behaviour.

A guard is a value (`Guard`). It looks at one file at a time (`scan`: `Source` in, `Fact`, `Finding` or `Problem` out),
and may judge the repository as a whole afterwards (`judge`: `Case` in, `Finding`, `Problem` or `Need` out).
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO, Generic, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct, field

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

RULE_ID = re.compile(r"[a-z0-9][a-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*")
GUARD_ID = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*")


class Level(enum.StrEnum):
    """How bad a finding is, in SARIF's words (P0, P1, P2 in gate talk)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst, so that sorting by rank puts the worst first."""
        return _RANKS[self]


_RANKS = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2}


class ExitCode(enum.IntEnum):
    """The one set of exit codes; a run's code is the largest of its parts."""

    OK = 0
    FINDINGS = 1
    ENVIRONMENT = 2
    SCHEMA = 3
    RUNTIME = 4
    INTERRUPTED = 5


class Kind(enum.StrEnum):
    """What a path of a view is. Everything but `FILE` and `SYMLINK` has no content to look at."""

    FILE = "file"
    SYMLINK = "symlink"
    GITLINK = "submodule"
    SPECIAL = "special file"


class Entry(NamedTuple):
    """One path of a view. Sixty thousand of these are made in a run, hence the tuple."""

    path: str
    """Relative to the root, `/` between parts; bytes that are not UTF-8 as lone surrogates (`os.fsdecode`)."""
    kind: Kind
    blob: str
    """Content identity: the git blob id of the bytes in this view. Empty where there is no content."""
    executable: bool = False
    tracked: bool = True


class Span(NamedTuple):
    """A region of a text: 1-based, columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def of_line(cls, line: int, text: str) -> Span:
        """The whole of a line, without its line end."""
        return cls(line, 1, line, len(text) + 1)


class Rule(Struct, frozen=True):
    """One thing that a guard can report."""

    id: str
    """Stable: `guard/kebab-name`, named after the wrong pattern and never reused."""
    summary: str
    """One sentence that says what is wrong."""
    level: Level = Level.ERROR
    help: str = ""
    """Markdown: why it matters, a bad and a good example, how to fix it."""
    tags: tuple[str, ...] = ()
    security_severity: float | None = None
    """0.1 to 10.0, as code scanning wants it; None for a rule that is not about security."""
    sensitive: bool = False
    """Its findings stand on text that must not be shown, stored or hashed without a key."""
    exit_code: ExitCode = ExitCode.FINDINGS
    """What a finding of this rule makes of the run: `SCHEMA` for documents that fail their schema."""
    yields_to: frozenset[str] = frozenset()
    """Rules of other guards that say the same and more: a finding of one on the same line speaks for this one's."""
    playbook: str = ""
    """The command that tells, step by step, what to do about a finding whose fingerprint is given to it."""

    def __post_init__(self) -> None:
        if not RULE_ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no rule id: write it as guard/kebab-name")


class Place(NamedTuple):
    """Where something is. `span` is None for a thing that concerns a path as a whole."""

    path: str
    span: Span | None = None
    note: str = ""
    """What this place has to do with the finding; for related places."""


class Edit(Struct, frozen=True):
    """Replace the bytes [start, end) of a file, which must be `old`, by `new`."""

    start: int
    end: int
    old: bytes
    new: bytes
    at: tuple[str | int, ...] | None = None
    """In a document, the path of the one value that this changes, adds or takes away; in a stream of several YAML
    documents the number of the document comes first. None: it changes no value, such as in a comment."""
    within: bool = False
    """It changes the value that it stands in, if it stands in one: for what was found in a text of any format."""
    also: tuple[tuple[str | int, ...], ...] = ()
    """The paths of further values that it adds: several lines at the end of a file, for example."""


OWN_PATH = "."
"""In a fix that scan makes, the path of the file itself, which scan does not know."""


class Fix(Struct, frozen=True):
    """What mends a finding: edits of its file, applied together, re-parsed and proved, or rolled back; and what git is
    to let go of, which stays on disk."""

    summary: str
    """What is done, as a clause."""
    edits: tuple[Edit, ...] = ()
    untrack: tuple[str, ...] = ()
    """Files and folders to take out of the index."""
    ignore: tuple[str, ...] = ()
    """Lines for the .gitignore at the root that keep out what is untracked; none: its exact paths."""
    quarantine: bool = False
    """What is untracked is moved out of the work tree, to where it can be put back from."""
    path: str = ""
    """The file of the edits, where it is another than that of the finding."""


class Finding(Struct, frozen=True):
    """One occurrence of a rule. `scan` leaves `path` empty: the runner knows which file it handed over."""

    rule: str
    message: str
    path: str = ""
    span: Span | None = None
    subject: str = ""
    """The semantic key (the name, the fact, the host); where it is empty the text of the line is the key."""
    hint: str = ""
    """The next step, in one sentence."""
    level: Level | None = None
    """None for the rule's own level."""
    related: tuple[Place, ...] = ()
    fix: Fix | None = None
    snippet: str | None = None
    """The line as it may be shown. The runner fills it in, except where the rule is `sensitive`."""
    line_key: str = ""
    """Digest of the normalised line; filled in by the runner."""
    line_hash: str = ""
    """Code scanning's `primaryLocationLineHash`; filled in by the runner."""


class Fact(Struct, frozen=True):
    """What scan learned about one file, for judge: a kind, plain data, and where it stands."""

    kind: str
    data: Json = None
    span: Span | None = None


class ProblemKind(enum.StrEnum):
    """Why something could not be checked. Each kind has its exit code in the policy."""

    CRASHED = "crashed"
    TIMEOUT = "timeout"
    UNREADABLE = "unreadable"
    LIMIT = "limit"
    TOOL_MISSING = "tool-missing"
    TOOL_FAILED = "tool-failed"
    INPUT_MISSING = "input-missing"
    CONFIG = "config"
    DOCUMENT = "document"
    INTERRUPTED = "interrupted"
    INTERNAL = "internal"


class Problem(Struct, frozen=True):
    """What could not be checked, and why: never silent, never green."""

    reason: str
    kind: ProblemKind = ProblemKind.LIMIT
    path: str = ""
    guard: str = ""
    span: Span | None = None


class Need(Struct, frozen=True):
    """Judge's answer when it must know files that did not trigger: scan them and judge again."""

    paths: tuple[str, ...]


class Scope(enum.IntEnum):
    """How much of a file must be the same for what is found on a line to be the same."""

    FILE = 0
    ABOVE = 1
    """The line and everything above it."""
    LINE = 2
    STATEMENT = 3
    """Everything above, and what begins on the line: to the end of its parentheses. That there is none counts, too."""


class Trigger(Struct, frozen=True):
    """A pattern without which a file cannot matter to a guard: a superset of what scan confirms.

    Matched within lines, over UTF-8 bytes, so a pattern never spans a line end.
    """

    pattern: str
    literal: bool = False
    caseless: bool = False
    scope: Scope = Scope.FILE
    """What decides, beside the path class, whether scan finds something where it hits."""


class Select(Struct, frozen=True):
    """Which entries a guard wants to look at. Cheap on purpose: decided for every path by suffix and name."""

    kinds: frozenset[Kind] = frozenset({Kind.FILE})
    suffixes: frozenset[str] = frozenset()
    """Lower-case, with the dot. Empty suffixes and names: every file of these kinds."""
    names: frozenset[str] = frozenset()
    """Exact file names."""


def _no_hits(data: bytes) -> Mapping[int, Sequence[int]]:
    return {}


O = TypeVar("O")  # noqa: E741 - the options type of a guard; the letter everyone uses for it


class Source(Struct, Generic[O], frozen=True):
    """One file as `scan` sees it: no path, no clock, no other file, so that its facts can be kept per blob."""

    data: bytes
    """The bytes; empty for a file that is handed over as `reader`."""
    text: bytes
    """The same as UTF-8 where the bytes are UTF-16 or begin with a byte-order mark; else the very same bytes."""
    kind: Kind
    path_class: str
    """What the guard's `classify` made of the path."""
    hits: Mapping[int, Sequence[int]]
    """Trigger (its index in the guard's tuple) to the byte offsets in `text` of the lines that it hit, ascending."""
    scan_slice: Any
    """What the guard's `scan_slice` took from options and canonical: all that scan may depend on."""
    size: int = 0
    reader: BinaryIO | None = None
    """A stream over a large file, for guards with `stream`."""
    documents: Mapping[str, bytes] = field(default_factory=dict)
    """The files of the view that the guard's `reads` named, by path: schemas, for example."""
    key: bytes = b""
    """A key of this user, for digests of text that must not be guessed from a report."""
    hits_in: Callable[[bytes], Mapping[int, Sequence[int]]] = _no_hits
    """The same triggers in other bytes: what was decoded, or a part of what `reader` gives."""
    is_asked_for: bool = False
    """Judge has asked for this file."""


class OutsideKind(enum.StrEnum):
    """What can be asked for from outside of the tree."""

    SQLITE = "sqlite"
    """A table in a file: its columns, each as `name type`."""
    POSTGRESQL = "postgresql"
    """A table in a database, by network: its columns, each as `name type`."""
    LISTENING = "listening"
    """The TCP ports of this machine at which something listens."""
    INSTALLED = "installed"
    """The packages of an environment of Python, each as `name version`, with normalised names."""
    TODAY = "today"
    """The day in UTC, as `2027-01-31`."""


class Outside(NamedTuple):
    """Something outside of the tree that judge has to know."""

    kind: OutsideKind
    name: str = ""
    """The table."""
    at: str = ""
    """A path from the root, not out of it."""
    env: str = ""
    """The environment variable that says where it is instead. What that holds is told to nobody."""


class Answer(NamedTuple):
    """What something outside of the tree says."""

    values: tuple[str, ...] | None = None
    """None where there is no such thing, or where that cannot be known."""
    problem: Problem | None = None
    """Why it cannot be known; without a place."""


class Case(Struct, Generic[O], frozen=True, dict=True):
    """The whole repository as `judge` sees it."""

    options: O
    facts: Mapping[str, tuple[Fact, ...]]
    """Path to the facts that this guard's scan learned; paths without facts are absent."""
    entries: Sequence[Entry]
    """Everything that is in the view, sorted by path; only for guards that declare `sees_tree`, else empty."""
    matched: Mapping[str, tuple[Entry, ...]]
    """Path pattern (by its name in `path_patterns`) to the entries that it matches."""
    canonical: Any = None
    """The guard's section of canonical.yaml, or None."""
    outside: Mapping[Outside, Answer] = field(default_factory=dict)
    """What the guard's `looks_outside` named, with what it says."""

    @functools.cached_property
    def paths(self) -> Sequence[str]:
        """The paths of `entries`, in the same order."""
        return [entry.path for entry in self.entries]


class Output(NamedTuple):
    """How a program ended, and all that it said."""

    returncode: int
    stdout: bytes
    stderr: bytes
    folder: str
    """Where it ran: the absolute folder in which its files were."""


class Told(NamedTuple):
    """That a program looked at a file, and what it saw there."""

    name: str
    """As the file was named to it."""
    seen: tuple[Finding | Fact | Problem, ...] = ()


def _no_rule(rule_id: str) -> Rule | None:
    return None


class Program(Struct, frozen=True, kw_only=True):
    """A program that looks at files in a guard's stead, many at a time.

    It is given copies, each alone in a folder, under names that tell no more than the path class. So what it says is
    true of these very bytes and can be kept for them; nothing in the tree is its configuration; and no name or link of
    the tree reaches it. Its exit code is not believed: it has to account for every file.
    """

    name: str
    """What it is called on PATH."""
    install: str
    """The command that installs it."""
    oldest: tuple[int, ...]
    """The first version whose output is understood."""
    file_name: Callable[[str], str]
    """(path class) to the name under which it is given a file; made up, not taken from the tree."""
    command: Callable[[Any, Sequence[str]], Sequence[str]]
    """(scan slice, names of the files below the current folder) to its arguments."""
    parse: Callable[[Output, Mapping[str, str]], Iterable[Told | Problem]]
    """(what it said, name to path class of its files) to one `Told` for each file that it demonstrably looked at, or a
    problem that concerns them all. Any error that is raised means: this was not understood."""
    rule: Callable[[str], Rule | None] = _no_rule
    """(rule id) to the rule, where the program has more than anybody could list: its own codes."""
    uses_all_processors: bool = False
    """Running several at once would gain nothing."""


class Past(NamedTuple):
    """What a section of canonical.yaml was in earlier commits."""

    versions: tuple[Json, ...] = ()
    """The latest first, each once; the last commit's own is among them."""
    unknown: str = ""
    """Why there may be more than these, as a clause; a shallow clone, for example."""
    files: Mapping[str, tuple[Json, ...]] = {}
    """What the guard's `remembers` read of earlier contents of other files, by path; the latest first, each once."""


class Remembers(NamedTuple):
    """What a guard needs to know of the past of files that its section points to."""

    files: Callable[[Any], Mapping[str, tuple[str, ...]]]
    """(section) to paths from the root, each with the points in it that count."""
    read: Callable[[str, tuple[str, ...], bytes], Json]
    """(path, points, a content that stood there) to what counts of it, as plain data; empty for nothing."""


class Remark(Struct, frozen=True):
    """What the ledger is to say of a file beside that it was looked at. No finding, and nothing that went wrong."""

    reason: str
    is_unread: bool = False
    """The file was passed over for this reason: it counts as skipped."""


Seen: TypeAlias = "Finding | Fact | Problem | Remark"
Judged: TypeAlias = "Finding | Problem | Need"


def _no_slice(options: Any, canonical: Any) -> Any:
    return None


class Skipped(NamedTuple):
    """What `classify` makes of a path that is of no concern, where there is more to say than that."""

    reason: str
    """Counted in the ledger, in a few words."""


def _any_class(path: str, scan_slice: Any) -> str | Skipped | None:
    return ""


class Guard(Struct, Generic[O], frozen=True, kw_only=True):
    """One check, as a value."""

    id: str
    summary: str
    rules: tuple[Rule, ...]
    options: type[O]
    page: str = ""
    """The page of the guard in Markdown: its module's docstring."""
    select: Select = field(default_factory=Select)
    classify: Callable[[str, Any], str | Skipped | None] = _any_class
    """(path, scan slice) to the path class that scan may know; None, or `Skipped` with a reason: of no concern."""
    scan_slice: Callable[[O, Any], Any] = _no_slice
    """(options, canonical section) to all that scan may depend on; plain data, part of the cache key."""
    reads: Callable[[O, Any], tuple[str, ...]] | None = None
    """(options, canonical section) to globs of files that scan may read beside its own; part of the cache key."""
    condenses: Callable[[Any, Mapping[str, bytes]], Any] | None = None
    """(scan slice, documents that it `reads`) to the slice with all that scan has to know of them. It takes their place
    in the cache key, and scan does not get them."""
    triggers: tuple[Trigger, ...] | Callable[[Any, Mapping[str, bytes]], tuple[Trigger, ...]] = ()
    """Empty: scan is called for every selected file. A function makes them from (scan slice, documents)."""
    whatever_triggers: Callable[[str], bool] | None = None
    """(path class) to whether scan looks at such a file without a hit as well."""
    always: Callable[[Any], Select] | None = None
    """(scan slice) to a selection outside of which scan looks at nothing without a hit, where that is less than
    `select`. The name of a folder stands for what is in it."""
    path_patterns: Mapping[str, str] = field(default_factory=dict)
    """Name to a pattern over whole paths (`re.fullmatch`); judge gets the entries that match."""
    facts_from: Select | None = None
    """Which of the selected entries may give facts that judge needs; None for all of them. When only changes are
    looked at, the others are scanned only where they changed."""
    asks_for: Select | None = None
    """What judge may `Need`: only such files are given to it. None: nothing."""
    follows: bool = False
    """Is given only what another guard of the run looks at, too; what is too large for it is passed over."""
    larger_than: Callable[[Any], int] | None = None
    """(options) to a size in bytes above which a file matters whatever its triggers."""
    scan: Callable[[Source[O]], Iterable[Seen]] | None = None
    program: Program | None = None
    """What looks at files in place of `scan`."""
    history: bool = False
    """What scan finds in a version that is long gone still matters: looked for with `--history`."""
    stream: bool = False
    """Scan takes `Source.reader` for files over the size limit."""
    judge: Callable[[Case[O]], Iterable[Judged]] | None = None
    proof: Callable[[str, bytes, bytes], str] | None = None
    """(path, bytes before, bytes after its edits) to why they must not be written, or nothing. Documents are proved
    without it."""
    sees_tree: bool = False
    looks_outside: Callable[[O, Any], Iterable[Outside]] | None = None
    """(options, canonical section) to what judge has to know from outside of the tree. A run in which there is any is
    never answered from an earlier one."""
    section: str = ""
    """The key of canonical.yaml that it reads."""
    section_type: Any = None
    """The type of that section; it gives the parser, the errors with their positions and the JSON Schema."""
    joined_sections: tuple[str, ...] = ()
    """Further keys that are read together with `section`: `section_type` is then a dataclass with a field for each."""
    recalls: Callable[[Any, Past], Any] | None = None
    """(section, what it was in earlier commits) to the section with what the guard needs of its past."""
    remembers: Remembers | None = None
    """What `recalls` is given of other files."""
    joins: Callable[[Any, str, Any], Any] | None = None
    """(section, folder, section of the project in that folder, with all that the first one says) to both in one. The
    first is None where only projects have it. None: only the canonical.yaml at the root may have this section."""
    needs_section: bool = False
    """Nothing to check without that section: unless it is named, the guard is then no part of the run."""
    draft: str = ""
    """The command that drafts that section."""
    idle: Callable[[Any], str] | None = None
    """(section) to why there is nothing to check although it is there; empty where there is something."""
    enabled: bool = False
    """On without being named in Config."""
    engines: tuple[str, ...] = ()
    """Distributions whose version is part of what its facts depend on."""

    def __post_init__(self) -> None:
        if not GUARD_ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no guard id: lower-case words with hyphens")
        if self.scan is not None and self.program is not None:
            raise ValueError(f"guard {self.id!r} has a scan and a program: one of them looks at files")
        if self.asks_for is not None and self.program is not None:
            raise ValueError(f"guard {self.id!r} asks for files that a program would have to look at, while it waits")
        for rule in self.rules:
            if rule.id.partition("/")[0] != self.id:
                raise ValueError(f"rule {rule.id!r} does not belong to guard {self.id!r}")

    def triggers_for(self, scan_slice: Any, documents: Mapping[str, bytes]) -> tuple[Trigger, ...]:
        """The triggers of a run in which scan gets this slice and these documents."""
        return self.triggers(scan_slice, documents) if callable(self.triggers) else self.triggers

    @property
    def module(self) -> str:
        """Where its code is."""
        code = self.program.parse if self.program is not None else self.scan or self.judge
        return code.__module__ if code is not None else __name__

    @property
    def is_builtin(self) -> bool:
        """Whether its code is ours: known not to end or harm the process that it runs in."""
        return self.module.partition(".")[0] == "guards"

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of an id, from its table or from what its program knows; None where it can report no such thing."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        return self.program.rule(rule_id) if self.program is not None else None
