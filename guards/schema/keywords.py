"""The keywords of JSON Schema: which ones hold schemas, which ones there are, and what a slip in one looks like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from guards._code.spans import JsonPath
from guards._core.model import Json

SINGLE = frozenset({
    "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
LISTS = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})
MAPS = frozenset({"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"})
IN_PLACE = frozenset({"allOf", "anyOf", "dependencies", "dependentSchemas", "else", "if", "not", "oneOf", "then"})
"""Keywords whose schemas look at the same value as the schema that they stand in."""
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")

KNOWN = SINGLE | LISTS | MAPS | frozenset(REFERENCES) | frozenset({
    "$anchor", "$comment", "$dynamicAnchor", "$id", "$recursiveAnchor", "$schema", "$vocabulary", "const",
    "contentEncoding", "contentMediaType", "default", "dependentRequired", "deprecated", "description", "enum",
    "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "id", "maxContains", "maxItems", "maxLength",
    "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf",
    "pattern", "readOnly", "required", "title", "type", "uniqueItems", "writeOnly",
})  # fmt: skip
_OTHER_DIALECTS = frozenset({
    "defaults", "discriminator", "divisibleBy", "example", "externalDocs", "formats", "nullable", "titles", "xml",
})  # fmt: skip
"""Words that schemas of other dialects have, and that are near to a keyword without being a slip."""
_SINCE = {
    "const": 6, "contains": 6, "propertyNames": 6, "else": 7, "if": 7, "then": 7, "dependentRequired": 2019,
    "dependentSchemas": 2019, "maxContains": 2019, "minContains": 2019, "unevaluatedItems": 2019,
    "unevaluatedProperties": 2019, "prefixItems": 2020,
}  # fmt: skip
"""The first draft in which a keyword demands anything, for those that the oldest draft did not have."""
_SHORTEST_SLIP = 4


def subschemas(schema: Json, path: JsonPath = ()) -> Iterator[tuple[JsonPath, dict[str, Json]]]:
    """The schema and every schema inside it that is an object, with their paths. References are not followed."""
    stack: list[tuple[JsonPath, Json]] = [(path, schema)]
    while stack:
        path, schema = stack.pop()
        if isinstance(schema, dict):
            yield path, schema
            stack.extend((path + step, child) for step, child in children(schema))


def children(schema: dict[str, Json]) -> Iterator[tuple[JsonPath, Json]]:
    """The schemas that stand directly in the keywords of a schema."""
    for keyword, value in schema.items():
        if keyword in SINGLE and isinstance(value, (dict, bool)):
            yield (keyword,), value
        elif keyword in LISTS and isinstance(value, list):
            yield from (((keyword, index), child) for index, child in enumerate(value))
        elif keyword in MAPS and isinstance(value, dict):
            yield from (((keyword, name), child) for name, child in value.items())


def possible_children(schema: dict[str, Json]) -> Iterator[tuple[JsonPath, Json]]:
    """The same, and what stands in unknown keywords: a reference may lead there and make a schema of it."""
    yield from children(schema)
    for keyword, value in schema.items():
        if keyword not in KNOWN and isinstance(value, dict):
            yield (keyword,), value
        elif keyword not in KNOWN and isinstance(value, list):
            yield from (((keyword, index), child) for index, child in enumerate(value))


def part_at(value: Json, path: JsonPath) -> Any:
    """The part of a value that a path leads to."""
    part: Any = value
    for step in path:
        part = part[step]
    return part


def meant(word: str) -> str:
    """The keyword that an unknown word is one slip away from, or an empty string."""
    if len(word) < _SHORTEST_SLIP or word in KNOWN or word in _OTHER_DIALECTS or word.startswith(("x-", "$")):
        return ""
    return next((keyword for keyword in sorted(KNOWN) if keyword[0] != "$" and is_one_slip(word, keyword)), "")


def is_ignored(keyword: str, draft: int) -> bool:
    """True for a keyword that demands nothing in a draft, because it came with a later one."""
    return _SINCE.get(keyword, 0) > draft


def is_one_slip(left: str, right: str) -> bool:
    """True for two different words that one insertion, deletion, replacement, exchange or change of case parts."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    if left.lower() == right.lower():
        return True
    short, long = sorted((left, right), key=len)
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[start + 1 : start + 2] + short[start]
    return short[start + 1 :] == long[start + 1 :] or swapped + short[start + 2 :] == long[start:]
