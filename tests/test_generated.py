"""Files that are written from the code agree with it, and the means to write them do what they say."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given, settings, strategies as st

from guards._builtin import BUILTIN, load
from guards._core import config, inline
from guards._core.config import ConfigError
from guards._core.model import Guard, Rule
from tests import generated
from tests.generation import example, hooks, schemas


def test_nothing_is_out_of_date() -> None:
    """What lies in the repository is what the code says."""
    assert generated.differences() == ""


def test_every_guard_and_rule_has_its_page() -> None:
    """A page for each, and no page of something that does not exist."""
    rules = [f"docs/rules/{rule.id}.md" for rule in _rules()]
    wanted = {*rules, *(f"docs/guards/{guard.id}.md" for guard in _guards())}
    there = {path.relative_to(generated.ROOT).as_posix() for folder in generated.FOLDERS for path in _pages(folder)}
    assert there == wanted


def test_a_block_is_replaced_and_the_rest_is_kept() -> None:
    """Only what stands between the comments is written by us."""
    text = "before\n<!-- generated: sections -->\nold\n<!-- end of sections -->\nafter\n"
    filled = generated.filled(text, "page.md")
    assert filled.startswith("before\n<!-- generated: sections -->\n\n| section |")
    assert filled.endswith("\n<!-- end of sections -->\nafter\n")
    assert "old" not in filled
    assert generated.filled(filled, "page.md") == filled


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<!-- generated: sections -->\nold\n", "not closed"),
        ("<!-- generated: sections -->\n<!-- end of rules -->\n", "not closed"),
        ("<!-- generated: nothing -->\n<!-- end of nothing -->\n", "no block 'nothing'"),
    ],
)
def test_a_broken_block_is_refused(text: str, complaint: str) -> None:
    """A slip in a comment must not turn a table into text that nobody updates."""
    with pytest.raises(ValueError, match=complaint):
        generated.filled(text, "page.md")


def test_a_guide_that_promises_another_finding_is_refused() -> None:
    """The pages that show output are written only where guard says what their authors meant to show."""
    clean = example.Said("guard all", 0, "", {"findings": []})
    agreeing = {
        one.name: [example.Said(one.command, one.code, "", {"findings": list(map(_finding, one.finds))})]
        for one in example.mistakes()
    }
    example.check({"clean": [clean], **agreeing})
    for other in (clean, example.Said("guard all", 1, "", {"findings": [_finding("compose.yaml:6 drift/value")]})):
        with pytest.raises(ValueError, match="port: ends with"):
            example.check({"clean": [clean], **agreeing, "port": [other]})


def _finding(place: str) -> dict[str, Any]:
    where, _, rule = place.partition(" ")
    path, _, line = where.partition(":")
    return {"path": path, "line": int(line), "rule": rule, "status": "new"}


def test_check_shows_what_differs_and_write_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh copy without generated files: all of them differ, are written once, and then differ no more."""
    (tmp_path / "docs/rules/hygiene").mkdir(parents=True)
    (tmp_path / "docs/rules/hygiene/gone.md").write_text("a rule that was removed\n")
    (tmp_path / "README.md").write_text("<!-- generated: exit-codes -->\n<!-- end of exit-codes -->\n")
    monkeypatch.setattr(generated, "ROOT", tmp_path)
    found = generated.differences()
    assert "+| `4` | RUNTIME |" in found
    assert "-a rule that was removed" in found
    assert generated.main(["--check"]) == 1
    assert {"README.md", ".pre-commit-hooks.yaml", "docs/rules/hygiene/gone.md"} <= set(generated.write())
    assert not (tmp_path / "docs/rules/hygiene/gone.md").exists()
    assert (generated.write(), generated.main(["--check"])) == ([], 0)


def test_the_hooks_are_one_for_all_and_one_for_each_guard() -> None:
    """The manifest's hooks run commands that exist, get no file names, and run for deletions too."""
    manifest: list[dict[str, Any]] = yaml.safe_load(hooks.manifest())
    commands = {hook["id"]: hook["entry"] for hook in manifest}
    own = {f"guard-{guard_id}": f"guard {guard_id} --hook" for guard_id in BUILTIN}
    assert commands == {"guard": "guard all --hook"} | own
    for hook in manifest:
        assert "args" not in hook  # a configuration replaces them as a whole
        assert (hook["pass_filenames"], hook["always_run"], hook["require_serial"]) == (False, True, True)
        assert hook["stages"] == ["pre-commit", "pre-merge-commit", "pre-push", "manual"]


@pytest.mark.parametrize("text", [schemas.config_schema(), schemas.canonical_schema()], ids=["config", "canonical"])
def test_the_schemas_are_schemas_with_a_description_everywhere(text: str) -> None:
    """They are valid in their own dialect, and an editor has something to say about every key."""
    schema = json.loads(text)
    assert jsonschema_rs.meta.is_valid(schema)
    assert schema["$id"].startswith("urn:guard-suite:")
    assert [key for key, value in _properties(schema) if not value.get("description")] == []


def _properties(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties.items()
        for value in schema.values():
            yield from _properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _properties(value)


_VALUES = st.sampled_from(
    ["1", "0", "-1", "true", '"error"', '"off"', '"prod"', '"x"', "[]", '["hygiene"]', "[1]", "{}", "0.5", "1_000_000"]
)
_KEYS = st.sampled_from(
    [
        *("enable", "skip", "exclude", "fail-level", "profile", "strict", "offline", "jobs", "timeout"),
        *("max-file-size", "typo", 'levels."hygiene/x"', "hygiene.max-size", "hygiene.exclude", "hygiene.typo"),
        *("schema.parse", "schema.max-errors", '"acme.todo".owners'),
    ]
)


_CONFIG = jsonschema_rs.validator_for(json.loads(schemas.config_schema()))


@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
@settings(max_examples=300, deadline=None)
def test_the_config_schema_accepts_what_guard_accepts(table: dict[str, str]) -> None:
    """Of each key and value, the schema and the parser think the same, so an editor marks what a run would refuse."""
    text = "".join(f"{key} = {value}\n" for key, value in sorted(table.items(), key=lambda item: "." in item[0]))
    assert _accepted(text.encode()) == _CONFIG.is_valid(tomllib.loads(text)), text


def _accepted(data: bytes) -> bool:
    known = (*BUILTIN, "acme.todo")
    try:
        found = config.load({"guard.toml": data}, flags={}, environ={}, known_guards=lambda enabled: known)
        for guard in _guards():
            found.options(guard)
    except ConfigError:
        return False
    return True


def _guards() -> list[Guard[Any]]:
    return [*(load(guard_id) for guard_id in BUILTIN), inline.GUARD]


def _rules() -> list[Rule]:
    return [rule for guard in _guards() for rule in guard.rules]


def _pages(folder: str) -> list[Path]:
    return list((generated.ROOT / folder).rglob("*.md"))
