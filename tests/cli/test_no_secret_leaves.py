"""No secret leaves: every byte that guard writes is searched for every secret that it has seen, also in other words."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from guards._output import OUTPUTS
from guards.secrets.catalogue import FORMATS
from guards.secrets.formats import values
from tests.cli.conftest import Guard
from tests.conftest import Repository
from tests.guards.secrets.drawn import password, token

_LEAST = 14
"""Characters of a value: a shorter one may stand in a report by chance."""
_COUNT = 200


def planted() -> dict[str, tuple[str, str]]:
    """Path to a text with a secret of its own and the part of it that nobody may see."""
    found: dict[str, tuple[str, str]] = {}
    for form in [form for form in FORMATS if not form.path]:
        text = form.example(Random(f"leak {form.id}"))
        first_line = text.partition("\n")[0]
        for start, end in values(form, text, 0, len(first_line)):
            hidden = max(text[start:end].split("\n"), key=len)[form.shown :]
            if len(hidden) >= _LEAST:
                found[f"src/{form.id}.py"] = (text, hidden)
    for seed in range(_COUNT - min(len(found), _COUNT - 20)):
        found[f"config/{seed}.env"] = (f"CLIENT_SECRET={token(seed)}\n", token(seed))
    for seed in range(10):
        found[f"deploy/{seed}.yaml"] = (f"db_password: {password(seed) * 2}\n", password(seed) * 2)
    return found


def _in_other_words(value: str) -> Iterator[bytes]:
    """The value as it is, as JSON and URLs write it, and in Base64 wherever it begins in a group of three."""
    raw = value.encode()
    yield raw
    yield json.dumps(value)[1:-1].encode()
    yield urllib.parse.quote(value, safe="").encode()
    for skipped in range(3):
        encoded = base64.b64encode(b"\0" * skipped + raw)
        yield encoded[4 if skipped else 0 : -4]
    yield raw.hex().encode()
    yield value.encode("utf-16-le")


class Everything:
    """All bytes that guard wrote, each by what it was."""

    def __init__(self) -> None:
        self.written: dict[str, bytes] = {}

    def take(self, name: str, *texts: str) -> None:
        """What a process printed."""
        self.written[name] = "".join(texts).encode("utf-8", "surrogateescape")

    def take_folder(self, folder: Path) -> None:
        """What stands below a folder, names included."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.written[str(path)] = str(path).encode() + path.read_bytes()

    def holding(self, value: str) -> list[str]:
        """Where a value is."""
        needles = list(_in_other_words(value))
        return [name for name, data in self.written.items() if any(needle in data for needle in needles)]


def test_the_search_sees_what_it_searches_for() -> None:
    value = token(1)
    for text in (value, base64.b64encode(f"x{value}y".encode()).decode(), urllib.parse.quote(f"/{value}")):
        wrote = Everything()
        wrote.take("text", "before ", text, " after")
        assert wrote.holding(value) == ["text"]
        assert wrote.holding(token(2)) == []


@pytest.mark.parametrize("where", ["in the tree", "in the history"])
def test_no_secret_leaves(guard: Guard, repo: Repository, home: Path, tmp_path: Path, where: str) -> None:
    secrets = planted()
    assert len(secrets) >= _COUNT
    repo.commit({path: text for path, (text, _) in secrets.items()})
    history = ["--history"] if where == "in the history" else []
    if history:
        repo.run("rm", "-q", "-r", ".")
        repo.commit({"readme.md": "empty\n"})
    wrote = Everything()
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    files = [f"--output={name}={outputs / name}" for name in OUTPUTS]
    for name in OUTPUTS:
        result = guard("secrets", *history, f"--format={name}", "--timings", "--verbose", "--fail-level=note")
        assert result.code == 1, result.err
        wrote.take(name, result.out, result.err)
    reported = guard("secrets", *history, "--format=json", *files, "--sarif-suppressed").report
    assert {one["path"] for one in reported["findings"]} >= {
        path for path in secrets if path.startswith(("config/", "deploy/"))
    }
    assert len({one["path"] for one in reported["findings"]}) >= 0.9 * len(secrets)
    wrote.take("everything", json.dumps(reported))
    for number, arguments in enumerate(
        (
            ["all", *history],
            ["secrets", *history, "--since=HEAD~1"] if history else ["secrets", "--staged"],
            ["secrets", *history, "--no-cache", "--jobs=2"],
            ["secrets", "--rev=HEAD"],
            ["doctor"],
            ["cache", "info"],
            ["secrets", f"--config={outputs / 'json'}"],
            ["secrets", "--history", "--staged"],
        )
    ):
        result = guard(*arguments)
        wrote.take(f"{number} {arguments}", result.out, result.err)
    one_of_each_rule = {one["rule"]: one["fingerprint"] for one in reported["findings"]}
    for number, fingerprint in enumerate(["", "0" * 32, *list(one_of_each_rule.values())[:: _COUNT // 8]]):
        for name in ("text", "markdown", "json") if number == 2 else ("text",):
            result = guard("secrets", "playbook", *filter(None, (fingerprint,)), f"--format={name}")
            assert (result.code == 0) == (number != 1), result.err
            wrote.take(f"playbook {number} {name}", result.out, result.err)
    wrote.take_folder(repo.root / ".guard")
    wrote.take_folder(home)
    wrote.take_folder(outputs)
    assert len(wrote.written) > len(OUTPUTS) * 2 + 8
    assert {path: places for path, (_, hidden) in secrets.items() if (places := wrote.holding(hidden))} == {}


_CRASHES = """
from dataclasses import dataclass
from guards import Guard, Rule

@dataclass(frozen=True)
class Options:
    pass

def scan(source):
    raise ValueError(source.data)
    yield

def judge(case):
    raise KeyError(repr(case), "VALUE")
    yield

GUARD = Guard(id="crash", summary="?", rules=(Rule("crash/never", "?"),), options=Options, scan=scan, judge=judge)
"""


def test_a_crash_tells_no_secret(guard: Guard, repo: Repository, home: Path) -> None:
    value = token(77)
    repo.commit({"crash.py": _CRASHES.replace("VALUE", value), "a.env": f"CLIENT_SECRET={value}\n"})
    wrote = Everything()
    for name in OUTPUTS:
        result = guard("run", "crash:GUARD", "secrets", "--trust-local-guards", f"--format={name}", "--timings")
        assert result.code == 4, result.err
        assert name != "json" or {"ValueError", "KeyError"} <= set(re.findall(r"\w+Error", result.out))
        wrote.take(name, result.out, result.err)
    wrote.take_folder(repo.root / ".guard")
    wrote.take_folder(home)
    assert wrote.holding(value) == []
