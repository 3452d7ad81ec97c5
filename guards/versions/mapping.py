"""What a file is to this guard, decided from its path alone."""

from __future__ import annotations

import enum
import functools
import re

from guards._code.places import is_for_tests


class Role(enum.StrEnum):
    """What a file tells of."""

    PYPROJECT = "pyproject"
    SETUP_CFG = "setup.cfg"
    SETUP_PY = "setup.py"
    PACKAGE_JSON = "package.json"
    UV_LOCK = "uv.lock"
    POETRY_LOCK = "poetry.lock"
    PDM_LOCK = "pdm.lock"
    PYLOCK = "pylock"
    REQUIREMENTS = "requirements"
    NPM_LOCK = "npm lock"
    PNPM_LOCK = "pnpm lock"
    YARN_LOCK = "yarn lock"
    HOOKS = "hooks"
    WORKFLOW = "workflow"
    DOCKERFILE = "dockerfile"
    PYTHON_PIN = "python pin"
    NODE_PIN = "node pin"
    TOOL_VERSIONS = "tool-versions"
    MISE = "mise"
    RUST_TOOLCHAIN = "rust-toolchain"
    RUST_TOOLCHAIN_TOML = "rust-toolchain.toml"
    GO_MOD = "go.mod"
    TOX = "tox"
    NOX = "nox"
    MYPY = "mypy"
    RUFF = "ruff"
    PYRIGHT = "pyright"
    CHANGELOG = "changelog"
    PAGE = "page"
    MODULE = "module"


_NAMES: dict[str, Role] = {
    ".mise.toml": Role.MISE,
    ".mypy.ini": Role.MYPY,
    ".node-version": Role.NODE_PIN,
    ".nvmrc": Role.NODE_PIN,
    ".pre-commit-config.yaml": Role.HOOKS,
    ".python-version": Role.PYTHON_PIN,
    ".ruff.toml": Role.RUFF,
    ".tool-versions": Role.TOOL_VERSIONS,
    "Containerfile": Role.DOCKERFILE,
    "Dockerfile": Role.DOCKERFILE,
    "go.mod": Role.GO_MOD,
    "mise.toml": Role.MISE,
    "mypy.ini": Role.MYPY,
    "noxfile.py": Role.NOX,
    "npm-shrinkwrap.json": Role.NPM_LOCK,
    "package-lock.json": Role.NPM_LOCK,
    "package.json": Role.PACKAGE_JSON,
    "pdm.lock": Role.PDM_LOCK,
    "pnpm-lock.yaml": Role.PNPM_LOCK,
    "poetry.lock": Role.POETRY_LOCK,
    "pylock.toml": Role.PYLOCK,
    "pyproject.toml": Role.PYPROJECT,
    "pyrightconfig.json": Role.PYRIGHT,
    "ruff.toml": Role.RUFF,
    "rust-toolchain": Role.RUST_TOOLCHAIN,
    "rust-toolchain.toml": Role.RUST_TOOLCHAIN_TOML,
    "setup.cfg": Role.SETUP_CFG,
    "setup.py": Role.SETUP_PY,
    "tox.ini": Role.TOX,
    "uv.lock": Role.UV_LOCK,
    "yarn.lock": Role.YARN_LOCK,
}
_MARKUP = ("", ".md", ".rst", ".txt")
_CHANGELOGS = ("CHANGELOG", "CHANGES", "HISTORY", "NEWS", "changelog", "changes", "history", "release-notes", "news")
_PAGES = (
    *("README", "Readme", "readme", "INSTALL", "Install", "install", "installation", "installing", "getting-started"),
    *("getting_started", "quickstart", "index", "introduction", "setup", "source_version_control", "integrations"),
)
_NAMES |= {stem + suffix: Role.CHANGELOG for stem in _CHANGELOGS for suffix in _MARKUP}
_NAMES |= {stem + suffix: Role.PAGE for stem in _PAGES for suffix in _MARKUP[stem[0].islower() and stem != "readme" :]}
_PROSE = frozenset({Role.CHANGELOG, Role.PAGE})
SELECTED = frozenset(_NAMES)
SUFFIXES = frozenset({".in", ".txt", ".yaml", ".yml"})

VERSION_MODULES = ("__init__", "__about__", "__version__", "_version", "about", "version")
"""Where a package says its version."""
MODULES = frozenset(f"{stem}.py" for stem in (*VERSION_MODULES, "__main__", "_cli", "cli", "main"))
"""Modules that judge may ask for: few names, because one that was never seen is not an ordinary one."""

_REQUIREMENTS = re.compile(r"(?:.*[-_.])?(?:requirements?|constraints?)(?:[-_.].*)?\.(?:txt|in)")
_OF_OTHERS = re.compile(
    r"_?vendor(?:ed|s)?|third[-_]party|external?|extern|node_modules|site-packages|\.venv|venv|bower_components"
    r"|_?templates?|cookiecutter.*|skeletons?|scaffold(?:ing|s)?|archetypes?|benchmarks?",
    re.IGNORECASE,
)


def classify(path: str, slice_: object) -> str | None:
    """The role of a file; None for what tells no version, or is not the project's own."""
    folder, _, name = path.rpartition("/")
    role = _NAMES.get(name) or _by_suffix(folder, name)
    if role in _PROSE and not (is_readme(name) or _holds_documents(folder)):
        return None
    return None if role is None or (folder and is_foreign(folder)) else role


def _by_suffix(folder: str, name: str) -> Role | None:
    if name.endswith((".yml", ".yaml")):
        return Role.WORKFLOW if folder == ".github/workflows" else None
    if name.endswith((".txt", ".in")):
        in_folder = folder.rpartition("/")[2] == "requirements"
        return Role.REQUIREMENTS if in_folder or _REQUIREMENTS.fullmatch(name) else None
    return Role.MODULE if name in MODULES else None


def is_readme(name: str) -> bool:
    """Whether a file introduces the folder that it stands in."""
    return name[:6].lower() == "readme"


def _holds_documents(folder: str) -> bool:
    return not folder or not {"doc", "docs"}.isdisjoint(folder.split("/"))


@functools.lru_cache(maxsize=1 << 14)
def is_foreign(folder: str) -> bool:
    """Whether a folder holds something else than the project: tests and their data, templates, other people's code."""
    return is_for_tests(folder) or "{" in folder or any(_OF_OTHERS.fullmatch(name) for name in folder.split("/"))
