"""One pass over a file's bytes says which triggers of all guards hit, and on which lines.

What a trigger may say, and how it is rewritten so that every engine gives the same answer, stands in `dialect`; that
module is loaded only to compile.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from guards._core.errors import TriggerError
from guards._core.model import Trigger

DIALECT = 1
"""Part of the name of every stored database. Raise it whenever a trigger is rewritten differently from before."""

MOST_BYTES = 2**31 - 1
"""Vectorscan counts in 32 bits and would silently look at the remainder only."""


class DatabaseStore(Protocol):
    """Where compiled databases are kept between runs. Bytes in, the same bytes out, or None."""

    def load(self, key: str) -> bytes | None: ...

    def save(self, key: str, data: bytes) -> object: ...


class Engine(Protocol):
    """The compiled triggers of all guards. May be used from several threads at once."""

    @property
    def name(self) -> str:
        """`vectorscan`, `re2`, or `none` where there are no triggers."""

    @property
    def version(self) -> str:
        """The version of the distribution that brought the engine."""

    def lines(self, data: bytes) -> dict[int, tuple[int, ...]]:
        """Index of a trigger to the offsets at which the lines that it hit start, ascending; no hit, no entry."""


def engine_for(triggers: Sequence[Trigger], store: DatabaseStore | None, *, wait: bool = True) -> Engine:
    """The fastest engine that can be had: Vectorscan from its stored database, else compiled and stored, else RE2.

    With `wait=False` RE2 takes the place of a database that would have to be compiled first; the caller may meanwhile
    call again with `wait=True` from another thread, for the next run.
    """
    triggers = tuple(triggers)
    if not triggers:
        return _NoTriggers()
    try:
        vectorscan, version = _vectorscan()
    except ImportError:
        return _re2_engine(triggers)
    record = _Record(vectorscan, key=_key(triggers, version))
    database = record.read(store.load(record.key)) if store is not None else None
    if database is None and not wait:
        return _re2_engine(triggers)
    if database is None:
        try:
            database = _compiled(vectorscan, triggers)
        except vectorscan.ArchitectureError:  # this processor is too old for Vectorscan
            return _re2_engine(triggers)
        if store is not None:
            store.save(record.key, record.write(database))
    return _VectorscanEngine(vectorscan, version, database)


def stored_at(triggers: Sequence[Trigger]) -> tuple[str, str] | None:
    """The file of the extension that loads the stored database of these triggers, and the database's key."""
    try:
        vectorscan, version = _vectorscan()
    except ImportError:
        return None
    return str(vectorscan.__file__), _key(triggers, version)


def _key(triggers: Sequence[Trigger], version: str) -> str:
    return f"{digest(triggers)}-{DIALECT}-{version}-{_platform()}"


def digest(triggers: Sequence[Trigger]) -> str:
    """The identity of a set of triggers. Their order counts, because hits name triggers by their index."""
    import hashlib

    state = hashlib.sha256()
    for trigger in triggers:
        pattern = trigger.pattern.encode("utf-8", "surrogatepass")
        state.update(b"%d %d %d " % (trigger.literal, trigger.caseless, len(pattern)) + pattern)
    return state.hexdigest()


# ---- The engines ----------------------------------------------------------------------------------------------------


class _NoTriggers:
    """Stands in where no guard has a trigger: engines refuse an empty set."""

    name = "none"
    version = ""

    def lines(self, data: bytes) -> dict[int, tuple[int, ...]]:
        return {}


