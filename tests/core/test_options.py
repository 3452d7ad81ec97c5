"""One description of settings: what the parser takes is what the schema allows, and every error has its place."""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given, strategies as st

from guards._core.config import Settings
from guards._core.options import OptionError, json_schema, key_of, nearest, option, parse, required


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Size(enum.Enum):
    ONE = 1
    TWO = 2


@dataclass(frozen=True, slots=True)
class Inner:
    name: str = required("A name.")
    weight: float = option(1.0, "How heavy.", minimum=0.5)


@dataclass(frozen=True, slots=True)
class Outer:
    flag: bool = option(False, "Yes or no.")
    how_many: int = option(3, "A count.", minimum=0)
    colour: Colour = option(Colour.RED, "A colour.")
    size: Size = option(Size.ONE, "A size.")
    words: tuple[str, ...] = option((), "Words.", pattern="^[a-z]+$")
    counts: tuple[int, ...] = option((), "Counts.", minimum=1)
    inner: Inner | None = option(None, "One inside.")
    either: int | str = option(0, "A number or a text.")
    table: Mapping[str, Inner] = option({}, "Inner by name.")
    grid: tuple[tuple[float, ...], ...] = option((), "Rows.")
    mixed: tuple[Inner | str, ...] = option((), "Inner, or its name alone.")
    anything: Any = option(None, "Whatever.")
    renamed: str = option("", "Under another key.", key="type")


@dataclass(frozen=True, slots=True)
class Strict:
    folder: str = ""

    def __post_init__(self) -> None:
        if self.folder.startswith("/"):
            raise ValueError("folder must be below the root")


@dataclass(frozen=True, slots=True)
class Holder:
    strict: Strict = option(Strict(), "Strict.")


def complaints(data: object, kind: type[Any] = Outer) -> list[tuple[tuple[str | int, ...], str]]:
    value, errors = parse(kind, data)
    assert (value is None) == bool(errors)
    return [(error.path, error.message) for error in errors]


def test_defaults_and_every_kind_of_value() -> None:
    assert parse(Outer, {}) == (Outer(), [])
    data = {
        "flag": True, "how-many": 7, "colour": "blue", "size": 2, "words": ["a", "b"], "counts": [1],
        "inner": {"name": "n"}, "either": "text", "table": {"k": {"name": "m", "weight": 2}}, "grid": [[1, 2.5], []],
        "mixed": ["a", {"name": "b"}], "anything": {"x": [None]}, "type": "t",
    }  # fmt: skip
    expected = Outer(
        True, 7, Colour.BLUE, Size.TWO, ("a", "b"), (1,), Inner("n"), "text", {"k": Inner("m", 2.0)},
        ((1.0, 2.5), ()), ("a", Inner("b")), {"x": [None]}, "t",
    )  # fmt: skip
    assert parse(Outer, data) == (expected, [])


def test_all_errors_are_gathered_each_with_its_path() -> None:
    data = {
        "flag": 1, "how-many": True, "colour": "rde", "size": True, "words": ["ok", "Not", 3], "counts": [1, 0],
        "inner": {"nmae": "x", "weight": 0.1}, "table": {"k": []}, "grid": [[1], "row"], "how_many": 1, "wrods": [],
    }  # fmt: skip
    assert complaints(data) == [
        (("flag",), "expected true or false, not a number"),
        (("how-many",), "expected a whole number, not true"),
        (("colour",), "expected one of 'red', 'blue', not 'rde' (did you mean 'red'?)"),
        (("size",), "expected one of 1, 2, not true"),
        (("words", 2), "expected a text, not a number"),
        (("words", 1), "must match ^[a-z]+$"),
        (("counts", 1), "must be at least 1"),
        (("inner", "nmae"), "unknown key 'nmae' (did you mean 'name'?)"),
        (("inner", "weight"), "must be at least 0.5"),
        (("inner",), "missing key 'name'"),
        (("table", "k"), "expected a table, not a list"),
        (("grid", 1), "expected a list, not a text"),
        (("how_many",), "unknown key 'how_many' (did you mean 'how-many'?)"),
        (("wrods",), "unknown key 'wrods' (did you mean 'words'?)"),
    ]


def test_an_unknown_key_is_wrong_at_the_key_and_a_value_at_the_value() -> None:
    _, errors = parse(Outer, {"nope": 1, "flag": 1})
    assert [(error.path, error.at_key) for error in errors] == [(("nope",), True), (("flag",), False)]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, -(10**400)])
def test_a_number_that_limits_nothing_is_refused(value: float) -> None:
    """NaN is not below any minimum, and no time is later than infinity."""
    assert complaints({"timeout": value}, Settings) == [(("timeout",), "expected a finite number")]


@pytest.mark.parametrize("data", [None, [], "text", 5, True, 1.5])
def test_what_is_no_table_is_refused(data: object) -> None:
    ((path, message),) = complaints(data)
    assert path == ()
    assert message.startswith("expected a table, not ")


