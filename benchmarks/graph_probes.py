"""boundaries beside others on the trees of `tests/probes/graphs.py`: `python -m benchmarks.graph_probes [TACH]`.

Of the contracts that are broken, how many are said to be; and of those that hold, how many are said to be broken all
the same. Import-linter is given the same contract. Tach knows no contracts but dependencies of modules: forbidden ones,
layers, visibility and circles are written as it would write them. TACH is the program; without it, it is left out.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.guards.test_boundaries import broken
from tests.probes.graphs import GRAPHS, Graph

_LINTER = "import sys; sys.path[:0] = {roots!r}; from importlinter.cli import lint_imports_command as run; run()"


def main(tach: str) -> None:
    """Print a table."""
    tools: dict[str, Callable[[Graph], bool | None]] = {"guard boundaries": broken, "import-linter": _linter}
    if tach:
        tools["tach"] = lambda graph: _tach(graph, tach)
    sys.stdout.write(
        "| tool | graphs | found | of | in vain | of | cannot say |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    )
    for name, tool in tools.items():
        for group in ("written", "generated", "scripts"):
            graphs = [graph for graph in GRAPHS if _group(graph) == group]
            _row(name, group, [(graph, tool(graph)) for graph in graphs])


def _group(graph: Graph) -> str:
    if graph.language == "scripts":
        return "scripts"
    return "generated" if graph.name.startswith("generated") else "written"


def _row(name: str, group: str, told: Iterable[tuple[Graph, bool | None]]) -> None:
    told = list(told)
    bad = [one for graph, one in told if graph.is_broken]
    good = [one for graph, one in told if not graph.is_broken]
    silent = sum(one is None for _, one in told)
    cells = (name, group, bad.count(True), len(bad), good.count(True), len(good), silent)
    sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")
    for graph, one in told:
        if one is not None and one != graph.is_broken:
            sys.stderr.write(f"{name}: {graph}: {one}\n")


def _laid_out(root: Path, tree: Mapping[str, str]) -> None:
    for path, text in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, newline="")


def _roots(graph: Graph) -> list[str]:
    """The folders that packages stand in: what an installation would put on the path."""
    found = {path.partition("app/")[0] for path in graph.tree if "app/" in path}
    return sorted(f"./{one}" for one in found)


def _linter(graph: Graph) -> bool | None:
    """None: it ends with an error."""
    if graph.language == "scripts":
        return None
    with tempfile.TemporaryDirectory() as folder:
        _laid_out(Path(folder), graph.tree)
        head = "[tool.importlinter]\nroot_package = 'app'\ninclude_external_packages = true\n"
        if graph.settings.get("imports-for-types") is False:
            head += "exclude_type_checking_imports = true\n"
        contract = "".join(f"{key} = {json.dumps(value)}\n" for key, value in graph.contract.items())
        text = f"{head}[[tool.importlinter.contracts]]\nname = 'c'\n{contract}"
        (Path(folder) / "pyproject.toml").write_text(text)
        command = [sys.executable, "-c", _LINTER.format(roots=_roots(graph)), "--no-cache"]
        said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
    return True if "c BROKEN" in said else False if "c KEPT" in said else None


# ---- Tach -----------------------------------------------------------------------------------------------------------


def _tach(graph: Graph, program: str) -> bool | None:
    contract = graph.contract
    if (
        graph.language == "scripts"
        or "ignore_imports" in contract
        or "requests" in contract.get("forbidden_modules", ())
    ):
        return None
    with tempfile.TemporaryDirectory() as folder:
        _laid_out(Path(folder), graph.tree)
        roots = [one.rstrip("/") for one in _roots(graph)]
        lines = [f"source_roots = {json.dumps(roots)}", 'root_module = "ignore"', *_settings_of_tach(graph)]
        (Path(folder) / "tach.toml").write_text("\n".join(lines) + "\n")
        command = [program, "check", "--output", "json"]
        told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if told.returncode not in {0, 1} or not told.stdout.lstrip().startswith("["):
        return None
    return any("Error" in json.dumps(one) for one in json.loads(told.stdout))


def _settings_of_tach(graph: Graph) -> Iterator[str]:
    contract: Mapping[str, Any] = graph.contract
    yield f"ignore_type_checking_imports = {json.dumps(graph.settings.get('imports-for-types') is False)}"
    match contract["type"]:
        case "forbidden":
            yield from _modules(dict.fromkeys(contract["source_modules"], contract["forbidden_modules"]))
        case "independence":
            names = contract["modules"]
            yield from _modules({one: [other for other in names if other != one] for one in names})
        case "layers":
            yield from _modules(_forbidden_by(contract["layers"]))
        case "protected":
            allowed = contract["allowed_importers"]
            for name in contract["protected_modules"]:
                yield f"[[modules]]\npath = {json.dumps(name)}\nvisibility = {json.dumps(allowed)}"
            yield from (f"[[modules]]\npath = {json.dumps(name)}" for name in ("app.a", *allowed))
        case "acyclic_siblings":
            yield "forbid_circular_dependencies = true"
            names = ("app.a", "app.b", "app.c")
            for name in names:
                text = graph.tree[f"{name.replace('.', '/')}.py"]
                others = [one for one in names if one in text]
                yield f"[[modules]]\npath = {json.dumps(name)}\ndepends_on = {json.dumps(others)}"


def _forbidden_by(layers: Iterable[str]) -> dict[str, list[str]]:
    """What each module of some layers must not depend on."""
    found: dict[str, list[str]] = {}
    for layer in layers:
        names = re.split(r" [|:] ", layer)
        above = list(found)
        for name in names:
            found[name] = above + ([other for other in names if other != name] if "|" in layer else [])
    return found


def _modules(forbidden: Mapping[str, Iterable[str]]) -> Iterator[str]:
    known = set(forbidden)
    for name, others in forbidden.items():
        yield f"[[modules]]\npath = {json.dumps(name)}\ncannot_depend_on = {json.dumps(list(others))}"
    for other in sorted({one for others in forbidden.values() for one in others} - known):
        yield f"[[modules]]\npath = {json.dumps(other)}"


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
