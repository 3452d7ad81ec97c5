"""The rules of the drift guard."""

from __future__ import annotations

from guards._core.model import Level, Rule

COUNT = Rule(
    "drift/count",
    "A fact does not stand as often at a bound place as its bind says.",
    help="Correct the places, or the `count` of the bind.",
)
LIVE_MISSING = Rule(
    "drift/live-missing",
    "What a fact speaks of is not there: no such table, no such package, nothing that listens.",
    help="Start or create it, or correct `live` in canonical.yaml. Only `guard drift live` looks for it.",
)
LIVE_VALUE = Rule(
    "drift/live-value",
    "What is live does not agree with the fact.",
    help="Either it has not followed a change, such as a migration that did not run, or the fact is out of date.",
)
MISSING_PATH = Rule(
    "drift/missing-path",
    "A fact is a path, and the repository has no such file or folder.",
    help="Correct the fact, or bring the file back. `is: file` and `is: folder` say which of them it has to be.",
)
NO_AUTHORITY = Rule(
    "drift/no-authority",
    "The place that holds the value of a fact does not say one value of its kind.",
    help="Let `from` lead to exactly one value, and not to one that is filled in from elsewhere.",
)
UNBOUND_FACT = Rule(
    "drift/unbound-fact",
    "A fact is bound to no place, so that nothing can disagree with it.",
    Level.WARNING,
    help="Bind it to the places where it stands, or remove it.",
)
UNDECIDED = Rule(
    "drift/undecided",
    "A bound value is filled in from elsewhere, so that it cannot be compared.",
    Level.NOTE,
    help="Bind the fact to the place that the value comes from. Of `${PORT:-8080}` the default is compared.",
)
UNMATCHED_BIND = Rule(
    "drift/unmatched-bind",
    "A fact is bound to a place that does not exist.",
    help='A bind that matches nothing checks nothing. Correct the selector, or say `count: ">=0"` where the place is '
    "optional.",
)
VALUE = Rule(
    "drift/value",
    "A value does not agree with the fact that it is bound to.",
    help="Either the place or the fact is out of date: the finding shows both.",
)


BARE_LITERAL = Rule(
    "drift/bare-literal",
    "The value of a fact stands at a place that it is not bound to.",
    Level.NOTE,
    help="Bind the fact to the place. Only with `literals = true`: two things may well have the same value.",
)
TWIN = Rule(
    "drift/twin",
    "The value of a fact stands at a path with the fact's name, and is not bound to it.",
    Level.WARNING,
    help="When the fact changes, nobody would notice that this place does not. Bind it: the finding says how.",
)
UNKNOWN_PAST = Rule(
    "drift/unknown-past",
    "What facts were in earlier commits cannot be known here, so former values are not looked for.",
    Level.NOTE,
    help="Former values come from the history of canonical.yaml and of the files that hold facts. In CI, fetch all of "
    "it: `fetch-depth: 0`.",
)
ZOMBIE = Rule(
    "drift/zombie",
    "A value that a fact had in an earlier commit still stands near its name.",
    help="The fact has changed and this place has not. Write the new value, and bind the place to the fact.",
)

RULES = (
    BARE_LITERAL,
    COUNT,
    LIVE_MISSING,
    LIVE_VALUE,
    MISSING_PATH,
    NO_AUTHORITY,
    TWIN,
    UNBOUND_FACT,
    UNDECIDED,
    UNKNOWN_PAST,
    UNMATCHED_BIND,
    VALUE,
    ZOMBIE,
)
