"""Lock files against what they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from guards._code.tree import folder_of
from guards._code.versions import Scheme, satisfies
from guards._core.model import Finding
from guards.versions import ranges
from guards.versions.facts import Compiled, Dependency, Importer, Locked, Placed, RequiresPython, YarnLocked
from guards.versions.judging.hooks import at_line
from guards.versions.judging.repository import PythonProject, Repository, joined, place
from guards.versions.rules import LOCK_CONFLICT, NOT_LOCKED

_GROUPS = {
    "uv.lock": ("dependencies", "extra ", "group ", "uv group "),
    "poetry.lock": ("dependencies", "extra ", "poetry "),
    "pdm.lock": ("dependencies", "extra ", "group ", "pdm group "),
    "pylock.toml": ("dependencies",),
}
"""What each lock file holds of a manifest."""
_COMMANDS = {"uv.lock": "uv lock", "poetry.lock": "poetry lock", "pdm.lock": "pdm lock"}


def judge(repository: Repository) -> Iterator[Finding]:
    """What is declared and not locked, or locked and not declared so."""
    for lock in repository.known.of(Locked):
        for manifest in _manifests(lock):
            yield from _member(repository, lock, manifest)
    for list_ in repository.known.of(Compiled):
        yield from _compiled(repository, list_)
    for importer in repository.known.of(Importer):
        yield from _importer(repository, importer)
    for lock in repository.known.of(YarnLocked):
        yield from _yarn(repository, lock)


def _hint(lock: Placed, command: str, instead: str = "") -> str:
    """What to do. A lock file of a workspace may have taken the place of one in a folder of it."""
    again = f"un `{command}`, and commit {lock.path}."
    return f"Remove {lock.path} if {instead} has taken its place, or r{again}" if instead else f"R{again}"


def _not_locked(one: Placed, lock: Placed, hint: str) -> Finding:
    message = f"{one.value.name} is asked for here, but {lock.path} does not hold it"
    related = (place(lock, "the lock file"),)
    return Finding(NOT_LOCKED.id, message, one.path, one.span, one.value.name, hint, related=related)


def _conflict(one: Placed, lock: Placed, held: str, hint: str) -> Finding:
    message = f"{one.value.text} is asked for here, but {lock.path} holds {held}"
    related = (place(at_line(lock, one.value.name) if isinstance(lock.value, Locked) else lock, "what is locked"),)
    return Finding(LOCK_CONFLICT.id, message, one.path, one.span, one.value.name, hint, related=related)


# ---- Locks of Python ------------------------------------------------------------------------------------------------


def _manifests(lock: Placed) -> Iterator[str]:
    """What a lock file was made from."""
    folder = folder_of(lock.path)
    yield from (f"{joined(folder, member)}/pyproject.toml".lstrip("/") for member in lock.value.members)


def _member(repository: Repository, lock: Placed, manifest: str) -> Iterator[Finding]:
    project = repository.nearest(manifest)
    name = lock.path.rpartition("/")[2]
    command = _COMMANDS.get(name, "your lock command")
    later = (one for one in repository.known.of(Locked) if one is not lock and manifest in _manifests(one))
    hint = _hint(lock, command, next((one.path for one in later if len(one.path) < len(lock.path)), ""))
    own = project.name if project else ""
    for one in repository.known.at(manifest, Dependency):
        if one.value.group.startswith(_GROUPS[name]) and one.value.name != own and not one.value.conditional:
            yield from _one(one, lock, lock.value.packages, hint)
    if project is not None and len(lock.value.members) == 1:
        yield from _python(project, lock, manifest, hint)


def _one(one: Placed, lock: Placed, packages: Mapping[str, list[list[object]]], hint: str) -> Iterator[Finding]:
    held = packages.get(one.value.name)
    if held is None:
        if one.value.specs is not None and _holds(lock, one.value.group):
            yield _not_locked(one, lock, hint)
        return
    versions = [str(version) for version, _ in held]
    if versions and all(ranges.allows(one.value.specs, version) is False for version in versions):
        yield _conflict(one, lock, ", ".join(versions), hint)


def _holds(lock: Placed, group: str) -> bool:
    """Whether a lock file must hold all of a group. A pylock.toml may be of any part of a project."""
    groups = lock.value.groups
    if groups is None:
        return not lock.path.endswith("pylock.toml")
    called = "default" if group == "dependencies" else group.rpartition(" ")[2]
    return called in groups or "*" in groups or ":all" in groups


def _python(project: PythonProject, lock: Placed, manifest: str, hint: str) -> Iterator[Finding]:
    required = next(iter(project.known.at(manifest, RequiresPython)), None)
    is_poetry = lock.path.endswith("poetry.lock")
    if required is None or not lock.value.python or (required.value.by == "poetry") is not is_poetry:
        return
    specs = ranges.poetry_specs(lock.value.python) if is_poetry else (lock.value.python,)
    locked = ranges.oldest_minor(specs) if specs else None
    declared = ranges.oldest_minor(required.value.specs)
    if locked and declared and locked != declared:
        message = f"{required.value.text} begins with Python {declared}, but {lock.path} was made from {locked} on"
        yield Finding(
            LOCK_CONFLICT.id, message, required.path, required.span, "python", hint,
            related=(place(lock, "the lock file"),),
        )  # fmt: skip


# ---- Compiled lists -------------------------------------------------------------------------------------------------


def _compiled(repository: Repository, made: Placed) -> Iterator[Finding]:
    held: dict[str, list[list[object]]] = {}
    hint = f"Compile {made.path} again, and commit it."
    for one in repository.known.at(made.path, Dependency):
        version = one.value.specs[0].lstrip("=") if ranges.is_exact(one.value.specs) else ""
        held.setdefault(one.value.name, []).append([version, 1])
    for source in made.value.sources:
        for one in _asked_for(repository, made, source):
            if one.value.conditional or one.value.name in made.value.left_out:
                continue
            lock = next(
                (at for at in repository.known.at(made.path, Dependency) if at.value.name == one.value.name), made
            )
            if one.value.name in held:
                versions = [str(version) for version, _ in held[one.value.name]]
                if all(ranges.allows(one.value.specs, version) is False for version in versions):
                    yield _conflict(one, lock, ", ".join(versions), hint)
            elif one.value.specs is not None and made.value.is_whole:
                yield _not_locked(one, made, hint)


def _asked_for(repository: Repository, made: Placed, source: str) -> Iterable[Placed]:
    """What a source asks for. Its path begins at the folder of the list, at the project's, or at the root."""
    project = repository.nearest(made.path)
    folders = (folder_of(made.path), project.folder if project else "", "")
    for folder in folders:
        path = joined(folder, source)
        found = list(repository.known.at(path, Dependency))
        if found and path != made.path:
            own = project.name if project else ""
            return [one for one in found if _is_taken(one.value.group, made) and one.value.name != own]
    return []


