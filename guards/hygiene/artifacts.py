"""What tools, editors and desktops leave behind, told by its path."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from guards._code.places import is_for_tests
from guards._code.tree import Tree, folder_of
from guards._core.model import Entry, Finding, Fix, Level
from guards._core.untracking import exact_line, untrack_command, untracking_summary
from guards.hygiene.rules import BACKUP_FILE, GENERATED_FILE, PERSONAL_FILE


class Artifact(Struct, frozen=True, dict=True):
    """One kind of thing that nobody wrote."""

    what: str
    """Its name in a sentence."""
    name: str
    """A pattern over the end of its path, from the start of a name on."""
    ignore: str
    """The line of .gitignore that keeps it out; empty: its path."""
    inside: str = ""
    """It is a folder, and this pattern over the path of a file in it tells so."""
    rule: str = GENERATED_FILE.id
    level: Level = Level.ERROR
    kept_for_tests: bool = True
    """Of no concern in a folder for tests, where it may be what a test reads."""

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """Over the path of a file; the group `root` is the artifact as a whole."""
        return re.compile(rf"(?P<root>(?:.*?/)?(?:{self.name})){self._rest}", re.DOTALL)

    @property
    def end_pattern(self) -> str:
        """Over the end of the path of a file, from the start of a name on."""
        return rf"(?:{self.name}){self._rest}"

    @property
    def _rest(self) -> str:
        return f"/{self.inside}" if self.inside else ""


def _folder(what: str, name: str, *, level: Level = Level.ERROR, kept_for_tests: bool = True) -> Artifact:
    return Artifact(what, re.escape(name), f"{name}/", ".*", level=level, kept_for_tests=kept_for_tests)


def _likely(what: str, name: str, ignore: str) -> Artifact:
    return Artifact(what, name, ignore, level=Level.WARNING)


def _backup(what: str, name: str, ignore: str) -> Artifact:
    return Artifact(what, name, ignore, rule=BACKUP_FILE.id, level=Level.WARNING)


def _personal(what: str, name: str, ignore: str, inside: str = "") -> Artifact:
    return Artifact(what, name, ignore, inside, PERSONAL_FILE.id, Level.WARNING, kept_for_tests=False)


ARTIFACTS = (
    _folder("Python bytecode", "__pycache__", kept_for_tests=False),
    Artifact("Python bytecode", r"[^/]+\.py[co]", "*.py[co]"),
    _folder("a cache of pytest", ".pytest_cache", kept_for_tests=False),
    _folder("a cache of mypy", ".mypy_cache", kept_for_tests=False),
    _folder("a cache of ruff", ".ruff_cache", kept_for_tests=False),
    _folder("checkpoints of Jupyter", ".ipynb_checkpoints", kept_for_tests=False),
    Artifact("a virtual environment", r"[^/]+", "", r"pyvenv\.cfg"),
    Artifact("a cache", r"[^/]+", "", r"CACHEDIR\.TAG"),
    _folder("environments of tox", ".tox"),
    _folder("environments of nox", ".nox"),
    Artifact("data of coverage.py", r"\.coverage", ".coverage"),
    Artifact("data of coverage.py", r"\.coverage\.[^/]+\.[0-9]+\.[^/]+", ".coverage.*"),
    Artifact("a coverage report", r"coverage\.xml", "coverage.xml"),
    _folder("a coverage report", "htmlcov"),
    _folder("a coverage report", "lcov-report"),
    _folder("data of nyc", ".nyc_output"),
    Artifact("a database of MLflow", r"mlflow\.db", "mlflow.db"),
    _folder("runs of MLflow", "mlruns"),
    Artifact("metadata of a built package", r"[^/]+\.egg-info", "*.egg-info/", r"SOURCES\.txt"),
    _folder("eggs of a build", ".eggs"),
    Artifact("a built package", r"dist/[^/]+\.whl", "*.whl"),
    Artifact("output of a build", r"build/(?:bdist|lib|temp)\.(?:linux|macosx|win)[^/]*", "", ".*"),
    _folder("providers and modules of Terraform", ".terraform"),
    Artifact("state of Terraform", r"[^/]+\.tfstate", "*.tfstate"),
    Artifact("state of Terraform", r"[^/]+\.tfstate\.backup", "*.tfstate.backup"),
    _folder("a cache of Parcel", ".parcel-cache"),
    _folder("a cache of Sass", ".sass-cache"),
    _likely("results of tests", r"junit[^/]*\.xml", "junit*.xml"),
    _likely("results of tests", r"TEST-[^/]+\.xml", "TEST-*.xml"),
    _likely("results of tests", r"test-results\.xml", "test-results.xml"),
    _likely("results of tests", r"nosetests\.xml", "nosetests.xml"),
    _folder("results of tests", "test-results", level=Level.WARNING),
    _folder("results of tests", "allure-results", level=Level.WARNING),
    _folder("results of tests", "playwright-report", level=Level.WARNING),
    _folder("examples of Hypothesis", ".hypothesis", level=Level.WARNING),
    _likely("data of testmon", r"\.testmondata", ".testmondata"),
    _folder("installed npm packages", "node_modules", level=Level.WARNING),
    _folder("a build of Next.js", ".next", level=Level.WARNING),
    _folder("a build of Nuxt", ".nuxt", level=Level.WARNING),
    _folder("a build of SvelteKit", ".svelte-kit", level=Level.WARNING),
    _folder("a cache of Turborepo", ".turbo", level=Level.WARNING),
    _folder("a cache of Gradle", ".gradle", level=Level.WARNING),
    _likely("a log of npm", r"npm-debug\.log[^/]*", "npm-debug.log*"),
    _likely("a log of Yarn", r"yarn-error\.log", "yarn-error.log"),
    _backup("a backup copy", r"[^/]+~", "*~"),
    _backup("a backup copy", r"[^/]+\.bak", "*.bak"),
    _backup("the original of a merge or a patch", r"[^/]+\.orig", "*.orig"),
    _backup("the rejected part of a patch", r"[^/]+\.rej", "*.rej"),
    _backup("a leftover of git mergetool", r"[^/]+_BACKUP_[0-9]+(?:\.[^/.]+)?", "*_BACKUP_[0-9]*"),
    _backup("a leftover of git mergetool", r"[^/]+_BASE_[0-9]+(?:\.[^/.]+)?", "*_BASE_[0-9]*"),
    _backup("a leftover of git mergetool", r"[^/]+_LOCAL_[0-9]+(?:\.[^/.]+)?", "*_LOCAL_[0-9]*"),
    _backup("a leftover of git mergetool", r"[^/]+_REMOTE_[0-9]+(?:\.[^/.]+)?", "*_REMOTE_[0-9]*"),
    _backup("a swap file of Vim", r"\.[^/]+\.sw[m-p]", ".*.sw[m-p]"),
    _backup("a swap file of Vim", r"\.sw[m-p]", ".sw[m-p]"),
    _backup("an autosave of Emacs", r"#[^/]+#", r"\#*#"),
    _backup("a lock of Emacs", r"\.#[^/]+", ".#?*"),
    _personal("the Finder's view of a folder", r"\.DS_Store", ".DS_Store"),
    _personal("a set of resource forks of macOS", r"__MACOSX", "__MACOSX/", ".*"),
    _personal("a thumbnail cache of Windows", r"[Tt]humbs\.db", "[Tt]humbs.db"),
    _personal("one person's state of an IDE", r"\.idea/workspace\.xml", "**/.idea/workspace.xml"),
    _personal("one person's state of an IDE", r"\.idea/tasks\.xml", "**/.idea/tasks.xml"),
    _personal("one person's statistics of an IDE", r"\.idea/usage\.statistics\.xml", "**/.idea/usage.statistics.xml"),
    _personal("one person's shelf of an IDE", r"\.idea/shelf", "**/.idea/shelf/", ".*"),
    _personal("one person's state of Visual Studio", r"\.vs", ".vs/", ".*"),
)

PATH_PATTERN = f"(?:.*/)?(?:{'|'.join(artifact.end_pattern for artifact in ARTIFACTS)})"
"""One pattern for all of them: a superset that `artifact_of` looks at closely."""


def artifact_of(path: str) -> tuple[Artifact, str] | None:
    """The outermost artifact that a path belongs to, and the path of that as a whole."""
    found = [(match["root"], artifact) for artifact in ARTIFACTS if (match := artifact.pattern.fullmatch(path))]
    if not found:
        return None
    root, artifact = min(found, key=lambda one: len(one[0]))
    return artifact, root


class Found(NamedTuple):
    """An artifact in the tree, as a whole."""

    artifact: Artifact
    root: str
    """Its path: of a file, or of a folder of which everything is the artifact."""
    first: Entry
    files: int
    """How many tracked files it is."""


def artifacts(candidates: Sequence[Entry], tree: Tree, *, quarantine: bool = False) -> Iterator[Finding]:
    """A finding for each tracked artifact that is not what a test reads, nor shipped on purpose.

    `quarantine`: the fix of a backup moves it away.
    """
    for found in _outermost(candidates, tree):
        if found.artifact.kept_for_tests and is_for_tests(folder_of(found.root)):
            continue
        if found.root.endswith("node_modules") and _is_action(folder_of(found.root), tree):
            continue
        yield _finding(found, quarantine=quarantine and found.artifact.rule == BACKUP_FILE.id)


def _outermost(candidates: Sequence[Entry], tree: Tree) -> Iterator[Found]:
    roots: dict[str, Artifact] = {}
    within = "/"
    for entry in candidates:
        if not entry.tracked or entry.path.startswith(within):
            continue
        one = artifact_of(entry.path)
        if one is not None:
            roots[one[1]] = one[0]
            within = f"{one[1]}/"
    for root, artifact in roots.items():
        if any(folder in roots for folder in _folders_above(root)):
            continue
        files = [entry for entry in tree.below(root) if entry.tracked] if artifact.inside else [tree.find(root)]
        if files and files[0] is not None:
            yield Found(artifact, root, files[0], len(files))


def _folders_above(path: str) -> Iterator[str]:
    while path := folder_of(path):
        yield path


def _is_action(folder: str, tree: Tree) -> bool:
    """A GitHub action is fetched and run as it is, so it brings its packages along."""
    prefix = f"{folder}/" if folder else ""
    return any(tree.find(prefix + name) for name in ("action.yml", "action.yaml"))


def _finding(found: Found, *, quarantine: bool) -> Finding:
    artifact, root = found.artifact, found.root
    what = artifact.what
    if artifact.inside:
        files = "1 file" if found.files == 1 else f"{found.files:,} files"
        message = f"{root}/ is tracked, and it holds {what} ({files})"
    else:
        message = f"{root.rpartition('/')[2]} is tracked, and it is {what}"
    line = artifact.ignore or exact_line(root, folder=True)
    command = untrack_command(root, folder=bool(artifact.inside))
    hint = f"Run `{command}` and add `{line}` to .gitignore; what is on disk stays."
    fix = Fix(untracking_summary(quarantine=quarantine), untrack=(root,), ignore=(line,), quarantine=quarantine)
    return Finding(artifact.rule, message, found.first.path, subject=root, hint=hint, level=artifact.level, fix=fix)
