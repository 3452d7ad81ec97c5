"""What the default mode looks for: each detector is a pattern, and what to make of a match.

The pattern stands in the trigger database as it is, so a match costs nothing until it is there. `accept` then judges:
the catalogue's formats by their checksums, the rest by what name, value and place say together.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

from guards._core.model import Level, Scope, Trigger
from guards.secrets import assignments, checksums
from guards.secrets.catalogue import FORMATS, files
from guards.secrets.dialects import widened
from guards.secrets.formats import Format, values
from guards.secrets.places import Kind, Place
from guards.secrets.values import entropy, is_dummy, is_random

AUTHORIZATION_HEADER = "secrets/authorization-header"
HIGH_ENTROPY_STRING = "secrets/high-entropy-string"
PASSWORD_ASSIGNMENT = "secrets/password-assignment"  # noqa: S105 - the id of a rule
SECRET_ASSIGNMENT = "secrets/secret-assignment"  # noqa: S105 - the id of a rule
URL_CREDENTIALS = "secrets/url-credentials"


class Accepted(NamedTuple):
    """A match that is taken for a secret."""

    rule: str
    what: str
    """What it is, as a message says it: with its article."""
    hint: str
    level: Level | None = None
    """None for the rule's own."""
    shown: int = 0
    """How many characters of it are public."""
    rank: int = 0
    """Of two that overlap, the smaller counts."""


class Match(NamedTuple):
    """A secret in a text, by its characters."""

    start: int
    end: int
    value: str
    accepted: Accepted


class Seen(NamedTuple):
    """Where a detector looks: a line, and for values of several lines what comes after it."""

    text: str
    """The line first."""
    size: int
    """How long the line is."""
    place: Place


class Detector(Struct, frozen=True):
    """A trigger, and what is found where it hits."""

    trigger: Trigger
    look: Callable[[Seen], Iterator[Match]]
    kinds: frozenset[Kind] = frozenset(Kind)
    """The kinds of files in which it is believed."""
    is_format: bool = False
    is_block: bool = False
    """Its values may go on after their first line."""
    only_as: str = ""
    """The format that a file must be made to hold."""
    in_tests: bool = True
    """Whether it is believed in what is there for tests."""

    def is_believed(self, place: Place, *, binary: bool) -> bool:
        """Whether what it finds in such a file counts."""
        if self.is_format:
            return not self.only_as or self.only_as in place.formats
        return place.kind in self.kinds and not binary and (self.in_tests or not place.for_tests)


Accept = Callable[["re.Match[str]", Place], "Accepted | None"]


def _detector(pattern: str, accept: Accept, kinds: frozenset[Kind]) -> Detector:
    """One that is told by more than its form, and in a docstring by more than in the program around it."""
    return Detector(Trigger(widened(pattern), scope=Scope.ABOVE), functools.partial(_look, pattern, accept), kinds)


def _look(pattern: str, accept: Accept, seen: Seen) -> Iterator[Match]:
    for match in _compiled(pattern).finditer(seen.text, 0, seen.size):
        if (accepted := accept(match, seen.place)) is not None:
            yield Match(*match.span("secret"), match["secret"], accepted)


def _detector_below(trigger: str, pattern: str, accept: Accept, kinds: frozenset[Kind]) -> Detector:
    """The same where the value may stand in the line below its name, which is what the trigger hits."""
    look = functools.partial(_look_below, pattern, accept)
    return Detector(Trigger(widened(trigger), scope=Scope.FILE), look, kinds, is_block=True)


def _look_below(pattern: str, accept: Accept, seen: Seen) -> Iterator[Match]:
    for match in _compiled(pattern).finditer(seen.text, 0, seen.size + _FARTHEST_BELOW):
        if match.start() < seen.size and (accepted := accept(match, seen.place)) is not None:
            yield Match(*match.span("secret"), match["secret"], accepted)


