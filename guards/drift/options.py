"""What a repository may set for the drift guard: canonical.yaml says what is true, so this is only where to look."""

from __future__ import annotations

from dataclasses import dataclass

from guards._core.options import option


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`[tool.guard.drift]`."""

    mentions: bool = option(True, "Look for former and present values of facts where nobody declared them.")
    literals: bool = option(False, "Report each place at which the present value of a fact stands and is not bound.")
