"""`guard no-direct-http init`: the hosts that code calls become a draft that holds, and nothing is written unasked."""

from __future__ import annotations

from tests.cli.conftest import Guard
from tests.conftest import Repository

TREE = {
    "app/orders.py": "import requests\nBASE = 'https://api.orders.example.org'\nrequests.get(f'{BASE}/v1')\n",
    "app/more.py": "import httpx\nhttpx.post('https://eu.orders.example.org/v2')\n",
    "web/map.ts": "fetch('https://maps.tiles.dev/1/2/3')\n",
    "cmd/main.go": 'package main\n\nimport "net/http"\n\nfunc main() { http.Get("https://api.pay.dev/v1") }\n',
    "deploy.sh": "curl -s https://api.pay.dev/ping\n",
    "app/notes.py": "# https://nobody.calls.dev\nX = 'https://nor.this.dev'\n",
    "app/mine.py": "import requests\nrequests.get('http://localhost:8000/')\nrequests.get('https://192.0.2.1/')\n",
    "tests/test_app.py": "import requests\nrequests.get('https://only.tests.dev/')\n",
}
DRAFT = """\
clients:
  pay:
    hosts: ["api.pay.dev"]
    via: # keep the one client
      - "cmd/main.go"
      - "deploy.sh"
  tiles:
    hosts: ["maps.tiles.dev"]
    via: # keep the one client
      - "web/map.ts"
"""


def test_what_is_called_is_drafted(guard: Guard, repo: Repository) -> None:
    repo.commit({**TREE, "app/orders.py": "", "app/more.py": ""})
    assert guard("no-direct-http", "init").out == DRAFT
    assert not (repo.root / "canonical.yaml").exists()


def test_the_draft_holds(guard: Guard, repo: Repository) -> None:
    """With it as canonical.yaml nothing is found: the hosts of one name are one API."""
    tree = {path: text.replace("example.org", "example.dev") for path, text in TREE.items()}
    repo.commit(tree)
    draft = guard("no-direct-http", "init").out
    assert 'hosts: ["api.orders.example.dev", "eu.orders.example.dev"]' in draft
    repo.write("canonical.yaml", f"guard: 1\n{draft}")
    result = guard("no-direct-http")
    assert result.code == 0, result.out


def test_without_calls_there_is_nothing_to_draft(guard: Guard, repo: Repository) -> None:
    repo.commit({"app/notes.py": TREE["app/notes.py"]})
    result = guard("no-direct-http", "init")
    assert (result.code, result.out) == (0, "No call has a host that is known, so there is nothing to draft.\n")
