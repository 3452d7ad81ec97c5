"""What `env:` and `env-code:` of canonical.yaml may say, and what of that makes no sense."""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from guards._core.globs import matcher
from guards._core.options import KeyPath, OptionError, RefusedError, option, required

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CALL = re.compile(r"[^\s()]+")


class Profile(enum.StrEnum):
    """Which deployment."""

    DEV = "dev"
    STAGE = "stage"
    PROD = "prod"


class Type(enum.StrEnum):
    """What the text of a variable has to be."""

    STRING = "string"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    URL = "url"
    HOST = "host"
    PORT = "port"
    EMAIL = "email"
    JSON = "json"
    DATE = "date"


NUMBERS = frozenset({Type.INT, Type.FLOAT, Type.PORT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What is true of one variable of the environment."""

    required: bool | tuple[Profile, ...] = option((), "The profiles that cannot do without it; `true`: all of them.")
    secret: bool = option(False, "Its value must stand in no file that is tracked.")
    type: Type = option(Type.STRING, "What its text has to be.")
    min: float | None = option(None, "The least number that it may be; of a text, the fewest characters.")
    max: float | None = option(None, "The greatest number that it may be; of a text, the most characters.")
    pattern: str = option("", "A pattern that all of its text has to match.")
    one_of: tuple[str, ...] = option((), "The texts that it may be.")
    any_of: tuple[str, ...] = option((), "Other variables of which one may stand in for it.")
    used_by: str = option("", "Who reads it where no code of this repository does: a library, a platform.")
    client: bool = option(False, "It may get into what browsers are sent.")
    rotated: datetime.date | None = option(None, "The day on which its value was last replaced.")
    rotate_every: int = option(0, "In how many days it has to be replaced.", minimum=0)
    doc: str = option("", "What it is for; not compared with anything.")

    def __post_init__(self) -> None:
        errors = list(_flawed(self))
        if errors:
            raise RefusedError(errors)

    def is_required(self, profile: Profile) -> bool:
        """Whether a profile cannot do without it."""
        return profile in self.required if isinstance(self.required, tuple) else self.required


@dataclass(frozen=True, slots=True, kw_only=True)
class Accessor:
    """A function of yours that reads the variable that an argument names."""

    call: str = required("Its name: `app.settings.env`, `getEnv`.")
    argument: int = option(0, "Which argument names the variable, from 0.", minimum=0)
    prefix: str = option("", "What it puts before that name.")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    """A file that is started."""

    at: str = required("Its path, or a glob.")
    requires: tuple[str, ...] = option((), "Variables that it cannot do without, in every profile.")
    loader: str = option("", "The function that it calls to load its environment, in place of the common one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """How code gets at its environment."""

    accessors: tuple[str | Accessor, ...] = option((), "Functions of yours that read a variable.")
    loader: str = option("", "The function that every entry point calls to load its environment.")
    entry_points: Mapping[str, EntryPoint] = option({}, "What is started, by a name of yours.")
    provided: Mapping[str, tuple[str, ...]] = option(
        {}, "Globs of the files that give a profile its variables, where their names do not say so."
    )

    def __post_init__(self) -> None:
        errors = [OptionError(("provided", one), f"is no profile: {', '.join(Profile)}", at_key=True)
                  for one in self.provided if one not in list(Profile)]  # fmt: skip
        for number, accessor in enumerate(self.accessors):
            call = accessor if isinstance(accessor, str) else accessor.call
            if not _CALL.fullmatch(call):
                errors.append(OptionError(("accessors", number), "is no name of a function"))
        globs: list[tuple[KeyPath, str]] = [
            (("entry-points", name, "at"), entry.at) for name, entry in self.entry_points.items()
        ]
        globs += [(("provided", one, number), glob)
                  for one, listed in self.provided.items() for number, glob in enumerate(listed)]  # fmt: skip
        for path, glob in globs:
            try:
                matcher([glob])
            except ValueError as error:
                errors.append(OptionError(path, str(error)))
        if errors:
            raise RefusedError(errors)

    @property
    def readers(self) -> tuple[Accessor, ...]:
        """The accessors, all written out."""
        return tuple(Accessor(call=one) if isinstance(one, str) else one for one in self.accessors)

    def loader_of(self, entry: EntryPoint) -> str:
        """The function that an entry point has to call; empty: none."""
        return entry.loader or self.loader


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Both keys."""

    env: Mapping[str, Variable] = option({}, "The variables of the environment, by name.")
    env_code: Code | None = option(None, "How code gets at them.", key="env-code")

    def __post_init__(self) -> None:
        errors = list(_flawed_names(self))
        if errors:
            raise RefusedError(errors)

    @property
    def code(self) -> Code:
        """How code gets at them, whether that is said or not."""
        return self.env_code or Code()


def _flawed(one: Variable) -> Iterator[OptionError]:
    if one.min is not None and one.max is not None and one.min > one.max:
        yield OptionError(("max",), "is less than `min`")
    for key, bound in (("min", one.min), ("max", one.max)):
        if bound is not None and one.type not in NUMBERS and one.type is not Type.STRING:
            yield OptionError((key,), f"means nothing for the type {one.type}")
    if one.pattern:
        try:
            re.compile(one.pattern)
        except re.error:
            yield OptionError(("pattern",), "is no pattern")
    if one.rotate_every and one.rotated is None:
        yield OptionError(("rotate-every",), "say as well when that was done last: `rotated: 2027-01-31`")
    if one.rotated is not None and not one.rotate_every:
        yield OptionError(("rotated",), "say as well how often: `rotate-every: 90`")


def _flawed_names(section: Section) -> Iterator[OptionError]:
    for name, variable in section.env.items():
        if not NAME.fullmatch(name):
            yield OptionError(("env", name), "is no name of a variable", at_key=True)
        for number, other in enumerate(variable.any_of):
            if other not in section.env:
                yield OptionError(("env", name, "any-of", number), "is not declared in `env`")
            elif other == name:
                yield OptionError(("env", name, "any-of", number), "is the variable itself")
    for entry, point in section.code.entry_points.items():
        for number, name in enumerate(point.requires):
            if name not in section.env:
                yield OptionError(("env-code", "entry-points", entry, "requires", number), "is not declared in `env`")
