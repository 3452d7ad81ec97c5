"""The version of a project against its modules, its changelog and its pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from guards._code.packages import normalized
from guards._code.tree import folder_of
from guards._core.model import Edit, Finding, Fix, Level
from guards.versions import ranges
from guards.versions.facts import Elsewhere, Mention, Placed, Project, Release, Version
from guards.versions.judging.hooks import DISTRIBUTIONS, repository_key
from guards.versions.judging.repository import DOCUMENTS, PythonProject, Repository, place
from guards.versions.rules import STALE_CHANGELOG, STALE_MENTION, VERSION_MISMATCH


def judge(repository: Repository) -> Iterator[Finding]:
    """What disagrees about the version of a project."""
    for project in repository.projects:
        version = repository.version_of(project)
        if version is not None:
            yield from _copies(repository, project, version)
            yield from _changelogs(repository, project, version)
            yield from _mentions(repository, project, version)
    yield from _npm(repository)


def _copies(repository: Repository, project: PythonProject, version: Placed) -> Iterator[Finding]:
    modules = dict.fromkeys(repository.version_modules(project))
    stated = (one for path in modules for one in repository.known.at(path, Version) if _is_stated(one))
    for one in (*project.of(Version), *stated):
        if one is not version and ranges.version(one.value.text) != ranges.version(version.value.text):
            message = f"{one.value.what} is {one.value.text}, but {version.path} says {version.value.text}"
            hint = f"Make it {version.value.text}, or let one be read from the other."
            yield Finding(
                VERSION_MISMATCH.id, message, one.path, one.span, project.name, hint,
                related=(place(version, "the version of the project"),), fix=_raised_in_code(one, version),
            )  # fmt: skip


def _raised_in_code(one: Placed, version: Placed) -> Fix | None:
    """What writes the version of the project into a module, if it stands there as one text."""
    stated, new = one.value, version.value.text
    if stated.source[1:-1] != stated.text or not _is_older(stated.text, new):
        return None
    quote = stated.source[0]
    return _writing(stated.start, stated.source, f"{quote}{new}{quote}", new, at=(stated.what,))


def _raised_on_page(one: Placed, version: Placed) -> Fix | None:
    """What writes the version of the project where a page tells another; a leading `v` stays."""
    old, new = one.value.text, version.value.text
    if one.value.start < 0 or not _is_older(old, new):
        return None
    return _writing(one.value.start, old, "v" * old.startswith("v") + new.removeprefix("v"), new)


def _is_older(text: str, own: str) -> bool:
    """Whether it is clear which of them was forgotten: what is newer than the manifest says may be right."""
    one, other = ranges.version(text), ranges.version(own)
    return one is not None and other is not None and one < other and not any(sign in own for sign in "\"'\\")


def _writing(start: int, old: str, new: str, version: str, at: tuple[str, ...] | None = None) -> Fix:
    edit = Edit(start, start + len(old.encode()), old.encode(), new.encode(), at, within=at is None)
    return Fix(f"write `{version}`", (edit,))


def _is_stated(one: Placed) -> bool:
    """Whether a constant is the version of the project: elsewhere, `VERSION` may be that of a protocol."""
    return one.value.what == "__version__" or (one.value.what == "VERSION" and one.path.endswith("version.py"))


def _npm(repository: Repository) -> Iterator[Finding]:
    versions = {one.path: one for one in repository.known.of(Version)}
    for manifest in repository.known.of(Project):
        folder = folder_of(manifest.path)
        lock = versions.get(f"{folder}/package-lock.json".lstrip("/"))
        version = versions.get(manifest.path)
        if manifest.value.ecosystem == "npm" and lock and version and lock.value.text != version.value.text:
            message = f"the lock file is of version {lock.value.text}, but package.json says {version.value.text}"
            yield Finding(
                VERSION_MISMATCH.id, message, lock.path, lock.span, manifest.value.name,
                "Run `npm install --package-lock-only`, and commit the lock file.", Level.WARNING,
                related=(place(version, "the version of the package"),),
            )  # fmt: skip


# ---- Changelogs -----------------------------------------------------------------------------------------------------


def _changelogs(repository: Repository, project: PythonProject, version: Placed) -> Iterator[Finding]:
    by_path: dict[str, list[Placed]] = {}
    for one in repository.known.of(Release):
        is_own = normalized(one.value.of) in {"", project.name}
        if is_own and repository.owner(one.path, DOCUMENTS) is project:
            by_path.setdefault(one.path, []).append(one)
    for path, releases in by_path.items():
        if not any(repository.known.at(path, Elsewhere)):
            yield from _changelog(releases, version)


def _changelog(releases: list[Placed], version: Placed) -> Iterator[Finding]:
    own = ranges.version(version.value.text)
    newest = max((one for one in releases if _rank(one)), key=_rank, default=None)
    if own is None or newest is None or own.is_prerelease or own.local or _is_same(_rank(newest), own):
        return
    if any(not one.value.text for one in releases[: releases.index(newest)]):
        return  # a heading for what is not released yet
    if _rank(newest) > own:
        message = f"the changelog has {newest.value.text}, but {version.path} says {version.value.text}"
        hint = "Raise the version, or say in the heading that this is not released yet."
    else:
        message = f"the newest release here is {newest.value.text}, but {version.path} says {version.value.text}"
        hint = f"Write an entry for {version.value.text}."
    yield Finding(
        STALE_CHANGELOG.id, message, newest.path, newest.span, newest.path, hint,
        related=(place(version, "the version of the project"),),
    )  # fmt: skip


def _rank(release: Placed) -> Any:
    """What releases are ordered by; None for one that is none."""
    return ranges.version(release.value.text)


def _is_same(heading: Any, own: Any) -> bool:
    """Whether a heading is that of a version; one for 2.0 stands for all of 2.0.x."""
    is_short = len(heading.release) == 2 and not heading.is_prerelease
    return bool(heading == own or (is_short and heading.release == own.release[:2]))


# ---- Pages ----------------------------------------------------------------------------------------------------------


def _mentions(repository: Repository, project: PythonProject, version: Placed) -> Iterator[Finding]:
    own = ranges.version(version.value.text)
    by_path: dict[str, list[Placed]] = {}
    for one in repository.known.of(Mention):
        if _is_own(one.value, project) and repository.owner(one.path, DOCUMENTS) is project:
            by_path.setdefault(one.path, []).append(one)
    for mentions in by_path.values():
        if own is None or own.is_prerelease or len({ranges.version(one.value.text) for one in mentions}) > 1:
            continue  # several versions on one page are examples
        for one in mentions:
            if ranges.version(one.value.text) not in {None, own}:
                yield _stale(one, version)


def _is_own(mention: Mention, project: PythonProject) -> bool:
    if not project.name:
        return False
    if mention.kind == "install":
        return mention.name == project.name
    names = DISTRIBUTIONS.get(repository_key(mention.name))
    own = normalized(mention.name.rpartition("/")[2])
    return (names is not None and names[1] == project.name) or own == project.name


def _stale(mention: Placed, version: Placed) -> Finding:
    message = f"readers are told to use {mention.value.text}, but {version.path} says {version.value.text}"
    return Finding(
        STALE_MENTION.id, message, mention.path, mention.span, mention.value.name, f"Make it {version.value.text}.",
        related=(place(version, "the version of the project"),), fix=_raised_on_page(mention, version),
    )  # fmt: skip
