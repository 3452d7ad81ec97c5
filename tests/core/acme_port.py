"""acme.port: a guard with fixes, for the tests of the engine that makes them. It is of an older opinion about ports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guards import Edit, Finding, Fix, Guard, Level, Rule, Select, Source, Span, option

OLD, NEW = b"8080", b"9090"
PORT = Rule("acme.port/old", "The port has moved.", help="Write 9090.")
SECRET = Rule("acme.port/secret", "This shall not be shown.", Level.WARNING, help="Write nothing.", sensitive=True)


@dataclass(frozen=True, slots=True)
class Options:
    """How the fixes go wrong."""

    lie: bool = option(False, "Plan a value that does not change.")
    overlap: bool = option(False, "Want the same bytes twice.")
    again: bool = option(False, "Make the same finding come back.")


def scan(source: Source[Options]) -> Iterator[Finding]:
    """A finding with a fix for each old port."""
    options: Options = source.scan_slice
    if b"crash the scan" in source.data:
        raise RuntimeError("as asked")
    for match in re.finditer(rb"(\"?port\"?[:=] ?)?8080", source.data):
        start = match.end() - len(OLD)
        at = ("other",) if options.lie else ("port",) if match[1] else None
        new = NEW if not options.again else OLD + b" "
        fix = Fix("write 9090", (Edit(start, start + len(OLD), OLD, new, at),))
        line = source.data.count(b"\n", 0, start) + 1
        yield Finding(PORT.id, "the port is 9090", span=Span(line, 1, line, 2), subject=f"{start}", fix=fix)
        if options.overlap:
            fix = Fix("write more", (Edit(start - 1, start + 1, source.data[start - 1 : start + 1], b"--"),))
            yield Finding(PORT.id, "the port is elsewhere", span=Span(line, 1, line, 2), subject=f"x{start}", fix=fix)
    for match in re.finditer(rb"hidden-[0-9]+", source.data):
        fix = Fix("hide it", (Edit(match.start(), match.end(), match[0], b"gone"),))
        yield Finding(SECRET.id, "something is not hidden", span=Span(1, 1, 1, 2), subject="s", fix=fix)


def proof(path: str, before: bytes, after: bytes) -> str:
    """Says that files which ask for it must not be changed."""
    if b"crash the proof" in before:
        raise RuntimeError("as asked")
    return "its author does not want that" if b"never touch" in before else ""


GUARD = Guard(
    id="acme.port",
    summary="Is the port the new one?",
    rules=(PORT, SECRET),
    options=Options,
    page=__doc__ or "",
    select=Select(),
    scan_slice=lambda options, canonical: options,
    scan=scan,
    proof=proof,
)
