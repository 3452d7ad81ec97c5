"""Trees of modules with one contract each, and whether it holds: in every form of import and layout that we know of."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

FORBIDDEN: Mapping[str, Any] = {"type": "forbidden", "source_modules": ["app.a"], "forbidden_modules": ["app.b"]}


class Graph(NamedTuple):
    """A tree with a contract in the words of import-linter."""

    name: str
    tree: Mapping[str, str]
    contract: Mapping[str, Any]
    is_broken: bool
    language: str = "Python"
    settings: Mapping[str, Any] = {}
    """What else the section `layers:` says."""

    def __str__(self) -> str:
        return self.name


_APP = {"app/__init__.py": "", "app/a.py": "", "app/b.py": "x = 1\n", "app/c.py": ""}


def _forms(is_broken: bool, *sources: str) -> list[Graph]:
    """One module with an import, or with what is none."""
    return [
        Graph(f"a.py: {source.strip().splitlines()[-1][:60]}", {**_APP, "app/a.py": source}, FORBIDDEN, is_broken)
        for source in sources
    ]


def _trees(is_broken: bool, *trees: tuple[str, Mapping[str, str]], **contract: Any) -> list[Graph]:
    return [Graph(name, tree, {**FORBIDDEN, **contract}, is_broken) for name, tree in trees]


FORMS = [
    *_forms(
        True,
        "import app.b\n",
        "import app.b as z\n",
        "import os, app.b\n",
        "from app import b\n",
        "from app import c, b as z\n",
        "from app.b import x\n",
        "from app.b import *\n",
        "from . import b\n",
        "from .b import x\n",
        "from app import (\n    c,\n    b,  # the one\n)\n",
        "from app \\\n    import b\n",
        "import \\\n    app.b\n",
        "x = 1; import app.b\n",
        "if True: import app.b\n",
        "def f():\n    import app.b\n",
        "async def f():\n    from app import b\n",
        "class C:\n    from app import b\n",
        "try:\n    import app.b\nexcept ImportError:\n    pass\n",
        "try:\n    import c\nexcept ImportError:\n    from app import b\n",
        "with open('x') as f:\n    import app.b\n",
        "for x in y:\n    import app.b\n",
        "match x:\n    case 1:\n        import app.b\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app import b\n",
        '"""Words: it\'s a \\"text\\" with import app.c\n"""\nimport app.b\n',
        "x = '''\n'''; import app.b\n",
        "x = f'{1}'\nimport app.b\n",
        "\ufeffimport app.b\n",
        "import app.c\r\nimport app.b\r\n",
        "def höhe(): pass\nfrom app import b\n",
        "import importlib\nimportlib.import_module('app.b')\n",
        "__import__('app.b')\n",
        "print 'of another version'\nimport app.b\n",
        "def broken(:\n    pass\nimport app.b\n",
    ),
    *_forms(
        False,
        "import app.bb\n",
        "import b\n",
        "import os.b\n",
        "from app.c import b\n",
        "from app import x\n",
        '"""\nimport app.b\n"""\n',
        "'''Like this:\n\n>>> import app.b\n'''\n",
        "# import app.b\n",
        "x = 'import app.b'\n",
        "x = f'{y}; import app.b'\n",
        'x = "a \\\nimport app.b"\n',
        "import_app_b = 1\n",
        "exec('import app.b')\n",
        "import importlib\nimportlib.import_module(name)\n",
        "from .... import b\n",
        "raise X from app.b\n",
        "yield_from = [app.b for app in y]\n",
    ),
]

