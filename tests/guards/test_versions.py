"""The versions guard: its examples, its readers one by one, and what a mind that changes between two files leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from guards._core.model import Case, Entry, Fact, Finding, Kind, Level, Problem, Source
from guards._core.report import Report
from guards.testing import Example, check_example, check_guard, examples, run_guard
from guards.versions import GUARD, ranges
from guards.versions.facts import Module, Release, value_of
from guards.versions.judge import judge
from guards.versions.judging.hooks import DISTRIBUTIONS, repository_key
from guards.versions.mapping import MODULES, Role, classify
from guards.versions.options import Options
from guards.versions.reading import changelog, modules, pages, requirements, settings, setup, workflows
from guards.versions.scan import scan

EXAMPLES = examples(Path(__file__).parent / "versions")


def told(report: Report) -> list[tuple[str, str, str]]:
    return [(one.rule.removeprefix("versions/"), one.path, one.subject) for one in report.findings]


def run(tree: Mapping[str, str], canonical: str = "") -> Report:
    return run_guard(GUARD, {path: text.encode() for path, text in tree.items()}, canonical=canonical)


def values(reader: Any, text: str, role: Role) -> list[Any]:
    return [one if isinstance(one, Finding) else value_of(one) for one in reader.read(text.encode(), role)]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    check_example(GUARD, example)


def test_contract() -> None:
    """What is installed stands in no example: tests/cli/test_versions_installed.py has it."""
    rules = tuple(rule for rule in GUARD.rules if "installed" not in rule.id)
    check_guard(replace(GUARD, rules=rules), EXAMPLES)


# ---- Which files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("pyproject.toml", Role.PYPROJECT),
        ("services/api/pyproject.toml", Role.PYPROJECT),
        ("requirements/prod.txt", Role.REQUIREMENTS),
        ("dev-requirements.in", Role.REQUIREMENTS),
        ("requirements-py311.txt", Role.REQUIREMENTS),
        (".github/workflows/x.yml", Role.WORKFLOW),
        ("docs/install.rst", Role.PAGE),
        ("web/README.md", Role.PAGE),
        ("docs/changelog.md", Role.CHANGELOG),
        ("src/tool/__init__.py", Role.MODULE),
        ("tests/data/pyproject.toml", None),
        ("vendor/x/package.json", None),
        ("{{cookiecutter.name}}/pyproject.toml", None),
        ("web/node_modules/x/package.json", None),
        ("notes.txt", None),
        ("src/index.md", None),
        ("compose.yml", None),
        ("src/tool/util.py", None),
    ],
)
def test_role(path: str, role: Role | None) -> None:
    assert classify(path, None) == role


# ---- Versions and requirements --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "specs"),
    [
        ("^1.2.3", (">=1.2.3,<2",)),
        ("^0.2.3", (">=0.2.3,<0.3",)),
        ("^0.0", (">=0.0,<0.1",)),
        ("~1.2", (">=1.2,<1.3",)),
        ("~1", (">=1,<2",)),
        ("1.*", ("==1.*",)),
        ("*", ("",)),
        ("2.0", ("==2.0",)),
        (">=1,<2", (">=1,<2",)),
        (">=1 <2", (">=1,<2",)),
        ("^2.7 || ^3.8", (">=2.7,<3", ">=3.8,<4")),
        ("latest", None),
        ("^x", None),
        ("", None),
    ],
)
def test_poetry(written: str, specs: tuple[str, ...] | None) -> None:
    assert ranges.poetry_specs(written) == specs


NUMBERS = st.lists(st.integers(0, 30), min_size=1, max_size=3)


@given(NUMBERS, NUMBERS)
def test_caret_keeps_the_first_number(low: list[int], other: list[int]) -> None:
    """What `^` allows is at least its version, and has its first number that is not zero."""
    written, version = ".".join(map(str, low)), ".".join(map(str, other))
    if ranges.allows(ranges.poetry_specs(f"^{written}"), version):
        assert Version(version) >= Version(written)
        at = next((place for place, number in enumerate(low) if number), len(low) - 1)
        assert [*other, 0, 0, 0][: at + 1] == low[: at + 1]


@given(st.text(max_size=40))
def test_any_text_is_read(text: str) -> None:
    """Whatever is written: an answer, and never an error."""
    specs = ranges.poetry_specs(text)
    for one in specs or ():
        SpecifierSet(one)
    ranges.version(text)
    ranges.specifiers(text)
    ranges.pin_of(text)
    assert ranges.python_minor(text) is None or ranges.version(ranges.python_minor(text) or "")
    assert ranges.allows((text,), text) in {True, False, None}


@given(st.integers(3, 25), st.integers(0, 20))
def test_oldest_python(minor: int, patch: int) -> None:
    """The oldest Python is the lower bound's, at whatever patch it begins."""
    assert ranges.oldest_minor((f">=3.{minor}.{patch}",)) == f"3.{minor}"
    assert ranges.oldest_minor((f">=3.{minor},!=3.{minor}.*",)) == f"3.{minor + 1}"


