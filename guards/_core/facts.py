"""What scan learned, kept per blob: the same bytes under the same guard give the same facts, wherever they appear.

A record holds, for one fingerprint of a guard, the blobs that gave nothing as packed ids, and the others with what
they gave. Each run adds a record of its own, so that runs beside it are not in the way; now and then they are merged.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterator, Mapping

from guards._core.learned import Learned, encode
from guards._core.store import Store

_MOST_RECORDS = 8
_COUNT = struct.Struct("<I")


class Facts:
    """The facts of one guard fingerprint: those that are known, and those that this run adds."""

    def __init__(self, store: Store | None, fingerprint: str) -> None:
        self._store = store
        self._prefix = f"facts-{fingerprint}-"
        self._clean: dict[str, set[bytes]] = {}
        self._rows: dict[tuple[str, bytes], bytes] = {}
        self._new_clean: dict[str, set[bytes]] = {}
        self._new_rows: dict[tuple[str, bytes], bytes] = {}
        self._records: list[str] = []
        if store is not None:
            self._load(store)

    def recall(self, path_class: str, blob: str) -> bytes | None:
        """What a blob gave, to be read by `decode`: empty for nothing; None where it is not known."""
        key = bytes.fromhex(blob)
        if key in self._clean.get(path_class, ()):
            return b""
        return self._rows.get((path_class, key))

    def add(self, path_class: str, blob: str, learned: Learned | None) -> None:
        """Remember what a blob gave. What could not be checked is not remembered."""
        key = bytes.fromhex(blob)
        if learned is None:
            self._new_clean.setdefault(path_class, set()).add(key)
        elif learned.problem is None:
            self._new_rows[path_class, key] = encode(learned)

    def save(self) -> None:
        """Write what is new as a record; with many records, everything as one."""
        if self._store is None or not (self._new_clean or self._new_rows):
            return
        merge = len(self._records) >= _MOST_RECORDS
        clean = _union(self._clean, self._new_clean) if merge else self._new_clean
        rows = {**self._rows, **self._new_rows} if merge else self._new_rows
        name = f"{self._prefix}{time.time_ns():020d}-{os.getpid()}"
        if self._store.save(name, _pack(clean, rows)) and merge:
            for old in self._records:
                self._store.drop(old)

    def _load(self, store: Store) -> None:
        for name in store.names(self._prefix):
            data = store.load(name)
            if data is None:
                store.drop(name)
                continue
            self._records.append(name)
            store.touch(name)
            for path_class, blobs, rows in _unpack(data):
                self._clean.setdefault(path_class, set()).update(blobs)
                self._rows.update(((path_class, blob), row) for blob, row in rows)


def _union(one: Mapping[str, set[bytes]], other: Mapping[str, set[bytes]]) -> dict[str, set[bytes]]:
    return {key: one.get(key, set()) | other.get(key, set()) for key in {*one, *other}}


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
