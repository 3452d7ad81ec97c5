"""Everything that the no-direct-http guard can report."""

from __future__ import annotations

from guards._core.model import Level, Rule

DIRECT_CALL = Rule(
    "no-direct-http/direct-call",
    "A protected API is called past its client.",
    help=(
        "The one client knows the key, the limits, the retries, the budget and what must be logged. A call past it has "
        "none of these, and nobody notices until the bill comes.\n\n"
        '**Bad:** `requests.post(f"https://{HOST}/v1/messages", …)` in a handler.\n\n'
        "**Good:** `client.send(…)`.\n\n"
        "**How to fix:** call the client. If this is another part of it, add the file to `via`; if there is a reason "
        "for another call, to `allow`."
    ),
)
GENERATED = Rule(
    "no-direct-http/generated",
    "A file that a program wrote names a client, and is not looked at.",
    Level.NOTE,
    help=(
        "A bundle or a minified script is made from other files, and those are looked at where they are in the "
        "repository.\n\n"
        "**Bad:** a bundle whose sources nobody has.\n\n"
        "**Good:** sources in the repository, and the bundle made when it is needed.\n\n"
        "**How to fix:** exclude it with `exclude` in the settings of this guard, or take it out of the repository."
    ),
)
HOST_LITERAL = Rule(
    "no-direct-http/host-literal",
    "The host of a protected API is written outside of its client.",
    Level.NOTE,
    help=(
        "An address that is written down in a second place is where the next direct call begins.\n\n"
        '**Bad:** `URL = "https://api.example.com/v1"` in a settings module that the client does not read.\n\n'
        "**Good:** the address stands where the client is.\n\n"
        "**How to fix:** move it there, or add the file to `allow`."
    ),
)
LOOSE_BUDGET = Rule(
    "no-direct-http/loose-budget",
    "There are fewer unknown addresses than `unknown` allows.",
    Level.WARNING,
    help=(
        "The number may only shrink: what was won would be lost unnoticed.\n\n"
        "**Bad:** `unknown = 12`, and there are 9.\n\n**Good:** `unknown = 9`.\n\n"
        "**How to fix:** write the lower number."
    ),
)
OVER_BUDGET = Rule(
    "no-direct-http/over-budget",
    "There are more calls with an unknown address than `unknown` allows.",
    help=(
        "A call whose address cannot be told may go anywhere, past the client as well.\n\n"
        "**Bad:** a new `requests.get(url)`, where `url` comes from who knows where.\n\n"
        "**Good:** an address that can be told from the code, or a call through a client.\n\n"
        "**How to fix:** make the address known, or use a client. Only where neither can be done, raise the number."
    ),
)
UNKNOWN_URL = Rule(
    "no-direct-http/unknown-url",
    "A call has an address that cannot be told from the code, and may be that of a protected API.",
    Level.WARNING,
    help=(
        "Neither proven nor fine: such calls are counted, so that they do not pass in silence.\n\n"
        "**Bad:** `requests.get(url)` with an `url` from the caller.\n\n"
        '**Good:** `requests.get(f"{BASE}/{path}")` with a `BASE` that is a constant, here or in the module that it is '
        "imported from, or a variable that .env.example or compose.yaml declares.\n\n"
        "**How to fix:** make the host known, or accept the number of them with `unknown` in the settings."
    ),
)
UNUSED_EXCEPTION = Rule(
    "no-direct-http/unused-exception",
    "A place in `via` or `allow` is not needed.",
    Level.WARNING,
    help=(
        "An exception for something that is gone lets the next one pass.\n\n"
        "**Bad:** `allow` names a script that was deleted, or that calls nothing any more.\n\n"
        "**Good:** each exception has a call that it is for, and each client its files.\n\n"
        "**How to fix:** remove it, or correct the path."
    ),
)

RULES = (DIRECT_CALL, GENERATED, HOST_LITERAL, LOOSE_BUDGET, OVER_BUDGET, UNKNOWN_URL, UNUSED_EXCEPTION)