def test_no_oldest_python() -> None:
    """Without a lower bound, and where nothing can be read."""
    assert ranges.oldest_minor(("<4",)) is None
    assert ranges.oldest_minor(("nonsense",)) is None


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("3.12", "3.12"), ("3.12.4", "3.12"), ("py39", "3.9"), ("3.13-dev", "3.13"), ("3.14t", "3.14"),
        ("cpython-3.11.2", "3.11"), ("pypy3.10", None), ("3.x", None), ("3", None), ("2.7", None), (">=3.9", None),
    ],
)  # fmt: skip
def test_python_minor(text: str, minor: str | None) -> None:
    assert ranges.python_minor(text) == minor


# ---- Readers --------------------------------------------------------------------------------------------------------


def test_requirements() -> None:
    """Options, comments, hashes and continued lines are no part of what is asked for."""
    lines = [
        "A.b[c]==1.0 \\",
        "    --hash=sha256:00 # x",
        "-r o.txt",
        "--index-url x",
        "d>=2 ; python_version<'3'",
    ]
    found = [one for one in requirements.read("\n".join(lines).encode(), Role.REQUIREMENTS) if isinstance(one, Fact)]
    assert [(value_of(one).name, value_of(one).text, value_of(one).conditional) for one in found] == [
        ("a-b", "A.b[c]==1.0", False),
        ("d", "d>=2 ; python_version<'3'", True),
    ]
    assert [tuple(one.span) for one in found if one.span] == [(1, 1, 1, 12), (5, 1, 5, 26)]


def test_compiled_from() -> None:
    """The command in the header tells the sources, and not where the list went."""
    header = "# autogenerated by pip-compile\n#\n#    pip-compile --extra=a --extra b -o x.txt -c c.txt y.in\n"
    (found,) = values(requirements, header, Role.REQUIREMENTS)
    assert (found.sources, found.extras, found.is_whole) == (("y.in",), ("a", "b"), True)


def test_setup_py() -> None:
    """Literals and constants of the call; what is computed is left out, and nothing is run."""
    text = """
import os
REQUIRES = ["a>=1", make()]
os.abort()
setup(name="x", version=read(), install_requires=REQUIRES, entry_points={"console_scripts": ["x = x.y:z"]})
"""
    shown = [(type(one).__name__, one[0]) for one in values(setup, text, Role.SETUP_PY)]
    assert shown == [("Project", "x"), ("Dependency", "a"), ("Script", "x")]


@pytest.mark.parametrize(
    ("line", "pythons"),
    [
        ("py3{8,9}-x, lint", ["3.8", "3.9"]),
        ("py{310,311}-{a,b}", ["3.10", "3.11"]),
        ("{py38,py39}, docs", ["3.8", "3.9"]),
        ("pypy3, py3, py", []),
    ],
)
def test_tox(line: str, pythons: list[str]) -> None:
    found = values(settings, f"[tox]\nenvlist = {line}\n", Role.TOX)
    assert sorted({one.python for one in found}, key=ranges.ranked) == pythons


