"""The commit hook's short way: ordinary changes that no guard can have anything to say about.

A plan, sealed by an earlier run with the same settings, says what makes a change ordinary: a modified regular file of
a kind that every guard looks at only when one of its triggers hits, or when the file is large. Where no line has a
sign of a trigger that was not there before, and none that needs more than its line to be judged, nothing new can be
found, and the plan's receipt is the report. The slightest doubt is no answer here and a full run there.

Of files that are of a wanted kind, the plan lists those that concern nobody. Some of them are there only because no
judge asked for them: that holds while nothing but ordinary files changed since the commit of the plan.

Imports nothing but built-in modules and loads the trigger engine by its file: this is what a commit waits for.
"""

import os
import sys

from guards._core import replay

TYPE_CHECKING = False  # `typing` is a large import; type checkers know this name without it
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PREFIX = "plan-"
SETTINGS_FILES = ("guard.toml", "pyproject.toml", "canonical.yaml", "config/canonical.yaml", "guard-baseline.jsonl")
SETTINGS_QUESTION = (b"ls-files", b"-s", b"-z", b"--", *(name.encode() for name in SETTINGS_FILES))

MOST_CHANGES = 200
_REGULAR = (b"100644", b"100755")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_SAMPLE = 8192
"""As many bytes as any guard looks at to tell whether a file is binary."""
_PADDING = b"\n" * 128
_SCANNED_PADDING = 64
_ABOVE, _LINE, _STATEMENT = b"123"
"""The scopes of triggers whose hits come to the same while some part of the file is the same."""


def answer(arguments: list[str]) -> int | None:
    """Write the receipt of a run that has nothing to say, and return 0; None where only a run can tell."""
    clock = replay.now_ns()
    found = replay.repository()
    if found is None or replay.steered(but_for_index=True):
        return None
    try:
        data = replay.sealed(*found, PREFIX + replay.name_for(arguments))
        return _answer(*found, replay.unpack(data), clock) if data is not None else None
    except Exception:  # noqa: BLE001 - such as a plan of another format: a run will tell
        return None


def _answer(root: str, key: bytes, plan: list[bytes], clock: int) -> int | None:
    version, stamp, git, settings, witnesses, told, wanted, engine, past, one, many = plan
    if version != replay.FORMAT or stamp != replay.code_stamp() or not replay.all_same(witnesses):
        return None
    commit, *remembered = replay.unpack(past)
    questions = (_CHANGES, SETTINGS_QUESTION, *_about_the_past(commit, remembered))
    asked = [_ask(git, root, settings, question) for question in questions]
    ordinary, signs_in = Ordinary(wanted), signs_by(root, key, engine)  # loaded while git works
    changes, in_index, *news = [question.answer() for question in asked]
    blobs = _ordinary(changes, ordinary) if in_index == told and not any(one != b"" for one in news) else []
    if blobs and ordinary.relied_on_silence:
        since = _ask(git, root, settings, (*_SINCE, commit, b"HEAD")).answer()
        blobs = blobs if since == b"" or _ordinary(since, ordinary) else []
    if not blobs or not _is_quiet(root, git, settings, blobs, ordinary, signs_in):
        return None
    count = len(blobs) // 2
    replay.write_out(replay.filled(one if count == 1 else many, clock, {b"files": f"{count:,}".encode()}))
    return 0


_CHANGES = (b"diff-index", b"--cached", b"--raw", b"-z", b"--no-renames", b"HEAD")
_SINCE = (b"diff-tree", b"-r", b"--raw", b"-z", b"--no-renames")


def _about_the_past(commit: bytes, files: list[bytes]) -> list[tuple[bytes, ...]]:
    """The question whether any commit since that of the plan touched a file whose past guards know."""
    walk = (b"rev-list", b"--full-history", b"--max-count=1", b"HEAD", b"^" + commit, b"--", *files)
    return [walk] if files else []


def _ask(git: bytes, root: str, settings: bytes, question: tuple[bytes, ...]) -> replay.Question:
    return replay.Question(git, b"\0".join(question), root, settings, keep=("GIT_DIR", "GIT_INDEX_FILE"))


def _ordinary(changes: bytes | None, ordinary: "Ordinary") -> list[bytes]:
    """The blobs of both sides of every change; none at all where one change is not ordinary."""
    fields = changes.split(b"\0")[:-1] if changes else []
    if not fields or len(fields) > 2 * MOST_CHANGES:
        return []
    blobs: list[bytes] = []
    for entry, path in zip(fields[::2], fields[1::2]):  # noqa: B905 - one list in two strides
        sides = modified(entry)
        if not sides or not ordinary.path(path):
            return []
        blobs += sides
    return blobs


def modified(entry: bytes) -> tuple[bytes, ...]:
    """The blobs before and after of a regular file that git lists as modified; none where something else happened."""
    old_mode, new_mode, old, new, status = entry[1:].split(b" ")
    return (old, new) if status == b"M" and old_mode == new_mode and old_mode in _REGULAR else ()


