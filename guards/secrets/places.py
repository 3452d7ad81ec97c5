"""What the path of a file says about what stands in it."""

from __future__ import annotations

import enum
import functools
import re
from typing import Any, NamedTuple

from guards._code.places import is_for_tests
from guards._core.model import Skipped
from guards.secrets.catalogue import FORMATS


class Kind(enum.StrEnum):
    """How values are written in a file, and what they mean there."""

    CODE = "code"
    """Values stand in quotes."""
    SETTINGS = "settings"
    """Values may stand without quotes."""
    ENVIRONMENT = "environment"
    """Settings of a machine: what is given to a password is one, however plain."""
    TEXT = "text"
    """For people to read; what it shows is mostly an example."""
    DATA = "data"
    """Written by programs: only what has a form of its own is told from the rest."""


_BY_SUFFIX = {
    **dict.fromkeys(
        (
            *(
                ".cfg",
                ".cnf",
                ".conf",
                ".config",
                ".editorconfig",
                ".hcl",
                ".ini",
                ".npmrc",
                ".properties",
                ".toml",
                ".credentials",
            ),
            *(".tfvars", ".yaml", ".yml", ".dockerfile", ".service", ".sh", ".bash", ".zsh", ".bat", ".ps1"),
        ),
        Kind.SETTINGS,
    ),
    **dict.fromkeys((".env", ".envrc", ".netrc", ".pgpass", ".pypirc", ".htpasswd", ".secrets"), Kind.ENVIRONMENT),
    **dict.fromkeys(
        (".adoc", ".asciidoc", ".htm", ".html", ".markdown", ".md", ".mdx", ".rst", ".tex", ".txt", ".1", ".5", ".8"),
        Kind.TEXT,
    ),
    **dict.fromkeys(
        (
            *(".css", ".csv", ".tsv", ".geojson", ".ipynb", ".lock", ".map", ".po", ".pot", ".svg", ".sum", ".snap"),
            *(".ics", ".eml", ".xlf", ".pb", ".wkt", ".less", ".scss", ".pem", ".crt", ".cer", ".asc", ".pub", ".sig"),
        ),
        Kind.DATA,
    ),
}
_DATA_NAME = re.compile(
    r".*\.min\.(?:js|css)|.*[-.]lock(?:\.json|\.ya?ml)?|go\.sum|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml"
    r"|composer\.lock|cargo\.lock|poetry\.lock|.*\.resolved|checksums?(?:\..*)?|sha\d+sums?(?:\..*)?|.*\.bundle\.js",
    re.IGNORECASE,
)
_ENVIRONMENT_NAME = re.compile(r"\.?env(?:\..*|rc)?|\.(?:netrc|pgpass|pypirc|npmrc|my\.cnf)|credentials", re.IGNORECASE)
_EXAMPLE_NAME = re.compile(r".*(?:example|sample|template|dist|tmpl|skel|default)s?(?:\..*)?", re.IGNORECASE)
_TEST_NAME = re.compile(
    r"(?:test|spec|fixture|mock|fake|conftest|example|sample|demo)s?(?:[-_.].*)?|.*[-_.](?:test|spec|mock|example|sample)s?\.\w+(?:\.\w+)?|.*Tests?\.\w+",
)
_ARCHIVES = frozenset(
    (*(".7z", ".bz2", ".gz", ".jar", ".rar", ".tar", ".tgz", ".war", ".whl", ".xz", ".zip", ".zst", ".apk", ".deb"),)
)
_MEDIA = frozenset(
    (
        *(".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp", ".woff", ".woff2", ".ttf", ".eot"),
        *(".mp3", ".mp4", ".mov", ".avi", ".webm", ".ogg", ".flac", ".otf"),
    )
)
_UNREAD = {
    **dict.fromkeys(_ARCHIVES, Skipped("compressed: not looked into")),
    **dict.fromkeys(_MEDIA, Skipped("picture, sound, film or font: not looked into")),
}
"""What they hold cannot be seen in their bytes."""
_CONFINED = tuple(form for form in FORMATS if form.path)


class Place(NamedTuple):
    """All that scan knows of a path."""

    kind: Kind
    for_tests: bool
    formats: frozenset[str]
    """The formats that are confined to files like this one."""


def classify(path: str) -> str | Skipped:
    """The path class; or why nobody looks into such a file."""
    folder, _, name = path.rpartition("/")
    kind, named_for_tests = _by_name(name)
    if isinstance(kind, Skipped):
        return kind
    tests = "+tests" if named_for_tests or is_for_tests(folder) else ""
    return _path_class(f"{kind}{tests}", _confined_to(path[path.rfind("/", 0, len(folder)) + 1 :]))


@functools.lru_cache(maxsize=256)
def _path_class(words: str, confined: str) -> str:
    """The same string for the same words: there is one for every file."""
    return f"{words}|{confined}"


@functools.lru_cache(maxsize=256)
def read(path_class: str) -> Place:
    """What a path class says."""
    words, _, confined = path_class.partition("|")
    kind, _, tests = words.partition("+")
    return Place(Kind(kind), bool(tests), frozenset(filter(None, confined.split(","))))


def _confined_to(end: str) -> str:
    """The formats for files whose path ends so, with the name of a file and its folder: more no format asks for."""
    if end.isascii() and not _confined().Match(end):
        return ""
    return ",".join(form.id for form in _CONFINED if form.found_at(end))


@functools.cache
def _confined() -> Any:
    """The paths of all of them at once, which is asked for every file: `re` takes eight times as long to say no."""
    import re2  # type: ignore[import-untyped]

    paths = re2.Set.SearchSet()
    for form in _CONFINED:
        paths.Add(form.path)
    paths.Compile()
    return paths


@functools.lru_cache(maxsize=1 << 14)
def _by_name(name: str) -> tuple[Kind | Skipped, bool]:
    """The kind of a file, and whether its name says that it is for tests. Names come again and again in a tree."""
    dot = name.rfind(".")
    suffix = name[dot:].lower() if dot >= 0 else ""
    return _UNREAD.get(suffix) or _kind(name, suffix), _TEST_NAME.fullmatch(name) is not None


def _kind(name: str, suffix: str) -> Kind:
    if _DATA_NAME.fullmatch(name):
        return Kind.DATA
    if _ENVIRONMENT_NAME.fullmatch(name):
        return Kind.TEXT if _EXAMPLE_NAME.fullmatch(name) else Kind.ENVIRONMENT
    if name.lower().startswith(("dockerfile", "containerfile", "makefile", "procfile")):
        return Kind.SETTINGS
    has_none = not suffix or suffix == name.lower()
    return _BY_SUFFIX.get(suffix, Kind.SETTINGS if has_none else Kind.CODE)
