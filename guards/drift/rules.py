"""The rules of the drift guard."""

from __future__ import annotations

from guards._core.model import Level, Rule

COUNT = Rule(
    "drift/count",
    "A fact does not stand as often at a bound place as its bind says.",
    help="Correct the places, or the `count` of the bind.",
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

RULES = (COUNT, MISSING_PATH, NO_AUTHORITY, UNBOUND_FACT, UNDECIDED, UNMATCHED_BIND, VALUE)
