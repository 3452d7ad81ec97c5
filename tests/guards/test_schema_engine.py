"""The schema engine: drafts, references, words, choice of alternatives, and hostile schemas and documents."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guards._code.jsonc import without_comments
from guards.schema.engine import BrokenSchemaError, Engine, UndecidedError
from guards.schema.explain import Flaw, Where
from guards.schema.keywords import KNOWN, is_one_slip, meant
from guards.schema.library import HOST, Library, address_of, path_of
from guards.schema.words import closest, dotted, name, with_article

ROOT = HOST + "schemas/root.json"


def engine(schema: Any, *, formats: bool = False, **others: Any) -> Engine:
    """An engine for a schema at schemas/root.json; `others` by path, `__` for `/`."""
    documents = {address_of(key.replace("__", "/") + ".json"): json.dumps(value) for key, value in others.items()}
    documents[ROOT] = json.dumps(schema)
    return Engine(ROOT, Library({address: text.encode() for address, text in documents.items()}), formats=formats)


def flaws(schema: Any, value: Any, **others: Any) -> list[Flaw]:
    """What is wrong with a value; asserts that the short and the long answer agree."""
    compiled = engine(schema, **others)
    found = list(compiled.flaws(value))
    assert compiled.fits(value) == (not found) == compiled.fit_all([[value]])
    return found


def messages(schema: Any, value: Any, **others: Any) -> list[str]:
    """The words of the flaws."""
    return [flaw.message for flaw in flaws(schema, value, **others)]


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "integer"}, "x", "the document must be an integer, not a string"),
        ({"type": "integer"}, 1.5, "the document must be an integer, not a number with a fraction"),
        ({"type": ["null", "array", "string"]}, True, "the document must be an array, a string or null, not a boolean"),
        ({"items": {"maxLength": 1}}, ["a", "bc"], "`[1]` must have at most 1 character"),
        ({"properties": {"a": {"items": {"minItems": 2}}}}, {"a": [[1]]}, "`a[0]` must have at least 2 items"),
        ({"maxProperties": 1}, {"a": 1, "b": 2}, "the document must have at most 1 key"),
        ({"multipleOf": 0.01}, 0.005, "the document must be a multiple of 0.01"),
        ({"exclusiveMaximum": 3}, 3, "the document must be less than 3"),
        ({"required": ["a", "b"]}, {"a": 1}, "missing `b`"),
        ({"properties": {"x": {"required": ["y"]}}}, {"x": {}}, "missing `y` in `x`"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "missing `b` (another key requires it)"),
        ({"properties": {"port": {}}, "additionalProperties": False}, {"prot": 1},
         "`prot` is not an allowed key (did you mean `port`?)"),
        ({"additionalProperties": False}, {"x": 1}, "`x` is not an allowed key"),
        ({"unevaluatedProperties": False}, {"x": 1}, "`x` is not an allowed key"),
        ({"propertyNames": {"pattern": "^a"}}, {"b": 1}, "the key `b` must match the pattern `^a`"),
        ({"properties": {"x": False}}, {"x": 1}, "`x` is not allowed here"),
        ({"uniqueItems": True}, [1, [2], 3, [2]], "the document holds the same item twice"),
        ({"enum": ["red", "green"]}, "gren", 'the document must be `"red"` or `"green"`; did you mean `"green"`?'),
        ({"const": {"a": 1}}, 1, 'the document must be `{"a": 1}`'),
        ({"oneOf": [True, {"type": "string"}, {"minimum": 0}]}, 1,
         "the document fits more than one alternative (1 and 3), and must fit exactly one"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "the document must be a string or null, not an integer"),
        ({"contains": {"const": 1}}, [], "the document has the wrong number of items that fit `contains` (`contains`)"),
        (False, 1, "the document is not allowed here"),
    ],
)  # fmt: skip
def test_plain_words(schema: Any, value: Any, message: str) -> None:
    """Each kind of error says what must be, in words, without the document's value."""
    assert messages(schema, value) == [message]


@pytest.mark.parametrize(
    ("schema", "value", "path", "where"),
    [
        ({"required": ["a"]}, {}, (), Where.OPENING),
        ({"items": {"additionalProperties": False}}, [{}, {"x": 1}], (1, "x"), Where.KEY),
        ({"propertyNames": False}, {"x": 1}, ("x",), Where.KEY),
        ({"uniqueItems": True}, [1, 2, 1.0, 2], (3,), Where.VALUE),
        ({"properties": {"1": {"type": "null"}}}, {"1": 1}, ("1",), Where.VALUE),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{}], "additionalItems": False}, [1, 2], (1,),
         Where.VALUE),
        ({"additionalProperties": {"properties": {"a": {"type": "null"}}}}, {"": {"a": 1}}, ("", "a"), Where.VALUE),
        ({"properties": {"": {"items": False}}}, {"": [None]}, ("", 0), Where.KEY),
    ],
)  # fmt: skip
def test_where_a_flaw_is_shown(schema: Any, value: Any, path: tuple[str | int, ...], where: Where) -> None:
    """Missing keys at the opening, surplus keys at the key, the rest at the value; paths as in the document."""
    (flaw,) = flaws(schema, value)
    assert (flaw.path, flaw.where) == (path, where)


