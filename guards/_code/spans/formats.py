"""Which formats there are, and which one a path announces."""

from __future__ import annotations

import enum
from collections.abc import Mapping


class Format(enum.StrEnum):
    """A format that documents are read in."""

    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"
    TOML = "toml"
    CSV = "csv"


_NAMES: Mapping[str, Format | None] = {
    "Cargo.lock": Format.TOML,
    "Pipfile": Format.TOML,
    "pdm.lock": Format.TOML,
    "poetry.lock": Format.TOML,
    "uv.lock": Format.TOML,
    "Pipfile.lock": Format.JSON,
    "composer.lock": Format.JSON,
    "flake.lock": Format.JSON,
    "pubspec.lock": Format.YAML,
    ".clang-format": Format.YAML,
    ".clang-tidy": Format.YAML,
    ".clangd": Format.YAML,
    ".yamllint": Format.YAML,
    # Named .json, but their programs read comments and trailing commas in them.
    ".eslintrc.json": None,
    ".swcrc": None,
    "api-extractor.json": None,
    "devcontainer.json": None,
    "jsconfig.json": None,
    "tsconfig.json": None,
}
_SUFFIXES: Mapping[str, Format] = {
    "cff": Format.YAML,
    "csv": Format.CSV,
    "geojson": Format.JSON,
    "ipynb": Format.JSON,
    "json": Format.JSON,
    "jsonl": Format.JSONL,
    "jsonld": Format.JSON,
    "ndjson": Format.JSONL,
    "sarif": Format.JSON,
    "toml": Format.TOML,
    "topojson": Format.JSON,
    "tsv": Format.CSV,
    "webmanifest": Format.JSON,
    "yaml": Format.YAML,
    "yml": Format.YAML,
}


def format_of(path: str) -> Format | None:
    """The format that a path announces by name or suffix, or None.

    JSON with comments is not JSON: `.jsonc`, `.json5`, and files known to be read that way (`tsconfig.json`,
    `.vscode/*.json`) have no format here.
    """
    folder, _, name = path.rpartition("/")
    if name in _NAMES:
        return _NAMES[name]
    stem, dot, suffix = name.rpartition(".")
    found = _SUFFIXES.get(suffix.lower()) if dot and stem else None
    if found is Format.JSON and (stem.startswith("tsconfig.") or folder.rpartition("/")[2] == ".vscode"):
        return None
    return found