LAYOUTS = [
    *_trees(
        True,
        ("a folder src", {f"src/{path}": text for path, text in {**_APP, "app/a.py": "import app.b\n"}.items()}),
        ("a monorepo", {
            **{f"services/one/{path}": text for path, text in {**_APP, "app/a.py": "import app.b\n"}.items()},
            "services/two/src/other/__init__.py": "", "services/two/src/other/b.py": "",
        }),
        ("a namespace package", {"app/a.py": "from app import b\n", "app/b.py": ""}),
        ("a package as the source", {**_APP, "app/a/__init__.py": "", "app/a/z.py": "from app import b\n", "app/a.py": ""}),
        ("two dots", {"app/__init__.py": "", "app/a/__init__.py": "", "app/a/z.py": "from ..b import x\n", "app/b.py": ""}),
        ("two dots from a package", {"app/__init__.py": "", "app/a/__init__.py": "from ..b import x\n",
                                     "app/b.py": ""}),
        ("a module in a package", {**_APP, "app/b.py": "", "app/a.py": "from app.b.deep import x\n",
                                   "app/b/__init__.py": "", "app/b/deep.py": ""}),
        ("over a third", {**_APP, "app/a.py": "import app.c\n", "app/c.py": "import app.b\n"}),
        ("over what exports it again", {**_APP, "app/a.py": "from app.facade import x\n",
                                        "app/facade/__init__.py": "from app.b import x\n"}),
        ("over five", {**_APP, "app/a.py": "from . import d1\n", "app/b.py": "",
                       **{f"app/d{number}.py": f"from . import d{number + 1}\n" for number in range(1, 5)},
                       "app/d5.py": "from app import b\n"}),
        ("over a circle", {**_APP, "app/a.py": "from . import c\n", "app/c.py": "from . import a, d\n",
                           "app/d.py": "from . import c, b\n"}),
        ("in a package without code of its own", {"app/__init__.py": "", "app/a/__init__.py": "", "app/a/deep/__init__.py": "",
                                                  "app/a/deep/z.py": "from ...b import x\n", "app/b.py": ""}),
    ),
    *_trees(
        False,
        ("the other way round", {**_APP, "app/b.py": "import app.a\n"}),
        ("a neighbour of the same name", {"app/__init__.py": "", "app/a/__init__.py": "", "app/a/z.py": "from .b import x\n",
                                          "app/a/b.py": "", "app/b.py": ""}),
        ("what another imports", {**_APP, "app/c.py": "import app.b\n"}),
        ("a way that ends before", {**_APP, "app/a.py": "import app.c\n", "app/c.py": "import app.d\n", "app/d.py": ""}),
        ("the same in another package", {**_APP, "other/__init__.py": "", "other/a.py": "import app.b\n"}),
    ),
    *_trees(False, ("over a third, which is allowed", {**_APP, "app/a.py": "import app.c\n", "app/c.py": "import app.b\n"}),
            allow_indirect_imports=True),
    *_trees(False, ("an import that does not count", {**_APP, "app/a.py": "import app.b\n"}), ignore_imports=["app.a -> app.b"]),
    *_trees(False, ("a way that is cut by it", {**_APP, "app/a.py": "import app.c\n", "app/c.py": "import app.b\n"}),
            ignore_imports=["app.c -> app.b"]),
    *_trees(True, ("what is installed", {**_APP, "app/a.py": "from requests import get\n"}), forbidden_modules=["requests"]),
    *_trees(True, ("what is installed, over another", {**_APP, "app/a.py": "from . import c\n", "app/c.py": "import requests\n"}),
            forbidden_modules=["requests"]),
    *_trees(False, ("the like of what is installed", {**_APP, "app/a.py": "import requests_mock\n"}), forbidden_modules=["requests"]),
    Graph("an import for types that does not count",
          {**_APP, "app/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app import b\n"},
          FORBIDDEN, is_broken=False, settings={"imports-for-types": False}),
]  # fmt: skip

_LAYERS = {"type": "layers", "layers": ["app.a", "app.b", "app.c"]}
_INDEPENDENT = {"type": "independence", "modules": ["app.a", "app.b"]}
_PROTECTED = {"type": "protected", "protected_modules": ["app.b"], "allowed_importers": ["app.c"]}
_ACYCLIC = {"type": "acyclic_siblings", "ancestors": ["app"]}


def _kinds(contract: Mapping[str, Any], *cases: tuple[bool, Mapping[str, str]]) -> list[Graph]:
    return [
        Graph(f"{contract['type']} {number}", {**_APP, **tree}, contract, is_broken)
        for number, (is_broken, tree) in enumerate(cases)
    ]


KINDS = [
    *_kinds(_LAYERS, (True, {"app/c.py": "import app.a\n"}), (True, {"app/b.py": "from . import a\n"}),
            (True, {"app/c.py": "import app.d\n", "app/d.py": "import app.b\n"}),
            (False, {"app/a.py": "import app.b, app.c\n"}), (False, {"app/a.py": "import app.c\n", "app/b.py": "import app.c\n"})),
    *_kinds({**_LAYERS, "layers": ["app.a | app.b", "app.c"]}, (True, {"app/a.py": "import app.b\n"}),
            (False, {"app/a.py": "import app.c\n", "app/b.py": "import app.c\n"})),
    *_kinds({**_LAYERS, "layers": ["app.a : app.b", "app.c"]}, (False, {"app/a.py": "import app.b\n"}),
            (True, {"app/c.py": "import app.b\n"})),
    *_kinds(_INDEPENDENT, (True, {"app/b.py": "import app.a\n"}), (True, {"app/a.py": "import app.c\n", "app/c.py": "import app.b\n"}),
            (False, {"app/a.py": "import app.c\n", "app/b.py": "import app.c\n"})),
    *_kinds(_PROTECTED, (True, {"app/a.py": "import app.b\n"}), (False, {"app/c.py": "import app.b\n"}),
            (False, {"app/a.py": "import app.c\n", "app/c.py": "import app.b\n"})),
    *_kinds(_ACYCLIC, (True, {"app/a.py": "import app.b\n", "app/b.py": "import app.a\n"}),
            (True, {"app/a.py": "import app.b\n", "app/b.py": "import app.c\n", "app/c.py": "import app.a\n"}),
            (False, {"app/a.py": "import app.b, app.c\n", "app/b.py": "import app.c\n"})),
]  # fmt: skip

_WEB = {"web/a/main.ts": "", "web/b/index.ts": "export const x = 1\n", "web/c/index.ts": ""}
_OF_WEB = {"type": "forbidden", "source_modules": ["web/a"], "forbidden_modules": ["web/b"]}
_PATHS = '{"compilerOptions": {"baseUrl": ".", "paths": {"@b/*": ["web/b/*"], "@b": ["web/b"]}}} // ours\n'


