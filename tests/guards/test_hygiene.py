"""The hygiene guard: its examples, its parts one by one, and what only a real repository can show."""

from __future__ import annotations

import base64
import os
import random
import re
import shlex
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from guards._code.places import is_for_tests
from guards._code.tree import Tree
from guards._core.model import Entry, ExitCode, Fact, Finding, Kind, Level
from guards._core.report import Report
from guards._core.runner import Request, run
from guards._core.untracking import exact_line, untrack_command
from guards.hygiene import GUARD, PathClass, classify
from guards.hygiene.artifacts import ARTIFACTS, PATH_PATTERN, Artifact, artifact_of
from guards.hygiene.clashes import clashing
from guards.hygiene.conflicts import Quoting, conflicts
from guards.hygiene.keys import private_keys
from guards.hygiene.large import FILTER, filters
from guards.hygiene.links import End, follow
from guards.hygiene.submodules import named_paths
from guards.testing import Content, Example, Link, check_example, check_guard, examples, repository, run_guard

EXAMPLES = examples(Path(__file__).parent / "hygiene")


def rules(report: Report) -> list[tuple[str, str]]:
    return [(finding.rule.removeprefix("hygiene/"), finding.path) for finding in report.findings]


def tree(*paths: str) -> Tree:
    return Tree([Entry(path, Kind.FILE, "") for path in sorted(paths)], sorted(paths))


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    check_example(GUARD, example)


def test_contract() -> None:
    """Keys are made by the tests below, because none may lie in this repository."""
    key = Example("bad/key", {"id": pem("PRIVATE KEY", der())}, findings=({"rule": "hygiene/private-key"},))
    check_guard(GUARD, [*EXAMPLES, key])


# ---- Private keys ---------------------------------------------------------------------------------------------------


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def der(size: int = 300) -> bytes:
    """A SEQUENCE of noise: what the outside of a key looks like, and no key."""
    return b"\x30\x82" + size.to_bytes(2, "big") + noise(size)


def pem(label: str, data: bytes, headers: bytes = b"", end: bytes = b"\n") -> bytes:
    armour = "-----{} " + label + "-----"
    body = base64.encodebytes(data).rstrip()
    text = b"\n".join([armour.format("BEGIN").encode(), headers + body, armour.format("END").encode(), b""])
    return text.replace(b"\n", end)


OPENSSH = b"openssh-key-v1\0\0\0\0\4none\0\0\0\4none" + noise(200)
OPENSSH_ENCRYPTED = b"openssh-key-v1\0\0\0\0\x0aaes256-ctr\0\0\0\6bcrypt" + noise(200)
LEGACY = b"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
PUTTY = (
    "PuTTY-User-Key-" + "File-3: ssh-ed25519\nEncryption: {}\nComment: me\nPublic-Lines: 2\nAAAA\nBBBB\n"
    "Private-Lines: 1\n" + base64.b64encode(noise(36)).decode() + "\nPrivate-MAC: 00\n"
)


@pytest.mark.parametrize(
    ("text", "what", "level"),
    [
        (pem("PRIVATE KEY", der()), "a private key", None),
        (pem("RSA PRIVATE KEY", der()), "an RSA private key", None),
        (pem("EC PRIVATE KEY", der(), end=b"\r\n"), "an EC private key", None),
        (pem("DSA PRIVATE KEY", der()).rstrip(), "a DSA private key", None),
        (pem("OPENSSH PRIVATE KEY", OPENSSH), "an OpenSSH private key", None),
        (pem("OPENSSH PRIVATE KEY", OPENSSH_ENCRYPTED), "an OpenSSH private key", Level.WARNING),
        (pem("ENCRYPTED PRIVATE KEY", der()), "a private key", Level.WARNING),
        (pem("RSA PRIVATE KEY", noise(300), LEGACY), "an RSA private key", Level.WARNING),
        (pem("PGP PRIVATE KEY BLOCK", b"\x95" + noise(300), b"Version: 1\n\n"), "a PGP private key", None),
        (b"Bag Attributes\n  name: x\n" + pem("PRIVATE KEY", der()), "a private key", None),
        (PUTTY.format("none").encode(), "a PuTTY private key", None),
        (PUTTY.format("aes256-cbc").encode(), "a PuTTY private key", Level.WARNING),
    ],
)
def test_private_key(text: bytes, what: str, level: Level | None) -> None:
    """Each format is told, and whether a passphrase protects it."""
    (finding,) = private_keys(text, for_tests=False)
    assert (finding.subject, finding.level, finding.snippet) == (what, level, None)
    assert finding.span is not None
    line = text.decode("latin-1").splitlines()[finding.span.line - 1]
    assert line.startswith(("-----BEGIN", "PuTTY"))
    assert finding.span.end_column == len(line) + 1


