"""secrets: finds credentials in files.

## What it does

Looks in every file for credentials: tokens and keys of the formats that their issuers publish, passwords and random
values that are given to names which say so, URLs and headers with a password in them, and private keys. It also looks
into Base64, also of UTF-16, and into URL and Unicode escapes, three layers deep.

The formats are listed in [their catalogue](../credential-formats.md), with their prefixes and how to revoke them.
A format with a checksum or a structure of its own is checked offline: where it does not hold, the finding is a warning.
What a name and a value say together is judged by evidence: words, placeholders, references, templates, translations,
digests and UUIDs are passed over. A default counts as a value: `${NAME:-…}` of a shell, `||` behind a variable, `?=` in
a Makefile. What tests, documents and docstrings show as an example is passed over or lowered to a note; a token of a
vendor counts there, too, unless only a name tells whose it is.

With `--history` it looks at every version of every file that a branch or a tag reaches, and says in which commit a
credential came, in which it stood last, and whether it is still in `HEAD`.

Nothing is ever asked over a network. No message, report or cache holds a value: only a public prefix, masked, and a
digest under a key.

`guard mask` masks the same secrets in a stream, line by line: `tail -f app.log | guard mask`. In a program,
`guards.mask(text)` does it for a text, and `guards.MaskingFilter()` for a logger or a handler of `logging`, tracebacks
included. There everything counts that looks like a secret, whatever its level, and tags that allow one do not. A line
of more than 4 MiB is left out.

## Why it matters

A credential in a repository is known to everybody who ever cloned it, and the history keeps it for good. Programs that
look for new ones find them within minutes.

## Bad

A literal of forty random characters beside a name like `client_secret`, a token of GitHub in a script, a key of AWS
in a test, `postgres://app:` with a password and a host behind it.

## Good

```python
client_secret = os.environ["CLIENT_SECRET"]
```

## Options

`mode` is `default`, or `compat` for exactly what detect-secrets 1.5 finds with its default plugins and filters: for
the time in which a team moves from one to the other.

`salt` is any text that is the same for the whole team. Findings are told apart by a digest of the secret. Without a
salt it is made with this user's own key (or `GUARD_CACHE_KEY`), and so is another one on every machine; with a salt it
is the same everywhere, which a shared baseline needs. It is not a secret: whoever has it has the repository, and with
it what the digest stands for. But it keeps those who have only a report from guessing.

`rules` names files with rules of gitleaks or betterleaks (TOML). A rule that cannot be run faithfully, or is too large
for the engines, is refused by name. Their own default rules are not loaded: the formats above take their place.

```toml
[tool.guard.secrets]
salt = "any text, chosen once"
rules = [".gitleaks.toml"]
exclude = ["tests/fixtures/recorded/**"]
```

## How to fix

Revoke the credential first: removing it does not help, the history keeps it. Then read the new one from the environment
or from a secret store. `guard secrets playbook FINDING`, with the beginning of a fingerprint, tells everything for one
secret: where it stands, which commits brought it, which branches and tags hold it, how it is revoked, how to
take it out of the history, and how to make sure. The text report shows the command below the first secret, and with
`-v` below each. Without FINDING it lists what there is.

If it is none, say so in a comment on its line: `pragma: allowlist secret`, `gitleaks:allow`,
`betterleaks:allow` and `trufflehog:ignore` all count, and `pragma: allowlist nextline secret` covers the next line. A
tag that covers nothing is reported as a note.

## Limits

- A file larger than 1 GiB is a problem: it would take longer to look at than a guard may. `exclude` leaves it out.
- What compressed files, archives, pictures, sounds, films and fonts hold is not looked at: the ledger counts them as
  skipped, and says so.
- Names and values must stand on one line, except in property lists. Of a binary file only formats of their own are
  recognised.
- A password that is a plain word is only found where it is a setting of a machine, such as in `.env`.
- Nobody is asked whether a credential still works.
- Rules of gitleaks see one line at a time, and `.gitleaksignore` and the commits in allow-lists are not read.
- In the mode `compat`, files are read as UTF-8, whatever the locale says, and links are not followed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from guards._core.model import (
    Case,
    Fact,
    Finding,
    Guard,
    Need,
    Problem,
    ProblemKind,
    Select,
    Skipped,
    Source,
    Span,
    Trigger,
)
from guards._core.options import option
from guards.secrets import default, foreign, places
from guards.secrets.default import Found, Text, look
from guards.secrets.detectors import ELSEWHERE
from guards.secrets.identity import digest, masked
from guards.secrets.rules import DETECT_SECRETS, RULES, UNUSED_TAG
from guards.secrets.tags import Tag

_SAMPLE = 8192
"""So many bytes decide whether a file is binary."""


class Mode(enum.StrEnum):
    """What counts as a secret."""

    DEFAULT = "default"
    COMPAT = "compat"


@dataclass(frozen=True, slots=True)
class Options:
    """The table `[tool.guard.secrets]`."""

    mode: Mode = option(Mode.DEFAULT, "`default`, or `compat` for exactly what detect-secrets 1.5 finds.")
    salt: str = option("", "Any text; makes the identity of a finding the same on every machine.")
    rules: tuple[str, ...] = option((), "Paths of files with rules of gitleaks or betterleaks.", pattern=r"\.toml$")


class Slice(NamedTuple):
    """All that scan may know of the settings."""

    mode: Mode
    salt: str
    rules: tuple[str, ...]


_RULES = "rules"
"""The path class of the files with rules, and the kind of fact that tells of one."""
_CONFINED = "confined"
"""The kind of a fact that is a finding if its path agrees."""


def classify(path: str, scan_slice: Slice) -> str | Skipped:
    """What scan knows of a path, in the words of its mode."""
    if scan_slice.mode is Mode.COMPAT:
        from guards.secrets import compat

        return compat.classify(path)
    if path in scan_slice.rules:
        return _RULES
    return places.classify(path)


def triggers(scan_slice: Slice, documents: Mapping[str, bytes]) -> tuple[Trigger, ...]:
    """Those of the mode."""
    if scan_slice.mode is Mode.COMPAT:
        from guards.secrets import compat_triggers

        return compat_triggers.TRIGGERS
    return (*default.TRIGGERS, *foreign.triggers(foreign.rules_of(documents)))


_LARGEST = 1 << 30
"""Bytes; looking at more would take longer than a guard may."""


def scan(source: Source[Options]) -> Iterator[Finding | Fact | Problem]:
    """The secrets of one file."""
    if source.size > _LARGEST:
        yield Problem(f"larger than {_LARGEST >> 30} GiB", ProblemKind.LIMIT)
    elif source.scan_slice.mode is Mode.COMPAT:
        yield from _compat(source)
    elif source.path_class == _RULES:
        yield Fact(_RULES, [[rule.id, rule.why] for rule in foreign.read(source.data).refused])
    else:
        yield from _default(source)


def _compat(source: Source[Options]) -> Iterator[Finding]:
    from guards.secrets import compat

    data = source.reader.read() if source.reader is not None else source.data
    hits = source.hits_in(data) if source.reader is not None else source.hits
    transcoded = source.reader is None and source.text is not source.data
    for hit in compat.hits(data, source.path_class, hits, source.hits_in, whole=transcoded):
        line = data.split(b"\n")[hit.line - 1 : hit.line]
        text = line[0].decode("utf-8", "replace") if line else ""
        at = max(0, text.find(hit.secret))
        span = Span(hit.line, at + 1, hit.line, at + len(hit.secret) + 1)
        subject = digest(f"{hit.type}\0{hit.secret}", source.key, salt=source.scan_slice.salt)
        message = f"detect-secrets reports this as {hit.type}"
        yield Finding(DETECT_SECRETS, message, span=span, subject=subject, hint=ELSEWHERE)


def judge(case: Case[Options]) -> Iterator[Finding | Problem | Need]:
    """What only paths can tell: where rules of this repository count, and which of them could not be run."""
    if case.options.mode is Mode.DEFAULT and case.options.rules:
        missing = tuple(path for path in case.options.rules if path not in case.facts)
        if missing:
            yield Need(missing)
            return
        yield from _refusals(case)
    for path, facts in case.facts.items():
        yield from (found for fact in facts if fact.kind == _CONFINED for found in _at(path, fact))


def _refusals(case: Case[Options]) -> Iterator[Problem]:
    for path in case.options.rules:
        told = [fact.data for fact in case.facts[path] if fact.kind == _RULES]
        if not told:
            yield Problem("the settings name this file with rules, and it is not here", ProblemKind.CONFIG, path)
        for refused in told[0] if told and isinstance(told[0], list) else ():
            name, why = refused if isinstance(refused, list) else ("", "")
            rule = f"the rule {name} is not run: " if name else ""
            yield Problem(f"{rule}{why}", ProblemKind.CONFIG, path)


def _at(path: str, fact: Fact) -> Iterator[Finding]:
    """The finding of a fact, if the rule behind it is for this path."""
    data: Any = fact.data
    if data["only_at"] and not foreign.is_at(data["only_at"], path):
        return
    if any(foreign.is_at(pattern, path) for pattern in data["not_at"]):
        return
    yield Finding(
        data["rule"],
        data["message"],
        path,
        fact.span,
        data["subject"],
        data["hint"],
    )


def _default(source: Source[Options]) -> Iterator[Finding | Fact]:
    place = places.read(source.path_class)
    for text in _texts(source, place):
        found, tags = look(text)
        covered = {tag.covers for tag in tags}
        for one in found:
            if one.span.line not in covered:
                yield _told(one, source)
        yield from _unused(tags, {one.span.line for one in found}, place)


def _told(one: Found, source: Source[Options]) -> Finding | Fact:
    """A finding, or what makes one of it once its path is known."""
    finding = _finding(one, source)
    if not one.only_at and not one.not_at:
        return finding
    data = {"rule": finding.rule, "message": finding.message, "subject": finding.subject, "hint": finding.hint}
    return Fact(_CONFINED, {**data, "only_at": one.only_at, "not_at": list(one.not_at)}, finding.span)


def _texts(source: Source[Options], place: places.Place) -> Iterator[Text]:
    rules = foreign.rules_of(source.documents) if source.documents else ()
    if source.reader is None:
        binary = source.text is source.data and b"\0" in source.data[:_SAMPLE]
        yield Text(source.text, source.hits, place, source.hits_in, binary=binary, rules=rules)
        return
    from guards.secrets.streaming import blocks

    binary = False
    for number, block in enumerate(blocks(source.reader)):
        binary = binary or (number == 0 and b"\0" in block.data[:_SAMPLE])
        hits = source.hits_in(block.data)
        if hits:
            yield Text(block.data, hits, place, source.hits_in, block.first_line, binary, rules)


def _finding(one: Found, source: Source[Options]) -> Finding:
    accepted = one.accepted
    shown = f": {masked(one.value, accepted.shown)}" if accepted.shown else ""
    via = f", in {one.via}" if one.via else ""
    return Finding(
        accepted.rule,
        f"this is {accepted.what}{shown}{via}",
        span=one.span,
        subject=digest(one.value, source.key, salt=source.scan_slice.salt),
        hint=accepted.hint,
        level=accepted.level,
    )


def _unused(tags: Iterable[Tag], lines: set[int], place: places.Place) -> Iterator[Finding]:
    for tag in tags:
        if tag.covers not in lines and tag.in_comment and place.kind is not places.Kind.TEXT:
            span = Span(tag.line, tag.column, tag.line, tag.column + len(tag.text))
            yield Finding(
                UNUSED_TAG, f"`{tag.text}` covers nothing", span=span, subject=tag.text, hint="Remove the comment."
            )


def _slice(options: Options, canonical: Any) -> Slice:
    return Slice(options.mode, options.salt, options.rules)


def _reads(options: Options, canonical: Any) -> tuple[str, ...]:
    return options.rules


GUARD = Guard(
    id="secrets",
    summary="Is a credential in the tree, the index or the history?",
    rules=RULES,
    options=Options,
    page=__doc__ or "",
    select=Select(),
    classify=classify,
    scan_slice=_slice,
    reads=_reads,
    triggers=triggers,
    facts_from=Select(kinds=frozenset()),
    asks_for=Select(suffixes=frozenset({".toml"})),
    scan=scan,
    stream=True,
    history=True,
    judge=judge,
    enabled=True,
    engines=("detect-secrets",),
)
