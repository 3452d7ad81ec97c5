"""How a report is to be shown: plain data that the command line decides once; outputs ask nothing of the machine."""

from __future__ import annotations

from msgspec import Struct


class Look(Struct, frozen=True, kw_only=True):
    """What an output may know beside the report."""

    colour: bool = False
    """ANSI colours, for a terminal; only `text` has them."""
    width: int = 100
    """Columns that a source line may take before it is windowed around the finding."""
    verbose: bool = False
    """Also the table of guards, and the findings that are accepted or mended."""
    quiet: bool = False
    """Only findings, problems and the receipt line."""
    sarif_suppressed: bool = False
    """Baselined and waived findings as suppressed SARIF results; code scanning would open them as alerts."""
    sarif_category: str = ""
    """Tells several uploads of one commit apart; empty leaves it to the uploader."""
    markdown_bytes: int = 900_000
    """Room for Markdown: a step summary holds 1 MiB, a pull request comment 65,536 characters."""