@pytest.mark.parametrize(
    "text",
    [
        pem("PUBLIC KEY", der()),
        pem("CERTIFICATE", der()),
        pem("PRIVATE KEY", noise(300)),
        pem("PRIVATE KEY", der()[:-1]),
        pem("PRIVATE KEY", b"\x30\x82\x01\x2c" + b"\0" * 300),
        pem("PRIVATE KEY", der()).replace(b"\n", b"!\n"),
        pem("OPENSSH PRIVATE KEY", der()),
        pem("PGP PRIVATE KEY BLOCK", noise(300)),
        pem("PRIVATE KEY", der()).replace(b"END PRIVATE", b"END RSA PRIVATE"),
        pem("PRIVATE KEY", der()).replace(b"\n", b"\\n"),
        b"  " + pem("PRIVATE KEY", der()).replace(b"\n", b"\n  "),
        b"key = '''" + pem("PRIVATE KEY", der()),
        PUTTY.format("none").replace("Private-Lines", "Lines").encode(),
    ],
)
def test_no_private_key(text: bytes) -> None:
    """Without the body of a key, or inside of something else, armour alone is nothing."""
    assert list(private_keys(text, for_tests=False)) == []


def test_several_keys_in_one_file() -> None:
    """A note each in a place for tests, at their own lines, ascending."""
    text = PUTTY.format("none").encode() + pem("PRIVATE KEY", der()) * 2
    found = list(private_keys(text, for_tests=True))
    assert [finding.level for finding in found] == [Level.NOTE] * 3
    lines = text.split(b"\n")
    assert [lines[finding.span.line - 1][:10] for finding in found if finding.span] == [
        b"PuTTY-User", b"-----BEGIN", b"-----BEGIN",
    ]  # fmt: skip


def test_no_byte_of_a_key_in_the_report() -> None:
    """The rule is sensitive: neither the text nor a part of it comes out."""
    key = pem("PRIVATE KEY", der())
    report = run_guard(GUARD, {"deploy/id": key, "tests/id": key, "app.py": key})
    assert [(finding.path, finding.level) for finding in report.findings] == [
        ("deploy/id", Level.ERROR), ("tests/id", Level.NOTE),
    ]  # fmt: skip
    assert report.exit_code is ExitCode.FINDINGS
    shown = repr(report)
    assert all(line not in shown for line in key.decode().split("\n")[1:-2])