def test_what_a_dataclass_refuses_itself_is_an_error_at_its_place() -> None:
    assert complaints({"strict": {"folder": "/x"}}, Holder) == [(("strict",), "folder must be below the root")]


def test_a_very_long_key_is_not_repeated_in_full() -> None:
    ((_, message),) = complaints({"k" * 100_000: 1})
    assert len(message) < 200


@pytest.mark.parametrize("kind", [list[str], bytes, set])
def test_a_type_that_settings_cannot_have_is_a_bug_and_no_empty_schema(kind: type[Any]) -> None:
    with pytest.raises(TypeError, match="cannot be of type"):
        json_schema(kind)
    with pytest.raises(TypeError, match="cannot be of type"):
        parse(kind, [])


def test_the_nearest_word_is_named_or_else_all_that_are_known_if_they_are_few() -> None:
    assert nearest("exlude", ["include", "exclude"]) == " (did you mean 'exclude'?)"
    assert nearest("zzz", ["include", "exclude"]) == " (known: include, exclude)"
    assert nearest("zzz", map(str, range(13))) == ""
    assert nearest("x", []) == ""


def test_keys_have_hyphens_unless_they_say_otherwise() -> None:
    import dataclasses

    assert [key_of(field) for field in dataclasses.fields(Outer)][:2] == ["flag", "how-many"]
    assert key_of(dataclasses.fields(Outer)[-1]) == "type"


def test_each_value_has_its_own_copy_of_a_default_table() -> None:
    first, second = parse(Outer, {})[0], parse(Outer, {})[0]
    assert first is not None
    assert second is not None
    assert first.table is not second.table


# --- parser and schema agree --------------------------------------------------------------------------------------

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 5), st.sampled_from([0.25, 0.5, 1.5, -2.5, 1e308]),
    st.sampled_from(["", "red", "a", "Not", "text", "error", "dev"]),
)  # fmt: skip
KEYS = st.sampled_from(
    ["flag", "how-many", "colour", "size", "words", "counts", "inner", "either", "table", "grid", "mixed", "anything",
     "type", "name", "weight", "nope", "jobs", "timeout", "fail-level", "levels", "enable", "strict"]
)  # fmt: skip
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))
LIKELY = st.fixed_dictionaries(
    {},
    optional={
        "flag": st.booleans(), "how-many": st.integers(-1, 3), "colour": st.sampled_from(["red", "blue", "green"]),
        "size": st.sampled_from([1, 2, True, 3]), "words": st.lists(st.sampled_from(["a", "B", ""])),
        "counts": st.lists(st.integers(0, 2)), "inner": st.none() | st.dictionaries(KEYS, LEAVES, max_size=3),
        "either": LEAVES, "table": st.dictionaries(st.text(max_size=3), st.fixed_dictionaries({"name": LEAVES})),
        "grid": st.lists(st.lists(LEAVES, max_size=2), max_size=2),
        "mixed": st.lists(st.text(max_size=2) | st.fixed_dictionaries({"name": LEAVES}), max_size=3),
        "anything": VALUES, "type": LEAVES,
    },
)  # fmt: skip
VALIDATORS = {kind: jsonschema_rs.validator_for(json_schema(kind)) for kind in (Outer, Settings, Inner)}


@given(kind=st.sampled_from([Outer, Settings, Inner]), data=LIKELY | VALUES)
@example(kind=Outer, data={"inner": None})
@example(kind=Outer, data={"size": True})
@example(kind=Inner, data={"name": "n", "weight": 0})
def test_the_parser_takes_exactly_what_the_schema_allows(kind: type[Any], data: object) -> None:
    _, errors = parse(kind, data)
    assert (errors == []) == VALIDATORS[kind].is_valid(data)


@given(data=LIKELY | VALUES)
def test_an_error_is_at_a_place_that_the_data_has(data: object) -> None:
    for error in parse(Outer, data)[1]:
        here: Any = data
        for step in error.path:
            here = here[step]
        assert isinstance(error, OptionError)
        assert error.message


def test_a_whole_number_written_as_a_float_is_where_they_differ() -> None:
    """The documented exception: JSON Schema calls 1.0 an integer."""
    assert complaints({"how-many": 1.0}) == [(("how-many",), "expected a whole number, not a number")]
    assert VALIDATORS[Outer].is_valid({"how-many": 1.0})


def test_the_schema_is_a_schema_with_descriptions_and_defaults() -> None:
    schema = json_schema(Outer)
    jsonschema_rs.meta.validate(schema)
    assert json.loads(json.dumps(schema)) == schema
    assert schema["properties"]["how-many"] == {
        "description": "A count.", "type": "integer", "minimum": 0, "default": 3,
    }  # fmt: skip
    assert schema["properties"]["colour"]["default"] == "red"
    assert schema["properties"]["words"]["items"] == {"type": "string", "pattern": "^[a-z]+$"}
    assert json_schema(Inner)["required"] == ["name"]
