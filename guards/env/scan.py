"""One file in; the variables that it reads, gives and declares out. No value leaves: only what kind of value it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from guards._code.positions import Positions
from guards._code.spans import DocumentError, Format, JsonPath, Part, parse
from guards._code.syntax import embedded, shell
from guards._code.syntax.grammars import UnreadError, UnwrittenError
from guards._code.syntax.meaning import Meaning
from guards._code.syntax.reading import Lines, read
from guards._code.syntax.tree import Where
from guards._code.syntax.values import UNKNOWN, known
from guards._core.model import Fact, Finding, Json, Problem, ProblemKind, Seen, Source, Span
from guards.env import code, documents, facts, settings
from guards.env.code import Dynamic, Found
from guards.env.facts import How, Role
from guards.env.mapping import Slice, concerns, is_idle, role_of
from guards.env.rules import GENERATED
from guards.env.section import Type, Variable


def scan(source: Source[Any]) -> Iterator[Seen]:
    """What one file says, by what it is."""
    role, suffix = role_of(source.path_class)
    wanted: Slice = source.scan_slice
    if is_idle(wanted, source.documents) and role not in {Role.TEMPLATE, Role.DOTENV}:
        return
    try:
        yield from _of_role(source, role, suffix, wanted)
    except UnwrittenError as error:
        message = f"its reads of the environment are not looked at: {error}"
        yield Finding(GENERATED.id, message, span=Span(1, 1, 1, 1), subject="generated", snippet="")
    except UnreadError as error:
        yield Problem(f"its reads of the environment are not known: {error}", ProblemKind.LIMIT)
    except DocumentError as error:
        if role is not Role.CANONICAL:  # that is said by who reads it for all guards
            yield Problem(f"its variables are not known: {error.message}", ProblemKind.DOCUMENT, span=error.span)


def _of_role(source: Source[Any], role: Role, suffix: str, wanted: Slice) -> Iterator[Seen]:
    match role:
        case Role.TEST:
            yield from _of_tests(source.text)
        case Role.PYTHON | Role.SCRIPT:
            if concerns(role, source.hits, source.text):
                language = "python" if role is Role.PYTHON else suffix
                yield from _of_code(source.text, language, wanted, source.key)
        case Role.SHELL:
            yield from _of_shell(source.text, source.text, (), source.key, is_weak=False)
        case Role.MAKEFILE:
            yield from _of_makefile(source.text, source.key)
        case Role.CANONICAL:
            yield from _places(source.data)
        case _:
            yield from _of_document(source, role, _checks(wanted))


def _checks(wanted: Slice) -> dict[str, Variable]:
    """What values have to be, by variable."""
    return {
        name: Variable(type=Type(kind), min=low, max=high, pattern=pattern, one_of=tuple(one_of))
        for name, (kind, low, high, pattern, one_of) in wanted.checks
    }


def _of_document(source: Source[Any], role: Role, checks: Mapping[str, Variable]) -> Iterator[Fact]:
    text, key = source.text, source.key
    match role:
        case Role.DOCKERFILE:
            given = list(documents.dockerfile(text, checks))
            own = {str(fact.data["name"]) for fact in given if isinstance(fact.data, dict)}
            yield from given
            yield from _of_dockerfile(text, sorted(own), key)
        case Role.WORKFLOW:
            yield from documents.workflow(text, checks)
            piece = embedded.workflow(text)
            yield from _of_shell(text, piece.shell, [name for name, _ in piece.variables], key, is_weak=True)
        case Role.COMPOSE:
            yield from documents.compose(text, checks)
        case _:
            yield from documents.dotenv(text, checks, is_template=role is Role.TEMPLATE)
            if role is Role.TEMPLATE and source.data == text:  # what is not UTF-8 is written by nobody but its owner
                yield documents.end(text)


# ---- Code -----------------------------------------------------------------------------------------------------------


def _of_code(text: bytes, language: str, wanted: Slice, key: bytes) -> Iterator[Fact]:
    told = read(text, language)
    lines = Lines(text)
    for one in code.reads(told, wanted.readers()):
        yield _fact(one, _place(one, text, lines), key)
    if language == "python":
        yield from _of_classes(told, lines, key)
    called = _called(told)
    own = {*wanted.loaders, *(one.call for one in wanted.readers())}
    names: list[Json] = [*sorted(one for one in own if any(code.is_called(name, one) for name in called))]
    if names:
        yield Fact(facts.CALLS, {"names": names})


def _called(told: Meaning) -> set[str]:
    own = {one.closure.function.name for one in told.handed}
    return own | {call.name for call in told.calls}


def _of_classes(told: Meaning, lines: Lines, key: bytes) -> Iterator[Fact]:
    for one in settings.classes(told):
        if one.is_settings:
            yield from (_fact(found, lines.span(*found.where), key) for found in one.found)
        else:
            members: list[Json] = [
                {**_data(found, key), "span": list(lines.span(*found.where)), "is_read": not isinstance(found, Dynamic)}
                for found in one.found
            ]
            data: dict[str, Json] = {
                "name": one.name,
                "bases": list(one.bases),
                "prefix": one.prefix,
                "members": members,
            }
            yield Fact(facts.CLASS, data)
        if one.is_settings:
            yield Fact(facts.CLASS, {"name": one.name, "bases": [], "prefix": one.prefix or "", "members": []})


def _fact(one: Found, span: Span, key: bytes) -> Fact:
    return Fact(facts.DYNAMIC if isinstance(one, Dynamic) else facts.READ, _data(one, key), span)


def _data(one: Found, key: bytes) -> dict[str, Json]:
    if isinstance(one, Dynamic):
        return {"prefix": one.prefix}
    found: dict[str, Json] = {"name": one.name, "how": one.how}
    if one.default:
        found["default"] = _digest(one.default, key)
    if one.folded:
        found["folded"] = True
    return found


def _digest(value: str, key: bytes) -> str:
    """Tells whether two defaults are the same, and nothing else."""
    data = value.strip().casefold().encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, key=key[:64], digest_size=12, person=b"env-default").hexdigest()


def _place(one: Found, text: bytes, lines: Lines) -> Span:
    """Where a variable is named: keys of a schema stand somewhere in the call, or above it."""
    where = one.where
    if isinstance(one, Dynamic) or where.line == where.end_line:
        return lines.span(*where)
    rows = text.split(b"\n")
    named = re.compile(rb"(?<![\w.])" + re.escape(one.name.encode()) + rb"(?=\s*[\"']?\s*[:?]|[\"'])")
    for row in (*range(where.line - 1, min(where.end_line, len(rows))), *range(where.line - 1)):
        found = named.search(rows[row])
        if found:
            return lines.span(*Where(row + 1, found.start(), row + 1, found.end()))
    return lines.span(*where)


_NAMED = re.compile(rb"(?:environb?(?:\.\w+)?|getenvb?|env)\s*(?:[\[(]\s*b?[\"']|\.)([A-Za-z_]\w*)")


def _of_tests(text: bytes) -> Iterator[Fact]:
    """What a test seems to read: enough to know what is not unused, and done without a parser."""
    names: list[Json] = [*sorted({found.decode() for found in _NAMED.findall(text)})]
    if names:
        yield Fact(facts.MENTIONED, {"names": names})


# ---- Shell ----------------------------------------------------------------------------------------------------------

_SOURCED = re.compile(rb"^[ \t]*(?:source|\.)[ \t]+(\S+)", re.MULTILINE)
_ENV_FILE = re.compile(rb"(?:^|[/\"'])[\w-]*\.?env(?:\.\w+)?[\"']?$|\.env\b")
_TAKES_IN = re.compile(rb"(?:source|^[ \t]*\.|xargs|export|set -a|--env-file)[^\n]*\.env\b", re.MULTILINE)


def _of_shell(text: bytes, script: bytes, given: Iterable[str], key: bytes, *, is_weak: bool) -> Iterator[Fact]:
    positions = Positions(text)
    told = shell.read(script, dict.fromkeys(given, UNKNOWN)) if given else shell.read(script)
    sourced = [found[1] for found in _SOURCED.finditer(script)]
    unclear = is_weak or any(not _ENV_FILE.search(one) for one in sourced)
    if _TAKES_IN.search(script):
        yield Fact(facts.SOURCES)
    for one in told.reads:
        how = How.DEFAULTED if one.has_default else How.REQUIRED if one.is_required else How.OPTIONAL
        if one.name in told.assigned and how is How.OPTIONAL:
            continue  # a function above the line that sets it
        data: dict[str, Json] = {"name": one.name, "how": how}
        if one.default is not None and known(one.default):
            data["default"] = _digest(known(one.default) or "", key)
        if unclear or not one.name.isupper():
            data["weak"] = True
        yield Fact(facts.READ, data, positions.span(one.start, one.end))


def _of_dockerfile(text: bytes, own: list[str], key: bytes) -> Iterator[Fact]:
    yield from _of_shell(text, embedded.dockerfile(text).shell, own, key, is_weak=True)
    positions = Positions(text)
    for name, start, end in documents.referred(text):
        if name not in own:
            data: dict[str, Json] = {"name": name, "how": How.OPTIONAL, "weak": True}
            yield Fact(facts.READ, data, positions.span(start, end))


_MAKE_OWN = frozenset(
    {"MAKE", "CURDIR", "MAKEFLAGS", "MAKEFILE_LIST", "SHELL", "RM", "AR", "AS", "CC", "CXX", "LD", "MAKECMDGOALS"}
)


def _of_makefile(text: bytes, key: bytes) -> Iterator[Fact]:
    piece = embedded.makefile(text)
    for fact in _of_shell(text, piece.shell, [name for name, _ in piece.variables], key, is_weak=True):
        if not isinstance(fact.data, dict) or fact.data.get("name") not in _MAKE_OWN:
            yield fact


# ---- canonical.yaml -------------------------------------------------------------------------------------------------


def _places(data: bytes) -> Iterator[Fact]:
    """Where its entries stand."""
    document = parse(data, Format.YAML)[0]
    root: Mapping[str, Any] = document.value if isinstance(document.value, dict) else {}
    spans: dict[str, Json] = {}
    paths: list[tuple[JsonPath, Part]] = [(("env", name), Part.KEY) for name in _keys(root.get("env"))]
    how = root.get("env-code")
    if isinstance(how, dict):
        paths += [(("env-code", key), Part.KEY) for key in how]
        paths += [(("env-code", "entry-points", name), Part.KEY) for name in _keys(how.get("entry-points"))]
        listed = how.get("accessors")
        paths += [
            (("env-code", "accessors", at), Part.VALUE) for at in range(len(listed) if isinstance(listed, list) else 0)
        ]
        for profile, globs in how.get("provided", {}).items() if isinstance(how.get("provided"), dict) else ():
            count = len(globs) if isinstance(globs, list) else 0
            paths += [(("env-code", "provided", profile, at), Part.VALUE) for at in range(count)]
    for path, part in paths:
        spans["/".join(map(str, path))] = list(document.span(path, part))
    if spans:
        yield Fact(facts.PLACES, spans)


def _keys(value: Any) -> list[str]:
    return [str(key) for key in value] if isinstance(value, dict) else []
