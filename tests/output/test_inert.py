"""Untrusted text is harmless in each place that it is written to, and still says what it is."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from guards._output import inert

from .hostile import texts
from .reports import HOSTILE

OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys, what turns text around, what ends a line somewhere, and what has no UTF-8 form."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä 漢字 👩‍💻", "plain ä 漢字 👩‍💻"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\rb\nc\td\x00", r"a\rb\nc\td\x00"),
        ("\x9b31m\x7f\x85", r"\x9b31m\x7f\x85"),
        ("\u202egnp.exe\u2066", r"\u202egnp.exe\u2066"),
        ("\udcff\udc80.py", r"\xff\x80.py"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("## heading ##[error] ##vso[x] ###[", r"## heading \x23#[error] \x23#vso[x] #\x23#["),
        ("std::string ::x::", "std::string ::x::"),
    ],
)
def test_one_line_shows_what_a_terminal_would_obey_or_hide(text: str, shown: str) -> None:
    assert inert.one_line(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  ::error::x", r"  \x3a:error::x"),
        ("\u3000::x", "\u3000" + r"\x3a:x"),
        ("a ::x::", "a ::x::"),
        (":x", ":x"),
    ],
)
def test_a_line_start_is_no_workflow_command(text: str, shown: str) -> None:
    assert inert.line_start(text) == shown


@given(texts)
def test_shown_text_is_one_encodable_line_without_anything_that_is_obeyed(text: str) -> None:
    for shown in (inert.one_line(text), inert.line_start(text)):
        assert not OBEYED.search(shown)
        assert not re.search(r"##\w*\[", shown)
        assert len(shown.splitlines()) <= 1
        shown.encode("utf-8")
    assert not inert.line_start(text).lstrip().startswith("::")


@given(texts)
def test_showing_twice_shows_the_same(text: str) -> None:
    assert inert.one_line(inert.one_line(text)) == inert.one_line(text)
    assert inert.line_start(inert.line_start(text)) == inert.line_start(text)


@given(texts)
def test_a_json_document_is_inert_and_gives_the_text_back(text: str) -> None:
    """Everything but lone surrogates survives; those are the escapes that `encodable` makes."""
    document = inert.json_document({"key": text, text: [text]})
    document.encode("utf-8")
    assert not OBEYED.search(document.replace("\n", ""))
    assert not re.search(r"##\w*\[", document)
    assert not any(line.lstrip().startswith("::") for line in document.split("\n"))
    assert json.loads(document)["key"] == inert.encodable(text)
    assert inert.encodable(text) in json.loads(document)


@given(texts)
def test_a_workflow_command_carries_the_text_and_ends_nowhere_early(text: str) -> None:
    data, value = inert.command_data(text), inert.command_property(text)
    assert not OBEYED.search(data + value)
    assert unquote(data) == inert.line_start(text)
    assert unquote(value) == inert.line_start(text)
    assert not re.search("[:,]", value)
    assert "%0A" not in data + value
    assert "%0D" not in data + value


@given(texts)
def test_xml_gives_the_shown_text_back(text: str) -> None:
    parsed = ET.fromstring(f'<a b="{inert.xml(text)}">{inert.xml(text)}</a>')
    assert parsed.get("b") == inert.line_start(text)
    assert (parsed.text or "") == inert.line_start(text)


@given(texts, texts)
def test_cells_survive_csv_and_are_no_formulas(first: str, second: str) -> None:
    table = io.StringIO()
    csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(map(inert.csv_cell, (first, second)))
    (row,) = csv.reader(io.StringIO(table.getvalue()))
    assert [cell.removeprefix("'") for cell in row] == [
        inert.line_start(text).removeprefix("'") for text in (first, second)
    ]
    assert not any(cell.lstrip()[:1] in tuple("=+-@\t\r\n＝＋－＠") and cell.strip() for cell in row)


def _inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _inline(token.children or [])


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(texts, texts)
def test_markdown_cells_hold_text_and_nothing_else(first: str, second: str) -> None:
    """Rendered by a real Markdown engine: two cells, no markup, no link, no mention, and the very text."""
    source = f"| a | b |\n|---|---|\n| x{inert.markdown(first)}x | {inert.markdown_code(f'x{second}x')} |\n"
    engine = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = list(_inline(engine.parse(source)))
    assert [token.type for token in tokens].count("td_open") == 2
    assert {token.type for token in tokens if token.type.startswith(("link", "image", "em", "strong", "s_"))} == set()
    assert [token.content for token in tokens if token.type == "html_inline"] == ["<code>", "</code>"]
    page = _Text()
    page.feed(engine.render(source))
    shown = page.text.replace("\u200b", "").split("\n")
    assert f"x{inert.one_line(first)}x" in shown
    assert f"x{inert.one_line(second)}x" in shown
    assert not re.search(r"@\w|://|#\d|GH-\d|\bwww\.", page.text)
    assert set(page.tags) == {"table", "thead", "tbody", "tr", "th", "td", "code"}


@given(texts)
def test_a_sarif_message_has_no_links_of_its_own(text: str) -> None:
    assert not re.search(r"\]\(", inert.sarif_message(text))


def test_the_hostile_sample_is_hostile() -> None:
    """Guards the other tests: a sample that lost its teeth would prove nothing."""
    assert OBEYED.search(HOSTILE)
    pieces = ("##[", "::", "|", "`", "<img", "@octo", "https://", "](", "=1+1", "]]>", "\udcff", "\ud800")
    assert [piece for piece in pieces if piece not in HOSTILE] == []
