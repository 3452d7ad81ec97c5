"""What the names of folders say about what is in them."""

from __future__ import annotations

import functools
import re

_FOR_TESTS = re.compile(
    r"_*(?:test|fixture|fake|dummy|mock|example|sample|demo|playground|gold|snapshot|expected|e2e|spec|cassette|corpus)"
    r".*|(?:.*[-_.])?(?:unit)?(?:tests?|testing|fixtures?|examples?|samples?)|t|docs?_src|tutorials?",
    re.IGNORECASE,
)


_TEST = re.compile(
    r"test_.*\.pyi?|.*_test\.(?:py|go)|conftest\.py|.*\.(?:test|spec|e2e|stories)\.[cm]?[jt]sx?|.*\.bats"
)


def is_test(path: str) -> bool:
    """Whether a file is for tests, by its name or by where it stands."""
    folder, _, name = path.rpartition("/")
    return _TEST.fullmatch(name) is not None or is_for_tests(folder)


@functools.lru_cache(maxsize=1 << 14)
def is_for_tests(folder: str) -> bool:
    """Whether a folder is, by one of its names, a place for tests and what they read, or for examples of documents."""
    return any(_FOR_TESTS.fullmatch(name) for name in folder.split("/"))
