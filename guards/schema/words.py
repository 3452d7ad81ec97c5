"""How a document's values are spoken of: by name and type, never by their content."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from guards._code.spans import JsonPath
from guards._core.model import Json

_LONGEST_NAME = 60
_LONGEST_QUOTE = 120
_MOST_OPTIONS = 8
_TYPES = {
    "array": "an array",
    "boolean": "a boolean",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def type_name(value: Json) -> str:
    """The JSON type of a value, integers apart from other numbers."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def with_article(names: Iterable[str]) -> str:
    """`an integer or null`."""
    return listed([_TYPES.get(name, name) for name in sorted(names, key=lambda name: (name == "null", name))], "or")


def listed(words: list[str], last: str) -> str:
    """`a, b and c`."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def code(text: str, longest: int = _LONGEST_NAME) -> str:
    """A name or a piece of a schema in code marks, cut where it is long."""
    return f"`{text if len(text) <= longest else text[: longest - 1] + '…'}`"


def name(path: JsonPath, whole: str) -> str:
    """What a value is called: its key, with the indices that lead to it; the document itself is called `whole`."""
    indices: list[str] = []
    for step in reversed(path):
        if isinstance(step, str):
            return code(step + "".join(reversed(indices)))
        indices.append(f"[{step}]")
    return code("".join(reversed(indices))) if indices else whole


def quote(value: object) -> str:
    """A value of a schema, as JSON in code marks, cut where it is long."""
    return code(json.dumps(value, ensure_ascii=False, default=str), _LONGEST_QUOTE)


def options(values: Sequence[object]) -> str:
    """The values that a schema allows, as many as are bearable to read."""
    shown = [quote(value) for value in values[:_MOST_OPTIONS]]
    if len(values) > _MOST_OPTIONS:
        return ", ".join(shown) + f" or one of {len(values) - _MOST_OPTIONS} more"
    return listed(shown, "or")


def dotted(path: JsonPath) -> str:
    """A path as people write it: `$.servers[3].port`."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def closest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or an empty string."""
    if len(word) > _LONGEST_NAME:
        return ""
    from difflib import get_close_matches

    return "".join(get_close_matches(word, sorted(known), n=1, cutoff=0.7))
