"""What people read is true: links lead somewhere, commands parse, settings are accepted, and examples run."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from guards import _builtin
from guards._builtin import BUILTIN
from guards._cli.main import cli
from guards._core import canonical, config, inline as inline_
from guards._core.model import RULE_ID
from guards._output import OUTPUTS
from tests.generated import ROOT
from tests.generation.tables import all_commands

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if not page.is_relative_to(ROOT / "docs/examples")),
    *sorted((ROOT / ".github").rglob("*.md")),
]
IDS = [page.relative_to(ROOT).as_posix() for page in PAGES]
WRITTEN = [page for page, name in zip(PAGES, IDS, strict=True) if not name.startswith(("docs/guards/", "docs/rules/"))]

_WEB = re.compile(r"[a-z]+:", re.IGNORECASE)
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
_STARTS = re.compile(r"^(?:\$ )?(?:exec )?(?:\S+/)?guard(?= |$)")
_PIPES = {"|", ">", "<", "&&", "||", ";", "2>"}


class Code(NamedTuple):
    """A block of code in a page."""

    page: str
    language: str
    text: str


def tokens(page: Path) -> list[Token]:
    """A page, parsed."""
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def inline(page: Path) -> Iterator[Token]:
    """What stands in the lines of a page: text, code, links, pictures."""
    for token in tokens(page):
        yield from token.children or ()


def blocks(language: str) -> list[Code]:
    """The blocks of code in a language, of all pages."""
    return [
        Code(page.relative_to(ROOT).as_posix(), token.info, token.content)
        for page in PAGES
        for token in tokens(page)
        if token.type == "fence" and token.info == language
    ]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and mkdocs make them."""
    found: set[str] = set()
    stream = tokens(page)
    for token, after in itertools.pairwise(stream):
        if token.type == "heading_open":
            words = "".join(child.content for child in after.children or ())
            found.add(_NOT_IN_ANCHORS.sub("", words.lower()).replace(" ", "-"))
    return found


def targets(page: Path) -> list[str]:
    """Where the links and pictures of a page lead."""
    wanted = [token.attrGet("href") or token.attrGet("src") for token in inline(page)]
    return [str(target) for target in wanted if target]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Each relative link names a file of the repository, and each anchor a heading of it."""
    dead = []
    for target in targets(page):
        if _WEB.match(target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.is_file() or (anchor and anchor not in anchors(there)):
            dead.append(target)
    assert dead == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    """No page is an orphan."""
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        near = [
            (page.parent / target.partition("#")[0]).resolve() for target in targets(page) if not _WEB.match(target)
        ]
        waiting += [one for one in near if one.suffix == ".md" and one.is_file() and one not in seen]
    assert {page for page in PAGES if ".github" not in page.parts} - seen == set()


def command_lines() -> list[tuple[str, list[str]]]:
    """Every command line of guard that a page shows, with the page."""
    found = []
    for page in PAGES:
        name = page.relative_to(ROOT).as_posix()
        shown = [token.content for token in inline(page) if token.type == "code_inline"]
        shown += [
            line
            for token in tokens(page)
            if token.type == "fence" and token.info in {"sh", "bash", "console", "yaml"}
            for line in token.content.splitlines()
            if token.info != "console" or line.startswith("$ ")  # the rest is output
        ]
        found += [(name, words) for line in shown for words in _commands(line)]
    return found


def _commands(line: str) -> Iterator[list[str]]:
    """The words after `guard`, of each command of a line that runs it."""
    text = line.strip().removeprefix("- run: ")
    parts = re.split(r" && | \|\| | \| |; ", text)
    for part in parts:
        match = _STARTS.match(part.strip())
        if match:
            words = shlex.split(part.strip()[match.end() :], comments=True)
            cut = next((at for at, word in enumerate(words) if word in _PIPES), len(words))
            yield words[:cut]


def test_pages_show_command_lines() -> None:
    """The test below has something to look at, in the pages where it matters."""
    assert len(command_lines()) >= 40
    assert {"README.md", "docs/command-line.md", "docs/hooks.md"} <= {page for page, _ in command_lines()}


@pytest.mark.parametrize(
    ("page", "words"), command_lines(), ids=lambda value: value if isinstance(value, str) else None
)
def test_every_command_line_is_understood(page: str, words: list[str]) -> None:
    """The real command line parses it. Usage lines with `[…]` are the parser's own; a lone name is only looked up."""
    if words[:1] == ["GUARD"] or any(word.startswith(("[", "GUARD...")) for word in words):
        return
    command: click.Command = cli
    bare = len(words) < 2
    context = cli.make_context("guard", list(words), resilient_parsing=bare)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command = found
        context = command.make_context(name, list(words), parent=context, resilient_parsing=bare)
    for value in context.params.get("names") or ():
        assert value in BUILTIN or value.isupper() or "." in value or ":" in value, f"{page}: there is no guard {value}"


