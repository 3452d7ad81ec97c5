"""Everything that the versions guard can report."""

from __future__ import annotations

from guards._core.model import Level, Rule

CLASSIFIER_REFUSED = Rule(
    "versions/classifier-refused",
    "A classifier names a Python that `requires-python` refuses.",
    help=(
        "The package index shows the classifier, and installers obey `requires-python`: who believes the page is "
        "turned away.\n\n"
        '**Bad:** `requires-python = ">=3.10"` and `Programming Language :: Python :: 3.9`.\n\n'
        "**Good:** classifiers from 3.10 on.\n\n"
        "**How to fix:** remove the classifier, or widen `requires-python`."
    ),
)
DANGLING_SCRIPT = Rule(
    "versions/dangling-script",
    "A command or plug-in points at a module or name that is not in the tree.",
    help=(
        "It installs, and fails when somebody runs it. Tests that import the package never notice.\n\n"
        '**Bad:** `tool = "tool.cli:main"`, and there is no `tool/cli.py`.\n\n'
        "**Good:** the entry follows the module when it moves.\n\n"
        "**How to fix:** correct the entry, or bring the module back. Nothing is imported to find out: modules are "
        "looked up by their paths, and names in modules that are usual for commands (`cli.py`, `__main__.py`, "
        "`__init__.py`, …) by parsing them."
    ),
)
DOCUMENTED_PYTHON = Rule(
    "versions/documented-python",
    "A page promises another oldest Python than `requires-python`.",
    Level.WARNING,
    help=(
        "Readers choose their Python by the page, installers by `requires-python`.\n\n"
        '**Bad:** "Requires Python 3.8+" in the README, and `requires-python = ">=3.10"`.\n\n'
        "**Good:** the same version in both.\n\n"
        "**How to fix:** correct the one that is out of date."
    ),
)
HOOK_MISMATCH = Rule(
    "versions/hook-mismatch",
    "A hook runs another version of a tool than the project installs.",
    Level.WARNING,
    help=(
        "The hook and the command at the prompt then disagree about the same code.\n\n"
        "**Bad:** `rev: v0.4.1` of ruff-pre-commit, and `ruff==0.5.0` among the development dependencies.\n\n"
        "**Good:** the same version in both.\n\n"
        "**How to fix:** change the one that stayed behind. Repositories of hooks that carry the version of their tool "
        "are known by name."
    ),
)
LOCK_CONFLICT = Rule(
    "versions/lock-conflict",
    "A lock file holds what its declaration refuses.",
    help=(
        "Whoever installs from the lock gets something that the project says does not work, or an error.\n\n"
        '**Bad:** `"httpx>=0.27"` in pyproject.toml, and httpx 0.25.2 in uv.lock.\n\n'
        "**Good:** a lock file that was made after the last change of the declaration.\n\n"
        "**How to fix:** lock again (`uv lock`, `poetry lock`, `pdm lock`, `pip-compile`, `npm install`, …), and "
        "commit it."
    ),
)
INSTALLED_OTHERWISE = Rule(
    "versions/installed-otherwise",
    "What is installed in the environment is not what is declared or locked.",
    help=(
        "Only with the option `environment`. What runs here is something else than what was agreed on.\n\n"
        "**Bad:** `requests>=2.32` in pyproject.toml, and 2.31 in `.venv`.\n\n"
        "**Good:** the environment was synchronised after the last change.\n\n"
        "**How to fix:** install again (`uv sync`, `pip install -r …`), or correct the declaration."
    ),
)
LOOSE_PIN = Rule(
    "versions/loose-pin",
    "A dependency is not pinned to one version, in a file where the option `exact` asks for it.",
    help=(
        "Two installations of the same commit may differ.\n\n"
        "**Bad:** `requests>=2` in a file that `exact` names.\n\n"
        "**Good:** `requests==2.32.3`.\n\n"
        "**How to fix:** pin it, or take the file out of `exact`."
    ),
)
MISSING_CLASSIFIER = Rule(
    "versions/missing-classifier",
    "`requires-python` lets in an older Python than any classifier names.",
    Level.WARNING,
    help=(
        "Either support was dropped and the project still installs there, or the classifier was forgotten.\n\n"
        '**Bad:** `requires-python = ">=3.8"`, and classifiers from 3.10 on.\n\n'
        "**Good:** the oldest classifier is the oldest Python.\n\n"
        "**How to fix:** raise `requires-python`, or add the classifier. Poetry adds classifiers by itself: its "
        "projects are not judged."
    ),
)
NOT_INSTALLED = Rule(
    "versions/not-installed",
    "A declared dependency is not installed in the environment.",
    help=(
        "Only with the option `environment`, and not for extras, groups and what only applies under a condition.\n\n"
        "**Bad:** a dependency was added to pyproject.toml, and nobody installed it.\n\n"
        "**Good:** the environment was synchronised after the last change.\n\n"
        "**How to fix:** install again (`uv sync`, `pip install -r …`)."
    ),
)
NOT_LOCKED = Rule(
    "versions/not-locked",
    "A declared dependency is not in the lock file.",
    help=(
        "An installation from the lock fails, or lacks the dependency.\n\n"
        "**Bad:** a dependency was added to pyproject.toml or package.json, and the lock file stayed as it was.\n\n"
        "**Good:** both in one commit.\n\n"
        "**How to fix:** lock again, and commit the lock file."
    ),
)
REFUSED_PYTHON = Rule(
    "versions/refused-python",
    "Something runs on a Python that `requires-python` refuses.",
    Level.WARNING,
    help=(
        "The project cannot be installed there: the job fails, or tests something else than the project.\n\n"
        '**Bad:** `FROM python:3.8-slim`, and `requires-python = ">=3.10"`.\n\n'
        "**Good:** only Pythons that are supported.\n\n"
        "**How to fix:** raise what runs, or widen `requires-python`. In `.python-version` it is an error."
    ),
)
STALE_CHANGELOG = Rule(
    "versions/stale-changelog",
    "The newest release in the changelog is not the version of the project.",
    Level.WARNING,
    help=(
        "Either a release went out without a word about it, or the version was not raised.\n\n"
        "**Bad:** version 2.4.0, and a changelog that begins with 2.3.1.\n\n"
        "**Good:** a heading for 2.4.0, or one for what is not released yet.\n\n"
        "**How to fix:** write the entry, or raise the version."
    ),
)
STALE_MENTION = Rule(
    "versions/stale-mention",
    "A page tells readers to use a version that does not agree with the project.",
    Level.WARNING,
    help=(
        "Readers copy it.\n\n"
        "**Bad:** `pip install tool==1.4.0` or `rev: v1.4.0` in the README of tool 2.0.0.\n\n"
        "**Good:** the current version, or no version at all.\n\n"
        "**How to fix:** raise it with every release. Lines that speak of old, exact or example versions are left "
        "alone."
    ),
)
TOOL_MISMATCH = Rule(
    "versions/tool-mismatch",
    "Two files of one folder pin a tool to different versions.",
    help=(
        "Which one counts depends on the version manager that somebody happens to use.\n\n"
        "**Bad:** `20.11.1` in `.nvmrc`, and `nodejs 18.19.0` in `.tool-versions`.\n\n"
        "**Good:** one file, or the same version in all of them.\n\n"
        "**How to fix:** change or remove one of them."
    ),
)
UNMATCHED_TOOL = Rule(
    "versions/unmatched-tool",
    "`toolchain:` in canonical.yaml names a tool of which no file says a version.",
    Level.WARNING,
    help="What is compared with nothing checks nothing. Correct the name, or pin the tool where it is used.",
)
UNQUOTED_VERSION = Rule(
    "versions/unquoted-version",
    "A version without quotes loses its last zero in YAML.",
    help=(
        "To YAML, 3.10 is a number, and the same number as 3.1.\n\n"
        "**Bad:** `python-version: [3.9, 3.10]`.\n\n"
        '**Good:** `python-version: ["3.9", "3.10"]`.\n\n'
        "**How to fix:** put versions in quotes."
    ),
)
UNREADABLE = Rule(
    "versions/unreadable",
    "A file that says versions does not parse.",
    Level.WARNING,
    help="What it says could not be compared with anything. Correct the file, or exclude it.",
)
UNTESTED_PYTHON = Rule(
    "versions/untested-python",
    "The oldest Python that `requires-python` lets in is none that the workflows run on.",
    Level.WARNING,
    help=(
        "What nobody runs breaks unseen.\n\n"
        '**Bad:** `requires-python = ">=3.8"`, and a matrix from 3.10 on.\n\n'
        "**Good:** the oldest Python is part of the matrix.\n\n"
        "**How to fix:** add it, or raise `requires-python`. Where a workflow computes its versions, or another "
        "repository's workflow is called, nothing is said."
    ),
)
VERSION_MISMATCH = Rule(
    "versions/version-mismatch",
    "The version of a project is written in two places, and they differ.",
    help=(
        "The package says one version and the code another: bug reports name the wrong one.\n\n"
        '**Bad:** `version = "1.3.0"` in pyproject.toml, and `__version__ = "1.2.9"`.\n\n'
        "**Good:** one of them is read from the other.\n\n"
        "**How to fix:** correct the one that stayed behind, or let the build read it from one place."
    ),
)
WRONG_TARGET = Rule(
    "versions/wrong-target",
    "A tool is told to work for another oldest Python than `requires-python`.",
    Level.WARNING,
    help=(
        "For a newer one, it rewrites code into what the oldest Python cannot run, or does not notice such code. For "
        "an older one, it complains of what is fine.\n\n"
        '**Bad:** `target-version = "py312"` for ruff, and `requires-python = ">=3.9"`.\n\n'
        "**Good:** no setting at all where the tool reads `requires-python`, or the same version.\n\n"
        "**How to fix:** change or remove the setting. A type checker that looks with a newer Python is a note: some "
        "projects choose that."
    ),
)
WRONG_TOOL = Rule(
    "versions/wrong-tool",
    "A file asks for another version of a tool than `toolchain:` in canonical.yaml.",
    help=(
        '**Bad:** `toolchain: {node: "20"}`, and `FROM node:18`.\n\n'
        "**Good:** the same version wherever the tool is used.\n\n"
        "**How to fix:** change the file, or canonical.yaml where the decision has changed."
    ),
)

RULES = (
    CLASSIFIER_REFUSED,
    DANGLING_SCRIPT,
    DOCUMENTED_PYTHON,
    HOOK_MISMATCH,
    LOCK_CONFLICT,
    INSTALLED_OTHERWISE,
    LOOSE_PIN,
    MISSING_CLASSIFIER,
    NOT_INSTALLED,
    NOT_LOCKED,
    REFUSED_PYTHON,
    STALE_CHANGELOG,
    STALE_MENTION,
    TOOL_MISMATCH,
    UNMATCHED_TOOL,
    UNQUOTED_VERSION,
    UNREADABLE,
    UNTESTED_PYTHON,
    VERSION_MISMATCH,
    WRONG_TARGET,
    WRONG_TOOL,
)
