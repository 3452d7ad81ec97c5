"""What a value says about itself: made up for people to replace, a word, a name of something, or random.

Judgements need no data beside a list of pairs of letters that are common in words, and are the same on every machine.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections import Counter

from guards.secrets.words import COMMON_PAIRS

_MADE_UP = re.compile(
    r"example|sample|dummy|fake|placeholder|change.{0,2}me|your.?|replace|insert|redacted|hidden|masked|x{4,}|\*{3,}"
    r"|\.{3}|…|1234567|abcdefg|987654|deadbeef|cafebabe|0{6,}|lorem|fixme|(?<![a-z])todo(?![a-z])",
    re.IGNORECASE,
)
_STANDS_IN = re.compile(
    "|".join(
        form(word)
        for word in ("example", "sample", "dummy", "fake", "placeholder", "your", "change.?me", "redacted")
        for form in (str.lower, str.upper, str.capitalize)  # as people write it: mixed in any other way, it is chance
    )
    + r"|[xX]{6,}|\*{3,}|\.{3}"
)
_SAME_AGAIN = re.compile(r"(.)\1{5,}|(.{2,6}?)\2{3,}")
_UUID = re.compile(r"[0-9a-f]{7,8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"(?:0x)?(?P<digits>[0-9a-fA-F]+)")
_CIPHER_TEXT = re.compile(r"U2FsdGVkX1|ENC\[|vault:v\d|AQICAH|gAAAAA|(?:arn|urn):")
"""How Base64 of what OpenSSL, KMS and Fernet encrypted begins, what SOPS and Vault write, and names of resources."""
_RANDOM_CHARS = re.compile(r"[A-Za-z0-9+/=_.~:-]+")
_RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def is_made_up(value: str) -> bool:
    """Whether people wrote it to be replaced: an example, a run of the same, a row of the keyboard."""
    return len(set(value)) < 5 or bool(_MADE_UP.search(value)) or bool(_SAME_AGAIN.search(value)) or _is_row(value)


def is_dummy(value: str) -> bool:
    """Whether a value that has a known form was made up: less is believed of it than of one that has none."""
    if len(set(value)) < 5 or bool(_STANDS_IN.search(value)) or _is_row(value):
        return True
    longest = max((len(match[0]) for match in _SAME_AGAIN.finditer(value)), default=0)
    return longest * 2 >= len(value)


def _is_row(value: str) -> bool:
    """Whether many of its characters are followed by their successor, as in `abcd1234`."""
    codes = value.lower().encode("utf-8", "replace")
    return sum(after - before == 1 for before, after in itertools.pairwise(codes)) > 0.4 * len(codes)


def is_uuid(value: str) -> bool:
    """Whether it is an identifier that nobody keeps secret, whatever stands around it."""
    found = _UUID.search(value)
    return found is not None and len(value) <= 50


@functools.lru_cache(maxsize=4096)
def is_random(value: str) -> bool:
    """Whether it looks drawn by a machine: many different characters, and hardly anything that reads like words."""
    if not _RANDOM_CHARS.fullmatch(value) or is_made_up(value) or is_uuid(value) or _CIPHER_TEXT.match(value):
        return False
    if digits := _HEX.fullmatch(value):
        return _is_random_hex(digits["digits"])
    if len(value) < 16 or not re.search("[0-9]", value) or not re.search("[A-Za-z]", value):
        return False
    return entropy(value) > min(3.1, math.log2(len(value)) * 0.75) and readability(value) < 0.5


def _is_random_hex(digits: str) -> bool:
    if len(digits) < 20 or digits.isdecimal() or (digits != digits.lower() and digits != digits.upper()):
        return False
    return len(set(digits.lower())) >= 9 and entropy(digits.lower()) > 2.8


@functools.lru_cache(maxsize=4096)
def entropy(value: str) -> float:
    """Shannon's entropy, in bits for each character."""
    size = len(value)
    return math.log2(size) - sum([count * math.log2(count) for count in Counter(value).values()]) / size


def readability(value: str) -> float:
    """The share of its characters that stand in runs of letters which read like words, or in plain numbers."""
    letters = sum(map(str.isalnum, value))
    if not letters:
        return 0.0
    return sum(_readable(run) for run in _RUNS.findall(value)) / letters


def _readable(run: str) -> float:
    if len(run) < 3 or run[0].isdigit():
        return 0.0
    lower = run.lower()
    pairs = [lower[at : at + 2] for at in range(len(lower) - 1)]
    share = sum(pair in COMMON_PAIRS for pair in pairs) / len(pairs)
    return len(run) if share >= 0.6 else 0.0
