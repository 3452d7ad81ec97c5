"""Which calls send requests, and where to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from guards._code.syntax.environment import variable
from guards._code.syntax.meaning import Called, Meaning
from guards._code.syntax.reading import Lines
from guards._code.syntax.texts import resolved
from guards._code.syntax.tree import Where
from guards._code.syntax.values import Bundle, Hole, Made, One, Record, Ref, Text, Value, parts_of
from guards._core.model import Span
from guards.no_direct_http.clients import (
    BASE_KEYS,
    BASE_SETTERS,
    BASES,
    CALLS,
    FLUENT,
    HOST_KEYS,
    OBJECT_KEYS,
    REQUESTS,
    SCRIPT,
    Address,
    Language,
)
from guards.no_direct_http.hosts import Parts

_MOST_ALTERNATIVES = 12


class Sent(NamedTuple):
    """A call that sends a request, or may."""

    name: str
    span: Span
    symbol: str
    addresses: tuple[Parts, ...]
    is_host: bool = False
    """The addresses are hosts."""
    asks: str = ""
    """The name from another module that it is called by, if only that module tells whether it sends."""


def sent(told: Meaning, lines: Lines, language: Language) -> Iterator[Sent]:
    """The calls of a file that send, each once."""
    bases = _bases_set(told) if language is Language.GO else {}
    found: dict[Where, Sent] = {}
    for call in told.calls:
        one = _sent(call, told.given, bases, lines, language)
        if one is not None:
            earlier = found.get(call.where)
            merged = (*(earlier.addresses if earlier else ()), *one.addresses)
            found[call.where] = one._replace(addresses=tuple(dict.fromkeys(merged))[:_MOST_ALTERNATIVES])
    yield from (found[where] for where in sorted(found))


def _sent(
    call: Called, given: Mapping[str, Value], bases: Mapping[Made, Value], lines: Lines, language: Language
) -> Sent | None:
    name = normal(call.name, language)
    address = CALLS[language].get(name)
    if address is None:
        return _asked(call, lines)
    if name.startswith("pycurl.") and not _is_address_option(call):
        return None
    base, is_host = _base(call, name, given) if language is not Language.GO else (_base_set(call.made_of, bases), False)
    value = _argument(call, address, language)
    if value is None:
        if call.spreads or language is Language.SCRIPT:
            value = ()
        elif base is None:
            return None  # no address, so no request: a function of the same name, say
    alternatives = tuple(_addresses(value or (None,), language))
    if address.is_host:
        return Sent(name, lines.span(*call.where), call.symbol, alternatives, is_host=True)
    if base is not None:
        starts = tuple(_addresses(base, language))
        if is_host:
            return Sent(name, lines.span(*call.where), call.symbol, starts, is_host=True)
        alternatives = tuple(_on(one, other) for one in starts for other in alternatives)
    return Sent(name, lines.span(*call.where), call.symbol, tuple(dict.fromkeys(alternatives))[:_MOST_ALTERNATIVES])


def normal(name: str, language: Language) -> str:
    """A name as the tables write it."""
    if language is Language.SCRIPT:
        return plain(name)
    if language is Language.GO and name.startswith(FLUENT):
        package = next(one for one in FLUENT if name.startswith(one))
        return f"{package}*.{name.rpartition('.')[2]}"
    return name


def _bases_set(told: Meaning) -> dict[Made, Value]:
    """What was told to a client of Go about the base of its addresses."""
    return {
        call.made_of: call.args[0]
        for call in told.calls
        if call.made_of is not None and call.args and call.name.rpartition(".")[2] in BASE_SETTERS
    }


def _base_set(made: Made | None, bases: Mapping[Made, Value]) -> Value | None:
    """The same for what a request is made of, step by step."""
    while made is not None:
        if made in bases:
            return bases[made]
        made = made.on
    return None


def plain(name: str) -> str:
    """A name without what importing in one way or another adds to it."""
    bare = name.replace(".default", "").replace("()", "") if not name.startswith("()") else name
    return f"{bare}()" if name.endswith("()") and f"{bare}()" in SCRIPT else bare


def _is_address_option(call: Called) -> bool:
    return bool(call.args) and any(isinstance(one, Ref) and one.name.endswith(".URL") for one in call.args[0])


def _argument(call: Called, address: Address, language: Language) -> Value | None:
    if len(call.args) > address.position:
        return call.args[address.position]
    if address.keyword in call.keywords:
        return call.keywords[address.keyword]
    if language is Language.SCRIPT and call.args:
        return call.args[0]
    return None


def _base(call: Called, name: str, given: Mapping[str, Value]) -> tuple[Value | None, bool]:
    """The base address of the session that a method is called on."""
    made = call.made_of
    if made is None:
        head = name.partition(".")[0]
        return next((given[key] for key in (f"{head}.defaults.baseURL", f"{head}.default.defaults.baseURL")
                     if key in given), None), False  # fmt: skip
    of = plain(made.of)
    address = BASES.get(of) or BASES.get(of.rpartition(".")[0])
    if address is None:
        return None, False
    keywords = dict(made.keywords)
    for key in (address.keyword, "base_url", "baseURL", "defaults.baseURL"):
        if key in keywords:
            return keywords[key], address.is_host
    value = made.args[address.position] if len(made.args) > address.position else None
    if value is not None and any(isinstance(one, Record) for one in value):
        known = [found for one in value if isinstance(one, Record) for key in BASE_KEYS if (found := one.get(key))]
        return (known[0] if known else None), False
    return value, address.is_host


def _addresses(value: Value, language: Language, depth: int = 0) -> Iterator[Parts]:
    """A value as addresses, in all ways."""
    for one in value:
        if isinstance(one, Made) and depth < 4 and (of := normal(one.of, language)) in REQUESTS:
            address = REQUESTS[of]
            keywords = dict(one.keywords)
            inner = one.args[address.position] if len(one.args) > address.position else keywords.get(address.keyword)
            yield from _addresses(inner or (None,), language, depth + 1)
        elif isinstance(one, Made) and one.of.endswith(("prepare_request", ".prepare")) and depth < 4:
            inner = one.args[0] if one.args else (one.on,)
            yield from _addresses(inner, language, depth + 1)
        elif isinstance(one, Record) and depth < 4:
            yield from _of_object(one, depth)
        elif isinstance(one, Bundle):
            yield (Hole(),)
        else:
            yield tuple(map(_told, _parts(one)))


def _parts(one: One) -> Parts:
    return parts_of(one)


def _told(part: str | Hole) -> str | Hole:
    """A variable of the environment that JavaScript reads as a member is one."""
    if isinstance(part, Hole) and part.kind == "name" and (name := variable(part.name)):
        return Hole("env", name)
    return part


def _of_object(one: Record, depth: int) -> Iterator[Parts]:
    """The address in the options of a request."""
    base = next((found for key in BASE_KEYS if (found := one.get(key)) is not None), None)
    url = next((found for key in OBJECT_KEYS if (found := one.get(key)) is not None), None)
    if url is not None:
        inner = tuple(_addresses(url, Language.SCRIPT, depth + 1))
        bases = tuple(_addresses(base, Language.SCRIPT, depth + 1)) if base not in {None, url} and base else ()
        yield from (_on(first, other) for first in bases for other in inner) if bases else inner
        return
    host = next((found for key in HOST_KEYS if (found := one.get(key)) is not None), None)
    if host is not None:
        yield from (("https://", *found, "/") for found in _addresses(host, Language.SCRIPT, depth + 1))
    else:
        yield () if one.is_whole else (Hole(),)


def _on(base: Parts, path: Parts) -> Parts:
    """A path below a base. Of a path of which nothing is known it is taken that it is one."""
    if base == (Hole(),) and path and isinstance(path[0], str):
        found = resolved((Text(("https://x.invalid/",)),), (Text(path),))[0]
        is_absolute = isinstance(found, Text) and not str(found.parts[0] if found.parts else "").startswith(
            "https://x.in"
        )
        return path if is_absolute else base
    if path and isinstance(path[0], str) and "://" in path[0]:
        return path
    if path and isinstance(path[0], Hole) and path[0].kind:
        return path
    return (*base, "/") if base else path


# ---- Calls by names from other modules ------------------------------------------------------------------------------


VERBS = (
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "options",
    "request",
    "stream",
    "send",
    "fetch",
    "open",
    "urlopen",
)


def _asked(call: Called, lines: Lines) -> Sent | None:
    """A call of something that another module of the project may have made: it matters if it is given an address."""
    name = call.name
    is_other = name.startswith(".") or "." in name
    if not is_other or name.rpartition(".")[2].rpartition(":")[2] not in VERBS or not call.args:
        return None
    addresses = tuple(
        tuple(map(_told, _parts(one))) for arg in call.args[:2] for one in arg if isinstance(one, (Text, Ref))
    )
    known = tuple(one for one in addresses if one and isinstance(one[0], str) and "://" in one[0])
    return Sent(name, lines.span(*call.where), call.symbol, known, asks=name) if known else None


def exported(names: Mapping[str, Value], keep: Sequence[str]) -> dict[str, list[list[object]]]:
    """What names of a module are, for facts: texts, other names, and what was made of what."""
    from guards.no_direct_http.facts import kept, written

    found: dict[str, list[list[object]]] = {}
    for name, value in names.items():
        rows: list[list[object]] = []
        for one in value:
            if isinstance(one, Text):
                rows.append(["text", written(kept(tuple(map(_told, one.parts)), keep))])
            elif isinstance(one, Ref):
                rows.append(["name", one.name])
            elif isinstance(one, Made):
                rows.append(["made", one.of])
        if rows:
            found[name] = rows
    return found
