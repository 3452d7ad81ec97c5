"""After ordinary edits the report is what it was, without a run; after any other, a run tells."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.cache.running import Result, Scene
from tests.cache.test_staged_plan import CONFLICT

SECRET = f"password = {'kept-9f3-V!x-77'!r}\n"
OTHER = f"password = {'zebra-1c-!Q-408'!r}\n"
TAG = "# pragma: allowlist nextline secret\n"
SHOWN = f'"""\npassword = {"Zib" + "anu!42k"!r}\n"""\nvalue = 1\n'
KEY = f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{'Zm9vYmFyYmF6cXV4' * 8}\n-----END RSA {'PRIVATE'} KEY-----\n"


@pytest.fixture
def work(scene: Scene) -> Scene:
    """A repository that was looked at, with a secret in one file and a clean rest."""
    scene.args = ["all"]
    values = {f"src/{number}.py": f"value = {number}\n" for number in range(12)}
    values |= {
        "found.py": SECRET,
        "was.py": SECRET,
        "eol/crlf.py": "value = 1\n",
        "notes.js": "one\n",
        "data.json": "{}\n",
        "shown.py": SHOWN,
    }
    settings = {"eol/.gitattributes": "* text eol=crlf\n", "guard.toml": 'fail-level = "warning"\n'}
    scene.repo.commit(values | settings)
    scene.repo.write("was.py", "value = 2\n")
    scene.repo.write("src/11.py", "value = 2\n")
    scene.repo.write("loose.py", "value = 1\n")
    scene.settle()
    assert scene.run().code == 1
    assert scene.records("edits-")
    return scene


def is_short(scene: Scene) -> bool:
    """Whether the next run takes a short way."""
    env = scene.installation.environment(scene.home, scene.env)
    return scene.installation.is_short(scene.args, scene.cwd, env)


def told(result: Result) -> tuple[int, str]:
    """What a run said, but for how long it took."""
    return result.code, result.out.rpartition(" · ")[0]


EDITS: dict[str, dict[str, str]] = {
    "one": {"src/1.py": "value = 1000\n"},
    "many": {f"src/{number}.py": f"value = {number * 7}\n" for number in range(12)},
    "longer": {"src/2.py": "value = 2\n" * 5000},
    "empty": {"src/3.py": ""},
    "of the text": {"notes.js": "two\n\nthree\n"},
    "edited before": {"src/11.py": "value = 3\n"},
    "put back": {"src/11.py": "value = 11\n"},
    "not tracked": {"loose.py": "value = 2\n"},
    "below what a docstring shows": {"shown.py": SHOWN + "value = 3\n"},
}


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_ordinary_edits_take_the_short_way_and_say_what_a_run_says(work: Scene, edits: dict[str, str]) -> None:
    for path, text in edits.items():
        work.repo.write(path, text)
    assert is_short(work)
    assert told(work.run()) == told(work.cold())


def test_edit_after_edit_is_compared_with_what_was_looked_at(work: Scene) -> None:
    """No answer of the short way is what the next one rests on."""
    for number in range(4):
        work.repo.write(f"src/{number}.py", f"value = {number} * 2\n")
        assert is_short(work)
    work.repo.write("src/0.py", OTHER)
    assert not is_short(work)
    assert told(work.run()) == told(work.cold())


def _write(path: str, text: str | bytes) -> Callable[[Scene], object]:
    return lambda scene: scene.repo.write(path, text)


def _remove(scene: Scene) -> None:
    (scene.root / "src/1.py").unlink()


def _chmod(scene: Scene) -> None:
    (scene.root / "src/1.py").chmod(0o755)


def _chmod_and_edit(scene: Scene) -> None:
    (scene.root / "src/11.py").write_text("value = 5\n")
    (scene.root / "src/11.py").chmod(0o755)


def _link(scene: Scene) -> None:
    _remove(scene)
    scene.repo.link("src/1.py", "2.py")


def _folder(scene: Scene) -> None:
    _remove(scene)
    scene.repo.write("src/1.py/inner.py", "value = 1\n")


def _put_back(scene: Scene) -> None:
    scene.repo.run("checkout", "-q", "was.py")


def _stage(scene: Scene) -> None:
    scene.repo.write("src/1.py", "value = 5\n")
    scene.repo.run("add", "src/1.py")


def _many(scene: Scene) -> None:
    for number in range(250):
        scene.repo.write(f"many/{number}.py", "value = 1\n")


CHANGES: dict[str, Callable[[Scene], object]] = {
    "a secret": _write("src/1.py", OTHER),
    "a secret where one was edited": _write("src/11.py", OTHER),
    "a secret where one is not tracked": _write("loose.py", OTHER),
    "a secret that is in git comes back": _put_back,
    "the secret that was found goes": _write("found.py", "value = 1\n"),
    "a line beside what was found": _write("found.py", "\n" + SECRET),
    "a tag": _write("src/1.py", TAG),
    "the end of what a docstring shows": _write("shown.py", SHOWN.replace('"""', "", 1)),
    "a key": _write("src/1.py", KEY),
    "a conflict": _write("notes.js", CONFLICT),
    "a conflict in UTF-16": _write("notes.js", b"\xff\xfe" + CONFLICT.encode("utf-16-le")),
    "binary": _write("notes.js", b"\0\1\2"),
    "large": _write("notes.js", "x" * 5_000_001),
    "a kind that is always looked at": _write("data.json", "{"),
    "settings": _write("guard.toml", 'fail-level = "note"\n'),
    "attributes": _write(".gitattributes", "* -text\n"),
    "where git converts": _write("eol/crlf.py", "value = 2\r\n"),
    "a new file": _write("src/new.py", "value = 1\n"),
    "gone": _remove,
    "a program": _chmod,
    "a program that was edited": _chmod_and_edit,
    "a link": _link,
    "a folder": _folder,
    "staged": _stage,
    "many": _many,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_other_change_is_given_to_a_run(work: Scene, change: Callable[[Scene], object]) -> None:
    change(work)
    assert not is_short(work)
    assert told(work.run()) == told(work.cold())


