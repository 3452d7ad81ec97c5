"""Environment files: `NAME=value` by line, with positions.

`export` before a name is passed over. A value in quotes may have several lines; without quotes it ends at white space
before a `#`, or with its line. In double quotes `\\n`, `\\t`, `\\"`, `\\$` and `\\\\` are the characters that they
stand for. What refers to other variables stays as it is written. A line that assigns nothing is passed over, and of a
name that is assigned twice the later value counts, as for the programs that read these files.
"""

from __future__ import annotations

import re

from guards._code.spans.document import Document, Limits, RemarkKind, Remarks
from guards._code.spans.text import ErrorKind, Text
from guards._code.spans.tree import Node, Tree
from guards._core.model import Json

_ASSIGNMENT = re.compile(
    r"""^[ \t]*+(?:export[ \t]++)?+(?P<name>[A-Za-z_][A-Za-z0-9_.-]*+)[ \t]*+=[ \t]*+
        (?P<value>(?<=[ \t])(?=\#)|"(?:[^"\\]|\\.)*+"|'[^']*+'|`[^`]*+`|(?:(?![ \t]\#)[^\r\n])*+)""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\([nrt\"$\\])")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def parse_dotenv(text: Text, limits: Limits) -> Document:
    """The names and their values, all of them text."""
    values: dict[str, Json] = {}
    nodes: dict[str, Node] = {}
    remarks = Remarks(text, limits)
    for found in _ASSIGNMENT.finditer(text.content):
        name = found["name"]
        if name in values:
            remarks.add(RemarkKind.DUPLICATE_KEY, (name,), *found.span("name"))
        elif len(values) == limits.nodes:
            raise text.error(f"more than {limits.nodes} values", found.start(), kind=ErrorKind.LIMIT)
        start = found.start("value")
        source = found["value"].rstrip(" \t")
        values[name] = _value(source)
        nodes[name] = Node(start, start + len(source), key=found.span("name"))
    return Document(values, remarks.all(), text, Tree(Node(0, len(text.content), members=nodes)))


def _value(source: str) -> str:
    if len(source) < 2 or source[0] not in "\"'`" or source[-1] != source[0]:
        return source
    inner = source[1:-1]
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), inner) if source[0] == '"' else inner