class Ordinary:
    """What makes a file ordinary: no guard looks at it unless a trigger hits."""

    def __init__(self, wanted: bytes) -> None:
        limit, suffixes, names, self._indifferent, self._unasked = replay.unpack(wanted)
        self._limit = int(limit)
        self._suffixes = set(suffixes.split(b"\0"))
        self._names = set(names.split(b"\0"))
        self.relied_on_silence = False
        """Whether a path was ordinary only because no judge asked for it."""

    def path(self, path: bytes) -> bool:
        """Whether it is by its path."""
        if path.startswith(b".guard/"):
            return False
        if not self.is_wanted_kind(path):
            return True
        listed = b"\0%s\0" % path
        if listed in self._unasked:
            self.relied_on_silence = True
            return True
        return listed in self._indifferent

    def is_wanted_kind(self, path: bytes) -> bool:
        """Whether guards want its name or its suffix, or those of a folder that it is in: globs mean both."""
        names = path.split(b"/")
        suffixes = (name[name.rfind(b".") :].lower() if name.rfind(b".") > 0 else b"" for name in names)
        return not self._names.isdisjoint(names) or not self._suffixes.isdisjoint(suffixes)

    def text(self, data: bytes) -> bool:
        """Whether it is by its content: neither large, nor written in something else than UTF-8, nor with a waiver:
        where a line with one goes, what it covered comes back."""
        is_plain = not data.startswith(_MARKS) and b"\0" not in data[:_SAMPLE]
        return len(data) <= self._limit and is_plain and b"allow[" not in data


Signs = dict[tuple[int, bytes], int]
"""How many lines there are with a sign of a group of triggers, by group and the keyed digest of what decides. Where
statements count there is one, of all up to the end of the last of them."""


def is_covered(after: Signs | None, before: Signs | None) -> bool:
    """Whether nothing came to what stood there before."""
    return after is not None and before is not None and not any(after[one] > before.get(one, 0) for one in after)


def _is_quiet(
    root: str,
    git: bytes,
    settings: bytes,
    blobs: list[bytes],
    ordinary: Ordinary,
    signs_in: "Callable[[bytes], Signs | None]",
) -> bool:
    """Whether nothing came that a guard could find. The blobs are those before and after, in turn."""
    found = contents(git, root, settings, blobs)
    if found is None or not all(map(ordinary.text, found)):
        return False
    signs = list(map(signs_in, found))
    return all(map(is_covered, signs[1::2], signs[::2]))


def contents(git: bytes, root: str, settings: bytes, blobs: list[bytes]) -> list[bytes] | None:
    """The bytes of blobs; None where git does not have one."""
    argv = b"cat-file\0--batch"
    keep = ("GIT_DIR", "GIT_INDEX_FILE")
    question = replay.Question(git, argv, root, settings, keep=keep, stdin=b"\n".join(blobs) + b"\n")
    output = question.answer()
    if output is None:
        return None
    found = []
    at = 0
    for blob in blobs:
        end = output.find(b"\n", at)
        head = output[at:end].split(b" ")
        if len(head) != 3 or head[0] != blob or head[1] != b"blob":
            return None
        size = int(head[2])
        found.append(output[end + 1 : end + 1 + size])
        at = end + size + 2
    return found


def signs_by(root: str, key: bytes, engine: bytes) -> "Callable[[bytes], Signs | None]":
    """A function that counts the lines with signs of triggers in some bytes; None where more than lines may count."""
    extension, name = replay.unpack(engine)
    if not name:
        return lambda data: {}
    record = replay.sealed(root, key, os.fsdecode(name))
    return _scanner(os.fsdecode(extension), record, key) if record is not None else lambda data: None


def _scanner(extension: str, record: bytes, key: bytes) -> "Callable[[bytes], Signs | None]":
    scopes, _, stored = record.split(b"\n", 4)[2:]
    module = _extension(extension)
    database = module.loadb(stored, module.HS_MODE_BLOCK)
    scratch = module.Scratch(database)
    of_statements = [group for group, scope in enumerate(scopes) if scope == _STATEMENT]

    def signs_in(data: bytes) -> Signs | None:
        found: set[tuple[int, int]] = set()
        padded = memoryview(data + _PADDING)[: len(data) + _SCANNED_PADDING]
        database.scan(
            padded,
            lambda group, start, end, flags, context: found.add((group, data.rfind(b"\n", 0, end) + 1)),
            scratch=scratch,
        )
        counts: Signs = {}
        decided = dict.fromkeys(of_statements, 0)
        for group, start in found:
            if group in decided:
                decided[group] = max(decided[group], _statement_end(data, start))
                continue
            if scopes[group] not in {_ABOVE, _LINE}:
                return None
            begin = 0 if scopes[group] == _ABOVE else start
            sign = group, replay.digest(data[begin : _line_end(data, start)], key)
            counts[sign] = counts.get(sign, 0) + 1
        counts.update({(group, replay.digest(data[:end], key)): 1 for group, end in decided.items()})
        return counts

    return signs_in


def _line_end(data: bytes, start: int) -> int:
    end = data.find(b"\n", start)
    return end if end >= 0 else len(data)


def _statement_end(data: bytes, start: int) -> int:
    """Where what begins on a line has ended for sure: behind the line on which its last parenthesis is closed.

    A comment may hide one, and a string may look like a comment: beside a `#` none counts as closed on its own line.
    """
    end = _line_end(data, start)
    while end < len(data) and data[start:end].endswith((b"\\", b"\\\r")):
        end = _line_end(data, end + 1)
    begun = data[start:end]
    is_open = begun.rfind(b"(") > begun.rfind(b")") or (b"(" in begun and b"#" in begun)
    while is_open and end < len(data):
        line, end = end + 1, _line_end(data, end + 1)
        is_open = b")" not in data[line:end].partition(b"#")[0]
    return end


def _extension(path: str) -> "Any":
    name = "hyperscan._hs_ext"
    if name not in sys.modules:
        import _imp
        from _frozen_importlib import ModuleSpec

        module = _imp.create_dynamic(ModuleSpec(name, None, origin=path))
        _imp.exec_dynamic(module)
        sys.modules[name] = module  # a full run that follows must find this one: it cannot be loaded twice
    return sys.modules[name]
