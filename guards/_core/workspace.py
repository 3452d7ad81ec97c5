"""The only door to disk and git: the files of a view, each with its identity, each readable.

A view never changes what it shows and never leaves the root: links are entries, not doors, and only regular files
are opened.
"""

from __future__ import annotations

import bisect
import contextlib
import errno
import hashlib
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from guards._core import git as git_
from guards._core.errors import GuardError
from guards._core.git import Change, Git
from guards._core.model import Entry, Kind, Problem, ProblemKind

STORE = ".guard"
"""The run store at the root: ours, never part of what is checked."""

_KINDS = {"100644": Kind.FILE, "100755": Kind.FILE, "120000": Kind.SYMLINK, "160000": Kind.GITLINK}
_MODES = {Kind.FILE: "100644", Kind.SYMLINK: "120000", Kind.GITLINK: "160000", Kind.SPECIAL: "100644"}
_MISSING = "000000"


class UnreadableError(Exception):
    """An entry whose content cannot be had; the message is the reason, for the ledger."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a view holds: its entries sorted by path, and what could not be listed."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    """Paths that the view names without having their content, by design: path to reason (sparse checkout)."""
    unmerged: tuple[str, ...] = ()
    """Paths of an index in the middle of a merge, whose content is not decided yet."""

    def find(self, path: str) -> Entry | None:
        """The entry of a path."""
        at = bisect.bisect_left(self.entries, path, key=_path)
        return self.entries[at] if at < len(self.entries) and self.entries[at].path == path else None


class View(Protocol):
    """Where the bytes come from."""

    @property
    def name(self) -> str:
        """worktree, index or commit."""

    @property
    def root(self) -> str:
        """The absolute folder that paths are relative to."""

    @property
    def algorithm(self) -> str:
        """The hash of its blob ids."""

    @property
    def trusts_identity(self) -> bool:
        """Whether an entry's blob id is that of the very bytes that `read` gives."""

    def listing(self) -> Listing:
        """All entries."""

    def changes(self, commit: str) -> list[Change]:
        """What differs between a commit and this view; untracked files are new. Blob ids of this side are not given."""

    def read(self, entry: Entry, limit: int) -> tuple[int, bytes]:
        """The size of an entry's content and at most `limit` bytes of it."""

    def open(self, entry: Entry) -> BinaryIO:
        """A stream over an entry's content."""

    def close(self) -> None:
        """Let go of processes and handles."""


