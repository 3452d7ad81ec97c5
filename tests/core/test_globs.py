"""Globs mean one thing everywhere; these rows are that meaning."""

import time

import pytest
from hypothesis import given, settings, strategies as st

from guards._core.globs import beginning, matcher

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


# ---- The meaning, written a second time and slowly -------------------------------------------------------------------


def naive(pattern: str, path: str) -> bool:
    """Whether a well-formed glob without braces matches a path or a folder above it, by trying everything."""
    body = pattern.removeprefix("./")
    starts = {0} if "/" in body.rstrip("/") else {0, *(at + 1 for at, sign in enumerate(path) if sign == "/")}
    ends = {len(path), *(at for at, sign in enumerate(path) if sign == "/")}
    return any(_reach(body.strip("/"), path, start) & ends for start in starts)


def _reach(pattern: str, path: str, start: int) -> set[int]:
    """Where in the path one can be when the whole pattern is used up."""
    places, at = {start}, 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            folders = {end + 1 for end, sign in enumerate(path) if sign == "/"}
            places = {end for place in places for end in {place, *(f for f in folders if f > place)}}
            at += 3
        elif pattern.startswith("**", at):
            places = {end for place in places for end in range(place, len(path) + 1)}
            at += 2
        elif pattern[at] == "*":
            places = {end for place in places for end in range(place, _end_of_name(path, place) + 1)}
            at += 1
        else:
            length = pattern.index("]", at + 2) + 1 - at if pattern[at] == "[" else 1
            places = {p + 1 for p in places if p < len(path) and _is_one(pattern[at : at + length], path[p])}
            at += length
    return places


def _end_of_name(path: str, place: int) -> int:
    end = path.find("/", place)
    return len(path) if end < 0 else end


def _is_one(token: str, sign: str) -> bool:
    if token == "?":
        return sign != "/"
    if len(token) == 1:
        return token == sign
    negated = token[1] == "!"
    return sign != "/" and (sign in token[1 + negated : -1]) != negated


PIECES = st.sampled_from(["a", "b", ".", "/", "/", "*", "*", "**", "**/", "?", "[ab]", "[!a]", "[/b]"])
PATHS = st.lists(st.text("ab.\n", min_size=1, max_size=4), min_size=1, max_size=4).map("/".join)


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=7).map("".join), PATHS)
def test_a_pattern_means_what_trying_everything_says(pattern: str, path: str) -> None:
    try:
        match = matcher([pattern])
    except ValueError:
        return
    assert match(path) == naive(pattern, path)
    assert path.startswith(beginning(pattern)) or not match(path)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("src/app/*.py", "src/app"),
        ("./src/**", "src"),
        ("*.py", ""),
        ("a.py", ""),
        ("/a.py", "a.py"),
        ("a/b{c,d}", "a/b"),
    ],
)
def test_how_what_a_glob_matches_begins(pattern: str, expected: str) -> None:
    assert beginning(pattern) == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "/", "*", "?"]), max_size=4).map("".join),
       st.lists(st.text("ab?", min_size=1, max_size=2), min_size=1, max_size=3),
       st.lists(st.sampled_from(["a", "b", "/", "*"]), max_size=3).map("".join), PATHS)  # fmt: skip
def test_braces_mean_one_of_the_patterns_without_them(before: str, words: list[str], after: str, path: str) -> None:
    try:
        match = matcher([f"{before}{{{','.join(words)}}}{after}"])
        spread = [matcher([f"{before}{word}{after}"]) for word in words]
    except ValueError:
        return
    # No word holds a slash, a star or nothing: what is around it would become another pattern, one with `**` or without
    # a last name.
    assert match(path) == any(one(path) for one in spread)


# ---- What it costs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 30 + "b", "a" * 400),
        ("**/a/" * 12 + "b", "a/" * 300 + "c"),
        ("**/*a*a*a*/" * 6 + "b", "aaaa/" * 100 + "c"),
        ("?*" * 40 + "z", "a" * 400),
        ("[ab]*" * 40 + "z", "ab" * 200),
        ("a**b**c**z", "abc" * 100),
        ("{a,b}*{a,b}*{a,b}*{a,b}*z", "ab" * 60),
        ("{*a,*b}*z", "ab" * 200),
    ],
)
def test_no_pattern_that_is_taken_is_slow(pattern: str, path: str) -> None:
    """On a path as long as the system allows, of the kind that makes it try hardest."""
    match = matcher([pattern])
    started = time.process_time()
    assert not match(path)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "pattern",
    ["a**b**c**d**e**f", "{a,b}*{a,b}*{a,b}*{a,b}*{a,b}*", "x{**/a,**/b}**/c*d*e", "a**/b**/c**/d**/e**/f"],
)
def test_a_pattern_that_could_be_slow_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="more than 4 wildcards"):
        matcher([pattern])


@pytest.mark.parametrize("pattern", ["a**b**c**d", "{a,b}*{a,b}*{a,b}*{a,b}*", "{**/a,**/b}/c*d*"])
def test_a_few_wildcards_beside_braces_are_taken(pattern: str) -> None:
    matcher([pattern])
