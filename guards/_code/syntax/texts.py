"""What functions and methods make of texts, as far as their arguments are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urljoin

from guards._code.syntax.values import (
    UNKNOWN,
    Bundle,
    Hole,
    One,
    Record,
    Text,
    Value,
    hole,
    joined,
    parts_of,
    text,
    united,
)

_PERCENT = re.compile(r"%(?:\((?P<name>\w+)\))?[-+ #0-9.*]*(?P<kind>[a-zA-Z%])")
_BRACES = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}!:]*)(?:[!:][^{}]*)?\}")


def percent(template: Value, values: Value) -> Value:
    """`template % values`."""
    return united(_percent(one, values) for one in template)


def _percent(one: One, values: Value) -> Value:
    if not isinstance(one, Text):
        return hole()
    bundle = next((each for each in values if isinstance(each, Bundle)), None)
    record = next((each for each in values if isinstance(each, Record)), None)
    given = iter(bundle.items if bundle is not None else (values,))
    pieces: list[Value] = []
    for part in one.parts:
        if isinstance(part, Hole):
            pieces.append((Text((part,)),))
            continue
        at = 0
        for found in _PERCENT.finditer(part):
            pieces.append(text(part[at : found.start()]))
            at = found.end()
            if found["kind"] == "%":
                pieces.append(text("%"))
            elif found["name"]:
                pieces.append((record.get(found["name"]) if record is not None else None) or hole())
            else:
                pieces.append(next(given, hole()))
        pieces.append(text(part[at:]))
    return joined(pieces)


def _format(of: Text, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    pieces: list[Value] = []
    numbers = iter(range(len(args) + 1000))
    for part in of.parts:
        if isinstance(part, Hole):
            pieces.append((Text((part,)),))
            continue
        at = 0
        for found in _BRACES.finditer(part):
            pieces.append(text(part[at : found.start()]))
            at = found.end()
            pieces.append(_field(found, numbers, args, keywords))
        pieces.append(text(part[at:]))
    return joined(pieces)


def _field(
    found: re.Match[str], numbers: Iterator[int], args: tuple[Value, ...], keywords: Mapping[str, Value]
) -> Value:
    if found[0] in {"{{", "}}"}:
        return text(found[0][0])
    name = found["name"]
    if not name or name.isdigit():
        number = int(name[:4]) if name else next(numbers)
        return args[number] if number < len(args) else hole()
    return keywords.get(name) or hole()


def _join(of: Text, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    return joined_by((of,), args[0]) if args else hole()


def joined_by(separator: Value, items: Value) -> Value:
    """The texts of a list, with another between them."""
    return united(_row(separator, one.items) if isinstance(one, Bundle) else hole() for one in items)


def _row(separator: Value, items: tuple[Value, ...]) -> Value:
    pieces: list[Value] = []
    for item in items:
        pieces += [item] if not pieces else [separator, item]
    return joined(pieces)


def _same(of: Text, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    return (of,)


def _changed(change: Callable[[str], str]) -> Callable[[Text, tuple[Value, ...], Mapping[str, Value]], Value]:
    return lambda of, args, keywords: (
        Text(tuple(change(part) if isinstance(part, str) else part for part in of.parts)),
    )


def _stripped(of: Text, args: tuple[Value, ...], keywords: Mapping[str, Value], *, left: bool, right: bool) -> Value:
    chars = next((one.known for one in args[0] if isinstance(one, Text)), None) if args else None
    parts = list(of.parts)
    if left and parts and isinstance(parts[0], str):
        parts[0] = parts[0].lstrip(chars)
    if right and parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip(chars)
    return (Text(tuple(parts)),)


def _replaced(of: Text, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    known = [next((one.known for one in arg if isinstance(one, Text)), None) for arg in args[:2]]
    if len(known) < 2 or known[0] is None or not known[0]:
        return hole()
    if known[1] is None:
        pieces: list[Value] = []
        for part in of.parts:
            rows = [text(piece) for piece in part.split(known[0])] if isinstance(part, str) else [(Text((part,)),)]
            pieces.append(_row(args[1], tuple(rows)))
        return joined(pieces)
    old, new = known[0], known[1]
    return (Text(tuple(part.replace(old, new) if isinstance(part, str) else part for part in of.parts)),)


def _concat(of: Text, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    return joined([(of,), *args])


def _without_prefix(of: Text, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    known = next((one.known for one in args[0] if isinstance(one, Text)), None) if args else None
    if known is None or not of.parts or not isinstance(of.parts[0], str):
        return hole()
    return (Text((of.parts[0].removeprefix(known), *of.parts[1:])),)


_METHODS: Mapping[str, Callable[[Text, tuple[Value, ...], Mapping[str, Value]], Value]] = {
    "concat": _concat,
    "decode": _same,
    "encode": _same,
    "format": _format,
    "href": _same,
    "join": _join,
    "lower": _changed(str.lower),
    "lstrip": lambda of, args, keywords: _stripped(of, args, keywords, left=True, right=False),
    "removeprefix": _without_prefix,
    "removesuffix": _same,
    "replace": _replaced,
    "replaceAll": _replaced,
    "rstrip": lambda of, args, keywords: _stripped(of, args, keywords, left=False, right=True),
    "strip": lambda of, args, keywords: _stripped(of, args, keywords, left=True, right=True),
    "toLowerCase": _changed(str.lower),
    "toString": _same,
    "trim": lambda of, args, keywords: _stripped(of, (), keywords, left=True, right=True),
    "upper": _changed(str.upper),
    "JoinPath": _same,
    "String": _same,
}


def method(of: Text, name: str, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    """`of.name(…)`."""
    known = _METHODS.get(name)
    return known(of, args, keywords) if known is not None else UNKNOWN


# ---- Functions ------------------------------------------------------------------------------------------------------


def function(name: str, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value | None:
    """What a function of the language or its library makes of texts; None for any other."""
    known = _FUNCTIONS.get(name)
    return known(args, keywords) if known is not None else None


def _first(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    return args[0] if args else hole()


def _urljoin(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    base = args[0] if args else keywords.get("base", UNKNOWN)
    path = args[1] if len(args) > 1 else keywords.get("url", hole())
    return resolved(base, path)


def _new_url(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    return resolved(args[1], args[0]) if len(args) > 1 else _first(args, keywords)


def resolved(base: Value, path: Value) -> Value:
    """An address relative to another."""
    return united((_resolved(parts_of(one), parts_of(other)),) for one in base for other in path)


def _resolved(base: tuple[str | Hole, ...], path: tuple[str | Hole, ...]) -> Text:
    first = path[0] if path else ""
    if isinstance(first, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", first):
        return Text(path)
    if isinstance(first, Hole) and first.kind != "name" and not first.kind:
        return Text((*_origin(base), Hole()))  # what is appended may lead elsewhere, but seldom is meant to
    if all(isinstance(part, str) for part in (*base, *path)):
        try:
            return Text((urljoin("".join(map(str, base)), "".join(map(str, path))),))
        except ValueError:
            return Text((Hole(),))
    if isinstance(first, str) and first.startswith("//"):
        return Text(path)
    return Text((*_origin(base), *path))


def _origin(base: tuple[str | Hole, ...]) -> tuple[str | Hole, ...]:
    """Scheme and host of an address, as far as it is known, with an end."""
    if base and isinstance(base[0], str):
        found = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", base[0])
        if found and (found.end() < len(base[0]) or len(base) == 1):
            return (found[0] + "/",)
    return base


def _pick(name: str) -> Callable[[tuple[Value, ...], Mapping[str, Value]], Value]:
    return lambda args, keywords: args[0] if args else keywords.get(name, hole())


def _path_join(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    return _row(text("/"), args) if args else hole()


def _unsplit(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    found = []
    for one in args[0] if args else ():
        items = one.items if isinstance(one, Bundle) else ()
        found.append(joined([items[0], text("://"), items[1], text("/"), items[2]]) if len(items) > 2 else hole())
    return united(found) if found else hole()


def _sprintf(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    return percent(args[0], (Bundle(args[1:]),)) if args else hole()


def _sprint(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    return joined(args)


def _joined_in_go(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    return joined_by(args[1], args[0]) if len(args) > 1 else hole()


def _cut(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    """A text without something at its end, or at its start where that is no address's."""
    return united(method(one, "rstrip", args[1:], {}) if isinstance(one, Text) else hole() for one in args[0]) if args \
        else hole()  # fmt: skip


