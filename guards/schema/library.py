"""The schemas of a repository by address, and how a reference finds its target among them. Nothing is ever fetched.

A file's address is its path below a host that cannot exist, so relative references resolve like links on a site. A
schema is also known by its `$id`. A reference that no address and no `$id` answers is looked up once more by relative
position: `https://example.com/s/b.json` as seen from a file that calls itself `https://example.com/s/a.json` is the
`b.json` beside that file.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes, urljoin, urlsplit

from msgspec import Struct

from guards._code.spans import Document, Format, JsonPath, format_of, parse
from guards._core.model import Json
from guards.schema.keywords import REFERENCES, part_at, possible_children

HOST = "https://this-repository.invalid/"
DEFAULT_DRAFT = 2020
_DRAFTS = {
    "json-schema.org/draft-04/schema": 4,
    "json-schema.org/draft-06/schema": 6,
    "json-schema.org/draft-07/schema": 7,
    "json-schema.org/draft/2019-09/schema": 2019,
    "json-schema.org/draft/2020-12/schema": 2020,
}
_DIALECT = re.compile(rb"""\$schema["']?\s*:\s*["']?([^"'\s]+)""")


def address_of(path: str) -> str:
    """The address of a file of the repository."""
    return HOST + quote(os.fsencode(path))


def path_of(address: str) -> str:
    """The file at an address of the repository; an empty string for any other address."""
    return os.fsdecode(unquote_to_bytes(address.removeprefix(HOST))) if address.startswith(HOST) else ""


def draft_of(name: str) -> int | None:
    """The draft whose metaschema has this address, or None."""
    scheme, _, rest = name.partition("://")
    return _DRAFTS.get(rest.removesuffix("#")) if scheme in ("http", "https") else None


def is_built_in(address: str) -> bool:
    """True for the metaschemas and vocabularies that the engine carries."""
    host_and_path = address.partition("://")[2]
    return host_and_path.startswith(("json-schema.org/draft-0", "json-schema.org/draft/20"))


def without_fragment(address: str) -> str:
    """The address of the document that a target is in."""
    return address.partition("#")[0]


class Reference(NamedTuple):
    """A reference in a schema."""

    path: JsonPath
    """Of the keyword that holds it."""
    target: str
    """Absolute, with its fragment."""


class Resource(NamedTuple):
    """A schema with an address of its own: a file, or a part of one that has an `$id`."""

    address: str
    path: JsonPath
    anchors: frozenset[str]


class Schema(Struct, frozen=True, eq=False, dict=True):
    """One schema file, read."""

    address: str
    document: Document
    default_draft: int

    @property
    def value(self) -> Json:
        """The schema itself."""
        return self.document.value

    @property
    def dialect(self) -> str:
        """What `$schema` names, or an empty string."""
        named = self.value.get("$schema") if isinstance(self.value, dict) else None
        return named if isinstance(named, str) else ""

    @cached_property
    def draft(self) -> int:
        """4, 6, 7, 2019 or 2020; the library's default where `$schema` names none of them."""
        return draft_of(self.dialect) or self.default_draft

    @cached_property
    def base(self) -> str:
        """Its canonical address: the `$id` where there is one."""
        return _base_of(self.value, self.address, self.draft) if isinstance(self.value, dict) else self.address

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """The schema and the parts of it that have an `$id`, outermost first."""
        return tuple(_resources(self.value, self.base, self.draft))

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every reference in it to somewhere; a metaschema of one's own is one of them."""
        return tuple(self.references_from(self.base))

    def references_from(self, base: str) -> Iterator[Reference]:
        """Its references as they read from another address than its own: the engine resolves them so."""
        if self.dialect and not draft_of(self.dialect):
            yield Reference(("$schema",), _joined(base, self.dialect))
        for path, schema, near in _located(self.value, base, self.draft):
            for keyword in REFERENCES:
                named = schema.get(keyword)
                if isinstance(named, str):
                    yield Reference((*path, keyword), near + named if named.startswith("#") else _joined(near, named))


