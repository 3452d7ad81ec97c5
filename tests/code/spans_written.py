"""Documents that are written together with the truth about them: their value, and where each part stands."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from guards._code.spans import Document, DocumentError, Format, JsonPath, Part, parse
from guards._core.model import Json


@dataclass
class Written:
    """Text in the making; `place` writes a part and notes its range in code points."""

    text: str = ""
    ranges: dict[tuple[JsonPath, Part], tuple[int, int]] = field(default_factory=dict)

    def write(self, text: str) -> None:
        self.text += text

    def place(self, path: JsonPath, part: Part, text: str) -> None:
        start = len(self.text)
        self.text += text
        self.ranges[path, part] = (start, len(self.text))

    def check(self, document: Document, data: bytes, *, mark: bytes = b"", codec: str = "utf-8") -> None:
        """Bytes, text, lines and columns of every noted part are those of the writing."""
        for (path, part), (start, end) in self.ranges.items():
            first, last = document.offsets(path, part)
            expected = self.text[start:end].encode(codec)
            assert (first, data[first:last]) == (len(mark) + len(self.text[:start].encode(codec)), expected), path
            assert document.source(path, part) == self.text[start:end]
            assert tuple(document.span(path, part)) == (*self.position(start), *self.position(end))

    def position(self, index: int) -> tuple[int, int]:
        """Line and column, counted the slow way."""
        before = self.text[:index]
        return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def error_of(data: bytes, format_: Format) -> DocumentError | None:
    """The error that parsing raises, or None when it does not."""
    try:
        parse(data, format_)
    except DocumentError as error:
        return error
    return None


def is_inside(error: DocumentError, text: str) -> bool:
    """Whether the place of an error is one that the text has, or its end."""
    lines = text.split("\n")
    span = error.span
    return (1, 1) <= span[:2] <= span[2:] <= (len(lines), len(lines[-1]) + 1) and span.column <= (
        len(lines[span.line - 1]) + 1
    )


# Text with all that positions can stumble over: astral characters, line separators that are no line ends, quotes,
# tabs, line ends, and what looks like syntax.
characters = st.one_of(
    st.sampled_from("\U0001f600é\u2028\u0085\t\n\r\"'\\#:-[]{},&*!|>%@` =.a1"),
    st.characters(exclude_categories=["Cs", "Cc"]),
)
texts = st.text(characters, max_size=12)
numbers: st.SearchStrategy[Json] = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
scalars: st.SearchStrategy[Json] = st.one_of(st.none(), st.booleans(), numbers, texts)


def values(leaves: st.SearchStrategy[Json], keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Nested JSON values."""
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
    )


def write_json(out: Written, value: Json, path: JsonPath, draw: Any, spaces: str = " \t\r\n") -> None:
    """A value in JSON with white space and escapes as drawn."""
    start = len(out.text)
    if isinstance(value, dict):
        out.write("{")
        for index, (key, member) in enumerate(value.items()):
            out.write(("," if index else "") + draw(st.text(spaces, max_size=2)))
            out.place((*path, key), Part.KEY, json.dumps(key, ensure_ascii=draw(st.booleans())))
            out.write(draw(st.text(spaces, max_size=1)) + ":" + draw(st.text(spaces, max_size=1)))
            write_json(out, member, (*path, key), draw, spaces)
        out.write("}")
    elif isinstance(value, list):
        out.write("[")
        for index, item in enumerate(value):
            out.write(("," if index else "") + draw(st.text(spaces, max_size=2)))
            write_json(out, item, (*path, index), draw, spaces)
        out.write(draw(st.text(spaces, max_size=1)) + "]")
    else:
        out.write(json.dumps(value, ensure_ascii=draw(st.booleans())))
    out.ranges[path, Part.VALUE] = (start, len(out.text))


def write_yaml(out: Written, value: Json, path: JsonPath, draw: Any, indent: int) -> None:
    """A value in YAML, written after `key:` or `-` of a block at `indent`; collections in block or flow style."""
    if isinstance(value, dict | list) and value and draw(st.booleans()):
        out.write(draw(st.sampled_from(["\n", " # comment: [\n", "\n\n"])))
        _write_block(out, value, path, draw, indent + draw(st.integers(1, 3)))
        return
    tags = [] if value is None or isinstance(value, int | float) else [" !local "]
    out.write(draw(st.sampled_from([" ", "  ", " &anchor ", *tags])))
    if isinstance(value, str) and draw(st.booleans()) and _suits_block(value):
        _write_literal(out, value, path, draw, max(indent, 0))
    else:
        write_flow(out, value, path, draw)
    out.write(draw(st.sampled_from(["\n", " # comment\n", "\n\n"])) if not out.text.endswith("\n") else "")


def _write_block(out: Written, value: Json, path: JsonPath, draw: Any, indent: int) -> None:
    start = None
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in members:
        out.write(" " * indent)
        start = len(out.text) if start is None else start
        if isinstance(step, str):
            out.place((*path, step), Part.KEY, quoted(step))
            out.write(draw(st.sampled_from([":", " :"])))
        else:
            out.write("-")
        write_yaml(out, member, (*path, step), draw, indent)
    end = max(last for _, last in out.ranges.values())
    out.ranges[path, Part.VALUE] = (start or 0, end)


def write_flow(out: Written, value: Json, path: JsonPath, draw: Any) -> None:
    """A value in flow style: brackets, quotes, and plain words."""
    start = len(out.text)
    if isinstance(value, dict):
        out.write("{" + draw(st.sampled_from(["", " "])))
        for step, member in value.items():
            out.place((*path, step), Part.KEY, quoted(step))
            out.write(": ")
            write_flow(out, member, (*path, step), draw)
            out.write(draw(st.sampled_from([",", " , "])))
        out.write("}")
    elif isinstance(value, list):
        out.write("[")
        for index, item in enumerate(value):
            write_flow(out, item, (*path, index), draw)
            out.write(draw(st.sampled_from([",", " , "])))
        out.write("]")
    elif isinstance(value, str):
        styles = [quoted(value)] + ["'" + value.replace("'", "''") + "'"] * (_is_printable(value))
        out.write(draw(st.sampled_from(styles)))
    else:
        out.write(json.dumps(value))
    out.ranges[path, Part.VALUE] = (start, len(out.text))


def _write_literal(out: Written, value: str, path: JsonPath, draw: Any, indent: int) -> None:
    """A literal block scalar with its indentation said; it stands up to the end of its last line."""
    extra = draw(st.integers(1, 9 if indent == 0 else 4))
    start = len(out.text)
    body = value.rstrip("\n")
    lines = "\n".join(line and " " * (indent + extra) + line for line in body.split("\n"))
    out.write(f"|{extra}{'' if value.endswith(chr(10)) else '-'}\n{lines}")
    out.ranges[path, Part.VALUE] = (start, len(out.text))
    out.write("\n")


def _suits_block(value: str) -> bool:
    """One line end at most at the end, no white space before it, and something to write."""
    body = value.removesuffix("\n")
    return _is_printable(body.replace("\n", "")) and bool(body) and body == body.rstrip() and "\r" not in value


def _is_printable(value: str) -> bool:
    return value.isprintable() and "\ufeff" not in value


def quoted(value: str) -> str:
    """Double quotes with escapes that YAML and TOML share."""
    return '"' + "".join(_escape(character) for character in value) + '"'


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() and character != "\ufeff" else f"\\U{ord(character):08x}"
