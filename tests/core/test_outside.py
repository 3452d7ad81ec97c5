"""What is read from outside of the tree, where a test of the command cannot reach: other systems, and no driver."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from guards._core.model import Answer, Outside, OutsideKind, ProblemKind
from guards._core.outside import Circumstances, answers, listening

BSD = """\
Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.5433         *.*                    LISTEN
tcp46      0      0  *.8090                 *.*                    LISTEN
tcp4       0      0  10.0.0.7.61234         10.0.0.9.443           ESTABLISHED
udp4       0      0  *.5353                 *.*
"""
WINDOWS = """\
  Proto  Local Address          Foreign Address        State
  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING
  TCP    [::]:8091              [::]:0                 LISTENING
  TCP    10.0.0.7:61234         10.0.0.9:443           ESTABLISHED
  UDP    0.0.0.0:5353           *:*
"""


@pytest.mark.parametrize(("text", "ports"), [(BSD, {5433, 8090}), (WINDOWS, {135, 8091}), ("", set())])
def test_what_netstat_says(text: str, ports: set[int]) -> None:
    assert set(listening.of_netstat(text)) == ports


def asked(one: Outside, root: Path, **environ: str) -> Answer:
    return answers([one], Circumstances(str(root), environ, offline=False, seconds=10))[one]


def test_without_the_driver_of_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    answer = asked(Outside(OutsideKind.POSTGRESQL, "t", env="X"), tmp_path, X="postgresql://")
    assert answer.problem is not None
    assert answer.problem.kind is ProblemKind.TOOL_MISSING
    assert "pip install 'guard-suite[postgresql]'" in answer.problem.reason


def test_an_error_of_ours_tells_its_type_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(listening, "ports", fail)
    answer = asked(Outside(OutsideKind.LISTENING), tmp_path)
    assert answer.problem is not None
    assert answer.problem.reason == "cannot be read: RuntimeError"


def test_what_hangs_is_left_behind(tmp_path: Path) -> None:
    """A pipe that nobody writes to is no file to wait for, whatever reads it."""
    os.mkfifo(tmp_path / "pipe")
    for kind in (OutsideKind.SQLITE, OutsideKind.INSTALLED):
        answer = asked(Outside(kind, "t", env="X"), tmp_path, X=str(tmp_path / "pipe"))
        assert answer.problem is not None
        assert answer.problem.kind is ProblemKind.INPUT_MISSING
