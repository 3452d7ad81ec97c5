"""How strict guard is: the command line over `GUARD_*` over `[tool.guard]` or guard.toml over the defaults.

All errors are gathered and shown together with their positions, before any guard runs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import functools
import hashlib
import tomllib
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct, field

from guards._core.errors import GuardError
from guards._core.model import Guard, Level, Place, Span
from guards._core.options import KeyPath, OptionError, key_of, nearest, option, parse
from guards._core.waivers import Placed, Terms

FILES = ("guard.toml", "pyproject.toml")


class RuleLevel(enum.StrEnum):
    """A level that Config gives a rule; `off` takes the rule out."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    OFF = "off"


class Profile(enum.StrEnum):
    """Where the repository's code is about to run."""

    DEV = "dev"
    STAGE = "stage"
    PROD = "prod"


@dataclass(frozen=True, slots=True)
class Settings:
    """What applies to the run as a whole. Every field is a key of the file, a `GUARD_*` variable, and mostly a flag."""

    enable: tuple[str, ...] = option((), "Guards to run beside those that are on by default, by id.")
    skip: tuple[str, ...] = option((), "Guards to leave out, by id.")
    exclude: tuple[str, ...] = option((), "Globs of paths that no guard looks at; `**` crosses folders.")
    fail_level: Level = option(Level.ERROR, "The lowest level of a new finding that fails the run.")
    levels: Mapping[str, RuleLevel] = option(
        {}, "Levels by rule id (`guard/rule`), or `off`. By `guard/*`: none of the guard's findings is worse."
    )
    profile: Profile = option(Profile.DEV, "Which deployment the run stands for.")
    strict: bool = option(False, "Having nothing to check is an error.")
    offline: bool = option(False, "Guards that would use the network do not run.")
    jobs: int = option(0, "Worker processes; 0 means as many as there are processors.", minimum=0)
    timeout: float = option(30.0, "Seconds that a guard may spend on one file, or on judging.", minimum=0.1)
    max_file_size: int = option(
        16 << 20, "Bytes; a larger file is only looked at by guards that read it as a stream.", minimum=1
    )
    waivers: tuple[Terms, ...] = option((), "Findings that are accepted, why, by whom, and until when.", key="waiver")


COMMON_KEYS: Mapping[str, str] = {"exclude": "Globs of paths that this guard does not look at."}
"""Keys that every guard's table may hold beside its own options."""


class Config(Struct, frozen=True):
    """The settings of a run and the options of each guard in it."""

    settings: Settings = field(default_factory=Settings)
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Guard id to its raw table."""
    path: str = ""
    """The file that it came from; empty where there is none."""
    digest: str = ""
    locate: Callable[[OptionError], Span | None] = lambda error: None
    """Where an error is in the file, where the file has it."""

    def options(self, guard: Guard[Any]) -> tuple[Any, tuple[str, ...]]:
        """The options of a guard and the globs it does not look at; ConfigError where its table is wrong."""
        table = dict(self.tables.get(guard.id, {}))
        errors: list[OptionError] = []
        exclude, found = parse(tuple[str, ...], table.pop("exclude", []), at=(guard.id, "exclude"))
        errors += found
        value, found = parse(guard.options, table, at=(guard.id,))
        errors += found
        if errors:
            raise ConfigError([self.path_of(error) for error in errors])
        return value, exclude or ()

    def path_of(self, error: OptionError) -> str:
        """An error as a line for people: place, key, what is wrong."""
        where = ".".join(map(str, error.path))
        span = self.locate(error) if where else None
        at = f"{self.path}:{span.line}:{span.column}" if span else self.path
        return f"{at}: {where}: {error.message}" if where else f"{at}: {error.message}"

    def waivers(self) -> tuple[Placed, ...]:
        """The waivers of the settings, each with its place."""
        found = enumerate(self.settings.waivers)
        return tuple(Placed(terms, Place(self.path, self.locate(_of_waiver(number)))) for number, terms in found)


def _of_waiver(number: int) -> OptionError:
    return OptionError(("waiver", number, "reason"), "", at_key=True)


class ConfigError(GuardError):
    """Everything that is wrong with the settings, a line each."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def load(
    files: Mapping[str, bytes],
    *,
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    known_guards: Callable[[Iterable[str]], Iterable[str]],
) -> Config:
    """Settings from the given files (path to content), environment and flags.

    `files` holds those of `FILES` that exist in the view, or the one file that `--config` names. `known_guards`
    tells the ids of guards, given those that the file enables; it is costly, and asked only where there are tables.
    """
    path, table, locate = _read(files)
    tables = {key: value for key, value in table.items() if isinstance(value, dict) and key != "levels"}
    plain = {key: value for key, value in table.items() if key not in tables}
    enabled = plain.get("enable")
    named = [one for one in enabled if isinstance(one, str)] if isinstance(enabled, list) else []
    known = tuple(known_guards(named)) if tables else ()
    errors = [
        OptionError((key,), f"unknown table {key!r}{nearest(key, known)}", at_key=True)
        for key in tables
        if key not in known
    ]
    config = Config(path=path, locate=locate)
    _, found = parse(Settings, plain)
    lines = [config.path_of(error) for error in errors + found]
    layers = [plain]
    for source, layer in (("environment", _from_environment(environ)), ("command line", dict(flags))):
        _, found = parse(Settings, layer)
        lines += [f"{source}: {'.'.join(map(str, error.path))}: {error.message}" for error in found]
        layers.append(layer)
    if lines:
        raise ConfigError(lines)
    settings, _ = parse(Settings, {key: value for layer in layers for key, value in layer.items()})
    deciding = dataclasses.replace(settings or Settings(), jobs=0)  # how many work on it decides nothing
    digest = hashlib.blake2b(repr((deciding, sorted(tables.items()))).encode("utf-8", "replace"), digest_size=16)
    return Config(settings or Settings(), tables, path, digest.hexdigest(), locate)


