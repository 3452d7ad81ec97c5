"""From the published facts about a format (its prefix, alphabet, length and place) to the format.

The parts of a value are strings, which stand for themselves, `Run`s of characters, and `Choice`s. The same parts make
the pattern, the examples and the look-alikes.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import TypeAlias

from msgspec import Struct

from guards.secrets import checksums
from guards.secrets.formats import Format

ANY = 0
"""As the end of a run: it has none. What has hundreds of characters need not be counted to its last one."""


class Run(Struct, frozen=True):
    """`low` to `high` characters of one class; no `high` means exactly `low`."""

    members: str
    low: int
    high: int | None = None

    @property
    def pattern(self) -> str:
        times = f"{self.low}" if self.high is None else f"{self.low},{self.high or ''}"
        return f"[{self.members}]" if times == "1" else f"[{self.members}]{{{times}}}"

    def drawn(self, random: Random, *, fewer: int = 0) -> str:
        some_more = self.low + 12
        high = self.low if self.high is None or fewer else min(self.high or some_more, some_more)
        length = random.randint(self.low, high)
        return "".join(random.choices(characters(self.members), k=length - fewer))


class Choice(Struct, frozen=True):
    """One of several strings."""

    options: tuple[str, ...]

    @property
    def pattern(self) -> str:
        return f"(?:{'|'.join(map(re.escape, self.options))})"

    def drawn(self, random: Random) -> str:
        return random.choice(self.options)


Part: TypeAlias = "str | Run | Choice"


class Alphabet(Struct, frozen=True):
    """The characters of a class of `re`, which can be asked for so many of them."""

    members: str

    def __call__(self, low: int, high: int | None = None) -> Run:
        return Run(self.members, low, high)


HEX = Alphabet("0-9a-f")
UPPER_HEX = Alphabet("0-9A-F")
DIGITS = Alphabet("0-9")
LOWER = Alphabet("a-z")
LOWER_DIGITS = Alphabet("0-9a-z")
UPPER_DIGITS = Alphabet("0-9A-Z")
LETTERS = Alphabet("A-Za-z")
ALNUM = Alphabet("0-9A-Za-z")
WORD = Alphabet("0-9A-Za-z_")
URL_SAFE = Alphabet("0-9A-Za-z_-")
BASE64 = Alphabet("0-9A-Za-z+/")
BASE58 = Alphabet("1-9A-HJ-NP-Za-km-z")
BASE32 = Alphabet("A-Z2-7")
BASE32_LOWER = Alphabet("a-z2-7")
UUID: tuple[Part, ...] = (HEX(8), "-", HEX(4), "-", HEX(4), "-", HEX(4), "-", HEX(12))


def one_of(*options: str) -> Choice:
    return Choice(options)


def characters(members: str) -> str:
    """All characters of a class."""
    spans = re.findall(r"(.)-(.)|(.)", members)
    return "".join(single or "".join(map(chr, range(ord(first), ord(last) + 1))) for first, last, single in spans)


def in_front(extra: str = "") -> str:
    """What stands in front of a value."""
    return f"(?:^|[^0-9A-Za-z_{extra}])"


def behind(extra: str = "") -> str:
    """What stands behind a value."""
    return f"(?:$|[^0-9A-Za-z_{extra}])"


def pattern_of(parts: Sequence[Part]) -> str:
    return "".join(re.escape(part) if isinstance(part, str) else part.pattern for part in parts)


def drawn(parts: Sequence[Part], random: Random) -> str:
    return "".join(part if isinstance(part, str) else part.drawn(random) for part in parts)


def _is_intact(test: Callable[[str], bool] | None, value: str) -> bool:
    """What every drawn value must pass, and then what the format has of its own."""
    return checksums.is_drawn(value) and (test is None or test(value))


# ---- A value that is recognised by itself ----------------------------------------------------------------------------


def prefixed(
    slug: str,
    name: str,
    vendor: str,
    *parts: Part,
    gives: str,
    rotate: str,
    url: str,
    is_intact: Callable[[str], bool] | None = None,
    seal: Callable[[str], str] | None = None,
    shown: int | None = None,
) -> Format:
    """A format whose value has a shape of its own, wherever it stands. `seal` makes the checksum of a value right."""
    sealed = seal or str
    return Format(
        id=slug,
        name=name,
        vendor=vendor,
        pattern=f"{in_front(_dashes(parts))}(?P<secret>{pattern_of(parts)}){behind(_tail(parts))}",
        example=lambda random: sealed(drawn(parts, random)),
        look_alikes=partial(_resembling, parts, sealed),
        is_intact=partial(_is_intact, is_intact),
        is_checked=is_intact is not None,
        gives=gives,
        rotate=rotate,
        url=url,
        shown=_public(parts) if shown is None else shown,
    )


def _dashes(parts: Sequence[Part]) -> str:
    """A dash or tilde that may stand in a value does not stand in front of it: the value would begin earlier.

    Unless a prefix says where it begins: as in a shell's `${TOKEN:-…}`, or behind the name of a GitLab instance.
    """
    if isinstance(parts[0], str):
        return ""
    members = "".join(part.members for part in parts if isinstance(part, Run))
    return "".join(char for char in "~-" if char in members and char in characters(members))


def _tail(parts: Sequence[Part]) -> str:
    """What could have been one more character of the value, so that lengths are exact."""
    last = parts[-1]
    if isinstance(last, Choice):
        firsts = "".join(
            sorted({re.escape(option[0]) for option in last.options if option and not option[0].isalnum()})
        )
        return firsts + _tail(parts[:-1]) if "" in last.options else ""
    members = characters(last.members) if isinstance(last, Run) else ""
    return "".join(re.escape(char) for char in members if char not in string.ascii_letters + string.digits + "_")


def _public(parts: Sequence[Part]) -> int:
    first = parts[0]
    return len(first) if isinstance(first, str) else 0


def _resembling(parts: Sequence[Part], sealed: Callable[[str], str], random: Random) -> tuple[str, ...]:
    value = sealed(drawn(parts, random))
    first = parts[0]
    others = (first.swapcase() + value[len(first) :],) if isinstance(first, str) and first.swapcase() != first else ()
    return (_shorter(parts, random), _broken(parts, random), _longer(parts, value), "x" + value, *others)


def _longest(parts: Sequence[Part]) -> int:
    return max((i for i, part in enumerate(parts) if isinstance(part, Run)), key=lambda i: _run(parts[i]).low)


def _run(part: Part) -> Run:
    assert isinstance(part, Run)  # noqa: S101
    return part


def _shorter(parts: Sequence[Part], random: Random) -> str:
    """Two characters too few in the longest run: one might be made up for by a dash in front."""
    at = _longest(parts)
    return drawn(parts[:at], random) + _run(parts[at]).drawn(random, fewer=2) + drawn(parts[at + 1 :], random)


def _broken(parts: Sequence[Part], random: Random) -> str:
    """A character that is in no alphabet, in the first half of the longest run."""
    at = _longest(parts)
    run = _run(parts[at]).drawn(random)
    half = _run(parts[at]).low // 2
    return drawn(parts[:at], random) + run[:half] + "¤" + run[half + 1 :] + drawn(parts[at + 1 :], random)


def _longer(parts: Sequence[Part], value: str) -> str:
    """More characters than the last run can have; where it can have any number, characters that it has not."""
    last = next((part for part in reversed(parts) if isinstance(part, Run)), None)
    if last is not None and last.high == ANY:
        return f"x{value}"
    return value + "1" * (last.high or 1 if last else 1)


# ---- A value that is recognised by the name which it is assigned to --------------------------------------------------

_BETWEEN = r"""[\]\[ \t"'`)(}>=:,?|&\\]"""
_TYPES = "as|str|string|final|value|default|bearer|basic|token"
_TO = rf"(?::-|{_BETWEEN}{{1,12}}(?:(?i:{_TYPES}){_BETWEEN}{{1,6}}){{0,2}})"
"""From a name to its value: in code, in configuration, in the environment, as an argument or an element."""


def assigned_to(*names: str) -> str:
    """The pattern in front of a value. In a name `_` is a separator or nothing, and `~` anything short."""
    return f"(?:{'|'.join(map(_named, names))})[0-9A-Za-z_]{{0,12}}{_TO}"


def _named(name: str) -> str:
    words = name_pattern(name)
    apart = "(?:^|[^0-9A-Za-z])" if len(re.split("[_~]", name)[0]) <= 3 else ""
    return f"{apart}(?i:{words})"


def name_pattern(name: str) -> str:
    return "".join({"~": "[0-9A-Za-z_. -]{0,20}", "_": "[_. -]?"}.get(char, re.escape(char)) for char in name)


def assigned(
    slug: str,
    name: str,
    vendor: str,
    names: tuple[str, ...],
    *parts: Part,
    gives: str,
    rotate: str,
    url: str,
    is_intact: Callable[[str], bool] | None = None,
    seal: Callable[[str], str] | None = None,
) -> Format:
    """A format whose value only shows its shape beside a name that speaks of the vendor."""
    sealed = seal or str
    return Format(
        id=slug,
        name=name,
        vendor=vendor,
        pattern=f"{assigned_to(*names)}(?P<secret>{pattern_of(parts)}){behind(_tail(parts))}",
        example=lambda random: assignment(random, random.choice(names), sealed(drawn(parts, random))),
        look_alikes=partial(_assigned_otherwise, names, parts, sealed),
        is_intact=partial(_is_intact, is_intact),
        is_checked=is_intact is not None,
        is_named=True,
        gives=gives,
        rotate=rotate,
        url=url,
        shown=_public(parts),
    )


_STYLES = (
    "{upper}={value}",
    'export {upper}="{value}"',
    "{lower}: {value}",
    '"{lower}": "{value}",',
    "{lower} = '{value}'",
    "os.environ['{upper}'] = '{value}'",
    "<{lower}>{value}</{lower}>",
    'getenv("{upper}", "{value}")',
    "const {camel}: string = `{value}`;",
    "'{lower}' => '{value}',",
    '{camel} := "{value}"',
    "ENV {upper} {value}",
    "      - {upper}={value}",
    'connect({lower}="{value}", timeout=3)',
    "{dotted}={value}",
    "tool --{kebab} {value} --verbose",
    'curl -H "X-{kebab}: {value}" https://api.internal',
    "{upper}=${{{upper}:-{value}}}",
    "ENV['{upper}'] ||= '{value}'",
    "{upper} ?= {value}",
    'const {upper}: &str = "{value}";',
    '<property name="{dotted}" value="{value}"/>',
    'add_argument("--{kebab}", default="{value}")',
    'Const {camel} As String = "{value}"',
    "| `{upper}` | `{value}` |",
    "- {{name: {upper}, value: {value}}}",
    'System.setProperty("{dotted}", "{value}");',
    'url = "https://api.internal/?{lower}={value}&page=2"',
)


def assignment(random: Random, name: str, value: str) -> str:
    """A line in which a value gets the name, in one language or another."""
    words = name.replace("~", "_").split("_")
    lower = "_".join(words)
    names = {
        "lower": lower,
        "upper": lower.upper(),
        "camel": words[0] + "".join(map(str.capitalize, words[1:])),
        "kebab": "-".join(words),
        "dotted": ".".join(words),
    }
    return random.choice(_STYLES).format(**names, value=value)


def _assigned_otherwise(
    names: tuple[str, ...], parts: Sequence[Part], sealed: Callable[[str], str], random: Random
) -> tuple[str, ...]:
    value = sealed(drawn(parts, random))
    name = random.choice(names)
    return (
        value,
        assignment(random, "checksum", value),
        assignment(random, name, _shorter(parts, random)),
        assignment(random, name, _broken(parts, random)),
        assignment(random, name, _longer(parts, value)),
    )


# ---- A value that is recognised by the line around it ----------------------------------------------------------------


def in_line(
    slug: str,
    name: str,
    vendor: str,
    pattern: str,
    parts: Sequence[Part],
    lines: tuple[str, ...],
    others: tuple[str, ...],
    *,
    gives: str,
    rotate: str,
    url: str,
    is_intact: Callable[[str], bool] | None = None,
    seal: Callable[[str], str] | None = None,
    path: str = "",
    trigger: str = "",
) -> Format:
    """A format with a pattern of its own. `lines` hold it and `others` do not, with a drawn value in place of `@@`."""
    sealed = seal or str

    def filled(line: str, random: Random) -> str:
        return line.replace("@@", sealed(drawn(parts, random)))

    return Format(
        id=slug,
        name=name,
        vendor=vendor,
        pattern=pattern,
        example=lambda random: filled(random.choice(lines), random),
        look_alikes=lambda random: tuple(filled(line, random) for line in others),
        is_intact=partial(_is_intact, is_intact),
        is_checked=is_intact is not None,
        gives=gives,
        rotate=rotate,
        url=url,
        shown=0,
        trigger=trigger,
        path=path,
    )
