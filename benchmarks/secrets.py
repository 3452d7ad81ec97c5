"""The secrets guard against detect-secrets and kingfisher: what the rows of the table share, and a check of results.

    python -m benchmarks.secrets [FOLDER …] [--each N]

For each folder, which must be a git repository: whether the mode `compat` finds what detect-secrets finds there (types,
paths, SHA-1 and lines), and what the default mode finds, by rule and level. Without a folder, how much of the labelled
corpus is found. The exit code is 1 if the mode `compat` finds anything else. detect-secrets takes minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing import Pool

from benchmarks import secrets_corpus
from benchmarks.corpora import WORK
from benchmarks.secrets_corpus import Case
from guards._core.model import Level
from guards._core.transcode import to_utf8
from guards._core.triggers import Engine, engine_for
from guards.secrets import compat, default, places
from guards.secrets.compat_triggers import TRIGGERS
from guards.secrets.default import Found, Text, look

Secret = tuple[str, str, str]
"""Type, path and SHA-1, as detect-secrets tells its findings apart."""

_NETWORK = "detect_secrets.filters.common.is_ignored_due_to_verification_policies"
_TRIGGERS = re.compile("[0-9a-f]{64}-")
"""How the name of a stored database begins; everything else in the store comes from results."""
_SAMPLE = 8192


def forget_results(folder: str, number: int) -> None:
    """Forget what was found in a tree, and keep the compiled triggers: kingfisher keeps its compiled rules, too."""
    cache = os.path.join(folder, ".guard", "cache")
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(cache):
            if not _TRIGGERS.match(name):
                os.unlink(os.path.join(cache, name))


def settings(mode: str) -> str:
    """A file of settings with this mode."""
    path = os.path.join(WORK, f"secrets-{mode}.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'[secrets]\nmode = "{mode}"\n')
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the folders, or the corpus."""
    parser = argparse.ArgumentParser(description="Check what the secrets guard finds.")
    parser.add_argument("folders", nargs="*", metavar="FOLDER")
    parser.add_argument("--each", type=int, default=10, metavar="N", help="files for each format in the corpus [10]")
    options = parser.parse_args(arguments)
    if not options.folders:
        print(accuracy(options.each))
        return 0
    return max(_compared(os.path.abspath(folder)) for folder in options.folders)


# ---- Results --------------------------------------------------------------------------------------------------------


def _compared(folder: str) -> int:
    os.chdir(folder)
    paths = [path for path in _tracked(folder) if os.path.isfile(path) and not os.path.islink(path)]
    ours, seconds = _timed_ours(paths)
    clock = time.process_time()
    by_rule = Counter((one.accepted.rule, one.accepted.level or Level.ERROR) for path in paths for one in _found(path))
    print(f"{folder}: default mode {sum(by_rule.values())} findings in {time.process_time() - clock:.1f} s of CPU")
    for (rule, level), count in sorted(by_rule.items()):
        print(f"  {count:6} {level} {rule}")
    theirs = detect_secrets(paths)
    print(f"  compat {len(ours)} findings in {seconds:.1f} s of CPU, detect-secrets {len(theirs)}")
    different = {key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key)}
    for kind, path, _ in sorted(different)[:20]:
        print(f"  differs: {kind} in {path}")
    return 1 if different else 0


def _tracked(folder: str) -> list[str]:
    told = subprocess.run(("git", "ls-files", "-z"), cwd=folder, check=True, capture_output=True)
    return [os.fsdecode(path) for path in told.stdout.split(b"\0")[:-1]]


def _timed_ours(paths: Sequence[str]) -> tuple[Mapping[Secret, int], float]:
    engine = engine_for(TRIGGERS, None)
    compat.plugins()
    clock = time.process_time()
    found = {key: line for path in paths for key, line in _ours_in(path, engine)}
    return found, time.process_time() - clock


def _ours_in(path: str, engine: Engine) -> Iterator[tuple[Secret, int]]:
    suffix = compat.classify(path)
    data = _read(path)
    hits = engine.lines(data) if isinstance(suffix, str) else {}
    if isinstance(suffix, str) and hits:
        for hit in compat.hits(data, suffix, hits, engine.lines):
            yield (hit.type, path, hashlib.sha1(hit.secret.encode()).hexdigest()), hit.line


def detect_secrets(paths: Sequence[str]) -> Mapping[Secret, int]:
    """What detect-secrets itself finds, with its defaults and nothing asked over a network."""
    from detect_secrets.settings import default_settings, get_filters

    found: dict[Secret, int] = {}
    with default_settings() as chosen:
        chosen.disable_filters(_NETWORK)
        get_filters.cache_clear()
        with Pool() as pool:
            for secrets in pool.imap(_theirs_in, paths, chunksize=20):
                for key, line in secrets:
                    found.setdefault(key, line)
    return found


def _theirs_in(path: str) -> list[tuple[Secret, int]]:
    from detect_secrets.core.scan import scan_file

    return [((one.type, path, one.secret_hash), one.line_number) for one in scan_file(path)]


# ---- Accuracy -------------------------------------------------------------------------------------------------------


def accuracy(each: int) -> str:
    """What is found of the labelled corpus, in a sentence."""
    cases = list(secrets_corpus.secrets(seed=1, each=each))
    found = sum(any(case.value in one.value for one in _found_in(case)) for case in cases)
    others = list(secrets_corpus.look_alikes(seed=2, each=max(1, each // 2)))
    flagged = sum(any(_is_taken_for(one, case.format) for one in _found_in(case)) for case in others)
    return (
        f"found {found:,} of {len(cases):,} values ({found / len(cases):.1%}), "
        f"flagged {flagged:,} of {len(others):,} look-alikes ({flagged / len(others):.1%})"
    )


def _is_taken_for(found: Found, form: str) -> bool:
    return found.accepted.rule == f"secrets/{form}" and found.accepted.level is None


def _found_in(case: Case) -> list[Found]:
    return _looked(case.path, case.text.encode())


def _found(path: str) -> list[Found]:
    return _looked(path, _read(path))


_ENGINES: list[Engine] = []


def _looked(path: str, data: bytes) -> list[Found]:
    if not _ENGINES:
        _ENGINES.append(engine_for(default.TRIGGERS, None))
    path_class = places.classify(path)
    transcoded = to_utf8(data)
    text = transcoded.data if transcoded else data
    hits = _ENGINES[0].lines(text) if isinstance(path_class, str) else {}
    if not isinstance(path_class, str) or not hits:
        return []
    binary = b"\0" in text[:_SAMPLE]
    return look(Text(text, hits, places.read(path_class), _ENGINES[0].lines, binary=binary))[0]


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


if __name__ == "__main__":
    sys.exit(main())
