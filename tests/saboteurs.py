"""Changes that would let something through unseen, each of which some test must notice.

A saboteur is a piece of the source and what it becomes. It is planted in a copy of the package, and the tests that
guard the place are run against that copy: all green means that nobody would notice.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parent.parent
CLI = "tests/cli/test_exit_codes.py::test_the_report_tells_its_code"
LEVELS = "tests/cli/test_exit_codes.py::test_levels_against_the_fail_level"
AGAIN = "tests/cache/test_again.py"
STAGED = "tests/cache/test_staged_plan.py"
EDITED = "tests/cache/test_edited.py"
HOSTILE, BUGS = "tests/hostile/test_small.py", "tests/cli/test_internal_errors.py"

TOOLS = "tests/faults/test_fake_tools.py"


@dataclass(frozen=True, slots=True)
class Saboteur:
    """One fail-open change."""

    name: str
    file: str
    """Below the package."""
    old: str
    """Stands there exactly once."""
    new: str
    tests: Sequence[str]
    """What must notice."""


SABOTEURS = (
    Saboteur("the smallest code instead of the largest", "_core/policy.py", "    return max(codes)\n",
             "    return min(codes)\n", [CLI]),
    Saboteur("problems do not count", "_core/policy.py",
             "    codes += [CODES[problem.kind] for problem in problems]\n", "", [CLI]),
    Saboteur("an unreadable file is fine", "_core/policy.py", "ProblemKind.UNREADABLE: ExitCode.RUNTIME",
             "ProblemKind.UNREADABLE: ExitCode.OK", [CLI]),
    Saboteur("wrong settings are fine", "_core/policy.py", "ProblemKind.CONFIG: ExitCode.ENVIRONMENT",
             "ProblemKind.CONFIG: ExitCode.OK", [CLI]),
    Saboteur("a broken document is fine", "_core/policy.py", "ProblemKind.DOCUMENT: ExitCode.SCHEMA",
             "ProblemKind.DOCUMENT: ExitCode.OK", [CLI]),
    Saboteur("findings of rules lose their code", "_core/policy.py",
             "max(ExitCode.FINDINGS, rules[finding.rule].exit_code)", "ExitCode.FINDINGS", [CLI]),
    Saboteur("new findings do not fail", "_core/policy.py", "finding.level.rank <= settings.fail_level.rank",
             "finding.level.rank < settings.fail_level.rank", [LEVELS]),
    Saboteur("exit-zero masks everything", "_core/policy.py", "    if exit_zero and code is ExitCode.FINDINGS:\n",
             "    if exit_zero:\n", [CLI]),
    Saboteur("incomplete passes for complete", "_core/policy.py", "        return Verdict.INCOMPLETE\n    if",
             "        return Verdict.PASS\n    if", [CLI]),
    Saboteur("strict is ignored", "_core/policy.py", "    if settings.strict and nothing_checked:\n",
             "    if False:\n", [CLI]),
    Saboteur("a guard that crashes found nothing", "_core/scanning.py",
             "            return seen, Problem(describe(error), ProblemKind.CRASHED, path, guard.id)\n",
             "            return seen, None\n", [HOSTILE]),
    Saboteur("a guard that takes too long found nothing", "_core/scanning.py",
             "            return seen, Problem(reason, ProblemKind.TIMEOUT, path, guard.id)\n",
             "            return seen, None\n", [HOSTILE]),
    Saboteur("too many findings are cut off in silence", "_core/scanning.py",
             "                        return seen, Problem(reason, ProblemKind.LIMIT, path, guard.id)\n",
             "                        return seen, None\n", [HOSTILE]),
    Saboteur("unreadable files are passed over", "_core/scanning.py",
             '            return Looked("", tuple(self._unreadable(job, str(error))))\n',
             '            return Looked("")\n', [CLI]),
    Saboteur("what a guard could not check is dropped", "_core/scanning.py",
             "        if problem is None and told is not None:\n",
             "        if False and told is not None:\n", [HOSTILE]),
    Saboteur("large files are passed over", "_core/scanning.py",
             "problem = Problem(reason, ProblemKind.LIMIT, job.entry.path, task.guard.id)\n"
             "                yield Learned(number, job.entry.path, problem=problem)\n", "pass\n", [HOSTILE]),
    Saboteur("nothing is enumerated", "_core/workspace.py", "    kept.sort()\n", "    kept.clear()\n", [CLI]),
    Saboteur("closed folders are passed over", "_core/workspace.py",
             "problems=tuple(_passed_over(line) for done in others for line in _complaints(done))", "problems=()",
             [HOSTILE]),
    Saboteur("untracked files are passed over", "_core/workspace.py",
             "for done in others for path in git_.parse_paths(done.stdout))", "for path in ())", [HOSTILE]),
    Saboteur("what was dirty before is taken as it was", "_core/again.py",
             "{*state.disk, *disk, *moved}", "{*disk, *moved}", [AGAIN]),
    Saboteur("what the index lists otherwise is taken as it was", "_core/again.py",
             "{*state.disk, *disk, *moved}", "{*state.disk, *disk}", [AGAIN]),
    Saboteur("judge never runs again", "_core/again.py",
             "    if guard.judge is None or not found:\n", "    if guard.judge is None or found:\n", [AGAIN]),
    Saboteur("a document that scan reads may change", "_core/runner.py",
             "    if taken is None or found is None or any(is_read(one.path) for one in found):\n",
             "    if taken is None or found is None:\n", [AGAIN]),
    Saboteur("what is above a line counts for nothing", "_core/staged.py",
             "0 if scopes[group] == _ABOVE else start", "start", [EDITED]),
    Saboteur("a hook does not count what stood there before", "_core/staged.py",
             "any(after[one] > before.get(one, 0) for one in after)", "any(one not in before for one in after)",
             [STAGED]),
    Saboteur("an import that goes on below its line is overlooked", "_core/staged.py",
             "    while is_open and end < len(data):\n", "    while False:\n", ["tests/cache/test_statements.py"]),
    Saboteur("imports that went are overlooked", "_core/staged.py",
             "        decided = dict.fromkeys(of_statements, 0)\n",
             "        decided = {group: 0 for group, _ in found if group in of_statements}\n", [STAGED]),
    Saboteur("any repository is the own one", "_core/replay.py",
             "    return any(name not in own or os.path", "    return any(name in own and os.path", [STAGED]),
    Saboteur("an edit where something was found changes nothing", "_core/edited.py",
             "not paths.isdisjoint(replay.unpack(matter))", "not paths", [EDITED]),
    Saboteur("edits are compared with the record of another run", "_core/edited.py",
             "same_as != replay.digest(record)", "not same_as", [EDITED]),
    Saboteur("what lines do not tell enough of counts for nothing", "_core/staged.py",
             "                return None\n", "                continue\n", [EDITED]),
    Saboteur("a sign is a hit", "_core/triggers.py",
             "            if group in self._sieve.certain:\n", "            if triggers:\n",
             ["tests/core/test_triggers.py"]),
    Saboteur("attributes of git convert nothing", "_core/attributes.py",
             "        if any(map(_converts, attributes)):\n", "        if not attributes:\n",
             ["tests/core/test_attributes.py"]),
    Saboteur("a tracked run store is fine", "_core/workspace.py",
             "                found.append(_tracked_store(entry.path))\n", "                pass\n", [HOSTILE]),
    Saboteur("the ledger forgets what failed", "_core/examination.py",
             "            self.failed[learned.problem.reason] += 1\n", "", [HOSTILE]),
    Saboteur("the ledger loses excluded paths", "_core/examination.py",
             "            part.excluded[pattern] += 1\n", "", [HOSTILE]),
    Saboteur("problems of scan are dropped", "_core/examination.py",
             "            self.problems.append(learned.problem)\n", "            pass\n", [HOSTILE]),
    Saboteur("judge is not asked", "_core/examination.py", "        if self.parts[number].task.guard.judge is None:\n",
             "        if True:\n", [HOSTILE]),
    Saboteur("findings of scan are dropped", "_core/examination.py", "        self.findings += learned.findings\n", "",
             [CLI]),
    Saboteur("a path that names nothing is fine", "_core/runner.py",
             '            raise GuardError(f"nothing to check at {argument}", hint=hint)\n',
             "            pass\n", [CLI]),
    Saboteur("a bug of ours is no problem", "_core/runner.py",
             "    except Exception as error:  # noqa: BLE001 - a bug of ours must not lose what was found before it\n",
             "    except Exception as error:\n        return Ran(_report(request, _Draft(), started, 0))\n"
             "    except ZeroDivisionError as error:\n", [BUGS]),
    Saboteur("an internal error is a finding", "_cli/main.py",
             "        _say_bug(error)\n        return ExitCode.INTERRUPTED\n", "        return 1\n", [BUGS]),
    Saboteur("a full disk is fine", "_cli/writing.py",
             '        raise GuardError(f"cannot write the report to standard output: {error.strerror}") from error\n',
             "        return\n", ["tests/cli/test_streams.py"]),
    Saboteur("an output that is not written is fine", "_cli/writing.py",
             '        raise GuardError(f"cannot write {path}: {error.strerror}") from error\n', "        return\n",
             ["tests/cli/test_streams.py"]),
    Saboteur("a program's silence about a file is an answer", "_core/wrapped.py",
             "            if name not in told:\n", "            if False:\n", [TOOLS]),
    Saboteur("a program that a signal ended has said all", "_core/wrapped.py",
             "        if done.returncode < 0:\n", "        if False:\n", [TOOLS]),
    Saboteur("a program that takes too long has said all", "_core/wrapped.py",
             "            if done.timed_out:\n", "            if False:\n", [TOOLS]),
    Saboteur("a program's output that is cut off is whole", "_core/wrapped.py",
             "            elif done.truncated:\n", "            elif False:\n", [TOOLS]),
    Saboteur("a program may speak of any file", "_core/wrapped.py",
             "if problem is None and (len(told) != len(items) or not told.keys() <= classes.keys()):",
             "if False:", [TOOLS]),
    Saboteur("what a program said that nobody understood is nothing", "_core/wrapped.py",
             "        problem = problem or next((item for item in items if isinstance(item, Problem)), None)\n",
             "        items = [item for item in items if isinstance(item, Told)]\n", [TOOLS]),
    Saboteur("a program that is not there is no problem", "_core/runner.py",
             "                draft.problems.append(Problem(str(error), ProblemKind.TOOL_MISSING, \"\", guard.id))\n"
             "                draft.skipped.append(GuardRun(guard.id, GuardStatus.FAILED, Ledger(), str(error)))\n",
             "                pass\n", [TOOLS]),
    Saboteur("ruff contradicts itself and is believed", "ruff.py", "    if output.returncode != bool(said):\n",
             "    if False:\n", ["tests/guards/test_ruff.py"]),
    Saboteur("what ruff could not read is nothing", "ruff.py", "    if code == _UNREADABLE:\n",
             "    if code == _UNREADABLE:\n        return Finding('ruff/F401', message='x')\n    if False:\n",
             ["tests/guards/test_ruff.py"]),
)  # fmt: skip


def planted(saboteur: Saboteur, folder: Path) -> Path:
    """A copy of the package and of its tests, with the saboteur in it."""
    for name in ("guards", "tests"):
        shutil.copytree(_ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
    shutil.copy(_ROOT / "pyproject.toml", folder)
    file = folder / "guards" / saboteur.file
    source = file.read_text(encoding="utf-8")
    assert source.count(saboteur.old) == 1, f"{saboteur.file} no longer says: {saboteur.old}"
    file.write_text(source.replace(saboteur.old, saboteur.new), encoding="utf-8")
    return folder


HONEST = Saboteur("nobody", "_core/policy.py", "    return max(codes)\n", "    return max(codes)\n",
                  [CLI, LEVELS, HOSTILE, BUGS, "tests/cli/test_streams.py"])  # fmt: skip
"""Changes nothing: with it all tests must pass, or their failing would prove nothing."""


def is_noticed(saboteur: Saboteur, folder: Path) -> bool:
    """Whether a test fails because of it."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", *saboteur.tests],
        cwd=planted(saboteur, folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    # 1: tests failed. Anything else is a test run that went wrong, which proves nothing.
    assert done.returncode in {0, 1}, done.stdout[-2000:] + done.stderr[-2000:]
    return done.returncode == 1
