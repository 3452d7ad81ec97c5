"""The formats that the guard knows."""

from __future__ import annotations

from guards.secrets.catalogue import ai, chat, cloud, code, databases, monitoring, payment, work
from guards.secrets.formats import Format

_MODULES = (ai, chat, cloud, code, databases, monitoring, payment, work)

FORMATS: tuple[Format, ...] = tuple(
    sorted((form for module in _MODULES for form in module.FORMATS), key=lambda form: form.id)
)
"""All of them, sorted by id."""
