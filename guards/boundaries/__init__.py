"""boundaries: imports and calls that the architecture does not allow.

## What it does

`layers:` in canonical.yaml says how the parts of a system may depend on each other. **Contracts** are about imports, of
Python (by dotted names) and of JavaScript and TypeScript (by paths):

| type | it holds if |
| --- | --- |
| `layers` | no layer imports one above it, or one beside it (`a \\| b`; `a : b` may), on any way |
| `forbidden` | no way leads from a source to what is forbidden for it, be it ours or installed |
| `independence` | no way leads from one of the modules to another |
| `protected` | nobody but the allowed importers imports what is protected |
| `acyclic-siblings` | the members of a package do not import each other in a circle |
| `interfaces` | from outside only what is exposed is imported |

The modules are found by their paths: nothing is imported, and nothing has to be installed. A package may stand at the
root, in `src` or anywhere in a monorepo. A finding shows the shortest way, with the line of each import.

**Calls** are about what stands in the code: `asyncio.create_task` outside of the one supervisor, `print` in a package,
`datetime.datetime.now` without a zone, `except: pass`. A call is known by what its name means, so neither
`from asyncio import create_task as spawn` nor `run = asyncio.create_task` hides it, and a function of your own that is
called `print` is none. With `unless: [tz, 0]` a call with such an argument is fine.

`[tool.importlinter]`, `.importlinter`, `[tool.tach]` and `tach.toml` are read as well: `adopt` names the files.

## Why it matters

Each import that goes the wrong way is small, and looks right by itself. A year later nothing can be tested alone.

## Bad

```yaml
guard: 1
layers:
  contracts:
    - {name: down, type: layers, layers: [app.cli, app.services, app.domain]} # app/domain/price.py imports app.cli
```

## Good

```yaml
guard: 1
layers:
  contracts:
    - {name: down, type: layers, layers: [app.cli, app.services, app.domain]}
    - {name: features, type: independence, modules: [web/src/features/*]}
    - name: no database in the domain
      type: forbidden
      source-modules: [app.domain]
      forbidden-modules: [sqlalchemy]
      because: "rules are tested without one"
  calls:
    - {call: asyncio.create_task, only-in: ["src/app/supervisor.py"], because: "tasks are supervised"}
    - {call: datetime.datetime.now, unless: [tz, "0"], because: "times carry a zone"}
    - {call: print, in: ["src/**"], because: "use the logger"}
    - {construct: bare-except}
```

## Options

None: canonical.yaml says it all. Its section has `sources` for packages that stand in several folders,
`imports-for-types: false` to leave out what is below `if TYPE_CHECKING:`, and `adopt`.

## How to fix

Cut the way where it is wrong: the import that the finding stands at is only the first one. What both sides need belongs
below both, or is handed over as an argument. `ignore-imports` lets an import pass as long as it exists.

## Limits

- Imports by a computed name are not seen; those by a literal one (`import_module("app.cli")`) are.
- Of a file with a syntax error, or of another version of Python, the imports are known as well, and its calls as far as
  it can be understood: the ledger says how many files were read so.
- Files of more than 4 MB are a problem. Scripts whose lines only a program writes are skipped, and the ledger says so.
- A call through a value that is handed over (`spawn(asyncio.create_task)`) is reported where it is handed over.
- Of tach, `exact` counts; a `root_module` that forbids is refused by name; `external` is not followed, as it is not by
  `tach check`.
"""

from __future__ import annotations

from collections.abc import Iterable

from guards._code.modules import SCRIPTS
from guards._core.model import Case, Guard, Judged, Seen, Select, Source
from guards.boundaries.mapping import (
    SETTINGS,
    TSCONFIGS,
    always,
    classify,
    condense,
    reads,
    scan_slice,
    triggers,
    whatever_triggers,
)
from guards.boundaries.options import Options
from guards.boundaries.rules import RULES
from guards.boundaries.section import Section

__all__ = ["GUARD", "Options"]


def _scan(source: Source[Options]) -> Iterable[Seen]:
    """What one file says. Readers load with the first file that is not in the cache."""
    from guards.boundaries.scan import scan

    return scan(source)


def _judge(case: Case[Options]) -> Iterable[Judged]:
    from guards.boundaries.judge import judge

    return judge(case)


GUARD = Guard(
    id="boundaries",
    summary="Does the architecture still have its layers, and are forbidden calls absent?",
    page=__doc__,
    rules=RULES,
    options=Options,
    select=Select(suffixes=frozenset({".py", ".pyi", *SCRIPTS}), names=SETTINGS | TSCONFIGS | {"canonical.yaml"}),
    classify=classify,
    scan_slice=scan_slice,
    reads=reads,
    condenses=condense,
    triggers=triggers,
    whatever_triggers=whatever_triggers,
    always=always,
    scan=_scan,
    judge=_judge,
    sees_tree=True,
    section="layers",
    section_type=Section,
    needs_section=True,
    enabled=True,
    engines=("PyYAML", "tree-sitter", "tree-sitter-javascript", "tree-sitter-python", "tree-sitter-typescript"),
)
