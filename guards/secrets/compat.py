"""What detect-secrets 1.5 finds, by its own plugins and filters, called only where a trigger hit.

Its verification over the network is never on, and no plugin comes from a baseline or a file. Importing it costs a
tenth of a second, so it is imported where it is first needed.
"""

from __future__ import annotations

import functools
import importlib
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from guards._core.model import Skipped
from guards.secrets.compat_triggers import CONFIGURATION, STRICT, UNABLE

_YAML = frozenset({".yaml", ".yml", ".eyaml"})
_TYPED = CONFIGURATION | {
    *(".cls", ".example", ".java", ".js", ".m", ".php", ".py", ".pyi", ".swift", ".tf", ".cs", ".c", ".cpp"),
}
"""The suffixes that detect-secrets knows; files of all others are tried as INI files without a header, too."""

_FIRST_LINE = re.compile(r"^[^\S\n]*([^\s#;])", re.MULTILINE)
"""The first character that a parser of INI files looks at."""
_NO_INI = re.compile(r"^(?:[=:]|[^\s#;\[=:][^=:\n]*$)", re.MULTILINE)
"""A line that no INI file may hold: no option, header, comment or continuation."""


class Hit(NamedTuple):
    """A secret as detect-secrets reports it."""

    type: str
    secret: str
    line: int


def classify(path: str) -> str | Skipped:
    """The suffix, where detect-secrets reads files of it in its own way; or that it never reads such files."""
    heuristic = _module("filters.heuristic")
    if heuristic.is_non_text_file(path) or heuristic.is_lock_file(path) or heuristic.is_swagger_file(path):
        return Skipped("detect-secrets passes over files of this name")
    suffix = os.path.splitext(path)[1]
    return suffix if suffix in _TYPED else ""


