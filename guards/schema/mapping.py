"""Which file is checked against which schema, decided from paths alone."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from guards._code.spans import Format, format_of
from guards._core.globs import Matcher, matcher
from guards.schema.bundled import bundled_for
from guards.schema.options import Mapped, Options

SUFFIXES = frozenset({
    ".cff", ".csv", ".geojson", ".ipynb", ".json", ".jsonc", ".jsonl", ".jsonld", ".ndjson", ".sarif", ".toml",
    ".topojson", ".tsv", ".webmanifest", ".yaml", ".yml",
})  # fmt: skip
NAMES = frozenset({
    ".clang-format", ".clang-tidy", ".clangd", ".swcrc", ".yamllint", "Cargo.lock", "Pipfile", "Pipfile.lock",
    "composer.lock", "flake.lock", "pdm.lock", "poetry.lock", "pubspec.lock", "uv.lock",
})  # fmt: skip
CANONICAL = frozenset({"canonical.yaml", "config/canonical.yaml"})
_COMMENTED = re.compile(r"(?:.*/)?(?:[^/]*\.jsonc|[jt]sconfig(?:\.[^/]*)?\.json|\.eslintrc\.json|\.swcrc"
                        r"|api-extractor\.json|devcontainer\.json)|(?:.*/)?\.vscode/[^/]*\.json")  # fmt: skip
_SCHEMA_NAME = re.compile(r".*\.schema\.(?:json|ya?ml)")
_SCHEMA_SUFFIX = (".json", ".yaml", ".yml")
_NOT_OURS = frozenset({
    "bad", "broken", "cassettes", "corpus", "invalid", "negative", "node_modules", "snapshots", "spec", "specs",
    "template", "templates", "third-party", "third_party", "vendor", "vendored",
})  # fmt: skip
"""Folders whose documents may be broken on purpose, are templates, or are somebody else's."""
_TEST_WORDS = frozenset({"fixture", "fixtures", "playground", "test", "testdata", "testing", "tests"})
"""Words that say the same wherever they stand in the name of a folder: `test_data`, `negative-tests`."""
_WORD = re.compile(r"[a-z]+")


class Entry(NamedTuple):
    """One entry of `schemas:` in canonical.yaml."""

    glob: str
    schema: str
    min_items: int | None = None
    """None where the entry does not say: then a file of records must hold one."""


class Slice(NamedTuple):
    """All of options and canonical that a scan depends on."""

    entries: tuple[Entry, ...]
    schema_dirs: tuple[str, ...]
    formats: bool
    parse: bool
    max_errors: int
    bundled: tuple[str, ...] = ()
    """The bundled schemas that are in use."""


class Role(enum.StrEnum):
    """What a file is to this guard."""

    DATA = "data"
    """An entry of `schemas:` names its schema."""
    SCHEMA = "schema"
    """It stands where schemas stand, or an entry names it."""
    PLAIN = "plain"
    """A document that may name its schema itself."""
    CANONICAL = "canonical"
    """canonical.yaml: only the places of its entries are of interest."""


class PathClass(NamedTuple):
    """All that a scan may know of a path."""

    role: Role
    format: Format
    comments: bool = False
    """JSON that its program reads with comments and trailing commas."""
    mapped: bool = False
    """For a schema: an entry names it, so all that it refers to must be here."""
    needs_items: bool = False
    """For data: a file without records is a finding."""
    counts_items: bool = False
    """For data: its records count towards the `min-items` of its entry."""
    path: str = ""
    """The schema of data, the own path of a schema, the folder of a plain document."""
    bundled: str = ""
    """For a plain document: the bundled schema that it must fit if it names none itself."""

    def encoded(self) -> str:
        """As text, for the model."""
        flags = "".join("01"[flag] for flag in (self.comments, self.mapped, self.needs_items, self.counts_items))
        return f"{self.role}:{self.format}:{flags}:{self.bundled}:{self.path}"

    @classmethod
    def decoded(cls, text: str) -> PathClass:
        """The reverse of `encoded`."""
        role, format_, flags, bundled, path = text.split(":", 4)
        comments, mapped, needs_items, counts_items = (flag == "1" for flag in flags)
        return cls(Role(role), Format(format_), comments, mapped, needs_items, counts_items, path, bundled)


def scan_slice(options: Options, canonical: Any) -> Slice:
    """What scan depends on: the options and the entries of `schemas:`."""
    return Slice(
        entries(canonical),
        _folders(options.schema_dirs),
        options.formats,
        options.parse,
        options.max_errors,
        options.bundled_names,
    )


