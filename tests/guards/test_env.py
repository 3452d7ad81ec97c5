"""The env guard: its examples, reads in every form that we know of, and that no value ever leaves it."""

from __future__ import annotations

import datetime
import functools
import json
import os
import random
import re
import shutil
import string
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guards import env
from guards._core import runner
from guards._core.canonical import read
from guards._core.model import Fact, Kind, Problem, Source
from guards._core.registry import Registry
from guards._core.triggers import Engine, engine_for
from guards._output import OUTPUTS
from guards._output.look import Look
from guards.env import dialects, values
from guards.env.dialects import disagreement
from guards.env.facts import READ
from guards.env.guard import GUARD
from guards.env.options import Options
from guards.env.section import Type, Variable
from guards.testing import Example, check_example, check_guard, examples, fix_guard, repository, run_guard
from tests.probes.env import PROBES, Probe

EXAMPLES = examples(Path(__file__).parent / "env")
_SECTION: Any = read("canonical.yaml", b"guard: 1\nenv: {}\n", [GUARD]).sections["env"]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    check_example(GUARD, example)


def test_contract() -> None:
    check_guard(GUARD, EXAMPLES)


# ---- Probes ---------------------------------------------------------------------------------------------------------


@cache
def _engine() -> Engine:
    return engine_for(GUARD.triggers_for(GUARD.scan_slice(Options(), _SECTION), {}), None)


def facts_of(path: str, text: bytes) -> tuple[Fact, ...]:
    """What scan says of a file if its triggers let it."""
    slice_ = GUARD.scan_slice(Options(), _SECTION)
    path_class = GUARD.classify(path, slice_)
    if not isinstance(path_class, str) or GUARD.scan is None or GUARD.whatever_triggers is None:
        return ()
    hits = _engine().lines(text)
    if not (hits or GUARD.whatever_triggers(path_class)):
        return ()
    seen = list(GUARD.scan(Source(text, text, Kind.FILE, path_class, hits, slice_, key=b"k" * 32)))
    assert not [one for one in seen if isinstance(one, Problem)]
    return tuple(one for one in seen if isinstance(one, Fact))


def names_of(probe: Probe) -> set[str]:
    """The variables that the guard says are read."""
    found = facts_of(probe.path, probe.source.encode())
    return {str(one.data["name"]) for one in found if one.kind == READ and isinstance(one.data, dict)}


@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_probe(probe: Probe) -> None:
    assert names_of(probe) == probe.names


def test_there_are_enough_probes() -> None:
    assert sum(len(probe.names) for probe in PROBES) >= 150
    assert sum(not probe.names for probe in PROBES) >= 60
    assert len({(probe.path, probe.source) for probe in PROBES}) == len(PROBES)


# ---- What code of other places says ---------------------------------------------------------------------------------


def _rules(report: Any) -> list[tuple[str, str, str]]:
    return sorted((one.rule.partition("/")[2], one.path, one.subject) for one in report.findings)


def test_a_class_takes_over_the_prefix_of_settings_in_another_module() -> None:
    base = (
        "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\n"
        "class AppSettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='APP_')\n    name: str\n"
    )
    own = "from app.base import AppSettings\n\n\nclass DbSettings(AppSettings):\n    host: str\n"
    tree = {".env.example": b"APP_NAME=\n", "app/base.py": base.encode(), "app/db.py": own.encode()}
    report = run_guard(GUARD, tree)
    assert _rules(report) == [("undeclared", "app/db.py", "APP_HOST")]


def test_accessors_are_known_by_the_name_that_canonical_yaml_gives_them() -> None:
    canonical = (
        "guard: 1\nenv: {A: {}}\nenv-code: {accessors: [app.config.env, {call: getEnv, argument: 1, prefix: P_}]}\n"
    )
    tree = {
        "one.py": b"from app.config import env\nenv('A')\nenv('B', 'x')\n",
        "app/two.py": b"from .config import env as e\ne('C')\n",
        "three.ts": b"import { getEnv } from './env';\ngetEnv(1, 'D');\n",
        "other.py": b"from elsewhere import environment\nenvironment('E')\n",
    }
    report = run_guard(GUARD, tree, canonical=canonical)
    assert [one[2] for one in _rules(report) if one[0] == "undeclared"] == ["C", "B", "P_D"]


