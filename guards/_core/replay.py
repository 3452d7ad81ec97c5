"""Nothing changed: say again what was said, after making sure that it still holds.

A record names everything that its report depends on: our code, the settings, the index, what git listed as changed or
untracked, and the content of each such path. All of it is looked at again; the slightest difference is no answer here
and a full run there. Git is asked the same hardened questions as by the run itself.

Imports nothing but built-in modules: this is what a start costs.
"""

import os
import sys
from _blake2 import blake2b

from guards._core import seal

TYPE_CHECKING = False  # `typing` is a large import; type checkers know this name without it
if TYPE_CHECKING:
    from collections.abc import Callable

FORMAT = b"3"

_DIGEST_SIZE = 20
_MOST_READ = 1 << 20
_RACY_NS = 2_000_000_000
"""A file that changed so shortly before it was recorded could change again without a new time stamp."""

STEERING = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
)  # fmt: skip
"""Told which repository or index to read: only a run follows these, unless git would have found just that itself."""

_POINTER = b"gitdir: "
"""How `.git` begins where it is a file."""

_UNNAMED = "GUARD_CACHE_KEY="
"""Not part of a record's name: it seals the record, and even a digest of it is not for others to see."""

_ASKED = ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "PATH", "TERM")
"""What decides about the looks of a report, and where programs are found."""


def name_for(arguments: list[str]) -> str:
    """The name of the record for these arguments, here, shown like this."""
    told = [f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith("GUARD_") or k in _ASKED]
    told = [pair for pair in told if not pair.startswith(_UNNAMED)]
    width = str(os.get_terminal_size(1).columns) if os.isatty(1) else ""
    parts = [os.getcwd(), sys.executable, width, str(len(arguments)), *arguments, *told]
    return "same-" + digest(pack([os.fsencode(part) for part in parts])).hex()


def steered(*, but_for_index: bool = False) -> bool:
    """Whether the environment names another repository or index than the ones that git tells its own hooks."""
    told = {name: os.environ[name] for name in STEERING if name in os.environ}
    if but_for_index:
        told.pop("GIT_INDEX_FILE", None)
    root = _root() if told else None
    folder = _git_folder(root) if root is not None else ""
    own = {"GIT_DIR": folder, "GIT_INDEX_FILE": folder + "/index"} if folder else {}
    return any(name not in own or os.path.realpath(path) != os.path.realpath(own[name]) for name, path in told.items())


def _git_folder(root: str) -> str:
    """Where git keeps what belongs to a work tree: in `.git`, or where that file points."""
    path = root + "/.git"
    pointer = seal.plain(path) or b""
    if not pointer.startswith(_POINTER):
        return path
    return os.path.join(root, os.fsdecode(pointer.removeprefix(_POINTER).removesuffix(b"\n")))


def answer(arguments: list[str], are_harmless: "Callable[..., bool]" = lambda *differences: False) -> int | None:
    """Write what was written for the same state, and return its exit code; None where only a run can tell.

    `are_harmless`: asked about what differs on disk, as `edited` is.
    """
    clock = now_ns()
    found = None if steered() else repository()
    if found is None:
        return None
    try:
        name = name_for(arguments)
        data = sealed(*found, name)
        return _answer(*found, (name, data), clock, are_harmless) if data is not None else None
    except Exception:  # noqa: BLE001 - such as a record of another format: a run will tell
        return None


def repository() -> tuple[str, bytes] | None:
    """The root of the repository that we are in, and the key of its records."""
    root = _root()
    key = seal.read_key(root) if root else None
    return (root, key) if root is not None and key is not None else None


def sealed(root: str, key: bytes, name: str) -> bytes | None:
    """The data of a record that is ours."""
    record = seal.record(root, name)
    return seal.opened(key, name, record) if record else None


def _answer(
    root: str, key: bytes, record: tuple[str, bytes], clock: int, are_harmless: "Callable[..., bool]"
) -> int | None:
    """Ask git first and look at everything else while it works."""
    version, stamp, code, git, settings, witnesses, commands, items, outputs = unpack(record[1])
    if version != FORMAT:
        return None
    asked = [Question(git, argv, root, settings) for argv in unpack(commands)[::2]]
    under_way.extend(asked)
    if stamp != code_stamp() or not all_same(witnesses) or not _can_write(outputs):
        return None
    told = unpack(commands)[1::2]
    answers = [question.answer() for question in asked]
    is_same = answers == told and _unchanged(root, items)
    if not is_same and not are_harmless(root, key, record, (git, settings), told, answers):
        return None
    stop_asking()
    _write_all(outputs, clock)
    return int(code)


