"""Which guards there are, and how to get at one: built in, installed and named in Config, or local and trusted.

Installed is not enabled: a distribution's guard is loaded when Config or the command line names it, never before.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from guards import _builtin
from guards._code.packages import normalized
from guards._core import inline
from guards._core.errors import GuardError
from guards._core.model import Guard
from guards._core.programs import is_below

GROUP = "guards"
"""The entry-point group of third-party guards."""


class Registry:
    """The guards of one process, loaded when they are first wanted."""

    def __init__(self, *, trust_local: bool = False, given: Iterable[Guard[Any]] = ()) -> None:
        self._trust_local = trust_local
        self._given = {guard.id: guard for guard in given}
        self._loaded: dict[str, Guard[Any]] = dict(self._given)
        self.root = ""
        """Where local guards are imported from; the runner knows it."""
        self._installed: Mapping[str, Any] | None = None

    def builtin(self) -> tuple[str, ...]:
        """The ids of the guards that come with the suite, and of those that the caller brought."""
        return tuple(sorted({*_builtin.BUILTIN, *self._given}))

    def installed(self) -> Mapping[str, Any]:
        """Entry points of third-party guards by guard id. This costs an entry-point scan: ask only when needed."""
        if self._installed is None:
            self._installed = _entry_points()
        return self._installed

    def known(self) -> tuple[str, ...]:
        """Every id that can be named."""
        return (*self.builtin(), *sorted(self.installed()))

    def load(self, guard_id: str) -> Guard[Any]:
        """The guard of this id; an error that names the nearest one where there is none."""
        if guard_id not in self._loaded:
            self._loaded[guard_id] = self._load(guard_id)
        return self._loaded[guard_id]

    def _load(self, guard_id: str) -> Guard[Any]:
        if guard_id in _builtin.BUILTIN:
            return _builtin.load(guard_id)
        if guard_id == inline.ID:
            return inline.GUARD
        if ":" in guard_id:
            return self._load_local(guard_id)
        point = self.installed().get(guard_id)
        if point is None:
            raise GuardError(f"unknown guard {guard_id!r}{_nearest(guard_id, self.known())}", hint="See: guard list")
        self._refuse_tree(point)
        prefix = normalized(point.dist.name)
        if not f"{normalized(guard_id)}-".startswith(f"{prefix}-"):
            raise GuardError(
                f"distribution {point.dist.name} registers the guard {guard_id!r}",
                hint=f"Its ids must begin with its own name: {prefix}.{guard_id}",
            )
        return _checked(guard_id, f"distribution {point.dist.name}", point.load)

    def _refuse_tree(self, point: Any) -> None:
        """No distribution whose metadata lie in the tree that is checked, unless that is where Python is installed."""
        place = str(point.dist.locate_file(""))
        inside = self.root and is_below(place, os.path.realpath(self.root))
        if inside and not self._trust_local and not is_below(place, os.path.realpath(sys.prefix)):
            raise GuardError(
                f"the guard {point.name!r} of distribution {point.dist.name} comes from the tree that is checked",
                hint="Start guard by its own command rather than with python -m, or pass --trust-local-guards.",
            )

    def _load_local(self, target: str) -> Guard[Any]:
        if not self._trust_local:
            raise GuardError(
                f"{target!r} would run code of this repository",
                hint="Pass --trust-local-guards if you trust every author of this tree.",
            )
        import importlib

        sys.path.append(self.root)  # last, so that nothing of the tree stands in for an installed module
        module, _, attribute = target.partition(":")
        return _checked("", f"local guard {target}", lambda: getattr(importlib.import_module(module), attribute))


def _entry_points() -> dict[str, Any]:
    from importlib.metadata import entry_points

    found: dict[str, Any] = {}
    for point in entry_points(group=GROUP):
        owner = point.dist.name if point.dist else "?"
        if point.name in _builtin.BUILTIN or point.name in found:
            other = "guard-suite" if point.name in _builtin.BUILTIN else found[point.name].dist.name
            raise GuardError(
                f"two distributions provide the guard {point.name!r}: {other} and {owner}",
                hint=f"Uninstall one of them: pip uninstall {owner}",
            )
        found[point.name] = point
    return found


def _checked(guard_id: str, owner: str, load: Any) -> Guard[Any]:
    """Load foreign code. Whatever it raises is its own failure, and said to be."""
    try:
        guard = load()
    except Exception as error:
        raise GuardError(f"{owner} cannot be loaded: {type(error).__name__}: {error}") from error
    except SystemExit as error:
        raise GuardError(f"{owner} cannot be loaded: it tried to end the program") from error
    if not isinstance(guard, Guard):
        raise GuardError(f"{owner} does not provide a Guard, but {type(guard).__name__}")
    if guard_id and guard.id != guard_id:
        raise GuardError(f"{owner} registers {guard_id!r}, but its guard is {guard.id!r}")
    return guard


def _nearest(word: str, known: Iterable[str]) -> str:
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
