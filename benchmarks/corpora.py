"""The trees that are measured: what projects released, pinned by version and digest, each tree a git repository.

The archives come from the index that pip is configured with. They are unpacked, and nothing of them is run: a download
by pip itself would build each one to learn its metadata.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

WORK = os.path.join(os.path.dirname(os.path.abspath(__file__)), ".work")
"""Everything that a benchmark makes; ignored by git, and free to be deleted."""


class CorpusError(Exception):
    """A tree cannot be had as it is described here."""


class Archive(NamedTuple):
    """A source distribution or a wheel that can only be one file."""

    name: str
    version: str
    sha256: str
    is_wheel: bool = False


@dataclass(frozen=True, slots=True)
class Corpus:
    """A tree of one archive, or of several side by side, or one after the other."""

    name: str
    archives: tuple[Archive, ...]
    least_files: int
    """How many files git must know in it: fewer would be another tree than the one that the results speak of."""
    is_history: bool = False
    """Its archives are releases of one project, and each is a commit."""

    @property
    def pins(self) -> str:
        """What is in it, for people."""
        return ", ".join(f"{archive.name} {archive.version}" for archive in self.archives)


DJANGO = Corpus(
    "Django",
    (Archive("django", "5.2.19", "ad03d8abc51dbff95ebf34b27123cf0c26a3b62db7ba0cd520783686362533d1"),),
    6_500,
)
COMPOSITE = Corpus(
    "composite",
    (
        Archive("ansible", "9.9.0", "d4a858c55fab0f9746ee559a230a302b3d29673c4e673450556f00ba912577ce"),
        Archive("botocore", "1.44.4", "9f01ec9c9bdd76dfb263bb4efe798229383dce32c942d26b9d9aeb062a979002"),
        Archive("kubernetes", "37.0.2", "6967599ef976d0bb9c663c3621e690db0e26fbab7cf5c5e3ccf7e11b790d2de9"),
        Archive("matplotlib", "3.9.4", "1e00e8be7393cbdc6fedfa8a6fba02cf3e83814b285db1c60b906a023ba41bc3"),
        Archive("pandas", "3.1.1", "05fed3e3b7c99b226f160e29d7d6cb7ef39638c758cbfe42b3f24ba34f04b859"),
        Archive("pulumi-azure-native", "3.29.0", "f0a73cf4f7b978660c848caf4339b811133a41f500fad1b1fe26b96365957f5a"),
        Archive("salt", "3008.5", "0259deafd601d783721e5aa8ed10677d8c4d6cc12f5de17499af71590d593315"),
        Archive("scikit-learn", "1.9.1", "629cada3e33e2b9bf376cdc7614a47a4140b8aedc1d836579e359736fbd82977"),
        Archive("sympy", "1.14.0", "d3d3fe8df1e5a0b42f0e7bdf50541697dbe7d23746e894990c030e2b05e72517"),
        Archive("wagtail", "8.0.1", "819865a10bce86b16288cfaefa4195b90ffb5e7ac494fb18659e7be099ef386f"),
    ),
    50_000,
)

RELEASES = Corpus(
    "releases of Django",
    (
        Archive("django", "2.0.13", "bde46d4dbc410678e89bc95ea5d312dd6eb4c37d0fa0e19c9415cad94addf22f"),
        Archive("django", "2.2.28", "0200b657afbf1bc08003845ddda053c7641b9b24951e52acd51f6abda33a7413"),
        Archive("django", "3.0.14", "d58d8394036db75a81896037d757357e79406e8f68816c3e8a28721c1d9d4c11"),
        Archive("django", "3.1.14", "72a4a5a136a214c39cf016ccdd6b69e2aa08c7479c66d93f3a9b5e4bb9d8a347"),
        Archive("django", "3.2.25", "7ca38a78654aee72378594d63e51636c04b8e28574f5505dff630895b5472777"),
        Archive("django", "4.0.10", "2c2f73c16b11cb272c6d5e3b063f0d1be06f378d8dc6005fbe8542565db659cc"),
        Archive("django", "4.1.13", "94a3f471e833c8f124ee7a2de11e92f633991d975e3fa5bdd91e8abd66426318"),
        Archive("django", "4.2.20", "92bac5b4432a64532abb73b2ac27203f485e40225d2640a7fbef2b62b876e789"),
        Archive("django", "5.0.14", "29019a5763dbd48da1720d687c3522ef40d1c61be6fb2fad27ed79e9f655bc11"),
        Archive("django", "5.1.8", "42e92a1dd2810072bcc40a39a212b693f94406d0ba0749e68eb642f31dc770b4"),
        *DJANGO.archives,
    ),
    6_500,
    is_history=True,
)
HOME_ASSISTANT = Corpus(
    "Home Assistant",
    (
        Archive(
            "homeassistant",
            "2026.2.0",
            "084c208100519755d1f4f60b38695b797929697ba20a43a8dd603c00eb99041e",
            is_wheel=True,
        ),
    ),
    45_000,
)


def tree(corpus: Corpus) -> str:
    """The repository of a corpus, made when it is first wanted."""
    digest = hashlib.sha256("".join(archive.sha256 for archive in corpus.archives).encode()).hexdigest()[:12]
    folder = os.path.join(WORK, "trees", f"{corpus.name.lower().replace(' ', '-')}-{digest}")
    if not os.path.isdir(folder):
        unfinished = f"{folder}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        if corpus.is_history:
            _commit_releases(corpus.archives, unfinished)
        else:
            _unpack(corpus.archives, unfinished)
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


def _unpack(archives: Sequence[Archive], folder: str) -> None:
    """Each archive into a folder of its own; the only one of a tree is the tree."""
    alone = len(archives) == 1
    parent = f"{folder}.parts" if alone else folder
    shutil.rmtree(parent, ignore_errors=True)
    os.makedirs(parent)
    for archive in archives:
        _extract(archive, os.path.join(parent, archive.name) if archive.is_wheel else parent)
    if alone:
        os.rename(os.path.join(parent, os.listdir(parent)[0]), folder)
        os.rmdir(parent)


def _extract(archive: Archive, folder: str) -> None:
    """Into a folder: that of the project, which a source distribution brings along."""
    if archive.is_wheel:
        with zipfile.ZipFile(_archive(archive)) as wheel:
            wheel.extractall(folder)
        return
    with tarfile.open(_archive(archive)) as tar:
        tar.extractall(folder, filter="data")  # refuses links and names that lead outside


def _commit_releases(archives: Sequence[Archive], folder: str) -> None:
    """A commit for each, of what is then there."""
    for archive in archives:
        release = f"{folder}.release"
        shutil.rmtree(release, ignore_errors=True)
        _unpack((archive,), release)
        if os.path.isdir(folder):
            os.rename(os.path.join(folder, ".git"), os.path.join(release, ".git"))
            shutil.rmtree(folder)
        os.rename(release, folder)
        commit_all(folder)


def _archive(archive: Archive) -> str:
    suffix = "whl" if archive.is_wheel else "tar.gz"
    path = os.path.join(WORK, "archives", f"{archive.name}-{archive.version}.{suffix}")
    if not os.path.isfile(path):
        data = _download(archive)
        found = hashlib.sha256(data).hexdigest()
        if found != archive.sha256:
            raise CorpusError(f"the archive of {archive.name} {archive.version} has the digest {found}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(f"{path}.unfinished", "wb") as file:
            file.write(data)
        os.rename(f"{path}.unfinished", path)
    return path


def _download(archive: Archive) -> bytes:
    """The archive from wherever pip would take it: its settings, variables, proxies and certificates count."""
    from pip._internal.commands import create_command
    from pip._vendor.packaging.specifiers import SpecifierSet

    command: Any = create_command("download")  # its class, which has what is used below, is as private as that
    kind = "--only-binary" if archive.is_wheel else "--no-binary"
    options, _ = command.parse_args(["--quiet", "--no-deps", kind, ":all:"])
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(options, session, ignore_requires_python=True)  # noqa: SLF001 - nothing public
        best = finder.find_best_candidate(archive.name, SpecifierSet(f"=={archive.version}")).best_candidate
        if best is None:
            raise CorpusError(
                f"the index that pip is configured with has no archive of {archive.name} {archive.version}"
            )
        response = session.get(best.link.url_without_fragment)
        response.raise_for_status()
        content: bytes = response.content
    return content
