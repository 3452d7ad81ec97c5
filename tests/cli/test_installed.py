"""The console script of a real installation, which is what people run."""

from __future__ import annotations

import os
import re
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


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "docs/start.md"])
def test_what_pages_say_of_installing_it_works(page: str, tmp_path: Path) -> None:
    """The command of the page, as it stands there, in a clone: what is tracked here, with what the index has."""
    (command,) = re.findall(r"^(python3 -m venv .*)$", (_ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    clone = Repository(tmp_path / "clone")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, check=True).stdout
    for name in filter(None, os.fsdecode(tracked).split("\0")):
        if (_ROOT / name).is_file():
            clone.write(name, (_ROOT / name).read_bytes())
    clone.commit()
    reachable = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(tmp_path), "click"]
    if subprocess.run(reachable, capture_output=True, check=False, timeout=120).returncode:
        pytest.skip("there is no package index here")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "python3").symlink_to(sys.executable)
    env = os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, shell=True, cwd=clone.root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    asked = [str(clone.root / ".venv/bin/guard"), "--version"]
    assert subprocess.run(asked, capture_output=True, check=True).stdout.startswith(b"guard ")
