"""The tree of positions that YAML and TOML share, and the walk along a path through it."""

from __future__ import annotations

from msgspec import Struct

from guards._code.spans.document import JsonPath, Offsets, Place


class Node(Struct, eq=False):
    """Where a value stands, and the values inside it."""

    start: int
    end: int
    key: Offsets | None = None
    members: dict[str, Node] | None = None
    """By key, the last of each; None for what is no mapping."""
    items: list[Node] | None = None
    """By index; None for what is no list."""
    target: Node | None = None
    """The value itself, if this is only an alias of it."""
    merges: tuple[Node, ...] = ()
    """What the mapping takes its other members from, the first one having precedence."""

    def child(self, step: str | int) -> Node | None:
        """The own member or item of that name or index."""
        if self.members is not None and isinstance(step, str):
            return self.members.get(step)
        if self.items is not None and isinstance(step, int) and 0 <= step < len(self.items):
            return self.items[step]
        return None


class Tree(Struct, frozen=True):
    """The positions of a document."""

    root: Node

    def find(self, path: JsonPath) -> Place:
        """The place of a path; once it leads through an alias or merge, that place is its use."""
        node, use = _resolved(self.root, None)
        key = None
        for step in path:
            child, merge = _child(node, step)
            use = use or merge
            key = (use.start, use.end) if use else child.key
            node, use = _resolved(child, use)
        own = (node.start, node.end)
        return Place((use.start, use.end), key, own) if use else Place(own, key)


def _resolved(node: Node, use: Node | None) -> tuple[Node, Node | None]:
    """The value that a node stands for, and the first alias on the way to it."""
    while node.target is not None:
        use = use or node
        node = node.target
    return node, use


def _child(node: Node, step: str | int) -> tuple[Node, Node | None]:
    """A child, and the alias of the merge that it came through."""
    pending: list[tuple[Node, Node | None]] = [(node, None)]
    while pending:
        node, use = _resolved(*pending.pop())
        child = node.child(step)
        if child is not None:
            return child, use
        pending += [(merge, use) for merge in reversed(node.merges)]
    raise KeyError(step)
