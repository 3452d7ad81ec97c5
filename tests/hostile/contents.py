"""File contents that break programs which read them: made here, never committed, so that no tool trips over them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

_KEY = "-----BEGIN RSA PRIVATE " + "KEY-----"


def _repeated(unit: str, count: int) -> Callable[[], bytes]:
    return lambda: unit.encode() * count


def _text(text: str) -> Callable[[], bytes]:
    return text.encode


def _alias_bomb() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(lines).encode()


def _merge_bomb() -> bytes:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], k{n}: v}}" for n in range(1, 10)]
    return "\n".join(lines).encode()


def _nested_blocks(depth: int) -> bytes:
    return "".join(f"{' ' * n}k:\n" for n in range(depth)).encode()


def _conflict() -> bytes:
    return ("<" * 7 + " ours\na\n" + "=" * 7 + "\nb\n" + ">" * 7 + " theirs\n").encode() * 50


CONTENTS: Mapping[str, Callable[[], bytes]] = {
    "nothing": _text(""),
    "one-nul": _text("\0"),
    "nul-inside": _text('{"a": "b\0c"}\n'),
    "invalid-utf8": lambda: b'{"a": "\xff\xfe\x80 \xc3\x28 \xed\xa0\x80"}\n',
    "latin-1": lambda: '{"stra\u00dfe": "m\u00fcller"}\n'.encode("latin-1"),
    "utf16-little": lambda: b"\xff\xfe" + '{"a": 1}\n'.encode("utf-16-le"),
    "utf16-big": lambda: b"\xfe\xff" + '{"a": 1}\n'.encode("utf-16-be"),
    "utf16-unmarked": lambda: '{"a": 1}\n'.encode("utf-16-le"),
    "utf16-cut": lambda: b"\xff\xfe" + '{"a": 1}\n'.encode("utf-16-le")[:-1],
    "utf16-lone-surrogate": lambda: b"\xff\xfe" + '{"a": "'.encode("utf-16-le") + b"\x00\xd8" + b'"\0}\0',
    "utf32": lambda: b"\xff\xfe\0\0" + '{"a": 1}\n'.encode("utf-32-le"),
    "utf8-marked": lambda: b"\xef\xbb\xbf" + b'{"a": 1}\n',
    "mark-twice": lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + b'{"a": 1}\n',
    "crlf": _text('{\r\n"a": 1,\r\n"b": [\r\n1]}\r\n'),
    "lone-cr": _text('{\r"a": 1,\r"b": 2}\r'),
    "mixed-line-ends": _text('{"a":\r\n1,\r"b":\n2\x85\u2028}\x0b\x0c'),
    "long-line": lambda: b'{"a": "' + b"x" * 5_000_000 + b'"}',
    "long-line-of-brackets": _repeated("[]", 500_000),
    "deep-lists": _repeated("[", 100_000),
    "deep-objects": _repeated('{"a":', 100_000),
    "deep-closed-lists": lambda: b"[" * 50_000 + b"]" * 50_000,
    "deep-blocks": lambda: _nested_blocks(1500),
    "deep-dashes": _repeated("- ", 20_000),
    "deep-question-marks": _repeated("? ", 20_000),
    "deep-toml": lambda: b"a = " + b"[" * 50_000,
    "deep-attributes": lambda: b"x" + b".a" * 100_000,
    "deep-minus": lambda: b"x = " + b"-" * 100_000 + b"1",
    "deep-parentheses": lambda: b"x = " + b"(" * 50_000 + b")" * 50_000,
    "many-operands": lambda: b"x = " + b"1+" * 50_000 + b"1",
    "dotted-key-bomb": lambda: b".".join([b"a"] * 50_000) + b" = 1\n",
    "dotted-table-bomb": lambda: b"[" + b".".join([b"a"] * 50_000) + b"]\n",
    "alias-bomb": _alias_bomb,
    "merge-bomb": _merge_bomb,
    "alias-of-itself": _text("a: &a [*a, {b: *a}]\n"),
    "key-of-itself": _text("&a {*a : 1}\n"),
    "duplicate-keys": _text('{"a": 1, "a": 2, "b": {"c": 1, "c": 1}}\n'),
    "many-duplicate-keys": lambda: b"{" + b",".join([b'"a": 1'] * 20_000) + b"}",
    "lone-surrogates": _text(r'{"\ud800": "\udfff", "a": "\ud83d"}'),
    "controls": _text('{"\x1b[31mred\x1b[0m": "\x07\x08\x9b31m"}\n\x1b]8;;https://evil.example\x07link\x1b]8;;\x07\n'),
    "commands": _text("::error::mine\n::stop-commands::x\n##[error]mine\n##vso[task.complete]x\n"),
    "markup": _text('{"<img src=x onerror=alert(1)>": "![a](https://evil.example) @team </code><script>"}\n'),
    "catastrophic": lambda: json.dumps({"pattern": "a" * 60 + "!", "k": ["a" * 40 + "!"] * 50}).encode(),
    "huge-integer": lambda: b'{"a": ' + b"9" * 100_000 + b"}",
    "huge-exponent": _text('{"a": 1e400, "b": -1e-400, "c": 1e999999999}\n'),
    "not-numbers": _text('{"a": NaN, "b": Infinity, "c": -Infinity}\n'),
    "wrong-dates": _text("a: 2001-99-99\nb: 0000-00-00T99:99:99Z\nc: 190:20:30\nd: 1_000\n"),
    "wrong-toml-dates": _text("a = 2001-99-99\nb = 1979-05-27T99:32:00Z\n"),
    "code-tags": _text("a: !!python/object/apply:os.system ['touch pwned']\nb: !!python/name:os.system\n"),
    "other-tags": _text("a: !!binary '@@'\nb: !!set [1]\nc: !!omap {a: b}\nd: !<tag:evil,2000:x> y\n"),
    "document-ends": _repeated("---\n...\n", 1_500),
    "directives": lambda: b"%YAML 9.9\n%TAG ! tag:evil,2000:\n" * 100 + b"---\na: 1\n",
    "two-documents": _text("a: 1\n---\nb: [\n"),
    "tabs": _text("a:\n\t- b\n\t\tc: d\n"),
    "quotes": _repeated('"', 100_000),
    "open-quote": lambda: b'a,b\n"' + b"x,\n" * 50_000,
    "many-columns": lambda: b",".join([b"c"] * 50_000) + b"\n" + b",".join([b"1"] * 50_000),
    "ragged-rows": _text("a,b\n1\n1,2,3\n\n,,,,\n"),
    "many-lines": _repeated("\n", 200_000),
    "records": _repeated('{"a": 1}\n', 20_000),
    "bad-records": _repeated('{"a": \n', 5_000),
    "conflicts": _conflict,
    "key-block": lambda: f"{_KEY}\n".encode() * 200,
    "attributes": lambda: b"[attr]x y\n*.json x filter=lfs diff=evil\n" * 100 + b'"unclosed\n',
    "modules": lambda: (
        b'[submodule "a"]\n\tpath = ../../out\n\turl = ext::sh -c touch% pwned\n[submodule "\x1b"]\npath=x\n'
    ),
    "schema-of-itself": _text('{"$schema": "./x.json", "$ref": "#", "$id": "https://evil.example/x"}'),
    "schema-far-away": _text('{"$schema": "https://evil.example/s.json", "$ref": "http://evil.example/r"}'),
    "schema-outside": _text('{"$schema": "../../../../etc/passwd"}'),
    "schema-patterns": _text('{"$schema": "http://json-schema.org/draft-07/schema#", "pattern": "(((a+)+)+)+$["}'),
}
"""By name; each is written under every suffix, and as the files that settings and schemas come from."""

LARGE: Mapping[str, Callable[[], bytes]] = {
    "json-200k-keys": lambda: json.dumps({f"k{n}": n for n in range(200_000)}).encode(),
    "yaml-200k-keys": lambda: "".join(f"k{n}: {n}\n" for n in range(200_000)).encode(),
    "yaml-2.5m-items": _repeated("- 1\n", 2_500_000),
    "records-100mb": lambda: b'{"a": 1, "b": ["x", "y"], "c": {"d": null}}\n' * 2_300_000,
    "hundred-megabytes": lambda: b"[" + b'"0123456789abcdef",' * 5_500_000 + b"1]",
    "rows-40mb": lambda: b"a,b,c\n" + b"1,two,3.0\n" * 4_000_000,
}
"""Contents whose size is the attack."""

SUFFIXES = (".json", ".yaml", ".toml", ".csv", ".jsonl", ".py", ".md", ".pem", "")
"""What each content is called, so that every guard's selection meets it."""
