"""Random edits of canonical.yaml and of what is bound to it: no crash, and every verdict is that of a naive reading.

The reading below knows nothing of facts that scan tells judge, of points, globs or spans: it walks parsed documents.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from packaging.version import InvalidVersion, Version

from guards._code.reading import documents, reader_of
from guards._code.spans import DocumentError
from guards._core import canonical as canonical_
from guards._core.model import Case, Entry, Fact, Finding, Kind, Problem, Source
from guards.drift import GUARD, Options
from guards.drift.mapping import classify, scan_slice

CANONICAL = """guard: 1
facts:
  port: {kind: port, value: 8080}
  version: {kind: version, value: "1.4.0"}
  name: {kind: text, value: api}
  image: {kind: text, derive: "{name}:{version}"}
  steps: {kind: list, value: [test, build]}
  zones: {kind: set, value: [eu, us]}
  from: {kind: version, from: "b.toml#v"}
bind:
  port:
    - a.yaml#port
    - {at: "a.yaml#ports", count: ">=1"}
    - {at: "b.toml#t.port", rel: exists}
    - .env#PORT
    - {at: c.json#port, count: "1"}
  version: [b.toml#v, {at: c.json#tag, rel: prefix}]
  name: [a.yaml#name, .env#NAME]
  image: [a.yaml#image]
  steps: [c.json#steps]
  zones: [c.json#zones, {at: a.yaml#zones, rel: contains}]
  from: [a.yaml#v]
"""
FILES = {
    "a.yaml": "port: 8080\nports: [8080, '8080']\nname: api\nimage: api:1.4.0\nzones: [eu, us, af]\nv: 1.4.0\n",
    "b.toml": 'v = "1.4.0"\n[t]\nport = 8080\n',
    "c.json": '{"port": 8080,\n"tag": "1.4.0-slim",\n"steps": ["test", "build"],\n"zones": ["us", "eu"]}\n',
    ".env": "PORT=8080\nNAME=api\n",
}
VALUES = ["8080", '"8080"', "0x1f90", "8081", '"${P}"', '"${P:-8080}"', "null", "[8080]", "{a: 1}", '"v1.4.0"', "-1",
          '"1.4"', "1.4", "api", '"api"', "[eu]", "[]", "true", '""', "8080/tcp", "1.4.0", "99999", "8_080", "&x 1",
          "*x"]  # fmt: skip
NOISE = "\"'{}[]:,#-|>&*!%@`\\ \t\n\0aé0."


def edited(text: str, chance: random.Random) -> str:
    """A text with something done to it that people, or accidents, do."""
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    match chance.randrange(8):
        case 0 | 1 | 2 | 3:
            scalars = list(re.finditer(r"[\w.:${}-]+", text))
            found = chance.choice(scalars) if scalars else None
            return text[: found.start()] + chance.choice(VALUES) + text[found.end() :] if found else text
        case 4:
            del lines[at]
        case 5:
            lines.insert(at, chance.choice(lines))
        case 6:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            at = chance.randrange(len(text) + 1)
            return text[:at] + chance.choice(NOISE) + text[at + chance.randrange(3) :]
    return "\n".join(lines)


# ---- What the guard says --------------------------------------------------------------------------------------------


def judged(canonical: str, files: Mapping[str, str]) -> tuple[set[tuple[str, str, str]], set[str]] | None:
    """Rule, path and subject of each finding, and the files with problems; None where there are no facts."""
    section = canonical_.read("canonical.yaml", canonical.encode(), [GUARD]).sections.get("facts")
    if section is None:
        return None
    slice_ = scan_slice(Options(mentions=False), section)
    facts: dict[str, tuple[Fact, ...]] = {}
    problems = set()
    for path, text in {**files, "canonical.yaml": canonical}.items():
        path_class = classify(path, slice_)
        if path_class is not None and GUARD.scan is not None:
            data = text.encode()
            seen = list(GUARD.scan(Source(data, data, Kind.FILE, path_class, {}, slice_)))
            facts[path] = tuple(one for one in seen if isinstance(one, Fact))
            problems |= {path for one in seen if isinstance(one, Problem)}
    entries = [Entry(path, Kind.FILE, "") for path in sorted({*files, "canonical.yaml"})]
    case = Case(Options(), facts, entries, {}, section)
    found = [one for one in (GUARD.judge(case) if GUARD.judge else ()) if isinstance(one, Finding)]
    assert all(one.span is None or one.span.line >= 1 for one in found)
    return {(one.rule, one.path, one.subject.partition(" ")[0]) for one in found}, problems


# ---- What a naive reading says --------------------------------------------------------------------------------------


def expected(section: Any, files: Mapping[str, str]) -> tuple[set[tuple[str, str, str]], set[str]]:
    """The same, by walking the documents for each bind."""
    found: set[tuple[str, str, str]] = set()
    problems: set[str] = set()
    values: dict[str, list[str] | None] = {}
    waiting = dict(section.facts)
    while waiting:
        for name, fact in list(waiting.items()):
            needs = re.findall(r"\{([^{}]*)\}", fact.derive)
            if any(need in waiting for need in needs):
                continue
            del waiting[name]
            values[name] = value_of(name, fact, values, needs, files, found, problems)
    used = {need for fact in section.facts.values() for need in re.findall(r"\{([^{}]*)\}", fact.derive)}
    used |= {name for name, places in section.bind.items() if places}
    found |= {("drift/unbound-fact", "canonical.yaml", n) for n in section.facts if n not in used}
    for name, places in section.bind.items():
        for place in places:
            at, rel, count = (place, "equal", ">=1") if isinstance(place, str) else (place.at, place.rel, place.count)
            sites = list(sites_at(at, files, problems))
            found |= counted(name, len(sites), count)
            if values[name] is not None and rel != "exists":
                found |= set(compared(name, section.facts[name], values[name] or [], sites, rel))
    return found, problems


def value_of(
    name: str,
    fact: Any,
    values: Mapping[str, list[str] | None],
    needs: list[str],
    files: Mapping[str, str],
    found: set[tuple[str, str, str]],
    problems: set[str],
) -> list[str] | None:
    if fact.derive:
        if any(values[need] is None for need in needs):
            return None
        return [re.sub(r"\{([^{}]*)\}", lambda hole: ", ".join(values[hole[1]] or []), fact.derive)]
    if not fact.from_:
        return [shown(item) for item in (fact.value if isinstance(fact.value, list) else [fact.value])]
    sites = list(sites_at(fact.from_, files, problems))
    if not sites:
        found.add(("drift/unmatched-bind", "canonical.yaml", name))
        return None
    meanings = {meaning(fact.kind, text) for _, text in sites}
    single = fact.kind not in {"list", "set"}
    if any(map(filled_in, (text for _, text in sites))) or None in meanings or (single and len(meanings) > 1):
        found.add(("drift/no-authority", "canonical.yaml", name))
        return None
    return [text for _, text in sites][: 1 if single else None]


def sites_at(at: str, files: Mapping[str, str], problems: set[str]) -> Iterator[tuple[str, str]]:
    """Path and text of each value; these selectors are a file name and plain names."""
    name, _, point = at.partition("#")
    if name not in files or not re.fullmatch(r"[^*?\[\]{}/]+", name):
        return
    try:
        parsed = documents(files[name].encode(), reader_of(name))
    except DocumentError:
        problems.add(name)
        return
    for document in parsed:
        value: Any = document.value
        for step in point.split("."):
            value = value.get(step, ...) if isinstance(value, dict) else ...
        for item in value if isinstance(value, list) else [value]:
            if item is not ... and not isinstance(item, (list, dict)):
                text = shown(item)
                default = re.fullmatch(r"\$\{\w+:?-([^{}\n]*)\}", text)
                yield name, default[1] if default else text


def counted(name: str, number: int, count: str) -> set[tuple[str, str, str]]:
    allowed = {">": number >= int(count[2:] or 0), "<": number <= int(count[2:] or 0)}.get(count[0])
    if allowed if allowed is not None else number == int(count):
        return set()
    return {("drift/count" if number else "drift/unmatched-bind", "canonical.yaml", name)}


def compared(
    name: str, fact: Any, value: list[str], sites: list[tuple[str, str]], rel: str
) -> Iterator[tuple[str, str, str]]:
    texts = [text for _, text in sites]
    if rel == "contains" or fact.kind in {"list", "set"}:
        same = {"list": texts == value, "set": set(texts) == set(value)}.get(fact.kind, True)
        if rel == "contains":
            wanted = [meaning(fact.kind, item) for item in value]
            same = all(one is not None and one in {meaning(fact.kind, text) for text in texts} for one in wanted)
        if not same and sites:
            wrong = sorted(sites, key=lambda site: site[1] in value)[0]
            yield ("drift/undecided" if filled_in(wrong[1]) else "drift/value", wrong[0], name)
        return
    for path, text in sites:
        if rel == "prefix":
            bare, start = (one.removeprefix("v") if fact.kind == "version" else one for one in (text, value[0]))
            agrees = bare.startswith(start) and not bare[len(start) : len(start) + 1].isalnum()
        else:
            agrees = meaning(fact.kind, text) is not None and meaning(fact.kind, text) == meaning(fact.kind, value[0])
        if not agrees:
            yield ("drift/undecided" if filled_in(text) else "drift/value", path, name)


def shown(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else "" if value is None else str(value)


def filled_in(text: str) -> bool:
    return re.search(r"\$\{[^{}\n]*\}|\$\w+|\{\{|\{%|%\(\w+\)s|<%", text) is not None


def meaning(kind: str, text: str) -> Any:
    if kind in {"text", "list", "set"}:
        return text
    if kind == "version":
        try:
            return Version(text.strip().removeprefix("v"))
        except InvalidVersion:
            return None
    bare = re.sub(r"(?i)/(tcp|udp|sctp)$", "", text.strip()).strip()
    if re.fullmatch(r"[-+]?\d+(_\d+)*(\.\d+)?([eE][-+]?\d\d?)?", bare, re.ASCII):
        number = float(bare.replace("_", ""))
        return int(number) if number == int(number) and 0 <= number <= 65535 else None
    try:
        number = int(bare, 0) if re.match(r"[-+]?0[xob]", bare) else -1
    except ValueError:
        return None
    return number if 0 <= number <= 65535 else None


# ---- Both -----------------------------------------------------------------------------------------------------------


def compare(seed: int) -> bool:
    """Whether there was something to compare after some random edits."""
    chance = random.Random(seed)
    canonical, files = CANONICAL, dict(FILES)
    for _ in range(chance.randrange(1, 5)):
        if chance.random() < 0.25:
            canonical = edited(canonical, chance)
        else:
            path = chance.choice(sorted(files))
            files[path] = edited(files[path], chance)
    said = judged(canonical, files)
    if said is None:
        return False
    section = canonical_.read("canonical.yaml", canonical.encode(), [GUARD]).sections["facts"]
    if any(fact.kind in {"path", "url", "table", "number"} for fact in section.facts.values()):
        return False
    assert said == expected(section, files), f"seed {seed}:\n{canonical}\n{files}"
    return True


def test_the_unedited_repository_agrees() -> None:
    assert judged(CANONICAL, FILES) == (set(), set())


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_random_edits_are_judged_as_by_a_naive_reading(first: int) -> None:
    assert sum(map(compare, range(first, first + 50))) > 20


@pytest.mark.slow
def test_many_random_edits_are_judged_as_by_a_naive_reading() -> None:
    assert sum(map(compare, range(1000, 4500))) > 2000
