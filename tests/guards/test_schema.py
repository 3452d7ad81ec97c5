"""The schema guard on small trees: every folder in `schema/good` is silent, every one in `schema/bad` says its list."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from guards._code.spans import Format, parse
from guards._core import model
from guards._core.model import RULE_ID, Case, ExitCode, Fact, Finding, Judged, Kind, Level, Place, Problem, Source, Span
from guards._core.options import parse as parse_options
from guards.schema import GUARD, Options
from guards.schema.mapping import (
    Entry,
    PathClass,
    Role,
    Slice,
    classify,
    entries,
    entry_for,
    literal_prefix,
    reads,
    scan_slice,
)
from guards.schema.options import Section

EXAMPLES = Path(__file__).parent / "schema"
EXPECTED = "expected.txt"


def examples(kind: str) -> list[str]:
    """The names of the folders below `schema/good` or `schema/bad`."""
    return sorted(entry.name for entry in (EXAMPLES / kind).iterdir())


def tree_of(folder: Path) -> dict[str, bytes]:
    """The files of an example by path."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != EXPECTED)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def said(tree: Mapping[str, bytes], options: Options | None = None) -> list[tuple[str, Finding | Problem]]:
    """What the guard says about a tree, as a runner would ask it: scan of each file, then judge; sorted by place."""
    options = options or Options()
    canonical = _section(tree.get("canonical.yaml"))
    slice_ = scan_slice(options, canonical)
    globs = reads(options, canonical)
    documents = {path: data for path, data in tree.items() if any(_is_match(path, glob) for glob in globs)}
    facts: dict[str, tuple[Fact, ...]] = {}
    found: list[tuple[str, Finding | Problem]] = []
    for path, data in sorted(tree.items()):
        seen = list(scanned(path, data, slice_, documents))
        facts[path] = tuple(each for each in seen if isinstance(each, Fact))
        found += [(each.path or path, each) for each in seen if isinstance(each, (Finding, Problem))]
    assert GUARD.judge is not None
    listed = [model.Entry(path, Kind.FILE, "") for path in sorted(tree)]
    judged: list[Judged] = list(GUARD.judge(Case(options, facts, listed, {}, canonical)))
    found += [(each.path, each) for each in judged if isinstance(each, (Finding, Problem))]
    return sorted(found, key=lambda pair: (pair[0], pair[1].span or (0, 0), str(pair[1])))


def scanned(path: str, data: bytes, slice_: Slice, documents: Mapping[str, bytes]) -> Iterator[Any]:
    """Scan of one file, if the guard selects it."""
    name = path.rpartition("/")[2]
    selected = os.path.splitext(name)[1] in GUARD.select.suffixes or name in GUARD.select.names
    path_class = GUARD.classify(path, slice_) if selected else None
    if isinstance(path_class, str) and GUARD.scan is not None:
        yield from GUARD.scan(Source(data, data, Kind.FILE, path_class, {}, slice_, documents=documents))


def _is_match(path: str, glob: str) -> bool:
    return entry_for(path, (Entry(glob, ""),)) is not None


def _section(data: bytes | None) -> Any:
    value = parse(data, Format.YAML)[0].value if data else None
    section = value.get("schemas") if isinstance(value, dict) else None
    return typed(section) if section else None


def typed(section: Any) -> Any:
    """The section as the guard gets it."""
    parsed, errors = parse_options(Section, section)
    assert errors == []
    return parsed


def line_for(path: str, seen: Finding | Problem) -> str:
    """One line of `expected.txt`: place, rule, message, and the places beside it."""
    rule, message = (seen.rule, seen.message) if isinstance(seen, Finding) else ("problem", seen.reason)
    related = seen.related if isinstance(seen, Finding) else ()
    beside = "".join(f" | {_place(place.path, place.span)} {place.note}" for place in related)
    return f"{_place(path, seen.span)} {rule} {message}{beside}"


