"""Environment files, INI files and Dockerfiles: values, and the very text at each place."""

from __future__ import annotations

import configparser
import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guards._code.spans import DEFAULT_LIMITS, Document, DocumentError, ErrorKind, JsonPath, Limits, Part, RemarkKind
from guards._code.spans.dockerfile import parse_dockerfile
from guards._code.spans.dotenv import parse_dotenv
from guards._code.spans.ini import parse_ini
from guards._code.spans.text import Text, decode

Parser = Callable[[Text, Limits], Document]
PARSERS: list[Parser] = [parse_dotenv, parse_ini, parse_dockerfile]


def read(parser: Parser, text: str, limits: Limits = DEFAULT_LIMITS) -> Document:
    return parser(decode(text.encode()), limits)


def scalars(value: Any, path: JsonPath = ()) -> list[tuple[JsonPath, str]]:
    """All texts in a value with their paths."""
    if isinstance(value, dict):
        return [one for key, member in value.items() for one in scalars(member, (*path, key))]
    if isinstance(value, list):
        return [one for number, item in enumerate(value) for one in scalars(item, (*path, number))]
    return [(path, value)]


@pytest.mark.parametrize(
    ("line", "value", "source"),
    [
        ("A=1", "1", "1"),
        ("  export A = 1 ", "1", "1"),
        ("A=1 # one", "1", "1"),
        ("A=1#one", "1#one", "1#one"),
        ("A=", "", ""),
        ("A= # nothing", "", ""),
        ("A='x # y' # z", "x # y", "'x # y'"),
        ('A="x\ny"', "x\ny", '"x\ny"'),
        ('A="a\\n\\"b\\$"', 'a\n"b$', '"a\\n\\"b\\$"'),
        ("A=`x`", "x", "`x`"),
        ("A=${B:-c d}", "${B:-c d}", "${B:-c d}"),
        ("A=é", "é", "é"),
        ("A=1\r\nB=2\r", "1", "1"),
    ],
)
def test_values_of_environment_files(line: str, value: str, source: str) -> None:
    document = read(parse_dotenv, f"# comment\n\n{line}\n")
    assert isinstance(document.value, dict)
    assert (document.value["A"], document.source(("A",))) == (value, source)
    assert document.source(("A",), Part.KEY) == "A"


def test_a_name_that_is_assigned_twice_has_its_later_value() -> None:
    document = read(parse_dotenv, "A=1\nnothing here\nA=2\n")
    assert document.value == {"A": "2"}
    assert [(remark.kind, remark.span.line) for remark in document.remarks] == [(RemarkKind.DUPLICATE_KEY, 3)]


def test_values_of_ini_files() -> None:
    text = "top = 0\n[a.b]\n; no\nkey : v = w\n\tmore\n# no\nlist =\n   x\n   y\n[c]\nflag\nÉ=é \n[a.b]\nlate = 1\n"
    document = read(parse_ini, text)
    assert document.value == {
        "top": "0",
        "a.b": {"key": "v = w\nmore", "list": "x\ny", "late": "1"},
        "c": {"flag": "", "É": "é"},
    }
    assert document.source(("a.b", "key")) == "v = w\n\tmore"
    assert document.source(("a.b", "list")) == "x\n   y"
    assert document.source(("c", "É"), Part.KEY) == "É"
    assert document.span(("a.b", "late")).line == 14


WORDS = st.text("abé", min_size=1, max_size=4)


@given(st.dictionaries(WORDS, st.dictionaries(WORDS, WORDS | st.just("x = y : z"), max_size=3), max_size=3))
def test_what_configparser_writes_is_read_as_it_reads_it(sections: dict[str, dict[str, str]]) -> None:
    lines = [
        line for name, keys in sections.items() for line in (f"[{name}]", *(f"{k} = {v}" for k, v in keys.items()))
    ]
    parser = configparser.RawConfigParser(default_section="")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string("\n".join(lines))
    assert read(parse_ini, "\n".join(lines)).value == {name: dict(parser[name]) for name in parser.sections()}


DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG PY=3.11
FROM --platform=linux/amd64 "python:${PY}" AS build
ARG PY
ENV A=1 \\
  # why
  B="two words" C=d\\ e
env OLD some value
RUN <<EOF
EXPOSE 1
EOF
RUN cat <<-'A' <<B
EXPOSE 2
\tA
EXPOSE 3
B
EXPOSE 8080/tcp 9090
FROM scratch
EXPOSE 7
ENV A=2
LABEL "a.b"="c"
CMD ["x", "y"]
"""


def test_instructions_of_all_stages() -> None:
    document = read(parse_dockerfile, DOCKERFILE)
    assert document.value == {
        "ARG": {"PY": "3.11"},
        "FROM": ["python:${PY}", "scratch"],
        "ENV": {"A": ["1", "2"], "B": "two words", "C": "d\\ e", "OLD": "some value"},
        "RUN": ["<<EOF", "cat <<-'A' <<B"],
        "EXPOSE": ["8080/tcp", "9090", "7"],
        "LABEL": {"a.b": "c"},
        "CMD": ['["x", "y"]'],
    }
    assert document.source(("FROM", 0)) == '"python:${PY}"'
    assert [document.span(("ENV", "A", number)).line for number in (0, 1)] == [5, 20]
    assert document.source(("ENV", "A"), Part.KEY) == "A"


def test_the_character_that_continues_a_line_is_what_the_directive_says() -> None:
    document = read(parse_dockerfile, "# escape=`\nENV A=C:\\ `\n  B=2\nEXPOSE 1\n")
    assert document.value == {"ENV": {"A": "C:\\", "B": "2"}, "EXPOSE": ["1"]}


@given(st.sampled_from(PARSERS), st.text("AB=[]:;#\"'`\\ \t\r\nFROMENVé<", max_size=80))
def test_a_value_without_escapes_is_the_text_at_its_place(parser: Parser, text: str) -> None:
    """For any text: nothing is raised, and what was read stands where it says."""
    document = read(parser, text)
    for path, value in scalars(document.value):
        source = document.source(path)
        start, end = document.offsets(path)
        assert text.encode()[start:end].decode() == source
        if "\\" not in source and "\n" not in source:
            assert value in {source, source[1:-1]}


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "text",
    ['A="' + "\\" * 200_000, "A='" * 60_000, "FROM " + '"' * 100_000, "ENV " + "\\\n" * 100_000, "RUN <<A\n" * 500,
     "a" + " " * 200_000 + "b", "[" * 200_000, "=\n" * 100_000,
     "ENV a " + "'b" * 50_000, "k=1\n" + " more\n" * 200_000],
    ids=["backslashes", "quotes", "open quotes", "continued", "heredocs", "spaces", "brackets", "no keys", "halves",
         "long value"],
)  # fmt: skip
def test_no_text_keeps_a_reader_busy(parser: Parser, text: str) -> None:
    """The tests' own time limit is the judge: a pattern that backtracks would never end."""
    with contextlib.suppress(DocumentError):
        read(parser, text)


@pytest.mark.parametrize(
    ("parser", "text"),
    [(parse_dotenv, "A=1\nB=2\nC=3"), (parse_ini, "A=1\nB=2\nC=3"), (parse_dockerfile, "FROM a\nFROM b\nFROM c")],
)
def test_more_values_than_allowed_are_refused(parser: Parser, text: str) -> None:
    with pytest.raises(DocumentError) as raised:
        read(parser, text, Limits(nodes=2))
    assert raised.value.kind is ErrorKind.LIMIT
    assert raised.value.span.line == 3
