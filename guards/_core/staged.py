"""The commit hook's short way: ordinary changes that no guard can have anything to say about.

A plan, sealed by an earlier run with the same settings, says what makes a change ordinary: a modified regular file of
a kind that every guard looks at only when one of its triggers hits, or when the file is large. Where no line has a
sign of a trigger that was not there before, and none that needs more than its line to be judged, nothing new can be
found, and the plan's receipt is the report. The slightest doubt is no answer here and a full run there.

Imports nothing but built-in modules and loads the trigger engine by its file: this is what a commit waits for.
"""

import os
import sys

from guards._core import replay

TYPE_CHECKING = False  # `typing` is a large import; type checkers know this name without it
if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "plan-"
SETTINGS_FILES = ("guard.toml", "pyproject.toml", "canonical.yaml", "config/canonical.yaml")
SETTINGS_QUESTION = (b"ls-files", b"-s", b"-z", b"--", *(name.encode() for name in SETTINGS_FILES))

_MOST_CHANGES = 200
_REGULAR = (b"100644", b"100755")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_SAMPLE = 8192
"""As many bytes as any guard looks at to tell whether a file is binary."""
_PADDING = b"\n" * 128
_SCANNED_PADDING = 64
_SETTLED = ord("1")
"""The mark of triggers whose hits come to nothing else than before as long as their lines are the same."""


def answer(arguments: list[str]) -> int | None:
    """Write the receipt of a run that has nothing to say, and return 0; None where only a run can tell."""
    clock = replay.now_ns()
    found = replay.repository()
    if found is None or not _same_repository(found[0]):
        return None
    try:
        data = replay.sealed(*found, PREFIX + replay.name_for(arguments))
        return _answer(*found, replay.unpack(data), clock) if data is not None else None
    except Exception:  # noqa: BLE001 - such as a plan of another format: a run will tell
        return None


def _answer(root: str, key: bytes, plan: list[bytes], clock: int) -> int | None:
    version, stamp, git, settings, witnesses, told, extension, database, wanted, one, many = plan
    if version != replay.FORMAT or stamp != replay.code_stamp() or not replay.all_same(witnesses):
        return None
    changes, in_index = _ask(git, root, settings)
    blobs = _ordinary(changes, replay.unpack(wanted)) if in_index == told else []
    limit = int(replay.unpack(wanted)[0])
    if not blobs or not _is_quiet(root, key, git, settings, blobs, (extension, database, limit)):
        return None
    count = len(blobs) // 2
    replay.write_out(replay.filled(one if count == 1 else many, clock, {b"files": f"{count:,}".encode()}))
    return 0


def _same_repository(root: str) -> bool:
    """Whether git was told nothing, or only what it would find by itself; another index of it is fine."""
    if any(name in os.environ for name in replay.STEERING if name not in {"GIT_DIR", "GIT_INDEX_FILE"}):
        return False
    folder = os.environ.get("GIT_DIR")
    return folder is None or os.path.realpath(folder) == os.path.realpath(os.path.join(root, ".git"))


_CHANGES_QUESTION = (b"diff-index", b"--cached", b"--raw", b"-z", b"--no-renames", b"HEAD")


def _ask(git: bytes, root: str, settings: bytes) -> tuple[bytes | None, bytes | None]:
    """What is staged, and which settings the index holds: two questions at once."""
    running = [
        replay.Question(git, b"\0".join(question), root, settings, keep=("GIT_DIR", "GIT_INDEX_FILE"))
        for question in (_CHANGES_QUESTION, SETTINGS_QUESTION)
    ]
    changes, in_index = [question.answer() for question in running]
    return changes, in_index


def _ordinary(changes: bytes | None, wanted: list[bytes]) -> list[bytes]:
    """The blobs of both sides of every change; none at all where one change is not ordinary."""
    fields = changes.split(b"\0")[:-1] if changes else []
    if not fields or len(fields) > 2 * _MOST_CHANGES:
        return []
    suffixes, names = set(wanted[1].split(b"\0")), set(wanted[2].split(b"\0"))
    blobs: list[bytes] = []
    for head, path in zip(fields[::2], fields[1::2]):  # noqa: B905 - one list in two strides
        old_mode, new_mode, old, new, status = head[1:].split(b" ")
        name = path.rpartition(b"/")[2]
        suffix = name[name.rfind(b".") :].lower() if name.rfind(b".") > 0 else b""
        if status != b"M" or old_mode != new_mode or old_mode not in _REGULAR:
            return []
        if suffix in suffixes or name in names or path.startswith(b".guard/"):
            return []
        blobs += [old, new]
    return blobs


def _is_quiet(
    root: str, key: bytes, git: bytes, settings: bytes, blobs: list[bytes], engine: tuple[bytes, bytes, int]
) -> bool:
    """Whether nothing came that a guard could find, and no blob is large or written in something else than UTF-8.

    The blobs are those before and after, in turn.
    """
    extension, name, limit = engine
    output = _contents(git, root, settings, blobs)
    if output is None:
        return False
    signs_in = _scanner(root, key, extension, name) if name else lambda data: {}
    at = 0
    before: dict[tuple[int, bytes], int] | None = None
    for blob in blobs:
        end = output.find(b"\n", at)
        head = output[at:end].split(b" ")
        if len(head) != 3 or head[0] != blob or head[1] != b"blob":
            return False
        size = int(head[2])
        data = output[end + 1 : end + 1 + size]
        if size > limit or len(data) != size or data.startswith(_MARKS) or b"\0" in data[:_SAMPLE]:
            return False
        signs = signs_in(data)
        if signs is None or (before is not None and any(signs[one] > before.get(one, 0) for one in signs)):
            return False
        before = signs if before is None else None
        at = end + size + 2
    return True


def _contents(git: bytes, root: str, settings: bytes, blobs: list[bytes]) -> bytes | None:
    argv = b"cat-file\0--batch"
    keep = ("GIT_DIR", "GIT_INDEX_FILE")
    return replay.Question(git, argv, root, settings, keep=keep, stdin=b"\n".join(blobs) + b"\n").answer()


def _scanner(
    root: str, key: bytes, extension: bytes, name: bytes
) -> "Callable[[bytes], dict[tuple[int, bytes], int] | None]":
    """A function that counts the lines with signs of triggers in some bytes; None where more than lines may count."""
    import _imp
    from _frozen_importlib import ModuleSpec

    record = replay.sealed(root, key, os.fsdecode(name))
    if record is None:
        return lambda data: None
    by_line, _, stored = record.split(b"\n", 4)[2:]
    module = _imp.create_dynamic(ModuleSpec("hyperscan._hs_ext", None, origin=os.fsdecode(extension)))
    _imp.exec_dynamic(module)
    sys.modules["hyperscan._hs_ext"] = module  # a full run that follows must find this one: it cannot be loaded twice
    database = module.loadb(stored, module.HS_MODE_BLOCK)
    scratch = module.Scratch(database)

    def signs_in(data: bytes) -> dict[tuple[int, bytes], int] | None:
        found: set[tuple[int, int]] = set()
        padded = memoryview(data + _PADDING)[: len(data) + _SCANNED_PADDING]
        database.scan(
            padded,
            lambda group, start, end, flags, context: found.add((group, data.rfind(b"\n", 0, end) + 1)),
            scratch=scratch,
        )
        counts: dict[tuple[int, bytes], int] = {}
        for group, start in found:
            if by_line[group] != _SETTLED:
                return None
            end = data.find(b"\n", start)
            sign = group, data[start : end if end >= 0 else None]
            counts[sign] = counts.get(sign, 0) + 1
        return counts

    return signs_in
