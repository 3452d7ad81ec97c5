"""package.json and the lock files of npm, pnpm and yarn."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guards._code.spans import Document, Format, parse
from guards._code.spans.text import decode
from guards._core.model import Json, Seen, Span
from guards.versions.facts import Dependency, Importer, Project, Tool, Version, YarnLocked, fact
from guards.versions.mapping import Role
from guards.versions.reading.plain import table, text

_GROUPS = ("dependencies", "devDependencies", "optionalDependencies")
_FROM_ELSEWHERE = re.compile(
    r"(?:workspace|file|link|portal|patch|git|git\+\w+|https?|github|npm|catalog|ssh|exec):|.*/"
)
_FIRST_LINE = Span(1, 1, 1, 1)
_YARN_KEY = re.compile(r'^("?)((?:@[^@/\s"]+/)?[^@\s"]+)@(.*)$')


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """The facts of one of these files."""
    match role:
        case Role.PACKAGE_JSON:
            yield from _manifest(parse(data, Format.JSON)[0])
        case Role.NPM_LOCK:
            yield from _npm(parse(data, Format.JSON)[0])
        case Role.PNPM_LOCK:
            yield from _pnpm(table(parse(data, Format.YAML)[0].value))
        case _:
            yield fact(YarnLocked(_yarn(decode(data).content)), _FIRST_LINE)


def _manifest(document: Document) -> Iterator[Seen]:
    root = table(document.value)
    if isinstance(root.get("name"), str):
        name = Project(text(root["name"]), "npm", is_unusual=bool(root.get("workspaces")))
        yield fact(name, document.span(("name",)))
    if isinstance(root.get("version"), str):
        yield fact(Version(text(root["version"]), "package.json"), document.span(("version",)))
    changed = set(table(root, "resolutions")) | set(table(root, "overrides")) | set(table(root, "pnpm", "overrides"))
    for group in _GROUPS:
        for name_, written in table(root, group).items():
            if isinstance(written, str):
                known = not _FROM_ELSEWHERE.match(written) and not changed
                one = Dependency(name_, written, group, (written,) if known else None, group == _GROUPS[2])
                yield fact(one, document.span((group, name_)))
    for at in (("engines",), ("volta",)):
        for tool, written in table(root, *at).items():
            if isinstance(written, str):
                yield fact(Tool(tool, written, "range" if at == ("engines",) else "exact"), document.span((*at, tool)))
    manager = re.fullmatch(r"(npm|pnpm|yarn|bun)@(\d[\w.-]*)(?:\+.*)?", text(root.get("packageManager")))
    if manager:
        yield fact(Tool(manager[1], manager[2], "exact"), document.span(("packageManager",)))


def _npm(document: Document) -> Iterator[Seen]:
    root = table(document.value)
    packages = table(root, "packages")
    if isinstance(root.get("version"), str):
        yield fact(Version(text(root["version"]), "the lock file"), document.span(("version",)))
    for folder in packages:
        if "node_modules/" in f"{folder}/":
            continue
        asked = {name: value for group in (*_GROUPS, "peerDependencies")
                 for name, value in table(packages, folder, group).items()}  # fmt: skip
        yield fact(Importer(folder, {name: [text(value), _installed(packages, folder, name)]
                                     for name, value in asked.items()}), _FIRST_LINE)  # fmt: skip


def _installed(packages: dict[str, Json], folder: str, name: str) -> str:
    """The version that a package of a folder gets: the nearest one above it."""
    while True:
        at = f"{folder}/node_modules/{name}".lstrip("/")
        if at in packages:
            return text(table(packages, at).get("version"))
        if not folder:
            return ""
        folder = folder.rpartition("/")[0]


def _pnpm(root: dict[str, Json]) -> Iterator[Seen]:
    changed = table(root, "overrides")
    importers = table(root, "importers") or {".": root}
    for folder in importers:
        importer = table(importers, folder)
        specifiers = table(importer, "specifiers")
        locked: dict[str, list[str]] = {}
        for group in _GROUPS:
            for name, value in table(importer, group).items():
                specifier = value.get("specifier") if isinstance(value, dict) else specifiers.get(name)
                version = text(value.get("version") if isinstance(value, dict) else value)
                locked[name] = ["", ""] if changed else [text(specifier), re.split(r"[(_]", version)[0]]
        yield fact(Importer("" if folder == "." else folder, locked), _FIRST_LINE)


def _yarn(content: str) -> dict[str, list[str]]:
    """The keys of the entries: `name@requirement`, several of them separated by commas."""
    found: dict[str, list[str]] = {}
    for line in content.split("\n"):
        if line[:1] in {"", " ", "#", "\r"} or not line.rstrip().endswith(":"):
            continue
        for key in re.split(r",\s*", line.strip().rstrip(":").strip('"').replace('", "', ", ").replace('"', "")):
            match = _YARN_KEY.match(key)
            if match:
                found.setdefault(match[2], []).append(match[3].removeprefix("npm:"))
    return found
