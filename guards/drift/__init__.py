"""drift: copies of a fact that no longer agree with canonical.yaml.

## What it does

`facts:` in canonical.yaml says what is true: a port, a version, a path. `bind:` says where each fact stands: in a
compose file, a Dockerfile, an environment file, the manual. The guard compares each of these places with the fact.

A place is a selector, `file-glob#path | lens`:

- The **path** leads through YAML (every document of a stream), JSON, TOML, JSON Lines, CSV, INI, environment files and
  more: `services.api.ports[*]`, `project.version`, `tool."my.tool".port`, `env[name=PORT].value`. `*` and `[*]` are
  every member or item, and a path that ends at a list means each of its items.
- In a Dockerfile the first step is an instruction: `EXPOSE`, `FROM[0]`, `ARG.PYTHON`, `ENV.PORT`, `LABEL.version`. In
  Python it is a name of the module that has a literal value: `__version__`, `Settings.PORT`. In Markdown it is
  `table[0][Service=api].Port`, `fence.yaml[0]`, or `marker.port` for `<!-- fact: port -->8080<!-- /fact -->`.
- In any text, `mention(url.port)` is that part of every address, `mention(url.port, "api")` only on lines that hold the
  word, and `regex("release (?P<value>[0-9.]+)")` what a pattern with one named group finds.
- A **lens** is a part of the value: `image.name|tag|digest`, `port.host|container|proto`,
  `url.scheme|host|port|path|query`, `semver.major|minor|patch`, `pep508.name|spec`, `item[n]`, `duration` (in seconds),
  `size` (in bytes), `regex(…)`. Lenses follow one another: `image.tag | semver.major`.

Values are compared by what they mean: 8080 is `"8080"`, `0x1f90` and `8080/tcp`; version 1.0 is `v1.0.0`;
`HTTP://A.example:80/` is `http://a.example`. Of `${PORT:-8080}` the default is compared.

| relation | it holds if |
| --- | --- |
| `equal` | the value means what the fact means |
| `prefix` | the value begins with the fact: `3.11-slim` with 3.11, and not `3.110` |
| `satisfies` | the value is a requirement that allows the fact: `>=3.9`, `^1.2` |
| `lower-bound`, `upper-bound` | the value is a requirement that begins (ends) with the fact |
| `min-of`, `max-of` | the fact is the least (greatest) of all values at the place |
| `contains`, `same-set` | the values at the place contain the fact's items, or are the same |
| `one-of` | each value is one of the fact's items |
| `exists` | the place is there, whatever stands at it |

Beside the places that are bound, the guard looks for values that nobody declared:

- A **zombie** is a value that a fact had in an earlier commit and that still stands near the fact's
  name: `API_PORT=8081`, when `api.port` was 8081 and is 8080 now. A line that holds the present value as well tells a
  story and is left alone.
- A **twin** is the present value at a path with the fact's name, in a document, an environment file or a Dockerfile.
  The finding has the line to add to `bind:`.

All words of the fact's name must be near. What tells of the past or of something else is not looked at: change logs,
migrations, tests, examples, vendored code, lock files, translations.

With `--fix`, the fact is written in the place of a value that differs, and nothing but that scalar changes: quotes,
comments and line ends stay. It is done where there is one right answer: for `equal`, `prefix`, `lower-bound` and
`upper-bound`, and never to an authority, to canonical.yaml or to a zombie or twin.

## Why it matters

A port is changed in one file and lives on in four others. Each copy looks right by itself, so no reviewer sees it, and
the one that was forgotten is found in production.

## Bad

```yaml
guard: 1
facts:
  api.port: {kind: port, value: 8080}
bind:
  api.port: ["compose.yaml#services.api.ports[*] | port.container"] # where "8081:8081" stands
```

## Good

```yaml
facts:
  api.port: {kind: port, value: 8080}
  app.version: {kind: version, from: "pyproject.toml#project.version"}
  image.tag: {kind: text, derive: "v{app.version}"}
  python: {kind: version, value: "3.11"}
bind:
  api.port:
    - compose.yaml#services.api.ports[*] | port.container
    - .env.example#API_PORT
    - Dockerfile#EXPOSE
    - {at: "docs/**/*.md#mention(url.port)", count: ">=1"}
  image.tag: ["compose.yaml#services.api.image | image.tag"]
  python:
    - {at: "pyproject.toml#project.requires-python", rel: lower-bound}
    - {at: "Dockerfile#FROM[0] | image.tag", rel: prefix}
```

## Options

`[tool.guard.drift]`, or `[drift]` in guard.toml: `mentions = false` looks only at what is bound. `literals = true`
reports, as notes, all other places at which the present value of a fact stands.

## How to fix

The finding stands at the value, and shows the fact beside it: one of them is out of date. A bind that leads nowhere is
a finding as well, because it checks nothing; `count: ">=0"` allows it. `guard drift explain FACT` lists all places of a
fact, with what stands there and whether it agrees.

What stands in no file is named by `live:` in canonical.yaml: tables of databases, open ports, installed packages. Only
`guard drift live` looks at them.

## Limits

- What is filled in (`${TAG}`, `{{ tag }}`) and has no default is reported as undecided, not followed.
- YAML is read by version 1.2: `22:22` and `on` are text, and `3.10` without quotes is the number 3.1, as it is for the
  programs that read it.
- JSON with comments has no paths; patterns work there.
- Links are not followed.
- Of live things, a port is listened on or it is not, whoever does it; ports of containers count where they are
  published by a process of this machine. UDP is not looked at. Of a table only columns and types are compared.
- Former values come from the history of canonical.yaml, or of the file that a `from` names (its last 100 changes), up
  to the commit that is looked at. Where `from` leads to several files, they are not known. A shallow clone does not
  have the history, which is said in a note. Of a file that is named by `--canonical` no history is known.
- A former value of a fact with `from` is a warning, and a version has at least five characters then. Lines with words
  about earlier times (`since`, `deprecated`, `>=`) are left alone: such values are mostly releases.
- Zombies have at least three characters, twins four, and values that are common everywhere (443, 3000) are neither.
- Values with escapes, in several lines, behind an alias of YAML or in another encoding than UTF-8 are not fixed, nor
  are those that two facts claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from guards._core.model import Case, Guard, Json, Judged, Past, Remembers, Seen, Select, Source
from guards.drift.mapping import always, classify, is_bound, scan_slice, triggers
from guards.drift.options import Options
from guards.drift.rules import RULES
from guards.drift.section import Section

__all__ = ["GUARD", "Options"]


def _scan(source: Source[Options]) -> Iterable[Seen]:
    """The values in one file. Readers load with the first file that is not in the cache."""
    from guards.drift.scan import scan

    return scan(source)


def _judge(case: Case[Options]) -> Iterable[Judged]:
    from guards.drift.judge import judge

    return judge(case)


def _recalls(section: Any, past: Past) -> Any:
    from guards.drift.hunting import remembering

    return remembering(section, past)


def _remembered_files(section: Any) -> Mapping[str, tuple[str, ...]]:
    from guards.drift.hunting import remembered_files

    return remembered_files(section)


def _remembered(path: str, points: tuple[str, ...], data: bytes) -> Json:
    from guards.drift.hunting import remembered

    return remembered(path, points, data)


def _joins(section: Any, folder: str, project: Any) -> Any:
    from guards.drift.joining import joined

    return joined(section, folder, project)


GUARD = Guard(
    id="drift",
    summary="Does every copy of a fact agree with canonical.yaml?",
    page=__doc__,
    rules=RULES,
    options=Options,
    select=Select(),
    classify=classify,
    scan_slice=scan_slice,
    triggers=triggers,
    whatever_triggers=is_bound,
    always=always,
    stream=True,
    scan=_scan,
    judge=_judge,
    sees_tree=True,
    section="facts",
    section_type=Section,
    joined_sections=("bind", "live"),
    recalls=_recalls,
    remembers=Remembers(_remembered_files, _remembered),
    joins=_joins,
    needs_section=True,
    draft="guard drift init",
    enabled=True,
    engines=("PyYAML", "google-re2", "packaging", "sqlglot"),
)