SHAPES = {
    "oneOf": [
        {"properties": {"kind": {"const": "circle"}, "r": {"type": "number"}}, "required": ["kind", "r"]},
        {"properties": {"kind": {"const": "square"}, "side": {"type": "number"}}, "required": ["kind", "side"]},
        {"type": "string"},
    ]
}


def test_alternative_is_chosen_by_its_tag() -> None:
    """The alternative whose `const` agrees is explained, however many errors it has; the others are beside it."""
    found = flaws(SHAPES, {"kind": "square", "side": "x", "r": 1})
    assert [(flaw.path, flaw.message) for flaw in found] == [(("side",), "`side` must be a number, not a string")]
    assert [note for _, note in found[0].others] == [
        'alternative 1: `kind` must be `"circle"`',
        "alternative 3: the document must be a string, not an object",
    ]
    assert found[0].hint == "Of 3 alternatives, number 2 is the closest."
    assert found[0].others[0][0] == f"{ROOT}#/oneOf/0"


def test_alternative_without_tag_is_the_deepest() -> None:
    """Without tags, the alternative that got furthest into the document is explained."""
    schema = {
        "anyOf": [
            {"required": ["nothing"]},
            {"properties": {"a": {"properties": {"b": {"items": {"type": "null"}}}}}},
        ]
    }
    (found,) = flaws(schema, {"a": {"b": [1]}})
    assert found.path == ("a", "b", 0)


def test_references_between_files() -> None:
    """By relative path, by `$id`, by position relative to it; to pointers, anchors and nested ids; in a circle."""
    schema = {
        "$id": "https://example.com/s/root.json",
        "properties": {
            "path": {"$ref": "parts/one.json#/$defs/int"},
            "id": {"$ref": "https://example.com/ids/two"},
            "nested": {"$ref": "https://example.com/ids/nested#here"},
            "again": {"$ref": "root.json"},
        },
    }
    one = {"$defs": {"int": {"$ref": "three.json"}}}
    two = {"$id": "https://example.com/ids/two", "type": "string", "$defs": {"n": {
        "$id": "nested", "$defs": {"deep": {"$anchor": "here", "const": 1}}}}}  # fmt: skip
    value = {"path": "x", "id": 1, "nested": 2, "again": {"path": "y"}}
    found = flaws(schema, value, schemas__parts__one=one, elsewhere__two=two, schemas__parts__three={"type": "integer"})
    assert [(flaw.path, flaw.location) for flaw in found] == [
        (("path",), "https://example.com/s/parts/three.json#/type"),
        (("id",), "https://example.com/ids/two#/type"),
        (("nested",), "https://example.com/ids/nested#/$defs/deep/const"),
        (("again", "path"), "https://example.com/s/parts/three.json#/type"),
    ]


