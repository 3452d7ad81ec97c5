"""Makes text from outside harmless, once for each place that it is written to.

Names, messages and source lines come from whoever wrote the scanned tree. In a terminal they could hide a finding, in a
CI log give commands to the runner, in a comment load images and call people, in a spreadsheet run formulas. So every
output passes what it did not write itself through a function of this module, and through no other.
"""

from __future__ import annotations

import re

from guards._core.model import Json

_HIDDEN = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # bidi, invisible, line ends
    "\ufdd0-\ufdef\ufffe\uffff"  # no characters, and forbidden in XML
    "\U000e0000-\U000e0fff"  # tags and variation selectors that spell text nobody sees
)
_UNSEEN = re.compile(f"[{_HIDDEN}\ud800-\udfff]")
_UNSEEN_IN_JSON = re.compile(f"(?!\n)[{_HIDDEN}]")
_LONE = re.compile("[\ud800-\udfff]")
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

_LOG_COMMAND = re.compile(r"#(?=#\w*\[)")
_LINE_COMMAND = re.compile(r"^(\s*):(?=:)")
_MARKDOWN = re.compile(r"""[!"#$&'()*+<>@\[\\\]^_`{|}~]|:(?=//)|(?<=www)\.|(?<=WWW)\.|(?<=GH)-""")
_CSV_FORMULA = re.compile(r"\s*[-=+@＝＋－＠]")


def one_line(text: str) -> str:
    """Text for the middle of a line that shows all it holds: what a terminal would obey or hide becomes an escape.

    A byte that was not UTF-8 (a lone surrogate, by `os.fsdecode`) becomes its `\\xNN`. CI runners may be reading along,
    and obey `##[` and `##vso[` wherever they stand.
    """
    if not (text.isascii() and text.isprintable()):
        text = _UNSEEN.sub(_escape, text)
    return _LOG_COMMAND.sub(r"\\x23", text) if "##" in text else text


def line_start(text: str) -> str:
    """`one_line` for what may begin a line: there CI runners obey `::`, with spaces before it or not."""
    return _LINE_COMMAND.sub(r"\1\\x3a", one_line(text))


def encodable(text: str) -> str:
    """The text with lone surrogates as escapes, so that it has a UTF-8 form; else untouched."""
    return _LONE.sub(_escape, text)


def json_document(value: Json) -> str:
    """A JSON document of two-space indentation, ending its last line, with nothing raw in it that a terminal obeys.

    What `one_line` shows as an escape is a JSON escape of the same character here, so readers get the true text; except
    for lone surrogates, which many readers refuse: those are `\\xNN` in the text itself.
    """
    import json

    document = json.dumps(value, indent=2, ensure_ascii=False)
    if not document.isascii():
        document = _LONE.sub(_escape_in_json, document)
    document = _UNSEEN_IN_JSON.sub(_json_escape, document)
    return _LOG_COMMAND.sub(r"\\u0023", document) + "\n"


def command_data(text: str) -> str:
    """The message of a workflow command."""
    return line_start(text).replace("%", "%25")


def command_property(text: str) -> str:
    """The value of a workflow command's property."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def markdown(text: str) -> str:
    """Prose inside a line or a table cell, without markup, links, images, HTML, mentions or references to issues.

    A character reference can never be structure. Mentions and bare links are recognised in the finished text, where
    only a zero-width space in between helps.
    """
    return _MARKDOWN.sub(_markdown_reference, one_line(text))


def markdown_code(text: str) -> str:
    """A name or a path, in the type of code. HTML's element, because nothing in a reference can close it."""
    return f"<code>{markdown(text)}</code>"


def xml(text: str) -> str:
    """Character data or an attribute value of XML 1.0."""
    return line_start(text).translate(_XML)


def csv_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe keeps it text; tabs and line ends are escapes."""
    shown = line_start(text)
    return "'" + shown if _CSV_FORMULA.match(shown) else shown


def sarif_message(text: str) -> str:
    """Plain text of a SARIF message, which people read in a browser, and where `[text](target)` would be a link."""
    return one_line(text).replace("](", "] (")


_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return _NAMED.get(found[0], f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escape_in_json(found: re.Match[str]) -> str:
    return "\\" + _escape(found)


def _json_escape(found: re.Match[str]) -> str:
    """As UTF-16, in which JSON writes escapes: one unit, or the two of a surrogate pair."""
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _markdown_reference(found: re.Match[str]) -> str:
    reference = f"&#{ord(found[0])};"
    if found[0] == ".":
        return "&#8203;" + reference
    return reference + "&#8203;" if found[0] in "@#:-" else reference