def hits(
    data: bytes, suffix: str, triggered: Mapping[int, Sequence[int]], hits_in: Any, *, whole: bool = False
) -> list[Hit]:
    """What detect-secrets finds in a file, each secret of a type once, at its first line.

    `whole`: the triggers tell that there is something, but not on which lines.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return []  # detect-secrets passes over it, too
    if "\r" in text:
        whole = whole or "\r" in text.replace("\r\n", "")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = _transformed(text, suffix) if _is_transformed(text, suffix) else None
    if lines:
        found = _in_lines(lines, _candidates_of(lines, suffix, hits_in), suffix)
    else:
        strict = _strict(triggered, suffix)
        lines = _split(text) if strict or whole else []
        wanted = dict.fromkeys(range(1, len(lines) + 1), _EVERY) if whole else _numbered(strict, data)
        found = _in_lines(lines, wanted, suffix)
    if not found and suffix not in _TYPED and _NO_INI.search(text) is None:
        lines = _transformed(text, suffix, eager=True)
        found = _in_lines(lines, _candidates_of(lines, suffix, hits_in), suffix) if lines else []
    first: dict[tuple[str, str], Hit] = {}
    for hit in found:
        first.setdefault((hit.type, hit.secret), hit)
    return list(first.values())


_FEWEST_DIFFERENT = {"Base64HighEntropyString": 23, "HexHighEntropyString": 9}
"""More than 2 to the power of the limits, which are 4.5 and 3."""
_Plugins = frozenset[str]
_EVERY: _Plugins = frozenset(strict.plugin for strict in STRICT)


def _split(text: str) -> list[str]:
    """The lines as a text file gives them: only a line feed ends one."""
    return io.StringIO(text).readlines()


def _is_transformed(text: str, suffix: str) -> bool:
    if suffix in _YAML:
        return True
    first = _FIRST_LINE.search(text)
    return first is not None and first[1] == "["


def _transformed(text: str, suffix: str, *, eager: bool = False) -> list[str] | None:
    file = _NamedText(text)
    file.name = f"file{suffix}"
    lines: list[str] | None = _module("transformers").get_transformed_file(file, use_eager_transformers=eager)
    return lines


class _NamedText(io.StringIO):
    name = ""


def _strict(triggered: Mapping[int, Sequence[int]], suffix: str) -> dict[int, set[str]]:
    """Offset of a line to the plugins that have to see it."""
    wanted: dict[int, set[str]] = {}
    for index, offsets in triggered.items():
        if index < len(STRICT) and (suffix in CONFIGURATION or not STRICT[index].unquoted):
            for offset in offsets:
                wanted.setdefault(offset, set()).add(STRICT[index].plugin)
    return wanted


def _numbered(wanted: Mapping[int, set[str]], data: bytes) -> dict[int, _Plugins]:
    """The same by the number of the line."""
    number, at = 1, 0
    numbered: dict[int, _Plugins] = {}
    for offset in sorted(wanted):
        number += data.count(b"\n", at, offset)
        at = offset
        numbered[number] = frozenset(wanted[offset])
    return numbered


def _candidates_of(lines: Sequence[str], suffix: str, hits_in: Any) -> dict[int, _Plugins]:
    """Which plugins have to see which transformed lines. A value of several lines is seen by all of them."""
    several = {number for number, line in enumerate(lines, start=1) if "\n" in line or "\r" in line}
    text = "\n".join("" if number in several else line for number, line in enumerate(lines, start=1))
    data = text.encode("utf-8", "surrogatepass")
    return _numbered(_strict(hits_in(data), suffix), data) | dict.fromkeys(several, _EVERY)


def _in_lines(lines: Sequence[str], wanted: Mapping[int, _Plugins], suffix: str) -> list[Hit]:
    return [hit for number in sorted(wanted) for hit in _in_line(lines, number, wanted[number], suffix)]


def _in_line(lines: Sequence[str], number: int, plugins: Iterable[str], suffix: str) -> Iterator[Hit]:
    line = lines[number - 1].rstrip()
    found = [
        (name, secret)
        for name in sorted(plugins)
        if _may_find(name, line)
        for secret in _plugin(name).analyze_line(filename=f"file{suffix}", line=line, line_number=number)
    ]
    if found and not _is_passed_over(lines, number, line, suffix):
        for name, secret in found:
            if not _is_filtered(secret.secret_value, line, _plugin(name)):
                yield Hit(secret.type, secret.secret_value, number)


def _may_find(name: str, line: str) -> bool:
    """Whether an entropy can be above its limit: it is at most the logarithm of how many characters are different."""
    fewest = _FEWEST_DIFFERENT.get(name)
    return fewest is None or any(len(set(value)) >= fewest for value in _plugin(name).analyze_string(line))


def _is_passed_over(lines: Sequence[str], number: int, line: str, suffix: str) -> bool:
    """Whether a filter of detect-secrets drops everything on the line."""
    if _module("filters.heuristic").is_indirect_reference(line):
        return True
    context = _module("util.code_snippet").get_code_snippet(lines, number)
    return bool(_module("filters.allowlist").is_line_allowlisted(f"file{suffix}", line, context))


def _is_filtered(secret: str, line: str, plugin: Any) -> bool:
    heuristic = _module("filters.heuristic")
    return bool(
        heuristic.is_sequential_string(secret)
        or heuristic.is_potential_uuid(secret)
        or heuristic.is_likely_id_string(secret, line, plugin)
        or heuristic.is_templated_secret(secret)
        or heuristic.is_prefixed_with_dollar_sign(secret)
        or heuristic.is_not_alphanumeric_string(secret)
    )


@functools.cache
def _module(name: str) -> Any:
    return importlib.import_module(f"detect_secrets.{name}")


@functools.cache
def _plugin(name: str) -> Any:
    return plugins()[name]()


@functools.cache
def plugins() -> dict[str, Any]:
    """The plugins of detect-secrets by the name of their class, as its defaults make them."""
    known = _module("core.plugins.util").get_mapping_from_secret_type_to_class().values()
    return {plugin.__name__: plugin for plugin in known}


def unknown_plugins() -> set[str]:
    """Plugins of the installed detect-secrets that no trigger stands for: what they find would be missed."""
    return set(plugins()) - _EVERY - UNABLE
