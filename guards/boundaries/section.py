"""What `layers:` of canonical.yaml may say, and what of that makes no sense."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from guards._core.globs import matcher
from guards._core.options import KeyPath, OptionError, RefusedError, option, required

_NAME = re.compile(r"(?:\./)?[\w*$@-]+(?:[./][\w*$@-]+)*")
_IMPORT = re.compile(r"\s*(\S+)\s*->\s*(\S+)\s*")
_CALL = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*")


class Kind(enum.StrEnum):
    """What a contract demands."""

    LAYERS = "layers"
    FORBIDDEN = "forbidden"
    INDEPENDENCE = "independence"
    PROTECTED = "protected"
    ACYCLIC_SIBLINGS = "acyclic-siblings"
    INTERFACES = "interfaces"


class Construct(enum.StrEnum):
    """Forbidden forms of code that are no calls."""

    BARE_EXCEPT = "bare-except"
    """`except:`, which takes the interrupt of a user as well."""
    SILENT_EXCEPT = "silent-except"
    """A handler that does nothing, whatever it catches."""
    STAR_IMPORT = "star-import"
    GLOBAL = "global"
    EXEC = "exec"
    """`exec` and `eval` of what is no literal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One demand on imports. Names are dotted for Python and paths for TypeScript; `*` is one part, `**` several."""

    name: str = required("What it is called in findings.")
    type: Kind = required("What it demands.")
    layers: tuple[str, ...] = option(
        (), "Highest first. `a | b`: neither may import the other. `a : b`: they may. `(a)`: it may be missing."
    )
    containers: tuple[str, ...] = option((), "Packages that each have these layers.")
    exhaustive: bool = option(False, "Every module of a container must be in a layer.")
    exhaustive_ignores: tuple[str, ...] = option((), "Modules of containers that need be in no layer.")
    source_modules: tuple[str, ...] = option((), "Who must not import.")
    forbidden_modules: tuple[str, ...] = option((), "What they must not import.")
    allow_indirect_imports: bool = option(False, "Only what a source imports itself counts.")
    as_packages: bool = option(True, "What is in a package counts as the package.")
    modules: tuple[str, ...] = option((), "Who is independent of each other, or has an interface.")
    protected_modules: tuple[str, ...] = option((), "What only some may import.")
    allowed_importers: tuple[str, ...] = option((), "Who may.")
    ancestors: tuple[str, ...] = option((), "Packages whose members must not import each other in circles.")
    skip_descendants: tuple[str, ...] = option((), "Packages below them of which that is not asked.")
    depth: int = option(10, "How far below them it is asked.", minimum=0)
    expose: tuple[str, ...] = option((), "What of the modules may be imported from outside: names from the module on.")
    ignore_imports: tuple[str, ...] = option((), "Imports that do not count: `a.b -> c.d`. Each must exist.")
    because: str = option("", "Why it is so.")

    def __post_init__(self) -> None:
        errors = [*_flawed_keys(self), *_flawed_names(self)]
        if errors:
            raise RefusedError(errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Banned:
    """A call or construct that has its places."""

    call: str = option("", "The full name of what must not be used: `asyncio.create_task`, `print`.")
    construct: Construct | None = option(None, "A form of code in place of a call.")
    in_: tuple[str, ...] = option((), "Globs of files in which it must not be; without any, all.", key="in")
    only_in: tuple[str, ...] = option((), "Globs of files in which it may be. Each must be needed.")
    symbols: tuple[str, ...] = option((), "Functions and classes in which it may be: `Supervisor.start`.")
    unless: tuple[str, ...] = option(
        (), "Arguments with which the call is fine: a name, or a number for the position of an argument from 0 on."
    )
    because: str = option("", "Why it is so.")

    def __post_init__(self) -> None:
        errors: list[OptionError] = []
        if bool(self.call) == (self.construct is not None):
            errors.append(OptionError((), "needs either `call` or `construct`"))
        elif self.call and not _CALL.fullmatch(self.call):
            errors.append(OptionError(("call",), "is no dotted name"))
        elif self.construct is not None and self.unless:
            errors.append(OptionError(("unless",), "only a call has arguments"))
        errors += _flawed_globs("in", self.in_)
        errors += _flawed_globs("only-in", self.only_in)
        if errors:
            raise RefusedError(errors)

    @property
    def what(self) -> str:
        """How it is spoken of."""
        return self.call or str(self.construct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`layers:`."""

    contracts: tuple[Contract, ...] = option((), "Demands on imports.")
    calls: tuple[Banned, ...] = option((), "Calls and constructs that have their places.")
    sources: tuple[str, ...] = option(
        (), "Folders that packages stand in (`src`, `services/*/src`), where it cannot be told from the paths."
    )
    adopt: tuple[str, ...] = option(
        ("pyproject.toml", "setup.cfg", ".importlinter", "tach.toml"),
        "Settings of import-linter and tach whose contracts count as well, if there are such.",
    )
    imports_for_types: bool = option(True, "Imports below `if TYPE_CHECKING:` count.")

    def __post_init__(self) -> None:
        errors = list(_flawed_globs("sources", self.sources))
        seen: set[str] = set()
        for number, contract in enumerate(self.contracts):
            if contract.name in seen:
                errors.append(OptionError(("contracts", number, "name"), "another contract has this name"))
            seen.add(contract.name)
        if errors:
            raise RefusedError(errors)


