"""The patch of `--diff`: the lines that change and the commands, and no other line; made harmless."""

from __future__ import annotations

from hypothesis import given, strategies as st
from msgspec.structs import replace

from guards._core.fixes import Change, Plan, Untracking
from guards._core.replacing import Standing
from guards._output import inert
from guards._output.patch import render

from . import reports


def change(before: bytes | None, after: bytes, *, path: str = "a.txt", withheld: bool = False) -> Change:
    standing = None if before is None else Standing(before, (), 0o644, (0, 0), 0)
    return Change(path, standing, after, ("aa",), withheld)


def shown(*changes: Change, **more: object) -> str:
    return render(Plan(changes, **more), reports.green())  # type: ignore[arg-type]


def test_only_lines_that_change_are_shown() -> None:
    patch = shown(change(b"password = hunter2\nport = 1\nother = x\n", b"password = hunter2\nport = 2\nother = x\n"))
    assert patch == "--- a/a.txt\n+++ b/a.txt\n@@ -2 +2 @@\n-port = 1\n+port = 2\n\n"


def test_a_new_file_comes_from_nowhere() -> None:
    assert shown(change(None, b"x\n")) == "--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+x\n\n"


def test_a_last_line_without_an_end_is_told() -> None:
    marker = "\\ No newline at end of file\n"
    assert shown(change(b"a", b"b")) == f"--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-a\n{marker}+b\n{marker}\n"


def test_what_must_not_be_shown_is_not_shown() -> None:
    patch = shown(change(b"hunter2\n", b"gone\n", withheld=True))
    assert "hunter2" not in patch
    assert "not shown" in patch


def test_commands_are_those_of_a_shell_and_a_refusal_has_its_reason() -> None:
    untracking = (Untracking("v en", ("v en/a", "v en/b"), "aa"), Untracking("k", ("k",), "bb", quarantine=True))
    report = replace(reports.green(), findings=(reports.finding(fingerprint="cc"),))
    patch = render(Plan((), untracking, {"cc": "it is a link"}), report)
    assert patch == (
        "$ git rm -r --cached -- 'v en'\n"
        "$ git rm --cached -- k\n"
        f"$ mv -- k .guard/quarantine/{report.run.id}/files/k\n"
        "# src/shop/budget.py:12:17 env/undeclared would not be fixed: it is a link\n\n"
    )


def test_nothing_to_do_is_no_patch() -> None:
    assert shown() == ""


@given(st.lists(st.sampled_from([reports.HOSTILE, "a", "\r", "b\r\n", "\n", "\x1b[2J"]), max_size=6).map("".join))
def test_a_hostile_text_gives_a_terminal_nothing_to_obey(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    patch = shown(change(b"", data, path=reports.HOSTILE), change(data, b""))
    for line in patch.split("\n"):
        assert inert.one_line(line.removesuffix("\r")) == line.removesuffix("\r")
    patch.encode()
