"""What manifests of Python projects have in common, whatever their format."""

from __future__ import annotations

import re

from guards._core.model import Fact, Span
from guards.versions import ranges
from guards.versions.facts import Classifier, Dependency, Script, Version, fact

_CLASSIFIER = re.compile(r"\s*Programming Language :: Python :: (\d{1,2}\.\d{1,3})\s*")
_OBJECT = re.compile(r"\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[[^\]]*\]\s*)?")


def dependency(text: str, group: str, span: Span, *, unknown: frozenset[str] = frozenset()) -> Fact | None:
    """A line of requirements; what is `unknown` comes from elsewhere than an index."""
    pin = ranges.pin_of(text)
    if pin is None:
        return None
    specs = None if pin.name in unknown else pin.specs
    return fact(Dependency(pin.name, text, group, specs, pin.conditional), span)


def classifier(text: str, span: Span) -> Fact | None:
    """A Python that is named by a classifier."""
    found = _CLASSIFIER.fullmatch(text)
    return fact(Classifier(found[1]), span) if found else None


def script(name: str, target: str, span: Span) -> Fact | None:
    """A command and the object that it stands for."""
    found = _OBJECT.fullmatch(target)
    return fact(Script(name, found[1], found[2]), span) if found else None


def own_version(text: str, what: str, span: Span, start: int = -1, source: str = "") -> Fact | None:
    """The version of a project; zeros only hold the place of what a tool will write."""
    found = ranges.version(text)
    return fact(Version(text, what, start, source), span) if found is not None and any(found.release) else None
