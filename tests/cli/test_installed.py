"""The console script of a real installation, which is what people run."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.conftest import Repository

_ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installed from the source into a new environment; dependencies are those of this one."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, timeout=120)
    python = venv / "bin" / "python"
    built = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", str(_ROOT)]
    done = subprocess.run(built, capture_output=True, text=True, check=False, timeout=240)
    if done.returncode:
        pytest.skip(f"cannot be built here: {done.stderr.strip().splitlines()[-1]}")
    found = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    (Path(found.stdout.strip()) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv / "bin" / "guard"


@pytest.mark.slow
def test_the_installed_script_ends_with_the_codes(
    script: Path, repo: Repository, home_of_script: dict[str, str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(script), *arguments], cwd=repo.root, env=home_of_script, capture_output=True, check=False, timeout=60
        )
        assert b"Traceback" not in done.stderr
        return done.returncode, done.stdout.decode()

    repo.commit({"a.json": "{}\n"})
    assert run("--version")[0] == 0
    assert run("all")[0] == 0
    assert run("all")[1].startswith("✓ checked 1 file")
    repo.write("a.json", "{")
    assert run("all", "--format=json")[0] == 3
    assert run("al")[0] == 2
    assert run("all", "nowhere")[0] == 2


@pytest.fixture
def home_of_script(tmp_path: Path) -> dict[str, str]:
    """An environment with a HOME of its own, and nothing of whoever runs the tests."""
    (tmp_path / "home").mkdir()
    return {"HOME": str(tmp_path / "home"), "PATH": os.environ.get("PATH", os.defpath)}
