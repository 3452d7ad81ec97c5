"""Where a value is given to a name that says "secret": the forms that languages have for it, and what is believed.

The patterns hold as much of the evidence as they can (the name, the form, a value that is more than a word), because
what they do not hit costs nothing. What they hit is judged here: the name as a whole, and the value.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from guards.secrets.values import is_made_up, is_random, is_uuid, readability
from guards.secrets.words import NOT_THE_SECRET, STAND_INS

_PASSWORD = r"passw(?:or)?d|passwort|passphrase|passcode|pwd"  # noqa: S105 - names of passwords
_KEY_OF = "api|auth|access|account|private|encryption|signing|master|storage|app|license|shared|service|client|secret"
_NAME = rf"(?:{_PASSWORD}|secret|token|credential|(?:{_KEY_OF})[_-]?key)"
_REST = r"[A-Za-z0-9_.-]{0,30}"
_QUOTE = "[\"'`]"
_TYPE = r"(?::[ \t]{0,3}[A-Za-z_][A-Za-z0-9_.\[\]<>|?, ]{0,30}[ \t]{0,3})?"
_GIVES = rf"[\"'\]]{{0,2}}[ \t]{{0,9}}{_TYPE}(?:=>|[:?|&/]{{0,2}}={{1,3}}|!==?|:)"
_OTHERWISE = r"[\"'\])]{0,3}[ \t]{0,9}(?:\?[?:]|\|\||[ \t]or[ \t])"
_ASSIGN = rf"(?:{_GIVES}|{_OTHERWISE})[ \t]{{0,9}}[rbufLR$@]{{0,2}}"
_CALL = r"[\"'\]]?[ \t]{0,3}[(,][ \t]{0,9}"
_START = r"[^\s\"'`<>{}$%(*\[\\]"
_INSIDE = r"[^\s\"'`\\]"
_MORE_THAN_A_WORD = rf"(?:{_START}{_INSIDE}{{0,200}})?[0-9!@#^&*?~+=]{_INSIDE}{{0,200}}"
_BARE = r"[^\s\"'`<>{}$%(*\[\\][^\s\"'`<>{}()\[\];,]{4,200}"

QUOTED = rf"(?i){_NAME}(?P<rest>{_REST})(?:{_ASSIGN}|{_CALL})(?P<quote>{_QUOTE})(?P<secret>{_MORE_THAN_A_WORD}){_QUOTE}"
DEFINED = (
    rf"(?i)#[ \t]{{0,3}}define[ \t]{{1,9}}[A-Za-z0-9_]{{0,40}}{_NAME}(?P<rest>{_REST})"
    rf"[ \t]{{1,40}}\"(?P<secret>{_MORE_THAN_A_WORD})\""
)
ELEMENT = rf"(?i)<[A-Za-z0-9_:.-]{{0,40}}{_NAME}(?P<rest>{_REST})>[ \t]{{0,9}}(?P<secret>{_BARE})[ \t]{{0,9}}</"
BARE = (
    r"(?i)^[ \t]{0,40}(?:(?:export|set|setx|env|arg|-)[ \t]{1,9})?[\"']?"
    rf"[A-Za-z0-9_.-]{{0,60}}{_NAME}(?P<rest>{_REST})[\"']?"
    rf"[ \t]{{0,9}}(?:[:?]{{0,3}}=|:)[ \t]{{0,9}}(?P<secret>{_BARE})[ \t]{{0,40}}(?:[ \t]#.{{0,400}})?$"
)
_OF_DEFAULT = r"[^\s\"'`<>{}$%()\[\]\\]"
DEFAULT = (
    rf"(?i)\$\{{[A-Za-z0-9_.-]{{0,60}}{_NAME}(?P<rest>[A-Za-z0-9_.]{{0,30}})(?::?[-=]|:){_QUOTE}?"
    rf"(?P<secret>[^\s\"'`<>{{}}$%()\[\]\\?+=-]{_OF_DEFAULT}{{4,200}}){_QUOTE}?\}}"
)
"""`${NAME:-value}` of shells, and `${name:value}` of Spring. What `?` and `+` lead to is no value."""
KEY = rf"(?i)<key>[A-Za-z0-9_. -]{{0,40}}{_NAME}(?P<rest>{_REST})</key>"
KEY_AND_STRING = rf"{KEY}\s{{0,200}}<string>(?P<secret>{_BARE})</string>"
"""Of a property list: the value stands behind its key, or in the next line."""
OPTION = rf"(?i)[ \t]--?[a-z_-]{{0,30}}{_NAME}(?P<rest>[a-z_-]{{0,10}})(?:=|[ \t]{{1,3}}){_QUOTE}?(?P<secret>{_BARE})"
_IN_CONNECTION = r"[^\s\"'`<>{}$%();&]"
CONNECTION = (
    rf"(?i)(?:password|pwd)(?P<rest>)[ \t]?=[ \t]?"
    rf"(?P<secret>{_IN_CONNECTION}{{3,120}}(?:&[^\s\"'`<>{{}}$%();&=]{{2,60}}){{0,2}})[;&]"
)
HEADER = (
    rf"(?i)\bauthorization(?:{_CALL}|{_ASSIGN}){_QUOTE}?"
    r"(?:bearer|basic|token)[ \t](?P<secret>[A-Za-z0-9+/=_.~-]{16,1000})"
)

_BEFORE = re.compile(r"[A-Za-z0-9_.\-]{0,60}\Z")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]|[0-9]+")
_IS_PASSWORD = re.compile(_PASSWORD, re.IGNORECASE)
_REFERENCE = re.compile(
    r"[./~#&@]|\w+://|.*(?:\$\{|\{\{|\{\w*\}|%[sd(]|\$\(|<\w|\\[nrtx]|\w\(|::|->|=>)|"
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$|[A-Za-z_]\w*\[|.*\.(?:html?|py|js|ts|json|ya?ml|txt|png|svg|css|pem|crt|key|xml)$|"
    r"(?:[\w@.-]+/)+[\w.-]*$|[\w.+-]+@[\w-]+\.\w+$"
)
_HASH = re.compile(
    r"(?:pbkdf2|argon2|bcrypt|scrypt|sha\d|md5|hash|crypt)|.*\$.*\$|\{\w+\}|[0-9a-f]{32}$|[0-9a-f]{40}$|[0-9a-f]{64}$",
    re.IGNORECASE,
)
_WORD_WITH_NUMBER = re.compile(r"[A-Za-z]{4,24}[0-9]{2,4}")
_ENVIRONMENT = ".env."
"""Ends what JavaScript writes in front of the name of a variable."""
_FEWEST = 6
_MOST = 160


class Name(NamedTuple):
    """What a name says about its value."""

    is_password: bool
    names_a_secret: bool
    says_no_more: bool
    """It is `password` and no more than that."""


@functools.lru_cache(maxsize=4096)
def read_name(name: str) -> Name:
    """Judge a name as a whole: `password_hash` and `tokenUrl` do not name a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    return Name(
        bool(_IS_PASSWORD.search(name)),
        bool(words) and NOT_THE_SECRET.isdisjoint(words),
        _IS_PASSWORD.fullmatch(name) is not None,
    )


