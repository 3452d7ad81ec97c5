"""Which files on disk may hold other bytes than their blobs: what the `.gitattributes` of a tree let git convert.

Such a file counts as unchanged for git while its bytes are not those of its blob. Only what is certain to leave
content alone is believed to: a line that is not understood speaks of every file below its folder.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Mapping

from msgspec import Struct

FILE = ".gitattributes"

_CONVERTING = frozenset({b"text", b"crlf", b"eol", b"filter", b"ident", b"working-tree-encoding"})
_ONE_SUFFIX = re.compile(rb"\*(\.[A-Za-z0-9_-]+)")
_BLANKS = b" \t\r"


class Converted(Struct, frozen=True):
    """The files below one folder that git may convert."""

    everything: bool = False
    suffixes: frozenset[str] = frozenset()
    """Lower-case: some file systems, and git with `core.ignorecase`, do not tell the cases apart."""

    def __or__(self, other: Converted) -> Converted:
        return Converted(self.everything or other.everything, self.suffixes | other.suffixes)

    def __call__(self, path: str) -> bool:
        """Whether it speaks of this file."""
        if self.everything or not self.suffixes:
            return self.everything
        name = path.rpartition("/")[2].lower()
        return any(name.endswith(suffix) for suffix in self.suffixes)


NOTHING = Converted()
EVERYTHING = Converted(everything=True)


def converted(text: bytes) -> Converted:
    """What a file of attributes says about the files below its folder."""
    scope = NOTHING
    for line in text.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        pattern, *attributes = line.strip(_BLANKS).replace(b"\t", b" ").split(b" ")
        if pattern.startswith(b"#"):
            continue
        # A quoted pattern may hold spaces, and a macro may stand for any attribute, here and in every folder below.
        if pattern.startswith((b'"', b"[attr]")):
            return EVERYTHING
        if any(map(_converts, attributes)):
            suffix = _ONE_SUFFIX.fullmatch(pattern)
            scope |= Converted(suffixes=frozenset({suffix[1].decode().lower()})) if suffix else EVERYTHING
    return scope


def _converts(attribute: bytes) -> bool:
    """Whether an attribute makes git convert. Unset (`-`) or unspecified (`!`) ones only take conversions back."""
    return not attribute.startswith((b"-", b"!")) and attribute.partition(b"=")[0] in _CONVERTING


def below(scopes: Mapping[str, Converted]) -> Callable[[str], bool]:
    """A function that says whether a path is in the scope of the attributes of any folder that it is in."""
    merged: dict[str, Converted] = {}

    def scope_of(folder: str) -> Converted:
        if folder not in merged:
            own = (scope for at, scope in scopes.items() if not at or f"{folder}/".startswith(f"{at}/"))
            merged[folder] = functools.reduce(operator.or_, own, NOTHING)
        return merged[folder]

    return lambda path: scope_of(path.rpartition("/")[0])(path)
