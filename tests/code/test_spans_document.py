"""The door and the words: which file has which format, and the two proofs over files that people really wrote."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import metadata

import pytest

from benchmarks.span_identity import check_data, main
from guards._code.spans import DocumentError, ErrorKind, Format, format_of, parse
from guards._core.model import Span


@pytest.mark.parametrize(
    ("path", "format_"),
    [
        ("a.json", Format.JSON),
        ("a/b.JSON", Format.JSON),
        ("map.geojson", Format.JSON),
        ("site.webmanifest", Format.JSON),
        ("Pipfile.lock", Format.JSON),
        ("a.jsonl", Format.JSONL),
        ("a.b.ndjson", Format.JSONL),
        (".github/workflows/ci.yml", Format.YAML),
        (".pre-commit-config.yaml", Format.YAML),
        ("sub/.clang-format", Format.YAML),
        ("pyproject.toml", Format.TOML),
        ("sub/Cargo.lock", Format.TOML),
        ("a.csv", Format.CSV),
        ("a.tsv", Format.CSV),
        ("a.jsonc", None),
        ("a.json5", None),
        ("tsconfig.json", None),
        ("web/tsconfig.build.json", None),
        (".vscode/settings.json", None),
        ("sub/.vscode/tasks.json", None),
        (".devcontainer/devcontainer.json", None),
        ("vscode/settings.json", Format.JSON),
        ("yarn.lock", None),
        ("json", None),
        (".json", None),
        ("a.json/b", None),
        ("a.json.txt", None),
        ("", None),
    ],
)
def test_the_format_is_told_by_name_or_suffix(path: str, format_: Format | None) -> None:
    assert format_of(path) == format_


def shipped_files() -> Iterator[tuple[str, Format]]:
    """Files of a few formats that the installed distributions came with; their own lists of files are CSV."""
    for distribution in metadata.distributions():
        for file in distribution.files or ():
            path, format_ = os.fspath(file.locate()), format_of(file.name)
            if file.name == "RECORD":
                format_ = Format.CSV
            if format_ and os.path.isfile(path) and os.path.getsize(path) < 300_000:
                yield path, format_


def test_both_proofs_hold_for_files_that_people_wrote() -> None:
    """Whatever is installed where this runs; that there is enough of it is part of the test."""
    counts: Counter[str] = Counter()
    found = list(shipped_files())
    found.append((os.path.join(os.path.dirname(__file__), "..", "..", "pyproject.toml"), Format.TOML))
    for path, format_ in found:
        with open(path, "rb") as file:
            assert list(check_data(file.read(), format_, counts)) == [], path
    assert sum(count for name, count in counts.items() if name.endswith("files")) >= 20
    assert sum(count for name, count in counts.items() if name.endswith(("values", "keys"))) >= 3_000
    assert counts["toml values"] >= 50


def test_the_proofs_notice_a_position_that_is_off_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with every end one too far, each format's documents fail their proof."""
    from guards._code.spans.text import Text

    byte = Text.byte
    monkeypatch.setattr(Text, "byte", lambda text, index: byte(text, index) + 1)
    for data, format_ in (
        (b'{"a": [1, "b"]}', Format.JSON),
        (b"a: [1, b]\n", Format.YAML),
        (b"a = [1, 'b']\n", Format.TOML),
        (b"a,b\n12,34\n", Format.CSV),
        (b'{"a": 1}\n', Format.JSONL),
    ):
        assert list(check_data(data, format_, Counter()))


def test_the_command_counts_what_it_proved(tmp_path: os.PathLike[str], capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("a.json", '{"a": 1}'), ("b.yaml", "a: [1"), ("c.txt", "x")):
        with open(os.path.join(tmp_path, name), "w") as file:
            file.write(text)
    assert main([os.fspath(tmp_path)]) == 0
    printed = dict(line.rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines() if line)
    assert (
        printed.items()
        >= {"json files": "1", "json values": "1", "yaml rejected (syntax)": "1", "mismatches": "0"}.items()
    )


def test_errors_are_values() -> None:
    """They travel between processes and compare by what they say."""
    error = DocumentError("what", Span(1, 2, 3, 4), ErrorKind.LIMIT)
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (other.message, other.span, other.kind, str(other)) == ("what", Span(1, 2, 3, 4), "limit", "what")


def test_a_document_does_not_print_its_text() -> None:
    (document,) = parse(b'{"a": "text"}', Format.JSON)
    assert "\\n" not in repr(document)
    assert repr(document).count("text") == 1


def test_importing_the_door_imports_no_parser() -> None:
    """PyYAML and tomllib are paid for by those who read YAML and TOML."""
    check = "import sys, guards._code.spans; print(sorted({'yaml', 'tomllib', 'tree_sitter'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
