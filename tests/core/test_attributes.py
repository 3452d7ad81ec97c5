"""Which files git may convert, read off `.gitattributes` so that a doubt always means: it may."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from guards._core.attributes import EVERYTHING, NOTHING, Converted, below, converted
from tests.conftest import Repository


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"# * text=auto\n",
        b"* -text -filter !eol -ident\n",
        b"*.png binary\n*.svg diff=svg merge=ours export-ignore linguist-vendored\n",
        b"\xef\xbb\xbf*.png -text\r\n",
        b"* texture\n",
    ],
)
def test_what_takes_conversions_back_or_speaks_of_something_else_converts_nothing(text: bytes) -> None:
    assert converted(text) == NOTHING


@pytest.mark.parametrize(
    "text",
    [
        b"* text=auto\n",
        b"\xef\xbb\xbf* text\n",
        b"  *\teol=lf\r\n",
        b"a.txt filter=lfs -text\n",
        b'"*.a b" -text\n',
        b"[attr]odd -text\n",
        b"*.t?t text\n",
        b"docs/*.md text\n",
        b"*.a\xc2\xa0 text\n",
        b"*.c crlf=input\n* working-tree-encoding=UTF-16",
    ],
)
def test_a_line_that_is_not_a_plain_suffix_speaks_of_everything(text: bytes) -> None:
    assert converted(text).everything


def test_a_plain_suffix_speaks_of_files_that_end_so_in_any_case() -> None:
    scope = converted(b"*.Cmd text eol=crlf\n*.tar.gz -text\n*.po text\n")
    assert scope == Converted(suffixes=frozenset({".cmd", ".po"}))
    assert [path for path in ("a/b.CMD", "b.cmd", "cmd", "a.cmd/b", ".cmd", "x.po") if scope(path)] == [
        "a/b.CMD",
        "b.cmd",
        ".cmd",
        "x.po",
    ]


def test_a_folder_inherits_and_its_neighbour_does_not() -> None:
    is_converted = below({"": Converted(suffixes=frozenset({".cmd"})), "sub": EVERYTHING})
    paths = ["a", "a.cmd", "sub/a", "sub/deep/a", "subway/a", "subway/a.cmd"]
    assert [path for path in paths if is_converted(path)] == ["a.cmd", "sub/a", "sub/deep/a", "subway/a.cmd"]


_PATTERNS = st.sampled_from(
    ["*", "*.a", "*.B", "a.a", "d/", "d/**", "/x.b", "!x", '"x.b"', "*.a\u00a0", "[ab].a", "\\*.a"]
)
_ATTRIBUTES = st.sampled_from(
    ["text", "text=auto", "-text", "!text", "eol=lf", "filter=f", "-filter", "ident", "binary", "diff", "crlf"]
)
_LINES = st.lists(st.tuples(_PATTERNS, st.lists(_ATTRIBUTES, max_size=3)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(root=_LINES, inner=_LINES)
def test_git_itself_converts_nothing_that_counts_as_certain(
    root: list[tuple[str, list[str]]], inner: list[tuple[str, list[str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`git check-attr` knows every pattern; wherever it says that an attribute is set, so must we."""
    repo = Repository(tmp_path_factory.mktemp("tree"))
    texts = {folder: _text(lines) for folder, lines in (("", root), ("d", inner))}
    for folder, text in texts.items():
        repo.write(f"{folder}/.gitattributes".lstrip("/"), text)
    is_converted = below({folder: converted(text.encode()) for folder, text in texts.items()})
    paths = ["x.a", "x.b", "x.A", "a.a", "d/x.a", "d/x.b", "d/a.a", "d/e/x.b", "x"]
    told = _check_attr(repo.root, paths)
    assert told <= {path for path in paths if is_converted(path)}


def _text(lines: list[tuple[str, list[str]]]) -> str:
    return "".join(f"{pattern} {' '.join(attributes)}\n" for pattern, attributes in lines)


def _check_attr(root: Path, paths: list[str]) -> set[str]:
    command = [
        "git",
        "check-attr",
        "-z",
        "text",
        "eol",
        "crlf",
        "filter",
        "ident",
        "working-tree-encoding",
        "--",
        *paths,
    ]
    output = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout.decode().split("\0")
    rows = zip(output[::3], output[1::3], output[2::3], strict=False)
    return {path for path, _, value in rows if value not in {"unspecified", "unset"}}