def test_locations_lead_back_to_files() -> None:
    """A location below an `$id`, or below an `$id` inside a file, is a path in that file."""
    nested = {"$id": "https://example.com/a", "$defs": {"n": {"$id": "b/c", "items": [{"x/y~z": 1}]}}}
    library = Library({address_of("q é.json"): json.dumps(nested).encode()})
    address, path = library.locate("https://example.com/b/c#/items/0/x~1y~0z")
    assert (path_of(address), path) == ("q é.json", ("$defs", "n", "items", 0, "x/y~z"))
    assert library.locate("https://elsewhere.example/#/a") == ("", ())


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "https://example.com/never.json"},
        {"$ref": "file:///etc/hostname"},
        {"$ref": "missing.json"},
        {"properties": {"a": {"$ref": "//example.com/x"}}},
        {"$schema": "https://example.com/meta.json"},
        {"$schema": "http://json-schema.org/draft-03/schema#"},
        {"$ref": "http://[broken"},
        {"$id": "http://[broken", "$ref": "other.json"},
    ],
)
def test_nothing_is_fetched(schema: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema that refers to what is not here is broken; no socket is opened and no file is read."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(BrokenSchemaError):
        engine(schema)


@pytest.mark.parametrize(
    "schema",
    [5, "x", None, [], {"type": "strin"}, {"required": "a"}, {"pattern": "("}, {"properties": {"a": {"minimum": "1"}}},
     {"$ref": "#/$defs/none"}, {"$ref": "#nowhere"}, {"$ref": "bad.json"}],
)  # fmt: skip
def test_broken_schemas_are_refused(schema: Any) -> None:
    """An invalid schema, or one that refers to an invalid one, never checks anything."""
    with pytest.raises(BrokenSchemaError):
        engine(schema, schemas__bad={"items": 7, "multipleOf": 0})


def test_schema_without_dialect_takes_the_one_that_its_neighbours_name() -> None:
    """A part without `$schema` is read by the draft that the rest of the repository uses."""
    old = {"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "part.json"}
    part = {"items": [{"type": "integer"}], "additionalItems": False}
    assert [flaw.path for flaw in flaws(old, [1, 2], schemas__part=part)] == [(1,)]
    new = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "part.json"}
    with pytest.raises(BrokenSchemaError, match="array"):
        engine(new, schemas__part=part)


def test_drafts_differ() -> None:
    """1.0 is an integer from draft 6 on; boolean schemas too; draft 4 has boolean exclusive limits."""
    four = "http://json-schema.org/draft-04/schema#"
    assert messages({"$schema": four, "type": "integer"}, 1.0) == [
        "the document must be an integer, not a number with a fraction"
    ]
    assert messages({"type": "integer"}, 1.0) == []
    exclusive = {"$schema": four, "minimum": 1, "exclusiveMinimum": True}
    assert messages(exclusive, 1) == ["the document must be greater than 1"]
    assert messages({"multipleOf": 0.01}, 19.99) == []


HOSTILE = r"^(a|aa)+\1b$"


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": HOSTILE},
        {"not": {"pattern": HOSTILE}},
        {"if": {"pattern": HOSTILE}, "then": True},
        {"anyOf": [{"pattern": HOSTILE}, {"type": "string"}]},
        {"allOf": [{"oneOf": [{"not": {"pattern": HOSTILE}}]}]},
    ],
)
def test_pattern_that_gives_up_is_undecided(schema: Any) -> None:
    """A pattern that backtracks without end is neither a pass nor a failure nor a hang, wherever it stands."""
    compiled = engine(schema)
    started = time.perf_counter()
    with pytest.raises(UndecidedError):
        list(compiled.flaws("a" * 60) if not compiled.fits("a" * 60) else ())
    assert time.perf_counter() - started < 2
    assert not compiled.fit_all([["a" * 60]])


def test_hostile_keys_are_undecided() -> None:
    """The same for the names of keys."""
    compiled = engine({"not": {"patternProperties": {HOSTILE: False}}})
    with pytest.raises(UndecidedError):
        compiled.fits({"a" * 60: 1})


def test_plain_patterns_run_in_linear_time() -> None:
    """What needs no backtracking has none."""
    started = time.perf_counter()
    assert messages({"pattern": "^(a+)+$"}, "a" * 50_000 + "b") == ["the document must match the pattern `^(a+)+$`"]
    assert time.perf_counter() - started < 2


def _nest(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf", "allOf"])
def test_multiplying_alternatives_are_not_listed(keyword: str) -> None:
    """Alternatives that return to the schema itself multiply by level; deep documents are still judged, and in time."""
    branches = [{"properties": {"a": {"$ref": "#"}}, "required": [key]} for key in "xy"]
    started = time.perf_counter()
    (found,) = flaws({keyword: branches}, _nest(100))
    assert time.perf_counter() - started < 2
    assert found.message == "the document does not fit its schema, whose alternatives nest too deep to say where"
    assert len(flaws({keyword: branches}, _nest(2))) > 1


def test_multiplying_definitions_are_not_listed() -> None:
    """The same without recursion: definitions that double at each step."""
    definitions: dict[str, Any] = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    started = time.perf_counter()
    (found,) = flaws({"$ref": "#/$defs/d0", "$defs": definitions | {"d40": {"type": "integer"}}}, "x")
    assert found.keyword == "nesting"
    assert time.perf_counter() - started < 2


def test_ordinary_recursion_is_explained_at_any_depth() -> None:
    """A tree whose alternatives do not overlap is no reason to give up."""
    schema = {"anyOf": [{"type": "null"}, {"type": "object", "additionalProperties": {"$ref": "#"}}]}
    value: Any = "leaf"
    for _ in range(60):
        value = {"a": value}
    (found,) = flaws(schema, value)
    assert found.path == ("a",) * 60
    assert found.message == "`a` must be an object or null, not a string"


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}, {"anyOf": [{"$ref": "#"}, False]}])
def test_schemas_that_only_refer_to_themselves_end(schema: Any) -> None:
    """No recursion without end."""
    compiled = engine(schema)
    assert compiled.fits(1) in (True, False)


