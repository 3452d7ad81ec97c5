"""The JSON Schemas of the two files that people write: the configuration and canonical.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from guards._builtin import BUILTIN, load
from guards._core import canonical
from guards._core.config import COMMON_KEYS, Settings
from guards._core.model import RULE_ID, Guard
from guards._core.options import json_schema

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def config_schema() -> str:
    """Of guard.toml, which is also that of `[tool.guard]` in pyproject.toml."""
    schema = json_schema(Settings)
    schema["properties"]["levels"]["propertyNames"] = {"pattern": rf"^(?:{RULE_ID.pattern}|[a-z0-9][a-z0-9_.-]*/\*)$"}
    schema["properties"] |= {guard_id: _table_schema(load(guard_id)) for guard_id in BUILTIN}
    return _document(
        "config",
        "Configuration of guard",
        "How strict guard is: guard.toml, or the table tool.guard of pyproject.toml.",
        {**schema, "patternProperties": _TABLES_OF_OTHERS},
    )


def _table_schema(guard: Guard[Any]) -> dict[str, Any]:
    schema = json_schema(guard.options)
    common = {
        key: {"description": doc, "type": "array", "items": {"type": "string"}, "default": []}
        for key, doc in COMMON_KEYS.items()
    }
    return {"description": f"{guard.id}: {guard.summary}", **schema, "properties": schema["properties"] | common}


_TABLES_OF_OTHERS = {
    r"^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$": {"description": "The table of an installed guard.", "type": "object"}
}
"""Ids of installed guards begin with their distribution and a dot; their keys are for their authors to describe."""


def canonical_schema() -> str:
    """Of canonical.yaml, with the sections that built-in guards read."""
    version = {"description": "The version of this format.", "const": canonical.VERSION}
    guards = [guard for guard in map(load, BUILTIN) if guard.section]
    sections = {key: schema for guard in guards for key, schema in _section_schemas(guard)}
    return _document(
        "canonical",
        "canonical.yaml",
        "What is true of the system; a section for each guard that reads it.",
        {
            "type": "object",
            "properties": {"guard": version, "projects": _PROJECTS, **sections},
            "required": ["guard"],
            "additionalProperties": False,
        },
    )


_PROJECTS = {
    "description": "Folders with a canonical.yaml of their own, which takes over what this one says.",
    "type": "array",
    "items": {"type": "string"},
}


def _section_schemas(guard: Guard[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A schema for each key that a guard reads."""
    description = {"description": f"Read by the guard {guard.id}: {guard.summary}"}
    schema = json_schema(guard.section_type)
    if not guard.joined_sections:
        yield guard.section, description | schema
    else:
        yield from ((key, description | schema["properties"][key]) for key in (guard.section, *guard.joined_sections))


def _document(name: str, title: str, description: str, schema: dict[str, Any]) -> str:
    head = {"$schema": _DIALECT, "$id": f"urn:guard-suite:{name}:1", "title": title, "description": description}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"
