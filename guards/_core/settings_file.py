"""Adding to the file that holds the settings: every byte that is there stays, and what the file says is proved."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from guards._core.errors import GuardError
from guards._core.waivers import Terms

_HEADERS = {"guard.toml": "", "pyproject.toml": "tool.guard."}
_ORDER = ("rule", "path", "fingerprint", "reason", "owner", "until")


def waiver_text(terms: Terms, *, name: str = "guard.toml") -> str:
    """A waiver as it is written in a file of this name."""
    said = {key: getattr(terms, key) for key in _ORDER}
    lines = [f"{key} = {_toml(value)}" for key, value in said.items() if value]
    return "\n".join([f"[[{_prefix(name)}waiver]]", *lines, ""])


def with_waiver(data: bytes, terms: Terms, *, name: str) -> bytes:
    """The file with one more waiver at its end."""
    after = _appended(data, waiver_text(terms, name=name))
    table = {key: value for key in _ORDER if (value := getattr(terms, key))}
    _prove(data, after, name, lambda settings: settings.setdefault("waiver", []).append(table))
    return after


def with_setting(data: bytes, guard: str, key: str, value: str, *, name: str) -> bytes:
    """The file with one more key in the table of a guard."""
    header = re.compile(rf"^\[{re.escape(_prefix(name) + guard)}\][ \t]*(?:#[^\r\n]*)?(\r?\n|\Z)", re.MULTILINE)
    text = data.decode("utf-8-sig")
    found = header.search(text)
    line = f"{key} = {_toml(value)}"
    if found:
        end = found[1] or "\n"
        at = len(text[: found.end()].encode()) + len(data) - len(text.encode())
        after = data[:at] + (b"" if found[1] else b"\n") + (line + end).encode() + data[at:]
    else:
        after = _appended(data, f"[{_prefix(name)}{guard}]\n{line}\n")
    _prove(data, after, name, lambda settings: settings.setdefault(guard, {}).update({key: value}))
    return after


def _prefix(name: str) -> str:
    return _HEADERS.get(name.rpartition("/")[2], "")


def _toml(value: object) -> str:
    # A TOML string takes the escapes of JSON, but for DEL and what is no character.
    return json.dumps(value).replace("\x7f", "\\u007f") if isinstance(value, str) else str(value)


def _appended(data: bytes, text: str) -> bytes:
    """The text at the end, after an empty line, with line ends like those that there are."""
    end = b"\r\n" if b"\r\n" in data else b"\n"
    gap = b"" if not data else end if data.endswith(b"\n") else end + end
    return data + gap + text.encode().replace(b"\n", end)


def _prove(before: bytes, after: bytes, name: str, change: Any) -> None:
    """Make sure that the file says what it said, and what was added, and nothing else."""
    try:
        wanted, found = _parsed(before), _parsed(after)
        change(_settings(wanted, name))
    except (ValueError, AttributeError, TypeError, RecursionError):
        wanted, found = {}, None
    if wanted != found:
        raise GuardError(f"{name} is written in a way that cannot be added to", hint="Write it into the file yourself.")


def _parsed(data: bytes) -> dict[str, Any] | None:
    return tomllib.loads(data.decode("utf-8-sig"))


def _settings(document: Mapping[str, Any] | None, name: str) -> Any:
    settings: Any = document
    for key in filter(None, _prefix(name).split(".")):
        settings = settings.setdefault(key, {})
    return settings
