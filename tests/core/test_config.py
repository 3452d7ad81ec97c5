"""Where settings come from, which of them count, and that everything wrong with them is said at once, in its place."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guards._core import config as config_
from guards._core.config import Config, ConfigError, Profile, RuleLevel, Settings
from guards._core.model import Guard, Level, Rule
from guards._core.options import option

KNOWN = ("secrets", "schema", "acme.own")


def load(
    files: Mapping[str, str | bytes] | None = None,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Config:
    data = {path: text if isinstance(text, bytes) else text.encode() for path, text in (files or {}).items()}
    return config_.load(data, flags=flags or {}, environ=environ or {}, known_guards=lambda enabled: KNOWN)


def refused(
    files: Mapping[str, str | bytes] | None = None,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(files, flags, environ)
    assert caught.value.code == 2
    return caught.value.lines


def test_without_anything_there_are_the_defaults() -> None:
    config = load()
    assert config.settings == Settings()
    assert (config.path, config.tables) == ("", {})


FILE = 'fail-level = "warning"\njobs = 3\nskip = ["schema"]\n[levels]\n"secrets/x" = "off"\n[schema]\nformats = true\n'
IN_PYPROJECT = FILE.replace("[levels]", "[tool.guard.levels]").replace("[schema]", "[tool.guard.schema]")


@pytest.mark.parametrize(
    "files",
    [
        {"guard.toml": FILE},
        {"pyproject.toml": "[tool.guard]\n" + IN_PYPROJECT},
        {"guard.toml": b"\xef\xbb\xbf" + FILE.encode()},
    ],
    ids=["guard.toml", "pyproject", "byte-order mark"],
)
def test_both_files_say_the_same(files: Mapping[str, str | bytes]) -> None:
    config = load({"pyproject.toml": '[project]\nname = "x"\n'} | dict(files))
    assert config.settings.fail_level is Level.WARNING
    assert config.settings.jobs == 3
    assert config.settings.levels == {"secrets/x": RuleLevel.OFF}
    assert config.tables == {"schema": {"formats": True}}
    assert config.path == next(iter(files))


def test_flags_win_over_the_environment_over_the_file_over_defaults() -> None:
    files = {"guard.toml": 'profile = "stage"\nfail-level = "note"\njobs = 1\n'}
    environ = {"GUARD_PROFILE": "prod", "GUARD_JOBS": "2"}
    settings = load(files, {"jobs": 4}, environ).settings
    assert (settings.fail_level, settings.profile, settings.jobs) == (Level.NOTE, Profile.PROD, 4)
    assert settings.timeout == Settings().timeout


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("GUARD_FAIL_LEVEL", "note", "fail_level", Level.NOTE),
        ("GUARD_STRICT", "1", "strict", True), ("GUARD_STRICT", "Yes", "strict", True),
        ("GUARD_STRICT", "off", "strict", False), ("GUARD_STRICT", "", "strict", False),
        ("GUARD_SKIP", " schema , ,secrets", "skip", ("schema", "secrets")),
        ("GUARD_JOBS", "7", "jobs", 7), ("GUARD_TIMEOUT", "2.5", "timeout", 2.5),
        ("GUARD_TIMEOUT", "2", "timeout", 2.0),
        ("GUARD_MAX_FILE_SIZE", "1000", "max_file_size", 1000),
        ("GUARD_LEVELS", "anything", "levels", {}), ("OTHER_JOBS", "7", "jobs", 0),
    ],
)  # fmt: skip
def test_each_variable_has_its_type(name: str, text: str, field: str, value: object) -> None:
    assert getattr(load(environ={name: text}).settings, field) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GUARD_FAIL_LEVEL", "eror"), ("GUARD_STRICT", "maybe"), ("GUARD_JOBS", "many"), ("GUARD_JOBS", "-1"),
        ("GUARD_JOBS", "1.5"), ("GUARD_TIMEOUT", "nan"), ("GUARD_TIMEOUT", "inf"), ("GUARD_TIMEOUT", "0"),
        ("GUARD_JOBS", "9" * 5000), ("GUARD_PROFILE", "production"),
    ],
)  # fmt: skip
def test_a_variable_that_does_not_fit_is_an_error(name: str, text: str) -> None:
    (line,) = refused(environ={name: text})
    assert line.startswith("environment: ")


def test_two_files_are_an_error_and_a_pyproject_of_others_is_none() -> None:
    (line,) = refused({"guard.toml": "", "pyproject.toml": "[tool.guard]\n"})
    assert line == "two files hold guard's settings: guard.toml and pyproject.toml; keep one of them"
    assert load({"guard.toml": "", "pyproject.toml": "[tool.other]\n"}).path == "guard.toml"
    assert load({"pyproject.toml": "tool = 5\n"}).path == ""


def test_everything_that_is_wrong_is_said_at_once_in_its_place() -> None:
    text = 'jobs = "3"\nfial-level = "note"\nstrict = 1\ntimeout = nan\nexclude = ["a", 7]\n[shcema]\nx = 1\n'
    text += '[levels]\n"a/b" = "of"\n'
    lines = refused({"guard.toml": text}, {"profile": "moon"}, {"GUARD_JOBS": "x"})
    assert lines == (
        "guard.toml:6:2: shcema: unknown table 'shcema' (did you mean 'schema'?)",
        "guard.toml:1:8: jobs: expected a whole number, not a text",
        "guard.toml:2:1: fial-level: unknown key 'fial-level' (did you mean 'fail-level'?)",
        "guard.toml:3:10: strict: expected true or false, not a number",
        "guard.toml:4:11: timeout: expected a finite number",
        "guard.toml:5:17: exclude.1: expected a text, not a number",
        "guard.toml:9:9: levels.a/b: expected one of 'error', 'warning', 'note', 'off', not 'of' (did you mean 'off'?)",
        "environment: jobs: expected a whole number, not a text",
        "command line: profile: expected one of 'dev', 'stage', 'prod', not 'moon'",
    )


def test_places_in_pyproject_are_those_of_the_file() -> None:
    lines = refused({"pyproject.toml": "[project]\n\n[tool.guard]\njobs = true\n[tool.guard.nope]\n"})
    assert lines == (
        "pyproject.toml:5:13: nope: unknown table 'nope' (known: secrets, schema, acme.own)",
        "pyproject.toml:4:8: jobs: expected a whole number, not true",
    )


@pytest.mark.parametrize("text", ["[tool]\nguard = 5\n", "[[tool.guard]]\njobs = 1\n"])
def test_a_guard_key_that_is_no_table_is_an_error(text: str) -> None:
    assert refused({"pyproject.toml": text}) == ("pyproject.toml: tool.guard: expected a table",)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"jobs = \n", "1:8"), (b"a = 1\na = 2\n", "2:"), (b"x = 'a\n", "2:1"), (b"[a\n", "1:3"),
        (b"a = 1\r\n\xff\n", "2:1"),
        (b"x = " + b"[" * 5000, "1:"), (b"x = " + b"9" * 5000 + b"\n", "1:5"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_parse_is_an_error_with_its_place(data: bytes, place: str) -> None:
    (line,) = refused({"guard.toml": data})
    assert line.startswith(f"guard.toml:{place}"), line


def test_a_bomb_of_dotted_keys_is_refused_quickly() -> None:
    started = time.monotonic()
    (line,) = refused({"pyproject.toml": b"[project]\n" + b"a." * 50_000 + b"a = 1\n"})
    assert line.startswith("pyproject.toml:2:")
    assert time.monotonic() - started < 5


def test_a_line_with_many_dots_that_is_no_key_is_fine() -> None:
    assert load({"guard.toml": "skip = ['" + "." * 1000 + "']\njobs = 2\n"}).settings.jobs == 2


def test_the_table_of_known_guards_is_asked_for_only_when_needed() -> None:
    def never(enabled: Iterable[str]) -> tuple[str, ...]:
        raise AssertionError(f"asked about {enabled}")

    config_.load({"guard.toml": b"jobs = 1\n[levels]\n"}, flags={}, environ={}, known_guards=never)


@dataclass(frozen=True)
class Options:
    depth: int = option(1, "How deep.", minimum=1)


GUARD = Guard(id="schema", summary="S.", rules=(Rule("schema/x", "X."),), options=Options)


def test_a_guards_table_gives_its_options_and_what_it_does_not_look_at() -> None:
    config = load({"guard.toml": '[schema]\ndepth = 4\nexclude = ["vendor"]\n'})
    assert config.options(GUARD) == (Options(4), ("vendor",))
    assert load().options(GUARD) == (Options(), ())


def test_errors_in_a_guards_table_have_their_places() -> None:
    config = load({"guard.toml": '[schema]\ndepth = 0\ndpeth = 1\nexclude = "vendor"\n'})
    with pytest.raises(ConfigError) as caught:
        config.options(GUARD)
    assert caught.value.lines == (
        "guard.toml:4:11: schema.exclude: expected a list, not a text",
        "guard.toml:2:9: schema.depth: must be at least 1",
        "guard.toml:3:1: schema.dpeth: unknown key 'dpeth' (did you mean 'depth'?)",
    )


def test_the_digest_follows_the_settings_and_not_their_spelling() -> None:
    one = load({"guard.toml": "jobs = 2 # comment\n[schema]\n[secrets]\n"})
    same = load({"pyproject.toml": "[tool.guard.secrets]\n[tool.guard.schema]\n[tool.guard]\njobs = 2\n"})
    assert one.digest == same.digest
    assert one.digest == load({"guard.toml": "[schema]\n[secrets]\n"}, {"jobs": 2}).digest
    others = [
        load(),
        load({"guard.toml": "timeout = 3\n"}),
        load({"guard.toml": "jobs = 2\n[schema]\nx = 1\n[secrets]\n"}),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 4


@given(st.binary(max_size=200) | st.text("[]{}=\"'.,\n#a1 -_", max_size=200).map(str.encode))
def test_any_bytes_are_settings_or_a_config_error(data: bytes) -> None:
    try:
        config: Config | ConfigError = load({"guard.toml": data})
    except ConfigError as error:
        config = error
    assert config.lines if isinstance(config, ConfigError) else isinstance(config.settings, Settings)
