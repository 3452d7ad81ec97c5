"""A first `env:` from what is read and from what templates have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from guards.env.facts import How
from guards.env.values import is_secret_name
from guards.env.world import World


class Drafted(NamedTuple):
    """A variable of the draft."""

    name: str
    is_required: bool
    is_secret: bool
    where: str
    """Where it is read first; empty: nowhere."""


def drafted(world: World) -> list[Drafted]:
    """The variables that are read, or that a template has."""
    uses = [use for use in world.uses if not (use.is_weak or world.is_ambient(use.name))]
    names = {use.name for use in uses} | {name for path in world.templates for name in world.documented(path)}
    found = []
    for name in sorted(names):
        own = [use for use in uses if use.name == name]
        declared = world.variables.get(name)
        is_required = any(use.how is How.REQUIRED for use in own) or (declared is not None and bool(declared.required))
        is_secret = is_secret_name(name) or (declared is not None and declared.secret)
        found.append(Drafted(name, is_required, is_secret, f"{own[0].path}:{own[0].span.line}" if own else ""))
    return found


def text(found: Iterable[Drafted]) -> str:
    """The section as YAML."""
    lines = ["env:"]
    for one in found:
        said = [*(["required: true"] if one.is_required else []), *(["secret: true"] if one.is_secret else []),
                *([] if one.where else ['used-by: "?"'])]  # fmt: skip
        lines.append(
            f"  {one.name}: {{{', '.join(said)}}}" + (f" # {one.where}" if one.where else " # read by no code here")
        )
    return "\n".join(lines) + "\n"
