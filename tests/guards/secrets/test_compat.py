"""The mode `compat` against detect-secrets itself: the same findings, on source trees and on mutated lines."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import re
import sysconfig
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import pytest
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings, get_filters

from guards._core.triggers import Engine, engine_for
from guards.secrets import GUARD, compat
from guards.secrets.compat_triggers import TRIGGERS
from guards.testing import run_guard
from tests.guards.secrets.drawn import aws_key_id, password, slack_token, token

Secret = tuple[str, str, str, int]
"""Type, path, SHA-1 and line."""

_NETWORK = "detect_secrets.filters.common.is_ignored_due_to_verification_policies"


@functools.cache
def _engine() -> Engine:
    return engine_for(TRIGGERS, None)


def _theirs(folder: Path, paths: Iterable[str], monkeypatch: pytest.MonkeyPatch) -> set[Secret]:
    monkeypatch.chdir(folder)
    found: dict[tuple[str, str, str], int] = {}
    with default_settings() as settings:
        settings.disable_filters(_NETWORK)
        get_filters.cache_clear()
        for path in paths:
            for secret in scan_file(path):
                found.setdefault((secret.type, path, secret.secret_hash), secret.line_number)
    return {(*key, line) for key, line in found.items()}


def _ours(folder: Path, paths: Iterable[str]) -> set[Secret]:
    return {secret for path in paths for secret in _ours_in(folder, path)}


def _ours_in(folder: Path, path: str) -> Iterator[Secret]:
    suffix = compat.classify(path)
    data = (folder / path).read_bytes()
    hits = _engine().lines(data)
    if not isinstance(suffix, str) or not hits:
        return
    for hit in compat.hits(data, suffix, hits, _engine().lines):
        yield hit.type, path, hashlib.sha1(hit.secret.encode()).hexdigest(), hit.line


def _files(folder: Path, limit: int, most: int = 60_000) -> list[str]:
    """Files of all parts of a tree, of at most so many bytes."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    small = [path for path in paths if "__pycache__" not in path.parts and path.stat().st_size < most]
    return [path.relative_to(folder).as_posix() for path in small[:: -(-len(small) // limit) or 1]]


def _of_each_kind(folder: Path) -> Iterator[str]:
    """A few files of each suffix, by which plugins and filters decide."""
    kinds: Counter[str] = Counter()
    for path in _files(folder, 10**6, most=10_000):
        suffix = Path(path).suffix.lower()
        kinds[suffix] += 1
        if kinds[suffix] <= 4:
            yield path


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def test_every_plugin_has_a_trigger() -> None:
    """A plugin that a new release adds would find nothing: this tells."""
    assert compat.unknown_plugins() == set()


@pytest.mark.parametrize("name", ["detect_secrets", "email", "unittest"])
def test_same_findings_on_a_source_tree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _package(name)
    paths = _files(folder, 60)
    assert len(paths) > 5
    assert _ours(folder, paths) == _theirs(folder, paths, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["purelib", "stdlib"])
def test_same_findings_on_a_large_tree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All files in which something is found, of every part of it some others, and some of every kind: the other tool
    would take minutes for the rest.
    """
    folder = Path(sysconfig.get_path(name))
    telling = {secret[1] for secret in _ours(folder, _files(folder, 3_000))}
    paths = sorted({*telling, *_files(folder, 400, most=20_000), *_of_each_kind(folder)})
    ours, theirs = _ours(folder, paths), _theirs(folder, paths, monkeypatch)
    assert len(theirs) > 10
    assert ours == theirs


_LINES = (
    'aws_access_key_id = "{aws}"',
    'client = boto3.client("s3", aws_access_key_id="{aws}")',
    'aws_secret_key = "{forty}"',
    'password = "{password}"',
    "password: {password}",
    'if "{password}" == db_password:',
    'secret := "{password}"',
    'setPassword("{password}"); secret.assign("{password}")',
    'db_pass[0] != @"{password}"',
    'apikey = "{hex}"',
    "'{base64}'",
    '"{hex}", "{hex}"',
    "slack: {slack}",
    "url = https://user:{password}@host/",
    "AccountKey={azure};",
    "cloudant_password = '{hex64}'",
    "softlayer-api-key: {hex64}",
    "ibm_api_key => {forty}{four}",
    "cos_secret_access_key={hex48}",
    "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.{base64}",
    "//registry.npmjs.org/:_authToken=npm_{forty}",
    "-----BEGIN RSA PRIVATE KEY-----",
    "SK{hex} {digits}:{base64}",
    "contraseña = '{password}'",
    "my_id = '{hex}'",
    'token = "{hex}" # pragma: ' + "allowlist secret",
    "# pragma: allowlist nextline secret",
    "key = \\\n  {hex}",
    "[section]",
    "a = b",
    "",
    "x: !!binary {base64}",
    "- {base64}",
    'k: "{hex}\\\n    {hex}"',
    "k: |\n  password: {password}",
    "; comment",
)
_JUNK = "ıİſK\u00a0\u2028\x1c\x0b\x0c\x85é'\"`=:{}[]<>$#%\\ \t\r"


def _filled(line: str, random: Random) -> str:
    values = {
        "aws": aws_key_id(random.randrange(9)),
        "forty": token(random.randrange(9), 40),
        "four": "abcd",
        "password": password(random.randrange(9)),
        "hex": random.randbytes(16).hex(),
        "hex48": random.randbytes(24).hex(),
        "hex64": random.randbytes(32).hex(),
        "base64": token(random.randrange(99), 35),
        "azure": token(1, 86) + "==",
        "slack": slack_token(random.randrange(9)).lower(),
        "digits": "123456789",
    }
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], line)


def _mutated(text: str, random: Random) -> str:
    """Up to three small changes: junk put in, a character lost, the case of one swapped, a word doubled."""
    for _ in range(random.randrange(4)):
        at = random.randrange(len(text) + 1)
        match random.randrange(4):
            case 0:
                text = text[:at] + random.choice(_JUNK) + text[at:]
            case 1:
                text = text[:at] + text[at + 1 :]
            case 2:
                text = text[:at] + text[at : at + 1].swapcase() + text[at + 1 :]
            case _:
                text = text[:at] + text[max(0, at - 5) :]
    return text


@pytest.mark.parametrize("suffix", [".py", ".yaml", ".ini", "", ".go", ".js", ".c", ".cpp", ".json", ".toml"])
def test_same_findings_on_mutated_lines(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand lines of each kind of file, in files of a few lines, so that parsers of formats often succeed."""
    random = Random(f"mutated {suffix}")
    paths = []
    for number in range(250):
        lines = [_mutated(_filled(random.choice(_LINES), random), random) for _ in range(4)]
        path = f"file{number}{suffix}"
        text = "\n".join(["[s]"] * (number % 3 == 0 and suffix in {".ini", "", ".toml"}) + lines)
        (tmp_path / path).write_bytes(text.encode("utf-8", "replace"))
        paths.append(path)
    theirs = _theirs(tmp_path, paths, monkeypatch)
    assert len(theirs) > 100
    assert _ours(tmp_path, paths) == theirs


def test_a_run_in_this_mode() -> None:
    """Paths that detect-secrets passes over, and a finding with its line and without its value."""
    value = aws_key_id()
    tree = {
        "a.py": f'x = 1\nkey = "{value}"\n'.encode(),
        "swagger/a.py": f'key = "{value}"\n'.encode(),
        "a.lock": f'key = "{value}"\n'.encode(),
        "latin.py": f'# caf\xe9\nkey = "{value}"\n'.encode("latin-1"),
    }
    report = run_guard(GUARD, tree, options={"mode": "compat"})
    assert [(one.rule, one.path, one.span and one.span.line) for one in report.findings] == [
        ("secrets/detect-secrets", "a.py", 2)
    ]
    assert value not in repr(report)
    assert not report.problems


def test_nothing_of_the_tree_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A baseline that names a plugin or a filter by its path is a file like any other."""
    marker = tmp_path / "ran"
    plugin = f"open({os.fspath(marker)!r}, 'w').close()\n"
    baseline = '{"plugins_used": [{"name": "Evil", "path": "file://evil.py"}], "filters_used": []}'
    monkeypatch.chdir(tmp_path)
    run_guard(GUARD, {"evil.py": plugin.encode(), ".secrets.baseline": baseline.encode()}, options={"mode": "compat"})
    assert not marker.exists()