@given(st.binary(max_size=300), st.sampled_from(["PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]))
def test_armour_around_anything(data: bytes, label: str) -> None:
    """Whatever stands in the armour, it is one key or none."""
    assert len(list(private_keys(pem(label, data), for_tests=False))) <= 1


# ---- Merge conflicts ------------------------------------------------------------------------------------------------

BLOCK = ["<" * 7 + " ours", "1", "=" * 7, "2", ">" * 7 + " theirs"]


@given(st.lists(st.sampled_from([*BLOCK, "|" * 7, "text", ""]), max_size=30))
def test_conflicts_are_the_complete_blocks(lines: list[str]) -> None:
    """A second way to tell: the markers alone, as a string of letters."""
    letters = "".join(line[0] for line in lines if line[:1] in {"<", "=", ">"})
    expected = len(re.findall(r"<=+>", letters))
    found = list(conflicts("\n".join(lines).encode(), Quoting.NONE, for_tests=False))
    assert len(found) == expected
    assert all(finding.span and lines[finding.span.line - 1] == BLOCK[0] for finding in found)


@pytest.mark.parametrize("quoting", list(Quoting))
def test_many_markers_take_linear_time(quoting: Quoting) -> None:
    """A megabyte of nothing but markers, fences and here-documents."""
    text = b"cat <<E\n```\n----\n" + ("\n".join(BLOCK) + "\n").encode() * 30_000 + b"```\n----\nE\n" * 20_000
    clock = time.perf_counter()
    count = sum(1 for _ in conflicts(text, quoting, for_tests=False))
    assert count == (30_000 if quoting is Quoting.NONE else 0)
    assert time.perf_counter() - clock < 5


def test_a_conflict_that_a_heredoc_does_not_hold() -> None:
    """`<<` that no line ends is a shift, not a here-document."""
    text = "\n".join(["x << EOF", *BLOCK]).encode()
    assert len(list(conflicts(text, Quoting.HEREDOC, for_tests=False))) == 1


# ---- Artifacts ------------------------------------------------------------------------------------------------------

ARTIFACT_PATHS = {
    "Python bytecode": ["a/__pycache__/b.cpython-312.pyc", "a/b.pyc", "b.pyo"],
    "a cache of pytest": [".pytest_cache/v/cache/lastfailed"],
    "a cache of mypy": [".mypy_cache/3.12/a.data.json"],
    "a cache of ruff": ["a/.ruff_cache/0.9.0/123"],
    "checkpoints of Jupyter": ["nb/.ipynb_checkpoints/a-checkpoint.ipynb"],
    "a virtual environment": ["my env/pyvenv.cfg"],
    "a cache": ["a/target[1]/CACHEDIR.TAG"],
    "environments of tox": [".tox/py312/a"],
    "environments of nox": [".nox/lint/a"],
    "data of coverage.py": [".coverage", "a/.coverage.host.123.XyZ"],
    "a coverage report": ["coverage.xml", "htmlcov/index.html", "coverage/lcov-report/index.html"],
    "data of nyc": [".nyc_output/a.json"],
    "a database of MLflow": ["a/mlflow.db"],
    "runs of MLflow": ["mlruns/0/meta.yaml"],
    "metadata of a built package": ["src/a.egg-info/SOURCES.txt"],
    "eggs of a build": [".eggs/a/b"],
    "a built package": ["dist/a-1.0-py3-none-any.whl"],
    "output of a build": ["build/lib.linux-x86_64-cpython-312/a.py", "build/bdist.linux-x86_64/a"],
    "providers and modules of Terraform": [".terraform/providers/a"],
    "state of Terraform": ["a/terraform.tfstate", "terraform.tfstate.backup"],
    "a cache of Parcel": [".parcel-cache/a"],
    "a cache of Sass": [".sass-cache/a"],
    "results of tests": [
        *("junit.xml", "junit-py312.xml", "TEST-a.b.xml", "test-results.xml", "nosetests.xml"),
        *("test-results/a.txt", "allure-results/a.json", "playwright-report/index.html"),
    ],
    "examples of Hypothesis": [".hypothesis/examples/a"],
    "data of testmon": [".testmondata"],
    "installed npm packages": ["web/node_modules/a/index.js"],
    "a build of Next.js": [".next/a"],
    "a build of Nuxt": [".nuxt/a"],
    "a build of SvelteKit": [".svelte-kit/a"],
    "a cache of Turborepo": [".turbo/a"],
    "a cache of Gradle": [".gradle/a"],
    "a log of npm": ["npm-debug.log", "npm-debug.log.123"],
    "a log of Yarn": ["yarn-error.log"],
    "a backup copy": ["a/b.py~", "b.py.bak"],
    "the original of a merge or a patch": ["a.py.orig"],
    "the rejected part of a patch": ["a.py.rej"],
    "a leftover of git mergetool": ["a_BACKUP_1.py", "a_BASE_22.py", "a_LOCAL_3", "b/a_REMOTE_4.c"],
    "a swap file of Vim": [".a.py.swp", "b/.swo"],
    "an autosave of Emacs": ["#a.py#", "b/#c#"],
    "a lock of Emacs": [".#a.py"],
    "the Finder's view of a folder": [".DS_Store", "a/.DS_Store"],
    "a set of resource forks of macOS": ["a/__MACOSX/._b"],
    "a thumbnail cache of Windows": ["Thumbs.db", "a/thumbs.db"],
    "one person's state of an IDE": ["a/.idea/workspace.xml", ".idea/tasks.xml"],
    "one person's statistics of an IDE": [".idea/usage.statistics.xml"],
    "one person's shelf of an IDE": [".idea/shelf/a.patch"],
    "one person's state of Visual Studio": [".vs/a/b"],
}
INNOCENT = (
    *(".coveragerc", "coverage.py", "coverage.xml.in", "mlflow.dbt", "dist/index.js", "dist/a.tgz", "build/lib/a.js"),
    *("a.egg-info", "a.egg-info/PKG-INFO", "pyvenv.cfg", "CACHEDIR.TAG", "pycache/a.py", "venv/a.py", "a.pyx", "a.pyd"),
    *("original", "a.original", ".swf", ".a.swf", "#a", "a#", "tilde~/a", "junit/a.xml", "test-results.md", "TEST.xml"),
    *(".idea/modules.xml", ".vscode/settings.json", "a.bakery", "terraform.tf", "vs/a", "BASE_1.py", "x_BASE.py"),
    *("node_modules", "node_modules.md", ".hypothesis", "yarn.lock", ".#", ".gitignore", "next/a", "a.orig/b"),
)


def artifacts_by_path() -> list[tuple[str, str]]:
    return [(path, what) for what, paths in ARTIFACT_PATHS.items() for path in paths]


def test_every_artifact_has_a_path_here() -> None:
    seen = {one[0] for path, _ in artifacts_by_path() if (one := artifact_of(path))}
    assert {artifact.name for artifact in ARTIFACTS} == {artifact.name for artifact in seen}


@pytest.mark.parametrize(("path", "what"), artifacts_by_path())
def test_artifact(path: str, what: str) -> None:
    """The table tells it, the pattern over all paths does not hide it, and the artifact as a whole holds the path."""
    found = artifact_of(path)
    assert found is not None
    assert found[0].what == what
    assert re.fullmatch(PATH_PATTERN, path)
    assert path == found[1] or path.startswith(f"{found[1]}/")


def test_innocent_paths() -> None:
    assert [path for path in INNOCENT if artifact_of(path)] == []


@given(st.text(st.sampled_from("a/._~#~pyc[]\nv"), max_size=30) | st.sampled_from([p for p, _ in artifacts_by_path()]))
def test_the_pattern_over_all_paths_is_a_superset(path: str) -> None:
    assert artifact_of(path) is None or re.fullmatch(PATH_PATTERN, path, re.DOTALL)


def test_gitignore_lines_keep_artifacts_out_and_nothing_else() -> None:
    """Git itself is asked about every line that a finding recommends."""
    report = run_guard(GUARD, {path: b"" for path, _ in artifacts_by_path()})
    lines = sorted({line for finding in report.findings if finding.fix for line in finding.fix.ignore})
    assert len(lines) >= len(ARTIFACTS) - 4
    with repository({".gitignore": "\n".join(lines).encode()}) as root:
        assert ignored(root, [path for path, _ in artifacts_by_path()]) == {path for path, _ in artifacts_by_path()}
        # A line for files that are told by name covers every file of that name, in any folder.
        assert ignored(root, INNOCENT) == {"a.egg-info/PKG-INFO", "a.orig/b", "tilde~/a"}


def ignored(root: str, paths: list[str] | tuple[str, ...]) -> set[str]:
    """Those of these paths that git would leave out."""
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=root, input="\0".join(paths).encode(errors="surrogateescape"), capture_output=True, check=False,
    )  # fmt: skip
    return {os.fsdecode(path) for path in done.stdout.split(b"\0") if path}


NAMES = st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(NAMES.filter(lambda name: name not in {".", "..", ".git"}), min_size=1, max_size=3).map("/".join))
def test_exact_line_has_no_line_break(path: str) -> None:
    assert len(exact_line(path).splitlines()) == 1


@pytest.mark.parametrize(
    "path", ["a b ", "*.txt", "a[1]?", "!x", "#x", "back\\slash", "ü/ñ", "new\nline", "\udcff", "$x'"]
)
def test_untracking_exactly_one_path(path: str) -> None:
    """The command untracks this path alone when a shell runs it, and the line ignores it and no neighbour."""
    neighbours: Mapping[str, bytes] = {"abc.txt": b"", "a1x": b"", "new/line": b"", "xx": b"", "yy": b""}
    with repository({path: b"", **neighbours}) as root:
        command = os.fsencode(untrack_command(path))
        subprocess.run(["bash", "-c", command], cwd=root, check=True, capture_output=True)
        left = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True).stdout
        assert {os.fsdecode(name) for name in left.split(b"\0") if name} == set(neighbours)
        assert os.path.lexists(os.path.join(os.fsencode(root), os.fsencode(path)))
        (Path(root) / ".gitignore").write_bytes(os.fsencode(exact_line(path)) + b"\n")
        assert ignored(root, [path, *neighbours]) == {path}