class _VectorscanEngine:
    """Patterns run on to the end of their line, so each hit is reported once per line however often it matches."""

    name = "vectorscan"

    def __init__(self, vectorscan: Any, version: str, database: Any) -> None:
        self.version = version
        self._vectorscan = vectorscan
        self._database = database
        self._idle = [vectorscan.Scratch(database)]

    def lines(self, data: bytes) -> dict[int, tuple[int, ...]]:
        _refuse_oversize(data)
        found: defaultdict[int, list[int]] = defaultdict(list)

        def on_line_end(trigger: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found[trigger].append(end)

        scratch = self._scratch()
        try:
            self._database.scan(_padded(data), on_line_end, scratch=scratch)
        except self._vectorscan.error as error:
            raise TriggerError(f"Vectorscan could not scan the data: {error}") from error
        finally:
            self._idle.append(scratch)
        return _line_starts(found, data) if found else {}

    def _scratch(self) -> Any:
        """Working memory that no other thread is using; `pop` and `append` of a list are atomic."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._vectorscan.Scratch(self._database)


_PADDING = b"\n" * 128
"""Vectorscan 5.4.12 overlooks some matches that end with the last two bytes of its buffer, and may read up to 63 bytes
beyond it. So half of this is scanned, as empty lines that no trigger hits, and half stands behind that for safety."""


def _padded(data: bytes) -> memoryview:
    return memoryview(data + _PADDING)[: len(data) + len(_PADDING) // 2]


def _line_starts(ends: Mapping[int, Sequence[int]], data: bytes) -> dict[int, tuple[int, ...]]:
    starts = {end: data.rfind(b"\n", 0, end) + 1 for end in set().union(*ends.values())}
    return {trigger: tuple(starts[end] for end in sorted(set(ends[trigger]))) for trigger in sorted(ends)}


_ANY_BYTE = rb"[\x00-\xff]"


class _Re2Engine:
    """One pass of all patterns says which ones hit; those are then searched for alone, from line to line."""

    name = "re2"

    def __init__(self, re2: Any, triggers: Sequence[Trigger]) -> None:
        self._re2 = re2
        self._options = _re2_options(re2)
        from guards._core.dialect import byte_pattern

        self._patterns = [f"(?m){byte_pattern(trigger)}".encode() for trigger in triggers]
        self._searches: dict[int, Any] = {}
        self._set = re2.Set.SearchSet(self._options)
        for trigger, pattern in zip(triggers, self._patterns, strict=True):
            self._add(pattern, trigger)
        # A set that runs out of memory says "no match". This pattern always matches, so that one can tell.
        self._set.Add(_ANY_BYTE)
        self._set.Compile()

    @functools.cached_property
    def version(self) -> str:
        from importlib.metadata import version

        return version("google-re2")

    def lines(self, data: bytes) -> dict[int, tuple[int, ...]]:
        _refuse_oversize(data)
        if not data:
            return {}
        hits = sorted(self._set.Match(data) or ())
        if not hits or hits.pop() != len(self._patterns):
            raise TriggerError("RE2 ran out of memory for the triggers of this run")
        return {trigger: tuple(self._starts(trigger, data)) for trigger in hits}

    def _add(self, pattern: bytes, trigger: Trigger) -> None:
        try:
            self._set.Add(pattern)
        except self._re2.error as error:
            from guards._core.dialect import refusal

            raise refusal(trigger, "RE2 cannot compile it; make it shorter or its repeats smaller") from error

    def _starts(self, trigger: int, data: bytes) -> Iterator[int]:
        if (search := self._searches.get(trigger)) is None:
            search = self._searches[trigger] = self._re2.compile(self._patterns[trigger], self._options).search
        at = 0
        while at < len(data) and (match := search(data, at)) is not None:
            yield data.rfind(b"\n", at, match.start()) + 1 or at
            at = data.find(b"\n", match.end()) + 1 or len(data)


def _re2_engine(triggers: Sequence[Trigger]) -> Engine:
    try:
        re2 = importlib.import_module("re2")
    except ImportError as error:
        raise TriggerError(
            "there is no engine to look for triggers with; install one: pip install hyperscan (or: google-re2)"
        ) from error
    return _Re2Engine(re2, triggers)


def _re2_options(re2: Any) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, whatever they mean
    options.never_capture = True
    options.log_errors = False
    options.max_mem = 64 << 20
    return options


def _refuse_oversize(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise TriggerError(f"{len(data)} bytes are too many for one scan; the most is {MOST_BYTES}")


# ---- Vectorscan and its databases -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Record:
    """A database as it is stored: a line that names it, a digest, then what Vectorscan wrote.

    Vectorscan's own checksum leaves out the last bytes of a database, hence the digest.
    """

    vectorscan: Any
    key: str

    def read(self, data: bytes | None) -> Any:
        """The database, or None for bytes that are not exactly what `write` gives here."""
        start = len(self._head(b""))
        if data is None or data[:start] != self._head(data[start:]):
            return None
        try:
            return self.vectorscan.loadb(data[start:], self.vectorscan.HS_MODE_BLOCK)
        except self.vectorscan.error:
            return None

    def write(self, database: Any) -> bytes:
        body = bytes(self.vectorscan.dumpb(database))
        return self._head(body) + body

    def _head(self, body: bytes) -> bytes:
        import hashlib

        return f"guard trigger database {self.key}\n{hashlib.sha256(body).hexdigest()}\n".encode()


@functools.lru_cache(maxsize=4)
def _compiled(vectorscan: Any, triggers: tuple[Trigger, ...]) -> Any:
    """The database of some triggers. Kept in this process, too: not every run in it has a store."""
    from guards._core.dialect import to_line_end

    patterns = [to_line_end(trigger) for trigger in triggers]
    try:
        return _database(vectorscan, patterns)
    except vectorscan.ArchitectureError:
        raise
    except vectorscan.error as error:
        for trigger, pattern in zip(triggers, patterns, strict=True):
            _compile_alone(vectorscan, trigger, pattern)
        raise TriggerError(f"Vectorscan cannot compile {len(triggers)} triggers together: {error}") from error


def _compile_alone(vectorscan: Any, trigger: Trigger, pattern: bytes) -> None:
    try:
        _database(vectorscan, [pattern])
    except vectorscan.error as error:
        from guards._core.dialect import refusal

        raise refusal(trigger, f"Vectorscan cannot compile it ({error})") from error


def _database(vectorscan: Any, patterns: Sequence[bytes]) -> Any:
    database = vectorscan.Database(mode=vectorscan.HS_MODE_BLOCK)
    database.compile(expressions=patterns, flags=vectorscan.HS_FLAG_MULTILINE)
    return database


def _vectorscan() -> tuple[Any, str]:
    """The binding and the version of its distribution."""
    try:
        return _extension()
    except (ImportError, AttributeError, OSError, ValueError):
        package = importlib.import_module("hyperscan")
        return package, str(package.__version__)


def _extension() -> tuple[Any, str]:
    """The extension module without its package, which imports `typing` to declare a type that is not used here."""
    import importlib.machinery
    import importlib.util

    name = "hyperscan._hs_ext"
    package = importlib.util.find_spec("hyperscan")
    if package is None or package.submodule_search_locations is None:
        raise ImportError("there is no package hyperscan", name="hyperscan")
    places = list(package.submodule_search_locations)
    version = _version_in(places[0])
    if (loaded := sys.modules.get(name)) is not None:
        return loaded, version
    spec = importlib.machinery.PathFinder.find_spec(name, places)
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no module {name}", name=name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module  # a later `import hyperscan` must find this one: the extension cannot be loaded twice
    return module, version


def _version_in(folder: str) -> str:
    with open(os.path.join(folder, "_version.py"), encoding="utf-8") as file:
        found = re.search(r"""__version__ = ['"]([\w.+-]+)['"]""", file.read())
    if found is None:
        raise ValueError("hyperscan does not say its version where it used to")
    return found[1]


def _platform() -> str:
    """What a database is bound to, besides the engine. (Vectorscan itself refuses one of another kind of processor.)"""
    machine = os.environ.get("PROCESSOR_ARCHITECTURE", "") if sys.platform == "win32" else os.uname().machine
    return f"{sys.platform}-{machine}"
