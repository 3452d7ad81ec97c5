"""Contracts from the settings of import-linter and tach, in our words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from msgspec import Struct

from guards._code.reading import Reader, documents
from guards._code.spans import Document, DocumentError, Format
from guards._core.model import Json
from guards._core.options import KeyPath, parse
from guards.boundaries.section import Contract

_LINTER = "importlinter"


class Adopted(Struct, frozen=True):
    """A contract of another tool."""

    contract: Contract
    at: KeyPath
    """Where it stands in its file."""
    may_ignore_nothing: bool = False
    """Its ignored imports need not exist."""


class Linter(Struct, frozen=True):
    """What import-linter is told."""

    roots: tuple[str, ...]
    imports_for_types: bool
    contracts: tuple[Adopted, ...]
    flaws: tuple[tuple[KeyPath, str], ...] = ()
    """What of it cannot be read, and where."""


def settings_in(data: bytes, name: str) -> tuple[Document, str, Json]:
    """The settings in a file, with the tool that they are for. DocumentError: it does not parse."""
    document = documents(data, Format.TOML if name.endswith(".toml") else Reader.INI)[0]
    return document, *_wanted_part(name, document.value)


def roots_in(data: bytes, name: str) -> Iterable[str] | None:
    """The packages that such settings are about; None where they cannot be read."""
    try:
        _, tool, value = settings_in(data, name)
    except DocumentError:
        return None
    if not isinstance(value, dict):
        return ()
    return linter(value).roots if tool == "linter" else tach(value).roots


def _wanted_part(name: str, value: Json) -> tuple[str, Json]:
    """Of a settings file, the tool that it is for and all that concerns us; nothing for none."""
    root = value if isinstance(value, dict) else {}
    if name == "tach.toml":
        return "tach", root
    if name == "pyproject.toml":
        tool = root.get("tool")
        tool = tool if isinstance(tool, dict) else {}
        return (
            ("linter", tool[_LINTER]) if _LINTER in tool else ("tach", tool["tach"]) if "tach" in tool else ("", None)
        )
    own = {key: one for key, one in root.items() if key == _LINTER or key.startswith(f"{_LINTER}:")}
    return ("linter", own) if own else ("", None)


def prefix_of(name: str, tool: str) -> KeyPath:
    """Where that part begins."""
    return ("tool", _LINTER if tool == "linter" else "tach") if name == "pyproject.toml" else ()


def linter(value: Mapping[str, Any]) -> Linter:
    """The settings of import-linter, from TOML or from an INI file."""
    is_ini = _LINTER in value
    session = value[_LINTER] if is_ini else value
    session = session if isinstance(session, Mapping) else {}
    found: list[Adopted] = []
    flaws: list[tuple[KeyPath, str]] = []
    for at, raw in _raw_contracts(value, is_ini=is_ini):
        contract, why = _contract(raw)
        if contract is None:
            flaws.append((at, why))
        else:
            alerting = str(raw.get("unmatched_ignore_imports_alerting", "error"))
            found.append(Adopted(contract, at, may_ignore_nothing=alerting == "none"))
    roots = (*_texts(session.get("root_package")), *_texts(session.get("root_packages")))
    for_types = str(session.get("exclude_type_checking_imports", False)).lower() != "true"
    return Linter(roots, for_types, tuple(found), tuple(flaws))


def _raw_contracts(value: Mapping[str, Any], *, is_ini: bool) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    if is_ini:
        for key, raw in value.items():
            if key.startswith(f"{_LINTER}:contract") and isinstance(raw, Mapping):
                yield (key,), raw
        return
    contracts = value.get("contracts", ())
    for number, raw in enumerate(contracts if isinstance(contracts, Sequence) else ()):
        if isinstance(raw, Mapping):
            yield ("contracts", number), raw


_LISTS = (
    *("layers", "containers", "exhaustive_ignores", "source_modules", "forbidden_modules", "modules", "ignore_imports"),
    *("protected_modules", "allowed_importers", "ancestors", "skip_descendants"),
)
_FLAGS = ("exhaustive", "allow_indirect_imports", "as_packages")


def _contract(raw: Mapping[str, Any]) -> tuple[Contract | None, str]:
    """A contract, or why there is none."""
    data: dict[str, Any] = {
        "name": str(raw.get("name", "")),
        "type": str(raw.get("type", "")).replace("_", "-"),
    }
    data |= {key.replace("_", "-"): list(_texts(raw[key])) for key in _LISTS if key in raw}
    data |= {key.replace("_", "-"): str(raw[key]).lower() == "true" for key in _FLAGS if key in raw}
    if str(raw.get("depth", "")).isdigit():
        data["depth"] = int(raw["depth"])
    contract, errors = parse(Contract, data)
    return contract, "; ".join(".".join(map(str, (*error.path, error.message))) for error in errors[:3])


def _texts(value: Any) -> tuple[str, ...]:
    """A list, or lines of a text."""
    if isinstance(value, str):
        return tuple(line.strip() for line in value.splitlines() if line.strip())
    return tuple(map(str, value)) if isinstance(value, Sequence) else ()


# ---- Tach -----------------------------------------------------------------------------------------------------------


class TachModule(Struct, frozen=True):
    """One module of tach.toml, with what it may depend on."""

    path: str
    at: KeyPath
    depends_on: tuple[str, ...] | None = None
    """None: on everything."""
    cannot_depend_on: tuple[str, ...] = ()
    layer: str = ""
    visibility: tuple[str, ...] = ("*",)
    is_utility: bool = False
    is_unchecked: bool = False


class Interface(Struct, frozen=True):
    """What may be imported from some modules."""

    expose: tuple[str, ...]
    modules: tuple[str, ...]
    visibility: tuple[str, ...] = ("*",)


class Tach(Struct, frozen=True):
    """What tach is told."""

    modules: tuple[TachModule, ...]
    interfaces: tuple[Interface, ...] = ()
    layers: tuple[str, ...] = ()
    """Highest first."""
    sources: tuple[str, ...] = (".",)
    imports_for_types: bool = False
    is_exact: bool = False
    """What a module depends on has to be used."""
    refused: tuple[KeyPath, ...] = ()
    """Settings that demand more than is looked at here."""

    @property
    def roots(self) -> tuple[str, ...]:
        """The first names of its modules."""
        return tuple({module.path.partition(".")[0] for module in self.modules} - {"<root>"})

    def module_of(self, name: str) -> TachModule | None:
        """The innermost module that a name is in."""
        inside = [one for one in self.modules if name == one.path or name.startswith(f"{one.path}.")]
        return max(inside, key=lambda one: len(one.path), default=None)


def tach(value: Mapping[str, Any]) -> Tach:
    """The settings of tach."""
    modules: list[TachModule] = []
    raw_modules = value.get("modules", ())
    for number, raw in enumerate(raw_modules if isinstance(raw_modules, Sequence) else ()):
        if isinstance(raw, Mapping):
            modules += _tach_modules(raw, ("modules", number))
    interfaces = [
        Interface(
            _texts(raw.get("expose")), _texts(raw.get("from")) or ("**",), _texts(raw.get("visibility")) or ("*",)
        )
        for raw in value.get("interfaces", ())
        if isinstance(raw, Mapping)
    ]
    layers = tuple(str(one.get("name")) if isinstance(one, Mapping) else str(one) for one in value.get("layers", ()))
    for_types = str(value.get("ignore_type_checking_imports", True)).lower() != "true"
    sources = _texts(value.get("source_roots")) or (".",)
    refused: tuple[KeyPath, ...] = (("root_module",),) if value.get("root_module") in _ROOT_IS_ONE else ()
    is_exact = value.get("exact") is True
    return Tach(tuple(modules), tuple(interfaces), layers, sources, for_types, is_exact, refused)


_ROOT_IS_ONE = frozenset({"forbid", "dependenciesonly"})
"""Values with which what is in no module counts as one."""


def _tach_modules(raw: Mapping[str, Any], at: KeyPath) -> Iterator[TachModule]:
    for path in (*_texts(raw.get("path")), *_texts(raw.get("paths"))):
        yield TachModule(
            path,
            at,
            _paths(raw["depends_on"]) if "depends_on" in raw else None,
            _paths(raw.get("cannot_depend_on", ())),
            str(raw.get("layer", "")),
            _texts(raw["visibility"]) if "visibility" in raw else ("*",),
            is_utility=raw.get("utility") is True,
            is_unchecked=raw.get("unchecked") is True,
        )


def _paths(value: Any) -> tuple[str, ...]:
    """Dependencies, which may be tables with more to say."""
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else _texts(value)
    return tuple(str(one.get("path")) if isinstance(one, Mapping) else str(one) for one in items)


def refusal(settings: Tach, importer: str, imported: str, name: str) -> tuple[TachModule, str] | None:
    """Why tach does not allow an import, as a clause, with the module that says so."""
    source, target = settings.module_of(importer), settings.module_of(imported)
    if source is None or target is None or source == target or source.is_unchecked or target.is_unchecked:
        return None
    if not _is_visible(target.visibility, source.path):
        return target, f"{target.path} is not visible to {source.path}"
    hidden = _hidden(settings, target, source.path, imported, name)
    if hidden:
        return target, hidden
    if target.is_utility or target.path in (source.depends_on or ()):
        return None
    if target.path in source.cannot_depend_on:
        return source, f"{source.path} cannot depend on {target.path}"
    return _by_layer(settings, source, target)


def unused(settings: Tach, edges: Iterable[tuple[str, str]]) -> Iterator[tuple[TachModule, str]]:
    """The dependencies of modules that no import needs, where they all have to be needed."""
    if not settings.is_exact:
        return
    used = set()
    for importer, imported in edges:
        source, target = settings.module_of(importer), settings.module_of(imported)
        if source is not None and target is not None:
            used.add((source.path, target.path))
    for module in settings.modules:
        for name in module.depends_on or ():
            if not any(source == module.path and _is_named(name, target) for source, target in used):
                yield module, name


def _by_layer(settings: Tach, source: TachModule, target: TachModule) -> tuple[TachModule, str] | None:
    if source.layer in settings.layers and target.layer in settings.layers:
        own, other = settings.layers.index(source.layer), settings.layers.index(target.layer)
        if own < other:
            return None
        if own > other:
            return source, f"{source.path} must not import {target.path}, whose layer is above its own"
    if source.depends_on is None or any(_is_named(one, target.path) for one in source.depends_on):
        return None
    return source, f"{source.path} does not depend on {target.path}"


def _is_named(expression: str, path: str) -> bool:
    pattern = "[^.]+".join(re.escape(part) for part in expression.replace("**", "\0").split("*"))
    return re.fullmatch(pattern.replace("\0", ".*"), path) is not None


def _is_visible(visibility: Sequence[str], path: str) -> bool:
    return any(one == "*" or _is_named(one, path) for one in visibility)


def _hidden(settings: Tach, target: TachModule, source: str, imported: str, name: str) -> str:
    """Why a member of a module with an interface must not be imported."""
    member = ".".join(part for part in (imported[len(target.path) + 1 :], name) if part)
    of_target = [one for one in settings.interfaces if any(_is_regex_for(each, target.path) for each in one.modules)]
    seen = [one for one in of_target if _is_visible(one.visibility, source)]
    if not of_target or not member:
        return ""
    exposed = any(_is_regex_for(each, member) for one in seen for each in one.expose)
    return "" if exposed else f"{target.path} does not expose this to {source}"


def _is_regex_for(pattern: str, text: str) -> bool:
    """Tach takes regular expressions here; whoever wrote them may not keep us busy."""
    re2: Any = import_module("re2")

    try:
        return re2.fullmatch(pattern, text) is not None
    except re2.error:
        return pattern == text