_FARTHEST_BELOW = 500
"""Characters behind a line in which a value may end whose name stands in it."""


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when the first candidate asks for it: most patterns of a run are never needed."""
    return re.compile(pattern)


# ---- Formats --------------------------------------------------------------------------------------------------------


def _of_format(form: Format) -> Detector:
    look = functools.partial(_look_for, form)
    is_shown_off = form.id == _BASIC or form.id in _OF_PEOPLE
    scope = Scope.FILE if form.block else Scope.ABOVE if is_shown_off else Scope.LINE
    trigger = Trigger(form.trigger or widened(form.pattern), scope=scope)
    return Detector(trigger, look, is_format=True, is_block=bool(form.block), only_as=form.id if form.path else "")


def _look_for(form: Format, seen: Seen) -> Iterator[Match]:
    for start, end in values(form, seen.text, 0, seen.size):
        value = seen.text[start:end]
        intact = None if form.is_intact is None else form.is_intact(value)
        level = _level_of(form, value, seen, end)
        if intact is False and level is None:
            level = Level.WARNING
        if level is not False and (form.block or not is_dummy(value)):
            what = f"{article(form.name)} {form.name}"
            rank = 1 if intact else 2
            yield Match(start, end, value, Accepted(f"secrets/{form.id}", what, form.rotate, level, form.shown, rank))


_BASIC = "basic-auth-header"
_RECORDED = frozenset({_BASIC, "jwt", "private-key-der", "jwk-private-key"})
"""What sessions are recorded with, and keys that were made for nothing but a test."""
_OF_PEOPLE = frozenset(form.id for form in files.FORMATS if form.id.endswith(("-url", "-password")) and not form.path)
"""Formats that only tell where a value stands. The value itself is somebody's choice."""


def _level_of(form: Format, value: str, seen: Seen, end: int) -> Level | Literal[False] | None:
    """How much a value counts; False: for nothing."""
    shown_off = seen.place.for_tests or seen.place.kind is Kind.TEXT
    if form.block:
        encrypted = Level.WARNING if checksums.is_encrypted_key(value) else None
        return Level.NOTE if shown_off else encrypted
    if form.id == _BASIC and not _is_basic(value):
        return False
    if form.id in _RECORDED:
        return Level.NOTE if shown_off else None
    if form.id not in _OF_PEOPLE:
        return Level.NOTE if form.is_named and not form.is_checked and shown_off else None
    host = _HOST_BEHIND.match(seen.text, end)
    if host is not None:
        return _level_at(host[1], value, seen.place)
    if not is_random(value) and (shown_off or not assignments.is_password(value, any_word=True)):
        return False
    return Level.NOTE if shown_off else None


_HOST_BEHIND = re.compile(r"@([A-Za-z0-9\[][A-Za-z0-9_.:\[\]-]{0,200})")


_SPELT = frozenset({"NVIDIA", "SSH2", "hCaptcha", "npm", "rclone", "s3cmd", "xAI"})
"""Names that begin with the name of a letter, or with what sounds like one."""


def article(name: str) -> str:
    """The article before a name, which may be an abbreviation that is spelt out."""
    first = name.split()[0]
    if first in _SPELT or first.startswith("Up"):
        return "an"
    spelt = first.isupper() and len(first) < 4
    return "an" if first[0].lower() in ("aefhilmnorsx" if spelt else "aeio") else "a"


# ---- What is given to a name ----------------------------------------------------------------------------------------

ELSEWHERE = "Read it from the environment or a secret store, and change it: whoever can read this knows it."
_IN_CODE = frozenset({Kind.CODE, Kind.SETTINGS, Kind.ENVIRONMENT, Kind.TEXT})
_UNQUOTED = frozenset({Kind.SETTINGS, Kind.ENVIRONMENT})


