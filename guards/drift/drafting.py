"""A first canonical.yaml from what a repository holds: equal values under like names become facts with their places.

Nothing here decides what is true. A draft only says what already stands in several places, and agrees.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from guards._code.reading import Reader, documents, reader_of
from guards._code.spans import DocumentError, JsonPath
from guards._code.versions import Scheme, bounds
from guards._core.model import Fact, Json, Source
from guards.drift.hunting import words
from guards.drift.kinds import Kind, normal, text_of
from guards.drift.lenses import lens
from guards.drift.mapping import tells_of_old
from guards.drift.paths import dotted
from guards.drift.section import Relation

MODELINE = "# yaml-language-server: $schema="
_ATOM = "atom"
_LARGEST = 1 << 20
_MOST_FACTS, _MOST_PLACES, _MOST_PATHS = 60, 20, 10
_COMMON_PORTS = {22, 25, 80, 443}
_NO_TAGS = {"latest", "stable", "main", "edge"}
_COMPOSE = re.compile(r"(?:.*/)?(?:docker-)?compose[^/]*\.ya?ml")
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_RELEASE = re.compile(r"v?[0-9]+(?:\.[0-9]+){1,3}(?:[-+.]?[0-9A-Za-z.]+)?")
_PATH = re.compile(r"`(?P<path>[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+)`")


class Atom(NamedTuple):
    """A value at a place, with what is known of its meaning."""

    family: str
    """Only values of one family can be one fact."""
    kind: str
    value: str
    point: str
    rel: str = Relation.EQUAL
    names: tuple[str, ...] = ()
    """Words that it goes by."""


class Drafted(NamedTuple):
    """A fact of the draft."""

    name: str
    declared: Mapping[str, Json]
    places: tuple[str | Mapping[str, Json], ...]


# ---- What a file holds ----------------------------------------------------------------------------------------------


def classify(path: str, scan_slice: object) -> str | None:
    """A draft looks at documents that settings stand in, and at the front page. Scan must know their paths."""
    of_interest = reader_of(path) not in {Reader.TEXT, Reader.SQL, Reader.MARKDOWN} or path == "README.md"
    return path if of_interest and not tells_of_old(path) else None


def scan(source: Source[Any]) -> Iterable[Fact]:
    """The values of one file that may be facts."""
    path, data = source.path_class, source.data
    if len(data) > _LARGEST or source.reader is not None:
        return
    try:
        atoms = list(_of_page(data) if path == "README.md" else _of_document(path, data))
    except DocumentError:
        return  # whoever checks its syntax says so
    yield from (Fact(_ATOM, list(map(_plain, atom))) for atom in dict.fromkeys(atoms))


def _plain(part: str | tuple[str, ...]) -> Json:
    return list(part) if isinstance(part, tuple) else str(part)


def _of_page(data: bytes) -> Iterator[Atom]:
    text = data.decode("utf-8", "replace")
    for path in dict.fromkeys(_PATH.findall(text)):
        yield Atom("path", Kind.PATH, path, f"regex('`(?P<path>{re.escape(path)})`')")
    for port in re.findall(r"://(?:localhost|127\.0\.0\.1):([0-9]{2,5})\b", text):
        yield Atom("port", Kind.PORT, port, 'mention(url.port, "localhost")')


def _of_document(path: str, data: bytes) -> Iterator[Atom]:
    found = documents(data, reader_of(path))
    if len(found) != 1:
        return
    for at, value in _leaves(found[0].value):
        if not isinstance(value, (bool, list, dict)) and value not in {None, ""}:
            yield from _of_value(path, at, text_of(value))


def _leaves(value: Json) -> Iterator[tuple[JsonPath, Json]]:
    waiting: list[tuple[JsonPath, Json]] = [((), value)]
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*at, key), member) for key, member in value.items()]
        elif isinstance(value, list):
            waiting += [((*at, number), item) for number, item in enumerate(value)]
        elif at:
            yield at, value


def _of_value(path: str, at: JsonPath, text: str) -> Iterator[Atom]:
    """What a value may be, by the names that lead to it."""
    point, names = dotted(at), _names(at)
    last = next((step for step in reversed(at) if isinstance(step, str)), "")
    if _COMPOSE.fullmatch(path) and len(at) >= 3 and at[0] == "services" and at[2] == "ports":
        yield from _port(text, f"{point} | port.host", names, "port.host")
        return
    if at[0] in {"EXPOSE", "FROM"} and reader_of(path) == Reader.DOCKERFILE:
        yield from _port(text, point, ()) if at[0] == "EXPOSE" else _image(text, point)
    elif last == "image" or (last == "container" and _WORKFLOW.fullmatch(path)):
        yield from _image(text, point)
    elif last == "requires-python" and path == "pyproject.toml":
        lowest = bounds(text, Scheme.PEP440, lower=True)
        yield from (Atom("python", Kind.VERSION, str(key), point, Relation.LOWER_BOUND) for key in lowest or ())
    elif "python" in names and "version" in words(last):
        yield from _python(path, at, text)
    elif (path, at) in _VERSIONS or (reader_of(path) == Reader.PYTHON and at == ("__version__",)):
        yield Atom("version", Kind.VERSION, text, point)
    elif "port" in words(last):
        yield from _port(text, point, names)


_VERSIONS = {
    ("pyproject.toml", ("project", "version")),
    ("pyproject.toml", ("tool", "poetry", "version")),
    ("package.json", ("version",)),
    ("Cargo.toml", ("package", "version")),
    ("setup.cfg", ("metadata", "version")),
    ("docs/conf.py", ("release",)),
}
"""Where projects say which version they are; the first one that is there has the last word."""


def _names(at: JsonPath) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for step in at for word in words(str(step))))


def _port(text: str, point: str, names: tuple[str, ...], via: str = "") -> Iterator[Atom]:
    value = lens(via).get(text) if via else text
    number = normal(value or "", Kind.PORT, Scheme.PEP440)
    if number and number not in _COMMON_PORTS:
        yield Atom("port", Kind.PORT, str(number), point, names=names)


def _image(text: str, point: str) -> Iterator[Atom]:
    name, tag = lens("image.name").get(text), lens("image.tag").get(text)
    if not name or not tag or "$" in text or tag in _NO_TAGS:
        return
    yield Atom(f"image {name}", Kind.TEXT, tag, f"{point} | image.tag", names=words(name.rpartition("/")[2])[:2])
    short = re.match(r"[0-9]+\.[0-9]+", tag)
    if name == "python" and short:
        yield Atom("python", Kind.VERSION, short[0], f"{point} | image.tag", Relation.PREFIX)


def _python(path: str, at: JsonPath, text: str) -> Iterator[Atom]:
    if not _RELEASE.fullmatch(text) or not _WORKFLOW.fullmatch(path):
        return
    if isinstance(at[-1], int):
        yield Atom("python matrix", Kind.VERSION, text, f"{dotted(at[:-1])}[*]", Relation.MIN_OF)
    else:
        yield Atom("python", Kind.VERSION, text, dotted(at))


# ---- What is a fact -------------------------------------------------------------------------------------------------


def drafted(facts: Mapping[str, Sequence[Fact]], paths: Iterable[str]) -> list[Drafted]:
    """The facts that stand in at least two places, by name."""
    there = set(paths)
    groups: dict[tuple[str, object], list[tuple[str, Atom]]] = {}
    lowest = dict(_lowest(facts))
    for path, atom in _atoms(facts):
        if atom.family == "python matrix":
            if lowest[path, atom.point] != atom.value:
                continue
            atom = atom._replace(family="python")
        if atom.family != "path" or atom.value in there:
            meaning = normal(atom.value, Kind(atom.kind), Scheme.PEP440)
            groups.setdefault((atom.family, meaning), []).append((path, atom))
    found = [one for group in groups.values() for one in _fact(group)]
    return sorted(_named_apart(found), key=lambda one: one.name)[:_MOST_FACTS]


def _atoms(facts: Mapping[str, Sequence[Fact]]) -> Iterator[tuple[str, Atom]]:
    for path in sorted(facts):
        for fact in facts[path]:
            data: Any = fact.data
            family, kind, value, point, rel, names = data
            yield path, Atom(family, kind, value, point, rel, tuple(names))


def _lowest(facts: Mapping[str, Sequence[Fact]]) -> Iterator[tuple[tuple[str, str], str]]:
    """The least version of each matrix."""
    matrices: dict[tuple[str, str], list[str]] = {}
    for path, atom in _atoms(facts):
        if atom.family == "python matrix":
            matrices.setdefault((path, atom.point), []).append(atom.value)
    for place, values in matrices.items():
        known = [text for text in values if normal(text, Kind.VERSION, Scheme.PEP440) is not None]
        yield place, min(known, key=lambda text: normal(text, Kind.VERSION, Scheme.PEP440), default="")


def _fact(group: list[tuple[str, Atom]]) -> Iterator[Drafted]:
    first = group[0][1]
    places = list(dict.fromkeys((f"{path}#{atom.point}", atom.rel) for path, atom in group))
    if first.family == "path":
        yield from _path(first, places) if len(places) == 1 else ()
        return
    if len(places) < 2:
        return
    declared: dict[str, Json] = {"kind": first.kind}
    if first.family == "version":
        authority = next((one for one in places if tuple(one[0].split("#")) in _AUTHORITIES), places[0])
        places.remove(authority)
        declared["from"] = authority[0]
    else:
        declared["value"] = int(first.value) if first.kind == Kind.PORT else first.value
    yield Drafted(_name(first, [atom for _, atom in group]), declared, tuple(map(_place, places[:_MOST_PLACES])))


_AUTHORITIES = {(path, dotted(at)) for path, at in _VERSIONS}


def _path(atom: Atom, places: list[tuple[str, str]]) -> Iterator[Drafted]:
    name = "path." + "-".join(re.findall(r"[A-Za-z0-9]+", atom.value)).lower()[:60]
    yield Drafted(name, {"kind": atom.kind, "value": atom.value}, tuple(map(_place, places)))


def _place(place: tuple[str, str]) -> str | Mapping[str, Json]:
    selector, rel = place
    return selector if rel == Relation.EQUAL else {"at": selector, "rel": rel}


def _name(first: Atom, atoms: Sequence[Atom]) -> str:
    """What most places call it."""
    if first.family in {"python", "version"}:
        return {"python": "python.min", "version": "app.version"}[first.family]
    counts = Counter(word for atom in atoms for word in atom.names if word not in _SAY_NOTHING and not word.isdigit())
    most = max(counts.values(), default=0)
    telling = [word for word, count in counts.items() if count == most][:2]
    return ".".join([*telling, "port" if first.family == "port" else "tag"])


_SAY_NOTHING = {
    "port",
    "service",
    "image",
    "tag",
    "env",
    "environment",
    "default",
    "setting",
    "config",
    "expose",
    "from",
}


def _named_apart(found: Iterable[Drafted]) -> Iterator[Drafted]:
    """Facts of which no two have the same name; of paths only the first few."""
    seen: Counter[str] = Counter()
    for one in found:
        group = "path" if one.name.startswith("path.") else one.name
        seen[group] += 1
        if group == "path":
            if seen[group] <= _MOST_PATHS:
                yield one
        else:
            yield one if seen[group] == 1 else one._replace(name=f"{one.name}-{seen[group]}")


# ---- As a text ------------------------------------------------------------------------------------------------------


def text(found: Sequence[Drafted], schema: str) -> str:
    """canonical.yaml with these facts. `schema`: where editors find its JSON Schema, if anywhere."""
    lines = [*([f"{MODELINE}{schema}"] if schema else []), "guard: 1", "facts:"]
    lines += [f"  {one.name}: {_flow(one.declared)}" for one in found]
    lines += ["bind:"]
    for one in found:
        lines += [f"  {one.name}:", *(f"    - {_flow(place)}" for place in one.places)]
    return "\n".join(lines) + "\n"


def _flow(value: Json | Mapping[str, Json]) -> str:
    """A value on one line; JSON's texts are YAML's."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(member)}" for key, member in value.items()) + "}"
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z-]*", value):
        return value
    return json.dumps(value, ensure_ascii=False)