def _is_taken(group: str, made: Placed) -> bool:
    extras = made.value.extras
    if group.startswith("extra "):
        return "*" in extras or group.removeprefix("extra ") in extras
    return group in {"dependencies", "requirements"}


# ---- Locks of Node --------------------------------------------------------------------------------------------------


def _importer(repository: Repository, lock: Placed) -> Iterator[Finding]:
    manifest = f"{joined(folder_of(lock.path), lock.value.folder)}/package.json".lstrip("/")
    hint = _hint(lock, "pnpm install" if lock.path.endswith("pnpm-lock.yaml") else "npm install")
    for one in repository.known.at(manifest, Dependency):
        if one.value.specs is None or one.value.conditional:
            continue
        specifier, version = lock.value.dependencies.get(one.value.name, ("", ""))
        if one.value.name not in lock.value.dependencies:
            yield _not_locked(one, lock, hint)
        elif _is_other(one.value.text, specifier, version):
            yield _conflict(_shown(one), lock, version or specifier, hint)


def _is_other(asked: str, locked: str, version: str) -> bool:
    """Whether what is locked is neither what was asked for, nor something that is allowed by it."""
    if locked and asked.split() == locked.split():
        return False
    return bool(version) and satisfies(version, asked, Scheme.SEMVER) is False


def _yarn(repository: Repository, lock: Placed) -> Iterator[Finding]:
    for one in repository.known.at(f"{folder_of(lock.path)}/package.json".lstrip("/"), Dependency):
        if one.value.specs is None or one.value.conditional:
            continue
        answered = lock.value.requirements.get(one.value.name)
        if answered is None:
            yield _not_locked(one, lock, _hint(lock, "yarn install"))
        elif one.value.text not in answered:
            yield _conflict(_shown(one), lock, f"only what answers {', '.join(answered)}", _hint(lock, "yarn install"))


def _shown(one: Placed) -> Placed:
    """A dependency of npm with its name before the requirement."""
    return one._replace(value=one.value._replace(text=f"{one.value.name} {one.value.text}"))
