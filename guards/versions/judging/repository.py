"""The projects of a repository, and which file belongs to which."""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from guards._code.tree import Tree, folder_of
from guards._core.model import Place
from guards.versions import ranges
from guards.versions.facts import Known, Placed, Project, RequiresPython, Version
from guards.versions.mapping import MODULES, VERSION_MODULES

DOCUMENTS = frozenset({"doc", "docs", "documentation"})
"""Folders of pages about a project."""
IMAGES = frozenset({".devcontainer", ".docker", "build", "container", "containers", "deploy", "docker", "dockerfiles"})
"""Folders of what a project is run in."""
REQUIREMENTS = frozenset({"requirements"})


class PythonProject(Struct, frozen=True, dict=True):
    """A folder with one or more manifests of Python."""

    folder: str
    manifests: tuple[Placed, ...]
    """Facts of type `Project`; that of pyproject.toml first."""
    known: Known

    @property
    def name(self) -> str:
        """The normalised name; empty where no manifest says one."""
        return next((one.value.name for one in self.manifests if one.value.name), "")

    @property
    def backend(self) -> str:
        """What builds it."""
        return next((str(one.value.backend) for one in self.manifests if one.value.backend), "")

    @property
    def roots(self) -> tuple[str, ...]:
        """Folders in which its modules lie, from the root of the repository."""
        return tuple(sorted({joined(self.folder, root) for one in self.manifests for root in one.value.roots}))

    @property
    def modules(self) -> tuple[str, ...]:
        """Its top-level modules: those that are named, and the one that is called like it."""
        named = {module for one in self.manifests for module in one.value.modules}
        return tuple(sorted(named | ({self.name.replace("-", "_")} if self.name else set())))

    @functools.cached_property
    def requires_python(self) -> Placed | None:
        """Which Pythons it can be installed on."""
        return next(iter(self.of(RequiresPython)), None)

    @functools.cached_property
    def oldest_python(self) -> str | None:
        """The oldest of these, of two numbers."""
        return ranges.oldest_minor(self.requires_python.value.specs) if self.requires_python else None

    def of(self, kind: type[Any]) -> Iterator[Placed]:
        """Facts of its manifests."""
        return (one for manifest in self.manifests for one in self.known.at(manifest.path, kind))


class Repository:
    """All that judge knows."""

    def __init__(self, known: Known, tree: Tree) -> None:
        self.known = known
        self.tree = tree
        self.projects = tuple(_projects(known))
        self._by_folder = {one.folder: one for one in self.projects}

    def nearest(self, path: str) -> PythonProject | None:
        """The project that a file belongs to: the one of the nearest folder above it."""
        folder = folder_of(path)
        while True:
            if folder in self._by_folder or not folder:
                return self._by_folder.get(folder)
            folder = folder_of(folder)

    def owner(self, path: str, inside: frozenset[str] = frozenset()) -> PythonProject | None:
        """The project that a file speaks of: it stands beside the manifest, or in a folder there of one of the names.

        What stands deeper may be about something else that has no manifest of Python.
        """
        project = self.nearest(path)
        if project is None:
            return None
        folder = folder_of(path).removeprefix(project.folder).strip("/")
        return project if not folder or folder.partition("/")[0].lower() in inside else None

    @property
    def only_project(self) -> PythonProject | None:
        """The one project at the root, where there is no other: it is what workflows are about."""
        return self.projects[0] if len(self.projects) == 1 and not self.projects[0].folder else None

    def version_modules(self, project: PythonProject) -> Iterator[str]:
        """The modules that may state the version of a project."""
        folders = [joined(root, module) for root in project.roots for module in project.modules]
        paths = [f"{folder}/{stem}.py" for folder in folders for stem in VERSION_MODULES]
        yield from (path for path in (*paths, *self.stated_in(project)) if self.tree.find(path))

    def stated_in(self, project: PythonProject) -> Iterator[str]:
        """The files of which the manifest says that they hold the version."""
        for one in (where for manifest in project.manifests for where in manifest.value.version_in):
            kind, _, where = one.partition(":")
            if kind == "path":
                yield joined(project.folder, where)
            else:
                yield from (path for root in project.roots for path in module_paths(root, where))

    def asked_for(self) -> Iterator[str]:
        """The modules that have to be parsed."""
        from guards.versions.judging.scripts import script_modules

        for project in self.projects:
            for path in (*self.version_modules(project), *script_modules(self, project)):
                if path.rpartition("/")[2] in MODULES and self.tree.find(path):
                    yield path

    def version_of(self, project: PythonProject) -> Placed | None:
        """The version of a project: what its manifest says, or the file that the manifest names."""
        static = next(project.of(Version), None)
        if static is not None:
            return static
        stated = (one for path in self.stated_in(project) for one in self.known.at(path, Version))
        return next(stated, None)


def _projects(known: Known) -> Iterator[PythonProject]:
    folders: dict[str, list[Placed]] = {}
    for one in known.of(Project):
        if one.value.ecosystem == "python":
            folders.setdefault(folder_of(one.path), []).append(one)
    for folder, manifests in folders.items():
        yield PythonProject(folder, tuple(sorted(manifests, key=lambda one: one.path)), known)


def joined(*parts: str) -> str:
    """A path from the root of the repository; one that leads out of it is none of ours."""
    path = posixpath.normpath(posixpath.join("", *(part for part in parts if part)))
    return "" if path == "." else path


def module_paths(root: str, module: str) -> tuple[str, str]:
    """Where a module may be."""
    path = joined(root, module.replace(".", "/"))
    return f"{path}.py", f"{path}/__init__.py"


def place(one: Placed, note: str) -> Place:
    """A related place."""
    return Place(one.path, one.span, note)
