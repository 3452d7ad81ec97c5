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
from guards.drift.hunting import plain_words, words
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
    if _is_published(path, at):
        # Where the port inside is another one, it is that of the image and not of this system.
        host, container = lens("port.host").get(text), lens("port.container").get(text)
        for via in ("port.host", "port.container") if host in {None, container} else ("port.host",):
            yield from _port(text, f"{point} | {via}", names, via)
        return
    if at[0] in {"EXPOSE", "FROM"} and reader_of(path) == Reader.DOCKERFILE:
        yield from _port(text, point, ()) if at[0] == "EXPOSE" else _image(text, point)
    elif last == "image" or (last == "container" and _WORKFLOW.fullmatch(path)):
        yield from _image(text, point)
    elif (path, at) in _LOWER_BOUNDS:
        lowest = bounds(text, Scheme.PEP440, lower=True)
        yield from (Atom("python", Kind.VERSION, str(key), point, Relation.LOWER_BOUND) for key in lowest or ())
    elif (path, at) in _PYTHONS and _RELEASE.fullmatch(text):
        yield Atom("python", Kind.VERSION, text, point)
    elif "python" in names and "version" in words(last):
        yield from _python(path, at, text)
    elif (path, at) in _VERSIONS or (reader_of(path) == Reader.PYTHON and at == ("__version__",)):
        yield Atom("version", Kind.VERSION, text, point)
    elif "port" in words(last):
        yield from _port(text, point, names)


def _is_published(path: str, at: JsonPath) -> bool:
    """Whether a value is a port of a service: in a compose file, or of a job of a workflow."""
    if _WORKFLOW.fullmatch(path) and at[0] == "jobs":
        at = at[2:]
    elif not _COMPOSE.fullmatch(path):
        return False
    return len(at) >= 3 and at[0] == "services" and at[2] == "ports"


_LOWER_BOUNDS = {
    ("pyproject.toml", ("project", "requires-python")),
    ("pyproject.toml", ("tool", "poetry", "dependencies", "python")),
}
_PYTHONS = {
    ("pyproject.toml", ("tool", "mypy", "python_version")),
    (".readthedocs.yaml", ("build", "tools", "python")),
    (".readthedocs.yml", ("build", "tools", "python")),
}
_VERSIONS = (
    ("pyproject.toml", ("project", "version")),
    ("pyproject.toml", ("tool", "poetry", "version")),
    ("package.json", ("version",)),
    ("Cargo.toml", ("package", "version")),
    ("setup.cfg", ("metadata", "version")),
    ("docs/conf.py", ("release",)),
)
"""Where projects say which version they are; the first one that is there has the last word."""


def _names(at: JsonPath) -> tuple[str, ...]:
    """The words that lead to a value; those of its own name twice, for they say most."""
    last = next((step for step in reversed(at) if isinstance(step, str)), "")
    told = dict.fromkeys(word for step in at for word in plain_words(str(step)))
    return (*told, *dict.fromkeys(plain_words(last)))


def _port(text: str, point: str, names: tuple[str, ...], via: str = "") -> Iterator[Atom]:
    value = lens(via).get(text) if via else text
    number = normal(value or "", Kind.PORT, Scheme.PEP440)
    if number and number not in _COMMON_PORTS:
        yield Atom("port", Kind.PORT, str(number), point, names=names)


def _image(text: str, point: str) -> Iterator[Atom]:
    name, tag = lens("image.name").get(text), lens("image.tag").get(text)
    if not name or not tag or "$" in text or tag in _NO_TAGS:
        return
    yield Atom(f"image {name}", Kind.TEXT, tag, f"{point} | image.tag", names=plain_words(name.rpartition("/")[2])[:2])
    short = re.match(r"[0-9]+\.[0-9]+", tag)
    if name == "python" and short:
        yield Atom("python", Kind.VERSION, short[0], f"{point} | image.tag", Relation.PREFIX)


