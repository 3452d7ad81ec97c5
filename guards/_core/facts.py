"""What scan learned, kept per blob: the same bytes under the same guard give the same facts, wherever they appear.

A record holds, for one fingerprint of a guard, the blobs that gave nothing as packed ids, and the others with what
they gave. Each run adds a record of its own, so that runs beside it are not in the way; now and then they are merged.
"""

from __future__ import annotations

import functools
import os
import struct
import time
from collections.abc import Iterator, Mapping

from guards._core.learned import Learned, encode
from guards._core.store import Store

_MOST_RECORDS = 8
_MUCH_LARGER = 4
_COUNT = struct.Struct("<I")


class Facts:
    """The facts of one guard fingerprint: those that are known, read when first asked for, and those of this run."""

    def __init__(self, store: Store | None, fingerprint: str) -> None:
        self._store = store
        self._prefix = f"facts-{fingerprint}-"
        self._new = _Known()

    def __bool__(self) -> bool:
        return bool(self._known.clean or self._known.rows)

    def recall(self, path_class: str, blob: str) -> bytes | None:
        """What a blob gave, to be read by `decode`: empty for nothing; None where it is not known."""
        return self._known.get(path_class, bytes.fromhex(blob))

    def add(self, path_class: str, blob: bytes, learned: Learned | None) -> None:
        """Remember what a blob gave. What could not be checked is not remembered."""
        if learned is None:
            self.clean(path_class).add(blob)
        elif learned.problem is None:
            self._new.rows[path_class, blob] = encode(learned)

    def clean(self, path_class: str) -> set[bytes]:
        """The blobs of a path class that gave nothing in this run, to be added to."""
        return self._new.clean.setdefault(path_class, set())

    def save(self) -> None:
        """Write what is new as a record. With many records, the small ones become one."""
        if self._store is None or not (self._new.clean or self._new.rows):
            return
        merged = self._small(self._store)
        known = self._new
        for name in merged:
            known.update(self._store.load(name) or b"")
        name = f"{self._prefix}{time.time_ns():020d}-{os.getpid()}"
        if self._store.save(name, _pack(known.clean, known.rows)):
            for old in merged:
                self._store.drop(old)

    def _small(self, store: Store) -> list[str]:
        """The records that are worth being merged: all that are far from being the largest, once there are many."""
        names = store.names(self._prefix)
        if len(names) < _MOST_RECORDS:
            return []
        sizes = {name: store.size_of(name) for name in names}
        return [name for name in names if sizes[name] * _MUCH_LARGER < max(sizes.values())] or names

    @functools.cached_property
    def _known(self) -> _Known:
        known = _Known()
        if self._store is None:
            return known
        for name in self._store.names(self._prefix):
            data = self._store.load(name)
            if data is None:
                self._store.drop(name)
            else:
                self._store.touch(name)
                known.update(data)
        return known


class _Known:
    """What blobs gave, by path class."""

    def __init__(self) -> None:
        self.clean: dict[str, set[bytes]] = {}
        """The blobs that gave nothing."""
        self.rows: dict[tuple[str, bytes], bytes] = {}

    def get(self, path_class: str, blob: bytes) -> bytes | None:
        if blob in self.clean.get(path_class, ()):
            return b""
        return self.rows.get((path_class, blob))

    def update(self, record: bytes) -> None:
        for path_class, blobs, rows in _unpack(record):
            self.clean.setdefault(path_class, set()).update(blobs)
            for blob, row in rows:
                self.rows.setdefault((path_class, blob), row)


def _pack(clean: Mapping[str, set[bytes]], rows: Mapping[tuple[str, bytes], bytes]) -> bytes:
    by_class: dict[str, list[tuple[bytes, bytes]]] = {path_class: [] for path_class in clean}
    for (path_class, blob), row in rows.items():
        by_class.setdefault(path_class, []).append((blob, row))
    parts = []
    for path_class, own in by_class.items():
        blobs = sorted(clean.get(path_class, ()))
        width = len(blobs[0]) if blobs else len(own[0][0]) if own else 0
        name = path_class.encode("utf-8", "surrogatepass")
        parts += [_sized(name), bytes([width]), _sized(b"".join(blobs)), _COUNT.pack(len(own))]
        for blob, row in own:
            parts += [blob, _sized(row)]
    return b"".join(parts)


def _sized(data: bytes) -> bytes:
    return _COUNT.pack(len(data)) + data


def _unpack(data: bytes) -> Iterator[tuple[str, set[bytes], list[tuple[bytes, bytes]]]]:
    """Read a record. It carries a valid MAC, so it is as we wrote it."""
    at = 0

    def take(count: int) -> bytes:
        nonlocal at
        at += count
        return data[at - count : at]

    def number() -> int:
        value: int = _COUNT.unpack(take(_COUNT.size))[0]
        return value

    while at < len(data):
        path_class = take(number()).decode("utf-8", "surrogatepass")
        width = take(1)[0]
        packed = take(number())
        blobs = {packed[start : start + width] for start in range(0, len(packed), width)} if width else set()
        yield path_class, blobs, [(take(width), take(number())) for _ in range(number())]
