"""The catalogue of credential formats, written from what their issuers publish.

A module for each domain. An entry is data: what it is called, how it is recognised, what it gives and how to revoke it.
"""

from __future__ import annotations

from guards.secrets.catalogue import ai, chat, cloud, code, databases, files, keys, monitoring, payment, work
from guards.secrets.formats import Format

_DOMAINS = (ai, chat, cloud, code, databases, files, keys, monitoring, payment, work)

FORMATS: tuple[Format, ...] = tuple(
    sorted((entry for domain in _DOMAINS for entry in domain.FORMATS), key=lambda entry: entry.id)
)
