"""Run the JSON Schema Test Suite through the schema guard's engine, and print how many cases agree.

    python -m benchmarks.json_schema_suite [FOLDER]

FOLDER holds the suite (`tests/` and `remotes/`). Without it, the copy inside the source distribution of the
`jsonschema` package is downloaded by pip. The exit code is 1 if a required case, or a format case, disagrees.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from guards.schema.engine import BrokenSchemaError, Engine, UndecidedError
from guards.schema.library import Library

DRAFTS = {"draft4": 4, "draft6": 6, "draft7": 7, "draft2019-09": 2019, "draft2020-12": 2020}
SOURCE = "jsonschema==4.26.0"
_ROOT = "https://this-repository.invalid/case.json"


def main(arguments: list[str]) -> int:
    """Print a line per draft and kind of case; the names of the cases that disagree follow."""
    with tempfile.TemporaryDirectory() as scratch:
        suite = arguments[0] if arguments else download(scratch)
        remotes = read_remotes(os.path.join(suite, "remotes"))
        bad = 0
        for draft in DRAFTS:
            for kind in ("required", "optional", "format"):
                agree, wrong = run(os.path.join(suite, "tests", draft), kind, draft, remotes)
                print(f"{draft:13} {kind:9} {agree:5} of {agree + len(wrong):5} agree")
                for name in wrong:
                    print(f"    {name}")
                bad += len(wrong) if kind != "optional" else 0
    return 1 if bad else 0


def download(folder: str) -> str:
    """Fetch the source distribution that carries the suite; returns the suite's folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", SOURCE]
    subprocess.run([*command, "--dest", folder], check=True)
    archive = next(name for name in os.listdir(folder) if name.endswith(".tar.gz"))
    with tarfile.open(os.path.join(folder, archive)) as tar:
        tar.extractall(folder, filter="data")
    return os.path.join(folder, archive.removesuffix(".tar.gz"), "json")


def read_remotes(folder: str) -> dict[str, bytes]:
    """The documents that the suite expects at http://localhost:1234, by address."""
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                found["http://localhost:1234/" + os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
    return found


def run(folder: str, kind: str, draft: str, remotes: Mapping[str, bytes]) -> tuple[int, list[str]]:
    """The number of cases on which the engine agrees, and the names of the others."""
    outcome: Counter[bool] = Counter()
    wrong: list[str] = []
    for path in _files(folder, kind):
        with open(path, "rb") as file:
            groups = json.load(file)
        for group in groups:
            for case, answer in _answers(group, draft, remotes, formats=kind == "format"):
                outcome[answer == case["valid"]] += 1
                if answer != case["valid"]:
                    name = f"{os.path.basename(path)}: {group['description']}: {case['description']}"
                    wrong.append(f"{name}: {answer}")
    return outcome[True], wrong


def _files(folder: str, kind: str) -> Iterator[str]:
    inside = {"required": folder, "optional": f"{folder}/optional", "format": f"{folder}/optional/format"}[kind]
    for name in sorted(os.listdir(inside)):
        if name.endswith(".json"):
            yield os.path.join(inside, name)


def _answers(
    group: dict[str, Any], draft: str, remotes: Mapping[str, bytes], *, formats: bool
) -> Iterator[tuple[dict[str, Any], bool | str]]:
    documents = {_ROOT: json.dumps(group["schema"]).encode(), **remotes}
    try:
        engine = Engine(_ROOT, Library(documents, DRAFTS[draft]), formats=formats)
    except BrokenSchemaError as error:
        yield from ((case, f"no engine: {error}") for case in group["tests"])
        return
    for case in group["tests"]:
        try:
            answer = engine.fits(case["data"])
            if answer != (not list(engine.flaws(case["data"]))):
                yield case, "fits and flaws differ"
                continue
        except UndecidedError as error:
            yield case, f"undecided: {error}"
            continue
        yield case, answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