@pytest.mark.parametrize("arguments", [["--format", "json"], ["-v"], ["src"], ["--rev", "HEAD"]], ids=" ".join)
def test_only_the_receipt_of_a_whole_work_tree_is_said_again(work: Scene, arguments: list[str]) -> None:
    """A ledger would have to say that something was checked."""
    work.args = ["all", *arguments]
    work.run()
    work.repo.write("src/1.py", "value = 1000\n")
    assert is_short(work) == (arguments[0] == "--rev")


def test_what_tells_edits_apart_belongs_to_one_record_and_is_sealed(work: Scene) -> None:
    (edits,) = (path for path in work.cache.iterdir() if path.name.startswith("edits-"))
    kept = edits.read_bytes()
    work.repo.write("src/1.py", "value = 1000\n")
    for at in range(0, len(kept), max(1, len(kept) // 7)):
        edits.write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
        assert not is_short(work)
    edits.write_bytes(kept)
    assert is_short(work)
    work.repo.write("src/1.py", OTHER)
    work.settle()
    assert work.run().code == 1
    edits.write_bytes(kept)
    work.repo.write("src/1.py", "value = 1\n")
    assert not is_short(work)


def test_no_line_is_kept_that_could_be_guessed(work: Scene) -> None:
    """A digest without the key would let anybody try passwords."""
    from guards._core import replay

    work.repo.write("src/1.py", f"first = 1\n{SECRET}")
    work.settle()
    work.run()
    line = SECRET.rstrip("\n").encode()
    for record in work.cache.iterdir():
        data = record.read_bytes()
        assert line not in data, record.name
        assert replay.digest(line) not in data, record.name


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 9))])
def test_a_walk_of_edits_never_leaves_the_truth(work: Scene, seed: int) -> None:
    chance = random.Random(f"edits {seed}")
    paths = ("src/1.py", "src/2.py", "src/11.py", "loose.py", "notes.js", "was.py", "found.py")
    plain = ("value = 1\n", "value = 2\n", "token = load()\n", "see https://example.com/a\n", "x\r\n")
    lines = (*plain, SECRET, OTHER, TAG)
    short = 0
    for _ in range(14):
        for path in chance.sample(paths, chance.randint(1, 3)):
            few = chance.choices(lines, weights=(20, 20, 5, 5, 3, 1, 1, 1), k=chance.randint(0, 4))
            work.repo.write(path, "".join(few))
        if chance.random() < 0.2:
            work.repo.run("checkout", "-q", ".")
        short += is_short(work)
        work.settle()
        assert told(work.run()) == told(work.cold())
    assert short


FACTS = "guard: 1\nfacts: {api.port: {kind: port, value: 18081}}\nbind: {api.port: ['settings/*.toml#port']}\n"


def test_with_facts_edits_of_what_is_bound_to_none_take_the_short_way(scene: Scene) -> None:
    """What a fact is bound to, and what says its value, is given to a run."""
    scene.args = ["all"]
    tree = {"canonical.yaml": FACTS, "settings/a.toml": "port = 18081\n", "a.py": "value = 1\n", "b.js": "one\n"}
    scene.repo.commit(tree | {"guard.toml": ""})
    scene.settle()
    assert scene.run().code == 0
    for edits in ({"a.py": "value = 2\n"}, {"b.js": "two\n"}):
        for path, text in edits.items():
            scene.repo.write(path, text)
        assert is_short(scene)
        assert told(scene.run()) == told(scene.cold())
    for path, text, code in (("b.js", "const apiPort = 18081\n", 0), ("settings/a.toml", "port = 18082\n", 1)):
        scene.repo.write(path, text)
        assert not is_short(scene)
        assert scene.run().code == code