def _assigned(match: re.Match[str], place: Place) -> Accepted | None:
    value = match["secret"].rstrip(".,;")
    name = assignments.read_name(assignments.name_around(match.string, match))
    if not name.names_a_secret:
        return None
    shown_off = place.for_tests or place.kind is Kind.TEXT
    if is_random(value) and not (shown_off and len(value) < 20):
        level = Level.NOTE if shown_off else None
        if name.is_password:
            return Accepted(PASSWORD_ASSIGNMENT, "a password", ELSEWHERE, level, rank=5)
        return Accepted(SECRET_ASSIGNMENT, "a secret value", ELSEWHERE, level, rank=5)
    if shown_off or not name.is_password:
        return None
    plain = name.says_no_more and assignments.is_word_with_number(value)
    if plain or assignments.is_password(value, any_word=place.kind is Kind.ENVIRONMENT):
        return Accepted(PASSWORD_ASSIGNMENT, "a password", ELSEWHERE, Level.WARNING, rank=6)
    return None


def _header(match: re.Match[str], place: Place) -> Accepted | None:
    value = match["secret"]
    if not (_is_basic(value) if _user_of(value) else is_random(value)):
        return None
    level = Level.NOTE if place.for_tests or place.kind is Kind.TEXT else None
    return Accepted(AUTHORIZATION_HEADER, "an authorisation header with its credentials", ELSEWHERE, level, rank=5)


def _is_basic(value: str) -> bool:
    """Whether it is `user:password` in Base64, with a password that may be one."""
    user, _, password = _user_of(value).partition(":")
    return user != password and assignments.is_password(password, any_word=True)


def _user_of(value: str) -> str:
    """The `user:password` that a value is in Base64; empty where it is none."""
    import base64
    import binascii

    try:
        decoded = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return decoded if ":" in decoded and decoded.isprintable() else ""


# ---- URLs -----------------------------------------------------------------------------------------------------------

_URL = (
    r"[A-Za-z][A-Za-z0-9+.-]{1,30}://(?P<user>[^\s:/@\"'`<>{}$%]{0,100}):(?P<secret>[^\s:/@\"'`<>{}$]{3,200})"
    r"@(?P<host>[A-Za-z0-9\[][A-Za-z0-9_.:\[\]-]{0,200})"
)
_EXAMPLE_HOST = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|org|net|edu|io)|example|test|invalid|localhost\.localdomain|domain\.(?:com|tld)"
    r"|(?:my|your)[\w-]*(?:\.\w+)*|foo|bar|host\w*|server\w*|proxy\w*|foo\.\w+|bar\.\w+|[a-z]|xxx.*)(?::.*)?",
    re.IGNORECASE,
)
_NEAR_HOST = re.compile(r"(?:localhost|127\.|0\.0\.0\.0|\[?::1|10\.|192\.168\.|[\w-]+(?::\d+)?$)", re.IGNORECASE)
_ESCAPES = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _in_url(match: re.Match[str], place: Place) -> Accepted | None:
    password = match["secret"]
    if password.lower() == match["user"].lower():
        return None
    level = _level_at(match["host"], password, place)
    return None if level is False else Accepted(URL_CREDENTIALS, "a URL with a password", ELSEWHERE, level, rank=4)


def _level_at(host: str, password: str, place: Place) -> Level | Literal[False] | None:
    """How much a password counts that is for a host; False: for nothing."""
    if _ESCAPES.search(password) or _EXAMPLE_HOST.fullmatch(host):
        return False
    near = _NEAR_HOST.match(host) is not None
    shown_off = place.for_tests or place.kind in {Kind.TEXT, Kind.DATA}
    if is_random(password):
        return Level.NOTE if shown_off else Level.WARNING if near else None
    if shown_off or not assignments.is_password(password, any_word=not near):
        return False
    return Level.WARNING


# ---- Random strings without a name ----------------------------------------------------------------------------------

_RANDOM = r"[\"'`](?P<secret>(?:[A-Za-z0-9+/]{32,128}|[A-Za-z_-]{0,8}[0-9][A-Za-z0-9_-]{31,128})={0,2})[\"'`]"

