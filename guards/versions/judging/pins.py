"""Dependencies that a policy wants pinned to one version."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guards._core.globs import matcher
from guards._core.model import Finding
from guards.versions import ranges
from guards.versions.facts import Dependency
from guards.versions.judging.repository import Repository
from guards.versions.rules import LOOSE_PIN

_EXACT_NPM = re.compile(r"=?v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?")


def judge(repository: Repository, globs: tuple[str, ...]) -> Iterator[Finding]:
    """What is not pinned in files that the globs name."""
    is_strict = matcher(globs)
    for one in repository.known.of(Dependency):
        if not globs or not is_strict(one.path) or one.value.specs is None or one.value.group == "build":
            continue
        is_npm = one.path.endswith("package.json")
        if not (_EXACT_NPM.fullmatch(one.value.text) if is_npm else ranges.is_exact(one.value.specs)):
            message = f"{one.value.text if not is_npm else one.value.name} is not pinned to one version"
            yield Finding(
                LOOSE_PIN.id, message, one.path, one.span, one.value.name,
                "Pin it, or take this file out of the option `exact`.",
            )  # fmt: skip
