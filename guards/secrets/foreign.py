"""Rules of gitleaks and betterleaks from files that the settings name.

A rule runs as it was written: its expression by RE2, whose dialect it is in and which takes linear time, its entropy,
keywords, allow-lists and stop words. What cannot be run faithfully is refused by the rule's name.
"""

from __future__ import annotations

import functools
import importlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from guards._core import dialect
from guards._core.errors import TriggerError
from guards._core.model import Trigger
from guards._core.triggers import check_size
from guards.secrets.dialects import UntranslatableError, to_python, widened
from guards.secrets.values import entropy

_KNOWN = frozenset(
    {
        *(
            "id",
            "description",
            "regex",
            "path",
            "secretGroup",
            "entropy",
            "keywords",
            "tags",
            "allowlist",
            "allowlists",
        ),
        *("validate", "skipReport", "severity", "title"),
    }
)
_KNOWN_OF_LISTS = frozenset(
    {"description", "condition", "commits", "paths", "regexTarget", "regexes", "stopwords", "targetRules"}
)
_LONGEST, _LARGEST = 4000, 4000
"""Characters of a rewritten expression as it stands, and with its repeats written out; one that has more is looked for
by its keywords."""


class AllowList(Struct, frozen=True):
    """What excuses a match."""

    regexes: tuple[str, ...] = ()
    target: str = "secret"
    stopwords: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    all_of: bool = False
    """Only if everything that it names holds."""

    def excuses(self, secret: str, match: str, line: str) -> bool | None:
        """Whether a match is excused; None where only its path can tell."""
        text = {"match": match, "line": line}.get(self.target, secret)
        told = []
        if self.regexes:
            told.append(any(_search(regex, text) for regex in self.regexes))
        if self.stopwords:
            told.append(any(word.lower() in secret.lower() for word in self.stopwords))
        if not self.paths:
            return bool(told) and (all(told) if self.all_of else any(told))
        if self.all_of:
            return None if all(told) else False
        return True if any(told) else None


class ForeignRule(Struct, frozen=True):
    """A rule as its file has it."""

    id: str
    regex: str
    description: str = ""
    path: str = ""
    group: int = 0
    least_entropy: float = 0.0
    keywords: tuple[str, ...] = ()
    allow: tuple[AllowList, ...] = ()
    trigger: Trigger | None = None
    """Its expression, where triggers can say it; else its keywords are looked for."""


class Refused(NamedTuple):
    """A rule that is not run."""

    id: str
    why: str


class RuleSet(NamedTuple):
    """What a file of rules holds."""

    rules: tuple[ForeignRule, ...] = ()
    refused: tuple[Refused, ...] = ()


class ForeignMatch(NamedTuple):
    """Text that a rule matches."""

    rule: ForeignRule
    secret: str
    start: int
    end: int
    unless: tuple[str, ...] = ()
    """It is excused where one of these expressions is found in its path."""


@functools.lru_cache(maxsize=8)
def read(document: bytes) -> RuleSet:
    """The rules of a file, and those that are refused."""
    try:
        table = tomllib.loads(document.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return RuleSet(refused=(Refused("", f"it is no TOML: {error}"),))
    refused = [Refused("", why) for why in _wrong_with(table)]
    everywhere, wrong = _lists_of(table)
    refused += [Refused("", why) for why in wrong]
    rules: list[ForeignRule] = []
    for raw in table.get("rules", []):
        try:
            rules.append(_rule(raw, everywhere))
        except _UnfitError as error:
            refused.append(Refused(str(raw.get("id", "?"))[:80] if isinstance(raw, dict) else "?", str(error)))
    return RuleSet(tuple(rules), tuple(refused))


def rules_of(documents: Mapping[str, bytes]) -> tuple[ForeignRule, ...]:
    """The rules of all files, in the order of the files' names."""
    return tuple(rule for _, document in sorted(documents.items()) for rule in read(document).rules)


def triggers(rules: Sequence[ForeignRule]) -> tuple[Trigger, ...]:
    """One for each rule."""
    return tuple(rule.trigger or _of_keywords(rule.keywords) for rule in rules)


def matches(rule: ForeignRule, text: str, line_of: str = "") -> Iterator[ForeignMatch]:
    """What a rule makes of a text. Which files the rule is for, its caller has to ask."""
    for match in _compiled(rule.regex).finditer(text):
        number = rule.group or next((n for n, value in enumerate(match.groups(), start=1) if value), 0)
        secret = match.group(number) or ""
        if not secret or (rule.least_entropy and entropy(secret) <= rule.least_entropy):
            continue
        excuses = [one.excuses(secret, match.group(), line_of or text) for one in rule.allow]
        if any(excuses):
            continue
        undecided = [one for one, excuse in zip(rule.allow, excuses, strict=True) if excuse is None]
        yield ForeignMatch(
            rule, secret, match.start(number), match.end(number), tuple(path for one in undecided for path in one.paths)
        )


def has_keyword(rule: ForeignRule, lowered: str) -> bool:
    """Whether one of its keywords stands in a text in lower case; a rule without any is for all texts."""
    return not rule.keywords or any(word.lower() in lowered for word in rule.keywords)


def is_at(pattern: str, path: str) -> bool:
    """Whether an expression is found in a path."""
    return _search(pattern, path)


class _UnfitError(Exception):
    """Why a rule is refused."""


def _rule(raw: Any, everywhere: Sequence[tuple[AllowList, frozenset[str]]]) -> ForeignRule:
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), str):
        raise _UnfitError("a rule needs an id")
    for key in sorted(set(raw) - _KNOWN):
        raise _UnfitError(f"the key `{key}` is not known here")
    regex = raw.get("regex")
    if not isinstance(regex, str) or not regex:
        raise _UnfitError("it has no `regex`: paths alone are not looked at")
    _check(regex)
    own, wrong = _lists_of(raw)
    for why in wrong:
        raise _UnfitError(why)
    if path := _typed(raw, "path", str, ""):
        _check(path)
    group = _typed(raw, "secretGroup", int, 0)
    if not 0 <= group <= _compiled(regex).groups:
        raise _UnfitError(f"`secretGroup` is {group}, and the expression has no such group")
    keywords = _texts(raw, "keywords")
    trigger = _trigger(regex)
    if trigger is None:
        _check_keywords(keywords)
    allow = (*(one for one, _ in own), *(one for one, only in everywhere if not only or raw["id"] in only))
    return ForeignRule(
        raw["id"], regex, _typed(raw, "description", str, ""), path, group, _entropy(raw), keywords, allow, trigger
    )