_WITH_DIGIT = "|".join(
    (
        *(rf"[A-Za-z+/]{{{at}}}[0-9][A-Za-z0-9+/]{{{31 - at},}}" for at in range(31)),
        "[A-Za-z+/]{31,}[0-9][A-Za-z0-9+/]*",
    )
)
_MAYBE_RANDOM = rf"[\"'`](?:{_WITH_DIGIT}|[A-Za-z_-]{{0,8}}[0-9][A-Za-z0-9_-]{{31,}})={{0,2}}[\"'`]"
"""What `_RANDOM` matches, if there is a digit in it: names of classes, of which programs are full, have none. They
are told apart by where the first digit stands, because that costs the engine nothing."""
_KNOWN_USE = re.compile(
    r"sample|example|hash|sha\d|md5|digest|checksum|integrity|etag|commit|revision|\brev\b|uuid|guid|[^a-z]id\b|fingerprint|thumbprint"
    r"|signature|public|cert|nonce|salt|\biv\b|pin|data:|src|font|image|svg|path|icon|cursor|vector|expected|assert"
    r"|version|model|serial|device|track|alphabet|chars|base64|encoded|avatar|blob|cache|cid\b|address|sitekey|site_key",
    re.IGNORECASE,
)


def _random(match: re.Match[str], place: Place) -> Accepted | None:
    value = match["secret"]
    if "/" in value[:1]:
        return None
    if not (re.search("[a-z]", value) and re.search("[A-Z]", value) and len(re.findall("[0-9]", value)) >= 3):
        return None
    if entropy(value) < 4.2 or not is_random(value):
        return None
    if _KNOWN_USE.search(match.string, max(0, match.start() - 80), match.start()) or _is_encoded(value):
        return None
    return Accepted(HIGH_ENTROPY_STRING, "a random string, like a key or a token", ELSEWHERE, Level.WARNING, rank=9)


def _is_encoded(value: str) -> bool:
    """Whether it is Base64 of a text or of a file of a known kind, which is judged by itself when it is decoded."""
    import base64
    import binascii

    try:
        data = base64.b64decode(
            value + "=" * (-len(value) % 4), altchars=b"-_" if "-" in value or "_" in value else None
        )
    except (binascii.Error, ValueError):
        return False
    printable = sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in data)
    return (
        printable >= 0.9 * len(data)
        or data[:4] in (b"\x89PNG", b"GIF8", b"\x1f\x8b\x08\x00", b"RIFF")
        or data[:2] == b"0\x82"
    )


GENERIC: tuple[Detector, ...] = (
    _detector(_URL, _in_url, frozenset(Kind)),
    _detector(assignments.QUOTED, _assigned, _IN_CODE),
    _detector(assignments.DEFINED, _assigned, _IN_CODE),
    _detector(assignments.ELEMENT, _assigned, _IN_CODE),
    _detector(assignments.BARE, _assigned, _UNQUOTED),
    _detector(assignments.DEFAULT, _assigned, _IN_CODE),
    _detector_below(assignments.KEY, assignments.KEY_AND_STRING, _assigned, _IN_CODE),
    _detector(assignments.OPTION, _assigned, _IN_CODE),
    _detector(assignments.CONNECTION, _assigned, _IN_CODE),
    _detector(assignments.HEADER, _header, _IN_CODE),
    Detector(
        Trigger(_MAYBE_RANDOM, scope=Scope.ABOVE),
        functools.partial(_look, _RANDOM, _random),
        frozenset({Kind.CODE, Kind.SETTINGS, Kind.ENVIRONMENT}),
        in_tests=False,
    ),
)


def detectors() -> Iterator[Detector]:
    """All of the default mode, in the order of their triggers."""
    yield from map(_of_format, FORMATS)
    yield from GENERIC


ALL: tuple[Detector, ...] = tuple(detectors())
