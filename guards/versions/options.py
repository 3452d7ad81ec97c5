"""What a repository may set for the versions guard, and what canonical.yaml may say about tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from guards._core.globs import matcher
from guards._core.options import option


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`[tool.guard.versions]`."""

    exact: tuple[str, ...] = option((), "Globs of files in which every dependency must be pinned to one version.")

    environment: str = option(
        "", "The folder of an environment of Python, from the root: what is installed there has to be what is declared."
    )

    def __post_init__(self) -> None:
        try:
            matcher(self.exact)
        except ValueError as error:
            raise ValueError(f"exact: {error}") from None


Section: TypeAlias = dict[str, str]
"""The section `toolchain:`: tool to the version that it must have, or to a requirement on it."""
