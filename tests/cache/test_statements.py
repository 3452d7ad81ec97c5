"""What stands above the end of the last import of a file decides about all of its imports."""

from __future__ import annotations

import re

from hypothesis import given, settings, strategies as st

from guards._code.python_imports import DYNAMIC, STATEMENT, imports
from guards._core.staged import _statement_end

_BEGINS = re.compile(f"(?:{STATEMENT})|(?:{DYNAMIC})".encode(), re.MULTILINE)
_PIECES = (
    "from a import (", "from .b import c", "import a.b, ", "\nfrom a \\\n", "import_module(", "__import__(", "'m'", "c", "*",
    "(", ")", ",", "#", "\n", "\n", "\\\n", "\\\r\n", ";", ":", "\"", "'", '"""', " ", " as ", "x = 1\n",
    "if TYPE_CHECKING:\n    ",
)  # fmt: skip
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=40).map(lambda pieces: "".join(pieces).encode())


@settings(max_examples=300, deadline=None)
@given(_TEXTS, st.lists(_TEXTS, min_size=1, max_size=3))
def test_nothing_behind_the_last_statement_matters(text: bytes, tails: list[bytes]) -> None:
    """As long as no other one begins there."""
    starts = [text.rfind(b"\n", 0, found.end()) + 1 for found in _BEGINS.finditer(text)]
    end = max((_statement_end(text, start) for start in starts), default=0)
    kept = list(imports(text[:end]))
    for tail in (text[end:], *(b"\n" + tail for tail in tails)):
        if not _BEGINS.search(tail):
            assert list(imports(text[:end] + tail)) == kept