def _entropy(raw: Mapping[str, Any]) -> float:
    value = raw.get("entropy", 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _UnfitError("`entropy` is no number")
    return float(value)


def _typed(raw: Mapping[str, Any], key: str, kind: type[Any], default: Any) -> Any:
    value = raw.get(key, default)
    if isinstance(value, bool) or not isinstance(value, kind):
        raise _UnfitError(f"`{key}` has the wrong type")
    return value


def _texts(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _UnfitError(f"`{key}` is no list of texts")
    return tuple(value)


def _wrong_with(table: Mapping[str, Any]) -> Iterator[str]:
    extended = table.get("extend", {})
    if isinstance(extended, dict):
        yield from (f"`extend.{key}`: name that file in the settings" for key in ("path", "url") if extended.get(key))
    if not isinstance(table.get("rules", []), list):
        yield "`rules` is no list"


def _lists_of(raw: Mapping[str, Any]) -> tuple[list[tuple[AllowList, frozenset[str]]], list[str]]:
    """The allow-lists of a rule or a file, each with the rules that it is confined to; what is wrong with others."""
    lists = raw.get("allowlists", [])
    single = raw.get("allowlist")
    found, wrong = [], []
    for one in (*(lists if isinstance(lists, list) else [lists]), *([] if single is None else [single])):
        try:
            found.append(_list_of(one))
        except _UnfitError as error:
            wrong.append(f"an allow-list: {error}")
    return found, wrong


def _list_of(raw: Any) -> tuple[AllowList, frozenset[str]]:
    if not isinstance(raw, dict):
        raise _UnfitError("it is no table")
    for key in sorted(set(raw) - _KNOWN_OF_LISTS):
        raise _UnfitError(f"the key `{key}` is not known here")
    regexes, paths = _texts(raw, "regexes"), _texts(raw, "paths")
    for regex in (*regexes, *paths):
        _check(regex)
    condition = _typed(raw, "condition", str, "OR").upper()
    target = _typed(raw, "regexTarget", str, "secret") or "secret"
    if condition not in {"OR", "||", "AND", "&&"} or target not in {"secret", "match", "line"}:
        raise _UnfitError("`condition` or `regexTarget` has a value that is not known here")
    all_of = condition in {"AND", "&&"}
    if all_of and _texts(raw, "commits"):
        raise _UnfitError("it excuses only in certain commits, which are not looked at")
    lists = AllowList(regexes, target, _texts(raw, "stopwords"), paths, all_of)
    return lists, frozenset(_texts(raw, "targetRules"))


def _check(regex: str) -> None:
    try:
        _compiled(regex)
    except Exception as error:  # noqa: BLE001 - the binding raises a class of its own
        why = error.args[0] if error.args else ""
        told = why.decode("utf-8", "replace") if isinstance(why, bytes) else type(error).__name__
        raise _UnfitError(f"RE2 cannot read an expression of it: {told[:200]}") from None


@functools.lru_cache(maxsize=4096)
def _compiled(regex: str) -> Any:
    re2 = importlib.import_module("re2")
    options = re2.Options()
    options.log_errors = False
    return re2.compile(regex, options)


def _search(regex: str, text: str) -> bool:
    return _compiled(regex).search(text) is not None


def _trigger(regex: str) -> Trigger | None:
    """The expression as a trigger; None if it is none, or too large for one."""
    try:
        trigger = Trigger(widened(to_python(regex)))
        return trigger if _is_small(trigger) else None
    except (UntranslatableError, TriggerError):
        return None


def _is_small(trigger: Trigger) -> bool:
    """Whether every engine takes it; those that take seconds to refuse it are not asked."""
    if dialect.size(dialect.read(trigger)) > _LARGEST or len(dialect.byte_pattern(trigger)) > _LONGEST:
        return False
    check_size(trigger)
    return True


def _check_keywords(keywords: Sequence[str]) -> None:
    """Whether they can be looked for in place of an expression."""
    too_large = "its expression is too large to be looked for, or none that triggers can say"
    if not all(keywords or ("",)):
        raise _UnfitError(f"{too_large}, and it has no keywords")
    try:
        dialect.check(_of_keywords(keywords))
    except TriggerError:
        raise _UnfitError(f"{too_large}, and no line can hold one of its keywords") from None


def _of_keywords(keywords: Sequence[str]) -> Trigger:
    from re import escape

    return Trigger("|".join(map(escape, keywords)), caseless=True)