def test_commands_have_no_control_characters() -> None:
    command = untrack_command("a\x1b[2J\n'b", folder=True)
    assert command.isprintable()
    assert command.startswith("git --literal-pathspecs rm -r --cached -- $'")
    assert shlex.split(untrack_command("it's"))[-1] == "it's"


# ---- Links ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("targets", "start", "end", "blame"),
    [
        ({"d/a": "../f"}, "d/a", End.FINE, "d/a"),
        ({"a": "d/../d/f"}, "a", End.FINE, "a"),
        ({"a": "b", "b": "c", "c": "f"}, "a", End.FINE, "a"),
        ({"x": "d/e", "a": "x/../../f"}, "a", End.FINE, "a"),
        ({"x": "d/e", "a": "x/../../.."}, "a", End.OUTSIDE, "a"),
        ({"a": "b", "b": "../out"}, "a", End.OUTSIDE, "b"),
        ({"a": "b/f", "b": "/d"}, "a", End.OUTSIDE, "b"),
        ({"a": "nothing"}, "a", End.BROKEN, "a"),
        ({"a": "nothing/../f"}, "a", End.BROKEN, "a"),
        ({"a": "f/"}, "a", End.BROKEN, "a"),
        ({"a": "f/."}, "a", End.BROKEN, "a"),
        ({"a": "d/", "b": "a/f"}, "b", End.FINE, "b"),
        ({"a": "f/x"}, "a", End.BROKEN, "a"),
        ({"a": "a"}, "a", End.LOOP, "a"),
        ({"a": "b/x", "b": "a"}, "b", End.LOOP, "b"),
        ({f"l{n}": f"l{n + 1}" for n in range(60)}, "l0", End.LOOP, "l40"),
    ],
)
def test_follow(targets: dict[str, str], start: str, end: End, blame: str) -> None:
    assert follow(start, targets, tree("f", "d/f", "d/e/g")) == (end, blame)


