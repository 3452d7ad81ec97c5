"""The short way of a work tree: ordinary edits, of which no guard can have anything else to say than before.

Beside the record of a report stands what makes an edit ordinary: the file is of a kind that every guard looks at only
when one of its triggers hits, nothing was found in it, and no line has a sign of a trigger that was not there before.
Then the report is what it was. The slightest doubt is no answer here and a full run there.

Imports nothing but built-in modules, and only where something differs.
"""

import os

from guards._core import replay, seal, staged

PREFIX = "edits-"
MOST_EDITS = staged.MOST_CHANGES


class Seen:
    """An ordinary file as it stands on disk."""

    def __init__(self, content: bytes, mode: int, signs: staged.Signs) -> None:
        self.content = content
        self.kind = b"program" if mode & 0o100 else b"file"
        self.signs = signs


class Look:
    """Looks at ordinary files."""

    def __init__(self, root: str, key: bytes, wanted: bytes, engine: bytes) -> None:
        self._root = root
        self._ordinary = staged.Ordinary(wanted)
        self._signs_in = staged.signs_by(root, key, engine)

    def at(self, path: bytes) -> Seen | None:
        """What stands at a path; None where that is not an ordinary file, or lines do not tell enough of it."""
        full = os.path.join(self._root, os.fsdecode(path))
        data = seal.plain(full, follow=False) if self._ordinary.path(path) else None
        signs = self.within(data) if data is not None else None
        if data is None or signs is None:
            return None
        mode = os.lstat(full).st_mode
        return Seen(replay.content_of(data, mode), mode, signs)

    def within(self, data: bytes) -> staged.Signs | None:
        """The signs in the content of a file; None where lines do not tell enough of it."""
        return self._signs_in(data) if self._ordinary.text(data) else None


def are_harmless(
    root: str,
    key: bytes,
    recorded: tuple[str, bytes],
    git: tuple[bytes, bytes],
    told: list[bytes],
    answers: "list[bytes | None]",
) -> bool:
    """Whether all that differs are ordinary edits.

    `recorded`: the name and the data of the report's record. `git`: its path and settings. `told`: what it answered
    then, and `answers`: what it answers now; first what differs on disk from the index.
    """
    name, record = recorded
    edits = replay.sealed(root, key, PREFIX + name)
    if edits is None or not answers or answers[0] is None or answers[1:] != told[1:]:
        return False
    same_as, wanted, engine, matter, on_disk = replay.unpack(edits)
    known = _in_threes(on_disk)
    before, now = _changes(told[0]), _changes(answers[0])
    paths = {path for path in (*before, *now) if before.get(path) != now.get(path)}
    paths.update(path for path in known if replay.content(root, os.fsdecode(path)) != known[path][0])
    if same_as != replay.digest(record) or len(paths) > MOST_EDITS or not paths.isdisjoint(replay.unpack(matter)):
        return False
    look = Look(root, key, wanted, engine)
    stood = {path: unpacked(signs) for path, (_, signs) in known.items()}
    fresh = {path: staged.modified(now[path]) if path in now else () for path in paths if path not in known}
    if not all(fresh.values()):
        return False
    contents = staged.contents(git[0], root, git[1], [sides[0] for sides in fresh.values()]) if fresh else []
    if contents is None:
        return False
    for path, content in zip(fresh, contents):  # noqa: B905 - as many
        stood[path] = _KINDS[now[path][1:7]], look.within(content)
    return all(_is_harmless(look.at(path), *stood[path]) for path in paths)


def _is_harmless(seen: Seen | None, kind: bytes, before: "staged.Signs | None") -> bool:
    return seen is not None and seen.kind == kind and staged.is_covered(seen.signs, before)


_KINDS = {b"100644": b"file", b"100755": b"program"}


def _changes(answer: bytes) -> dict[bytes, bytes]:
    """Path to what git says of it."""
    fields = answer.split(b"\0")
    return dict(zip(fields[1::2], fields[::2]))  # noqa: B905 - the last field is empty


def _in_threes(packed_fields: bytes) -> dict[bytes, tuple[bytes, bytes]]:
    fields = replay.unpack(packed_fields)
    return {path: (content, signs) for path, content, signs in zip(fields[::3], fields[1::3], fields[2::3])}  # noqa: B905


def packed(seen: Seen | None) -> bytes:
    """The kind and the signs of a file, to be kept; nothing where lines do not tell enough of it."""
    if seen is None:
        return b""
    counted = [(b"%d" % group, line, b"%d" % count) for (group, line), count in seen.signs.items()]
    return replay.pack([seen.kind, *(part for one in counted for part in one)])


def unpacked(data: bytes) -> "tuple[bytes, staged.Signs | None]":
    """The kind and the signs of a file."""
    if not data:
        return b"", None
    kind, *rest = replay.unpack(data)
    flat = zip(rest[::3], rest[1::3], rest[2::3])  # noqa: B905 - in threes
    return kind, {(int(group), line): int(count) for group, line, count in flat}
