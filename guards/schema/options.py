"""What a repository may set for the schema guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from guards._core.options import option, required


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`[tool.guard.schema]`."""

    formats: bool = option(False, "Assert `format` (`email`, …), which JSON Schema itself leaves an annotation.")
    parse: bool = option(True, "Report documents that do not parse, or hold a key twice, even without a schema.")
    max_errors: int = option(100, "Findings per file before the rest is only counted.", minimum=1)
    schema_dirs: tuple[str, ...] = option(
        ("schemas", "schema"), "Folders, from the root, in which references to schemas are looked up."
    )

    def __post_init__(self) -> None:
        if self.max_errors < 1:
            raise ValueError("max-errors must be at least 1")
        for folder in self.schema_dirs:
            if not folder.strip("/") or folder.startswith("/") or ".." in folder.split("/"):
                raise ValueError(f"schema-dirs: {folder!r} is no folder below the root")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What an entry of `schemas:` in canonical.yaml may say about its files."""

    schema: str = required("The schema, from the root.")
    min_items: int | None = option(None, "How many records the files must hold together; 0 allows none.", minimum=0)


Section: TypeAlias = dict[str, str | Mapped]
"""The section `schemas:`: globs of data to the schemas that they must fit."""
