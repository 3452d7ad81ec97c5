"""`guard cache`: what the run store holds, and forgetting it."""

from __future__ import annotations

import os

import click

from guards._cli.writing import write_stdout
from guards._core import git as git_, seal
from guards._core.store import Store, open_store


@click.group("cache", short_help="Show or clear what earlier runs learned.")
def cache() -> None:
    """What earlier runs learned about this repository, kept in .guard/ at its root."""


@cache.command("info")
def info() -> int:
    """Show where the cache is, how large it is, and whether it can be used."""
    store = _store()
    if store is None:
        write_stdout(f"no cache: {_why_none()}\n")
        return 0
    count, size = store.size()
    write_stdout(f"folder   {store.folder}\nrecords  {count:,}\nsize     {_amount(size)}\nkey      {_key_source()}\n")
    return 0


@cache.command("clear")
def clear() -> int:
    """Forget everything; the next run looks at every file again."""
    store = _store()
    count = store.clear() if store is not None else 0
    write_stdout(f"forgot {count:,} records\n")
    return 0


def _store() -> Store | None:
    return open_store(git_.root_of(os.getcwd()))


def _why_none() -> str:
    if seal.read_key(git_.root_of(os.getcwd())) is None:
        return f"no key can be kept at {seal.key_path()}, or it is inside the tree"
    return ".guard at the root is a link, is not a folder, or belongs to somebody else"


def _key_source() -> str:
    return "GUARD_CACHE_KEY" if os.environ.get("GUARD_CACHE_KEY") else seal.key_path()


def _amount(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB" if size >= 1 << 20 else f"{size / 1024:.1f} KiB"