def test_a_repository_that_declares_nothing_has_nothing_to_compare() -> None:
    tree = {"a.py": b"import os\nos.environ['A']\n", "b.sh": b"echo $B\n", "compose.yaml": b"x: ${C}\n"}
    assert _rules(run_guard(GUARD, tree)) == []


def test_what_a_template_comments_out_is_declared() -> None:
    tree = {
        ".env.example": b"A=\n# B=1\n#C=\n",
        "a.py": b"import os\nos.environ['A'], os.environ['B'], os.environ['C']\n",
    }
    assert _rules(run_guard(GUARD, tree)) == []


def test_each_project_of_a_repository_has_its_own_template() -> None:
    read = b"import os\nos.environ['A'], os.environ['B']\n"
    tree = {"one/.env.example": b"A=\n", "one/a.py": read, "two/a.py": read}
    assert _rules(run_guard(GUARD, tree)) == [("undeclared", "one/a.py", "B")]


# ---- Values ---------------------------------------------------------------------------------------------------------


def _planted(count: int) -> list[str]:
    """Values that nothing else has, like those that programs make."""
    chooser = random.Random(7)
    letters = string.ascii_letters + string.digits
    return ["v4" + "".join(chooser.choices(letters, k=24)) + "x9Q" for _ in range(count)]


def _tree_with(values: list[str]) -> dict[str, bytes]:
    """A tree in which every finding of the guard stands on a line with a value."""
    take = iter(values).__next__
    names = [f"KEY_{number}" for number in range(8)]
    declared = "\n".join(f"  {name}: {{secret: true, required: [prod], type: int, max: 5}}" for name in names)
    python = "\n".join(
        f"os.environ.get('NEW_{n}', '{take()}'), os.environ.get('KEY_{n}', '{take()}')" for n in range(6)
    )
    return {
        "canonical.yaml": f"guard: 1\nenv:\n{declared}\n  MODE: {{one-of: [a, b]}}\n".encode(),
        ".env.example": "".join(f"{name}={take()}\n{name}={take()}#x\n" for name in names[:4]).encode(),
        ".env": "".join(f"{name}=${{X}}{take()}\n" for name in names[4:]).encode() + f"MODE={take()}\n".encode(),
        ".env.production": f"KEY_1={take()} {take()}\nVITE_DB_PASSWORD={take()}\n".encode(),
        "a.py": f"import os\n{python}\n".encode(),
        "b.ts": f"const x = process.env.KEY_3 ?? '{take()}';\nprocess.env.other ?? '{take()}';\n".encode(),
        "c.sh": f'echo "${{KEY_4:-{take()}}}" "${{ABSENT:-{take()}}}"\n'.encode(),
        "compose.yaml": (
            f"services:\n  x:\n    environment:\n      KEY_5: {take()}\n    image: ${{TAG:-{take()}}}\n"
        ).encode(),
        "Dockerfile": f"FROM x\nENV KEY_6={take()}\nARG KEY_7={take()}\n".encode(),
        ".github/workflows/ci.yml": (
            f"on: push\nenv:\n  KEY_2: {take()}\njobs:\n  x:\n    runs-on: y\n"
            "    steps: [{run: 'echo ${{ secrets.Z }}'}]\n"
        ).encode(),
    }  # fmt: skip


