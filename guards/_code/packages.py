"""Names of Python packages."""

from __future__ import annotations

import re


def normalized(name: str) -> str:
    """The name of a distribution as indexes compare it: however it is written, it is the same."""
    return re.sub(r"[-_.]+", "-", name).lower()