@pytest.mark.parametrize(
    ("text", "releases"),
    [
        ("# Changes\n\n## [1.2.0] - 2024-01-01\n### Added\n", ["1.2.0"]),
        ("Version 2.0\n-----------\n\nUnreleased\n\n1.0 (2020)\n~~~~~~\n", ["2.0", "1.0"]),
        ("## Unreleased\n## v1.0\n", ["", "1.0"]),
        ("2.1.dev0\n========\n2.0rc1\n======\n", ["", "2.0rc1"]),
        ("## tool 1.4.0\n## 2.0 to 2.1\n## 3.10/3.11\n", ["1.4.0"]),
        ("text 1.0\n\n1.0\n", []),
    ],
)
def test_changelog(text: str, releases: list[str]) -> None:
    found = values(changelog, text, Role.CHANGELOG)
    assert [one.text for one in found if isinstance(one, Release)] == releases


@pytest.mark.parametrize(
    ("line", "claim"),
    [
        ("Requires Python 3.9+.", "3.9"),
        ("Python 3.10 or newer is needed", "3.10"),
        ("- Python (>=3.8)", "3.8"),
        ("![](https://img.shields.io/badge/python-3.8%2B-blue)", "3.8"),
        ("![](https://img.shields.io/badge/Python-%3E%3D3.9-blue)", "3.9"),
        ("Python 3.9", None),
        ("Support for Python 3.7+ was dropped.", None),
        ("Tool 1.7 requires Python 3.8 or newer.", None),
        ("If you use Python 3.9+, skip this.", None),
    ],
)
def test_promise(line: str, claim: str | None) -> None:
    assert [one.python for one in values(pages, line, Role.PAGE)] == ([claim] if claim else [])


@pytest.mark.parametrize(
    ("text", "names", "is_open"),
    [
        (
            "import a.b as c, d.e\nx: int = 1\nif x:\n    def f(): y = 1\nelse:\n    class G: z = 1\n",
            "G c d f x",
            False,
        ),
        ("try:\n    from a import b\nexcept ImportError:\n    b = None\n", "b", False),
        ("from a import *\n", "*", True),
        ("def __getattr__(name): ...\n", "__getattr__", True),
        ("globals()['main'] = 1\n", "", True),
    ],
)
def test_module(text: str, names: str, is_open: bool) -> None:
    (found,) = [one for one in values(modules, text, Role.MODULE) if isinstance(one, Module)]
    assert (" ".join(found.names), found.is_open) == (names, is_open)


def test_a_module_that_does_not_parse_says_nothing() -> None:
    assert values(modules, "print 'x'\n__version__ = '1'\n", Role.MODULE) == []


def test_workflow_numbers() -> None:
    """3.10 without quotes is told; 3.9 is what it is."""
    text = "jobs: {a: {strategy: {matrix: {python: [3.9, 3.10, '3.11']}}}}"
    found = values(workflows, text, Role.WORKFLOW)
    assert [one.subject for one in found if isinstance(one, Finding)] == ["python 3.10"]
    assert [one.python for one in found if type(one).__name__ == "Runs"] == ["3.9", "3.10", "3.11"]


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/astral-sh/ruff-pre-commit",
        "git@github.com:Astral-sh/ruff-pre-commit.git",
        "https://x/astral-sh/ruff-pre-commit/",
    ],
)
def test_repository_key(address: str) -> None:
    assert DISTRIBUTIONS[repository_key(address)] == ("python", "ruff")


# ---- Repositories ---------------------------------------------------------------------------------------------------

PROJECT = '[project]\nname = "tool"\nversion = "1.0"\n'


