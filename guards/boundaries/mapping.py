"""Which files concern this guard, and what a scan may know of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from guards._code.modules import SCRIPTS
from guards._code.python_imports import WORD
from guards._core.globs import Matcher, matcher
from guards._core.model import Scope, Select, Trigger
from guards.boundaries.facts import Role
from guards.boundaries.options import Options
from guards.boundaries.section import Banned, Construct, Contract, Section

CANONICAL = frozenset({"canonical.yaml", "config/canonical.yaml"})
TSCONFIGS = frozenset({"tsconfig.json", "tsconfig.base.json", "jsconfig.json"})
_OTHERS = (b"importlinter", b"tach", b"modules")
"""Words of which one stands in all settings with contracts."""
SETTINGS = frozenset({"pyproject.toml", "setup.cfg", ".importlinter", "tach.toml"})


class Slice(Struct, frozen=True, dict=True):
    """All of canonical.yaml that a scan depends on."""

    banned: tuple[Banned, ...] = ()
    adopt: tuple[str, ...] = ()
    follows_scripts: bool = False
    """Whether a contract is about JavaScript or TypeScript."""
    roots: tuple[str, ...] | None = ()
    """First names of the packages whose imports are wanted; None for all, where nobody can tell."""

    @cached_property
    def inside(self) -> tuple[Matcher | None, ...]:
        """For each entry of `calls:`, the files that it is about; None for all."""
        return tuple(matcher(one.in_) if one.in_ else None for one in self.banned)

    @property
    def follows_python(self) -> bool:
        """Whether a contract is about Python."""
        return self.roots is None or bool(self.roots)

    def follows(self, path: str) -> bool:
        """Whether a file may be a module of a package whose imports are wanted."""
        return self.roots is None or not self._roots.isdisjoint(path.removesuffix(".py").split("/"))

    @cached_property
    def _roots(self) -> frozenset[str]:
        return frozenset(self.roots or ())


def scan_slice(options: Options, canonical: Any) -> Slice:
    """What scan depends on: which calls matter, and of which languages imports are wanted."""
    if not isinstance(canonical, Section):
        return Slice()
    names = {name for contract in canonical.contracts for name in names_of(contract)}
    return Slice(
        canonical.calls,
        tuple(path.removeprefix("./") for path in canonical.adopt),
        follows_scripts=any("/" in name for name in names),
        roots=tuple(sorted(roots_of(names))),
    )


def reads(options: Options, canonical: Any) -> tuple[str, ...]:
    """The settings of other tools, whose contracts name packages as well."""
    return tuple(path.removeprefix("./") for path in canonical.adopt) if isinstance(canonical, Section) else ()


def condense(slice_: Slice, documents: Mapping[str, bytes]) -> Slice:
    """Which packages these settings name: more of them is of no matter to scan."""
    roots = set(slice_.roots or ())
    for path, data in documents.items():
        if not any(word in data for word in _OTHERS):
            continue
        from guards.boundaries.adopting import roots_in

        named = roots_in(data, posixpath.basename(path))
        if named is None:
            return replace(slice_, roots=None)
        roots |= roots_of(named)
    return replace(slice_, roots=tuple(sorted(roots)))


def roots_of(names: Iterable[str]) -> set[str]:
    """The first parts of dotted names."""
    return {name.partition(".")[0] for name in names if "/" not in name}


def names_of(contract: Contract) -> tuple[str, ...]:
    """All names of modules in a contract, as they are written."""
    ignored = (part.strip() for one in contract.ignore_imports for part in one.split("->"))
    layers = (re.split(r"[|:]", layer) for layer in contract.layers) if not contract.containers else ()
    return (
        *(name.strip(" ()") for layer in layers for name in layer),
        *contract.containers,
        *contract.source_modules,
        *contract.forbidden_modules,
        *contract.modules,
        *contract.protected_modules,
        *contract.allowed_importers,
        *contract.ancestors,
        *contract.skip_descendants,
        *ignored,
    )


def classify(path: str, slice_: Slice) -> str | None:
    """What a path is: its role, and the entries of `calls:` that are about it."""
    name = posixpath.basename(path)
    if path in CANONICAL:
        return Role.CANONICAL
    if path in slice_.adopt and name in SETTINGS:
        return f"{Role.SETTINGS}:{name}"
    suffix = posixpath.splitext(name)[1]
    if suffix in {".py", ".pyi"}:
        wanted = [str(number) for number, inside in enumerate(slice_.inside) if not inside or inside(path)]
        wanted += [IMPORTS] if suffix == ".py" and slice_.follows(path) else []
        return f"{Role.PYTHON}:{','.join(wanted)}" if wanted else None
    if not slice_.follows_scripts:
        return None
    if name in TSCONFIGS:
        return f"{Role.TSCONFIG}:{posixpath.dirname(path)}"
    return f"{Role.SCRIPT}:{suffix}" if suffix in SCRIPTS and not name.endswith(".d.ts") else None


IMPORTS = "imports"
"""In the path class of a Python file beside the numbers of entries: a contract may be about it."""


def role_of(path_class: str) -> tuple[Role, str]:
    """What a file is, and what else is known of its path."""
    role, _, more = path_class.partition(":")
    return Role(role), more


def whatever_triggers(path_class: str) -> bool:
    """Settings are few and small."""
    return role_of(path_class)[0] in {Role.CANONICAL, Role.SETTINGS, Role.TSCONFIG}


def always(slice_: Slice) -> Select:
    """Their names: what else there is concerns this guard only with an import or a call."""
    return Select(names=SETTINGS | TSCONFIGS | {"canonical.yaml"})


_OF_PYTHON = (Trigger(WORD, literal=True, caseless=True, scope=Scope.STATEMENT),)
"""Of any case: engines need not look twice at what has none."""
_OF_SCRIPTS = (Trigger(r"\b(?:import|export|require|from)\b"),)


def import_triggers(slice_: Slice) -> tuple[Trigger, ...]:
    """The lines on which an import can begin; that of Python is the first."""
    return (_OF_PYTHON if slice_.follows_python else ()) + (_OF_SCRIPTS if slice_.follows_scripts else ())


CONSTRUCTS = {
    Construct.BARE_EXCEPT: r"\bexcept[ \t]*:",
    Construct.SILENT_EXCEPT: r"\bexcept\b",
    Construct.STAR_IMPORT: r"\bimport[ \t\\(]*\*",
    Construct.GLOBAL: r"\b(?:global|nonlocal)\b",
    Construct.EXEC: r"\b(?:exec|eval)\b",
}


def triggers(slice_: Slice, documents: Any) -> tuple[Trigger, ...]:
    """Lines with imports, and a word for each entry of `calls:`: the last part of a name is written somewhere."""
    return (*import_triggers(slice_), *map(trigger_of, slice_.banned))


def trigger_of(banned: Banned) -> Trigger:
    """What stands in every file that has this call or construct."""
    if banned.construct is not None:
        return Trigger(CONSTRUCTS[banned.construct])
    return Trigger(rf"\b{re.escape(banned.call.rpartition('.')[2])}\b")
