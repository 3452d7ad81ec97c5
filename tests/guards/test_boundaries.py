"""The boundaries guard: its examples, what Python and scripts import, and agreement with import-linter."""

from __future__ import annotations

import ast
import itertools
import json
import keyword
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from guards._code.modules import imported_module, python_modules
from guards._code.python_imports import imports
from guards._core.model import Level
from guards._core.report import Report
from guards.boundaries import GUARD
from guards.boundaries.graph import Graph, Use
from guards.testing import Example, check_example, check_guard, examples, run_guard
from tests.probes.graphs import GRAPHS, Graph as Probe

EXAMPLES = examples(Path(__file__).parent / "boundaries")


def run(tree: Mapping[str, str], layers: str = "{}") -> Report:
    tree = {**tree, "canonical.yaml": f"guard: 1\nlayers: {layers}\n"}
    return run_guard(GUARD, {path: text.encode() for path, text in tree.items()})


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    check_example(GUARD, example)


def test_contract() -> None:
    check_guard(GUARD, EXAMPLES)


def test_all_rules_are_errors() -> None:
    assert {rule.level for rule in GUARD.rules} == {Level.ERROR}


# ---- What Python imports --------------------------------------------------------------------------------------------


def told(text: str) -> list[tuple[str, str]]:
    return [(one.module, one.name) for one in imports(text.encode())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b as c, d", [("a.b", ""), ("d", "")]),
        ("from a import (b as c,  # d\n    e,\n)", [("a", "b"), ("a", "e")]),
        ("from . import b\nfrom ..c import *\nfrom.d import e", [(".", "b"), ("..c", "*"), (".d", "e")]),
        ("from a \\\n  import b, \\\n  c", [("a", "b"), ("a", "c")]),
        ("try: import a\nexcept E: from b import c; import d", [("a", ""), ("b", "c"), ("d", "")]),
        ("x = '''\nimport a\n'''\nimport b", [("b", "")]),
        ('x = """a\\"""\nimport a"""; import b', [("b", "")]),
        ("# : import a\nx = ': import b'", []),
        ("importlib.import_module('a.b')\n__import__( \"c\" )\nimport_module(name)", [("a.b", ""), ("c", "")]),
        ("print 'for Python 2'\nimport a\nexec 'x' in y", [("a", "")]),
        ("def broken(:\n  import a\n", [("a", "")]),
        ("from ünter import höhe", [("ünter", "höhe")]),
        ("yield\nfrom a\nimport_ = 1\nimported = 2", []),
    ],
)
def test_imports_of_all_forms_are_told_from_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(text) == expected


def test_imports_agree_with_the_parser_on_the_standard_library() -> None:
    """The reader of tokens sees what Python's own parser sees, in code that nobody here wrote."""
    files = sorted(Path(ast.__file__).parent.glob("*.py"))
    assert len(files) > 100
    for file in files:
        data = file.read_bytes()
        found = sorted((one.module, one.name) for one in imports(data) if not data[one.start :].startswith(b"__"))
        wanted = []
        for node in ast.walk(ast.parse(data)):
            if isinstance(node, ast.Import):
                wanted += [(alias.name, "") for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                wanted += [("." * node.level + (node.module or ""), alias.name) for alias in node.names]
        dynamic = [one for one in imports(data) if data[one.start : one.start + 13] == b"import_module"]
        assert found == sorted(wanted + [(one.module, "") for one in dynamic]), file


_NAME = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name))


_BEFORE = st.sampled_from(["", "'''a\nimport b\n'''\n", "x = 1; ", "if x:\n    ", "# '''\n"])
_NAMES = st.lists(_NAME, min_size=1, max_size=4)


@given(module=_NAMES, names=_NAMES, wraps=st.booleans(), before=_BEFORE)
def test_imports_are_found_whatever_is_around(module: list[str], names: list[str], wraps: bool, before: str) -> None:
    inside = ",\n  ".join(names) if wraps else ", ".join(names)
    text = f"{before}from {'.'.join(module)} import {f'({inside})' if wraps else inside}\n'import z'\n"
    ast.parse(text)
    assert told(text) == [(".".join(module), name) for name in names]