def test_no_value_is_in_any_output() -> None:
    """Fifty values are planted where findings stand; none is in a report, in the cache or in what a fix would do."""
    planted = _planted(50)
    with repository(_tree_with(planted)) as root:
        said: list[bytes] = []
        for options in (*(["--format", name] for name in OUTPUTS), ["-v"], ["--diff"], ["--fix"], ["--staged"]):
            done = subprocess.run(["guard", "env", *options], cwd=root, capture_output=True, check=False)
            assert done.returncode in {0, 1}, done.stderr
            said += [done.stdout, done.stderr]
        said += [file.read_bytes() for file in Path(root).rglob("*") if file.is_file() and ".guard" in file.parts]
        environment = {**os.environ, **{f"KEY_{n}": value for n, value in enumerate(planted[:8])}, "MODE": planted[9]}
        live = subprocess.run(["guard", "env", "--live"], cwd=root, capture_output=True, check=False, env=environment)
        assert live.returncode == 1
        said += [live.stdout, live.stderr]
    whole = b"\n".join(said)
    assert b"undeclared" in whole
    assert [value for value in planted if value.encode() in whole or value[2:26].encode() in whole] == []


def test_no_value_is_in_a_fact() -> None:
    planted = _planted(50)
    for path, text in _tree_with(planted).items():
        told = repr(facts_of(path, text))
        assert not any(value in told for value in planted), path


def test_a_key_that_looks_real_is_told_by_its_name_alone() -> None:
    value = _planted(1)[0]
    tree = {
        ".env.example": f"API_TOKEN={value}\nPLAIN={value}\n".encode(),
        "deploy/prod.env": f"DB_PASSWORD={value}\n".encode(),
    }
    assert _rules(run_guard(GUARD, tree)) == [
        ("secret-in-example", ".env.example", "API_TOKEN"),
        ("tracked-secret", "deploy/prod.env", "DB_PASSWORD"),
    ]


@pytest.mark.parametrize(
    ("said", "value", "flaw"),
    [
        ({"type": Type.INT}, "12", ""),
        ({"type": Type.INT}, "1.5", "is no whole number"),
        ({"type": Type.FLOAT, "min": 0.1}, "0.10", ""),
        ({"type": Type.FLOAT, "min": 0.1}, "0.09", "is less than 0.1"),
        ({"type": Type.FLOAT}, "nan", "is no number"),
        ({"type": Type.PORT}, "65536", "is no port"),
        ({"type": Type.PORT}, "443", ""),
        ({"type": Type.BOOL}, "yes", ""),
        ({"type": Type.BOOL}, "maybe", "is no truth value"),
        ({"type": Type.URL}, "postgres://u@h/d", ""),
        ({"type": Type.URL}, "example.com", "is no address"),
        ({"type": Type.HOST}, "db.internal", ""),
        ({"type": Type.HOST}, "http://x", "is no host"),
        ({"type": Type.EMAIL}, "a@b.test", ""),
        ({"type": Type.EMAIL}, "a@b", "is no address of e-mail"),
        ({"type": Type.JSON}, '{"a": 1}', ""),
        ({"type": Type.JSON}, "{a}", "is no JSON"),
        ({"type": Type.JSON}, "[" * 100_000, "is no JSON"),
        ({"type": Type.DATE}, "2026-02-30", ""),
        ({"min": 8}, "short", "has fewer than 8 characters"),
        ({"pattern": "sk-[a-z]+"}, "sk-abc", ""),
        ({"pattern": "sk-[a-z]+"}, "sk-abc1", "does not match `pattern`"),
        ({"pattern": "(a+)+$"}, "a" * 5000 + "!", "does not match `pattern`"),
        ({"pattern": "(?=x)x"}, "x", ""),
        ({"one_of": ("a", "b")}, "c", "is none of the texts that `one-of` names"),
    ],
)  # fmt: skip
def test_a_value_fits_or_it_is_said_why_not(said: dict[str, Any], value: str, flaw: str) -> None:
    assert values.flaw(value, Variable(**said)) == flaw


# ---- Dialects -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "groups"),
    [
        ("A=b", None),
        ("A='b c'", None),
        ("A=b # comment", None),
        ("A=", None),
        ("A=b#c", [["python-dotenv", "bash"], ["Node"]]),
        ("A=$HOME/x", [["python-dotenv", "Node"], ["bash"]]),
        ("A=${HOME}/x", [["python-dotenv", "bash"], ["Node"]]),
        ('A="b\\nc"', [["python-dotenv", "Node"], ["bash"]]),
        ("A = b", [["python-dotenv", "Node"], ["bash"]]),
        ("A=b c", [["python-dotenv", "Node"], ["bash"]]),
        ("A=b&c", [["python-dotenv", "Node"], ["bash"]]),
        ("A=`b`", [["python-dotenv"], ["Node"], ["bash"]]),
        ("A=b\\tc", [["python-dotenv", "Node"], ["bash"]]),
        ("A='$HOME'", None),
    ],
)
def test_a_line_means_what_each_program_makes_of_it(line: str, groups: list[list[str]] | None) -> None:
    before, _, after = line.partition("=")
    found = disagreement(before, after)
    assert (None if found is None else [list(group) for group in found.groups]) == groups


