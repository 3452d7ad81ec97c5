"""Commands and plug-ins against the modules of the tree."""

from __future__ import annotations

from collections.abc import Iterator

from guards._code.packages import normalized
from guards._core.model import Finding
from guards.versions.facts import Dependency, Module, Placed, Script
from guards.versions.judging.repository import PythonProject, Repository, joined, module_paths
from guards.versions.rules import DANGLING_SCRIPT

_KNOWN_BACKENDS = ("", "flit", "hatchling", "pdm", "poetry", "setuptools", "uv_build")
"""What builds modules from files of the same path."""


def judge(repository: Repository) -> Iterator[Finding]:
    """Entries that lead nowhere."""
    for project in repository.projects:
        if any(one.value.is_unusual for one in project.manifests) or not project.backend.startswith(_KNOWN_BACKENDS):
            continue
        for script in project.of(Script):
            yield from _script(repository, project, script)


def script_modules(repository: Repository, project: PythonProject) -> Iterator[str]:
    """The modules that commands point at."""
    for script in project.of(Script):
        for root in project.roots:
            yield from (path for path in module_paths(root, script.value.module) if repository.tree.find(path))


def _script(repository: Repository, project: PythonProject, script: Placed) -> Iterator[Finding]:
    module = script.value.module
    found = [path for root in project.roots for path in module_paths(root, module) if repository.tree.find(path)]
    if found:
        yield from _attribute(repository, script, found)
    elif not _may_be_elsewhere(repository, project, module):
        yield _finding(script, f"there is no module {module} in the tree")


def _attribute(repository: Repository, script: Placed, paths: list[str]) -> Iterator[Finding]:
    name = script.value.attribute.partition(".")[0]
    modules = [one for path in paths for one in repository.known.at(path, Module)]
    if len(modules) < len(paths) or any(one.value.is_open or name in one.value.names for one in modules):
        return
    if any(repository.tree.find(f"{path.removesuffix('__init__.py')}{name}.py") for path in paths):
        return  # a module of that name in the package
    yield _finding(script, f"{paths[0]} defines no {name}")


def _finding(script: Placed, why: str) -> Finding:
    message = f"{script.value.name} points at {script.value.module}:{script.value.attribute}, but {why}"
    hint = "Correct the entry, or bring back what it points at."
    return Finding(DANGLING_SCRIPT.id, message, script.path, script.span, script.value.name, hint)


def _may_be_elsewhere(repository: Repository, project: PythonProject, module: str) -> bool:
    """Whether a module without a file of its own may still be there: from a dependency, compiled, or elsewhere."""
    top = module.partition(".")[0]
    tops = [joined(root, top) for root in project.roots]
    if any(repository.tree.is_folder(folder) for folder in tops):
        return any(_has_any_file(repository, joined(root, module.replace(".", "/"))) for root in project.roots)
    names = {one.value.name for one in project.of(Dependency)}
    return normalized(top) in names or _is_anywhere(repository, project, top)


def _has_any_file(repository: Repository, path: str) -> bool:
    """Whether a folder, or a file of any suffix, has the path of a module: namespaces and compiled modules."""
    folder, _, stem = path.rpartition("/")
    inside = repository.tree.below(folder) if folder else repository.tree.entries
    return repository.tree.is_folder(path) or any(
        entry.path.startswith(f"{path}.") or entry.path.rpartition("/")[2].startswith(f"{stem}.") for entry in inside
    )


def _is_anywhere(repository: Repository, project: PythonProject, top: str) -> bool:
    """Whether any folder or file of the project is called like a module."""
    inside = repository.tree.below(project.folder) if project.folder else repository.tree.entries
    wanted = (f"/{top}/", f"/{top}.")
    return any(wanted[0] in f"/{entry.path}" or wanted[1] in f"/{entry.path}" for entry in inside)
