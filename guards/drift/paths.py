"""Paths as they are written in selectors."""

from __future__ import annotations

import json
import re

from guards._code.spans import JsonPath


def dotted(path: JsonPath) -> str:
    """A path as it is written in a selector."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if re.fullmatch(r'[^\s."\[\]|*#]+', step) else json.dumps(step, ensure_ascii=False)
            text += f".{name}" if text else name
    return text