FEW_NAMES = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(FEW_NAMES, min_size=1, max_size=3).map("/".join)
TARGETS = (
    st.lists(st.sampled_from(["a", "b", "c", "..", ".", ""]), min_size=1, max_size=4)
    .map("/".join)
    .filter(lambda target: target and not target.startswith("/"))
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(PATHS, st.none() | TARGETS, min_size=1, max_size=8))
def test_follow_agrees_with_the_kernel(wanted: dict[str, str | None]) -> None:
    """On random trees of files and links, a link opens exactly where we say that it is fine."""
    content: dict[str, Content] = {}
    for path, target in sorted(wanted.items()):
        if not any(other in content for other in parents(path)) and not any(p.startswith(f"{path}/") for p in content):
            content[path] = b"" if target is None else Link(target)
    with repository(content) as root:
        targets = {path: str(target) for path, target in content.items() if isinstance(target, Link)}
        for path in targets:
            outcome = follow(path, targets, tree(*content))
            real = os.path.realpath(os.path.join(root, path))
            inside = real == root or real.startswith(f"{root}/")
            opens = os.path.exists(os.path.join(root, path))
            assert (outcome.end is End.FINE) == (opens and inside), (path, outcome)


def parents(path: str) -> list[str]:
    names = path.split("/")
    return ["/".join(names[:count]) for count in range(1, len(names) + 1)]


