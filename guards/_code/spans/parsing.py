"""The one door: bytes and a format in, documents out."""

from __future__ import annotations

from guards._code.spans.document import DEFAULT_LIMITS, Document, Limits
from guards._code.spans.formats import Format
from guards._code.spans.text import DocumentError, ErrorKind, decode
from guards._core.model import Span


def parse(data: bytes, format: Format, limits: Limits = DEFAULT_LIMITS) -> tuple[Document, ...]:  # noqa: A002
    """The documents in `data`: one or more for YAML, exactly one for the other formats.

    An empty file is the value None in YAML, {} in TOML, [] in CSV and JSON Lines, and an error in JSON. JSON Lines
    read whole is a list of its lines' values, CSV a list of rows `{header: text}`. DocumentError when it does not parse
    or passes a limit.
    """
    if len(data) > limits.size:
        raise DocumentError(f"larger than {limits.size} bytes", Span(1, 1, 1, 1), ErrorKind.LIMIT)
    text = decode(data)
    match format:
        case Format.JSON:
            from guards._code.spans.json import parse_json

            return (parse_json(text, limits),)
        case Format.JSONL:
            from guards._code.spans.json_lines import parse_lines

            return (parse_lines(text, limits),)
        case Format.YAML:
            from guards._code.spans.yaml import parse_yaml

            return parse_yaml(text, limits)
        case Format.TOML:
            from guards._code.spans.toml import parse_toml

            return (parse_toml(text, limits),)
        case Format.CSV:
            from guards._code.spans.csv import parse_csv

            return (parse_csv(text, limits),)