@given(st.binary(max_size=200))
def test_no_bytes_end_it(data: bytes) -> None:
    list(imports(b"import a\n" + data + b"\nfrom b import c"))


# ---- Modules --------------------------------------------------------------------------------------------------------


def test_packages_are_found_where_they_stand() -> None:
    """A layout in `src`, a package at the root, and a copy for tests beside it, which is not the one that is meant."""
    paths = ["lib/x/__init__.py", "src/app/__init__.py", "src/app/a/b.py", "tests/app/__init__.py", "tests/app/c.py"]
    found = python_modules(paths, {"app"})
    assert found.paths == {"app": "src/app/__init__.py", "app.a.b": "src/app/a/b.py"}


def test_two_equal_packages_are_told() -> None:
    tree = {"a/app/__init__.py": "", "b/app/__init__.py": "", "b/app/x.py": "", "a/app/x.py": ""}
    contract = "[{name: n, type: independence, modules: [app.x]}]"
    found = run(tree, f"{{contracts: {contract}}}").findings
    assert [(one.rule, one.subject) for one in found] == [("boundaries/unmatched", "package app")]
    assert not run(tree, f"{{contracts: {contract}, sources: [b]}}").findings


@pytest.mark.parametrize(
    ("module", "name", "path", "expected"),
    [
        ("app.a", "b", "app/c.py", "app.a.b"),
        ("app.a", "nothing", "app/c.py", "app.a"),
        (".", "c", "app/a/__init__.py", ""),
        ("..", "c", "app/a/__init__.py", "app.c"),
        (".b", "x", "app/a/__init__.py", "app.a.b"),
        (".a.b", "x", "app/c.py", "app.a.b"),
        ("os.path", "join", "app/c.py", "os.path"),
        ("....", "x", "app/c.py", ""),
        ("app.gone", "x", "app/c.py", ""),
    ],
)
def test_an_import_leads_to_a_module(module: str, name: str, path: str, expected: str) -> None:
    modules = python_modules(["app/__init__.py", "app/a/__init__.py", "app/a/b.py", "app/c.py"], {"app"})
    found = imported_module(module, name, path, modules)
    assert found == expected or (found, expected) == ("app.a", "")


# ---- The graph ------------------------------------------------------------------------------------------------------

_USE = [Use("x.py", None)]  # type: ignore[arg-type]
_MODULES = [f"m{number}" for number in range(6)]
_EDGES = st.sets(
    st.tuples(st.sampled_from(_MODULES), st.sampled_from(_MODULES)).filter(lambda edge: edge[0] != edge[1])
)


@given(_EDGES)
def test_a_way_is_found_exactly_where_there_is_one(edges: set[tuple[str, str]]) -> None:
    """Against a closure by brute force; and each way goes along imports, and around what is barred."""
    graph = Graph(_MODULES, dict.fromkeys(edges, _USE))
    reach = {name: {name} for name in _MODULES}
    for _ in _MODULES:
        for one, other in edges:
            if one != "m5":
                for name in _MODULES:
                    if one in reach[name]:
                        reach[name].add(other)
    ways = [breach.chain for breach in graph.breaches(["m0"], ["m1"], {"m5"})]
    assert bool(ways) == ("m1" in reach["m0"])
    for way in ways:
        assert set(itertools.pairwise(way)) <= edges
        assert "m5" not in way


@given(_EDGES)
def test_a_circle_is_found_exactly_where_there_is_one(edges: set[tuple[str, str]]) -> None:
    graph = Graph([f"p.{name}" for name in _MODULES], {(f"p.{a}", f"p.{b}"): _USE for a, b in edges})
    left = set(_MODULES)
    while free := {name for name in left if not any(one == name and other in left for one, other in edges)}:
        left -= free
    circles = list(graph.cycles("p"))
    assert bool(circles) == bool(left)
    for circle in circles:
        assert circle[0] == circle[-1]
        assert all((one[2:], other[2:]) in edges for one, other in itertools.pairwise(circle))


