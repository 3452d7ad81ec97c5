"""Each small report in each format, byte for byte as it was agreed. `GUARD_UPDATE_GOLDEN=1` writes the files anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from guards._output import OUTPUTS
from guards._output.look import Look

from .reports import SMALL

GOLDEN = Path(__file__).parent / "golden"
VARIANTS = {
    **{name: (name, Look()) for name in OUTPUTS},
    "text-colour": ("text", Look(colour=True, width=80)),
    "text-verbose": ("text", Look(verbose=True, width=60)),
    "text-quiet": ("text", Look(quiet=True)),
    "sarif-suppressed": ("sarif", Look(sarif_suppressed=True, sarif_category="nightly")),
    "markdown-short": ("markdown", Look(markdown_bytes=1_500)),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("report", SMALL)
def test_rendering_is_as_agreed(report: str, variant: str) -> None:
    name, look = VARIANTS[variant]
    rendered = OUTPUTS[name].render(SMALL[report], look)
    golden = GOLDEN / f"{report}.{variant}"
    if os.environ.get("GUARD_UPDATE_GOLDEN") == "1":
        golden.write_text(rendered, encoding="utf-8", newline="\n")
    assert rendered == golden.read_bytes().decode("utf-8")


def test_there_is_no_golden_file_that_nothing_renders() -> None:
    expected = {f"{report}.{variant}" for report in SMALL for variant in VARIANTS}
    assert {path.name for path in GOLDEN.iterdir()} == expected


@pytest.mark.parametrize("report", SMALL)
@pytest.mark.parametrize("variant", ["json", "sarif", "sarif-suppressed", "gitlab"])
def test_golden_json_is_json_without_a_byte_order_mark(report: str, variant: str) -> None:
    data = (GOLDEN / f"{report}.{variant}").read_bytes()
    assert data[:1] in (b"{", b"[")
    assert json.loads(data) is not None