def take(asked: tuple[bytes, bytes, str, bytes]) -> "Question | None":
    """The question that was asked just so, to be answered to the caller."""
    for at, question in enumerate(under_way):
        if question.asked == asked:
            return under_way.pop(at)
    return None


def stop_asking() -> None:
    """Nobody wants to know any more."""
    while under_way:
        under_way.pop().stop()


def _root() -> str | None:
    folder = os.getcwd()
    while not os.path.lexists(folder + "/.git"):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def pack(fields: list[bytes]) -> bytes:
    """Several byte strings as one."""
    return b"".join(len(field).to_bytes(4, "little") + field for field in fields)


def unpack(data: bytes) -> list[bytes]:
    """The byte strings of `pack`."""
    fields = []
    at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "little")
        fields.append(data[at + 4 : end])
        at = end
    return fields


def digest(data: bytes, key: bytes = b"") -> bytes:
    """The identity of some content. With a key nobody without it can tell which content that is."""
    return blake2b(data, digest_size=_DIGEST_SIZE, key=key[:64]).digest()


def code_stamp() -> bytes:
    """What our code and its surroundings look like from outside: changes with every edit and every installation."""
    seen = [sys.version]
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    waiting = [package]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        waiting.append(entry.path)
                else:
                    status = entry.stat(follow_symlinks=False)
                    seen.append(f"{entry.path} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_size}")
    for folder in sys.path:
        try:
            seen.append(f"{folder} {os.stat(folder or '.').st_mtime_ns}")
        except OSError:
            seen.append(folder)
    return digest("\n".join(sorted(seen)).encode("utf-8", "surrogateescape"))


def witness(path: str) -> bytes:
    """What a file says that is no part of the tree, or is read whatever git thinks of it; empty where there is none.

    A link to a file is not that file: what may be read there may not be followed. Of a large file, such as a program,
    its looks must do: it is replaced rather than written into.
    """
    try:
        status = os.stat(path)
    except OSError:
        return b"other" if os.path.lexists(path) else b""
    if status.st_size > _MOST_READ:
        return b"%d %d %d %d" % (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    data = seal.plain(path)
    if data is None:
        return b"other" if os.path.lexists(path) else b""
    return digest((b"link " if os.path.islink(path) else b"file ") + data)


def index_witness(path: str) -> bytes:
    """The same for an index: git ends it with a hash of all the rest, unless it was told not to."""
    try:
        if not os.path.isfile(path):
            return b""
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 32))
            end = file.read()
            if any(end[-20:]):
                return b"%d %s" % (size, end)
            file.seek(0)
            return digest(file.read())
    except OSError:
        return b""


def signature(root: str, path: str) -> bytes:
    """What a path looks like from outside; empty where that may be too young to be told from its next content."""
    try:
        status = os.lstat(os.path.join(root, path))
    except OSError:
        return b"gone"
    if max(status.st_mtime_ns, status.st_ctime_ns) > now_ns() - _RACY_NS:
        return b""
    return b"%d %d %d %d %d" % (
        status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino,
    )  # fmt: skip


def content(root: str, path: str) -> bytes:
    """The identity of what stands at a path: a file's bytes and whether it can be run, or where a link points."""
    full = os.path.join(root, path)
    try:
        if os.path.islink(full):
            return digest(b"link " + os.fsencode(os.readlink(full)))
        mode = os.lstat(full).st_mode
    except OSError:
        return b"gone"
    data = seal.plain(full, follow=False)
    return b"other %o" % mode if data is None else content_of(data, mode)


def content_of(data: bytes, mode: int) -> bytes:
    """The identity of a file's bytes and whether it can be run."""
    return digest((b"program " if mode & 0o100 else b"file ") + data)


def all_same(witnesses: bytes) -> bool:
    fields = unpack(witnesses)
    for kind, path, told in zip(fields[::3], fields[1::3], fields[2::3]):  # noqa: B905 - one list in three strides
        if kind == b"days":  # dates of waivers: from when to when the answer holds
            if not int(path) <= now_ns() < int(told):
                return False
            continue
        look = index_witness if kind == b"index" else witness
        if look(os.fsdecode(path)) != told:
            return False
    return True