def _place(path: str, span: Span | None) -> str:
    return f"{path}:{span.line}:{span.column}-{span.end_line}:{span.end_column}" if span else path


@pytest.mark.parametrize("name", examples("good"))
def test_good_examples_are_silent(name: str) -> None:
    """Nothing is found, and nothing is left unchecked, in trees that are sound."""
    assert said(tree_of(EXAMPLES / "good" / name)) == []


@pytest.mark.parametrize("name", examples("bad"))
def test_bad_examples_say_their_list(name: str) -> None:
    """Each finding, its exact place, words and related places, and no other; the order is by place."""
    folder = EXAMPLES / "bad" / name
    lines = [line_for(path, seen) for path, seen in said(tree_of(folder))]
    if os.environ.get("UPDATE_EXPECTED"):
        (folder / EXPECTED).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == (folder / EXPECTED).read_text(encoding="utf-8").splitlines()


def test_expected_places_hold_what_the_message_names() -> None:
    """The places in the expected lists are right by themselves: the text there is the key or the value in question."""
    assert _text("yaml", "config/api.yaml", 3, 1, 5) == "prot"
    assert _text("yaml", "config/api.yaml", 4, 8, 15) == "warnign"
    assert _text("yaml", "config/api.yaml", 6, 31, 40) == "a.example"
    assert _text("records", "data/cases.jsonl", 3, 39, 40) == "0"
    assert _text("records", "data/cases.jsonl", 5, 24, 28) == '"id"'
    assert _text("records", "data/table.csv", 5, 4, 6) == "-1"
    assert _text("toml", "app.toml", 10, 1, 8) == '"évery"'
    assert _text("schemas", "schemas/slips.json", 3, 3, 13) == '"requried"'
    assert _text("commented", "tsconfig.json", 2, 57, 62) == '"yes"'


def _text(example: str, path: str, line: int, start: int, end: int) -> str:
    """The text at a place that the example's list names; the list must name it."""
    folder = EXAMPLES / "bad" / example
    assert f"{path}:{line}:{start}-{line}:{end} " in (folder / EXPECTED).read_text(encoding="utf-8")
    text = (folder / path).read_bytes().decode("utf-8-sig").split("\n")[line - 1]
    return text[start - 1 : end - 1]


def test_rules_and_exit_codes() -> None:
    """Documents that do not parse or fit end a run with the schema code; every rule has a page of its own."""
    codes = {rule.id for rule in GUARD.rules if rule.exit_code is ExitCode.SCHEMA}
    assert codes == {"schema/parse", "schema/violation"}
    assert all(RULE_ID.fullmatch(rule.id) and rule.help for rule in GUARD.rules)
    assert [rule.id for rule in GUARD.rules] == sorted(rule.id for rule in GUARD.rules)


@pytest.mark.parametrize(
    "heading", ["What it does", "Why it matters", "Bad", "Good", "Options", "How to fix", "Limits"]
)
def test_page_has_its_headings(heading: str) -> None:
    """The module's docstring is the guard's page."""
    assert f"\n## {heading}\n" in GUARD.page


@pytest.mark.parametrize("field", sorted(Options.__dataclass_fields__))
def test_page_names_every_option(field: str) -> None:
    """No option is undocumented."""
    assert f"`{field.replace('_', '-')}`" in GUARD.page


@pytest.mark.parametrize("bad", [{"max_errors": 0}, {"schema_dirs": ("../up",)}, {"schema_dirs": ("/etc",)}])
def test_options_refuse_what_makes_no_sense(bad: dict[str, Any]) -> None:
    """The message names the field as it is written in the configuration."""
    with pytest.raises(ValueError, match=r"max-errors|schema-dirs"):
        Options(**bad)


ENTRIES = typed({"data/*.jsonl": "schemas/a.json", "**/*.toml": {"schema": "./b.json", "min-items": 3}})


