"""For anybody's tests of guards: run one in a real repository, prove its examples, check that it keeps the contract.

```python
import pytest
from guards.testing import Link, check_example, check_guard, examples, run_guard
from my_guard import GUARD

EXAMPLES = examples("tests/my_guard")


def test_contract():
    check_guard(GUARD, EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example):
    check_example(GUARD, example)


def test_links_are_left_alone():
    report = run_guard(GUARD, {"a.txt": b"TODO", "b.txt": Link("a.txt")})
    assert [(finding.rule, finding.path) for finding in report.findings] == [("my-guard/todo", "a.txt")]
```

Nothing here needs a test framework: what is wrong is raised as `AssertionError`.
"""

from __future__ import annotations

from guards.testing.conformance import check_guard, complaints
from guards.testing.examples import Example, check_example, examples
from guards.testing.repositories import Content, Link, Submodule, fix_guard, repository, run_guard

__all__ = [
    "Content",
    "Example",
    "Link",
    "Submodule",
    "check_example",
    "check_guard",
    "complaints",
    "examples",
    "fix_guard",
    "repository",
    "run_guard",
]
