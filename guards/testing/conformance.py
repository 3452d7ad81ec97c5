"""The contract of guards, as far as a program can check it."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from guards._core import options as options_
from guards._core.errors import TriggerError
from guards._core.fixes import merged
from guards._core.model import Case, Fact, Finding, Guard, Kind, Need, ProblemKind, Source, Trigger
from guards._core.replacing import RefusedError
from guards._core.scanning import checked_item
from guards._core.transcode import to_utf8
from guards._core.triggers import Engine, engine_for
from guards.testing.examples import Example
from guards.testing.repositories import Content, Link, run_guard

HEADINGS = ("What it does", "Why it matters", "Bad", "Good", "Options", "How to fix", "Limits")
"""What the page of a guard tells, in this order. `Options` only where there are any."""

HOSTILE: Mapping[str, bytes] = {
    "empty": b"",
    "nul": b"\0" * 1000,
    "every-byte": bytes(range(256)) * 4,
    "broken-utf8": b"caf\xe9 \xff\xfe\xfd \xed\xa0\x80 \xc3",
    "utf16-mark": "a = 'ä'\n".encode("utf-16"),
    "utf8-mark": b"\xef\xbb\xbfa: b\n",
    "carriage-returns": b"a = 1\rb = 2\r\r\nc",
    "one-long-line": b"abcdefgh (" * 50_000,
    "many-lines": b"\n" * 50_000,
    "deep": b"[{(" * 20_000,
    "deep-indent": b"".join(b" " * depth + b"a:\n" for depth in range(300)),
    "many-quotes": b"'\"`" * 10_000,
    "escape-sequences": b"\x1b]0;title\x07\x1b[2J::error::x\n",
}
"""Content that no guard may stumble over."""

_BROKEN = {
    ProblemKind.CRASHED,
    ProblemKind.TIMEOUT,
    ProblemKind.INTERNAL,
    ProblemKind.TOOL_FAILED,
    ProblemKind.TOOL_MISSING,
}


def check_guard(guard: Guard[Any], examples: Sequence[Example] = ()) -> None:
    """Check a guard against the contract. AssertionError tells all that is wrong.

    With examples it is also proved that triggers never hide what scan would see, and that each rule has a bad example.
    """
    found = list(complaints(guard, examples))
    if found:
        raise AssertionError("\n".join([f"guard {guard.id} breaks the contract:", *(f"- {line}" for line in found)]))


def complaints(guard: Guard[Any], examples: Sequence[Example] = ()) -> Iterator[str]:
    """What is wrong with a guard, a sentence each."""
    yield from _about_words(guard)
    yield from _about_page(guard)
    defaults = yield from _about_options(guard)
    yield from _about_triggers(guard, defaults)
    if defaults is None:
        return
    yield from _about_scan(guard, defaults, examples)
    yield from _about_judge(guard, defaults)
    yield from _about_hostile_repositories(guard)
    yield from _about_examples(guard, examples)


def _about_words(guard: Guard[Any]) -> Iterator[str]:
    if not guard.summary:
        yield "it has no summary"
    ids = [rule.id for rule in guard.rules]
    if not ids:
        yield "it has no rules"
    if ids != sorted(set(ids)):
        yield "its rules are not sorted by id, or one stands twice"
    for rule in guard.rules:
        if not rule.summary.endswith("."):
            yield f"{rule.id}: its summary is no sentence"
        if not rule.help.strip():
            yield f"{rule.id}: it has no help"


def _about_page(guard: Guard[Any]) -> Iterator[str]:
    if not guard.page.startswith(f"{guard.id}: "):
        yield f"its page does not begin with `{guard.id}: `"
    at = 0
    for heading in HEADINGS:
        match = re.compile(rf"^#+ {heading}$", re.MULTILINE).search(guard.page, at)
        if match:
            at = match.end()
        elif heading != "Options" or (is_dataclass(guard.options) and fields(guard.options)):
            yield f"its page has no heading {heading!r} in its place; the order is {', '.join(HEADINGS)}"


def _about_options(guard: Guard[Any]) -> Generator[str, None, Any]:
    """Complaints, and in the end the default options; None where there are none."""
    if not is_dataclass(guard.options):
        yield "its options are no dataclass"
        return None
    for field in fields(guard.options):
        if not field.metadata.get("doc"):
            yield f"option {options_.key_of(field)} has no description: declare it with `option(default, doc)`"
    defaults, errors = options_.parse(guard.options, {})
    for error in errors:
        yield f"its options have no complete defaults: {error.message}"
    json.dumps(options_.json_schema(guard.options))
    return defaults


def _about_triggers(guard: Guard[Any], defaults: Any) -> Iterator[str]:
    for trigger in guard.triggers_for(guard.scan_slice(defaults, None), {}) if defaults is not None else ():
        try:
            engine_for((trigger,), None)
        except TriggerError as error:
            yield f"trigger {trigger.pattern!r}: {error}"
    for name, pattern in guard.path_patterns.items():
        try:
            re.compile(pattern)
            engine_for((Trigger(f"^(?:{pattern})$"),), None)
        except (re.error, TriggerError) as error:
            yield f"path pattern {name!r}: {error}"


@dataclass(frozen=True, slots=True)
class _Input:
    """A file that scan is given."""

    name: str
    path: str
    content: bytes
    options: Any


def _about_scan(guard: Guard[Any], defaults: Any, examples: Sequence[Example]) -> Iterator[str]:
    scan = guard.scan
    if scan is None:
        return
    inputs = [_Input(name, path, data, defaults) for name, data in HOSTILE.items() for path in _paths(guard)]
    inputs += [one for example in examples for one in _inputs_of(example, guard)]
    sources = [(one, source) for one in inputs if (source := _source(guard, one)) is not None]
    first = [_outcome(guard, scan, source) for _, source in sources]
    again = [_outcome(guard, scan, source) for _, source in reversed(sources)][::-1]
    for (one, source), seen, seen_again in zip(sources, first, again, strict=True):
        if isinstance(seen, str):
            yield f"scan of {one.name}, as {one.path}: {seen}"
        elif seen != seen_again:
            yield f"scan of {one.name}, as {one.path}: a second time, and after other files, it saw something else"
        elif guard.triggers and not source.hits and any(isinstance(item, Finding) for item in seen):
            yield f"scan of {one.name}: it found something that no trigger hits, so in a run it never would"
        elif any(isinstance(item, Finding) and not _fits(item, source.data) for item in seen):
            yield f"scan of {one.name}: a fix would replace what is not there, or the same bytes twice"
        elif any(isinstance(item, Fact) and not _survives_json(item) for item in seen):
            yield f"scan of {one.name}: a fact is not the same after a trip through JSON"


def _paths(guard: Guard[Any]) -> list[str]:
    """Paths that the guard selects, in two folders."""
    names = sorted(guard.select.names) + [f"file{suffix}" for suffix in sorted(guard.select.suffixes)]
    names = names or ["file", "file.py", "file.md", "file.yaml", "file.json", "file.sh"]
    return [f"{folder}{name}" for folder in ("", "tests/data/") for name in names]


def _inputs_of(example: Example, guard: Guard[Any]) -> Iterator[_Input]:
    options, _ = options_.parse(guard.options, dict(example.options))
    for path, content in example.tree.items():
        if isinstance(content, bytes) and options is not None:
            yield _Input(f"{path} of {example}", path, content, options)


def _source(guard: Guard[Any], one: _Input) -> Source[Any] | None:
    """The file as a run would hand it over; None where the guard does not want it."""
    scan_slice = guard.scan_slice(one.options, None)
    path_class = guard.classify(one.path, scan_slice)
    if not isinstance(path_class, str) or Kind.FILE not in guard.select.kinds:
        return None
    transcoded = to_utf8(one.content)
    text = transcoded.data if transcoded else one.content
    engine = _engine(guard.triggers_for(scan_slice, {}))
    hits = engine.lines(text)
    return Source(one.content, text, Kind.FILE, path_class, hits, scan_slice, len(one.content), hits_in=engine.lines)


@functools.lru_cache(maxsize=8)
def _engine(triggers: tuple[Trigger, ...]) -> Engine:
    return engine_for(triggers, None)


def _outcome(guard: Guard[Any], scan: Callable[[Source[Any]], Iterable[Any]], source: Source[Any]) -> list[Any] | str:
    try:
        return [checked_item(guard, item) for item in scan(source)]
    except Exception as error:  # noqa: BLE001 - a guard may raise anything, and that is what is asked here
        return f"raises {type(error).__name__}: {error}"


def _fits(finding: Finding, data: bytes) -> bool:
    """Whether the edits of its fix can be made together."""
    try:
        merged(data, [], finding.fix.edits if finding.fix else ())
    except RefusedError:
        return False
    return True


def _survives_json(fact: Fact) -> bool:
    return bool(json.loads(json.dumps(fact.data)) == fact.data)


def _about_judge(guard: Guard[Any], defaults: Any) -> Iterator[str]:
    if guard.judge is None:
        return
    empty: Case[Any] = Case(defaults, {}, (), dict.fromkeys(guard.path_patterns, ()), None)
    try:
        items = [checked_item(guard, item, (Need,)) for item in guard.judge(empty)]
    except Exception as error:  # noqa: BLE001 - as above
        yield f"judge of an empty repository raises {type(error).__name__}: {error}"
        return
    if not guard.needs_section and any(isinstance(item, Finding) for item in items):
        yield "judge of an empty repository finds something"


def _about_hostile_repositories(guard: Guard[Any]) -> Iterator[str]:
    tree: dict[str, Content] = {}
    for name, data in HOSTILE.items():
        tree.update({f"{name}/{path}": data for path in _paths(guard)})
    tree |= {"loop": Link("loop"), "out": Link("../" * 50 + "etc/passwd"), "a\nb\x1b[1m": b"x", "caf\udce9.txt": b"x"}
    for problem in run_guard(guard, tree).problems:
        if problem.kind in _BROKEN:
            yield f"in a repository of hostile files, at {problem.path or 'judge'}: {problem.reason}"


def _about_examples(guard: Guard[Any], examples: Sequence[Example]) -> Iterator[str]:
    if not examples:
        return
    shown = {finding.get("rule") for example in examples for finding in example.findings}
    for rule in guard.rules:
        if rule.id not in shown:
            yield f"{rule.id}: no bad example shows it"
