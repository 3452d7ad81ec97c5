"""What stands above the end of the last import of a file decides about all of its imports."""

from __future__ import annotations

import re

from hypothesis import given, settings, strategies as st

from guards._code.python_imports import WORD, imports
from guards._core.staged import _statement_end

_BEGINS = re.compile(WORD.encode(), re.IGNORECASE)
_LINES = (
    "from a import (b,",
    "from .a \\", "  import b, \\", "import a, \\", "import_module(", "  'm'", "  'm')", "  c,", "  c)",
    "  c # )", ")",
    "x = (", "y = ')'; from e import (f,  # )", "z = '#'; from g import (", "# ) (", '"""', "'", "d = 1",
    "if TYPE_CHECKING:", "    from t import u", "f(__import__(", "from a import (b, # (c)", "from a import (b)",
)  # fmt: skip
_TEXTS = st.builds(
    lambda lines, end: end.join(lines).encode(),
    st.lists(st.sampled_from(_LINES), max_size=9),
    st.sampled_from(["\n", "\r\n"]),
)


def decisive(text: bytes) -> bytes:
    """What stands above the end of the last statement."""
    starts = [text.rfind(b"\n", 0, found.end()) + 1 for found in _BEGINS.finditer(text)]
    return text[: max((_statement_end(text, start) for start in starts), default=0)]


@settings(max_examples=400, deadline=None)
@given(_TEXTS, st.lists(_TEXTS, min_size=1, max_size=3))
def test_nothing_behind_the_last_statement_matters(text: bytes, tails: list[bytes]) -> None:
    """What is the same up to there imports the same."""
    above = decisive(text)
    others = [above, *(above + b"\n" + tail for tail in tails)]
    for other in others:
        if decisive(other) == above:
            assert list(imports(other)) == list(imports(text))
