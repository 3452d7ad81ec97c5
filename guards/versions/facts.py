"""What scan tells judge: plain values, one type for each kind of fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from guards._core.model import Fact, Span


class Project(NamedTuple):
    """A manifest that describes something to be built or installed. Its span is that of the name."""

    name: str
    ecosystem: str
    """`python` or `npm`."""
    backend: str = ""
    """What builds it."""
    roots: tuple[str, ...] = ()
    """Folders in which its modules lie, from the manifest's."""
    modules: tuple[str, ...] = ()
    """Top-level modules that the build settings name."""
    version_in: tuple[str, ...] = ()
    """Files and modules that hold the version, where the manifest says so: `path:…` or `module:…`."""
    is_unusual: bool = False
    """Where its modules lie cannot be told without building it."""


class Version(NamedTuple):
    """The version of a project, as one file says it."""

    text: str
    what: str
    """How the place is called."""
    start: int = -1
    """The byte at which `source` begins, where it can be written anew."""
    source: str = ""
    """As it is written: in quotes."""


class RequiresPython(NamedTuple):
    """Which Pythons a project can be installed on."""

    specs: tuple[str, ...]
    """Alternatives."""
    text: str
    by: str = ""
    """`poetry` where it is written in Poetry's table."""


class Dependency(NamedTuple):
    """Something that a file asks for."""

    name: str
    """Normalised."""
    text: str
    """As it is written."""
    group: str
    specs: tuple[str, ...] | None = None
    """Versions that are allowed, as alternatives; None: that cannot be told (a path, an address, an unknown syntax)."""
    conditional: bool = False
    """Only asked for under a condition."""


class Classifier(NamedTuple):
    """A Python that a project says it supports."""

    python: str


class Script(NamedTuple):
    """A command or plug-in, and the object that it stands for."""

    name: str
    module: str
    attribute: str


class Target(NamedTuple):
    """The Pythons that a tool is told to work for."""

    tool: str
    pythons: tuple[str, ...]


class Runs(NamedTuple):
    """A Python that something runs on."""

    where: str
    """What runs: a word for messages."""
    python: str
    """Two numbers; `?` where it is computed."""


class Hook(NamedTuple):
    """A repository of hooks, and its revision."""

    repository: str
    version: str


class Locked(NamedTuple):
    """What a lock file holds."""

    packages: dict[str, list[list[Any]]]
    """Name to the versions, each with its line. An empty version is one that cannot be told."""
    members: tuple[str, ...] = ()
    """Folders of the projects that it was made for, from its own."""
    python: str = ""
    """Which Pythons it was made for."""
    groups: tuple[str, ...] | None = None
    """Groups that it holds; None: all of them."""


class Compiled(NamedTuple):
    """That a list of requirements was made from others."""

    sources: tuple[str, ...]
    extras: tuple[str, ...]
    is_whole: bool
    """Everything that the sources ask for must be in it, but for what is left out."""
    left_out: tuple[str, ...] = ()


class Importer(NamedTuple):
    """What a lock file of npm, pnpm or yarn holds for one package.json."""

    folder: str
    dependencies: dict[str, list[str]]
    """Name to the requirement that was locked and the version that came of it; empty where the file does not say."""


class YarnLocked(NamedTuple):
    """The requirements that a lock file of yarn answers: name to all of them."""

    requirements: dict[str, list[str]]


class Release(NamedTuple):
    """A heading of a changelog."""

    text: str
    """Empty: for what is not released yet."""
    of: str = ""
    """The word before it: the project's name, perhaps, or `Python`."""


class Mention(NamedTuple):
    """A version of something that a page tells readers to install, or of a repository of hooks."""

    name: str
    text: str
    kind: str
    """`install` or `hook`."""
    start: int = -1
    """The byte at which it begins."""


class PythonClaim(NamedTuple):
    """The oldest Python that a page promises."""

    python: str


class Tool(NamedTuple):
    """A tool, and what a file says of its version."""

    name: str
    version: str
    kind: str
    """`exact`, `range`, or `image` for what is only used in a container or by CI."""


class Module(NamedTuple):
    """What a module defines at its top."""

    names: tuple[str, ...]
    is_open: bool
    """It may define more."""


class Elsewhere(NamedTuple):
    """That a changelog is kept in another place."""

    why: str = ""


_KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind
    for kind in (
        *(Project, Version, RequiresPython, Dependency, Classifier, Script, Target, Runs, Hook, Locked, Compiled),
        *(Importer, YarnLocked, Release, Mention, PythonClaim, Tool, Module, Elsewhere),
    )
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def fact(value: Any, span: Span | None) -> Fact:
    """A value as scan yields it."""
    data = {key: list(item) if isinstance(item, tuple) else item for key, item in value._asdict().items()}
    return Fact(_NAMES[type(value)], data, span)


def value_of(one: Fact) -> Any:
    """The value that `fact` made this of."""
    kind = _KINDS[one.kind]
    data: Mapping[str, Any] = one.data if isinstance(one.data, dict) else {}
    return kind(**{key: tuple(item) if isinstance(item, list) else item for key, item in data.items()})


class Placed(NamedTuple):
    """A value, and where it stands."""

    value: Any
    path: str
    span: Span | None


class Known:
    """All facts of a repository, by kind and by path."""

    def __init__(self, facts: Mapping[str, tuple[Fact, ...]]) -> None:
        self._of_kind: dict[type[Any], list[Placed]] = {}
        self._at: dict[tuple[str, type[Any]], list[Placed]] = {}
        for path in sorted(facts):
            for one in facts[path]:
                value = value_of(one)
                placed = Placed(value, path, one.span)
                self._of_kind.setdefault(type(value), []).append(placed)
                self._at.setdefault((path, type(value)), []).append(placed)

    def of(self, kind: type[Any]) -> list[Placed]:
        """Those of one kind, in the order of paths and, within a file, of the text."""
        return self._of_kind.get(kind, [])

    def at(self, path: str, kind: type[Any]) -> list[Placed]:
        """Those of one kind in one file."""
        return self._at.get((path, kind), [])
