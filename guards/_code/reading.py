"""Which format a path announces, for following paths in it, and its documents."""

from __future__ import annotations

import enum
import re

from guards._code.spans import DEFAULT_LIMITS, Document, Format, format_of, parse


class Reader(enum.StrEnum):
    """The formats beside those of documents."""

    DOTENV = "dotenv"
    INI = "ini"
    DOCKERFILE = "dockerfile"
    MARKDOWN = "markdown"
    PYTHON = "python"
    SQL = "sql"
    TEXT = "text"
    """No format: only mentions and patterns are found in it."""


_READERS = (
    (re.compile(r"(?:.*\.)?env(?:\..*)?|\.envrc"), Reader.DOTENV),
    (re.compile(r"(?:.*\.)?(?:dockerfile|containerfile)(?:\..*)?"), Reader.DOCKERFILE),
    (re.compile(r".*\.(?:ini|cfg|conf|properties)|\.editorconfig|\.flake8|\.coveragerc|\.pylintrc"), Reader.INI),
    (re.compile(r".*\.(?:md|markdown)"), Reader.MARKDOWN),
    (re.compile(r".*\.pyi?"), Reader.PYTHON),
    (re.compile(r".*\.(?:sql|ddl)"), Reader.SQL),
)


_DOCUMENTS = frozenset(Format)


def reader_of(path: str) -> str:
    """The format of a path: one of documents, or one of `Reader`."""
    found = format_of(path)
    if found is not None:
        return found
    name = path.rpartition("/")[2].lower()
    return next((reader for pattern, reader in _READERS if pattern.fullmatch(name)), Reader.TEXT)


def documents(data: bytes, reader: str) -> tuple[Document, ...]:
    """The documents of a file. DocumentError: it does not parse, or passes a limit."""
    if reader in _DOCUMENTS:
        return parse(data, Format(reader))
    from guards._code.spans.text import decode

    text = decode(data)
    match Reader(reader):
        case Reader.DOTENV:
            from guards._code.spans.dotenv import parse_dotenv

            return (parse_dotenv(text, DEFAULT_LIMITS),)
        case Reader.INI:
            from guards._code.spans.ini import parse_ini

            return (parse_ini(text, DEFAULT_LIMITS),)
        case Reader.DOCKERFILE:
            from guards._code.spans.dockerfile import parse_dockerfile

            return (parse_dockerfile(text, DEFAULT_LIMITS),)
        case Reader.MARKDOWN:
            from guards._code.spans.markdown import parse_markdown

            return (parse_markdown(text, DEFAULT_LIMITS),)
        case Reader.PYTHON:
            from guards._code.spans.python import parse_python

            return (parse_python(text, DEFAULT_LIMITS),)
        case Reader.SQL:
            from guards._code.spans.sql import parse_sql

            return (parse_sql(text, DEFAULT_LIMITS),)
        case Reader.TEXT:
            return ()