def _lowered(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    return (
        united(method(one, "lower", (), {}) if isinstance(one, Text) else hole() for one in args[0]) if args else hole()
    )


def _url_of_go(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
    """`url.URL{Scheme: …, Host: …, Path: …}`."""
    return joined([keywords.get("Scheme", hole()), text("://"), keywords.get("Host", hole()), text("/"),
                   keywords.get("Path", text(""))])  # fmt: skip


_FUNCTIONS: Mapping[str, Callable[[tuple[Value, ...], Mapping[str, Value]], Value]] = {
    "URL": _new_url,
    "String": _first,
    "str": _first,
    "encodeURI": _first,
    "os.path.expandvars": _first,
    "posixpath.join": _path_join,
    "os.path.join": _path_join,
    "httpx.URL": _pick("url"),
    "httpx2.URL": _pick("url"),
    "furl.furl": _pick("url"),
    "yarl.URL": _pick("val"),
    "urllib.parse.urljoin": _urljoin,
    "urllib.parse.urlunparse": _unsplit,
    "urllib.parse.urlunsplit": _unsplit,
    "urlparse.urljoin": _urljoin,
    "requests.compat.urljoin": _urljoin,
    "six.moves.urllib.parse.urljoin": _urljoin,
    "pydantic.HttpUrl": _first,
    "pydantic.AnyUrl": _first,
    "fmt.Sprint": _sprint,
    "fmt.Sprintf": _sprintf,
    "net/url.JoinPath": _path_join,
    "net/url.MustParse": _first,
    "net/url.Parse": _first,
    "net/url.ParseRequestURI": _first,
    "net/url.URL": _url_of_go,
    "path.Join": _path_join,
    "string": _first,
    "strings.Join": _joined_in_go,
    "strings.ToLower": _lowered,
    "strings.TrimRight": _cut,
    "strings.TrimSpace": _first,
    "strings.TrimSuffix": _first,
}
NAMES = frozenset({*_METHODS, *(name.rpartition(".")[2] for name in _FUNCTIONS)})
"""The last parts of the names of all that makes texts of texts."""
