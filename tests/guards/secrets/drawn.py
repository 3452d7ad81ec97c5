"""Values for tests, drawn so that none stands in a source, and a look at one file with the default mode."""

from __future__ import annotations

import functools
import string
from random import Random
from typing import Any

from guards._core.transcode import to_utf8
from guards._core.triggers import Engine, engine_for
from guards.secrets import default, places
from guards.secrets.default import Found, Text, look
from guards.secrets.tags import Tag
from guards.testing import run_guard

ALPHANUMERIC = string.ascii_letters + string.digits


def token(seed: int = 0, size: int = 40) -> str:
    """A random value of no known format."""
    random = Random(f"token {seed} {size}")
    while True:
        value = "".join(random.choices(ALPHANUMERIC, k=size))
        if sum(map(str.isdigit, value)) >= 3:
            return value


def password(seed: int = 0) -> str:
    """What a person might choose who was told to take all kinds of characters."""
    random = Random(f"password {seed}")
    syllables = [random.choice("bdfgklmnprst") + random.choice("aeiou") for _ in range(3)]
    return "".join(syllables).capitalize() + random.choice("!#@&") + str(random.randrange(10, 99)) + "k"


def aws_key_id(seed: int = 0) -> str:
    """The id of a key at AWS."""
    return "AK" + "IA" + "".join(Random(f"aws {seed}").choices(string.ascii_uppercase + "234567", k=16))


def slack_token(seed: int = 0) -> str:
    """A token of a bot at Slack."""
    random = Random(f"slack {seed}")
    digits = ["".join(random.choices("123456789", k=12)) for _ in range(2)]
    return "-".join(["xo" + "xb", *digits, "".join(random.choices(ALPHANUMERIC, k=24))])


@functools.cache
def engine() -> Engine:
    """The triggers of the default mode."""
    return engine_for(default.TRIGGERS, None)


def looked(text: str | bytes, path: str = "app.py") -> tuple[list[Found], list[Tag]]:
    """What the default mode sees in a file."""
    data = text.encode() if isinstance(text, str) else text
    transcoded = to_utf8(data)
    data = transcoded.data if transcoded else data
    path_class = places.classify(path)
    assert isinstance(path_class, str)
    return look(Text(data, engine().lines(data), places.read(path_class), engine().lines, binary=b"\0" in data[:8192]))


def rules_in(text: str | bytes, path: str = "app.py") -> list[str]:
    """The rules that the default mode reports for a file, without the guard's name."""
    return [found.accepted.rule.partition("/")[2] for found in looked(text, path)[0]]


def reported(tree: dict[str, Any], **options: Any) -> list[tuple[str, str, int]]:
    """What a run of the guard reports: rule, path and line."""
    from guards.secrets import GUARD

    report = run_guard(GUARD, tree, options=options)
    assert not report.problems, report.problems
    return [(one.rule.partition("/")[2], one.path, one.span.line if one.span else 0) for one in report.findings]
