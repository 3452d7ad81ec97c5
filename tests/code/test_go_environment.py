"""What of the environment is read in Go: by calls, and by tags of structures."""

from __future__ import annotations

import pytest

from guards._code.syntax.go_environment import Tagged, read, tagged
from guards._code.syntax.values import Hole, Text, hole, text


@pytest.mark.parametrize("name", ["os.Getenv", "os.LookupEnv", "syscall.Getenv"])
def test_a_call_gives_its_variable(name: str) -> None:
    assert read(name, (text("API_URL"),), {}) == (Text((Hole("env", "API_URL"),)),)
    assert read(name, (hole(),), {}) == hole()


def test_other_calls_read_nothing() -> None:
    assert read("os.Setenv", (text("API_URL"),), {}) is None


def test_tags_name_variables() -> None:
    source = b"""type Config struct {
	URL   string `json:"u" env:"API_URL,required"`
	Port  int    `env:"PORT" envDefault:"80"`
	Debug bool   `envconfig:"DEBUG" default:"false"`
	Key   string `envconfig:"KEY" required:"true"`
	Not   string `json:"env"`
	None  string `env:"-"`
}
"""
    found = [one._replace(start=0, end=0) for one in tagged(source)]
    assert found == [
        Tagged("API_URL", 0, 0, is_required=True), Tagged("PORT", 0, 0, has_default=True),
        Tagged("DEBUG", 0, 0, has_default=True), Tagged("KEY", 0, 0, is_required=True),
    ]  # fmt: skip
    assert next(source[one.start : one.end] for one in tagged(source)) == b"API_URL"
