"""What `versions` mends: older copies of the version of a project, and versions that YAML would cut short."""

from __future__ import annotations

import pytest

from guards._core.report import FindingStatus
from guards.testing import fix_guard
from guards.versions import GUARD

MANIFEST = '[project]\nname = "tool"\nversion = "1.3.0"\n'


def fixed(path: str, content: str, manifest: str = MANIFEST) -> tuple[str, list[tuple[str, str]]]:
    """The file after `--fix`, and what became of each finding in it."""
    tree = {"pyproject.toml": manifest.encode(), path: content.encode()}
    report, files = fix_guard(GUARD, tree)
    assert files["pyproject.toml"] == manifest.encode(), "an authority is never written"
    return files[path].decode(), [(one.rule.removeprefix("versions/"), one.status) for one in report.findings]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (
            "tool/__init__.py",
            'é = 1\r\n__version__ = "1.2.9"  # of é\r\n',
            'é = 1\r\n__version__ = "1.3.0"  # of é\r\n',
        ),
        ("tool/version.py", "VERSION: str = '1.2'\n", "VERSION: str = '1.3.0'\n"),
        ("README.md", "é\n\n```sh\npip install tool==1.2.9\n```\n", "é\n\n```sh\npip install tool==1.3.0\n```\n"),
        ("README.rst", "é\n\n    pip install 'tool[x]==1.2.9'\n", "é\n\n    pip install 'tool[x]==1.3.0'\n"),
        ("README.md", "- repo: https://x.y/me/tool\n  rev: v1.2\n", "- repo: https://x.y/me/tool\n  rev: v1.3.0\n"),
    ],
)
def test_an_older_copy_is_raised(path: str, before: str, after: str) -> None:
    """Nothing but the version is written: quotes, line ends, comments and a leading v stay."""
    text, found = fixed(path, before)
    assert (text, {status for _, status in found}) == (after, {FindingStatus.FIXED})


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("tool/__init__.py", '__version__ = "1.4.0"\n'),
        ("tool/__init__.py", '__version__ = "1." "2"\n'),
        ("tool/__init__.py", '__version__ = r"1.2"\n'),
        ("tool/__init__.py", '__version__ = """1.2"""\n'),
        ("README.md", "pip install tool==1.4.0\n"),
    ],
)
def test_what_is_newer_or_written_otherwise_is_left_alone(path: str, content: str) -> None:
    """The manifest may be what was forgotten; the finding stays."""
    text, found = fixed(path, content)
    assert text == content
    assert [status for _, status in found] == [FindingStatus.NEW]


def test_the_file_that_the_manifest_names_is_the_authority() -> None:
    manifest = '[project]\nname = "tool"\ndynamic = ["version"]\n[tool.hatch.version]\npath = "tool/version.py"\n'
    tree = {
        "pyproject.toml": manifest,
        "tool/version.py": '__version__ = "1.3.0"\n',
        "tool/__init__.py": '__version__ = "1.2.0"\n',
    }
    _, files = fix_guard(GUARD, {path: text.encode() for path, text in tree.items()})
    assert files["tool/version.py"] == tree["tool/version.py"].encode()
    assert files["tool/__init__.py"] == b'__version__ = "1.3.0"\n'


WORKFLOW = """\
on: push
jobs:
  test:
    strategy:
      matrix:
        python-version: {versions} # all
    steps:
      - uses: actions/setup-python@v5
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[3.9, 3.10, '3.11']", "[3.9, \"3.10\", '3.11']"),
        ("[ 3.20 ]", '[ "3.20" ]'),
        ("[&old 3.10, *old]", "[&old 3.10, *old]"),
    ],
)
def test_a_version_in_a_workflow_gets_quotes(before: str, after: str) -> None:
    path = ".github/workflows/ci.yml"
    text, _ = fixed(path, WORKFLOW.format(versions=before))
    assert text == WORKFLOW.format(versions=after)
