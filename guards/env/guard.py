"""The guard as a value: apart from the package's first module, so that importing `require` costs nothing."""

from __future__ import annotations

from collections.abc import Iterable

from guards import env
from guards._core.model import Case, Guard, Judged, Seen, Select, Source
from guards.env.mapping import (
    NAMES,
    SUFFIXES,
    always,
    classify,
    looks_outside,
    reads,
    scan_slice,
    triggers,
    whatever_triggers,
)
from guards.env.options import Options
from guards.env.rules import RULES
from guards.env.section import Section


def _scan(source: Source[Options]) -> Iterable[Seen]:
    """What one file reads and declares. Readers load with the first file that is not in the cache."""
    from guards.env.scan import scan

    return scan(source)


def _judge(case: Case[Options]) -> Iterable[Judged]:
    if not case.facts and case.canonical is None:
        return ()
    from guards.env.judge import judge

    return judge(case)


GUARD = Guard(
    id="env",
    summary="Is every variable of the environment declared, documented, read, and there where it is required?",
    page=env.__doc__ or "",
    rules=RULES,
    options=Options,
    select=Select(suffixes=SUFFIXES, names=NAMES),
    classify=classify,
    scan_slice=scan_slice,
    reads=reads,
    triggers=triggers,
    whatever_triggers=whatever_triggers,
    always=always,
    scan=_scan,
    judge=_judge,
    sees_tree=True,
    looks_outside=looks_outside,
    section="env",
    joined_sections=("env-code",),
    section_type=Section,
    draft="guard env init",
    enabled=True,
    engines=(
        *("PyYAML", "tree-sitter", "tree-sitter-bash", "tree-sitter-javascript", "tree-sitter-python"),
        "tree-sitter-typescript",
    ),
)
