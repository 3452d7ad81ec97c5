"""no-direct-http beside others on the probes of `tests/probes/http.py`: `python -m benchmarks.http_probes [SEMGREP]`.

Of the probes that call a protected host, how many are reported; and of those that do not, how many are reported all
the same. Ruff bans the imports of clients (TID251). Semgrep has two rule sets: calls of clients by name with a constant
that holds the host, and any call at all with one. SEMGREP is the program; without it, it is left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.guards.test_no_direct_http import verdict
from tests.probes.http import PROBES, Probe

_HOSTS = r"api\.acme\.test|\.acme\.cloud"
_PYTHON = ("requests", "httpx", "httpx2", "aiohttp", "urllib.request", "urllib3", "http.client", "httplib2", "niquests",
           "pycurl", "tornado.httpclient", "treq", "curl_cffi", "websockets")  # fmt: skip
_SCRIPT = ("fetch(", "axios.$M(", "got(", "got.$M(", "ky.$M(", "request(", "$.ajax(", "new XMLHttpRequest().$M(",
           "https.$M(", "window.fetch(", "globalThis.fetch(", "new EventSource(", "new WebSocket(")  # fmt: skip

_GO = ("http.$M(", "$C.Get(", "$C.Post(", "http.NewRequest(", "http.NewRequestWithContext(", "resty.New().R().$M(")


def main(semgrep: str) -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as folder:
        probes = _laid_out(Path(folder))
        tools: dict[str, Callable[[Path], set[int]]] = {
            "guard no-direct-http": _guard,
            "ruff, TID251": _ruff,
            "grep of the host": _grep,
        }
        if semgrep:
            tools["semgrep, clients by name"] = lambda root: _semgrep(root, semgrep, by_name=True)
            tools["semgrep, any call"] = lambda root: _semgrep(root, semgrep, by_name=False)
        sys.stdout.write(
            "| tool | language | found | of | reported in vain | of |\n| --- | --- | --- | --- | --- | --- |\n"
        )
        for name, tool in tools.items():
            _table(name, tool(Path(folder)), probes)


def _laid_out(root: Path) -> Mapping[int, Probe]:
    for number, probe in enumerate(PROBES):
        for path, text in ((probe.path, probe.source), *probe.beside):
            file = root / f"p{number}" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return dict(enumerate(PROBES))


def _language(probe: Probe) -> str:
    if probe.path.endswith(".py"):
        return "Python"
    if probe.path.endswith(".go"):
        return "Go"
    return "scripts" if probe.path.endswith(("s", "x")) else "shell"


def _table(name: str, found: set[int], probes: Mapping[int, Probe]) -> None:
    for language in ("Python", "scripts", "Go", "shell"):
        direct = {number for number, probe in probes.items() if probe.verdict == "D" and _language(probe) == language}
        fine = {number for number, probe in probes.items() if probe.verdict == "F" and _language(probe) == language}
        cells = (name, language, len(found & direct), len(direct), len(found & fine), len(fine))
        sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")


def _number(path: str) -> int:
    return next(int(part[1:]) for part in Path(path).parts if part[:1] == "p" and part[1:].isdigit())


def _guard(root: Path) -> set[int]:
    """Each probe is a tree of its own, as in the tests."""
    return {number for number, probe in enumerate(PROBES) if verdict(probe) == "D"}


def _ruff(root: Path) -> set[int]:
    banned = "\n".join(f'"{one}".msg = "use the client"' for one in _PYTHON)
    (root / "ruff.toml").write_text(f'lint.select = ["TID251"]\n[lint.flake8-tidy-imports.banned-api]\n{banned}\n')
    command = ["ruff", "check", "--no-cache", "--output-format", "json", "."]
    told = json.loads(subprocess.run(command, cwd=root, capture_output=True, check=False).stdout)
    return {_number(one["filename"]) for one in told if one["code"] == "TID251"}


def _grep(root: Path) -> set[int]:
    files = [f"--include={name}" for name in ("probe.*", "Dockerfile", "Makefile", "ci.yml")]
    command = ["grep", "-rlE", _HOSTS, *files, "."]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout
    return {_number(line) for line in told.splitlines()}


def _semgrep(root: Path, program: str, *, by_name: bool) -> set[int]:
    text = f'"=~/{_HOSTS}/"'
    python = [f"{module}.$F(..., {text}, ...)" for module in _PYTHON] if by_name else [f"$F(..., {text}, ...)"]
    script = [f"{start}..., {text}, ...)" for start in _SCRIPT] if by_name else [f"$F(..., {text}, ...)"]
    go = [f"{one}..., {text}, ...)" for one in _GO] if by_name else [f"$F(..., {text}, ...)"]
    shell = ["curl ... $U ...", "wget ... $U ..."]
    rules: list[dict[str, object]] = [
        {"id": "python", "languages": ["python"], "pattern-either": [{"pattern": one} for one in python]},
        {"id": "script", "languages": ["ts", "js"], "pattern-either": [{"pattern": one} for one in script]},
        {"id": "go", "languages": ["go"], "pattern-either": [{"pattern": one} for one in go]},
        {"id": "shell", "languages": ["bash"], "patterns": [
            {"pattern-either": [{"pattern": one} for one in shell]},
            {"metavariable-regex": {"metavariable": "$U", "regex": f".*({_HOSTS})"}}]},
    ]  # fmt: skip
    config = {"rules": [{**rule, "message": "direct", "severity": "ERROR"} for rule in rules]}
    (root / "semgrep.json").write_text(json.dumps(config))
    command = [program, "scan", "--config", "semgrep.json", "--json", "--metrics=off", "--disable-version-check",
               "--no-git-ignore", "."]  # fmt: skip
    told = json.loads(subprocess.run(command, cwd=root, capture_output=True, check=False).stdout)
    return {_number(one["path"]) for one in told["results"]}


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
