"""What a repository may set for the no-direct-http guard."""

from __future__ import annotations

from dataclasses import dataclass

from guards._core.options import option


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`[tool.guard.no-direct-http]`."""

    unknown: int = option(
        -1,
        "How many calls may have an address that nobody can tell from the code: it may only shrink. -1: no limit.",
        minimum=-1,
    )
