"""Globs mean one thing everywhere; these rows are that meaning."""

import pytest

from guards._core.globs import matcher

ROWS = [
    ("*.py", ["a.py", "x/a.py", "x/y/.py"], ["a.pyc", "py", "a.py2"]),
    ("vendor", ["vendor", "vendor/a", "x/vendor/a/b"], ["vendored", "x/avendor"]),
    ("vendor/", ["vendor/a", "x/vendor/a"], ["vendored/a"]),
    ("/vendor", ["vendor/a"], ["x/vendor/a"]),
    ("vendor/**", ["vendor/a", "vendor/a/b"], ["vendor2/a", "x/vendor/a"]),
    ("docs/*.md", ["docs/a.md"], ["docs/x/a.md", "x/docs/a.md"]),
    ("docs/**/*.md", ["docs/a.md", "docs/x/a.md", "docs/x/y/a.md"], ["docs/a.rst", "a.md"]),
    ("**/test/*", ["test/a", "x/y/test/a"], ["test", "latest/a"]),
    ("./a/b", ["a/b", "a/b/c"], ["x/a/b"]),
    ("a?c", ["abc", "x/abc"], ["ac", "a/c"]),
    ("[ab].txt", ["a.txt", "b.txt"], ["c.txt"]),
    ("[!ab].txt", ["c.txt"], ["a.txt", "/.txt"]),
    ("*.{yml,yaml}", ["a.yml", "x/a.yaml"], ["a.yl", "a.{yml"]),
    ("a+b(1).txt", ["a+b(1).txt"], ["aab1.txt"]),
    ("new\nline*", ["new\nline", "new\nline\n2"], ["newline"]),
]


@pytest.mark.parametrize(("pattern", "inside", "outside"), ROWS, ids=[row[0] for row in ROWS])
def test_a_pattern_matches_these_paths_and_not_those(pattern: str, inside: list[str], outside: list[str]) -> None:
    match = matcher([pattern])
    assert [path for path in inside if not match(path)] == []
    assert [path for path in outside if match(path)] == []


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("", "matches nothing"),
        ("/", "matches nothing"),
        (".", "matches nothing"),
        ("[ab", "never closed"),
        ("{a,b", "never closed"),
        ("[z-a]", "."),
        ("{a*,*b,*c,d*,*e}", "."),
    ],
)
def test_a_pattern_that_cannot_match_or_is_unfinished_or_costly_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        matcher([pattern])


def test_the_first_matching_pattern_is_named() -> None:
    match = matcher(["*.md", "docs/**"])
    assert match.first("docs/a.md") == "*.md"
    assert match.first("docs/a.rst") == "docs/**"
    assert match.first("a.rst") is None


def test_no_patterns_match_nothing() -> None:
    assert not matcher([])("a")
