"""schema: documents that do not fit their JSON Schema.

## What it does

Checks JSON, JSON Lines, YAML, TOML and CSV against JSON Schema drafts 4, 6, 7, 2019-09 and 2020-12, and says at which
line and column a document departs from its schema, in words, with the place of the rule in the schema beside it.
A document's schema is, in this order:

1. what the first matching entry of `schemas:` in canonical.yaml names;
2. what the document names itself: a relative `$schema`, or a comment `# yaml-language-server: $schema=…` (YAML) or
   `#:schema …` (TOML). An address on the web is not followed. A document whose `$schema` is a draft of JSON Schema is
   a schema, and is checked as one;
3. where neither names one, and the file is one of those below, a schema that comes with guard.

{bundled}

A glob that begins with `/` is from the root, a name is one in any folder. These schemas forbid what the programs that
read such files refuse; what they do not know they let pass.

JSON Lines and CSV are read as a stream, so their length does not matter. Each line, and each row of a CSV file, is one
document of the schema. A CSV cell is read as the integer, number or boolean that the schema declares for its column; an
empty cell of such a column is null where the schema allows null, and absent where the column is not required.

## Why it matters

Data is code that nobody reviews: a misspelt key in a deployment file, or one record with text where a number belongs,
passes every review and fails at night. An empty data set passes every check there is.

## Bad

```yaml
# canonical.yaml                     # config/service.yaml
schemas:                             prot: 8080        # `prot` is not an allowed key (did you mean `port`?)
  "config/*.yaml": schemas/service.schema.json
```

## Good

```yaml
schemas:
  "config/*.yaml": schemas/service.schema.json
  "data/**/*.jsonl": {schema: schemas/case.schema.json, min-items: 100}
```

## Options

- `bundled` (true): use the schemas that come with guard. `bundled = false` switches all of them off,
  `bundled = {compose = false}` one of them.
- `formats` (false): assert `format`. JSON Schema itself leaves it an annotation.
- `parse` (true): also report documents without a schema that do not parse, or hold a key twice.
- `max-errors` (100): findings per file before the rest is only counted.
- `schema-dirs` (`schemas`, `schema`): folders in which references are looked up. Schemas that entries name, and files
  called `*.schema.json` or `*.schema.yaml`, are found wherever they are.

## How to fix

Either the document or the schema is wrong: the finding shows both places. A reference to a schema on the web is
answered from this repository: save that schema in `schemas/` with its `$id`, and the reference finds it there.
To allow an empty data set, write `min-items: 0` into its entry.

## Limits

- Nothing is fetched, ever.
- A file with more than 10,000 findings is not read to its end, a YAML document holds at most a million values, and a
  JSON or TOML document at most 32 MiB. What a limit stops is a problem, and the run is incomplete.
- Without a schema, JSON may have comments and trailing commas, text that is a template (`{{ … }}`, `{% … %}`) is not
  judged, and folders whose name says that they hold tests, fixtures, templates or other people's files are left out, as
  are documents above the size limit for files.
- Schemas describe JSON. Dates of YAML 1.1 and TOML are text, keys of YAML that are no text count as their text.
- A pattern that needs back-references or look-around may give up; the document then counts as not checked.
- Where a schema returns to itself through several alternatives, errors in deeply nested documents are reported for
  the document as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from guards._core.model import Guard, Seen, Select, Source
from guards.schema.bundled import table
from guards.schema.coverage import judge
from guards.schema.mapping import NAMES, SUFFIXES, classify, reads, scan_slice
from guards.schema.options import Options, Section
from guards.schema.rules import RULES

__all__ = ["GUARD", "Options"]


def _scan(source: Source[Options]) -> Iterable[Seen]:
    """What is wrong with one document. Readers and validator load with the first one that is not in the cache."""
    from guards.schema.scan import scan

    return scan(source)


GUARD = Guard(
    id="schema",
    summary="Does every data and configuration document fit its schema?",
    page=__doc__.replace("{bundled}", table()),
    rules=RULES,
    options=Options,
    select=Select(suffixes=SUFFIXES, names=NAMES),
    classify=classify,
    scan_slice=scan_slice,
    reads=reads,
    scan=_scan,
    stream=True,
    judge=judge,
    sees_tree=True,
    section="schemas",
    section_type=Section,
    enabled=True,
    engines=("jsonschema-rs", "orjson", "PyYAML"),
)