def _python(path: str, at: JsonPath, text: str) -> Iterator[Atom]:
    if not _WORKFLOW.fullmatch(path) or {"include", "exclude"}.intersection(at):
        return  # a single case of a matrix is what it is for its own reasons
    if isinstance(at[-1], int) and "${{" not in text:
        yield Atom("python matrix", Kind.VERSION, text, f"{dotted(at[:-1])}[*]", Relation.MIN_OF)
    elif _RELEASE.fullmatch(text):
        yield Atom("python", Kind.VERSION, text, dotted(at))


# ---- What is a fact -------------------------------------------------------------------------------------------------


def drafted(facts: Mapping[str, Sequence[Fact]], paths: Iterable[str]) -> list[Drafted]:
    """The facts that stand in at least two places, by name."""
    there = set(paths)
    names = Counter(path.rpartition("/")[2] for path in there)
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
    found = [one for group in groups.values() for one in _fact(group, names)]
    return sorted(_named_apart(found), key=lambda one: one.name)[:_MOST_FACTS]


def _atoms(facts: Mapping[str, Sequence[Fact]]) -> Iterator[tuple[str, Atom]]:
    for path in sorted(facts):
        for fact in facts[path]:
            data: Any = fact.data
            family, kind, value, point, rel, names = data
            yield path, Atom(family, kind, value, point, rel, tuple(names))


def _glob(path: str, names: Mapping[str, int]) -> str:
    """What matches this file alone: a name without a folder would mean any of that name."""
    return f"/{path}" if "/" not in path and names[path] > 1 else path


def _lowest(facts: Mapping[str, Sequence[Fact]]) -> Iterator[tuple[tuple[str, str], str]]:
    """The least version of each matrix."""
    matrices: dict[tuple[str, str], list[str]] = {}
    for path, atom in _atoms(facts):
        if atom.family == "python matrix":
            matrices.setdefault((path, atom.point), []).append(atom.value)
    for place, values in matrices.items():
        meanings = {text: normal(text, Kind.VERSION, Scheme.PEP440) for text in values}
        # With another Python among them, such as pypy-3.10, nothing is the least of all.
        yield place, "" if None in meanings.values() else min(values, key=lambda text: meanings[text])


def _fact(group: list[tuple[str, Atom]], names: Mapping[str, int]) -> Iterator[Drafted]:
    first = group[0][1]
    places = list(dict.fromkeys((f"{_glob(path, names)}#{atom.point}", atom.rel) for path, atom in group))
    if first.family == "path":
        yield from _path(first, places) if len(places) == 1 else ()
        return
    if len({selector.partition(" | ")[0] for selector, _ in places}) < 2:
        return
    declared: dict[str, Json] = {"kind": first.kind}
    if first.family == "version":
        authority = min(places, key=lambda one: _AUTHORITIES.get(one[0].removeprefix("/"), len(_AUTHORITIES)))
        places.remove(authority)
        declared["from"] = authority[0]
    else:
        declared["value"] = int(first.value) if first.kind == Kind.PORT else first.value
    yield Drafted(_name(first, [atom for _, atom in group]), declared, tuple(map(_place, places[:_MOST_PLACES])))


_AUTHORITIES = {f"{path}#{dotted(at)}": number for number, (path, at) in enumerate(_VERSIONS)}


def _path(atom: Atom, places: list[tuple[str, str]]) -> Iterator[Drafted]:
    name = "path." + "-".join(re.findall(r"[A-Za-z0-9]+", atom.value)).lower()[:60]
    yield Drafted(name, {"kind": atom.kind, "value": atom.value}, tuple(map(_place, places)))


def _place(place: tuple[str, str]) -> str | Mapping[str, Json]:
    selector, rel = place
    return selector if rel == Relation.EQUAL else {"at": selector, "rel": rel}


def _name(first: Atom, atoms: Sequence[Atom]) -> str:
    """What most places call it."""
    if first.family == "version":
        return "app.version"
    if first.family == "python":
        return "python.min" if any(atom.rel == Relation.LOWER_BOUND for atom in atoms) else "python"
    counts = Counter(word for atom in atoms for word in atom.names if not word.isdigit())
    counts = Counter({word: count for word, count in counts.items() if _SAY_NOTHING.isdisjoint(words(word))})
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