def reads(options: Options, canonical: Any) -> tuple[str, ...]:
    """The files that hold schemas: those that entries name, those in the folders of schemas, and `*.schema.json`."""
    named = {entry.schema for entry in entries(canonical)}
    inside = {f"{folder}/**/*{suffix}" for folder in _folders(options.schema_dirs) for suffix in _SCHEMA_SUFFIX}
    return tuple(sorted(named | inside | {f"**/*.schema{suffix}" for suffix in _SCHEMA_SUFFIX}))


def entries(canonical: Any) -> tuple[Entry, ...]:
    """The `schemas:` section as entries; a value is the path of a schema, or says more."""
    found = []
    for glob, value in canonical.items() if isinstance(canonical, Mapping) else ():
        if isinstance(value, str):
            found.append(Entry(str(glob), value.removeprefix("./")))
        elif isinstance(value, Mapped):
            found.append(Entry(str(glob), value.schema.removeprefix("./"), value.min_items))
    return tuple(found)


def classify(path: str, slice_: Slice) -> str | None:
    """What a path is to this guard, or None if it is of no concern."""
    if path in CANONICAL:
        return PathClass(Role.CANONICAL, Format.YAML).encoded()
    format_ = document_format(path)
    if format_ is None:
        return None
    entry = entry_for(path, slice_.entries)
    if entry is not None:
        return _data_class(entry, format_, path).encoded()
    if is_schema_path(path, slice_):
        mapped = any(path == entry.schema for entry in slice_.entries)
        return PathClass(Role.SCHEMA, format_, mapped=mapped, path=path).encoded()
    return _plain_class(path, format_, slice_)


def _data_class(entry: Entry, format_: Format, path: str) -> PathClass:
    records = format_ in (Format.JSONL, Format.CSV)
    return PathClass(
        Role.DATA,
        format_,
        comments=is_commented(path),
        needs_items=records and entry.min_items is None,
        counts_items=entry.min_items is not None,
        path=entry.schema,
    )


def _plain_class(path: str, format_: Format, slice_: Slice) -> str | None:
    folder = path.rpartition("/")[0]
    if format_ is Format.CSV or "{{" in path or _is_not_ours(folder.lower()):
        return None
    bundled = bundled_for(path)
    bundled = bundled if bundled in slice_.bundled else ""
    return PathClass(Role.PLAIN, format_, comments=is_commented(path), path=folder, bundled=bundled).encoded()


def _is_not_ours(folder: str) -> bool:
    names = {name.strip("_") for name in folder.split("/")}
    return not (_NOT_OURS.isdisjoint(names) and _TEST_WORDS.isdisjoint(_WORD.findall(folder)))


def document_format(path: str) -> Format | None:
    """The format that a file is read in; JSON with comments is read as JSON once they are blanked out."""
    return format_of(path) or (Format.JSON if is_commented(path) else None)


def is_commented(path: str) -> bool:
    """True for files that their programs read as JSON with comments."""
    return _COMMENTED.fullmatch(path) is not None


def is_schema_path(path: str, slice_: Slice) -> bool:
    """True for a file whose bytes every scan gets, because `reads` names it."""
    if any(path == entry.schema for entry in slice_.entries) or _SCHEMA_NAME.fullmatch(path):
        return True
    inside = any(path.startswith(f"{folder}/") for folder in slice_.schema_dirs)
    return inside and path.endswith(_SCHEMA_SUFFIX)


def entry_for(path: str, entries: tuple[Entry, ...]) -> Entry | None:
    """The first entry whose pattern matches; the order in canonical.yaml counts."""
    return next((entry for entry, matches in compiled(entries) if matches(path)), None)


@lru_cache(maxsize=16)
def compiled(entries: tuple[Entry, ...]) -> tuple[tuple[Entry, Matcher], ...]:
    """Entries with what tells whether they match. ValueError: a pattern is not well formed."""
    return tuple((entry, matcher([entry.glob])) for entry in entries)


def literal_prefix(glob: str) -> str:
    """The part of a pattern that every path it matches begins with; nothing for a name at any depth."""
    anchored = glob.removeprefix("./")
    return re.split(r"[*?\[{]", anchored, maxsplit=1)[0].rstrip("/") if "/" in anchored.rstrip("/") else ""


def _folders(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.removeprefix("./").strip("/") for name in names)