@given(st.text("ab $'\"\\#`{}~;&=\n", max_size=12))
def test_bash_and_we_read_a_line_alike(after: str) -> None:
    """What we say that bash makes of a line is what it makes of it, as far as nothing is put in from elsewhere."""
    if re.search(r"[$`~!*?\[]|\\\n", after):
        return
    line = after.split("\n")[0]
    script = f"{{ A={line}\n}} 2>/dev/null; printf '%s' \"${{A-unset}}\""
    wanted = subprocess.run([str(shutil.which("bash")), "-c", script],
                            capture_output=True, text=True, check=False, env={"PATH": "/nowhere"})  # fmt: skip
    found = dialects._bash("A", line)
    assert found is None or found == wanted.stdout


# ---- Fixes ----------------------------------------------------------------------------------------------------------


def test_a_fix_adds_all_that_a_template_lacks_at_once() -> None:
    tree = {
        ".env.example": b"A=1\r\nB=2",
        "a.py": b"import os\nos.environ['C'], os.environ['D'], os.environ['A'], os.environ['B']\n",
        "web/.env.example": b"X=\n",
        "web/a.ts": b"process.env.X + process.env.Y\n",
    }
    report, after = fix_guard(GUARD, tree)
    assert after[".env.example"] == b"A=1\r\nB=2\r\nC=\r\nD=\r\n"
    assert after["web/.env.example"] == b"X=\nY=\n"
    assert after["a.py"] == tree["a.py"]
    assert [one.status.value for one in report.findings] == ["fixed"] * 3


def test_a_template_with_a_byte_order_mark_is_left_alone() -> None:
    tree = {".env.example": b"\xef\xbb\xbfA=\n", "a.py": b"import os\nos.environ['B']\n"}
    report, after = fix_guard(GUARD, tree)
    assert after[".env.example"] == tree[".env.example"]
    assert [one.status.value for one in report.findings] == ["new"]


def test_a_report_says_which_file_a_fix_edits() -> None:
    tree = {".env.example": b"A=\n", "a.py": b"import os\nos.environ['B']\n"}
    report = run_guard(GUARD, tree)
    (found,) = json.loads(OUTPUTS["json"].render(report, Look()))["findings"]
    assert (found["path"], found["fix"]["path"], found["fix"]["edits"][0]["new"]) == ("a.py", ".env.example", "B=\n")
    (result,) = json.loads(OUTPUTS["sarif"].render(report, Look()))["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == ".env.example"


# ---- The present process --------------------------------------------------------------------------------------------

_CANONICAL = """
guard: 1
env:
  STRIPE_KEY: {required: [prod], secret: true}
  BUDGET_USD: {type: float, min: 0.10, required: [prod]}
  OPENAI_KEY: {required: true, any-of: [OPENAI_KEYS]}
  OPENAI_KEYS: {}
  QUEUE: {}
env-code:
  entry-points:
    worker: {at: worker.py, requires: [QUEUE]}
"""


@pytest.mark.parametrize(
    ("profile", "entry_point", "environ", "lacks"),
    [
        ("prod", "", {}, ["STRIPE_KEY", "BUDGET_USD", "OPENAI_KEY"]),
        ("dev", "", {}, ["OPENAI_KEY"]),
        ("dev", "", {"OPENAI_KEYS": "x"}, []),
        ("dev", "worker", {"OPENAI_KEYS": "x"}, ["QUEUE"]),
        ("prod", "", {"STRIPE_KEY": "", "BUDGET_USD": "0.05", "OPENAI_KEY": "x"}, ["STRIPE_KEY", "BUDGET_USD"]),
        ("prod", "worker", {"STRIPE_KEY": "k", "BUDGET_USD": "1", "OPENAI_KEY": "x", "QUEUE": "q"}, []),
    ],
)
def test_require_names_what_an_environment_lacks(
    tmp_path: Path, profile: str, entry_point: str, environ: dict[str, str], lacks: list[str]
) -> None:
    path = tmp_path / "canonical.yaml"
    path.write_text(_CANONICAL)
    try:
        env.require(profile, entry_point=entry_point, canonical=str(path), environ=environ)
        said = ""
    except env.UnreadyError as error:
        said = str(error)
    assert [name for name in ("STRIPE_KEY", "BUDGET_USD", "OPENAI_KEY", "QUEUE") if f"{name} " in said] == lacks
    assert not any(value in said for value in environ.values() if len(value) > 2)


def test_require_does_not_pass_where_nothing_says_what_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="there is no canonical"):
        env.require()
    (tmp_path / "canonical.yaml").write_text("guard: 1\nfacts: {}\n")
    with pytest.raises(ValueError, match="no section `env`"):
        env.require()
    (tmp_path / "canonical.yaml").write_text("guard: 1\nenv: {A: {reqired: true}}\n")
    with pytest.raises(ValueError, match="unknown key"):
        env.require()
    (tmp_path / "canonical.yaml").write_text("guard: 1\nenv: {A: {}}\n")
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    env.require()


