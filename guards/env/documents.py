"""Environment files, compositions, workflows and Dockerfiles: what gets a value in them, and what they read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from guards._code.positions import Positions
from guards._code.reading import Reader, documents
from guards._code.spans import Document, Format, JsonPath, Part
from guards._code.spans.document import RemarkKind
from guards._core.model import Fact, Json, Span
from guards.env import decorators, facts
from guards.env.dialects import disagreement
from guards.env.facts import Holds, How
from guards.env.section import NAME, Type, Variable
from guards.env.values import flaw, is_random, is_stand_in

# ---- Environment files ----------------------------------------------------------------------------------------------

_OPTIONAL_LINE = re.compile(r"^[ \t]*#[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def dotenv(text: bytes, checks: Mapping[str, Variable], *, is_template: bool) -> Iterator[Fact]:
    """The variables of an environment file. DocumentError: it cannot be read."""
    (document,) = documents(text, Reader.DOTENV)
    content = text.decode("utf-8", "replace")
    lines = content.split("\n")
    common = decorators.of_file(content) if is_template else {}
    values = document.value if isinstance(document.value, dict) else {}
    for name, value in values.items():
        span = document.span((name,), Part.KEY)
        said = {**common, **decorators.above(lines, span.line - 1)}
        if said:
            yield Fact(facts.DECLARED, {"name": name, **said}, span)
        wanted = checks.get(name) or variable(said)
        yield Fact(facts.GIVEN, {"name": name, **_held(name, str(value), wanted, is_template=is_template)}, span)
        yield from _hazard(document, name, str(value), span, lines, is_template=is_template)
    for remark in document.remarks:
        if remark.kind is RemarkKind.DUPLICATE_KEY:
            yield Fact(facts.REPEATED, {"name": str(remark.path[-1])}, remark.span)
    if is_template:
        optional = sorted(set(_OPTIONAL_LINE.findall(content)) - set(values))
        if optional:
            yield Fact(facts.MENTIONED, {"names": [*optional]})


def variable(said: Mapping[str, Any]) -> Variable:
    """What comments say, as canonical.yaml would."""
    found = {key: value for key, value in said.items() if key in {"min", "max", "pattern", "secret"}}
    if "type" in said:
        found["type"] = Type(said["type"])
    if "one_of" in said:
        found["one_of"] = tuple(said["one_of"])
    if found.get("type", Type.STRING) in {Type.BOOL, Type.URL, Type.EMAIL, Type.JSON, Type.DATE, Type.HOST}:
        found.pop("min", None)
        found.pop("max", None)
    return Variable(**found)


def _held(name: str, value: str, wanted: Variable, *, is_template: bool) -> dict[str, Json]:
    """What a value is, in a word, and what is wrong with it."""
    if is_stand_in(value, name):
        holds = Holds.NOTHING if not value.strip() else Holds.PASSED if "$" in value else Holds.STAND_IN
    else:
        holds = Holds.RANDOM if is_random(value) else Holds.VALUE
    found: dict[str, Json] = {"holds": holds}
    # `10` is no stand-in where a number is wanted, but in a template whatever stands in for a text is one.
    is_meant = holds in {Holds.VALUE, Holds.RANDOM} or (
        holds is Holds.STAND_IN and (not is_template or value.isdigit())
    )
    wrong = flaw(value, wanted) if is_meant else ""
    if wrong:
        found["flaw"] = wrong
    return found


def _hazard(
    document: Document, name: str, value: str, span: Span, lines: list[str], *, is_template: bool
) -> Iterator[Fact]:
    if is_template and is_stand_in(value, name):
        return
    first, last = span.line - 1, document.span((name,)).end_line - 1
    before, sign, after = "\n".join(lines[first : last + 1]).replace("\r", "").partition("=")
    found = disagreement(re.sub(r"^\s*(?:export\s+)?", "", before), after) if sign else None
    if found is not None:
        groups: list[Json] = [list(group) for group in found.groups]
        data: dict[str, Json] = {"name": name, "groups": groups, "why": found.why}
        yield Fact(facts.HAZARD, data | ({"mild": True} if found.is_mild else {}), span)


def end(text: bytes) -> Fact:
    """How a file ends, for adding lines to it."""
    is_ended = not text or text.endswith(b"\n")
    return Fact(facts.END, {"size": len(text), "newline": is_ended, "crlf": b"\r\n" in text})


# ---- Compositions ---------------------------------------------------------------------------------------------------

_INTERPOLATED = re.compile(
    r"(?<!\$)(?:\$\$)*\$(?:\{([A-Za-z_]\w*)(?:(:?[-?+])((?:[^{}]|\{[^{}]*\})*))?\}|([A-Za-z_]\w*))"
)


def compose(text: bytes, checks: Mapping[str, Variable]) -> Iterator[Fact]:
    """What the services of a composition get, and what it reads itself. DocumentError: it cannot be read."""
    for document in documents(text, Format.YAML):
        for path, value in _leaves(document.value):
            if ("environment" in path[-3:-1] and len(path) > 2) or (len(path) > 1 and path[-2] == "environment"):
                yield from _service_variable(document, path, value, checks)
            if isinstance(value, str) and "$" in value:
                yield from _interpolations(document, path, value)


def _leaves(value: Json) -> Iterator[tuple[JsonPath, Json]]:
    waiting: list[tuple[JsonPath, Json]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, dict):
            waiting += [((*path, key), item) for key, item in reversed(one.items())]
        elif isinstance(one, list):
            waiting += [((*path, number), item) for number, item in reversed(list(enumerate(one)))]
        else:
            yield path, one


def _service_variable(
    document: Document, path: JsonPath, value: Json, checks: Mapping[str, Variable]
) -> Iterator[Fact]:
    if isinstance(path[-1], str):
        name, given, is_there = path[-1], "" if value is None else str(value), value is not None
        span = document.span(path, Part.KEY)
    else:
        name, sign, given = str(value).partition("=")
        is_there, span = bool(sign), document.span(path)
    if not NAME.fullmatch(name):
        return
    if not is_there:
        yield Fact(facts.READ, {"name": name, "how": How.OPTIONAL}, span)
        yield Fact(facts.GIVEN, {"name": name, "holds": Holds.PASSED}, span)
    else:
        yield Fact(facts.GIVEN, {"name": name, **_held_or_passed(name, given, checks)}, span)


def _held_or_passed(name: str, value: str, checks: Mapping[str, Variable]) -> dict[str, Json]:
    if "$" in value:
        return {"holds": Holds.PASSED}
    return _held(name, value, checks.get(name, Variable()), is_template=False)


def _interpolations(document: Document, path: JsonPath, value: str) -> Iterator[Fact]:
    for found in _INTERPOLATED.finditer(value):
        name, sign, instead = found[1] or found[4], found[2] or "", found[3] or ""
        how = How.DEFAULTED if "-" in sign else How.REQUIRED if "?" in sign else How.OPTIONAL
        data: dict[str, Json] = {"name": name, "how": how}
        yield Fact(facts.READ, data, document.span(path))
        if "$" in instead and "?" not in sign:
            yield from _interpolations(document, path, instead)


# ---- Workflows ------------------------------------------------------------------------------------------------------

_STORE = re.compile(r"\b(?:secrets|vars)(?:\.([A-Za-z_]\w*)|\[\s*'([A-Za-z_]\w*)'\s*\])")
_ENV = re.compile(r"\benv(?:\.([A-Za-z_]\w*)|\[\s*'([A-Za-z_]\w*)'\s*\])")
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_EXPORTED = re.compile(r"([A-Za-z_]\w*)(?:=|<<)[^\n]*>>\s*[\"']?\$\{?GITHUB_ENV\b")


def workflow(text: bytes, checks: Mapping[str, Variable]) -> Iterator[Fact]:
    """What a workflow gives to what it runs, and which names of the platform's stores it takes."""
    for document in documents(text, Format.YAML):
        stored: set[str] = set()
        for path, value in _leaves(document.value):
            if len(path) > 1 and path[-2] == "env" and isinstance(path[-1], str) and NAME.fullmatch(path[-1]):
                given = "" if value is None else str(value)
                held = {"holds": Holds.PASSED} if "${{" in given else _held_or_passed(path[-1], given, checks)
                profile = _profile(document.value, path)
                data: dict[str, Json] = {"name": path[-1], **held, **({"profile": profile} if profile else {})}
                yield Fact(facts.GIVEN, data, document.span(path, Part.KEY))
            if isinstance(value, str):
                expressions = _EXPRESSION.findall(value) or ([value] if path[-1:] == ("if",) else [])
                for one in expressions:
                    stored |= {first or second for first, second in (*_STORE.findall(one), *_ENV.findall(one))}
                for name in _EXPORTED.findall(value):
                    yield Fact(facts.GIVEN, {"name": name, "holds": Holds.PASSED}, document.span(path))
        if stored:
            names: list[Json] = [*sorted(stored)]
            yield Fact(facts.MENTIONED, {"names": names})


