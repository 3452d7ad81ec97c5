"""What modules there are, by their paths alone: nothing is imported, and nothing needs to be installed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct, field

from guards._code.places import is_for_tests
from guards._core.globs import matcher

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
SCRIPTS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte")
"""What an import without a suffix may mean, in the order in which it is looked for."""


class Modules(Struct):
    """The modules of a tree, by name."""

    paths: dict[str, str] = field(default_factory=dict)
    """Name to path."""
    names: dict[str, str] = field(default_factory=dict)
    """Path to name."""
    packages: set[str] = field(default_factory=set)
    """Paths of the modules that are packages: what is relative to them begins inside of them."""
    roots: set[str] = field(default_factory=set)
    """First parts of dotted names that are here."""
    doubtful: dict[str, list[str]] = field(default_factory=dict)
    """First part to the folders in which such a package stands, if there are several and none is the nearest."""

    def add(self, name: str, path: str, *, is_package: bool = False) -> None:
        """A module. One of two that have the same name is enough: a package comes before a module, as in Python."""
        if name in self.paths and not is_package:
            return
        self.paths[name], self.names[path] = path, name
        if is_package:
            self.packages.add(path)


def python_modules(paths: Iterable[str], roots: Collection[str], sources: Sequence[str] = ()) -> Modules:
    """The modules of the packages and modules with these first names."""
    files = [path for path in paths if path.endswith(".py")]
    folders = _folders_of_roots(files, roots)
    found = Modules()
    chosen = {name: _chosen(name, places, sources, found) for name, places in folders.items()}
    for path in files:
        for name, folder in _names(path, chosen):
            parts = path[len(folder) :].removesuffix(".py").split("/")
            is_package = parts[-1] == "__init__"
            parts = parts[:-1] if is_package else parts
            if parts and all(map(_IDENTIFIER.fullmatch, parts)):
                found.add(".".join(parts), path, is_package=is_package)
                found.roots.add(name)
    return found


def _names(path: str, chosen: Mapping[str, Collection[str]]) -> Iterable[tuple[str, str]]:
    """The first name of a module, with the folder from which on it counts; several where folders nest."""
    parts = path.removesuffix(".py").split("/")
    for number, part in enumerate(parts):
        folder = "".join(f"{one}/" for one in parts[:number])
        if part in chosen and folder in chosen[part]:
            yield part, folder
            return


def _folders_of_roots(files: Iterable[str], roots: Collection[str]) -> dict[str, dict[str, bool]]:
    """First name to the folders that hold it, and whether it is a package there that nothing else is part of."""
    found: dict[str, dict[str, bool]] = {}
    inits = {path[: -len("__init__.py")] for path in files if path.endswith("__init__.py")}
    for path in files:
        parts = path.removesuffix(".py").split("/")
        for number, part in enumerate(parts):
            if part in roots:
                folder = "".join(f"{one}/" for one in parts[:number])
                if folder not in inits:
                    found.setdefault(part, {})[folder] = f"{folder}{part}/" in inits or number == len(parts) - 1
    return found


def _chosen(name: str, places: Mapping[str, bool], sources: Sequence[str], found: Modules) -> list[str]:
    """The folders in which a package is looked for: those that are named, else the nearest, else all its portions."""
    if sources:
        named = matcher(sources)
        inside = [folder for folder in places if folder and named.first(folder.rstrip("/")) is not None]
        exact = [
            folder for folder in inside if not any(folder != other and folder.startswith(other) for other in inside)
        ]
        return exact or [folder for folder in places if not folder]
    ranked = sorted(places, key=lambda folder: (is_for_tests(folder.rstrip("/")) if folder else False,
                                                folder.count("/"), folder != "src/", folder))  # fmt: skip
    whole = [folder for folder in ranked if places[folder]]
    if not whole:
        return ranked
    rank = (is_for_tests(whole[0].rstrip("/")) if whole[0] else False, whole[0].count("/"))
    equals = [one for one in whole if (is_for_tests(one.rstrip("/")) if one else False, one.count("/")) == rank]
    if len(equals) > 1 and whole[0] != "src/":
        found.doubtful[name] = equals
    return whole[:1]


def script_modules(paths: Iterable[str]) -> Modules:
    """The modules of JavaScript and TypeScript: their paths without suffix, and without `index`."""
    found = Modules()
    for path in paths:
        stem, suffix = posixpath.splitext(path)
        if suffix in SCRIPTS and not path.endswith(".d.ts"):
            is_index = posixpath.basename(stem) == "index" and "/" in stem
            found.add(posixpath.dirname(stem) if is_index else stem, path, is_package=is_index)
    return found


def imported_module(module: str, name: str, path: str, modules: Modules) -> str:
    """The module that an import of Python leads to; empty for none: it is of another project and relative, say."""
    target = _absolute(module, path, modules)
    if not target:
        return ""
    inside = f"{target}.{name}"
    if name and name != "*" and inside in modules.paths:
        return inside
    if target in modules.paths or target.partition(".")[0] not in modules.roots:
        return target
    return target if name == "" and _is_package(target, modules) else ""


def _is_package(name: str, modules: Modules) -> bool:
    return any(one.startswith(f"{name}.") for one in modules.paths)


def _absolute(module: str, path: str, modules: Modules) -> str:
    bare = module.lstrip(".")
    level = len(module) - len(bare)
    if not level:
        return bare
    parts = modules.names[path].split(".")
    up = level - 1 if path in modules.packages else level
    base = parts[: len(parts) - up]
    return ".".join([*base, bare] if bare else base) if base else ""


def imported_script(wanted: str, path: str, modules: Modules, aliases: Mapping[str, Sequence[str]]) -> str:
    """The module that an import of JavaScript leads to: a path, or the name of a package that is installed."""
    if wanted.startswith("."):
        return _script(posixpath.normpath(posixpath.join(posixpath.dirname(path), wanted)), modules)
    for pattern, targets in aliases.items():
        head, star, tail = pattern.partition("*")
        if wanted == pattern or (star and wanted.startswith(head) and wanted.endswith(tail)):
            middle = wanted[len(head) : len(wanted) - len(tail)] if star else ""
            for target in targets:
                found = _script(posixpath.normpath(target.replace("*", middle)), modules)
                if found in modules.paths:
                    return found
    return wanted


def _script(stem: str, modules: Modules) -> str:
    """The module of a path that may have a suffix, that of the compiled file as well."""
    if stem in modules.paths:
        return stem
    bare, suffix = posixpath.splitext(stem)
    if suffix in SCRIPTS and bare in modules.paths:
        return bare
    if posixpath.basename(bare if suffix in SCRIPTS else stem) == "index":
        folder = posixpath.dirname(stem)
        return folder if folder in modules.paths else stem
    return stem