# ---- Findings -------------------------------------------------------------------------------------------------------

_TREE = {
    "app/__init__.py": "",
    "app/high.py": "",
    "app/middle.py": "import os\n\nfrom app import high\n",
    "app/low.py": "from .middle import something\n",
}


def test_a_way_is_shown_hop_by_hop() -> None:
    (found,) = run(_TREE, "{contracts: [{name: down, type: layers, layers: [app.high, app.low]}]}").findings
    assert (found.path, found.span and found.span.line) == ("app/low.py", 1)
    assert "app.low → app.middle → app.high" in found.message
    hops = [(place.path, place.span and place.span.line) for place in found.related]
    assert hops == [("app/middle.py", 3), ("canonical.yaml", 2)]


def test_an_ignored_import_has_to_exist() -> None:
    contract = "{name: down, type: layers, layers: [app.high, app.low], ignore-imports: [%s]}"
    assert not run(_TREE, "{contracts: [%s]}" % (contract % "app.middle -> app.high")).findings
    found = run(_TREE, "{contracts: [%s]}" % (contract % "app.middle -> app.high, app.high -> app.*")).findings
    assert [one.rule for one in found] == ["boundaries/unmatched"]


@pytest.mark.parametrize(
    ("layers", "where", "says"),
    [
        ("{contracts: [{name: a, type: layer}]}", (2, 38), "expected one of"),
        ("{contracts: [{name: a, type: layers}]}", (2, 22), "needs 'layers'"),
        ("{contracts: [{name: a, type: layers, layers: [a], modules: [b]}]}", (2, 59), "has no 'modules'"),
        ("{contracts: [{name: a, type: layers, layers: ['a | b : c']}]}", (2, 55), "not both"),
        ("{contracts: [{name: a, type: layers, layers: [a, a]}]}", (2, 58), "in two layers"),
        ("{contracts: [{name: a, type: independence, modules: [a b]}]}", (2, 62), "no name of a module"),
        ("{calls: [{call: print, construct: exec}]}", (2, 18), "either `call` or `construct`"),
        ("{calls: [{call: print, only-in: ['[']}]}", (2, 42), "never closed"),
        ("{contract: []}", (2, 10), "did you mean 'contracts'"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_place(layers: str, where: tuple[int, int], says: str) -> None:
    (problem,) = run(_TREE, layers).problems
    assert says in problem.reason
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == where


def test_without_its_section_it_is_no_part_of_a_run() -> None:
    report = run_guard(GUARD, {"app/a.py": b"import app.b"}, canonical="guard: 1\n")
    assert not report.findings
    assert not report.problems


# ---- Graphs ---------------------------------------------------------------------------------------------------------


def broken(graph: Probe) -> bool:
    """Whether the guard says that the contract of a probe is broken."""
    contract = {key.replace("_", "-"): value for key, value in graph.contract.items()}
    section = {"contracts": [{"name": "c", **contract, "type": contract["type"].replace("_", "-")}], **graph.settings}
    report = run(graph.tree, json.dumps(section))
    assert not report.problems
    assert "boundaries/unmatched" not in {one.rule for one in report.findings}
    return bool(report.findings)


@pytest.mark.parametrize("graph", GRAPHS, ids=str)
def test_graph(graph: Probe) -> None:
    assert broken(graph) == graph.is_broken


def test_there_are_enough_graphs() -> None:
    assert len(GRAPHS) >= 60
    assert min(sum(graph.is_broken == wanted for graph in GRAPHS) for wanted in (True, False)) > 30


# ---- Agreement with import-linter -----------------------------------------------------------------------------------


def _tree(rng: random.Random) -> dict[str, str]:
    """A package of four packages with three modules each, that import each other at random in all forms."""
    modules = [f"p.{one}" for one in "abcd"] + [f"p.{one}.m{number}" for one in "abcd" for number in range(3)]
    paths = {name: name.replace(".", "/") + ("/__init__.py" if name.count(".") == 1 else ".py") for name in modules}
    lines: dict[str, list[str]] = {path: [] for path in ("p/__init__.py", *paths.values())}
    for _ in range(rng.randint(3, 12)):
        importer, imported = rng.sample(modules, 2)
        package, _, last = imported.rpartition(".")
        up = importer.count(".") + (paths[importer].endswith("__init__.py"))
        relative = "." * up + ".".join(package.split(".")[1:])
        lines[paths[importer]].append(
            rng.choice([
                f"import {imported}", f"from {package} import {last}", f"from {imported} import *",
                f"def f():\n    import {imported} as x", f"from {relative} import {last}",
            ])
        )  # fmt: skip
    if rng.random() < 0.3:
        lines[paths["p.a.m0"]].append("import json")
    return {path: "\n".join(each) + "\n" for path, each in lines.items()}


_DIRECTLY = "allow_indirect_imports = true"


def _contract(rng: random.Random) -> str:
    one, two, three, four = rng.sample(["p.a", "p.b", "p.c", "p.d"], 4)
    return rng.choice([
        f'type = "layers"\nlayers = ["{one}", "{two}", "{three}"]',
        f'type = "layers"\nlayers = ["{one} | {two}", "{three}", "(p.gone)"]',
        f'type = "layers"\nlayers = ["{one} : {two}", "{three}"]',
        'type = "layers"\ncontainers = ["p"]\nexhaustive = true\nlayers = ["a", "b", "c | d"]',
        'type = "layers"\ncontainers = ["p"]\nexhaustive = true\nlayers = ["a", "b"]',
        f'type = "forbidden"\nsource_modules = ["{one}", "{two}"]\nforbidden_modules = ["{three}", "{four}"]',
        f'type = "forbidden"\nsource_modules = ["{one}"]\nforbidden_modules = ["p.*.m1"]\n{_DIRECTLY}',
        f'type = "forbidden"\nsource_modules = ["{one}", "{two}"]\nforbidden_modules = ["json"]',
        f'type = "forbidden"\nsource_modules = ["p.*"]\nforbidden_modules = ["{one}"]\nas_packages = false',
        f'type = "independence"\nmodules = ["{one}", "{two}", "{three}"]',
        f'type = "protected"\nprotected_modules = ["{one}"]\nallowed_importers = ["{two}"]',
        f'type = "protected"\nprotected_modules = ["{one}"]\nallowed_importers = ["{two}"]\nas_packages = false',
        'type = "acyclic_siblings"\nancestors = ["p"]',
    ])  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_agrees_with_import_linter(seed: int, tmp_path: Path) -> None:
    """Six contracts over a generated tree: each is kept or broken for both."""
    pytest.importorskip("importlinter")
    rng = random.Random(seed)
    tree = _tree(rng)
    contracts = [f'[[tool.importlinter.contracts]]\nname = "c{number}"\n{_contract(rng)}\n' for number in range(6)]
    head = '[tool.importlinter]\nroot_package = "p"\ninclude_external_packages = true\n'
    tree["pyproject.toml"] = head + "".join(contracts)
    for path, text in tree.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    code = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as run; run()"
    said = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=tmp_path, capture_output=True, text=True
    ).stdout
    theirs = {number for number in range(6) if f"c{number} BROKEN" in said}
    assert all(f"c{number} KEPT" in said or number in theirs for number in range(6)), said
    found = run(tree).findings
    assert {int(one.subject.split(":")[0].removeprefix("c")) for one in found} == theirs


@settings(max_examples=20, deadline=None)
@given(st.integers(min_value=0, max_value=1 << 30))
def test_the_same_tree_gives_the_same_findings(seed: int) -> None:
    rng = random.Random(seed)
    tree = _tree(rng)
    contract = '[tool.importlinter]\nroot_package = "p"\n[[tool.importlinter.contracts]]\nname = "c"\n' + _contract(rng)
    tree["pyproject.toml"] = contract
    assert run(tree).findings == run(dict(reversed(list(tree.items())))).findings


# ---- Tach -----------------------------------------------------------------------------------------------------------

_TACH = {
    "tach.toml": 'exact = true\n[[modules]]\npath = "app.a"\ndepends_on = ["app.b", "app.c"]\n'
    '[[modules]]\npath = "app.b"\ndepends_on = []\n[[modules]]\npath = "app.c"\n',
    "app/__init__.py": "",
    "app/a.py": "import app.b\n",
    "app/b.py": "",
    "app/c.py": "",
}


def test_with_exact_a_dependency_has_to_be_used() -> None:
    found = run(_TACH).findings
    assert [(one.rule, one.path, one.subject) for one in found] == [
        ("boundaries/unmatched", "tach.toml", "app.a -> app.c")
    ]
    assert not run({**_TACH, "app/a.py": "import app.b, app.c\n"}).findings
    assert not run({**_TACH, "tach.toml": _TACH["tach.toml"].replace("exact = true", "exact = false")}).findings


def test_what_is_not_followed_of_tach_is_refused_by_name() -> None:
    text = _TACH["tach.toml"].replace("exact = true", 'root_module = "forbid"')
    found = run({**_TACH, "tach.toml": text}).findings
    assert [(one.subject, one.span and one.span.line) for one in found] == [("tach root_module", 1)]


# ---- What no parser likes -------------------------------------------------------------------------------------------

_BANNED = "{calls: [{call: os.system}], contracts: [{name: n, type: independence, modules: [web/a, web/b]}]}"


def test_the_ledger_says_what_was_read_around_errors() -> None:
    """Of another version of Python, and with an error: found is found, and that it was not sound is said."""
    tree = {
        "a.py": "print 'x'\nimport os\nos.system('x')\n",
        "b.py": "import os\nos.system('x')\ndef (:\n",
        "c.py": "import os\n",
    }
    report = run(tree, _BANNED)
    assert sorted(one.path for one in report.findings if one.rule == "boundaries/call") == ["a.py", "b.py"]
    (part,) = [one for one in report.guards if one.id == "boundaries"]
    assert list(part.ledger.remarks.values()) == [2]
    assert part.ledger.adds_up()


def test_what_a_program_wrote_is_skipped_with_a_reason() -> None:
    """A minified script is no problem, and not looked at in silence either."""
    report = run({"web/a/x.js": "import '../b';" + "f();" * 9000, "web/a/y.ts": "", "web/b/z.ts": ""}, _BANNED)
    assert not report.problems
    (part,) = [one for one in report.guards if one.id == "boundaries"]
    assert [reason for reason in part.ledger.skipped if reason.startswith("generated: its lines")]
    assert part.ledger.adds_up()


_DEEP = [
    "(\n" * 20_000 + ")" * 20_000,
    "(\n-" * 9_000 + "1" + ")" * 9_000,
    "f(\n" * 20_000,
    "a.\\\n" * 50_000 + "b",
    "[" * 9_000,
]


@pytest.mark.parametrize("deep", [*_DEEP, "(" * 20_000 + ")" * 20_000], ids=str.__len__)
def test_what_is_nested_without_end_ends_nothing(deep: str) -> None:
    """Neither the run nor what is said of the other files; and of this one it is said what was seen, or that it was
    not."""
    report = run({"a.py": f"import os\nos.system('x')\nx = {deep}\n", "b.py": "import os\nos.system('x')\n"}, _BANNED)
    told = [*(one.path for one in report.findings), *(one.path for one in report.problems)]
    assert {"a.py", "b.py"} <= set(told)
    assert {one.path for one in report.problems} <= {"a.py"}
