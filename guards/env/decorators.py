"""What comments above the lines of a template say of variables: `# @required @type=number(min=1) @stages=prod`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guards._core.model import Json
from guards.env.section import Profile, Type

_DECORATOR = re.compile(r"@([A-Za-z]+)(?:=((?:[^\s(\"']+)?(?:\([^)]*\))?|\"[^\"]*\"|'[^']*'))?")
_COMMENT = re.compile(r"[ \t]*#[ \t]*(@.*)")
_ARGUMENTS = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)
_TYPES = {
    "string": Type.STRING, "number": Type.FLOAT, "float": Type.FLOAT, "int": Type.INT, "integer": Type.INT,
    "bool": Type.BOOL, "boolean": Type.BOOL, "url": Type.URL, "port": Type.PORT, "email": Type.EMAIL, "json": Type.JSON,
    "host": Type.HOST, "date": Type.DATE,
}  # fmt: skip
_PROFILES = {
    "dev": Profile.DEV, "development": Profile.DEV, "local": Profile.DEV,
    "stage": Profile.STAGE, "staging": Profile.STAGE,
    "prod": Profile.PROD, "production": Profile.PROD, "live": Profile.PROD,
}  # fmt: skip


def profile_of(word: str) -> Profile | None:
    """The profile that a word stands for."""
    return _PROFILES.get(word.strip().lower())


def of_file(content: str) -> dict[str, Json]:
    """What is said of all variables of a file: `@defaultRequired`, `@defaultSensitive`."""
    found: dict[str, Json] = {}
    for line in content.split("\n"):
        for name, value in _in(line):
            if name == "defaultrequired":
                found["required"] = value != "false"
            elif name == "defaultsensitive":
                found["secret"] = value != "false"
    return found


def above(lines: list[str], number: int) -> dict[str, Json]:
    """What the comments right above a line say of its variable. Lines are counted from 0."""
    found: dict[str, Json] = {}
    while number > 0 and lines[number - 1].lstrip().startswith("#"):
        number -= 1
        for name, value in _in(lines[number]):
            found = {**_meaning(name, value), **found}
    return found


def _in(line: str) -> Iterator[tuple[str, str]]:
    comment = _COMMENT.match(line)
    for found in _DECORATOR.finditer(comment[1]) if comment else ():
        yield found[1].lower(), (found[2] or "").strip("\"'")


def _meaning(name: str, value: str) -> dict[str, Json]:
    is_said = value.lower() != "false"
    match name:
        case "required":
            call = _ARGUMENTS.fullmatch(value)
            return {"required": _stages(call[2]) if call and call[2] is not None else is_said}
        case "optional":
            return {"required": not is_said}
        case "stages" | "requiredin":
            return {"required": _stages(value)}
        case "sensitive" | "secret":
            return {"secret": is_said}
        case "public":
            return {"secret": not is_said}
        case "type":
            return _type(value)
        case "min" | "max":
            return _number(name, value)
        case "pattern":
            return {"pattern": value} if _is_pattern(value) else {}
    return {}


def _stages(words: str) -> Json:
    found = [profile_of(word) for word in words.split(",")]
    return [str(one) for one in found if one is not None]


def _type(value: str) -> dict[str, Json]:
    call = _ARGUMENTS.fullmatch(value)
    if call is None:
        return {}
    arguments = [one.strip() for one in (call[2] or "").split(",") if one.strip()]
    if call[1] == "enum":
        return {"one_of": [one.strip("\"'") for one in arguments]}
    found: dict[str, Json] = {"type": str(_TYPES[call[1]])} if call[1] in _TYPES else {}
    for one in arguments if found else ():
        key, _, bound = one.partition("=")
        if key.strip() in {"min", "max"}:
            found |= _number(key.strip(), bound.strip())
    return found


def _number(name: str, value: str) -> dict[str, Json]:
    return {name: float(value)} if re.fullmatch(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?", value) else {}


def _is_pattern(value: str) -> bool:
    try:
        re.compile(value)
    except re.error:
        return False
    return bool(value)
