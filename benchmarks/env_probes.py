"""env beside others on the probes of `tests/probes/env.py`: `python -m benchmarks.env_probes ENV-AUDITOR DOTENVDRIFT`.

Of the variables that the probes read, how many are found; and how many names are told that nothing reads. Each probe is
a tree of its own with an empty template. What a tool only calls dynamic is neither. The arguments are the programs;
without one it is left out.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.guards.test_env import names_of
from tests.probes.env import PROBES, Probe

_LANGUAGES = ("Python", "scripts", "shell", "documents")
_PATTERN = re.compile(
    r"(?:environ(?:\.get)?[\[(]|getenv\()\s*['\"](\w+)|process\.env\.(\w+)|import\.meta\.env\.(\w+)|\$\{?([A-Za-z_]\w*)"
)


def main(env_auditor: str = "", dotenvdrift: str = "") -> None:
    """Print a table."""
    tools: dict[str, Callable[[Probe], set[str]]] = {"guard env": names_of, "a pattern for grep": _grep}
    if env_auditor:
        tools["env-auditor"] = lambda probe: _told([env_auditor, "--format", "json"], probe, _of_auditor)
    if dotenvdrift:
        tools["dotenvdrift"] = lambda probe: _told([dotenvdrift, "--json"], probe, _of_drift)
    sys.stdout.write("| tool | language | found | of | told in vain |\n| --- | --- | --- | --- | --- |\n")
    for name, tool in tools.items():
        found = [(probe, tool(probe)) for probe in PROBES]
        for language in _LANGUAGES:
            own = [(probe, names) for probe, names in found if probe.language == language]
            hits = sum(len(names & probe.names) for probe, names in own)
            wrong = sum(len(names - probe.names) for probe, names in own)
            cells = (name, language, hits, sum(len(probe.names) for probe, _ in own), wrong)
            sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")


def _grep(probe: Probe) -> set[str]:
    return {next(filter(None, one)) for one in _PATTERN.findall(probe.source)}


def _told(command: list[str], probe: Probe, names: Callable[[object], set[str]]) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / probe.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(probe.source)
        (Path(folder) / ".env.example").write_text("")
        told = subprocess.run([*command, folder], capture_output=True, check=False).stdout
    return names(json.loads(told)) if told.strip() else set()


def _of_auditor(told: object) -> set[str]:
    return {str(one["key"]) for one in told["undocumented"]} if isinstance(told, dict) else set()


def _of_drift(told: object) -> set[str]:
    issues = told["issues"] if isinstance(told, dict) else {}
    return {str(one["name"]) for kind in ("missing", "undocumented") for one in issues.get(kind, ())}


if __name__ == "__main__":
    main(*sys.argv[1:3])