def imports_of(expression: str) -> tuple[str, str]:
    """Importer and imported of an ignored import; ValueError where it is none."""
    found = _IMPORT.fullmatch(expression)
    if found is None:
        raise ValueError("write `importer -> imported`")
    return found[1], found[2]


_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    Kind.LAYERS: ("layers",),
    Kind.FORBIDDEN: ("source_modules", "forbidden_modules"),
    Kind.INDEPENDENCE: ("modules",),
    Kind.PROTECTED: ("protected_modules",),
    Kind.ACYCLIC_SIBLINGS: ("ancestors",),
    Kind.INTERFACES: ("modules", "expose"),
}
_POSSIBLE: Mapping[Kind, tuple[str, ...]] = {
    Kind.LAYERS: ("containers", "exhaustive", "exhaustive_ignores"),
    Kind.FORBIDDEN: ("allow_indirect_imports", "as_packages"),
    Kind.INDEPENDENCE: (),
    Kind.PROTECTED: ("allowed_importers", "as_packages"),
    Kind.ACYCLIC_SIBLINGS: ("skip_descendants", "depth"),
    Kind.INTERFACES: ("allowed_importers",),
}
_OF_ALL = ("name", "type", "ignore_imports", "because")
_OF_NAMES = (
    *("containers", "source_modules", "forbidden_modules", "modules", "protected_modules", "allowed_importers"),
    *("ancestors", "skip_descendants"),
)


def _flawed_keys(contract: Contract) -> Iterator[OptionError]:
    defaults: dict[str, Any] = {"as_packages": True, "depth": 10}
    for key in _NEEDED[contract.type]:
        if not getattr(contract, key):
            yield OptionError((), f"a contract of type {contract.type} needs {_written(key)!r}")
    known = {*_OF_ALL, *_NEEDED[contract.type], *_POSSIBLE[contract.type]}
    for key in Contract.__slots__:
        value = getattr(contract, key)
        if key not in known and value != defaults.get(key, type(value)()):
            message = f"a contract of type {contract.type} has no {_written(key)!r}"
            yield OptionError((_written(key),), message, at_key=True)
    if contract.exhaustive and not contract.containers:
        yield OptionError(("exhaustive",), "needs `containers`, whose modules are to be in the layers")


def _flawed_names(contract: Contract) -> Iterator[OptionError]:
    for key in _OF_NAMES:
        for number, name in enumerate(getattr(contract, key)):
            if not _NAME.fullmatch(name):
                yield OptionError((_written(key), number), "is no name of a module, with `*` or `**` for parts of it")
    for number, layer in enumerate(contract.layers):
        yield from _flawed_layer(layer, ("layers", number))
    for number, expression in enumerate(contract.ignore_imports):
        try:
            names = imports_of(expression)
        except ValueError as error:
            yield OptionError(("ignore-imports", number), str(error))
            continue
        if not all(map(_NAME.fullmatch, names)):
            yield OptionError(("ignore-imports", number), "write names of modules on both sides of `->`")
    yield from _repeated(contract.layers)


def _flawed_layer(layer: str, at: KeyPath) -> Iterator[OptionError]:
    if "|" in layer and ":" in layer:
        yield OptionError(at, "write `|` or `:` between the modules of a layer, not both")
    elif not all(_NAME.fullmatch(member.name) for member in members_of(layer)):
        yield OptionError(at, "is no layer: names of modules with `|` or `:` between them")


def _repeated(layers: Iterable[str]) -> Iterator[OptionError]:
    seen: set[str] = set()
    for number, layer in enumerate(layers):
        for member in members_of(layer):
            if member.name in seen:
                yield OptionError(("layers", number), f"{member.name!r} is in two layers")
            seen.add(member.name)


class Member(Struct, frozen=True):
    """One module of a layer."""

    name: str
    is_optional: bool


def members_of(layer: str) -> list[Member]:
    """The modules of a layer."""
    names = [part.strip() for part in re.split(r"[|:]", layer)]
    return [
        Member(name[1:-1].strip(), is_optional=True)
        if name.startswith("(") and name.endswith(")")
        else Member(name, is_optional=False)
        for name in names
    ]


def is_independent(layer: str) -> bool:
    """Whether the modules of a layer must not import each other."""
    return ":" not in layer


def _flawed_globs(key: str, globs: tuple[str, ...]) -> Iterator[OptionError]:
    for number, glob in enumerate(globs):
        try:
            matcher([glob])
        except ValueError as error:
            yield OptionError((key, number), str(error))


def _written(key: str) -> str:
    return key.replace("_", "-")