# ---- Case, size, submodules, places ---------------------------------------------------------------------------------


@given(st.lists(st.lists(st.sampled_from(["a", "A", "b", "é", "É", "e\u0301"]), min_size=1, max_size=3).map("/".join)))
def test_clashing_finds_what_a_slow_look_finds(paths: list[str]) -> None:
    """Siblings whose lower-case, composed names are equal; nothing else, and each once."""
    import unicodedata

    def same(one: str, other: str) -> bool:
        fold = [unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).lower()) for name in (one, other)]
        return one != other and one.rpartition("/")[0] == other.rpartition("/")[0] and fold[0] == fold[1]

    names = {parent for path in paths for parent in parents(path)}
    expected = {name for name in names if any(same(name, other) for other in names)}
    found = [name for group in clashing(sorted(set(paths))) for name in group]
    assert sorted(found) == sorted(expected)


def test_clashes_of_sixty_thousand_paths_are_fast() -> None:
    paths = [f"pkg{number % 97}/sub{number % 1013}/Module_{number}.py" for number in range(60_000)]
    clock = time.perf_counter()
    assert clashing(paths) == []
    assert time.perf_counter() - clock < 2


def test_filters() -> None:
    """What `.gitattributes` says about filters, in order; macros, comments and other attributes say nothing."""
    text = b'# c\n*.bin filter=lfs -text\n"a b" -filter\n*.txt text\n[attr]x filter=lfs\n*.c !filter\n*.d filter=x\n'
    said = [fact.data for fact in filters(text) if fact.kind == FILTER]
    assert said == [["*.bin", True], ["a b", False], ["[attr]x", True], ["*.c", False], ["*.d", False]]


@pytest.mark.parametrize("path", ["a", "with space", 'quo"te', "back\\slash", "semi;colon", "hash#tag", "tab\tx", "ü"])
def test_gitmodules_is_read_as_git_writes_it(path: str) -> None:
    with repository({}) as root:
        subprocess.run(["git", "config", "-f", ".gitmodules", "submodule.x.path", path], cwd=root, check=True)
        (fact,) = named_paths((Path(root) / ".gitmodules").read_bytes())
    assert fact.data == path


@given(st.binary(max_size=200))
def test_readers_of_settings_take_anything(data: bytes) -> None:
    assert all(isinstance(fact, Fact) for fact in [*named_paths(b'[submodule "x"]\npath = ' + data), *filters(data)])


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("tests", True), ("src/unittests/x", True), ("a/__tests__", True), ("integration-tests", True), ("t", True),
        ("dummyserver/certs", True), ("docs/Examples", True), ("testdata", True),
        ("", False), ("src", False), ("latest", False), ("contest", False), ("tools", False), ("attest/keys", False),
    ],
)  # fmt: skip
def test_places_for_tests(folder: str, expected: bool) -> None:
    assert is_for_tests(folder) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".gitmodules", PathClass.SUBMODULES), ("sub/.gitmodules", PathClass.OTHER),
        ("sub/.gitattributes", PathClass.ATTRIBUTES), ("a.MD", PathClass.MARKDOWN), ("a.adoc", PathClass.ASCIIDOC),
        ("a.py", PathClass.CODE), ("tests/a.py", PathClass.TEST_CODE), ("id_rsa", PathClass.OTHER),
        ("tests/id_rsa", PathClass.TEST_DATA),
    ],
)  # fmt: skip
def test_path_class(path: str, expected: PathClass) -> None:
    assert classify(path, None) is expected


