"""no-direct-http: calls of a protected API that go past its one client.

## What it does

`clients:` in canonical.yaml names the hosts of an API and the place of the one client through which it is called. The
guard looks at every call that sends a request, in Python, JavaScript and TypeScript, Go, shell scripts, Dockerfiles,
Makefiles and the `run:` of workflows, finds out where it goes, and gives one of three verdicts:

- **proven**: it goes to a protected host. That is an error outside of the client.
- **fine**: it goes somewhere else.
- **unknown**: the code does not tell. Such calls are reported and counted; `unknown` in the settings is how many there
  may be, and the number may only shrink.

Calls are known by what names mean: `import requests as r`, `from httpx import get as fetch`, `send = session.post`,
`getattr(requests, "get")`, `importlib.import_module("requests")`, `const {fetch: f} = globalThis`, a session in
`self.session`, one from another module. A function of your own that is called `fetch` is none of them.

Addresses are put together as the code would: literals, `+`, f-strings and templates, `%`, `.format`, `join`, `urljoin`,
`new URL`, constants of the module and of one that it imports, class attributes, fields, defaults of parameters, what
calls in the same file hand over, `base_url` and `baseURL`, and variables of the environment that `.env.example` or
compose.yaml declare. Hosts are compared as hosts: neither `api.example.com.evil.test` nor
`?next=https://api.example.com` is `api.example.com`.

## Why it matters

The one client has the key, the limits, the retries, the budget and the log. A call past it has none, works at once, and
is found when the bill comes.

## Bad

```python
import requests

HOST = "api.example.com"
requests.post(f"https://{HOST}/v1/orders", json=order)
```

## Good

```yaml
guard: 1
clients:
  orders:
    hosts: [api.example.com, "*.orders.example"]
    via: ["src/clients/**", {at: tools/sync.py, symbol: Sync.send}]
    allow: [{at: scripts/net_diag.py, because: "connectivity probe"}]
```

## Options

`unknown`: how many calls may have an address that nobody can tell.

```toml
[tool.guard.no-direct-http]
unknown = 4
```

`guard no-direct-http init` drafts `clients:` from the calls that there are.

## How to fix

Call the client. If the place is a part of the client, add it to `via`; if there is a reason for another call, to
`allow` with the reason. An exception that nothing needs is a finding as well.

## Limits

- Of Go, a request counts where it is made (`http.NewRequest`), and of several values that a function gives back the
  first is followed.
- One import is followed from a call to the module with its address, and two from there on.
- Calls inside of installed packages are not seen: a package that sends by itself is not a direct call.
- Files for tests, by their name or that of a folder, are not asked about unknown addresses and written hosts; proven
  calls there are reported.
- Names with a computed part (`globalThis["fe" + suffix]`) are not seen.
- Of files with errors, or of another version of their language, the calls are known as far as they can be understood:
  the ledger says how many were read so.
- Files of more than 4 MB are a problem. Those whose lines only a program writes are skipped, with a note. `*.min.js` is
  passed over, and so are folders of other people's code (`vendor`, `node_modules`, `third_party`).
"""

from __future__ import annotations

from collections.abc import Iterable

from guards._core.model import Case, Guard, Judged, Seen, Select, Source
from guards.no_direct_http.mapping import NAMES, SUFFIXES, classify, scan_slice, triggers, whatever_triggers
from guards.no_direct_http.options import Options
from guards.no_direct_http.rules import RULES
from guards.no_direct_http.section import Section

__all__ = ["GUARD", "Options"]


def _scan(source: Source[Options]) -> Iterable[Seen]:
    """The calls in one file. Readers load with the first file that is not in the cache."""
    from guards.no_direct_http.scan import scan

    return scan(source)


def _judge(case: Case[Options]) -> Iterable[Judged]:
    from guards.no_direct_http.judge import judge

    return judge(case)


GUARD = Guard(
    id="no-direct-http",
    summary="Do all calls of a protected API go through its one client?",
    page=__doc__,
    rules=RULES,
    options=Options,
    select=Select(suffixes=SUFFIXES, names=NAMES),
    classify=classify,
    scan_slice=scan_slice,
    triggers=triggers,
    whatever_triggers=whatever_triggers,
    asks_for=Select(suffixes=frozenset({".py", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".go"})),
    scan=_scan,
    judge=_judge,
    sees_tree=True,
    section="clients",
    section_type=Section,
    needs_section=True,
    draft="guard no-direct-http init",
    enabled=True,
    engines=(
        *("PyYAML", "tree-sitter", "tree-sitter-bash", "tree-sitter-go", "tree-sitter-javascript"),
        *("tree-sitter-python", "tree-sitter-typescript"),
    ),
)
