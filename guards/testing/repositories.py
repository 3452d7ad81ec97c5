"""Throw-away git repositories, and a guard's run in one."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from guards._core.mending import mend
from guards._core.model import Guard
from guards._core.registry import Registry
from guards._core.report import Report
from guards._core.runner import Request, run

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Author",
    "GIT_AUTHOR_EMAIL": "author@example.org",
    "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "Author",
    "GIT_COMMITTER_EMAIL": "author@example.org",
    "GIT_COMMITTER_DATE": "2001-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
_BRANCH = "main"
_CONFIG = {
    "core.autocrlf": "false",
    "core.excludesFile": os.devnull,  # what the developer ignores everywhere is of no concern to a test
    "core.hooksPath": os.devnull,
    "core.symlinks": "true",
}


class Link(str):
    """In a tree: a symbolic link with this target."""

    __slots__ = ()


class Submodule(str):
    """In a tree: a submodule recorded at this commit id."""

    __slots__ = ()


Content: TypeAlias = bytes | Link | Submodule
"""What can be at a path of a tree."""


def run_guard(
    guard: Guard[Any],
    tree: Mapping[str, Content],
    *,
    untracked: Mapping[str, Content] | None = None,
    base: Mapping[str, Content] | None = None,
    options: Mapping[str, Any] | None = None,
    canonical: str = "",
    earlier: Sequence[str] = (),
    shallow: bool = False,
) -> Report:
    """The report of a guard on a repository that tracks `tree`: path to content.

    `untracked` is on disk only. With `base`, a commit of that comes first and only what is new since then is reported.
    `options` is the guard's table in the configuration, `canonical` the text of canonical.yaml. `earlier`: what
    canonical.yaml in the tree was in earlier commits, the oldest first; `shallow`: the clone has no more than the last.
    """
    if earlier:
        tree, canonical = {**tree, "canonical.yaml": canonical.encode()}, ""
    with (
        repository(tree, untracked=untracked, base=base, earlier=earlier, shallow=shallow) as root,
        tempfile.TemporaryDirectory() as outside,
    ):
        request = _request(guard, root, outside, options, canonical, since="HEAD" if base is not None else "")
        return run(request, registry=Registry(given=(guard,)))


def fix_guard(
    guard: Guard[Any],
    tree: Mapping[str, Content],
    *,
    untracked: Mapping[str, Content] | None = None,
    options: Mapping[str, Any] | None = None,
    canonical: str = "",
) -> tuple[Report, dict[str, bytes]]:
    """The report of a guard's `--fix` on such a repository, and the files that it leaves on disk, by path."""
    with repository(tree, untracked=untracked) as root, tempfile.TemporaryDirectory() as outside:
        request = _request(guard, root, outside, options, canonical)
        report = mend(request, registry=Registry(given=(guard,))).report
        return report, _files(root)


def _request(
    guard: Guard[Any], root: str, outside: str, options: Mapping[str, Any] | None, canonical: str, *, since: str = ""
) -> Request:
    return Request(
        cwd=root,
        guards=(guard.id,),
        since=since,
        config=_file(outside, "guard.toml", f"[{json.dumps(guard.id)}]\n{_toml_lines(options)}") if options else "",
        canonical=_file(outside, "canonical.yaml", canonical) if canonical else "",
        use_cache=False,
    )


def _files(root: str) -> dict[str, bytes]:
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in {".git", ".guard"}]
        for full in (os.path.join(folder, name) for name in names):
            if not os.path.islink(full):
                with open(full, "rb") as file:
                    found[os.path.relpath(full, root).replace(os.sep, "/")] = file.read()
    return found


@contextlib.contextmanager
def repository(
    tree: Mapping[str, Content],
    *,
    untracked: Mapping[str, Content] | None = None,
    base: Mapping[str, Content] | None = None,
    earlier: Sequence[str] = (),
    shallow: bool = False,
) -> Iterator[str]:
    """The root of a repository with these files; it is gone after the block. Needs git on PATH."""
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.realpath(folder)
        _git(root, "init", "--quiet", "--template=", f"--initial-branch={_BRANCH}")
        for key, value in _CONFIG.items():
            _git(root, "config", key, value)
        commits: list[Mapping[str, Content]] = [{"canonical.yaml": text.encode()} for text in earlier]
        for files in [*commits, *([base] if base is not None else [])]:
            _track(root, files)
            _git(root, "commit", "--quiet", "--allow-empty", "--message=base")
            _git(root, "rm", "-r", "--quiet", "--force", "--ignore-unmatch", "--", ".")
        if shallow:
            with open(os.path.join(root, ".git", "refs", "heads", _BRANCH), encoding="ascii") as head:
                _file(os.path.join(root, ".git"), "shallow", head.read())
        _track(root, tree)
        _write(root, untracked or {})
        yield root


def _track(root: str, tree: Mapping[str, Content]) -> None:
    _write(root, tree)
    _git(root, "add", "--all", "--force")
    for path, content in tree.items():
        if isinstance(content, Submodule):
            _git(root, "update-index", "--add", "--cacheinfo", f"160000,{content},{path}")


def _write(root: str, tree: Mapping[str, Content]) -> None:
    for path, content in tree.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if isinstance(content, Link):
            os.symlink(content, full)
        elif isinstance(content, Submodule):
            os.makedirs(full, exist_ok=True)
        else:
            with open(full, "xb") as file:
                file.write(content)


def _git(root: str, *arguments: str) -> None:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(
        ["git", *arguments], cwd=root, env=inherited | _IDENTITY, capture_output=True, timeout=60, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.decode('utf-8', 'replace').strip()}")


def _file(folder: str, name: str, text: str) -> str:
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _toml_lines(table: Mapping[str, Any] | None) -> str:
    return "".join(f"{json.dumps(key)} = {_toml(value)}\n" for key, value in (table or {}).items())


def _toml(value: Any) -> str:
    """Plain data in TOML: JSON's texts, numbers and lists are TOML's."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