class Worktree:
    """The files on disk that git tracks or does not ignore."""

    name = "worktree"

    def __init__(self, git: Git, *, untracked: bool = True) -> None:
        self.git = git
        self.root = git.root
        self.algorithm = git.algorithm
        self.trusts_identity = False
        self._untracked = untracked
        self._disk = _Disk(git.root)

    def listing(self) -> Listing:
        """Ask git three things at once: the index, what differs from it on disk, and what it does not know."""
        index = self.git.start("ls-files", "-s", "-v", "-z")
        dirty = self.git.start("diff-files", "--raw", "-z", "--no-renames", "--ignore-submodules=all")
        others = self.git.start("ls-files", "-o", "--exclude-standard", "-z") if self._untracked else None
        entries, absent = _tracked(
            git_.parse_index(index.output()), {c.path: c.new_mode for c in git_.parse_changes(dirty.output())}
        )
        if others is not None:
            entries.extend(self._untracked_entry(path) for path in git_.parse_paths(others.output()))
        self.trusts_identity = not self._converts(entries)
        return _listing(entries, absent)

    def _converts(self, entries: Iterable[Entry]) -> bool:
        """Whether git may turn a blob into other bytes on disk: line ends, filters, encodings, keywords.

        Such a file counts as unchanged for git while its bytes are not those of its blob.
        """
        converting = {"core.autocrlf", "core.eol", "core.attributesfile"} & set(self.git.settings)
        if converting or any(os.path.exists(path) for path in self._attribute_files()):
            return True
        return any(entry.path.endswith(".gitattributes") for entry in entries)

    def _attribute_files(self) -> list[str]:
        """Where attributes may stand outside of the tree."""
        home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        own = os.fsdecode(self.git.output("rev-parse", "--git-path", "info/attributes").rstrip(b"\n"))
        return [os.path.join(self.root, own), os.path.join(home, "git", "attributes"), "/etc/gitattributes"]

    def changes(self, commit: str) -> list[Change]:
        """What git sees on disk and in the index, and what it was told not to look at."""
        changes = self.git.changes("diff-index", "--raw", "-z", "--no-renames", "--ignore-submodules=all", commit)
        known = {change.path for change in changes}
        unseen = [e for e in self.listing().entries if not e.blob and e.path not in known]
        old = self._at(commit, [e.path for e in unseen if e.tracked])
        for entry in unseen:
            mode, blob = old.get(entry.path, (_MISSING, git_.NO_BLOB))
            changes.append(Change(mode, _MODES[entry.kind], blob, git_.NO_BLOB, entry.path))
        return changes

    def _at(self, commit: str, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
        if not paths:
            return {}
        items = git_.parse_tree(self.git.output("ls-tree", "-r", "-z", commit))
        wanted = set(paths)
        return {item.path: (item.mode, item.blob) for item in items if item.path in wanted}

    def read(self, entry: Entry, limit: int) -> tuple[int, bytes]:
        """From disk, whatever the index says."""
        return self._disk.read(entry, limit)

    def open(self, entry: Entry) -> BinaryIO:
        """From disk, whatever the index says."""
        return self._disk.open(entry.path)

    def close(self) -> None:
        """Nothing is held."""

    def _untracked_entry(self, path: str) -> Entry:
        if path.endswith("/"):  # git does not look into a repository inside the repository
            return Entry(path.rstrip("/"), Kind.GITLINK, "", tracked=False)
        return self._disk.entry(path)


class Index:
    """What the next commit would hold: blobs of the index, never the files on disk."""

    name = "index"

    def __init__(self, git: Git) -> None:
        self.git = git
        self.root = git.root
        self.algorithm = git.algorithm
        self.trusts_identity = True
        self._blobs = _Blobs(git)

    def listing(self) -> Listing:
        """All entries of the index; what is not merged has no content yet."""
        items = list(git_.parse_index(self.git.output("ls-files", "-s", "-v", "-z")))
        entries = [_entry(item) for item in items if not item.stage]
        return _listing(entries, unmerged=sorted({item.path for item in items if item.stage}))

    def changes(self, commit: str) -> list[Change]:
        """What the next commit would change."""
        return self.git.changes("diff-index", "--cached", "--raw", "-z", "--no-renames", commit)

    def read(self, entry: Entry, limit: int) -> tuple[int, bytes]:
        """From the object database."""
        return self._blobs.read(entry, limit)

    def open(self, entry: Entry) -> BinaryIO:
        """From the object database."""
        return self._blobs.open(entry)

    def close(self) -> None:
        """End the reading process."""
        self._blobs.close()


class Commit:
    """The files of a revision, from the object database."""

    name = "commit"

    def __init__(self, git: Git, commit: str) -> None:
        self.git = git
        self.root = git.root
        self.algorithm = git.algorithm
        self.trusts_identity = True
        self.commit = commit
        self._blobs = _Blobs(git)

    def listing(self) -> Listing:
        """All entries of the revision's tree."""
        return _listing([_entry(item) for item in git_.parse_tree(self.git.output("ls-tree", "-r", "-z", self.commit))])

    def changes(self, commit: str) -> list[Change]:
        """What lies between two commits."""
        return self.git.changes("diff-tree", "-r", "--raw", "-z", "--no-renames", commit, self.commit)

    def read(self, entry: Entry, limit: int) -> tuple[int, bytes]:
        """From the object database."""
        return self._blobs.read(entry, limit)

    def open(self, entry: Entry) -> BinaryIO:
        """From the object database."""
        return self._blobs.open(entry)

    def close(self) -> None:
        """End the reading process."""
        self._blobs.close()


class Folder:
    """A tree without git: every file below the root."""

    name = "worktree"

    def __init__(self, root: str) -> None:
        self.root = root
        self.algorithm = "sha1"
        self.trusts_identity = False
        self._disk = _Disk(root)

    def listing(self) -> Listing:
        """Walk the tree. A folder that cannot be listed is a problem: what it holds was not checked."""
        entries: list[Entry] = []
        problems: list[Problem] = []
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                waiting.extend(self._list(folder, entries))
            except OSError as error:
                problems.append(Problem(f"cannot list this folder: {_why(error)}", ProblemKind.UNREADABLE, folder))
        return _listing(entries, problems=problems)

    def changes(self, commit: str) -> list[Change]:
        """There is nothing to compare with."""
        raise GuardError("this folder is no git repository, so nothing can be compared with a revision")

    def _list(self, folder: str, entries: list[Entry]) -> Iterator[str]:
        with os.scandir(os.path.join(self.root, folder)) as items:
            for item in items:
                path = f"{folder}/{item.name}" if folder else item.name
                if item.is_dir(follow_symlinks=False):
                    if path != STORE:
                        yield path
                else:
                    entries.append(self._disk.entry(path))

    def read(self, entry: Entry, limit: int) -> tuple[int, bytes]:
        """From disk."""
        return self._disk.read(entry, limit)

    def open(self, entry: Entry) -> BinaryIO:
        """From disk."""
        return self._disk.open(entry.path)

    def close(self) -> None:
        """Nothing is held."""


class _Disk:
    """Reading below a root without ever going through a link."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._real_folders: set[str] = {""}

    def entry(self, path: str) -> Entry:
        """What an untracked path is, by looking at it."""
        try:
            status = os.lstat(os.path.join(self._root, path))
        except OSError:
            return Entry(path, Kind.FILE, "", tracked=False)  # reading it will say why
        kind = Kind.SPECIAL
        if stat.S_ISREG(status.st_mode):
            kind = Kind.FILE
        elif stat.S_ISLNK(status.st_mode):
            kind = Kind.SYMLINK
        return Entry(path, kind, "", executable=bool(status.st_mode & 0o100), tracked=False)

    def read(self, entry: Entry, limit: int) -> tuple[int, bytes]:
        if entry.kind is Kind.SYMLINK:
            return self._read_link(entry.path)
        with self.open(entry.path) as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(limit + 1)
            # A file that grew since, or one of those that claim no size, is as large as what it gave.
            return max(size, len(data)), data[:limit]

    def open(self, path: str) -> BinaryIO:
        self._refuse_links(os.path.dirname(path))
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(os.path.join(self._root, path), flags)
        except OSError as error:
            raise UnreadableError(_why(error)) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UnreadableError("not a regular file")
        return open(descriptor, "rb", buffering=0)

    def _read_link(self, path: str) -> tuple[int, bytes]:
        self._refuse_links(os.path.dirname(path))
        try:
            target = os.fsencode(os.readlink(os.path.join(self._root, path)))
        except OSError as error:
            raise UnreadableError(_why(error)) from error
        return len(target), target

    def _refuse_links(self, folder: str) -> None:
        """A folder on the way that became a link would lead out of the tree."""
        if folder in self._real_folders:
            return
        self._refuse_links(os.path.dirname(folder))
        try:
            mode = os.lstat(os.path.join(self._root, folder)).st_mode
        except OSError as error:
            raise UnreadableError(_why(error)) from error
        if not stat.S_ISDIR(mode):
            raise UnreadableError("a folder on its path is a link")
        self._real_folders.add(folder)


class _Blobs:
    """Blobs by id through one `git cat-file`, a new one in each process that reads."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._readers: dict[int, git_.BlobReader] = {}

    def read(self, entry: Entry, limit: int) -> tuple[int, bytes]:
        try:
            return self._reader().read(entry.blob, limit)
        except LookupError as error:
            raise UnreadableError(str(error)) from error

    def open(self, entry: Entry) -> BinaryIO:
        # A stream of its own process: the shared one could not serve another read before this one ended.
        return io.BufferedReader(_BlobStream(git_.BlobReader(self._git), entry.blob), 1 << 20)

    def close(self) -> None:
        reader = self._readers.pop(os.getpid(), None)
        if reader is not None:
            reader.close()

    def _reader(self) -> git_.BlobReader:
        reader = self._readers.get(os.getpid())
        if reader is None:
            reader = self._readers[os.getpid()] = git_.BlobReader(self._git)
        return reader


class _BlobStream(io.RawIOBase):
    """The chunks of a blob as a file."""

    def __init__(self, reader: git_.BlobReader, blob: str) -> None:
        self._reader = reader
        self._chunks = reader.chunks(blob)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            while not self._left:
                self._left = next(self._chunks)
        except StopIteration:
            return 0
        except LookupError as error:
            raise OSError(errno.EIO, str(error)) from error
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def close(self) -> None:
        if not self.closed:
            self._reader.close()
        super().close()


def blob_id(data: bytes, *, algorithm: str = "sha1") -> str:
    """The id that git would give these bytes."""
    digest = hashlib.new(algorithm, b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def before(entries: Iterable[Entry], changes: Sequence[Change]) -> tuple[Entry, ...]:
    """The entries of the commit that these changes lead away from."""
    changed = {change.path for change in changes}
    kept = [entry for entry in entries if entry.path not in changed]
    kept += [entry_before(change) for change in changes if change.old_mode != _MISSING]
    return tuple(sorted(kept))


def entry_before(change: Change) -> Entry:
    """What stood at a changed path."""
    kind = _KINDS.get(change.old_mode, Kind.SPECIAL)
    return Entry(change.path, kind, change.old_blob, executable=change.old_mode == "100755")


def select(entries: Sequence[Entry], paths: Iterable[str]) -> tuple[Entry, ...]:
    """The entries that are one of the paths or below one of them; `` is the root."""
    wanted = tuple(paths)
    if "" in wanted:
        return tuple(entries)
    names = set(wanted)
    folders = tuple(f"{path}/" for path in wanted)
    return tuple(e for e in entries if e.path in names or e.path.startswith(folders))


def relative_paths(root: str, cwd: str, arguments: Iterable[str]) -> list[str]:
    """Command-line paths as paths of the tree. A path that is nowhere, or outside, is an error."""
    real_root = os.path.realpath(root)
    found = []
    for argument in arguments:
        # The last part is not followed: a link is checked as a link, also when it points outside.
        full = os.path.join(cwd, argument)
        folder, name = os.path.split(full.rstrip(os.sep) or full)
        if name in {"", ".", ".."}:
            folder, name = full, ""
        path = os.path.relpath(os.path.join(os.path.realpath(folder), name), real_root)
        if path == os.pardir or path.startswith(os.pardir + os.sep) or os.path.isabs(path):
            raise GuardError(f"{argument} is outside of {root}", hint="Run guard in the repository that holds it.")
        found.append("" if path == os.curdir else path.replace(os.sep, "/"))
    return found


def _tracked(index: Iterable[git_.IndexEntry], dirty: Mapping[str, str]) -> tuple[list[Entry], dict[str, str]]:
    """Entries of the index as they are on disk: no identity where disk may differ, no entry where it is gone."""
    entries: list[Entry] = []
    absent: dict[str, str] = {}
    seen_unmerged = ""
    for item in index:
        if item.tag in "Ss":
            absent[item.path] = "not in this sparse checkout"
            continue
        if item.stage:
            if item.path == seen_unmerged:
                continue
            seen_unmerged = item.path
        mode = dirty.get(item.path)
        if mode is None:
            # Lower case is assume-unchanged: git was told not to look, so what is on disk is anyone's guess.
            entries.append(_entry(item) if item.tag == "H" else _entry(item)._replace(blob=""))
        elif mode != _MISSING:
            entries.append(_entry(item._replace(mode=mode, blob="")))
    return entries, absent


def _entry(item: git_.IndexEntry) -> Entry:
    kind = _KINDS.get(item.mode, Kind.SPECIAL)
    return Entry(item.path, kind, item.blob, executable=item.mode == "100755")


def _listing(
    entries: Iterable[Entry],
    absent: Mapping[str, str] | None = None,
    *,
    unmerged: Sequence[str] = (),
    problems: Iterable[Problem] = (),
) -> Listing:
    kept, found = [], list(problems)
    for entry in entries:
        if entry.path == STORE or entry.path.startswith(STORE + "/"):
            if entry.tracked:
                found.append(_tracked_store(entry.path))
        else:
            kept.append(entry)
    kept.sort()
    return Listing(tuple(kept), tuple(found), absent or {}, tuple(unmerged))


def _path(entry: Entry) -> str:
    return entry.path


def _tracked_store(path: str) -> Problem:
    reason = f"{STORE}/ is guard's own run store and must not be tracked: git rm -r --cached {STORE}"
    return Problem(reason, ProblemKind.CONFIG, path)


def _why(error: OSError) -> str:
    with contextlib.suppress(KeyError):
        return _REASONS[error.errno or 0]
    return error.strerror or type(error).__name__


_REASONS = {
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENOENT: "no such file",
    errno.ENOTDIR: "a folder on its path is a file",
    errno.EISDIR: "is a folder",
    errno.ELOOP: "is a link",
    errno.ENXIO: "not a regular file",
    errno.ENAMETOOLONG: "its name is too long for this system",
}