def test_importing_require_costs_next_to_nothing() -> None:
    """A start-up check must not slow the start: nothing of guard's own is imported before it is called."""
    code = "import sys; had = set(sys.modules); from guards.env import require; print(sorted(set(sys.modules) - had))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['guards', 'guards.env']"


def _live(root: Path, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME"}}
    return subprocess.run(["guard", "env", *options], cwd=root, capture_output=True, text=True, check=False,
                          env={**kept, **environ})  # fmt: skip


def test_live_fails_fast_and_closed(tmp_path: Path) -> None:
    assert _live(tmp_path, "--live").returncode == 2
    (tmp_path / "canonical.yaml").write_text("guard: 1\nfacts: {}\n")
    assert _live(tmp_path, "--live").returncode == 2
    (tmp_path / "canonical.yaml").write_text("guard: 1\nenv: {A: {reqired: true}}\n")
    assert _live(tmp_path, "--live").returncode == 3
    (tmp_path / "canonical.yaml").write_text(_CANONICAL)
    assert _live(tmp_path, "--live", "--profile", "prod").returncode == 1
    assert _live(tmp_path, "--profile", "dev", "--live", OPENAI_KEY="x").returncode == 0
    assert _live(tmp_path, "--live", "--profile", "dev", "--entry-point", "worker", OPENAI_KEY="x").returncode == 1
    assert _live(tmp_path, "--live", "--entry-point", "nobody", OPENAI_KEY="x").returncode == 2
    told = _live(tmp_path, "--live", "--format", "json", OPENAI_KEY="x", BUDGET_USD="0.01").stdout
    found = [(one["rule"], one["path"], one["line"]) for one in json.loads(told)["findings"]]
    assert found == [("env/missing", "canonical.yaml", 4), ("env/wrong-value", "canonical.yaml", 5)]


def test_init_drafts_a_section_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\nos.environ['DB_PASSWORD']\nos.getenv('LEVEL', 'x')\n")
    (tmp_path / ".env.example").write_text("UNREAD=\n")
    done = _live(tmp_path, "init")
    assert done.returncode == 0
    canonical = read("canonical.yaml", b"guard: 1\n" + done.stdout.encode(), [GUARD])
    assert canonical.problems == ()
    section: Any = canonical.sections["env"]
    assert {name: (one.required, one.secret) for name, one in section.env.items()} == {
        "DB_PASSWORD": (True, True), "LEVEL": ((), False), "UNREAD": ((), False),
    }  # fmt: skip


# ---- The day --------------------------------------------------------------------------------------------------------


def test_rotation_is_asked_of_the_clock_of_the_run() -> None:
    canonical = "guard: 1\nenv: {K: {used-by: x, rotated: 2026-01-01, rotate-every: 90}}\n"
    for day, expected in (("2026-04-01", []), ("2026-04-02", ["env/rotation-overdue"])):
        moment = datetime.datetime.fromisoformat(f"{day}T12:00:00+00:00")
        with repository({"canonical.yaml": canonical.encode()}) as root:
            request = runner.Request(
                cwd=root, guards=("env",), clock_ns=functools.partial(round, moment.timestamp() * 10**9)
            )
            report = runner.run(request, registry=Registry(given=[GUARD]))
        assert [one.rule for one in report.findings] == expected


# ---- Hostile files --------------------------------------------------------------------------------------------------

_BOMBS = {
    "nested.py": "import os\nx = " + "(" * 5000 + "os.environ['A']" + ")" * 5000,
    "own.py": "import os\ndef f(n): return os.environ[n]\n" + "f('A')\n" * 3000,
    "circle.py": "import os\ndef f(n): return g(n)\ndef g(n): return f(os.environ[n])\nf('A')\n",
    "classes.py": "from pydantic_settings import BaseSettings\nclass A(BaseSettings): pass\n"
    + "".join(f"class A{n}(A{n - 1 if n else ''}):\n    x: int\n" for n in range(500)),
    "selves.py": "from pydantic_settings import BaseSettings\nclass A(A, BaseSettings):\n    a: 'A'\n",
    "nested.ts": "process.env." + "[" * 20_000,
    "schema.ts": "z.object({A: " + "z.object({B: " * 800 + "1" + "})" * 801 + ".parse(process.env)",
    ".env": "A=" + "\\'\"`$" * 20_000 + "\nB='" + "x" * 200_000,
    ".env.example": "# @type=" + "(" * 50_000 + "\nA=1\n" + "# @required\n" * 20_000 + "B=\n",
    "nested.sh": "echo " + "$(" * 3000 + "x" + ")" * 3000,
    "heredoc.sh": "cat <<-EOF\n" + "\t$A" * 20_000 + "\nEOF\n",
    "compose.yaml": "a: '" + "${A:-" * 3000 + "}" * 3000 + "'\n",
    "Dockerfile": "ENV A=" + "\\\n" * 20_000 + "x",
}


@pytest.mark.parametrize("name", _BOMBS)
def test_no_file_ends_it(name: str) -> None:
    """A hostile file is a problem, or is read; whatever else is there is checked."""
    tree = {"zz.py": b"import os\nos.environ['LAST']\n", name: _BOMBS[name].encode()}
    report = run_guard(GUARD, tree, canonical="guard: 1\nenv: {}\n")
    assert "LAST" in [one.subject for one in report.findings]
    assert {one.path for one in report.problems} <= {name}
    assert all(one.kind.value in {"limit", "document"} for one in report.problems)


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("env: {1A: {}}", (2, 7), "no name of a variable"),
        ("env: {A: {requierd: true}}", (2, 11), "did you mean 'required'"),
        ("env: {A: {min: 3, max: 1}}", (2, 24), "less than `min`"),
        ("env: {A: {type: url, min: 3}}", (2, 27), "means nothing"),
        ("env: {A: {pattern: '('}}", (2, 20), "no pattern"),
        ("env: {A: {any-of: [B]}}", (2, 20), "not declared"),
        ("env: {A: {rotate-every: 3}}", (2, 25), "when that was done last"),
        ("env: {A: {required: [live]}}", (2, 22), "expected one of"),
        ("env: {A: {}}\nenv-code: {entry-points: {w: {at: w.py, requires: [B]}}}", (3, 52), "not declared"),
        ("env: {A: {}}\nenv-code: {provided: {live: [x]}}", (3, 23), "no profile"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_place(text: str, where: tuple[int, int], says: str) -> None:
    problem = run_guard(GUARD, {"canonical.yaml": f"guard: 1\n{text}\n".encode()}).problems[0]
    assert says in problem.reason
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == where
