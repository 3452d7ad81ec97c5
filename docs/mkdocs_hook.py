"""What mkdocs cannot do by itself: pages that stand outside of docs/, and links that lead to them.

On GitHub, the pages link to each other as files of the repository. The site has the same pages under other names.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

BESIDE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "LICENSE": "LICENSE",
    "README.md": "index.md",
    "SECURITY.md": "reporting-a-weakness.md",
}
"""Files of the root, and where they are in the site. `security.md` is another page, and some disks know no capitals."""
BARE = {"credential-formats.md": ["toc"], "index.md": ["navigation", "toc"]}
"""What is not beside a page that needs the room."""
_GENERATED = re.compile(r"\A<!-- Generated .*? -->\s*", re.DOTALL)
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name the page of each guard in the navigation, so that a new one needs no line there."""
    (guards,) = (entry["Guards"] for entry in config.nav or () if "Guards" in entry)
    pages = sorted((Path(config.docs_dir) / "guards").glob("*.md"))
    guards[1:1] = [{page.stem: f"guards/{page.name}"} for page in pages]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take the files of the root into the site, but for the README: index.md is written for the site."""
    root = Path(config.config_file_path).parent
    for path, name in BESIDE.items():
        if files.get_file_from_path(name) is None:
            files.append(File.generated(config, name, abs_src_path=str(root / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead the links of a page to where their files are in the site. Pages of single formats are found last."""
    uri = page.file.src_uri
    if uri.startswith("rules/secrets/"):
        page.meta["search"] = {"boost": 0.5}
    page.meta["hide"] = BARE.get(uri, [])
    markdown = _GENERATED.sub("", markdown)  # before its heading, it would cost the page its title
    origin = next((path for path, name in BESIDE.items() if name == uri and uri != "index.md"), f"docs/{uri}")
    return with_links_of_the_site(markdown, origin, uri)


def with_links_of_the_site(markdown: str, origin: str, uri: str) -> str:
    """A page that stands at `origin` in the repository, with the links that it has at `uri` in the site."""

    def moved(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), link[1]))
        name = BESIDE.get(path, path.removeprefix("docs/"))
        return posixpath.relpath(name, posixpath.dirname(uri) or ".")

    return _LINK.sub(moved, markdown)
