"""What a repository may set for the drift guard: nothing yet, for canonical.yaml says what is true."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`[tool.guard.drift]`."""