def _scripts(is_broken: bool, *trees: tuple[str, Mapping[str, str]]) -> list[Graph]:
    return [Graph(f"scripts: {name}", {**_WEB, **tree}, _OF_WEB, is_broken, "scripts") for name, tree in trees]


SCRIPTS = [
    *_scripts(
        True,
        ("import", {"web/a/main.ts": "import {x} from '../b'\n"}),
        ("for its effects", {"web/a/main.ts": "import '../b/index'\n"}),
        ("a suffix", {"web/a/main.ts": "import {x} from '../b/index.js'\n"}),
        ("type only", {"web/a/main.ts": "import type {X} from '../b'\n"}),
        ("exported again", {"web/a/main.ts": "export {x} from '../b'\n"}),
        ("all exported again", {"web/a/main.ts": "export * from '../b'\n"}),
        ("dynamic", {"web/a/main.ts": "const f = () => import('../b')\n"}),
        ("require", {"web/a/main.js": "const {x} = require('../b')\n"}),
        ("an alias", {"web/a/main.ts": "import {x} from '@b'\n", "tsconfig.json": _PATHS}),
        ("an alias with a rest", {"web/a/main.ts": "import {x} from '@b/deep'\n", "web/b/deep.ts": "", "tsconfig.json": _PATHS}),
        ("a base", {"web/a/page.tsx": "import {x} from 'web/b'\n", "tsconfig.json": _PATHS}),
        ("over a third", {"web/a/main.ts": "import '../c'\n", "web/c/index.ts": "import '../b'\n"}),
        ("a component", {"web/a/Main.vue": "<script setup>\nimport {x} from '../b'\n</script>\n"}),
    ),
    *_scripts(
        False,
        ("another", {"web/a/main.ts": "import {x} from '../c'\n"}),
        ("a comment", {"web/a/main.ts": "// import {x} from '../b'\n"}),
        ("a text", {"web/a/main.ts": "const x = \"import {x} from '../b'\"\n"}),
        ("a neighbour of the same name", {"web/a/main.ts": "import {x} from './b'\n", "web/a/b.ts": ""}),
        ("an installed one of the same name", {"web/a/main.ts": "import {x} from 'b'\n"}),
        ("the other way round", {"web/b/index.ts": "import '../a/main'\n"}),
        ("an alias of something else", {"web/a/main.ts": "import '@bb'\n", "tsconfig.json": _PATHS}),
    ),
]  # fmt: skip


# ---- Generated ------------------------------------------------------------------------------------------------------


def _generated(seed: int) -> Graph:
    """Imports at random, and a contract; whether it holds is told from the imports by brute force."""
    rng = random.Random(seed)
    packages = ["a", "b", "c", "d"]
    modules = [f"app.{one}.m{number}" for one in packages for number in range(3)]
    lines: dict[str, list[str]] = {one: [] for one in modules}
    edges: set[tuple[str, str]] = set()
    for _ in range(rng.randint(4, 14)):
        importer, imported = rng.sample(modules, 2)
        edges.add((importer, imported))
        package, _, last = imported.rpartition(".")
        lines[importer].append(rng.choice([
            f"import {imported}", f"from {package} import {last}", f"from {imported} import x",
            f"from ..{package[4:]} import {last}", f"def f():\n    import {imported} as y",
        ]))  # fmt: skip
    tree = {"app/__init__.py": "", **{f"app/{one}/__init__.py": "" for one in packages}}
    tree |= {f"{one.replace('.', '/')}.py": "\n".join(each) + "\n" for one, each in lines.items()}
    one, two, three = (f"app.{name}" for name in rng.sample(packages, 3))
    contract, pairs = rng.choice([
        ({"type": "forbidden", "source_modules": [one], "forbidden_modules": [two]}, [(one, two)]),
        ({"type": "independence", "modules": [one, two]}, [(one, two), (two, one)]),
        ({"type": "layers", "layers": [one, two]}, [(two, one)]),
        ({"type": "layers", "layers": [f"{one} | {two}", three]}, [(one, two), (two, one), (three, one), (three, two)]),
    ])  # fmt: skip
    layers: Any = contract.get("layers", [])
    barred = {
        name for layer in layers for name in layer.split(" | ")
    }  # a way counts with the layer that it comes through
    is_broken = any(_leads(edges, source, target, barred - {source, target}) for source, target in pairs)
    return Graph(f"generated {seed}", tree, contract, is_broken)


def _leads(edges: Iterable[tuple[str, str]], source: str, target: str, barred: set[str]) -> bool:
    """Whether a way leads from one package to another, around others."""
    open_ = {edge for edge in edges if not any(end.rpartition(".")[0] in barred for end in edge)}
    reached = {one for one in itertools.chain(*open_) if one.startswith(f"{source}.")}
    while more := {end for start, end in open_ if start in reached} - reached:
        reached |= more
    return any(one.startswith(f"{target}.") for one in reached)


GRAPHS = [*FORMS, *LAYOUTS, *KINDS, *SCRIPTS, *map(_generated, range(60))]
