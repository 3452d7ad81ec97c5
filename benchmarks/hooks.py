"""One hook of guard beside the five that it replaces, in a repository in which each of them has something to do.

Both sides check the same: a contract between packages, a schema of documents, secrets, marks of conflicts, large files.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence

from benchmarks import corpora

ONE, FIVE = "one-hook.yaml", "five-hooks.yaml"
_HOOKS: dict[str, tuple[str, str]] = {
    "detect-secrets": ("detect-secrets-hook --baseline .secrets.baseline", "types: [text]"),
    "check-jsonschema": ("check-jsonschema --schemafile record.schema.json", r"files: '^records/.*\.json$'"),
    "import-linter": ("lint-imports", "{types: [python], pass_filenames: false}"),
    "check-merge-conflict": ("check-merge-conflict", "types: [text]"),
    "check-added-large-files": ("check-added-large-files", "stages: [pre-commit]"),
}
_CONTRACTS = """\
[importlinter]
root_package = django

[importlinter:contract:database]
name = nothing else needs PostgreSQL
type = protected
protected_modules = django.contrib.postgres
allowed_importers = django.contrib.postgres

[importlinter:contract:translation]
name = translation knows nothing of what may be left out
type = forbidden
source_modules = django.utils.translation
forbidden_modules =
    django.contrib.flatpages
    django.contrib.gis
    django.contrib.postgres
"""
_CANONICAL = """\
guard: 1
layers:
  adopt: [.importlinter]
schemas:
  "records/*.json": record.schema.json
"""
_SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}


def tree(folder: str, commands: str, peers: str) -> str:
    """The folder with settings for both sides; `commands` and `peers`: where the programs of each are."""
    for path, text in (
        (".importlinter", _CONTRACTS),
        ("canonical.yaml", _CANONICAL),
        ("record.schema.json", json.dumps(_SCHEMA)),
        ("records/kept.json", json.dumps({"id": 0})),
        (FIVE, _config({name: (f"{peers}/{entry}", more) for name, (entry, more) in _HOOKS.items()})),
        (ONE, _config({"guard": (f"{commands}/guard all --hook", "{pass_filenames: false, always_run: true}")})),
    ):
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
    scan = (os.path.join(peers, "detect-secrets"), "scan", "--no-verify", *python_files(folder))
    with open(os.path.join(folder, ".secrets.baseline"), "wb") as file:
        subprocess.run(scan, cwd=folder, env=corpora.environment(), check=True, stdout=file)
    paths = (".importlinter", ".secrets.baseline", "canonical.yaml", "record.schema.json", "records", ONE, FIVE)
    corpora.git(folder, "add", "--force", "--", *paths)
    corpora.git(folder, "commit", "--quiet", "--allow-empty", "--message", "Hooks")
    return folder


def _config(hooks: dict[str, tuple[str, str]]) -> str:
    """Of programs that are installed: what it takes to fetch them is not measured."""
    lines = ["repos:", "  - repo: local", "    hooks:"]
    for name, (entry, more) in hooks.items():
        lines += [f"      - id: {name}", f"        name: {name}", f"        entry: {entry}", "        language: system"]
        lines += [f"        {one}" for one in more.strip("{}").split(", ")]
    return "\n".join(lines) + "\n"


def python_files(folder: str) -> list[str]:
    """Ten modules of a middling size, spread over the package, and none that is a package; the same ones every time."""
    paths = corpora.git(folder, "ls-files", "-z", "--", "django/*.py").split("\0")[:-1]
    modules = [path for path in paths if not path.endswith("__init__.py")]
    middling = [path for path in modules if 2_000 <= os.lstat(os.path.join(folder, path)).st_size <= 20_000]
    return middling[:: len(middling) // 10][:10]


class Staging:
    """Stages edits, and with them, if wanted, a document that changed and one that is new."""

    def __init__(self, folder: str, edit: Callable[[int], None], paths: Sequence[str], *, with_documents: bool) -> None:
        self._folder = folder
        self._edit = edit
        self._paths = paths
        self._with_documents = with_documents
        self._new = ""

    def __call__(self, number: int) -> None:
        self._edit(number)
        if self._with_documents:
            if self._new:
                corpora.git(self._folder, "rm", "--quiet", "--force", "--", self._new)
            self._new = f"records/{number}-{os.urandom(4).hex()}.json"
            for path in ("records/kept.json", self._new):
                with open(os.path.join(self._folder, path), "w", encoding="utf-8") as file:
                    json.dump({"id": number, "name": self._new}, file)
        corpora.git(self._folder, "add", "--force", "--", *self._paths, "records")
