"""The trees that are measured: source distributions, pinned by version and digest, each tree a git repository.

The archives come from the index that pip is configured with. They are unpacked, and nothing of them is run: a download
by pip itself would build each one to learn its metadata.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

WORK = os.path.join(os.path.dirname(os.path.abspath(__file__)), ".work")
"""Everything that a benchmark makes; ignored by git, and free to be deleted."""


class CorpusError(Exception):
    """A tree cannot be had as it is described here."""


class Sdist(NamedTuple):
    """A source distribution that can only be one file."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """A tree of one source distribution, or of several side by side."""

    name: str
    sdists: tuple[Sdist, ...]
    least_files: int
    """How many files git must know in it: fewer would be another tree than the one that the results speak of."""

    @property
    def pins(self) -> str:
        """What is in it, for people."""
        return ", ".join(f"{sdist.name} {sdist.version}" for sdist in self.sdists)


DJANGO = Corpus(
    "Django",
    (Sdist("django", "5.2.19", "ad03d8abc51dbff95ebf34b27123cf0c26a3b62db7ba0cd520783686362533d1"),),
    6_500,
)
COMPOSITE = Corpus(
    "composite",
    (
        Sdist("ansible", "9.9.0", "d4a858c55fab0f9746ee559a230a302b3d29673c4e673450556f00ba912577ce"),
        Sdist("botocore", "1.44.4", "9f01ec9c9bdd76dfb263bb4efe798229383dce32c942d26b9d9aeb062a979002"),
        Sdist("kubernetes", "37.0.2", "6967599ef976d0bb9c663c3621e690db0e26fbab7cf5c5e3ccf7e11b790d2de9"),
        Sdist("matplotlib", "3.9.4", "1e00e8be7393cbdc6fedfa8a6fba02cf3e83814b285db1c60b906a023ba41bc3"),
        Sdist("pandas", "3.1.1", "05fed3e3b7c99b226f160e29d7d6cb7ef39638c758cbfe42b3f24ba34f04b859"),
        Sdist("pulumi-azure-native", "3.29.0", "f0a73cf4f7b978660c848caf4339b811133a41f500fad1b1fe26b96365957f5a"),
        Sdist("salt", "3008.5", "0259deafd601d783721e5aa8ed10677d8c4d6cc12f5de17499af71590d593315"),
        Sdist("scikit-learn", "1.9.1", "629cada3e33e2b9bf376cdc7614a47a4140b8aedc1d836579e359736fbd82977"),
        Sdist("sympy", "1.14.0", "d3d3fe8df1e5a0b42f0e7bdf50541697dbe7d23746e894990c030e2b05e72517"),
        Sdist("wagtail", "8.0.1", "819865a10bce86b16288cfaefa4195b90ffb5e7ac494fb18659e7be099ef386f"),
    ),
    50_000,
)


def tree(corpus: Corpus) -> str:
    """The repository of a corpus, made when it is first wanted."""
    digest = hashlib.sha256("".join(sdist.sha256 for sdist in corpus.sdists).encode()).hexdigest()[:12]
    folder = os.path.join(WORK, "trees", f"{corpus.name.lower()}-{digest}")
    if not os.path.isdir(folder):
        unfinished = f"{folder}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        _unpack(corpus.sdists, unfinished)
        commit_all(unfinished)
        git(unfinished, "gc", "--quiet")
        count = git(unfinished, "ls-files", "-z").count("\0")
        if count < corpus.least_files:
            raise CorpusError(f"{corpus.name} has {count:,} files instead of at least {corpus.least_files:,}")
        os.rename(unfinished, folder)
    return folder


def clone(of: str, purpose: str) -> str:
    """A clone for rows that change files, with every file as it was committed; the store of earlier runs stays."""
    folder = f"{of}-{purpose}"
    if not os.path.isdir(folder):
        unfinished = f"{folder}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        git(WORK, "clone", "--quiet", "--local", of, unfinished)
        os.rename(unfinished, folder)
    git(folder, "reset", "--quiet", "--hard")
    return folder


def commit_all(folder: str) -> None:
    """Make a folder a repository with one commit of all that is in it, whatever its own ignore files say."""
    git(folder, "init", "--quiet")
    git(folder, "config", "gc.auto", "0")  # nothing may begin by itself while something is measured
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "As released")


def git(folder: str, *arguments: str) -> str:
    """What git says, asked without anybody's settings."""
    identity = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.invalid")
    command = ["git", *identity, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(), check=True, stdout=subprocess.PIPE)
    return done.stdout.decode("utf-8", "surrogateescape")


def environment() -> dict[str, str]:
    """What every measured process gets: a home of its own, and none of this user's settings."""
    home = os.path.join(WORK, "home")
    os.makedirs(home, exist_ok=True)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": home,
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def _unpack(sdists: Sequence[Sdist], folder: str) -> None:
    """Each archive into a folder of its own; the only one of a tree is the tree."""
    alone = len(sdists) == 1
    parent = f"{folder}.parts" if alone else folder
    shutil.rmtree(parent, ignore_errors=True)
    os.makedirs(parent)
    for sdist in sdists:
        with tarfile.open(_archive(sdist)) as tar:
            tar.extractall(parent, filter="data")  # refuses links and names that lead outside
    if alone:
        os.rename(os.path.join(parent, os.listdir(parent)[0]), folder)
        os.rmdir(parent)


def _archive(sdist: Sdist) -> str:
    path = os.path.join(WORK, "archives", f"{sdist.name}-{sdist.version}.tar.gz")
    if not os.path.isfile(path):
        data = _download(sdist)
        found = hashlib.sha256(data).hexdigest()
        if found != sdist.sha256:
            raise CorpusError(f"the archive of {sdist.name} {sdist.version} has the digest {found}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(f"{path}.unfinished", "wb") as file:
            file.write(data)
        os.rename(f"{path}.unfinished", path)
    return path


def _download(sdist: Sdist) -> bytes:
    """The archive from wherever pip would take it: its settings, variables, proxies and certificates count."""
    from pip._internal.commands import create_command
    from pip._vendor.packaging.specifiers import SpecifierSet

    command: Any = create_command("download")  # its class, which has what is used below, is as private as that
    options, _ = command.parse_args(["--quiet", "--no-deps", "--no-binary", ":all:"])
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(options=options, session=session)  # noqa: SLF001 - nothing public
        best = finder.find_best_candidate(sdist.name, SpecifierSet(f"=={sdist.version}")).best_candidate
        if best is None:
            raise CorpusError(f"the index that pip is configured with has no archive of {sdist.name} {sdist.version}")
        response = session.get(best.link.url_without_fragment)
        response.raise_for_status()
        content: bytes = response.content
    return content
