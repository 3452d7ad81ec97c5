"""What values and names look like. Nothing here ever tells a value: only whether it fits, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from guards.env.section import NUMBERS, Type, Variable

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_BOOLS = frozenset({"0", "1", "false", "n", "no", "off", "on", "t", "true", "f", "y", "yes"})
_HOST = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_DATE = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_LONGEST = 100_000


def flaw(value: str, wanted: Variable) -> str:
    """What is wrong with a value, without a character of it; nothing for one that fits."""
    if len(value) > _LONGEST:
        return "is too long to be looked at"
    if not _FITS[wanted.type](value):
        return f"is no {_WORDS.get(wanted.type, wanted.type)}"
    return _out_of_bounds(value, wanted) or _not_allowed(value, wanted)


def _out_of_bounds(value: str, wanted: Variable) -> str:
    if wanted.min is None and wanted.max is None:
        return ""
    is_number = wanted.type in NUMBERS
    measure, unit = (float(value), "") if is_number else (float(len(value)), " characters")
    if wanted.min is not None and measure < wanted.min:
        return f"is less than {wanted.min:g}{unit}" if is_number else f"has fewer than {wanted.min:g}{unit}"
    if wanted.max is not None and measure > wanted.max:
        return f"is more than {wanted.max:g}{unit}" if is_number else f"has more than {wanted.max:g}{unit}"
    return ""


def _not_allowed(value: str, wanted: Variable) -> str:
    if wanted.one_of and value not in wanted.one_of:
        return "is none of the texts that `one-of` names"
    if wanted.pattern and not _matches(wanted.pattern, value):
        return "does not match `pattern`"
    return ""


def _matches(pattern: str, value: str) -> bool:
    """By RE2, which no pattern keeps busy; by Python where the pattern has what RE2 does not know."""
    import re2  # type: ignore[import-untyped]

    try:
        return re2.fullmatch(pattern, value) is not None
    except re2.error:
        return re.fullmatch(pattern, value[:1000]) is not None


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.netloc or parts.path.strip("/")) and not re.search(r"\s", value)


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


_FITS: Mapping[Type, Callable[[str], bool]] = {
    Type.STRING: lambda value: True,
    Type.INT: lambda value: _WHOLE.fullmatch(value) is not None,
    Type.FLOAT: lambda value: _NUMBER.fullmatch(value) is not None,
    Type.BOOL: lambda value: value.lower() in _BOOLS,
    Type.URL: _is_url,
    Type.HOST: lambda value: _HOST.fullmatch(value) is not None,
    Type.PORT: lambda value: _WHOLE.fullmatch(value[:6]) is not None and len(value) < 7 and 0 < int(value) < 65536,
    Type.EMAIL: lambda value: _EMAIL.fullmatch(value) is not None,
    Type.JSON: _is_json,
    Type.DATE: lambda value: _DATE.fullmatch(value) is not None,
}
_WORDS = {
    Type.INT: "whole number", Type.FLOAT: "number", Type.BOOL: "truth value", Type.URL: "address", Type.HOST: "host",
    Type.EMAIL: "address of e-mail", Type.JSON: "JSON", Type.DATE: "day such as 2027-01-31",
}  # fmt: skip

# ---- Secrets --------------------------------------------------------------------------------------------------------

_SECRET = re.compile(
    r"(?:^|_)(?:SECRET|SECRETS|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PWD|CREDENTIALS?|(?:API|ACCESS|PRIVATE|ENCRYPTION|SIGNING|"
    r"MASTER|SERVICE_ROLE|AUTH)_?KEY|APIKEY)(?:$|_(?:KEY|TOKEN|BASE64|B64|PEM|VALUE|[0-9]+)$)",
    re.IGNORECASE,
)
_NEVER_PUBLIC = re.compile(
    r"(?:^|_)(?:SECRET(?:_KEY|_TOKEN)?|PASSWORD|PASSWD|PASSPHRASE|(?:PRIVATE|ENCRYPTION|SIGNING|MASTER|SERVICE_ROLE)_?KEY)$",
    re.IGNORECASE,
)
_CLIENT = ("NEXT_PUBLIC_", "VITE_", "REACT_APP_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "GATSBY_", "VUE_APP_", "STORYBOOK_",
           "PUBLIC_")  # fmt: skip
_STAND_IN = re.compile(
    r"""(?ix) .*(?: change[-_ ]?me | change[-_ ]?this | your[-_ ] | [-_ ]here\b | example | placeholder | dummy | sample
        | replace | todo | fixme | insert | fake | secret | password | passwd | token | default | redacted | not[-_]?set
        | test | local | foobar | abc123 | 12345 | xxx | \.\.\. | \*\*\* ).*
        | <.*> | \[.*\] | \{.*\} | \$.* | (.)\1* | none | null | nil | true | false | undefined | [0-9.:]*"""
)


def is_secret_name(name: str) -> bool:
    """Whether a name says that it is a secret."""
    return _SECRET.search(name) is not None


def is_exposed(name: str) -> bool:
    """Whether a build tool puts a variable of this name into what browsers are sent."""
    return name.startswith(_CLIENT)


def is_never_public(name: str) -> bool:
    """Whether a name says that browsers must not be sent it; a key of an interface may well be made for them."""
    return _NEVER_PUBLIC.search(name) is not None


def is_stand_in(value: str, name: str = "") -> bool:
    """Whether a value stands where the true one is to be put."""
    return not value.strip() or _STAND_IN.fullmatch(value.strip()) is not None or value.casefold() == name.casefold()


def is_random(value: str) -> bool:
    """Whether a value looks like none that a person made up."""
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return len(value) >= 16 and kinds >= 2 and bool(re.search("[0-9]", value)) and len(set(value)) >= 8 \
        and re.fullmatch(r"[A-Za-z0-9+/=_.:-]+", value) is not None  # fmt: skip
