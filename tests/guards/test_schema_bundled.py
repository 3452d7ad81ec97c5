"""The schemas that come with guard: sound, for files that are selected, and silent where somebody knows better."""

from __future__ import annotations

import json
import os

import pytest

from guards._code.spans import Format, parse
from guards._core.model import Finding, Problem
from guards._core.options import parse as parse_options
from guards.schema import GUARD, Options, bundled
from guards.schema.bundled import BUNDLED, NAMES, bundled_for
from guards.schema.engine import Engine, metaschema_flaws
from guards.schema.keywords import meant, subschemas
from guards.schema.library import Library
from guards.schema.mapping import PathClass, classify, scan_slice
from tests.guards.test_schema import said

STRAY = b'{"name": 1}'


def found(tree: dict[str, bytes], **options: object) -> list[tuple[str, str]]:
    """Path and rule of all that is said about a tree."""
    parsed, errors = parse_options(Options, options)
    assert errors == []
    return [(path, each.rule if isinstance(each, Finding) else each.reason) for path, each in said(tree, parsed)]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_sound_schema(name: str) -> None:
    """By its metaschema and the engine, and with no misspelt keyword; and it says where its facts come from."""
    library = Library({bundled.address(name): bundled.schema(name)})
    schema = library.schema(bundled.address(name))
    assert metaschema_flaws(schema, library) == []
    assert schema.document.remarks == ()
    assert [key for _, part in subschemas(schema.value) for key in part if meant(key)] == []
    Engine(bundled.address(name), library).fits({})
    assert isinstance(schema.value, dict)
    assert schema.value["title"]
    assert schema.value["$comment"] == bundled.documentation(name)


def test_table_and_files_are_the_same_schemas() -> None:
    """Sorted, and each file in the folder is in the table."""
    files = os.listdir(os.path.dirname(bundled.__file__))
    assert list(NAMES) == sorted(name.removesuffix(".schema.json") for name in files if name.endswith(".json"))
    assert len({glob for each in BUNDLED for glob in each.globs}) == sum(len(each.globs) for each in BUNDLED)


@pytest.mark.parametrize(("name", "glob"), [(each.name, glob) for each in BUNDLED for glob in each.globs])
def test_each_glob_reaches_files_that_are_selected(name: str, glob: str) -> None:
    """A path that the glob means is selected, read in a format, and checked by the schema of that name."""
    path = glob.removeprefix("/").replace("**", "a/b").replace("*", "x")
    assert os.path.splitext(path)[1] in GUARD.select.suffixes
    for each in (path, f"deep/down/{path}"):
        path_class = classify(each, scan_slice(Options(), {}))
        assert path_class is not None
        at_any_depth = not glob.startswith("/") or each == path
        assert PathClass.decoded(path_class).bundled == (name if at_any_depth else "")


@pytest.mark.parametrize(
    "path", ["xpackage.json", "package.json.bak", "a/action.yml", "tsconfig/a.json", "compose/a.yaml"]
)
def test_names_are_not_parts_of_names(path: str) -> None:
    assert bundled_for(path) == ""


def test_good_and_bad_examples_have_every_schema() -> None:
    """The folders `good/bundled` and `bad/bundled` hold a file for each, and each bad one is found."""
    for kind in ("good", "bad"):
        folder = os.path.join(os.path.dirname(__file__), "schema", kind, "bundled")
        paths = [os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names]
        assert {bundled_for(path.replace(os.sep, "/")) for path in paths} >= set(NAMES)
    with open(os.path.join(folder, "expected.txt"), encoding="utf-8") as file:
        assert {bundled_for(line.partition(":")[0]) for line in file} == set(NAMES)


def test_all_or_one_can_be_switched_off() -> None:
    tree = {"package.json": STRAY, "renovate.json": b'{"labels": 1}'}
    both = [("package.json", "schema/violation"), ("renovate.json", "schema/violation")]
    assert found(tree) == both
    assert found(tree, bundled=False) == []
    assert found(tree, bundled={"renovate": False}) == both[:1]
    assert found(tree, parse=False) == both


def test_a_name_that_is_none_is_refused() -> None:
    _, errors = parse_options(Options, {"bundled": {"pakage": False}})
    assert "pakage" in errors[0].message


def test_an_entry_knows_better() -> None:
    """An entry of `schemas:` takes the place of the bundled schema."""
    canonical = b"schemas:\n  package.json: any.schema.json\n"
    assert found({"package.json": STRAY, "any.schema.json": b"{}", "canonical.yaml": canonical}) == []


def test_the_document_knows_better() -> None:
    """So does the document, where the schema that it names is here; an address on the web is none."""
    schemas = {"schemas/any.json": b"{}"}
    assert found({"package.json": b'{"$schema": "./schemas/any.json", "name": 1}', **schemas}) == []
    far = json.dumps({"$schema": "https://example.org/any.json", "name": 1}).encode()
    assert found({"package.json": far, **schemas}) == [("package.json", "schema/violation")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"name": "{{ name }}", "version": 1}'),
        ("pyproject.toml", '[project]\nname = "{{ name }}"\n'),
        ("compose.yaml", "services:\n  web: {image: [a]}\n# {% if db %}\n"),
        ("compose.yaml", "# nothing yet\n"),
        ("tests/data/package.json", '{"name": 1}'),
        ("_template/package.json", '{"name": 1}'),
    ],
)
def test_what_is_no_such_file_yet_is_left_alone(path: str, text: str) -> None:
    """Templates that happen to parse, files that hold nothing, and what lies about to be tested with."""
    assert found({path: text.encode()}) == []


def test_the_finding_tells_where_the_format_is_described() -> None:
    ((_, finding),) = said({"package.json": STRAY})
    assert isinstance(finding, Finding)
    assert "https://docs.npmjs.com/" in finding.hint
    assert finding.related == ()


def test_files_with_a_bundled_schema_are_covered() -> None:
    """Beside data with an entry only a file that nobody has a schema for is worth a note."""
    tree = {
        "web/a.json": b"{}",
        "web/b.json": b"{}",
        "web/package.json": b"{}",
        "any.schema.json": b"{}",
        "canonical.yaml": b"schemas:\n  web/a.json: any.schema.json\n",
    }
    assert found(tree) == [("web/b.json", "schema/uncovered-data")]
    assert ("web/package.json", "schema/uncovered-data") in found(tree, bundled=False)


def test_problems_are_no_findings() -> None:
    """A file over the limits of its reader is left alone, as it is without a schema."""
    deep = b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}"
    assert not any(isinstance(each, Problem) for _, each in said({"package.json": deep}))
    assert parse(b"{}", Format.JSON)
