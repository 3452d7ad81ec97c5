"""What a repository may set for the env guard."""

from __future__ import annotations

from dataclasses import dataclass

from guards._core.options import option


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`[tool.guard.env]`."""

    ambient: tuple[str, ...] = option(
        (),
        "Names, or patterns such as `DD_*`, that the platform sets: nobody has to declare them.",
        examples=(["DD_*", "KUBERNETES_*"],),
    )
