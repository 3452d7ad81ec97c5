"""The manual builds as a site: strictly, without a network, and to pages that load nothing from elsewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.mkdocs_hook import with_links_of_the_site
from tests.cli.command import _confinement
from tests.generated import ROOT

_LOADED = re.compile(
    r'<(?:script|img|iframe|source|embed|object|link)\b[^>]*\b(?:src|href|data)="((?:[a-z]+:)?//[^"]*)"'
)
_IN_STYLES = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^)'\"\s]*)")


def test_the_site_builds_strictly_and_stands_alone(tmp_path: Path) -> None:
    """A dead link or anchor, or a page that nothing names, fails the build. One test, since building takes seconds."""
    # Not --quiet: what it silences does not count for --strict.
    done = subprocess.run(
        [*_confinement(), sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    _loads_nothing_from_elsewhere(tmp_path)
    _has_every_page(tmp_path)
    _has_a_short_navigation(tmp_path)


def _loads_nothing_from_elsewhere(site: Path) -> None:
    """Whoever reads the manual tells nobody, and it is whole without a network."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > 400
    loaded = {found for page in pages for found in _LOADED.findall(page.read_text(encoding="utf-8"))}
    styles = {found for sheet in site.rglob("*.css") for found in _IN_STYLES.findall(sheet.read_text(encoding="utf-8"))}
    assert (loaded, styles) == (set(), set())


def _has_every_page(site: Path) -> None:
    """All are found by search, those of the root of the repository too; no example and no program is published."""
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    found = {entry["location"].partition("#")[0] for entry in index["docs"]}
    written = {path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in _written()}
    assert written | {"changelog.html", "contributing.html", "reporting-a-weakness.html"} <= found
    published = {path.relative_to(site).as_posix() for path in site.rglob("*")}
    assert [path for path in published if path.startswith("examples") or path.endswith(".py")] == []


def _written() -> list[Path]:
    return [path for path in (ROOT / "docs").rglob("*.md") if not path.is_relative_to(ROOT / "docs/examples")]


def _has_a_short_navigation(site: Path) -> None:
    """Single rules are reached from their guard, from the table and by search."""
    page = (site / "index.html").read_text(encoding="utf-8")
    entries = re.findall(r'<a href="([^"]*)" class="md-nav__link', page)
    assert 30 <= len(entries) <= 80
    assert [entry for entry in entries if "rules/" in entry] == []
    assert "guards/schema.html" in entries


@pytest.mark.parametrize(
    ("origin", "uri", "link", "there"),
    [
        ("docs/security.md", "security.md", "../SECURITY.md", "reporting-a-weakness.md"),
        ("docs/guards/drift.md", "guards/drift.md", "../rules/drift/value.md#bad", "../rules/drift/value.md#bad"),
        ("CONTRIBUTING.md", "contributing.md", "docs/architecture.md", "architecture.md"),
        ("CONTRIBUTING.md", "contributing.md", "LICENSE", "LICENSE"),
        ("docs/a.md", "a.md", "https://example.org/b.md", "https://example.org/b.md"),
        ("docs/a.md", "a.md", "#below", "#below"),
    ],
)
def test_links_lead_where_their_files_are_in_the_site(origin: str, uri: str, link: str, there: str) -> None:
    assert with_links_of_the_site(f"see [x]({link}).", origin, uri) == f"see [x]({there})."
