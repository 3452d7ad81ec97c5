"""What a file of JavaScript or TypeScript imports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from guards._code.syntax import grammars


class ScriptImport(NamedTuple):
    """One module that is imported."""

    module: str
    """As written: a relative path, or a name."""
    start: int
    end: int
    for_types: bool
    """`import type`: nothing of it is there when the program runs."""


_CALLS = """
(import_statement source: (string (string_fragment) @module)) @import
(export_statement source: (string (string_fragment) @module)) @import
(call_expression function: (import) arguments: (arguments . (string (string_fragment) @module))) @import
((call_expression function: (identifier) @name arguments: (arguments . (string (string_fragment) @module))) @import
  (#eq? @name "require"))
"""
_FOR_TYPES = re.compile(rb"(?:import|export)\s+type\b(?!\s*(?:,|from\b))")
_VUE = re.compile(rb"<script[^>]*>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)


def script_imports(text: bytes, suffix: str) -> Iterator[ScriptImport]:
    """The modules that a file imports, exports again or requires. UnreadError: it is given to no parser."""
    if suffix in {".vue", ".svelte"}:
        for found in _VUE.finditer(text):
            start = found.start(1)
            for one in script_imports(found[1], ".ts"):
                yield one._replace(start=one.start + start, end=one.end + start)
        return
    grammar = grammars.GRAMMAR_OF[suffix]
    for captures in grammars.matches(grammar, _CALLS, grammars.tree(grammar, text)):
        statement, module = captures["import"][0], captures["module"][0]
        for_types = _FOR_TYPES.match(text, statement.start_byte) is not None
        name = text[module.start_byte : module.end_byte].decode("utf-8", "replace")
        yield ScriptImport(name, module.start_byte, module.end_byte, for_types)
