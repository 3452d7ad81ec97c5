"""Markdown and Python: what is read of them, and the very text at each place."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guards._code.spans import DEFAULT_LIMITS, Document, DocumentError, ErrorKind, JsonPath, Limits, Part, RemarkKind
from guards._code.spans.markdown import parse_markdown
from guards._code.spans.python import parse_python
from guards._code.spans.text import decode


def markdown(text: str, limits: Limits = DEFAULT_LIMITS) -> Document:
    return parse_markdown(decode(text.encode()), limits)


def python(text: str, limits: Limits = DEFAULT_LIMITS) -> Document:
    return parse_python(decode(text.encode()), limits)


def scalars(value: Any, path: JsonPath = ()) -> list[tuple[JsonPath, Any]]:
    if isinstance(value, dict):
        return [one for key, member in value.items() for one in scalars(member, (*path, key))]
    if isinstance(value, list):
        return [one for number, item in enumerate(value) for one in scalars(item, (*path, number))]
    return [(path, value)]


PAGE = """\
# Ports

| Service | Pört |  |
|:--------|-----:|--|
| api     | `8080` | x |
| **db**  | 54\\|32 |
|         | 7

No table: | a
<!-- fact: api.port --> 8080 <!-- /fact --> and <!-- fact: b -->**9**<!-- /fact -->

> ```yaml
> a: 1
> ```
~~~~
| a | b |
|---|---|
~~~
~~~~
a | b
--|--
1 | 2
"""


def test_what_stands_on_a_page() -> None:
    document = markdown(PAGE)
    assert document.value == {
        "table": [
            [
                {"Service": "api", "Pört": "8080", "": "x"},
                {"Service": "db", "Pört": "54\\|32"},
                {"Service": "", "Pört": "7"},
            ],
            [{"a": "1", "b": "2"}],
        ],
        "fence": {"yaml": ["> a: 1"], "": ["| a | b |\n|---|---|\n~~~"]},
        "marker": {"api.port": "8080", "b": "9"},
    }
    assert document.span(("table", 0, 0, "Pört")) == (5, 14, 5, 18)
    assert document.source(("marker", "api.port"), Part.KEY) == "api.port"


def test_a_marker_that_stands_twice_has_its_later_value() -> None:
    document = markdown("<!-- fact: a -->1<!-- /fact -->\n<!-- fact: a -->2<!-- /fact -->\n")
    assert isinstance(document.value, dict)
    assert document.value["marker"] == {"a": "2"}
    assert [remark.kind for remark in document.remarks] == [RemarkKind.DUPLICATE_KEY]


@given(st.text("ab|-:`*~ \\\n\r<!/fact>é", max_size=80))
def test_what_is_read_of_a_page_is_the_text_at_its_place(text: str) -> None:
    document = markdown(text)
    for path, value in scalars(document.value):
        start, end = document.offsets(path)
        assert text.encode()[start:end].decode() == value == document.source(path)


MODULE = '''\
"""Sättings."""
import os
V = W = "1.2"; É = -3
class Settings(Base):
    PORT: int = 8080
    HOSTS = ["é", "b"]
    class Inner:
        deep = (1, 2.5)
    def run(self): LOCAL = 1
HOME = os.environ["HOME"]
MIXED = [1, HOME]
TABLE = {"a": 1, "b": HOME, **TABLE, 3: 4}
ON, NONE = True, None
FLAG: bool = False
'''


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_constants_of_a_module(end: str) -> None:
    """What is computed is left out, and nothing is run."""
    document = python(MODULE.replace("\n", end))
    assert document.value == {
        "V": "1.2",
        "W": "1.2",
        "É": -3,
        "Settings": {"PORT": 8080, "HOSTS": ["é", "b"], "Inner": {"deep": [1, 2.5]}},
        "TABLE": {"a": 1},
        "FLAG": False,
    }
    assert document.source(("Settings", "HOSTS", 1)) == '"b"'
    assert document.span(("Settings", "HOSTS", 1)) == (6, 19, 6, 22)
    assert document.source(("É",), Part.KEY) == "É"
    assert document.source(("TABLE", "a"), Part.KEY) == '"a"'


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [("a = 1\nb = (\n", ErrorKind.SYNTAX, 2), ("a = 1\n  b = 2", ErrorKind.SYNTAX, 2),
     ("a = '\0'", ErrorKind.SYNTAX, 1),
     ("x = " + "-" * 100_000 + "1", ErrorKind.LIMIT, 1)],
    ids=["open", "indent", "nul", "deep"],
)  # fmt: skip
def test_what_is_no_python_is_refused(text: str, kind: ErrorKind, line: int) -> None:
    with pytest.raises(DocumentError) as raised:
        python(text)
    assert (raised.value.kind, raised.value.span.line) == (kind, line)


@given(st.text("AB=[]{}'\"\\ \n\r:,1-é#()", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(DocumentError):
        document = python(text)
        assert all(document.source(path) for path, _ in scalars(document.value) if path)


@pytest.mark.parametrize(
    "text",
    ["|" * 200_000, "| a\n|-\n" * 20_000, "<!-- fact: a -->" * 10_000, "`" * 200_000, "```\n" * 20_001, "|-" * 100_000,
     "a|\n" + "-|" * 100_000 + "x", "<!--" + " " * 200_000, "<!-- fact: a -->x" * 100_000],
    ids=["bars", "tables", "markers", "ticks", "fences", "dashes", "no dashes", "spaces", "open markers"],
)  # fmt: skip
def test_no_page_keeps_the_reader_busy(text: str) -> None:
    """The tests' own time limit is the judge."""
    with contextlib.suppress(DocumentError):
        markdown(text)


def test_more_values_than_allowed_are_refused() -> None:
    for read, text in ((markdown, "a|b\n-|-\n1|2\n3|4\n"), (python, "A = 1\nB = [1, 2]\n")):
        with pytest.raises(DocumentError) as raised:
            read(text, Limits(nodes=3))
        assert raised.value.kind is ErrorKind.LIMIT