def _unchanged(root: str, items: bytes) -> bool:
    fields = unpack(items)
    for name, shape, told in zip(fields[::3], fields[1::3], fields[2::3]):  # noqa: B905 - one list in three strides
        path = os.fsdecode(name)
        if (not shape or signature(root, path) != shape) and content(root, path) != told:
            return False
    return True


class Question:
    """A git command under way."""

    def __init__(
        self, git: bytes, argv: bytes, root: str, settings: bytes, *, keep: tuple[str, ...] = (), stdin: bytes = b""
    ) -> None:
        """Start it. `stdin` must fit into a pipe."""
        self.asked = (git, argv, root, settings)
        self.began_ns = now_ns()
        self._answer: bytes | None = None
        self._errors = _scratch_file()
        source, feed = os.pipe()
        os.write(feed, stdin)
        os.close(feed)
        self._reader, writer = os.pipe()
        try:
            self._pid = os.posix_spawn(
                git,
                [git, b"-C", os.fsencode(root), *argv.split(b"\0")],
                _environment(settings, keep),
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, source, 0),
                    (os.POSIX_SPAWN_DUP2, writer, 1),
                    (os.POSIX_SPAWN_DUP2, self._errors, 2),
                ],
            )
        finally:
            os.close(writer)
            os.close(source)

    def answer(self) -> bytes | None:
        """All that it writes; None where it fails, or tells on `stderr` what it was not able to look at."""
        if self._reader >= 0:
            with open(self._reader, "rb", buffering=0) as stream:
                self._reader = -1
                data = stream.readall()
            if os.waitpid(self._pid, 0)[1] == 0 and os.lseek(self._errors, 0, 2) == 0:
                self._answer = data
            os.close(self._errors)
        return self._answer

    def stop(self) -> None:
        """Nobody wants to know any more."""
        if self._reader >= 0:
            os.close(self._reader)
            os.close(self._errors)
            self._reader = -1
            os.kill(self._pid, 9)
            os.waitpid(self._pid, 0)


under_way: list[Question] = []
"""What this start asked git: where it was no answer, a run that would ask the same need not ask again."""


def _environment(settings: bytes, keep: tuple[str, ...]) -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in keep}
    pairs = [os.fsdecode(pair).partition("=") for pair in unpack(settings)]
    environment.update((key, value) for key, _, value in pairs)
    return environment


def _scratch_file() -> int:
    """Somewhere to write that is nowhere on disk."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("guard")
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def now_ns() -> int:
    import time

    return time.time_ns()


def _write_all(outputs: bytes, clock: int) -> None:
    fields = unpack(outputs)
    for path, template in zip(fields[::2], fields[1::2]):  # noqa: B905 - one list in two strides
        data = filled(template, clock, {})
        _write_file(os.fsdecode(path), data) if path else write_out(data)


def filled(template: bytes, clock: int, values: dict[bytes, bytes]) -> bytes:
    """A rendering with this run's header in its holes."""
    import time

    milliseconds = max(1, (time.time_ns() - clock) // 1_000_000)
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock // 1_000_000_000))
    compact = started.replace("-", "").replace(":", "")
    values = values | {
        b"id": f"{compact}-{os.urandom(3).hex()}".encode(),
        b"started": started.encode(),
        b"ms": b'"duration_ms": %d' % milliseconds,
        b"seconds": f"{milliseconds / 1000:.2f} s".encode(),
        b"s3": f"{milliseconds / 1000:.3f}".encode(),
    }
    return b"".join(values[piece] if at % 2 else piece for at, piece in enumerate(unpack(template)))


def _can_write(outputs: bytes) -> bool:
    """Whether every file to be written can be replaced: a pipe or a device is for a run to write to."""
    paths = [path for path in unpack(outputs)[::2] if path]
    return all(os.path.isfile(path) or not os.path.lexists(path) for path in paths)


def write_out(data: bytes) -> None:
    """Print it all; a reader that went away has had what it wanted."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(1, view) :]
    except BrokenPipeError:
        return


def _write_file(path: str, data: bytes) -> None:
    temporary = f"{path}.{os.getpid()}.guard"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(descriptor, "wb", buffering=0) as file:
            file.write(data)
            os.fsync(descriptor)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
