"""The kinds of facts that scan tells judge, and how values get into them and out again."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from typing import Any

from guards._code.syntax.values import Hole
from guards._core.model import Json
from guards.no_direct_http.hosts import Parts, Verdict, answer, normal, until_path

CALL = "call"
"""Fact: a call that is proven, or whose address is not known here."""
EXPORTS = "exports"
"""Fact: what names of a module are, as far as it matters to others."""
DECLARED = "declared"
"""Fact: variables of the environment that are given an address."""
LITERAL = "literal"
"""Fact: a protected host in a text."""
PLACES = "places"
"""Fact of canonical.yaml: where its entries stand."""

OTHER = "other.invalid"
"""Stands for every host that is not protected: values that do not matter are not kept."""


class Role(enum.StrEnum):
    """What a file is to this guard."""

    PYTHON = "python"
    SCRIPT = "script"
    GO = "go"
    SHELL = "shell"
    DOCKERFILE = "dockerfile"
    MAKEFILE = "makefile"
    WORKFLOW = "workflow"
    COMPOSE = "compose"
    DOTENV = "dotenv"
    CANONICAL = "canonical"


_HOSTLIKE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+(?::[0-9]{1,5})?/?")


def written(parts: Parts) -> list[Json]:
    """An address in a fact."""
    return [part if isinstance(part, str) else [part.kind, part.name] for part in until_path(parts)]


def read(data: Iterable[Any]) -> Parts:
    """The reverse of `written`."""
    return tuple(part if isinstance(part, str) else Hole(str(part[0]), str(part[1])) for part in data)


def kept(parts: Parts, hosts: Sequence[str]) -> Parts:
    """A text that others may read, without what is nobody's business: only hosts matter, and only protected ones."""
    if all(isinstance(part, str) for part in parts):
        text = "".join(map(str, parts))
        if "://" in text or text.startswith("//"):
            found = answer(parts, hosts)
            return (f"https://{sample(found.host) if found.verdict is Verdict.PROVEN else OTHER}/",)
        if _HOSTLIKE.fullmatch(text):
            found = answer(parts, hosts, is_authority=True)
            return (sample(found.host) if found.verdict is Verdict.PROVEN else OTHER,)
        return (
            ("/",)
            if text.startswith("/")
            else (text,)
            if text in {"http", "https", "http://", "https://"}
            else (Hole(),)
        )
    return until_path(parts)


def sample(pattern: str) -> str:
    """A host that a pattern stands for."""
    return normal(pattern.replace("*", "any"))