def test_every_rule_and_guard_that_pages_name_exists() -> None:
    """`guard explain X` and ids in running text are of things that there are."""
    guards = [*map(_builtin.load, BUILTIN), inline_.GUARD]
    rules = {rule.id for guard in guards for rule in guard.rules}
    named = {token.content for page in WRITTEN for token in inline(page) if token.type == "code_inline"}
    ours = {
        text for text in named if RULE_ID.fullmatch(text) and text.partition("/")[0] in {guard.id for guard in guards}
    }
    assert len(ours) >= 3
    assert ours - rules == set()


@pytest.mark.parametrize("name", [name for name, _ in all_commands()])
def test_every_command_and_option_is_documented(name: str) -> None:
    """The page of the command line names all of them."""
    text = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    command = dict(all_commands())[name]
    assert f"`guard {name}" in text
    options = [name for option in command.params if isinstance(option, click.Option) for name in option.opts]
    assert [option for option in options if not re.search(rf"`[^`\n]*(?<![\w-]){re.escape(option)}\b", text)] == []


def test_every_format_is_described() -> None:
    """Each has its place among the headings of its page."""
    text = (ROOT / "docs/outputs.md").read_text(encoding="utf-8")
    headings = " ".join(line for line in text.splitlines() if line.startswith("## "))
    assert [name for name in OUTPUTS if f"`{name}`" not in headings] == []


def settings_blocks() -> list[Code]:
    """Blocks that are settings: guard.toml, or a table of pyproject.toml."""
    return [block for block in blocks("toml") if "[tool.guard" in block.text or block.text.startswith("# guard.toml")]


def test_pages_show_settings() -> None:
    """The test below has something to look at."""
    assert {"README.md", "docs/configuration.md", "docs/writing-a-guard.md"} <= {one.page for one in settings_blocks()}


@pytest.mark.parametrize("block", settings_blocks(), ids=lambda block: block.page)
def test_settings_that_pages_show_are_accepted(block: Code) -> None:
    """The real reader takes them, options of guards and ids of rules included."""
    name = "pyproject.toml" if "[tool.guard" in block.text else "guard.toml"
    known = (*BUILTIN, "acme.todo")
    found = config.load({name: block.text.encode()}, flags={}, environ={}, known_guards=lambda enabled: known)
    guards = [_builtin.load(guard_id) for guard_id in BUILTIN]
    rules = {rule.id for guard in guards for rule in guard.rules}
    assert [found.options(guard)[0] is None for guard in guards] == [False] * len(guards)
    assert set(found.settings.levels) - rules == set()
    assert found.settings != config.Settings() or found.tables


def canonical_blocks() -> list[Code]:
    """Blocks that are a canonical.yaml as a whole."""
    return [block for block in blocks("yaml") if re.search(r"^guard: ", block.text, re.MULTILINE)]


def test_pages_show_canonical_files() -> None:
    """The test below has something to look at."""
    assert {"README.md", "docs/canonical.md"} <= {one.page for one in canonical_blocks()}


@pytest.mark.parametrize("block", canonical_blocks(), ids=lambda block: block.page)
def test_canonical_files_that_pages_show_are_accepted(block: Code) -> None:
    """The real reader takes them without a complaint."""
    found = canonical.read("canonical.yaml", block.text.encode(), [_builtin.load(guard_id) for guard_id in BUILTIN])
    assert found.problems == ()
    assert found.sections


def test_the_guard_of_the_guide_works(tmp_path: Path) -> None:
    """The files of the guide make a package whose own tests pass, and whose entry point names the guard."""
    for block in blocks("python") + blocks("toml"):
        path, _, text = block.text.partition("\n")
        if block.page == "docs/writing-a-guard.md" and path.startswith("# "):
            file = tmp_path / path.removeprefix("# ")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text if file.name == "app.py" else text, encoding="utf-8")
    metadata = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))
    assert metadata["project"]["entry-points"] == {"guards": {"acme.todo": "acme_todo:GUARD"}}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}  # ours
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, "3 passed" in done.stdout) == (0, True), done.stdout


def test_actions_are_pinned_and_permissions_are_least() -> None:
    """Each action of our workflows by the hash of a commit, with its version beside it; no default permissions. So do
    the workflows in the manual, with the same actions."""
    ours = [path.read_text(encoding="utf-8") for path in sorted((ROOT / ".github/workflows").glob("*.yml"))]
    pages = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.md"))]
    shown = [text for page in pages for text in re.findall(r"```yaml\n(# \.github/workflows/.*?)```", page, re.DOTALL)]
    assert ours
    assert shown
    known = {one for text in ours for one in re.findall(r"uses: (.*)", text)}
    assert [one for text in shown for one in re.findall(r"uses: (.*)", text) if one not in known] == []
    for text in (*ours, *shown):
        used: list[Any] = re.findall(r"uses: (.*)", text)
        assert used
        pinned = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
        assert [one for one in used if not pinned.fullmatch(one) and not one.startswith("./ ")] == []
        assert "\npermissions: {}\n" in text
        assert text.count("persist-credentials: false") == text.count("actions/checkout@")
