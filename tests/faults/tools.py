"""Programs that misbehave, in place of one that a guard wraps: what each does, and what must become of the run."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from guards._core.model import ExitCode, ProblemKind

LIST = "list files and findings"
"""What an honest one does, in the protocol of the tests' own guard."""

_HEAD = """\
#!{python} -SEs
import os, signal, sys, time
if sys.argv[1:] == ["--version"]:
    print("tool 1.2.3")
    sys.exit(0)
names = sys.argv[1:]
def say(text):
    os.write(1, text.encode())
def look(*names):
    say("".join(f"{{name}} {{os.path.getsize(name)}}\\n" for name in names))
def note():
    with open({pids!r}, "a") as file:
        file.write(f"{{os.getpid()}}\\n")
note()
"""


@dataclass(frozen=True, slots=True)
class Personality:
    """One way of misbehaving."""

    name: str
    code: str
    reason: str
    """What the problem says, as a pattern."""
    kind: ProblemKind = ProblemKind.TOOL_FAILED
    exit_code: ExitCode = ExitCode.RUNTIME
    failed: int = 3
    """How many of the three files count as not checked."""


PERSONALITIES = (
    Personality("says nothing and succeeds", "", "did not look at it"),
    Personality("says nothing and fails", "sys.exit(1)", "not understood"),
    Personality("fails with a traceback", "raise RuntimeError(open(names[0]).read())", "not understood"),
    Personality("says garbage", r"os.write(1, bytes(range(256)) * 100)", "not understood"),
    Personality("stops in the middle", 'look(*names[:-1]); say(names[-1] + " ")', "not understood", failed=3),
    Personality("says noise first", 'say("loading…\\n"); look(*names)', "not understood"),
    Personality("says another protocol", 'say("{}\\n")', "not understood"),
    Personality("looks at fewer files", "look(*names[1:])", "did not look at it", failed=1),
    Personality("looks at one only", "look(names[-1])", "did not look at it", failed=2),
    Personality("speaks of other files", 'look(*names); say("/etc/passwd 1\\n")', "not given"),
    Personality("speaks of its parent folder", 'look(*names); say("../0/file 1\\n")', "not given"),
    Personality("speaks of a file twice", "look(*names); look(names[0])", "not given"),
    Personality("reports an unknown rule", 'say("".join(f"{name} -1\\n" for name in names))', "broke the contract",
                ProblemKind.CRASHED),
    Personality("hangs", "look(*names); time.sleep(60)", "took longer", ProblemKind.TIMEOUT),
    Personality("hangs and ignores the polite signal",
                "signal.signal(signal.SIGTERM, signal.SIG_IGN); look(*names); time.sleep(60)", "took longer",
                ProblemKind.TIMEOUT),
    Personality("hangs in a process of its own group",
                "if os.fork() == 0:\n    signal.signal(signal.SIGTERM, signal.SIG_IGN); note(); time.sleep(60)\n"
                "time.sleep(60)", "took longer", ProblemKind.TIMEOUT),
    Personality("stops itself", "os.kill(os.getpid(), signal.SIGSTOP)", "took longer", ProblemKind.TIMEOUT),
    Personality("prints without end", "while True:\n    say('x' * (1 << 20))", "said more than"),
    Personality("complains without end", "while True:\n    os.write(2, b'x' * (1 << 20))", "said more than"),
    Personality("aborts", "look(*names); os.kill(os.getpid(), signal.SIGABRT)", "ended by SIGABRT"),
    Personality("breaks", "look(*names); os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
    Personality("is killed", "look(*names); os.kill(os.getpid(), signal.SIGKILL)", "ended by SIGKILL"),
    Personality("nests without end", "say('[' * 1000000)", "not understood"),
)  # fmt: skip
"""Where one file is to blame and the others are not, only that one may fail; here, nobody knows which it would be."""

HARMLESS = (
    Personality("leaves a grandchild that holds its output",
                "look(*names)\nif os.fork() == 0:\n    signal.signal(signal.SIGTERM, signal.SIG_IGN); note(); "
                "time.sleep(60)", ""),
    Personality("closes its output", "look(*names); os.close(1); os.close(2)", ""),
    Personality("reads its input", "sys.stdin.read(); look(*names)", ""),
    Personality("writes where it is", "look(*names); open('left', 'w').write('x' * 100); os.mkdir('deep'); "
                "open('deep/left', 'w'); os.chmod('deep', 0)", ""),
    Personality("empties its files when it has looked",
                "look(*names)\nfor name in names:\n    open(name, 'w').close(); os.unlink(name)", ""),
    Personality("removes the folder it is in", "import shutil; look(*names); shutil.rmtree(os.getcwd())", ""),
)  # fmt: skip
"""What is strange and does no harm: the answer stands, and nothing is left behind."""


def install(personality: Personality, folder: Path, name: str, pids: Path) -> None:
    """Put it into a folder under a name; the processes that it is write their numbers into a file."""
    file = folder / name
    file.write_text(_HEAD.format(python=sys.executable, pids=str(pids)) + personality.code + "\n")
    file.chmod(0o755)
