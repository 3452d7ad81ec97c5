"""What a repository may set for the schema guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from guards._core.options import option, required
from guards.schema.bundled import NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`[tool.guard.schema]`."""

    formats: bool = option(False, "Assert `format` (`email`, …), which JSON Schema itself leaves an annotation.")
    parse: bool = option(True, "Report documents that do not parse, or hold a key twice, even without a schema.")
    max_errors: int = option(100, "Findings per file before the rest is only counted.", minimum=1)
    schema_dirs: tuple[str, ...] = option(
        ("schemas", "schema"), "Folders, from the root, in which references to schemas are looked up."
    )

    bundled: bool | dict[str, bool] = option(
        True, "Check well-known files by the schemas that come with guard; or, by name, whether to use one of them."
    )

    def __post_init__(self) -> None:
        for name in self.bundled if isinstance(self.bundled, dict) else ():
            if name not in NAMES:
                raise ValueError(f"bundled: there is no schema {name!r}; there are {', '.join(NAMES)}")
        if self.max_errors < 1:
            raise ValueError("max-errors must be at least 1")
        for folder in self.schema_dirs:
            if not folder.strip("/") or folder.startswith("/") or ".." in folder.split("/"):
                raise ValueError(f"schema-dirs: {folder!r} is no folder below the root")

    @property
    def bundled_names(self) -> tuple[str, ...]:
        """The bundled schemas that are in use."""
        if isinstance(self.bundled, dict):
            return tuple(name for name in NAMES if self.bundled.get(name, True))
        return NAMES if self.bundled else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What an entry of `schemas:` in canonical.yaml may say about its files."""

    schema: str = required("The schema, from the root.")
    min_items: int | None = option(None, "How many records the files must hold together; 0 allows none.", minimum=0)


Section: TypeAlias = dict[str, str | Mapped]
"""The section `schemas:`: globs of data to the schemas that they must fit."""