@pytest.mark.parametrize(
    ("path", "role", "schema"),
    [
        ("data/x.jsonl", Role.DATA, "schemas/a.json"),
        ("data/deep/x.jsonl", Role.PLAIN, "data/deep"),
        ("pyproject.toml", Role.DATA, "b.json"),
        ("a/b/c.toml", Role.DATA, "b.json"),
        ("schemas/a.json", Role.SCHEMA, "schemas/a.json"),
        ("schemas/deep/z.yaml", Role.SCHEMA, "schemas/deep/z.yaml"),
        ("lib/x.schema.json", Role.SCHEMA, "lib/x.schema.json"),
        ("canonical.yaml", Role.CANONICAL, ""),
        ("config/canonical.yaml", Role.CANONICAL, ""),
        ("a:b/c.json", Role.PLAIN, "a:b"),
        (".vscode/settings.json", Role.PLAIN, ".vscode"),
        ("tests/bad.json", None, ""),
        ("src/test_data/bad.json", None, ""),
        ("latest/good.json", Role.PLAIN, "latest"),
        ("openapi_spec/good.json", Role.PLAIN, "openapi_spec"),
        ("a/spec/bad.json", None, ""),
        ("{{ name }}/x.json", None, ""),
        ("table.csv", None, ""),
        ("README.md", None, ""),
    ],
)
def test_selection(path: str, role: Role | None, schema: str) -> None:
    """What a path is to the guard, and what scan learns of it."""
    found = classify(path, scan_slice(Options(), ENTRIES))
    decoded = PathClass.decoded(found) if found else None
    assert (decoded and decoded.role, decoded.path if decoded else "") == (role, schema)
    assert decoded is None or decoded.encoded() == found


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("a/*.json", "a/b.json", True),
        ("a/*.json", "a/b/c.json", False),
        ("a/**/*.json", "a/c.json", True),
        ("a/**/*.json", "a/b/b/c.json", True),
        ("**/c.json", "c.json", True),
        ("a/**", "a/b/c", True),
        ("a?.json", "a/.json", False),
        ("[a-c].json", "deep/b.json", True),
        ("d/{a,b}.json", "d/b.json", True),
        ("./a+(b).json", "a+(b).json", True),
        ("d/./a\nb*", "d/./a\nbc", True),
        ("data", "data/x/y.json", True),
    ],
)
def test_globs(glob: str, path: str, matches: bool) -> None:
    """Patterns mean what they mean everywhere, and their literal beginning never rules out what they match."""
    assert _is_match(path, glob) is matches
    assert not matches or path.startswith(literal_prefix(glob))


def test_first_entry_wins_and_slice_is_plain() -> None:
    """The order in canonical.yaml decides; what scan depends on is hashable, picklable data."""
    listed = entries(typed({"a/*": "one.json", "a/b": {"schema": "two.json"}}))
    assert [entry.schema for entry in listed] == ["one.json", "two.json"]
    assert entry_for("a/b", listed) == listed[0]
    assert hash(scan_slice(Options(), ENTRIES)) == hash(scan_slice(Options(), dict(ENTRIES)))


def test_reads_names_every_schema_path() -> None:
    """Whatever is taken for a schema by its path is among the files that scan is given."""
    slice_ = scan_slice(Options(schema_dirs=("./x/",)), ENTRIES)
    globs = reads(Options(schema_dirs=("./x/",)), ENTRIES)
    for path in ("x/a.json", "x/y/a.yml", "q.schema.json", "q/r.schema.yaml", "schemas/a.json", "b.json"):
        assert any(_is_match(path, glob) for glob in globs), path
        found = classify(path, slice_)
        assert found is not None
        assert PathClass.decoded(found).role is Role.SCHEMA
    assert not any(_is_match("schemas/other.json", glob) for glob in globs)