def _profile(value: Json, path: JsonPath) -> str:
    """The profile that the job of a variable is for, as its `environment` says."""
    jobs = value.get("jobs") if isinstance(value, dict) else None
    job = jobs.get(str(path[1])) if path[0] == "jobs" and isinstance(jobs, dict) and len(path) > 1 else None
    told = job.get("environment") if isinstance(job, dict) else None
    name = told.get("name") if isinstance(told, dict) else told
    found = decorators.profile_of(name) if isinstance(name, str) else None
    return str(found) if found is not None else ""


# ---- Dockerfiles ----------------------------------------------------------------------------------------------------

_ARGUMENT = re.compile(rb"^[ \t]*ARG[ \t]+([^\n]+)", re.MULTILINE | re.IGNORECASE)
_REFERRED = re.compile(rb"\$\{?([A-Za-z_]\w*)")
_INSTRUCTION = re.compile(
    rb"^[ \t]*(?:ADD|COPY|ENV|EXPOSE|FROM|LABEL|STOPSIGNAL|USER|VOLUME|WORKDIR|ONBUILD)[ \t]([^\n]*(?:\\\n[^\n]*)*)",
    re.MULTILINE | re.IGNORECASE,
)


def dockerfile(text: bytes, checks: Mapping[str, Variable]) -> Iterator[Fact]:
    """What an image has in its environment, and the arguments that its build is given."""
    (document,) = documents(text, Reader.DOCKERFILE)
    found = document.value if isinstance(document.value, dict) else {}
    for kind in ("ENV", "ARG"):
        values = found.get(kind)
        for name, value in values.items() if isinstance(values, dict) else ():
            given = str(value[-1]) if isinstance(value, list) and value else str(value)
            if NAME.fullmatch(name):
                data = {"name": name, **_held_or_passed(name, given, checks)}
                yield Fact(facts.GIVEN, data, document.span((kind, name), Part.KEY))
    positions = Positions(text)
    for name, start, end in arguments(text):
        yield Fact(facts.GIVEN, {"name": name, "holds": Holds.PASSED}, positions.span(start, end))


def arguments(text: bytes) -> Iterator[tuple[str, int, int]]:
    """The arguments without a default, which whoever builds has to give."""
    for found in _ARGUMENT.finditer(text):
        for word in re.finditer(rb"(?<!\S)([A-Za-z_]\w*)(?!\S)", found[1]):
            yield word[1].decode(), found.start(1) + word.start(1), found.start(1) + word.end(1)


def referred(text: bytes) -> Iterator[tuple[str, int, int]]:
    """What instructions put in that are given to no shell."""
    for found in _INSTRUCTION.finditer(text):
        for one in _REFERRED.finditer(found[1]):
            if found[1][: one.start()].endswith(b"\\"):
                continue
            yield one[1].decode(), found.start(1) + one.start(), found.start(1) + one.end()