class Library:
    """The schema files of a repository. Each is read when it is first needed, and once."""

    def __init__(self, documents: Mapping[str, bytes], default_draft: int | None = None) -> None:
        """`documents` by address.

        A schema without `$schema` is read by `default_draft`; if that is None, by the one draft that all other schemas
        name, or 2020-12 where they name none or several.
        """
        self._documents = documents
        self._read: dict[str, Schema] = {}
        self.default_draft = default_draft or self._only_draft()

    def __contains__(self, address: str) -> bool:
        return address in self._documents

    def schema(self, address: str) -> Schema:
        """The schema at an address; DocumentError when it does not parse, KeyError when it is not here."""
        if address not in self._read:
            format_ = format_of(unquote(urlsplit(address).path)) or Format.JSON
            if format_ not in (Format.JSON, Format.YAML, Format.TOML):
                format_ = Format.JSON
            self._read[address] = Schema(address, parse(self._documents[address], format_)[0], self.default_draft)
        return self._read[address]

    def _only_draft(self) -> int:
        named = {name for data in self._documents.values() for name in _DIALECT.findall(data)}
        drafts = {draft_of(name.decode("utf-8", "replace")) for name in named} - {None}
        return drafts.pop() or DEFAULT_DRAFT if len(drafts) == 1 else DEFAULT_DRAFT

    def find(self, target: str, origin: Schema, base: str = "") -> str:
        """The address of the file that holds the target of a reference, or an empty string.

        `base` is the address that the reference was resolved from, where that is not the canonical one of `origin`.
        """
        wanted = without_fragment(target)
        if wanted in self._documents:
            return wanted
        if wanted in self._by_id:
            return self._by_id[wanted][0]
        beside = _joined(origin.address, _relative(wanted, base or origin.base))
        return beside if beside in self._documents else ""

    def closure(self, address: str) -> tuple[dict[str, Schema], list[tuple[Schema, Reference]]]:
        """Every schema that can be reached from one, by the addresses it is asked for; and the references that fail."""
        reached: dict[str, Schema] = {}
        dangling: list[tuple[Schema, Reference]] = []
        waiting = [(address, self.schema(address))]
        while waiting:
            asked, schema = waiting.pop()
            if asked not in reached:
                reached[asked] = schema
                dangling.extend((schema, each) for each in schema.references if self._dangles(each, schema))
                waiting.extend(self._targets(schema, asked))
        return reached, dangling

    def _targets(self, schema: Schema, asked: str) -> Iterator[tuple[str, Schema]]:
        """The schemas that a schema refers to. The engine does not see the `$id` of one that it got by another name."""
        for base in {schema.base: None, asked: None}:
            for reference in schema.references_from(base):
                if found := self.find(reference.target, schema, base):
                    wanted, target = without_fragment(reference.target), self.schema(found)
                    nested = any(wanted == resource.address for resource in target.resources)
                    yield target.base if nested else wanted, target

    def _dangles(self, reference: Reference, schema: Schema) -> bool:
        return not is_built_in(reference.target) and not self.find(reference.target, schema)

    def locate(self, location: str) -> tuple[str, JsonPath]:
        """The file and the place in it of an absolute location (address and JSON Pointer)."""
        base, _, fragment = location.partition("#")
        address, path = (base, ()) if base in self._documents else self._by_id.get(base, ("", ()))
        if not address:
            return "", ()
        return address, path + _steps(part_at(self.schema(address).value, path), fragment)

    def has_target(self, target: str) -> bool:
        """False for a JSON Pointer or an anchor that is not in the schema that it names."""
        base, _, fragment = target.partition("#")
        if base not in self._by_id and base not in self._documents:
            return True
        address, path = self._by_id.get(base) or (base, ())
        schema = self.schema(address)
        if not fragment or fragment.startswith("/"):
            return _reaches(part_at(schema.value, path), fragment)
        return any(unquote(fragment) in resource.anchors for resource in schema.resources if resource.path == path)

    @cached_property
    def _by_id(self) -> dict[str, tuple[str, JsonPath]]:
        """Every `$id` of every schema file that can be read, to the file and the place that has it."""
        from guards._code.spans import DocumentError

        found: dict[str, tuple[str, JsonPath]] = {}
        for address in sorted(self._documents):
            try:
                resources = self.schema(address).resources
            except DocumentError:
                continue
            for resource in resources:
                found.setdefault(resource.address, (address, resource.path))
        return found


def _located(value: Json, base: str, draft: int) -> Iterator[tuple[JsonPath, dict[str, Json], str]]:
    stack: list[tuple[JsonPath, Json, str]] = [((), value, base)]
    while stack:
        path, schema, base = stack.pop()
        if isinstance(schema, dict):
            base = _base_of(schema, base, draft) if path else base
            yield path, schema, base
            stack.extend((path + step, child, base) for step, child in possible_children(schema))


def _base_of(schema: dict[str, Json], base: str, draft: int) -> str:
    if draft <= 7 and "$ref" in schema:
        return base
    own = schema.get("id" if draft == 4 else "$id")
    if not isinstance(own, str) or own.startswith("#"):
        return base
    return without_fragment(_joined(base, own))


def _joined(base: str, link: str) -> str:
    """`link` as seen from `base`; what is no link at all is left as it is, and leads nowhere."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _resources(value: Json, base: str, draft: int) -> Iterator[Resource]:
    roots: dict[str, JsonPath] = {}
    anchors: dict[str, set[str]] = {}
    for path, schema, address in _located(value, base, draft):
        roots.setdefault(address, path)
        anchors.setdefault(address, set()).update(_anchors(schema))
    for address, path in roots.items():
        yield Resource(address, path, frozenset(anchors[address]))


def _anchors(schema: dict[str, Json]) -> Iterator[str]:
    for keyword in ("$anchor", "$dynamicAnchor", "$id", "id"):
        name = schema.get(keyword)
        if isinstance(name, str) and ("nchor" in keyword or name.startswith("#")):
            yield name.removeprefix("#")


def _relative(target: str, base: str) -> str:
    """`target` as a link from `base`, or an absolute address where they have no host in common."""
    try:
        to, start = urlsplit(target), urlsplit(base)
    except ValueError:
        return target
    if (to.scheme, to.netloc) != (start.scheme, start.netloc) or not to.path.startswith("/"):
        return target
    return posixpath.relpath(to.path, posixpath.dirname(start.path) or "/")


def _steps(value: Json, fragment: str) -> JsonPath:
    steps: list[str | int] = []
    for raw in fragment.split("/")[1:]:
        step = unquote(raw).replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            steps.append(int(step))
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            steps.append(step)
            value = value[step]
        else:
            break
    return tuple(steps)


def _reaches(value: Json, fragment: str) -> bool:
    return len(_steps(value, fragment)) == fragment.count("/")
