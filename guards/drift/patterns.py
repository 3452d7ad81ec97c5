"""Patterns that people write in canonical.yaml: matched by RE2, whose time grows with the text and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

from msgspec import Struct

_MEMORY = 1 << 20


class Pattern(Struct, frozen=True):
    """A regular expression with exactly one named group, which is the part that is meant."""

    text: str

    @classmethod
    def written(cls, call: str) -> Pattern:
        """The pattern of `regex("…")`. ValueError tells what is wrong with it."""
        argument = call.removeprefix("regex(").removesuffix(")").strip()
        if not call.endswith(")") or len(argument) < 2 or argument[0] not in "\"'" or argument[-1] != argument[0]:
            raise ValueError("write a pattern in quotes: regex('version=(?P<value>[0-9.]+)')")
        pattern = cls(argument[1:-1])
        groups = len(_compiled(pattern.text).groupindex)
        if groups != 1:
            raise ValueError(f"a pattern has exactly one named group, (?P<value>…), not {groups}")
        return pattern

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the group stands, match by match."""
        compiled = _compiled(self.text)
        (group,) = compiled.groupindex.values()
        for found in compiled.finditer(text):
            if found.start(group) >= 0:
                yield found.start(group), found.end(group)


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> Any:
    re2: Any = import_module("re2")

    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        return re2.compile(f"(?m){pattern}", options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if error.args and isinstance(error.args[0], bytes) else error
        raise ValueError(f"not a pattern of RE2: {str(reason)[:120]}") from None
