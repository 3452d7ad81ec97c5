"""Documents made to hurt, and the process that reads one: `python -m tests.code.spans_bombs NAME`."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from guards._code.spans import Document, DocumentError, Format, JsonPath, parse


class Bomb(NamedTuple):
    """A document, and how reading it ends: parsed, or with an error of some kind."""

    format: Format
    data: Callable[[], bytes]
    outcome: str


def lines(pattern: bytes, count: int, joint: bytes = b"") -> bytes:
    """The pattern filled in with each number, as often as it asks for one."""
    return joint.join(pattern % ((number,) * pattern.count(b"%")) for number in range(count))


def aliases(count: int, uses: int) -> bytes:
    """Lists of the list before."""
    later = (b"a%d: &a%d [%s]" % (i, i, b",".join([b"*a%d" % (i - 1)] * uses)) for i in range(1, count))
    return b"\n".join((b"a0: &a0 [x]", *later))


def merges(count: int) -> bytes:
    """Mappings that each take in a thousand keys."""
    return b"b: &b {" + lines(b"k%d: 1", 1_000, b",") + b"}\n" + lines(b"x%d: {<<: *b}", count, b"\n")


BOMBS = {
    "json nested in lists": Bomb(Format.JSON, lambda: b"[" * 2_500_000, "limit"),
    "json nested in objects": Bomb(Format.JSON, lambda: b'{"a":' * 800_000, "limit"),
    "json brackets in a string": Bomb(Format.JSON, lambda: b'["' + b"[" * 5_000_000 + b'"]', "parsed"),
    "json one long line of escapes": Bomb(Format.JSON, lambda: b'{"a":"' + b'\\"' * 2_500_000 + b'"}', "parsed"),
    "json open string": Bomb(Format.JSON, lambda: b'["' + b"\\\\x" * 1_600_000, "syntax"),
    "json 200,000 keys": Bomb(Format.JSON, lambda: b"{" + lines(b'"k%d":%d', 200_000, b",") + b"}", "parsed"),
    "json too many values": Bomb(Format.JSON, lambda: b"[" + b"{}," * 6_000_000 + b"{}]", "limit"),
    "json only duplicates": Bomb(Format.JSON, lambda: b"{" + b'"a":1,' * 800_000 + b'"a":1}', "limit"),
    "json duplicate beside the deep": Bomb(
        Format.JSON, lambda: b'[{"a":1,"a":2},' + b"[" * 190 + b"1," * 500_000 + b"1" + b"]" * 191, "parsed"
    ),
    "json too large": Bomb(Format.JSON, lambda: b" " * (33 << 20) + b"1", "limit"),
    "json integers at the limit of digits": Bomb(
        Format.JSON, lambda: b"[" + (b"1" * 4300 + b",") * 1000 + b"1]", "parsed"
    ),
    "json wide characters": Bomb(
        Format.JSON,
        lambda: ("[" + lines(b'"%d?"', 200_000, b",").decode().replace("?", "\U0001f600") + "]").encode("utf-16"),
        "parsed",
    ),
    "jsonl 200,000 lines": Bomb(Format.JSONL, lambda: b'{"a":[1,2]}\n' * 200_000, "parsed"),
    "yaml nested in flow lists": Bomb(Format.YAML, lambda: b"[" * 5_000_000, "limit"),
    "yaml nested in flow mappings": Bomb(Format.YAML, lambda: b"{a: " * 100_000, "limit"),
    "yaml nested in block lists": Bomb(Format.YAML, lambda: b"- " * 100_000, "limit"),
    "yaml nested in keys": Bomb(Format.YAML, lambda: b"? " * 100_000, "limit"),
    "yaml nested by indentation": Bomb(
        Format.YAML, lambda: b"\n".join(b" " * level + b"a:" for level in range(2_000)), "limit"
    ),
    "yaml mapping in flow after block": Bomb(Format.YAML, lambda: b"a: {b: {" * 50_000, "limit"),
    "yaml alias bomb": Bomb(Format.YAML, lambda: aliases(12, uses=9), "limit"),
    "yaml alias chain": Bomb(Format.YAML, lambda: aliases(5_000, uses=1), "limit"),
    "yaml merge bomb": Bomb(Format.YAML, lambda: merges(6_000), "limit"),
    "yaml keys in keys": Bomb(Format.YAML, lambda: b"? " * 150 + b"[" + b"a," * 500_000 + b"]", "limit"),
    "yaml own alias": Bomb(Format.YAML, lambda: b"&a {b: &b [*a, *b]}", "limit"),
    "yaml 200,000 keys": Bomb(Format.YAML, lambda: lines(b"k%d: %d\n", 200_000), "parsed"),
    "yaml 200,000 aliases": Bomb(Format.YAML, lambda: b"a: &a x\nb:\n" + b"- *a\n" * 200_000, "parsed"),
    "yaml one long line": Bomb(Format.YAML, lambda: b"a: " + b"x " * 2_500_000, "parsed"),
    "yaml blank lines in a folded scalar": Bomb(Format.YAML, lambda: b"a: >\n  x\n" + b"\n" * 4_000_000, "parsed"),
    "yaml comment between anchor and value": Bomb(
        Format.YAML, lambda: b"a: &b " + b"#x\n" * 1_000_000 + b" c", "parsed"
    ),
    "yaml NUL": Bomb(Format.YAML, lambda: b"\0" * 5_000_000, "syntax"),
    "yaml lone CR": Bomb(Format.YAML, lambda: b"a: b\r" * 500_000, "limit"),
    "toml dotted key": Bomb(Format.TOML, lambda: b".".join([b"a"] * 50_000) + b" = 1", "limit"),
    "toml dotted key in quotes": Bomb(Format.TOML, lambda: b" . ".join([b'"a"'] * 50_000) + b" = 1", "limit"),
    "toml dotted header": Bomb(Format.TOML, lambda: b"[" + b".".join([b"a"] * 50_000) + b"]", "limit"),
    "toml many long keys": Bomb(Format.TOML, lambda: lines(b"k%d" + b".a" * 190 + b" = 1\n", 4_000), "limit"),
    "toml nested in lists": Bomb(Format.TOML, lambda: b"a = " + b"[" * 2_500_000, "limit"),
    "toml nested in tables": Bomb(Format.TOML, lambda: b"a = " + b"{a=" * 1_500_000, "limit"),
    "toml 200,000 keys": Bomb(Format.TOML, lambda: lines(b"k%d = %d\n", 200_000), "parsed"),
    "toml 100,000 tables": Bomb(Format.TOML, lambda: lines(b"[[t]]\nk = %d\n", 100_000), "parsed"),
    "toml too many names": Bomb(Format.TOML, lambda: lines(b"%x=1\n", 600_000), "limit"),
    "toml one long line": Bomb(Format.TOML, lambda: b'a = "' + b"x.\\n" * 1_250_000 + b'"', "parsed"),
    "toml open strings": Bomb(Format.TOML, lambda: b'a = """' + b'x\n"' * 1_600_000, "syntax"),
    "csv one long row": Bomb(Format.CSV, lambda: b"a,b\n" + b"x," * 2_500_000, "parsed"),
    "csv open quote": Bomb(Format.CSV, lambda: b'a,b\n"' + b'x""' * 1_600_000, "syntax"),
    "csv only ragged rows": Bomb(Format.CSV, lambda: b"a,b\n" + b"x\n" * 2_500_000, "limit"),
    "csv 200,000 rows": Bomb(Format.CSV, lambda: b"a,b\n" + b'1,"x"\n' * 200_000, "parsed"),
    "csv NUL": Bomb(Format.CSV, lambda: b"a,b\n" + b"\0" * 5_000_000, "syntax"),
    "broken UTF-8 at the end": Bomb(Format.JSON, lambda: b'"' + b"\xc3\xa9" * 2_500_000 + b'\xff"', "encoding"),
}


def read(bomb: Bomb) -> str:
    """Parse, and ask for the place of the last thing in each of the first documents."""
    try:
        documents = parse(bomb.data(), bomb.format)
    except DocumentError as error:
        return error.kind
    for document in documents[:3]:
        document.span(last_path(document))
        document.offsets(last_path(document))
    return "parsed"


def last_path(document: Document) -> JsonPath:
    """Always the last member or item, down to a scalar."""
    path: list[str | int] = []
    value = document.value
    while value and isinstance(value, dict | list):
        path.append(next(reversed(value)) if isinstance(value, dict) else len(value) - 1)
        value = value[path[-1]]  # type: ignore[index]
    return tuple(path)


def peak_mebibytes() -> float:
    """The most memory that this process has had, without what it inherited where that can be told."""
    try:
        with open("/proc/self/status") as status:
            return int(next(line.split()[1] for line in status if line.startswith("VmHWM"))) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(names: Iterable[str]) -> None:
    """Print how it ended, after how many seconds of CPU, with how much memory at most."""
    for name in names:
        began = time.process_time()
        print(json.dumps([read(BOMBS[name]), time.process_time() - began, peak_mebibytes()]))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
