"""`requires-python` against classifiers, workflows, images, pins, targets of tools and pages."""

from __future__ import annotations

from collections.abc import Iterator

from guards._core.model import Finding, Level
from guards.versions import ranges
from guards.versions.facts import Classifier, Placed, PythonClaim, Runs, Target
from guards.versions.judging.repository import DOCUMENTS, IMAGES, PythonProject, Repository, place
from guards.versions.rules import (
    CLASSIFIER_REFUSED,
    DOCUMENTED_PYTHON,
    MISSING_CLASSIFIER,
    REFUSED_PYTHON,
    UNTESTED_PYTHON,
    WRONG_TARGET,
)

_CI = frozenset({"ci", "ci matrix"})
_CALLED = {
    "ci": "a job of this workflow",
    "ci matrix": "a job of this workflow",
    "image": "the image",
    "nox": "a session of nox",
    "pin": "this file",
    "tox": "an environment of tox",
}
_CHECKERS = frozenset({"mypy", "pyright", "basedpyright", "ty"})
_NOTE = "the Pythons of the project"


def judge(repository: Repository) -> Iterator[Finding]:
    """What disagrees about Python."""
    for project in repository.projects:
        required = project.requires_python
        if required is not None:
            yield from _classifiers(project, required)
            yield from _refused(repository, project, required)
            yield from _untested(repository, project, required)
            yield from _targets(repository, project, required)
            yield from _claims(repository, project, required)


def _classifiers(project: PythonProject, required: Placed) -> Iterator[Finding]:
    classifiers = list(project.of(Classifier))
    specs = required.value.specs
    for one in classifiers:
        if not ranges.allows_minor(specs, one.value.python):
            message = f"Python {one.value.python} is refused by requires-python, {required.value.text}"
            yield Finding(
                CLASSIFIER_REFUSED.id, message, one.path, one.span, one.value.python,
                "Remove the classifier, or widen requires-python.", related=(place(required, _NOTE),),
            )  # fmt: skip
    named = sorted({one.value.python for one in classifiers}, key=ranges.ranked)
    oldest = project.oldest_python
    if named and oldest and ranges.ranked(oldest) < ranges.ranked(named[0]) and not _is_poetry(project):
        first = next(one for one in classifiers if one.value.python == named[0])
        message = f"{required.value.text} lets Python {oldest} in, but the first classifier is {named[0]}"
        yield Finding(
            MISSING_CLASSIFIER.id, message, required.path, required.span, oldest,
            "Raise requires-python, or add the classifiers.", related=(place(first, "the first classifier"),),
        )  # fmt: skip


def _is_poetry(project: PythonProject) -> bool:
    return project.backend.startswith("poetry")


def _runs(repository: Repository, project: PythonProject) -> Iterator[Placed]:
    """What runs the project."""
    for one in repository.known.of(Runs):
        owner = repository.only_project if one.value.where in _CI else repository.owner(one.path, IMAGES)
        if owner is project:
            yield one


def _refused(repository: Repository, project: PythonProject, required: Placed) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    runs = [one for one in _runs(repository, project) if one.value.python != "?"]
    refused = [one for one in runs if not ranges.allows_minor(required.value.specs, one.value.python)]
    fine = {one.path for one in runs if one.value.where == "pin" and one not in refused}
    for one in refused:
        where, python = one.value.where, one.value.python
        if (one.path, python) in told or one.path in fine:
            continue
        told.add((one.path, python))
        message = f"{_CALLED[where]} runs on Python {python}, which requires-python refuses: {required.value.text}"
        yield Finding(
            REFUSED_PYTHON.id, message, one.path, one.span, python, "Raise it, or widen requires-python.",
            Level.ERROR if where == "pin" else None, related=(place(required, _NOTE),),
        )  # fmt: skip


def _untested(repository: Repository, project: PythonProject, required: Placed) -> Iterator[Finding]:
    runs = list(_runs(repository, project))
    pythons = {one.value.python for one in runs if one.value.where == "ci matrix"} - {"?"}
    matrix = sorted((one for one in pythons if ranges.allows_minor(required.value.specs, one)), key=ranges.ranked)
    tested = {one.value.python for one in runs}
    oldest = project.oldest_python
    if len(matrix) < 2 or "?" in tested or oldest is None or oldest in tested:
        return
    if ranges.ranked(oldest) < ranges.ranked(matrix[0]):
        first = next(one for one in runs if one.value.where == "ci matrix" and one.value.python == matrix[0])
        message = f"{required.value.text} lets Python {oldest} in, but the workflows begin with {matrix[0]}"
        yield Finding(
            UNTESTED_PYTHON.id, message, required.path, required.span, oldest,
            f"Test on Python {oldest}, or raise requires-python.", related=(place(first, "the first that is tested"),),
        )  # fmt: skip


def _targets(repository: Repository, project: PythonProject, required: Placed) -> Iterator[Finding]:
    oldest = project.oldest_python
    for one in repository.known.of(Target):
        if oldest is None or repository.owner(one.path) is not project:
            continue
        target = min(one.value.pythons, key=ranges.ranked)
        if target == oldest:
            continue
        is_newer = ranges.ranked(target) > ranges.ranked(oldest)
        message = f"{one.value.tool} works for Python {target}, but {required.value.text} begins with {oldest}"
        yield Finding(
            WRONG_TARGET.id, message, one.path, one.span, one.value.tool,
            f"Make it {oldest}, or remove it where the tool reads requires-python.",
            Level.NOTE if is_newer and one.value.tool in _CHECKERS else None, related=(place(required, _NOTE),),
        )  # fmt: skip


def _claims(repository: Repository, project: PythonProject, required: Placed) -> Iterator[Finding]:
    """What pages promise. One that is right somewhere speaks of something else where it is not."""
    oldest = project.oldest_python
    pages: dict[str, list[Placed]] = {}
    for one in repository.known.of(PythonClaim):
        if oldest and repository.owner(one.path, DOCUMENTS) is project:
            pages.setdefault(one.path, []).append(one)
    for first, *others in pages.values():
        if oldest in {one.value.python for one in (first, *others)}:
            continue
        message = (
            f"readers are promised Python {first.value.python} or newer, but {required.value.text} begins with {oldest}"
        )
        yield Finding(
            DOCUMENTED_PYTHON.id, message, first.path, first.span, first.value.python, f"Make it {oldest}.",
            related=(place(required, _NOTE),),
        )  # fmt: skip
