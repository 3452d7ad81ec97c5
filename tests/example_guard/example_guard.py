"""example-guard.fixme: flags FIXME comments that nobody owns.

## What it does

Reports each `FIXME` that does not name its owner in parentheses, or names somebody who is not in `owners`.

## Why it matters

A promise to mend something is kept by a person. One without a name stays for years.

## Bad

```python
x = 1  # FIXME: rounds the wrong way
```

## Good

```python
x = 1  # FIXME(ada): rounds the wrong way
```

## Options

`owners` lists who may own one; empty, which is the default, means anybody.

```toml
[tool.guard]
enable = ["example-guard.fixme"]

[tool.guard."example-guard.fixme"]
owners = ["ada", "grace"]
```

## How to fix

Write the name of whoever will do it, or do it.

## Limits

The word counts wherever it stands, also outside of comments. Binary files are skipped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guards import Finding, Guard, Level, Rule, Source, Span, Trigger
from guards._core.options import option

UNOWNED = Rule(
    "example-guard.fixme/unowned-fixme",
    "A FIXME names no owner.",
    Level.WARNING,
    help="Write `FIXME(name): …` with the name of whoever will do it, or do it.",
)
_FIXME = re.compile(r"\bFIXME\b(?:\(([^()]*)\))?")


@dataclass(frozen=True, slots=True)
class Options:
    """The guard's table."""

    owners: tuple[str, ...] = option((), "Who may own a FIXME; empty: anybody.")


def scan(source: Source[Options]) -> Iterator[Finding]:
    """A finding for each FIXME without an owner, on the lines that the trigger hit."""
    if b"\0" in source.text:
        return
    for start in source.hits.get(0, ()):
        number = source.text.count(b"\n", 0, start) + 1
        line = source.text[start:].partition(b"\n")[0].decode("utf-8", "replace")
        for match in _FIXME.finditer(line):
            if not match[1] or (source.scan_slice and match[1] not in source.scan_slice):
                span = Span(number, match.start() + 1, number, match.end() + 1)
                yield Finding(UNOWNED.id, "nobody owns this FIXME", span=span, hint="Write FIXME(name).")


GUARD = Guard(
    id="example-guard.fixme",
    summary="Does every FIXME have an owner?",
    rules=(UNOWNED,),
    options=Options,
    page=__doc__,
    scan_slice=lambda options, canonical: options.owners,
    triggers=(Trigger("FIXME", literal=True),),
    scan=scan,
)
