"""What a repository may set for the boundaries guard: nothing, because canonical.yaml says what is true."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`[tool.guard.boundaries]`."""
