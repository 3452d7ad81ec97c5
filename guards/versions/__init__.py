"""versions: versions that two files of a repository tell differently.

## What it does

Reads every file that says a version, and compares what has to agree:

- the **version of a project** in pyproject.toml, setup.cfg or setup.py with `__version__`, the newest release of the
  changelog, and what README and installation pages tell readers to use;
- **`requires-python`** with classifiers, the workflows of GitHub, `FROM python:…`, `.python-version`, tox and nox, the
  targets of ruff, black, mypy, pyright, ty and pylint, and the Python that pages promise;
- **dependencies** with the lock file: uv.lock, poetry.lock, pdm.lock, pylock.toml, lists that `pip-compile` or `uv pip
  compile` made, package-lock.json, pnpm-lock.yaml and yarn.lock;
- the **revisions of hooks** of pre-commit with what the project locks or asks for;
- **commands and plug-ins** (`[project.scripts]`, entry points) with the modules of the tree;
- the **tools** that `.python-version`, `.nvmrc`, `.tool-versions`, mise.toml, package.json, go.mod, rust-toolchain,
  Dockerfiles and workflows name, with each other, and with `toolchain:` in canonical.yaml.

An error is what two files provably say differently. All else is a warning or a note.

## Why it matters

Each of these files is changed by somebody else, at another time. The one that was forgotten still works: until a
release has no changelog, an installation from the lock fails, or a user of Python 3.8 gets code that needs 3.10.

## Bad

```toml
[project]
name = "tool"
version = "1.3.0" # and __version__ = "1.2.9"
requires-python = ">=3.10" # and "Programming Language :: Python :: 3.9"

[project.scripts]
tool = "tool.cli:main" # and there is no tool/cli.py

[tool.ruff]
target-version = "py312"
```

## Good

```toml
[project]
name = "tool"
dynamic = ["version"]
requires-python = ">=3.10"

[project.scripts]
tool = "tool.command:main"

[tool.hatch.version]
path = "tool/__init__.py"
```

## Options

`exact` names files in which every dependency must be pinned to one version; by default there are none.

```toml
[tool.guard.versions]
exact = ["requirements/prod.txt"]
```

`environment` names a folder with an environment of Python, below the root; by default there is none. What is installed
there has to be what the project at the root declares and locks. Its files are read, and nothing of it is run. Such a
run looks at everything again each time, and a hook does as well, so it is rather for CI than for commits.

```sh
guard versions --config ci/guard.toml # which says environment = ".venv"
```

`toolchain:` in canonical.yaml says which tools the repository needs. Every file that names one of them must agree, as
far as both go: `20` agrees with `20.11.1`, and `">=3.11"` with 3.12.

```yaml
guard: 1
toolchain:
  python: "3.12"
  node: "20"
```

## How to fix

The finding stands at one place and shows the other. Which of them is right, guard does not know. Locks are made again
by their program.

With `--fix`, the version of the project is written into `__version__` and onto pages that tell an older one, and a
version without quotes in a workflow gets them. What is newer than the manifest says is left alone: then it may be the
manifest that was forgotten.

## Limits

- Nothing is run, imported or fetched. Whether a newer version exists is not asked, and what is installed is not looked
  at without the option `environment`: `guard versions installed .venv` shows it.
- What is computed is unknown, not wrong: `dynamic` versions, unless the manifest names the file that holds them;
  dependencies from a path, an address or a workspace; versions in a workflow that an expression makes.
- A dependency with a marker is not compared with the lock, since it may apply nowhere; neither is a package-lock.json
  of version 1, which does not say what it was made from.
- Folders whose name says that they hold tests, examples, templates, benchmarks or other people's code are left out.
- A file speaks of the project beside whose manifest it stands; pages and changelogs may also be in `docs`, images in
  folders like `docker` or `deploy`. Workflows are compared only where there is one project.
- Names behind a command are looked up in modules of usual names only (`cli.py`, `main.py`, `__main__.py`,
  `__init__.py`, …), and not where a module fills itself or does not parse.
- A changelog is read by its headings, a page by its lines. Lines that speak of old versions or of examples do not
  count.
"""

from __future__ import annotations

from collections.abc import Iterable

from guards._core.model import Case, Guard, Judged, Outside, Seen, Select, Source
from guards.versions.mapping import MODULES, SELECTED, SUFFIXES, classify
from guards.versions.options import Options, Section
from guards.versions.rules import RULES

__all__ = ["GUARD", "Options"]


def _scan(source: Source[Options]) -> Iterable[Seen]:
    """What one file says. Readers load with the first file that is not in the cache."""
    from guards.versions.scan import scan

    return scan(source)


def _environment(options: Options, section: object) -> Iterable[Outside]:
    from guards.versions.installed import environment

    return environment(options, section) if options.environment else ()


def _judge(case: Case[Options]) -> Iterable[Judged]:
    from guards.versions.judge import judge

    return judge(case)


GUARD = Guard(
    id="versions",
    summary="Do manifests, lock files, code, hooks, workflows and pages tell the same versions?",
    page=__doc__,
    rules=RULES,
    options=Options,
    select=Select(names=SELECTED, suffixes=SUFFIXES),
    classify=classify,
    asks_for=Select(names=MODULES),
    scan=_scan,
    judge=_judge,
    sees_tree=True,
    looks_outside=_environment,
    section="toolchain",
    section_type=Section,
    enabled=True,
    engines=("PyYAML", "packaging"),
)
