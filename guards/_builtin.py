"""The guards that come with the suite: an explicit, sorted table, from which each is loaded when it is wanted."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from guards._core.model import Guard

BUILTIN: Mapping[str, str] = {
    "boundaries": "guards.boundaries",
    "drift": "guards.drift",
    "env": "guards.env",
    "hygiene": "guards.hygiene",
    "no-direct-http": "guards.no_direct_http",
    "ruff": "guards.ruff",
    "schema": "guards.schema",
    "secrets": "guards.secrets",
    "versions": "guards.versions",
}

NEED_SECTION = frozenset({"boundaries", "drift", "no-direct-http"})
"""Those that do nothing without their section of canonical.yaml: where there is none, they are not even loaded."""


def load(guard_id: str) -> Guard[Any]:
    """The built-in guard of this id."""
    guard: Guard[Any] = importlib.import_module(BUILTIN[guard_id]).GUARD
    return guard
