"""Which files concern this guard, and what a scan may know of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from guards._code.places import is_test
from guards._code.syntax.grammars import GRAMMAR_OF
from guards._core.model import Skipped, Trigger
from guards.no_direct_http.clients import GO_SIGNS, PYTHON_SIGNS, SCRIPT_SIGNS, SHELL_SIGNS
from guards.no_direct_http.facts import Role
from guards.no_direct_http.options import Options

CANONICAL = frozenset({"canonical.yaml", "config/canonical.yaml"})
SUFFIXES = frozenset({
    *GRAMMAR_OF, ".go",
    ".py", ".pyi", ".sh", ".bash", ".zsh", ".ksh", ".bats", ".mk", ".yml", ".yaml", ".env", ".dockerfile",
    ".example", ".sample", ".template", ".dist", ".local", ".envrc",
})  # fmt: skip
_SHELLS = frozenset({".sh", ".bash", ".zsh", ".ksh", ".bats"})
_DOTENV = re.compile(r"(?:.*\.)?env(?:\..+)?|\.envrc")
_DOCKERFILE = re.compile(r"(?:.*\.)?(?:Dockerfile|Containerfile)(?:\..*)?", re.IGNORECASE)
_COMPOSE = re.compile(r"(?:docker-)?compose(?:[.-].*)?\.ya?ml")
_GENERATED = re.compile(r".*\.min\.[cm]?js|.*\.bundle\.js|.*-lock\.ya?ml")
_OF_OTHERS = re.compile(r"(?:^|/)(?:node_modules|bower_components|site-packages|vendor(?:ed)?|third[-_]party)(?:/|$)")
TESTS = "tests"
"""In the path class of a Python file: what is only written there does not matter."""
NAMES = frozenset({
    "Dockerfile", "Containerfile", "Makefile", "makefile", "GNUmakefile", ".env", ".envrc", "canonical.yaml",
})  # fmt: skip


class Slice(NamedTuple):
    """All of canonical.yaml that a scan depends on: which hosts are protected, not whose they are."""

    hosts: tuple[str, ...] = ()


def scan_slice(options: Options, canonical: Any) -> Slice:
    """What scan depends on."""
    clients = canonical.values() if isinstance(canonical, Mapping) else ()
    return Slice(tuple(sorted({host for client in clients for host in client.hosts})))


def classify(path: str, slice_: Slice) -> str | Skipped | None:
    """What a path is."""
    if path in CANONICAL:
        return Role.CANONICAL
    if not slice_.hosts:
        return None
    folder, name = posixpath.split(path)
    if _GENERATED.fullmatch(name):
        return Skipped("generated: written by no person")
    if _OF_OTHERS.search(folder):
        return Skipped("in a folder of other people's code")
    suffix = posixpath.splitext(name)[1].lower()
    if suffix in {".py", ".pyi"}:
        return f"{Role.PYTHON}:{TESTS}" if is_test(path) else Role.PYTHON
    if suffix in GRAMMAR_OF:
        return None if name.endswith(".d.ts") else f"{Role.SCRIPT}:{suffix}"
    return Role.GO if suffix == ".go" else _other(folder, name, suffix)


def _other(folder: str, name: str, suffix: str) -> str | None:
    if suffix in _SHELLS:
        return Role.SHELL
    if suffix == ".mk" or name in {"Makefile", "makefile", "GNUmakefile"}:
        return Role.MAKEFILE
    if _DOCKERFILE.fullmatch(name):
        return Role.DOCKERFILE
    if suffix in {".yml", ".yaml"}:
        if folder.endswith(".github/workflows") or name in {"action.yml", "action.yaml", ".gitlab-ci.yml"}:
            return Role.WORKFLOW
        return Role.COMPOSE if _COMPOSE.fullmatch(name) else None
    return Role.DOTENV if _DOTENV.fullmatch(name) else None


def role_of(path_class: str) -> tuple[Role, str]:
    """What a file is, and its suffix or what else matters of its path."""
    role, _, suffix = path_class.partition(":")
    return Role(role), suffix


def whatever_triggers(path_class: str) -> bool:
    """Small files that declare variables, and canonical.yaml."""
    return role_of(path_class)[0] in {Role.CANONICAL, Role.DOTENV, Role.COMPOSE}


_SIGNS = (*PYTHON_SIGNS, *SCRIPT_SIGNS, *GO_SIGNS, *SHELL_SIGNS)


def triggers(slice_: Slice, documents: Any) -> tuple[Trigger, ...]:
    """The names of clients, without which no file can call anything, and the protected hosts themselves."""
    found = [Trigger(sign) for sign in _SIGNS]
    return (*found, *(Trigger(host.removeprefix("*."), literal=True, caseless=True) for host in slice_.hosts))


OF_PYTHON = range(len(PYTHON_SIGNS))
OF_SCRIPTS = range(OF_PYTHON.stop, OF_PYTHON.stop + len(SCRIPT_SIGNS))
OF_GO = range(OF_SCRIPTS.stop, OF_SCRIPTS.stop + len(GO_SIGNS))
OF_SHELLS = range(OF_GO.stop, len(_SIGNS))
"""Which triggers are words of which language."""


def host_lines(hits: Mapping[int, Any]) -> list[int]:
    """The offsets of the lines with a protected host."""
    return sorted({offset for number, offsets in hits.items() if number >= len(_SIGNS) for offset in offsets})