def path_among(files: Mapping[str, bytes]) -> str:
    """Which of these files holds the settings; empty where none does. A pyproject.toml may be about other things."""
    return _read(files)[0]


def own_table(data: bytes) -> object:
    """What a pyproject.toml says to guard; None where it says nothing, all of it where it cannot be read."""
    try:
        tool = _toml("pyproject.toml", data).get("tool")
    except ConfigError:
        return data
    return tool.get("guard") if isinstance(tool, dict) else None


def _read(files: Mapping[str, bytes]) -> tuple[str, dict[str, Any], Callable[[OptionError], Span | None]]:
    found: list[tuple[str, dict[str, Any], KeyPath]] = []
    for path, data in files.items():
        table = _toml(path, data)
        if path.rpartition("/")[2] != "pyproject.toml":
            found.append((path, table, ()))
        elif isinstance(table.get("tool"), dict) and "guard" in table["tool"]:
            found.append((path, table["tool"]["guard"], ("tool", "guard")))
    if len(found) > 1:
        both = " and ".join(path for path, _, _ in found)
        raise ConfigError([f"two files hold guard's settings: {both}; keep one of them"])
    if not found:
        return "", {}, lambda error: None
    path, table, prefix = found[0]
    if not isinstance(table, dict):
        raise ConfigError([f"{path}: tool.guard: expected a table"])
    return path, table, _locator(files[path], prefix)


_MOST_DOTS = 100
"""In one line: `tomllib` needs time and memory quadratic in the parts of a dotted key."""


def _toml(path: str, data: bytes) -> dict[str, Any]:
    if all(line.count(b".") <= _MOST_DOTS for line in data.splitlines()):
        with contextlib.suppress(ValueError, RecursionError):
            return tomllib.loads(data.decode("utf-8-sig"))
    # Slower, with limits, and with the place of what is wrong.
    from guards._code.spans import DocumentError, Format, parse as parse_document

    try:
        (document,) = parse_document(data, Format.TOML)
    except DocumentError as error:
        raise ConfigError([f"{path}:{error.span.line}:{error.span.column}: {error.message}"]) from error
    return typing.cast("dict[str, Any]", document.value)


def _locator(data: bytes, prefix: KeyPath) -> Callable[[OptionError], Span | None]:
    @functools.cache
    def document() -> Any:
        from guards._code.spans import Format, parse as parse_document

        return parse_document(data, Format.TOML)[0]

    def locate(error: OptionError) -> Span | None:
        from guards._code.spans import Part

        span: Span = document().span((*prefix, *error.path), Part.KEY if error.at_key else Part.VALUE)
        return span

    return locate


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """`GUARD_FAIL_LEVEL=warning` and the like. A text that does not fit is passed on, for the parser to refuse."""
    hints = typing.get_type_hints(Settings)
    layer: dict[str, Any] = {}
    for item in dataclasses.fields(Settings):
        text = environ.get(f"GUARD_{item.name.upper()}", "")
        if text and item.name not in {"levels", "waivers"}:
            layer[key_of(item)] = _from_text(hints[item.name], text)
    return layer


_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _from_text(kind: Any, text: str) -> Any:
    if typing.get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is bool:
        return _WORDS.get(text.lower(), text)
    if kind in {int, float}:
        try:
            return kind(text)
        except ValueError:
            return text
    return text