def test_lone_surrogates_do_not_crash() -> None:
    """Half a surrogate pair counts as one character."""
    assert engine({"maxLength": 1}).fits("\ud800")
    compiled = engine({"properties": {"a": {"maxLength": 1}}})
    assert [flaw.path for flaw in compiled.flaws({"a": "x\udfff", "\ud800": 1})] == [("a",)]
    assert not compiled.fits({"a": "x\udfff"})
    with pytest.raises(BrokenSchemaError, match="surrogate"):
        engine({"properties": {"\ud800": {}}})


def test_long_things_are_cut() -> None:
    """Neither long keys nor long parts of a schema make long messages."""
    long = "k" * 5000
    for schema, value in (
        ({"additionalProperties": False}, {long: 1}),
        ({"required": [long]}, {}),
        ({"pattern": long}, ""),
        ({"enum": [long] * 1 + list(range(500))}, "x"),
        ({"const": [long]}, 1),
    ):
        assert all(len(message) < 1200 for message in messages(schema, value))


NAMES = st.sampled_from(["", "a", "kind", "1"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "kind", "é"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
SCHEMAS = st.recursive(
    st.booleans()
    | st.fixed_dictionaries({"type": st.sampled_from(["string", "integer", "object", "array", "null"])})
    | st.fixed_dictionaries({"required": st.just(["kind"])})
    | st.fixed_dictionaries({"enum": st.lists(JSON, min_size=1, max_size=3)}),
    lambda inner: st.fixed_dictionaries({"properties": st.dictionaries(NAMES, inner, max_size=2)})
    | st.fixed_dictionaries({"additionalProperties": inner})
    | st.fixed_dictionaries({"items": inner})
    | st.fixed_dictionaries({"not": inner})
    | st.builds(lambda key, some: {key: some}, st.sampled_from(["oneOf", "anyOf", "allOf"]),
                st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(SCHEMAS, JSON)
def test_answers_agree(schema: Any, value: Any) -> None:
    """A value has flaws exactly if it does not fit, alone or in a batch; every flaw has a message and a real place."""
    for flaw in flaws(schema, value):
        part = value
        for step in flaw.path:
            part = part[step]
        assert flaw.message
        assert flaw.location.startswith(ROOT + "#")


@settings(max_examples=200)
@given(st.text(alphabet='ab/*,"\\ \n]}[{:1é', max_size=40))
def test_blanking_comments_keeps_every_place(text: str) -> None:
    """The length in characters, the line ends and all strings stay; sound JSON is not touched."""
    blanked = without_comments(text.encode()).decode()
    assert len(blanked) == len(text)
    assert [i for i, c in enumerate(blanked) if c == "\n"] == [i for i, c in enumerate(text) if c == "\n"]


@settings(max_examples=100)
@given(JSON)
def test_blanking_comments_leaves_json_alone(value: Any) -> None:
    """Comments and commas inside strings are no comments."""
    text = json.dumps([value, "// no", "/* no */", ',]", '], indent=1)
    assert without_comments(text.encode()).decode() == text


def test_commented_json() -> None:
    """Comments of both kinds and trailing commas, also before a comment, are blanks."""
    text = b'{"a": [1, 2, /* x */ ], // end, "b"\n "u": "http://x", }'
    assert json.loads(without_comments(text)) == {"a": [1, 2], "u": "http://x"}


@given(st.text(max_size=6), st.text(max_size=6))
def test_slips_are_symmetric(left: str, right: str) -> None:
    """Being one slip apart has no direction, and nothing is a slip of itself."""
    assert is_one_slip(left, right) == is_one_slip(right, left)
    assert not is_one_slip(left, left)


@pytest.mark.parametrize(
    ("word", "keyword"),
    [("requried", "required"), ("propertes", "properties"), ("type:", "type"), ("Enum", "enum"),
     ("additionalproperties", "additionalProperties"), ("x-items", ""), ("example", ""), ("$defz", ""), ("name", ""),
     ("typ", "")],
)  # fmt: skip
def test_meant(word: str, keyword: str) -> None:
    """One slip away from a keyword, unless it is a word of its own."""
    assert meant(word) == keyword


@pytest.mark.parametrize("keyword", sorted(KNOWN))
def test_no_keyword_is_a_slip(keyword: str) -> None:
    """Keywords that resemble each other are not taken for slips."""
    assert meant(keyword) == ""


def test_names() -> None:
    """How values are spoken of."""
    assert name((), "the line") == "the line"
    assert name(("a", 1, "b", 2, 3), "") == "`b[2][3]`"
    assert name((0,), "") == "`[0]`"
    assert dotted(("a", 1, "b")) == "$.a[1].b"
    assert with_article(["null", "array"]) == "an array or null"
    assert closest("nmae", ["name", "game"]) == "name"
    assert closest("x" * 10_000, ["x" * 9_999]) == ""