@pytest.mark.parametrize(
    ("backend", "path"),
    [
        ('build-backend = "flit_core.buildapi"', "tool/__init__.py"),
        (
            'build-backend = "pdm.backend"\n[tool.pdm.version]\nsource = "file"\npath = "tool/_version.py"',
            "tool/_version.py",
        ),
        (
            'build-backend = "setuptools"\n[tool.setuptools.dynamic]\nversion = {attr = "tool.version.VERSION"}',
            "src/tool/version.py",
        ),
    ],
)
def test_version_that_the_manifest_finds_elsewhere(backend: str, path: str) -> None:
    """It is the version of the project, to which the changelog is compared."""
    manifest = f'[project]\nname = "tool"\ndynamic = ["version"]\n[build-system]\n{backend}\n'
    name = "VERSION" if path.endswith("version.py") and "src" in path else "__version__"
    report = run({"pyproject.toml": manifest, path: f'{name} = "2.0"\n', "NEWS.md": "# 1.9\n"})
    assert told(report) == [("stale-changelog", "NEWS.md", "NEWS.md")]
    assert report.findings[0].related[0].path == path


def test_a_constant_of_something_else() -> None:
    """`VERSION` is that of the project in version.py, and may be any in other modules."""
    report = run(
        {"pyproject.toml": PROJECT, "tool/__init__.py": 'VERSION = "7"\n', "tool/version.py": 'VERSION = "2"\n'}
    )
    assert told(report) == [("version-mismatch", "tool/version.py", "tool")]


def test_headings_of_something_else() -> None:
    """`Python 3.13` in a changelog is no release of the project, and `Tool 1.0` is one."""
    assert told(run({"pyproject.toml": PROJECT, "NEWS.md": "# Tool 1.0\n## Python 3.13\n"})) == []


def test_placeholder_is_no_version() -> None:
    """0.0.0 is what release tools write over."""
    tree = {"pyproject.toml": PROJECT.replace("1.0", "0.0.0"), "tool/__init__.py": '__version__ = "2.0"\n'}
    assert told(run(tree)) == []


def test_pin_that_is_refused_is_an_error() -> None:
    report = run({"pyproject.toml": PROJECT + 'requires-python = ">=3.12"\n', ".python-version": "3.11\n"})
    assert [(one.rule, one.level) for one in report.findings] == [("versions/refused-python", Level.ERROR)]


def test_lock_that_another_has_replaced() -> None:
    """The hint says what is probably true: it was left behind when the folder joined a workspace."""
    member = '[project]\nname = "part"\nversion = "1"\ndependencies = ["a"]\n'
    entry = '[[package]]\nname = "part"\nversion = "1"\nsource = {{ editable = "{}" }}\n'
    tree = {
        "part/pyproject.toml": member,
        "part/uv.lock": "version = 1\n" + entry.format("."),
        "uv.lock": "version = 1\n" + entry.format("part") + '[[package]]\nname = "a"\nversion = "1"\n',
    }
    (finding,) = run(tree).findings
    assert (finding.rule, finding.hint) == (
        "versions/not-locked",
        "Remove part/uv.lock if uv.lock has taken its place, or run `uv lock`, and commit part/uv.lock.",
    )


def test_lines_of_locks() -> None:
    """The related place is the entry of the dependency."""
    own = 'version = 1\n\n[[package]]\nname = "tool"\nsource = {editable = "."}\n'
    lock = own + '\n[[package]]\nname = "a"\nversion = "1"\n'
    tree = {"pyproject.toml": PROJECT + 'dependencies = ["a>=2"]\n', "uv.lock": lock}
    (finding,) = run(tree).findings
    assert finding.related[0].span is not None
    assert (finding.related[0].path, finding.related[0].span.line) == ("uv.lock", 7)


def test_modules_are_asked_for_by_name_only() -> None:
    """A change of any other Python file is of no concern, so that hooks stay fast."""
    assert GUARD.asks_for is not None
    assert GUARD.asks_for.names == MODULES
    assert not GUARD.asks_for.suffixes
    assert ".py" not in GUARD.select.suffixes


