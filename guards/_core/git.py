"""Git as the fastest enumerator there is, asked so that nothing in the repository can answer with code.

Only plumbing that neither refreshes the index, nor runs filters, nor fetches. What a repository could set in its own
config to run a program (`core.fsmonitor`, embedded bare repositories, transports) is overridden for every call.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, NamedTuple

from guards._core import programs
from guards._core.errors import GuardError

_HARDENING = {
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
}

_ASKED = r"^(filter\..*|core\.(autocrlf|eol|attributesfile))$"
"""What we must know of a repository's config: programs that it would run, and whether files differ from their blobs."""

# Which repository and index to read: a hook is told by these, and `git commit PATH` needs them to be obeyed.
_KEPT = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
         "GIT_COMMON_DIR", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"}  # fmt: skip

NO_BLOB = "0" * 40
_TIMEOUT = 120.0


class IndexEntry(NamedTuple):
    """One line of the index."""

    tag: str
    """`H` cached, `S` skip-worktree, lower case: assume-unchanged."""
    mode: str
    blob: str
    stage: int
    path: str


class Change(NamedTuple):
    """One path that differs between two states; mode `000000` on the side where it does not exist."""

    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str
    path: str


class Git:
    """One repository, by the folder that its paths are relative to."""

    def __init__(
        self, executable: str, root: str, *, algorithm: str = "sha1", settings: Mapping[str, str] | None = None
    ) -> None:
        self.executable = executable
        self.root = root
        self.algorithm = algorithm
        """The hash of its object ids."""
        self.settings = settings or {}
        """Those of its config that `_ASKED` names, keys as git prints them."""
        self.env = environment(_HARDENING | _without_filters(self.settings))

    def argv(self, *arguments: str) -> list[str]:
        """The full command line of a git command."""
        return [self.executable, *arguments]

    def output(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """What a git command prints; its error is ours, with its own words."""
        done = self.attempt(*arguments, stdin=stdin)
        if done.returncode != 0 or done.timed_out or done.truncated:
            raise GuardError(f"git {arguments[0]} failed: {_last_line(done)}")
        return done.stdout

    def attempt(self, *arguments: str, stdin: bytes = b"") -> programs.Completed:
        """Run a git command that may fail for reasons the caller understands."""
        return programs.run(
            self.argv(*arguments), cwd=self.root, env=self.env, timeout=_TIMEOUT, stdin=stdin, limit=2 << 30
        )

    def start(self, *arguments: str) -> Running:
        """Start a git command whose output is wanted later."""
        return Running(self, arguments)

    def commit_of(self, revision: str) -> str:
        """The commit id of a revision."""
        done = self.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if done.returncode != 0:
            raise GuardError(
                f"{revision!r} is no revision of this repository",
                hint="In a shallow clone, fetch it first: git fetch --deepen or, in CI, fetch-depth: 0.",
            )
        return done.stdout.decode().strip()

    def head(self) -> str:
        """The commit that HEAD names; empty before the first commit."""
        done = self.attempt("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return done.stdout.decode().strip() if done.returncode == 0 else ""

    def empty_tree(self) -> str:
        """The id of the tree without files, in this repository's hash."""
        return self.output("hash-object", "-t", "tree", "--stdin").decode().strip()

    def changes(self, *arguments: str) -> list[Change]:
        """The changes that a diff plumbing command lists with `--raw -z`."""
        return list(parse_changes(self.output(*arguments)))


class Running:
    """A git command under way."""

    def __init__(self, git: Git, arguments: Sequence[str]) -> None:
        self._arguments = arguments
        self._process = subprocess.Popen(
            git.argv(*arguments),
            cwd=git.root,
            env=git.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def output(self) -> bytes:
        """Wait for it; what it printed."""
        done = self.attempt()
        if done.returncode != 0:
            raise GuardError(f"git {self._arguments[0]} failed: {_last_line(done)}")
        return done.stdout

    def attempt(self) -> programs.Completed:
        """Wait for it; how it ended."""
        try:
            stdout, stderr = self._process.communicate(timeout=_TIMEOUT)
        except BaseException:
            self._process.kill()
            self._process.communicate()
            raise
        return programs.Completed(self._process.returncode, stdout, stderr)


class BlobReader:
    """`git cat-file --batch`: blobs by id, in one process that lives as long as the reader."""

    def __init__(self, git: Git) -> None:
        self._process = subprocess.Popen(
            git.argv("cat-file", "--batch"),
            cwd=git.root,
            env=git.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def read(self, blob: str, limit: int) -> tuple[int, bytes]:
        """The size of a blob and its bytes, of which at most `limit`; LookupError where the object is not here."""
        size = self._ask(blob)
        data = self._stdout.read(min(size, limit))
        self._discard(size - len(data) + 1)
        return size, data

    def chunks(self, blob: str) -> Iterator[bytes]:
        """The bytes of a blob, a piece at a time."""
        left = self._ask(blob)
        while left:
            piece = self._stdout.read(min(left, 1 << 20))
            if not piece:
                raise LookupError("git ended in the middle of an object")
            left -= len(piece)
            yield piece
        self._discard(1)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    @property
    def _stdout(self) -> IO[bytes]:
        stream = self._process.stdout
        if stream is None:
            raise LookupError("git has no output")
        return stream

    def _ask(self, blob: str) -> int:
        if self._process.stdin is None:
            raise LookupError("git takes no input")
        try:
            self._process.stdin.write(blob.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise LookupError("git cat-file ended") from error
        header = self._stdout.readline().split()
        if len(header) != 3 or header[1] != b"blob":
            raise LookupError("its object is not in this clone")
        return int(header[2])

    def _discard(self, count: int) -> None:
        while count > 0:
            piece = self._stdout.read(min(count, 1 << 20))
            if not piece:
                return
            count -= len(piece)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Our environment without what would steer git elsewhere or let it ask, lock or fetch, and with these settings.

    Settings go in by environment: on a command line, a `=` in a key could not be told from the one that ends it.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in _KEPT}
    kept |= {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",  # git before 2.45 knows no GIT_NO_LAZY_FETCH: then no transport may start
        "GIT_PAGER": "cat",
        "LC_ALL": "C",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for number, (key, value) in enumerate(settings.items()):
        kept[f"GIT_CONFIG_KEY_{number}"] = key
        kept[f"GIT_CONFIG_VALUE_{number}"] = value
    return kept


def _without_filters(settings: Mapping[str, str]) -> dict[str, str]:
    """What makes every filter that is configured do nothing: git would start it to compare a file with its blob."""
    names = {key.split(".", 1)[1].rpartition(".")[0] for key in settings if key.startswith("filter.")}
    quiet: dict[str, str] = {}
    for name in sorted(names):
        quiet |= {f"filter.{name}.{program}": "" for program in ("clean", "smudge", "process")}
        quiet[f"filter.{name}.required"] = "false"
    return quiet


def discover(start: str) -> Git | None:
    """The repository that a folder belongs to; None where there is none.

    A folder that looks like a repository but cannot be read as one is an error: falling back to a plain walk would
    check other files than the ones that were asked for.
    """
    if "GIT_DIR" not in os.environ and not _has_dot_git(start):
        return None
    executable = programs.find("git", outside=start)
    if executable is None:
        raise GuardError("this is a git repository, but git is not on PATH", hint="Install git 2.35 or newer.")
    git = Git(executable, start)
    settings = git.start("config", "-z", "--get-regexp", _ASKED)
    done = git.attempt("rev-parse", "--show-object-format", "--show-toplevel")
    known = parse_settings(settings.attempt().stdout)
    if done.returncode != 0:
        raise GuardError(f"git cannot read this repository: {_last_line(done)}", hint=_way_out(done))
    algorithm, _, folder = done.stdout.rstrip(b"\n").partition(b"\n")
    root = os.fsdecode(folder)
    if not programs.is_below(start, os.path.realpath(root)):
        raise GuardError(
            f"git says that the work tree of {start} is elsewhere, at {root}",
            hint="Unset core.worktree in the repository's config, or run guard in that folder.",
        )
    return Git(executable, root, algorithm=algorithm.decode(), settings=known)


def _way_out(done: programs.Completed) -> str:
    """The command that git itself proposes, where it does."""
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    return next((line.strip() for line in lines if line.strip().startswith("git config")), "")


def _has_dot_git(folder: str) -> bool:
    folder = os.path.realpath(folder)
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return True
        parent = os.path.dirname(folder)
        if parent == folder:
            return False
        folder = parent


def parse_index(output: bytes) -> Iterator[IndexEntry]:
    """Read `git ls-files -s -v -z`."""
    for line in output.split(b"\0"):
        if line:
            head, _, path = line.partition(b"\t")
            tag, mode, blob, stage = head.decode("ascii").split(" ")
            yield IndexEntry(tag, mode, blob, int(stage), os.fsdecode(path))


def parse_tree(output: bytes) -> Iterator[IndexEntry]:
    """Read `git ls-tree -r -z`."""
    for line in output.split(b"\0"):
        if line:
            head, _, path = line.partition(b"\t")
            mode, _, blob = head.decode("ascii").split(" ")
            yield IndexEntry("H", mode, blob, 0, os.fsdecode(path))


def parse_changes(output: bytes) -> Iterator[Change]:
    """Read the `--raw -z` form of the diff plumbing, without rename detection."""
    fields = iter(output.split(b"\0"))
    with contextlib.suppress(StopIteration):
        while head := next(fields):
            old_mode, new_mode, old_blob, new_blob, _ = head[1:].decode("ascii").split(" ")
            yield Change(old_mode, new_mode, old_blob, new_blob, os.fsdecode(next(fields)))


def parse_settings(output: bytes) -> dict[str, str]:
    """Read `git config -z --get-regexp`."""
    pairs = (os.fsdecode(item).partition("\n") for item in output.split(b"\0") if item)
    return {key: value for key, _, value in pairs}


def parse_paths(output: bytes) -> list[str]:
    """Read NUL-separated paths."""
    return [os.fsdecode(path) for path in output.split(b"\0") if path]


def _last_line(done: programs.Completed) -> str:
    if done.timed_out:
        return f"no answer within {_TIMEOUT:.0f} s"
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    said = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "")
    return said.removeprefix("fatal: ") or f"exit code {done.returncode}"