def test_parse_option_turns_off_only_what_has_no_schema() -> None:
    """Without `parse`, broken documents are silent unless a schema waits for them."""
    tree = tree_of(EXAMPLES / "bad" / "plain")
    assert {seen.rule for _, seen in said(tree, Options(parse=False)) if isinstance(seen, Finding)} == {
        "schema/invalid-schema",
        "schema/unknown-keyword",
    }
    mapped = {"canonical.yaml": b"schemas: {a.json: schemas/s.json}", "schemas/s.json": b"{}", "a.json": b"{"}
    ((_, found),) = said(mapped, Options(parse=False))
    assert isinstance(found, Finding)
    assert found.rule == "schema/parse"


def test_formats_are_annotations_unless_asserted() -> None:
    """`format` decides nothing by default, and does with the option."""
    tree = {
        "canonical.yaml": b"schemas: {a.json: schemas/s.json}",
        "schemas/s.json": b'{"properties": {"at": {"format": "date"}}}',
        "a.json": b'{"at": "soon"}',
    }
    assert said(tree) == []
    ((_, found),) = said(tree, Options(formats=True))
    assert isinstance(found, Finding)
    assert (found.message, found.span) == ("`at` must have the format `date`", Span(1, 8, 1, 14))


def test_no_value_of_a_document_reaches_a_finding() -> None:
    """Messages, hints and subjects quote the schema and keys; the values of a document stay where they are."""
    token = "zq" * 20
    schema = b"""{"properties": {
        "a": {"type": "integer"}, "b": {"enum": ["x"]}, "c": {"pattern": "^y$"}, "d": {"const": 1},
        "e": {"maxLength": 2}, "f": {"not": {}}, "g": {"oneOf": [{"const": 1}, {"pattern": "^n"}]},
        "h": {"items": false}, "i": {"contains": {"const": 0}}, "j": {"format": "email"}}}"""
    values = dict.fromkeys("abcdefgj", f'"{token}"') | {"h": f'["{token}"]', "i": f'["{token}"]'}
    data = "{" + ", ".join(f'"{key}": {value}' for key, value in values.items()) + "}"
    tree = {"canonical.yaml": b"schemas: {a.json: s.schema.json}", "s.schema.json": schema, "a.json": data.encode()}
    found = said(tree, Options(formats=True))
    assert len(found) == len(values)
    assert token not in repr(found)


def test_anchored_value_is_related_to_its_definition() -> None:
    """A value that came through a YAML alias is shown where it is used, and where it is defined."""
    tree = {
        "canonical.yaml": b"schemas: {a.yaml: s.schema.json}",
        "s.schema.json": b'{"properties": {"use": {"type": "integer"}}}',
        "a.yaml": b"define: &x text\nuse: *x\n",
    }
    ((_, found),) = said(tree)
    assert isinstance(found, Finding)
    assert found.span == Span(2, 6, 2, 8)
    assert found.related[0].note == "the value is defined here"
    assert found.related[0].span is not None
    assert found.related[0].span.line == 1


def test_unread_schemas_are_one_finding_per_folder() -> None:
    """Many documents that point into a folder which is not read give one finding, with the others beside it."""
    tree = {f"d{number:02}.json": b'{"$schema": "defs/s.json"}' for number in range(30)} | {"defs/s.json": b"{}"}
    ((path, found),) = said(tree)
    assert isinstance(found, Finding)
    assert (path, found.rule, len(found.related)) == ("d00.json", "schema/unreached-schema", 10)
    assert "29 more documents" in found.message
    assert isinstance(found.related[0], Place)
    assert said(tree, Options(schema_dirs=("defs",))) == []


def test_levels_of_coverage() -> None:
    """What concerns the reach of the check is a note or a warning; what defeats it is an error."""
    levels = {rule.id.partition("/")[2]: rule.level for rule in GUARD.rules}
    assert levels["uncovered-data"] is levels["unused-schema"] is Level.NOTE
    assert levels["unknown-keyword"] is levels["unreached-schema"] is Level.WARNING
    assert levels["unmatched-glob"] is levels["empty-data"] is levels["invalid-schema"] is Level.ERROR
