"""Git as the fastest enumerator there is, asked so that nothing in the repository can answer with code.

Only plumbing that neither refreshes the index, nor runs filters, nor fetches. What a repository could set in its own
config to run a program (`core.fsmonitor`, embedded bare repositories, transports), or to make git overlook that a file
on disk is not the one of the index, is overridden for every call.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Self

from guards._core import programs, replay
from guards._core.errors import GuardError

_HARDENING = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,  # one hook runs whenever the index is written
    "core.quotePath": "false",
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
    # Set the other way, these hide a changed file, a link that became a file, and a name that differs in case only.
    "core.checkStat": "default",
    "core.trustctime": "true",
    "core.symlinks": "true",
    "core.ignoreCase": "false",
}

_ASKED = r"^(filter\..*|core\.(autocrlf|eol|attributesfile))$"
"""What we must know of a repository's config: programs that it would run, and whether files differ from their blobs."""

# Which repository and index to read: a hook is told by these, and `git commit PATH` needs them to be obeyed.
_KEPT = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
         "GIT_COMMON_DIR", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"}  # fmt: skip

# Of these, the ones that may be relative to the folder in which a hook was started.
_FOLDERS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")

NO_BLOB = "0" * 40
_TIMEOUT = 120.0
_PIECE = 1 << 20


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
        self,
        executable: str,
        root: str,
        *,
        algorithm: str = "sha1",
        settings: Mapping[str, str] | None = None,
        start: str = "",
    ) -> None:
        self.executable = executable
        self.root = root
        self.algorithm = algorithm
        """The hash of its object ids."""
        self.settings = settings or {}
        """Those of its config that `_ASKED` names, keys as git prints them."""
        self.env = environment(_HARDENING | _without_filters(self.settings), start or root)

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
        """Start a git command whose output is wanted later; or take it over, where this process has just asked that."""
        if replay.under_way:
            wanted = (
                os.fsencode(self.executable),
                os.fsencode("\0".join(arguments)),
                self.root,
                self.packed_settings(),
            )
            for question in replay.under_way:
                if question.asked == wanted:
                    replay.under_way.remove(question)
                    return _Overheard(self, arguments, question)
        return Running(self, arguments)

    def packed_settings(self) -> bytes:
        """What git is told by environment, for `replay`; not which repository and index to read, as hooks are."""
        told = (f"{k}={v}" for k, v in self.env.items() if k.startswith("GIT_") and k not in replay.STEERING)
        settings = list(map(os.fsencode, told))
        return replay.pack([*settings, b"LC_ALL=C"])

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

    def merge_base(self, one: str, other: str) -> str:
        """The last commit that two have in common; the first of them where there is none."""
        done = self.attempt("merge-base", "--end-of-options", self.commit_of(one), self.commit_of(other))
        return done.stdout.decode().strip() if done.returncode == 0 else one

    def anything_staged(self) -> bool:
        """Whether the index differs from HEAD."""
        before = self.head() or self.empty_tree()
        return bool(self.output("diff-index", "--cached", "--raw", "-z", "--no-renames", before))

    def empty_tree(self) -> str:
        """The id of the tree without files, in this repository's hash."""
        return self.output("hash-object", "-t", "tree", "--stdin").decode().strip()

    def untrack(self, paths: Iterable[str]) -> None:
        """Take files out of the index, all or none; what is on disk stays."""
        self.output("update-index", "-z", "--force-remove", "--stdin", stdin=_packed(paths))

    def ignoring(self, paths: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Path to the file and the pattern that decide whether it is ignored, tracked or not; those that none names
        are absent."""
        done = self.attempt("check-ignore", "-v", "-z", "--no-index", "--stdin", stdin=_packed(paths))
        if done.returncode not in {0, 1} or done.timed_out or done.truncated:
            raise GuardError(f"git check-ignore failed: {_last_line(done)}")
        fields = parse_paths(done.stdout)
        return {path: (file, pattern) for file, _, pattern, path in zip(*[iter(fields)] * 4, strict=True)}

    def changes(self, *arguments: str) -> list[Change]:
        """The changes that a diff plumbing command lists with `--raw -z`."""
        return list(parse_changes(self.output(*arguments)))


class Running:
    """A git command under way; leaving its `with` block ends it."""

    def __init__(self, git: Git, arguments: Sequence[str]) -> None:
        self.arguments = tuple(arguments)
        self.began_ns = time.time_ns()
        self._process = subprocess.Popen(
            git.argv(*arguments),
            cwd=git.root,
            env=git.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        self._process.wait()

    def output(self) -> bytes:
        """Wait for it; what it printed."""
        return self.result().stdout

    def result(self) -> programs.Completed:
        """Wait for it to succeed. What it wrote to `stderr` is what it could not look at: git goes on after that."""
        done = self.attempt()
        if done.returncode != 0:
            raise GuardError(f"git {self.arguments[0]} failed: {_last_line(done)}")
        return done

    def attempt(self) -> programs.Completed:
        """Wait for it; how it ended."""
        try:
            stdout, stderr = self._process.communicate(timeout=_TIMEOUT)
        except BaseException as error:
            self._process.kill()
            self._process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                return programs.Completed(self._process.returncode, b"", b"", timed_out=True)
            raise
        return programs.Completed(self._process.returncode, stdout, stderr)


class _Overheard(Running):
    """A command that the start of this process began, before it was known that there would be a run."""

    def __init__(self, git: Git, arguments: Sequence[str], question: replay.Question) -> None:
        self.arguments = tuple(arguments)
        self.began_ns = question.began_ns
        self._git = git
        self._question = question

    def __exit__(self, *exc: object) -> None:
        self._question.stop()

    def attempt(self) -> programs.Completed:
        """Wait for it. Where it has more to say than its answer, it is asked again by somebody who listens."""
        answer = self._question.answer()
        if answer is not None:
            return programs.Completed(0, answer, b"")
        with Running(self._git, self.arguments) as again:
            return again.attempt()


class BlobReader:
    """`git cat-file --batch`: blobs by id, in one process that lives as long as the reader."""

    def __init__(self, git: Git) -> None:
        self.ended = False
        """The process gave up, as it does over a damaged object or one that it may not fetch: take a new reader."""
        self._asked: deque[str] = deque()
        """Asked for, and not read yet."""
        self._process = subprocess.Popen(
            git.argv("cat-file", "--batch"),
            cwd=git.root,
            env=git.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def expect(self, blobs: Iterable[str]) -> None:
        """Ask for the blobs that are read next. At most a few hundred: git must be able to take them all at once."""
        asked = list(blobs)
        self._asked.extend(asked)
        self._write("".join(f"{blob}\n" for blob in asked))

    def read(self, blob: str, limit: int) -> tuple[int, bytes]:
        """The size of a blob and its bytes, of which at most `limit`; LookupError where it cannot be had whole."""
        size = self._ask(blob)
        data = self._take(min(size, limit))
        self._discard(size - len(data) + 1)
        return size, data

    def chunks(self, blob: str) -> Iterator[bytes]:
        """The bytes of a blob, a piece at a time."""
        left = self._ask(blob)
        while left:
            piece = self._take(min(left, _PIECE))
            left -= len(piece)
            yield piece
        self._discard(1)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, blob: str) -> int:
        """The size of a blob, whose bytes come next."""
        while self._asked:
            if self._asked.popleft() == blob:
                return self._size()
            with contextlib.suppress(LookupError):
                self._discard(self._size() + 1)  # somebody changed his mind
            if self.ended:
                raise self._gave_up()
        self._write(f"{blob}\n")
        return self._size()

    def _write(self, text: str) -> None:
        if self._process.stdin is None:
            raise LookupError("git has no input")
        try:
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._gave_up() from None

    def _size(self) -> int:
        line = self._process.stdout.readline() if self._process.stdout else b""
        if not line.endswith(b"\n"):
            raise self._gave_up()
        header = line.split()
        if len(header) != 3:
            raise LookupError("its object is not in this clone")
        if header[1] != b"blob":
            self._discard(int(header[2]) + 1)
            raise LookupError(f"its object is a {header[1].decode()}, not a file")
        return int(header[2])

    def _take(self, count: int) -> bytes:
        """Exactly so many bytes: fewer would pass for the whole file."""
        data = self._process.stdout.read(count) if self._process.stdout else b""
        if len(data) != count:
            raise self._gave_up()
        return data

    def _discard(self, count: int) -> None:
        while count > 0:
            count -= len(self._take(min(count, _PIECE)))

    def _gave_up(self) -> LookupError:
        self.ended = True
        return LookupError("git cannot give its object: damaged, or left out of this partial clone")


def environment(settings: Mapping[str, str], start: str) -> dict[str, str]:
    """Our environment without what would steer git elsewhere or let it ask, lock or fetch, and with these settings.

    `start`: the folder in which the environment's own relative folders begin.

    Settings go in by environment: on a command line, a `=` in a key could not be told from the one that ends it.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in _KEPT}
    kept |= {key: os.path.join(start, kept[key]) for key in _FOLDERS if kept.get(key)}
    kept |= {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",  # a replacement is not what would be committed or pushed
        "GIT_GRAFT_FILE": "",  # nor is a parent that only this clone knows of; an empty file would make git complain
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
    for name in sorted(filter(None, names)):
        quiet |= {f"filter.{name}.{program}": "" for program in ("clean", "smudge", "process")}
        quiet[f"filter.{name}.required"] = "false"
    return quiet


def discover(start: str) -> Git | None:
    """The repository that a folder belongs to; None where there is none.

    A folder that looks like a repository but cannot be read as one is an error: falling back to a plain walk would
    check other files than the ones that were asked for.
    """
    told = any(os.environ.get(key) for key in ("GIT_DIR", "GIT_WORK_TREE"))
    top = _top(start)
    if top is None and not told:
        return None
    tree = os.path.join(start, os.environ.get("GIT_WORK_TREE") or top or "")
    executable = programs.find("git", outside=tree)
    if executable is None:
        raise GuardError("this is a git repository, but git is not on PATH", hint="Install git 2.35 or newer.")
    # Asked where `.git` is, not where we stand: a folder in between may be dressed up as a repository.
    git = Git(executable, start if told or top is None else top, start=start)
    with git.start("config", "-z", "--get-regexp", _ASKED) as settings:
        done = git.attempt("rev-parse", "--show-object-format", "--show-toplevel")
        known = settings.attempt()
    if done.returncode != 0:
        raise GuardError(f"git cannot read this repository: {_last_line(done)}", hint=_way_out(done))
    if known.returncode not in {0, 1}:
        raise GuardError(f"git cannot read this repository's config: {_last_line(known)}")
    algorithm, _, folder = done.stdout.removesuffix(b"\n").partition(b"\n")
    root = os.fsdecode(folder)
    real_root = os.path.realpath(root)
    if not os.path.isabs(root) or not programs.is_below(start, real_root) or not (told or real_root == top):
        raise GuardError(
            f"git says that the work tree of {start} is elsewhere, at {root}",
            hint="Unset core.worktree in the repository's config, or run guard in that folder.",
        )
    return Git(executable, root, algorithm=algorithm.decode(), settings=parse_settings(known.stdout), start=start)


def root_of(start: str) -> str:
    """The root of what is checked from a folder: the top of its repository, or where there is none, the folder."""
    git = discover(start)
    return git.root if git is not None else os.path.realpath(start)


def _way_out(done: programs.Completed) -> str:
    """The command that git itself proposes, where it does."""
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    return next((line.strip() for line in lines if line.strip().startswith("git config")), "")


def _top(folder: str) -> str | None:
    """The nearest folder that holds `.git`, from here upwards; inside of a bare repository there is none to be had."""
    folder = os.path.realpath(folder)
    bare = ""
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        bare = bare or (folder if _looks_bare(folder) else "")
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    if bare and not os.environ.get("GIT_DIR"):
        raise GuardError(f"{bare} is a bare repository, which holds no files", hint="Run guard in a work tree of it.")
    return None


def _looks_bare(folder: str) -> bool:
    return os.path.lexists(os.path.join(folder, "HEAD")) and all(
        os.path.isdir(os.path.join(folder, name)) for name in ("objects", "refs")
    )


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
    *fields, rest = output.split(b"\0")
    if rest or len(fields) % 2:
        raise GuardError("git's list of changes ends in the middle")
    for head, path in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old_blob, new_blob, _ = head[1:].decode("ascii").split(" ")
        yield Change(old_mode, new_mode, old_blob, new_blob, os.fsdecode(path))


def parse_settings(output: bytes) -> dict[str, str]:
    """Read `git config -z --get-regexp`."""
    pairs = (os.fsdecode(item).partition("\n") for item in output.split(b"\0") if item)
    return {key: value for key, _, value in pairs}


def parse_paths(output: bytes) -> list[str]:
    """Read NUL-separated paths."""
    return [os.fsdecode(path) for path in output.split(b"\0") if path]


def _packed(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def _last_line(done: programs.Completed) -> str:
    if done.timed_out:
        return f"no answer within {_TIMEOUT:.0f} s"
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    said = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "")
    return said.removeprefix("fatal: ") or f"exit code {done.returncode}"
