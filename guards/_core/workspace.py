"""The only door to disk and git: the files of a view, each with its identity, each readable.

A view never changes what it shows and never leaves the root: links are entries, not doors, and only regular files
are opened.
"""

from __future__ import annotations

import bisect
import contextlib
import errno
import functools
import hashlib
import io
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from typing import BinaryIO, NamedTuple, Protocol, TypeVar, overload

from msgspec import Struct, field

from guards._core import attributes, git as git_
from guards._core.errors import GuardError
from guards._core.git import Change, Git
from guards._core.model import Entry, Kind, Problem, ProblemKind
from guards._core.programs import Completed

T = TypeVar("T")

STORE = ".guard"
"""The run store at the root: ours, never part of what is checked."""

_RAW = ("--raw", "-z", "--no-renames")
_DIRTY = ("diff-files", *_RAW, "--ignore-submodules=dirty")
_OTHERS = ("ls-files", "-o", "--exclude-standard", "-z")

_RACY_NS = 2_000_000_000
"""Time stamps are this coarse on some file systems: a file this young may have changed without showing it."""

KINDS = {"100644": Kind.FILE, "100755": Kind.FILE, "120000": Kind.SYMLINK, "160000": Kind.GITLINK}
_MODES = {Kind.FILE: "100644", Kind.SYMLINK: "120000", Kind.GITLINK: "160000", Kind.SPECIAL: "100644"}
_MISSING = "000000"
_LONGEST_ATTRIBUTES = 1 << 20
_NOWHERE = frozenset({"", ".", ".."})


class UnreadableError(Exception):
    """An entry whose content cannot be had; the message is the reason, for the ledger."""