def test_toolchain_ranges() -> None:
    """A requirement in canonical.yaml, and a version of fewer numbers in a file."""
    tree = {".python-version": "3.11\n", ".nvmrc": "18\n"}
    report = run(tree, canonical='guard: 1\ntoolchain: {python: ">=3.12", node: ">=18.5"}\n')
    assert told(report) == [("wrong-tool", ".python-version", "python")]


def test_a_run_without_news_loads_no_reader() -> None:
    """Every run loads the guard, and a run that finds every fact in its cache reads nothing."""
    code = "import sys, guards.versions; print(*sorted(name for name in sys.modules if 'versions.' in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [f"guards.versions.{name}" for name in ("mapping", "options", "rules")]


# ---- Whatever stands where a version should -------------------------------------------------------------------------

KEYS = st.sampled_from(
    [
        *("project", "name", "version", "dynamic", "dependencies", "optional-dependencies", "scripts", "entry-points"),
        *("requires-python", "classifiers", "dependency-groups", "build-system", "build-backend", "requires", "tool"),
        *(
            "poetry",
            "packages",
            "python",
            "group",
            "uv",
            "sources",
            "setuptools",
            "package-dir",
            "hatch",
            "path",
            "ruff",
        ),
        *("target-version", "black", "mypy", "python_version", "package", "packages", "source", "editable", "metadata"),
        *("groups", "tools", "toolchain", "channel", "jobs", "strategy", "matrix", "include", "steps", "with", "uses"),
        *("python-version", "repos", "repo", "rev", "hooks", "additional_dependencies", "importers", "specifiers", "."),
        *("engines", "volta", "packageManager", "devDependencies", "node_modules/a", "", "pnpm", "overrides", "find"),
    ]
)
TEXTS = st.sampled_from(
    [
        "",
        "1.0",
        "a>=1",
        "^1",
        "a:b",
        "python",
        "3.10",
        "py310",
        "dynamic",
        "version",
        "v1",
        "${{ x }}",
        "https://x/y/z",
        ".",
    ]
)
SCALARS = st.one_of(TEXTS, st.integers(0, 9), st.booleans(), st.floats(0, 4, width=16), st.text(max_size=5))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=25,
)


def in_toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {in_toml(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(in_toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


FILES = {
    "pyproject.toml": Role.PYPROJECT, "package.json": Role.PACKAGE_JSON, "uv.lock": Role.UV_LOCK,
    "poetry.lock": Role.POETRY_LOCK, "pdm.lock": Role.PDM_LOCK, "pylock.toml": Role.PYLOCK,
    "package-lock.json": Role.NPM_LOCK, "pnpm-lock.yaml": Role.PNPM_LOCK, ".pre-commit-config.yaml": Role.HOOKS,
    ".github/workflows/x.yml": Role.WORKFLOW, "mise.toml": Role.MISE, "rust-toolchain.toml": Role.RUST_TOOLCHAIN_TOML,
    "ruff.toml": Role.RUFF, "pyrightconfig.json": Role.PYRIGHT,
}  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(FILES)), st.dictionaries(KEYS, TREES, max_size=5), max_size=4))
def test_any_shape_is_read_and_judged(tree: dict[str, dict[str, Any]]) -> None:
    """Where a text is expected there may be anything: it says no version, and nothing fails."""
    facts: dict[str, tuple[Fact, ...]] = {}
    for path, value in tree.items():
        as_toml = "\n".join(f"{json.dumps(key)} = {in_toml(item)}" for key, item in value.items())
        data = (as_toml if path.endswith((".toml", ".lock")) else json.dumps(value)).encode()
        seen = list(scan(Source(data, data, Kind.FILE, FILES[path], {}, None, len(data))))
        assert all(isinstance(one, (Fact, Finding, Problem)) for one in seen)
        facts[path] = tuple(one for one in seen if isinstance(one, Fact))
    entries = [Entry(path, Kind.FILE, "") for path in sorted(tree)]
    judged = list(judge(Case(Options(exact=("*",)), facts, entries, {}, {"python": "3.12"})))
    assert all(isinstance(one, Finding) and one.path for one in judged)