# ---- In a repository ------------------------------------------------------------------------------------------------


def test_a_file_over_the_read_limit_is_measured_and_not_read() -> None:
    """Seventeen megabytes: no guard gets the bytes, and this one does not ask for them."""
    report = run_guard(GUARD, {"video.mp4": bytes(17 << 20)})
    assert rules(report) == [("large-file", "video.mp4")]
    assert report.findings[0].message == "17.8 MB are tracked here, more than 5.0 MB"
    assert report.problems == ()
    assert report.guards[0].ledger.checked == 1


def test_only_what_is_new_since_a_revision() -> None:
    """What stood at the base is known, on whichever side of a link or an entry the change was."""
    gitmodules = b'[submodule "x"]\n\tpath = x\n'
    base: dict[str, Content] = {
        "old.orig": b"",
        "a": Link("target"),
        "target": b"",
        ".gitmodules": gitmodules,
        "README": b"",
    }
    now: dict[str, Content] = {
        "old.orig": b"",
        "a": Link("target"),
        ".gitmodules": gitmodules,
        "README": b"",
        "readme": b"",
        "n.rej": b"",
    }
    report = run_guard(GUARD, now, base=base)
    assert rules(report) == [("case-clash", "README"), ("broken-symlink", "a"), ("backup-file", "n.rej")]


def test_findings_of_judge_do_not_depend_on_order() -> None:
    """Two runs of one tree give the same fingerprints."""
    content: dict[str, Content] = {"x.orig": b"", "B": b"", "b": b"", "l": Link("/x"), "v/pyvenv.cfg": b"", "v/a~": b""}
    first, second = run_guard(GUARD, content), run_guard(GUARD, dict(reversed(content.items())))
    assert [finding.fingerprint for finding in first.findings] == [finding.fingerprint for finding in second.findings]
    assert len({finding.fingerprint for finding in first.findings}) == len(first.findings) == 4


def test_hostile_names() -> None:
    """Names that are no text, or that a terminal or a shell acts on, are found like any other."""
    names = ["\udcff~", "a\nb~", "\x1b[2J~", "-rf~", "$(id)~", "'~", ":(glob)**~"]
    report = run_guard(GUARD, dict.fromkeys(names, b"x"))
    assert sorted(path for _, path in rules(report)) == sorted(names)
    assert all(finding.hint.isprintable() for finding in report.findings)


def test_artifact_is_a_value() -> None:
    """The compiled pattern comes from the name, so equal artifacts are equal."""
    assert Artifact("x", "a", "a") == Artifact("x", "a", "a")
    assert isinstance(next(private_keys(pem("PRIVATE KEY", der()), for_tests=False)), Finding)


def test_what_is_remembered_says_the_same() -> None:
    """A second run reads nothing again, and finds the same."""
    content: dict[str, Content] = {
        "l": Link("gone"),
        "big": bytes(6_000_000),
        "key": pem("PRIVATE KEY", der()),
        "c.py": "\n".join(BLOCK).encode(),
        ".gitmodules": b'[submodule "x"]\n\tpath = x\n',
    }
    with repository(content) as root:
        first, second = (run(Request(cwd=root, guards=("hygiene",))) for _ in range(2))
    assert len(first.findings) == len(content)
    assert first.findings == second.findings
    assert (first.guards[0].ledger.checked, second.guards[0].ledger.checked) == (len(content), 0)