class Listing(Struct, frozen=True):
    """What a view holds: its entries sorted by path, and what could not be listed."""

    entries: Sequence[Entry]
    problems: tuple[Problem, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    """Paths that the view names without having their content, by design: path to reason (sparse checkout)."""
    unmerged: tuple[str, ...] = ()
    """Paths of an index in the middle of a merge, whose content is not decided yet."""

    def find(self, path: str) -> Entry | None:
        """The entry of a path."""
        at = bisect.bisect_left(self.entries, path, key=_path)
        return self.entries[at] if at < len(self.entries) and self.entries[at].path == path else None


class Later(Sequence[Entry]):
    """The entries of a view that are listed only when somebody wants to see them."""

    def __init__(self, view: View) -> None:
        self._view = view

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | Sequence[Entry]:
        return self._view.listing().entries[at]

    def __len__(self) -> int:
        return len(self._view.listing().entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._view.listing().entries)


class Content(NamedTuple):
    """What an entry holds."""

    size: int
    data: bytes
    """As many of its bytes as were wanted."""
    blob: str
    """Its identity, where it is certain that these are the bytes which it stands for; else empty."""


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

    def listing(self) -> Listing:
        """All entries."""

    def find(self, path: str) -> Entry | None:
        """What is at a path; on disk also where git ignores it."""

    def changes(self, commit: str) -> list[Change]:
        """What differs between a commit and this view; untracked files are new. Blob ids of this side are not given."""

    def read(self, entry: Entry, limit: int) -> Content:
        """An entry's content, of which at most `limit` bytes."""

    def open(self, entry: Entry) -> BinaryIO:
        """A stream over an entry's content."""

    def expect(self, entries: Iterable[Entry]) -> None:
        """What this process will read next, in this order, before anything else."""

    def close(self) -> None:
        """Let go of processes and handles."""


class Glance(Struct, frozen=True):
    """What git says about disk, without listing what is as it was."""

    began_ns: int
    asked: tuple[tuple[tuple[str, ...], bytes], ...]
    """The questions with their answers: as long as they are the same, so is disk, where git looks at it."""
    changes: Mapping[str, Change]
    """What differs from the index, by path."""
    others: tuple[Entry, ...]
    """What the index does not know and git does not ignore."""
    problems: tuple[Problem, ...] = ()
    all_unseen: bool = False
    """Git could not look at everything, so what it does not name may differ as well."""


class Worktree:
    """The files on disk that git tracks or does not ignore."""

    name = "worktree"

    def __init__(self, git: Git, *, untracked: bool = True) -> None:
        self.git = git
        self.root = git.root
        self.algorithm = git.algorithm
        self.unseen: tuple[str, ...] = ()
        """The paths that git was told not to look at, or was not able to, as the listing found them."""
        self.index = b""
        """The index as git listed it."""
        self.uncertain: dict[str, Entry] = {}
        """What the index has at the paths where git may turn blobs into other bytes on disk."""
        self._listing: Listing | None = None
        self._untracked = untracked
        self._disk = _Disk(git.root)
        self._glance: Glance | None = None

    def glance(self) -> Glance:
        """Ask git, once, what differs on disk from the index, and what the index does not know."""
        if self._glance is None:
            self._glance = self._ask()
        return self._glance

    def _ask(self) -> Glance:
        questions = (_DIRTY, *((_OTHERS,) if self._untracked else ()))
        with contextlib.ExitStack() as stack:
            running = [stack.enter_context(self.git.start(*question)) for question in questions]
            dirty, *others = [question.result() for question in running]
        return Glance(
            began_ns=min(question.began_ns for question in running),
            asked=tuple((words, done.stdout) for words, done in zip(questions, (dirty, *others), strict=True)),
            changes={change.path: change for change in git_.parse_changes(dirty.stdout)},
            # Git passes over what it cannot look at, with a word on stderr: then no file counts as looked at.
            all_unseen=bool(_complaints(dirty)),
            others=tuple(self._untracked_entry(path) for done in others for path in git_.parse_paths(done.stdout)),
            problems=tuple(_passed_over(line) for done in others for line in _complaints(done)),
        )

    def listing(self) -> Listing:
        """Ask git three things at once: the index, what differs from it on disk, and what it does not know."""
        if self._listing is None:
            with self.git.start("ls-files", "-s", "-v", "-z") as index:
                glance = self.glance()
                self.index = index.output()
            items = list(git_.parse_index(self.index))
            entries, absent, unseen = self._tracked(items, glance)
            self.unseen = tuple(unseen)
            self._listing = _listing([*self._certain(entries), *glance.others], absent, problems=glance.problems)
        return self._listing

    def find(self, path: str) -> Entry | None:
        """What is on disk at a path, whatever git knows of it."""
        return self._disk.found(path)

    def on_disk(self) -> dict[str, Entry | None]:
        """The paths of which git does not tell what they hold, with what is there, if anything is."""
        glance = self.glance()
        found: dict[str, Entry | None] = {path: self._changed(change) for path, change in glance.changes.items()}
        found |= {entry.path: entry for entry in glance.others}
        return found | {path: self._disk.entry(path, tracked=True) for path in self.unseen}

    def _changed(self, change: Change) -> Entry | None:
        if change.new_mode == _MISSING:
            return None
        return entry_of(git_.IndexEntry("H", change.new_mode, "", 0, change.path))

    def _tracked(
        self, items: Iterable[git_.IndexEntry], glance: Glance
    ) -> tuple[list[Entry], dict[str, str], list[str]]:
        """Entries of the index as they are on disk: no identity where disk may differ, no entry where it is gone.

        Also the paths that are absent by design, with the reason, and those at which git did not look.
        """
        entries: dict[str, Entry] = {}
        absent: dict[str, str] = {}
        unseen: list[str] = []
        for item in items:
            change = glance.changes.get(item.path)
            if glance.all_unseen or is_unseen(item):
                unseen.append(item.path)
                entry = self._disk.entry(item.path, tracked=True)
                if entry is not None:
                    entries[item.path] = entry
                elif item.tag in "Ss":
                    absent[item.path] = "not in this sparse checkout"
            elif change is None:
                entries[item.path] = entry_of(item) if not item.stage else entry_of(item)._replace(blob="")
            elif change.new_mode != _MISSING:
                entries[item.path] = entry_of(item._replace(mode=change.new_mode, blob=""))
        return list(entries.values()), absent, unseen

    def _certain(self, entries: list[Entry]) -> Iterable[Entry]:
        """The entries, without identity where git may turn a blob into other bytes on disk."""
        outside = {"core.autocrlf", "core.eol", "core.attributesfile"} & set(self.git.settings)
        if outside or any(os.path.exists(path) for path in self._attribute_files()):
            return self._without_identity(entries, lambda path: True)
        # Git obeys the attributes of a folder whether it tracks or ignores the file that they stand in.
        parents = {entry.path.rpartition("/")[0] for entry in entries}
        folders = {"", *parents, *(folder for parent in parents for folder in _folders_of(parent))}
        scopes = {folder: self._converted(folder) for folder in folders if self._has_attributes(folder)}
        # Where the file is gone from disk, git reads the one in the index.
        scopes |= {
            path.rpartition("/")[0]: attributes.EVERYTHING
            for path, change in self.glance().changes.items()
            if path.rpartition("/")[2] == attributes.FILE and change.new_mode == _MISSING
        }
        if all(scope == attributes.NOTHING for scope in scopes.values()):
            return entries
        return self._without_identity(entries, attributes.below(scopes))

    def _without_identity(self, entries: Iterable[Entry], is_converted: Callable[[str], bool]) -> list[Entry]:
        found = []
        for entry in entries:
            if entry.blob and is_converted(entry.path):
                self.uncertain[entry.path] = entry
            found.append(entry._replace(blob="") if entry.path in self.uncertain else entry)
        return found

    def _has_attributes(self, folder: str) -> bool:
        return os.access(os.path.join(self.root, folder, attributes.FILE), os.F_OK)

    def _converted(self, folder: str) -> attributes.Converted:
        path = f"{folder}/{attributes.FILE}" if folder else attributes.FILE
        try:
            size, data, _ = self._disk.read(Entry(path, Kind.FILE, ""), _LONGEST_ATTRIBUTES, since=0)
        except UnreadableError:  # a link, for example: which versions of git follow it differs
            return attributes.EVERYTHING
        return attributes.converted(data) if size <= _LONGEST_ATTRIBUTES else attributes.EVERYTHING

    def _attribute_files(self) -> list[str]:
        """Where attributes may stand outside of the tree."""
        home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        own = os.fsdecode(self.git.output("rev-parse", "--git-path", "info/attributes").rstrip(b"\n"))
        return [os.path.join(self.root, own), os.path.join(home, "git", "attributes"), "/etc/gitattributes"]

    def changes(self, commit: str) -> list[Change]:
        """What git sees on disk and in the index, and what it was told not to look at."""
        listing = self.listing()
        unseen = {*self.unseen, *(entry.path for entry in listing.entries if not entry.tracked)}
        unseen -= set(listing.absent)
        seen = self.git.changes("diff-index", *_RAW, "--ignore-submodules=dirty", commit)
        old = self._at(commit, unseen)
        changes = [change for change in seen if change.path not in unseen]
        for path in sorted(unseen):
            mode, blob = old.get(path, (_MISSING, git_.NO_BLOB))
            entry = listing.find(path)
            if entry is not None or mode != _MISSING:
                changes.append(Change(mode, _mode(entry), blob, git_.NO_BLOB, path))
        return changes

    def _at(self, commit: str, paths: AbstractSet[str]) -> dict[str, tuple[str, str]]:
        if not paths:
            return {}
        items = git_.parse_tree(self.git.output("ls-tree", "-r", "-z", commit))
        return {item.path: (item.mode, item.blob) for item in items if item.path in paths}

    def read(self, entry: Entry, limit: int) -> Content:
        """From disk, whatever the index says."""
        return self._disk.read(entry, limit, since=self.glance().began_ns)

    def open(self, entry: Entry) -> BinaryIO:
        """From disk, whatever the index says."""
        return self._disk.open(entry.path)

    def expect(self, entries: Iterable[Entry]) -> None:
        """The system reads ahead by itself."""

    def close(self) -> None:
        """Let go of folders."""
        self._disk.close()

    def _untracked_entry(self, path: str) -> Entry:
        if path.endswith("/"):  # git does not look into a repository inside the repository
            return Entry(path.rstrip("/"), Kind.GITLINK, "", tracked=False)
        # Gone since git saw it: reading it will say so.
        return self._disk.entry(path, tracked=False) or Entry(path, Kind.FILE, "", tracked=False)


class Index:
    """What the next commit would hold: blobs of the index, never the files on disk."""

    name = "index"

    def __init__(self, git: Git) -> None:
        self.git = git
        self.root = git.root
        self.algorithm = git.algorithm
        self._blobs = Blobs(git)

    def listing(self) -> Listing:
        """All entries of the index; what is not merged has no content yet."""
        return self._listed

    @functools.cached_property
    def _listed(self) -> Listing:
        items = list(git_.parse_index(self.git.output("ls-files", "-s", "-v", "-z")))
        entries = [entry_of(item) for item in items if not item.stage]
        return _listing(entries, unmerged=sorted({item.path for item in items if item.stage}))

    def find(self, path: str) -> Entry | None:
        """What the index has at a path."""
        return self.listing().find(path)

    def changes(self, commit: str) -> list[Change]:
        """What the next commit would change."""
        # `git add --intent-to-add` announces a path without putting anything into the next commit.
        options = ("--cached", "--ita-invisible-in-index", "--ignore-submodules=none")
        return self.git.changes("diff-index", *options, *_RAW, commit)

    def read(self, entry: Entry, limit: int) -> Content:
        """From the object database."""
        return self._blobs.read(entry, limit)

    def open(self, entry: Entry) -> BinaryIO:
        """From the object database."""
        return self._blobs.open(entry)

    def expect(self, entries: Iterable[Entry]) -> None:
        """Let git look these up while others are looked at."""
        self._blobs.expect(entries)

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
        self.commit = commit
        self._blobs = Blobs(git)

    def listing(self) -> Listing:
        """All entries of the revision's tree."""
        return self._listed

    @functools.cached_property
    def _listed(self) -> Listing:
        return _listing(
            [entry_of(item) for item in git_.parse_tree(self.git.output("ls-tree", "-r", "-z", self.commit))]
        )

    def find(self, path: str) -> Entry | None:
        """What the revision has at a path."""
        return self.listing().find(path)

    def changes(self, commit: str) -> list[Change]:
        """What lies between two commits."""
        return self.git.changes("diff-tree", "-r", *_RAW, "--ignore-submodules=none", commit, self.commit)

    def read(self, entry: Entry, limit: int) -> Content:
        """From the object database."""
        return self._blobs.read(entry, limit)

    def open(self, entry: Entry) -> BinaryIO:
        """From the object database."""
        return self._blobs.open(entry)

    def expect(self, entries: Iterable[Entry]) -> None:
        """Let git look these up while others are looked at."""
        self._blobs.expect(entries)

    def close(self) -> None:
        """End the reading process."""
        self._blobs.close()


class Folder:
    """A tree without git: every file below the root."""

    name = "worktree"

    def __init__(self, root: str) -> None:
        self.root = root
        self.algorithm = "sha1"
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

    def find(self, path: str) -> Entry | None:
        """What is at a path."""
        return self._disk.found(path)

    def changes(self, commit: str) -> list[Change]:
        """There is nothing to compare with."""
        raise GuardError("this folder is no git repository, so nothing can be compared with a revision")

    def _list(self, folder: str, entries: list[Entry]) -> Iterator[str]:
        for name, is_folder in self._disk.names(folder):
            path = f"{folder}/{name}" if folder else name
            if not is_folder:
                gone = Entry(path, Kind.FILE, "", tracked=False)
                entries.append(self._disk.entry(path, tracked=False) or gone)
            elif path != STORE and name != ".git":
                yield path

    def read(self, entry: Entry, limit: int) -> Content:
        """From disk."""
        return self._disk.read(entry, limit, since=0)._replace(blob="")

    def open(self, entry: Entry) -> BinaryIO:
        """From disk."""
        return self._disk.open(entry.path)

    def expect(self, entries: Iterable[Entry]) -> None:
        """The system reads ahead by itself."""

    def close(self) -> None:
        """Let go of folders."""
        self._disk.close()


class _Disk:
    """Reading below a root without ever going through a link.

    Folders are entered one by one from the root, and what is in them is asked for relative to the open folder: one
    that is replaced by a link at any moment leads nowhere. Where the system cannot do that, folders are looked at
    before they are used.
    """

    _OPEN_FOLDERS = 64

    def __init__(self, root: str) -> None:
        self._root = root
        self._folders: dict[str, int] = {}

    def entry(self, path: str, *, tracked: bool) -> Entry | None:
        """What stands at a path, without identity; None where nothing does, or a folder."""
        try:
            status = os.lstat(os.path.join(self._root, path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return Entry(path, Kind.FILE, "", tracked=tracked)  # reading it will say why
        if stat.S_ISDIR(status.st_mode):
            return None
        kind = Kind.SPECIAL
        if stat.S_ISREG(status.st_mode):
            kind = Kind.FILE
        elif stat.S_ISLNK(status.st_mode):
            kind = Kind.SYMLINK
        executable = kind is Kind.FILE and bool(status.st_mode & 0o100)  # every link says that it is, and means nothing
        return Entry(path, kind, "", executable=executable, tracked=tracked)

    def found(self, path: str) -> Entry | None:
        """What stands at a path, a folder included: reading that says what is wrong with it."""
        entry = self.entry(path, tracked=False)
        if entry is None and os.path.lexists(os.path.join(self._root, path)):
            return Entry(path, Kind.FILE, "", tracked=False)
        return entry

    def names(self, folder: str) -> Iterator[tuple[str, bool]]:
        """What is in a folder, and whether it is a folder itself; OSError where that cannot be told."""
        if not _HAS_FOLDER_HANDLES:
            self._check_folders(folder)
            with os.scandir(os.path.join(self._root, folder)) as items:
                yield from ((item.name, item.is_dir(follow_symlinks=False)) for item in items)
            return
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._enter(folder))
        try:
            with os.scandir(descriptor) as items:
                yield from [(item.name, item.is_dir(follow_symlinks=False)) for item in items]
        finally:
            os.close(descriptor)

    def read(self, entry: Entry, limit: int, *, since: int) -> Content:
        """What is on disk. It is the entry's blob unless it changed after `since`, when git looked at it."""
        if entry.kind is Kind.SYMLINK:
            target = self._reach(entry.path, _read_link)
            return Content(len(target), target, "")
        descriptor, status = self._opened(entry.path)
        try:
            data = _read_up_to(descriptor, limit + 1, status.st_size)
        except OSError as error:
            raise UnreadableError(_why(error)) from error
        finally:
            os.close(descriptor)
        # As large as what it gave, whatever it claims: it may have been cut, or have grown since.
        size = len(data) if len(data) <= limit else max(status.st_size, limit + 1)
        unchanged = max(status.st_mtime_ns, status.st_ctime_ns) < since - _RACY_NS and size == status.st_size
        return Content(size, data[:limit], entry.blob if unchanged else "")

    def open(self, path: str) -> BinaryIO:
        return open(self._opened(path)[0], "rb", buffering=0)

    def _opened(self, path: str) -> tuple[int, os.stat_result]:
        """A regular file, and what the system says of it."""
        descriptor = self._reach(path, _open_file)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise UnreadableError("not a regular file")
        return descriptor, status

    def close(self) -> None:
        while self._folders:
            os.close(self._folders.popitem()[1])

    def _reach(self, path: str, use: Callable[[str, int | None], T]) -> T:
        """Do something with the last part of a path, in its folder."""
        folder, slash, name = path.rpartition("/")
        # An index that git did not write may hold any path.
        if name in _NOWHERE or (slash and folder not in self._folders and _NOWHERE & set(folder.split("/"))):
            raise UnreadableError("its path leads out of the tree")
        try:
            if _HAS_FOLDER_HANDLES:
                return use(name, self._enter(folder))
            self._check_folders(folder)
            return use(os.path.join(self._root, path), None)
        except OSError as error:
            raise UnreadableError(_why(error)) from error

    def _enter(self, folder: str) -> int:
        """A handle of a folder."""
        known = self._folders.get(folder)
        if known is not None:
            return known
        if len(self._folders) >= self._OPEN_FOLDERS:
            self.close()
        handle = self._folders.get("")
        if handle is None:
            handle = self._folders[""] = os.open(self._root, _FOLDER_FLAGS)
        for parent in _folders_of(f"{folder}/"):
            known = self._folders.get(parent)
            if known is None:
                name = parent.rpartition("/")[2]
                known = self._folders[parent] = os.open(name, _FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=handle)
            handle = known
        return handle

    def _check_folders(self, folder: str) -> None:
        for parent in _folders_of(f"{folder}/"):
            if not stat.S_ISDIR(os.lstat(os.path.join(self._root, parent)).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, "not a folder")


_HAS_FOLDER_HANDLES = {os.open, os.readlink} <= os.supports_dir_fd and os.scandir in os.supports_fd
_FOLDER_FLAGS = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0)
_FILE_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def _open_file(name: str, folder: int | None) -> int:
    return os.open(name, _FILE_FLAGS, dir_fd=folder)


def _read_link(name: str, folder: int | None) -> bytes:
    return os.fsencode(os.readlink(name, dir_fd=folder))


def _read_up_to(descriptor: int, most: int, expected: int) -> bytes:
    """All of a file, or its first `most` bytes: one read may give less than is there."""
    data = os.read(descriptor, min(most, expected + 1))
    if len(data) == expected < most:  # it was asked for one more
        return data
    pieces = [data]
    left = most - len(data)
    while left and (data := os.read(descriptor, min(left, 1 << 20))):
        pieces.append(data)
        left -= len(data)
    return b"".join(pieces)


def _folders_of(path: str) -> Iterator[str]:
    """The folders that a path is in, outermost first, without the root."""
    end = path.find("/")
    while end > 0:
        yield path[:end]
        end = path.find("/", end + 1)


class Blobs:
    """Blobs by id through one `git cat-file`, a new one in each process that reads."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._readers: dict[int, git_.BlobReader] = {}

    def expect(self, entries: Iterable[Entry]) -> None:
        """Ask for these at once: git looks for one while another is looked at."""
        self._reader().expect(entry.blob for entry in entries)

    def read(self, entry: Entry, limit: int) -> Content:
        reader = self._reader()
        try:
            return Content(*reader.read(entry.blob, limit), entry.blob)
        except LookupError as error:
            if reader.ended:
                self.close()
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


def before(view: View, changes: Sequence[Change]) -> tuple[Entry, ...]:
    """The entries of the commit that these changes lead away from to a view."""
    changed = {change.path for change in changes}
    kept = [entry for entry in view.listing().entries if entry.path not in changed]
    if isinstance(view, Worktree):
        kept = [view.uncertain.get(entry.path, entry) for entry in kept]
    kept += [entry_before(change) for change in changes if change.old_mode != _MISSING]
    return tuple(sorted(kept))


def entry_before(change: Change) -> Entry:
    """What stood at a changed path."""
    kind = KINDS.get(change.old_mode, Kind.SPECIAL)
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


_HARMLESS = "warning: unable to access"
"""Git could not read a file of settings: then it ignores less, and lists more."""
_FOLDER = re.compile(r"warning: could not open directory '(.*?)/?': (.*)")


def _complaints(done: Completed) -> list[str]:
    """What git could not look at, a line each."""
    lines = os.fsdecode(done.stderr).splitlines()
    return [line for line in lines if line.strip() and not line.startswith(_HARMLESS)]


def _passed_over(complaint: str) -> Problem:
    """What git did not list, as a problem: its exit code does not tell."""
    found = _FOLDER.fullmatch(complaint)
    if found is None:
        return Problem(f"git could not list everything: {complaint}", ProblemKind.UNREADABLE)
    return Problem(f"cannot list this folder: {found[2].lower()}", ProblemKind.UNREADABLE, found[1])


def _mode(entry: Entry | None) -> str:
    if entry is None:
        return _MISSING
    return "100755" if entry.executable and entry.kind is Kind.FILE else _MODES[entry.kind]


def is_unseen(item: git_.IndexEntry) -> bool:
    """Whether git was told not to look at a path on disk."""
    return item.tag not in {"H", "M"}


def entry_of(item: git_.IndexEntry) -> Entry:
    """What a line of the index or of a tree stands for."""
    kind = KINDS.get(item.mode, Kind.SPECIAL)
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
        # In any case: where the file system does not tell them apart, `.Guard/` is our run store.
        if entry.path[: len(STORE)].lower() == STORE and entry.path[len(STORE) : len(STORE) + 1] in {"", "/"}:
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
    errno.ENOTDIR: "a folder on its path is a link or a file",
    errno.EISDIR: "is a folder",
    errno.ELOOP: "is a link",
    errno.ENXIO: "not a regular file",
    errno.ENAMETOOLONG: "its name is too long for this system",
}