def name_around(text: str, match: re.Match[str]) -> str:
    """The whole identifier that a match begins in."""
    before = _BEFORE.search(text, max(0, match.start() - 60), match.start())
    start = before.start() if before else match.start()
    end = match.end("rest") if match["rest"] is not None else match.start()
    name = text[start:end].rpartition(" ")[2]
    return name.rpartition(_ENVIRONMENT)[2]


@functools.lru_cache(maxsize=4096)
def is_password(value: str, *, any_word: bool = False) -> bool:
    """Whether a value could be somebody's password. `any_word`: in this place it may be a plain word."""
    if not _FEWEST <= len(value) <= _MOST or not value.isascii() or is_made_up(value) or is_uuid(value):
        return False
    if _HASH.match(value):
        return False
    if is_random(value):
        return True
    if _REFERENCE.match(value) or not re.search("[A-Za-z]", value):
        return False
    if any_word:
        return not _is_stopped(value)
    return _is_mixed(value) and not _is_stopped(value)


def is_word_with_number(value: str) -> bool:
    """What many people take for a password, and what a name with a number looks like, too."""
    return bool(_WORD_WITH_NUMBER.fullmatch(value)) and not _is_stopped(value) and not is_made_up(value)


def _is_mixed(value: str) -> bool:
    """More than words with a number at the end: what names, versions and selectors look like."""
    symbols = len(re.findall(r"[^A-Za-z0-9_.\-/ ]", value))
    digits = len(re.findall("[0-9]+", value))
    if symbols == 0 and readability(value) >= 0.6 and digits <= 1:
        return False
    return digits > 0 and (symbols > 0 or readability(value) < 0.85)


def _is_stopped(value: str) -> bool:
    """Whether words that stand in for a password make up much of it."""
    runs = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", value)]
    stopped = sum(len(run) for run in runs if run in STAND_INS)
    if "".join(runs) in STAND_INS:
        return True
    return stopped * 5 >= 2 * sum(map(str.isalnum, value))
