"""One pass over a file's bytes says which triggers of all guards hit, and on which lines.

What a trigger may say, and how it is rewritten so that every engine gives the same answer, stands in `dialect`. What
Vectorscan looks for is less than that, by which it is ready in a tenth of a second: the `signs` without which a trigger
cannot hit. Where one of them stands, RE2 has the last word.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import re
import signal
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set as AbstractSet
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from guards._core.errors import TriggerError
from guards._core.model import Scope, Trigger

DIALECT = 3
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
    sieve = record.read(store.load(record.key)) if store is not None else None
    if sieve is None and not wait:
        return _re2_engine(triggers)
    if sieve is None:
        try:
            sieve = _compiled(vectorscan, triggers)
        except vectorscan.ArchitectureError:  # this processor is too old for Vectorscan
            return _re2_engine(triggers)
        if store is not None:
            store.save(record.key, record.write(sieve))
    return _VectorscanEngine(vectorscan, version, sieve, triggers)


def engine_ahead(triggers: Sequence[Trigger], store: DatabaseStore | None) -> Callable[[], Engine]:
    """Begin to make the engine while something else is done. What is returned waits for it."""
    made: list[Engine] = []
    failed: list[BaseException] = []

    def make() -> None:
        if hasattr(signal, "pthread_sigmask"):  # they are for the main thread, which must not sleep through them
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            made.append(engine_for(triggers, store))
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits
            failed.append(error)

    def wait() -> Engine:
        thread.join()
        for error in failed:
            raise error
        return made[0]

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    return wait


def check_size(trigger: Trigger) -> None:
    """Raise `TriggerError` for a trigger that is too large for one of the engines. One that is small is never."""
    from guards._core.dialect import read, size

    if size(read(trigger)) <= _NEVER_TOO_LARGE:
        return
    signs = computed_signs(trigger)
    _re2_engine([trigger])
    if not signs.texts:
        try:
            vectorscan, _ = _vectorscan()
        except ImportError:
            return
        _compile_alone(vectorscan, (signs.whole.encode(), vectorscan.HS_FLAG_MULTILINE), trigger)


_NEVER_TOO_LARGE = 400
"""Characters; Vectorscan can have 512 states."""


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
        looks = b"%d %d %d %d " % (trigger.literal, trigger.caseless, trigger.scope, len(pattern))
        state.update(looks + pattern)
    return state.hexdigest()


# ---- The engines ----------------------------------------------------------------------------------------------------


class _NoTriggers:
    """Stands in where no guard has a trigger: engines refuse an empty set."""

    name = "none"
    version = ""

    def lines(self, data: bytes) -> dict[int, tuple[int, ...]]:
        return {}


class _Sieve(NamedTuple):
    """A database of what is looked for first. Each of its expressions is a sign of one group of triggers."""

    database: Any
    groups: Sequence[Sequence[int]]
    certain: frozenset[int]
    """The groups whose signs are hits."""
    scopes: bytes
    """For each group the digit of the widest scope in it."""


class _VectorscanEngine:
    """The lines with a sign, and of those the ones with a hit."""

    name = "vectorscan"

    def __init__(self, vectorscan: Any, version: str, sieve: _Sieve, triggers: Sequence[Trigger]) -> None:
        self.version = version
        self._vectorscan = vectorscan
        self._sieve = sieve
        self._triggers = triggers
        self._judges: dict[int, Engine] = {}
        self._idle = [vectorscan.Scratch(sieve.database)]

    def lines(self, data: bytes) -> dict[int, tuple[int, ...]]:
        _refuse_oversize(data)
        hits: defaultdict[int, set[int]] = defaultdict(set)
        for group, starts in self._signs(data).items():
            triggers = self._sieve.groups[group]
            if group in self._sieve.certain:
                for trigger in triggers:
                    hits[trigger] |= starts
                continue
            lines = _picked(data, starts)
            for number, confirmed in self._judge(group).lines(lines.text).items():
                hits[triggers[number]].update(map(lines.starts.__getitem__, confirmed))
        return {trigger: tuple(sorted(hits[trigger])) for trigger in sorted(hits)}

    def _judge(self, group: int) -> Engine:
        """What tells hits from signs. Most groups never need it."""
        judge = self._judges.get(group)
        if judge is None:
            judge = self._judges[group] = _judge([self._triggers[one] for one in self._sieve.groups[group]])
        return judge

    def _signs(self, data: bytes) -> dict[int, set[int]]:
        """Groups, and where the lines start in which there is a sign of them."""
        found: dict[int, set[int]] = {}
        last: dict[int, tuple[int, int]] = {}

        def on_match(group: int, _start: int, end: int, _flags: int, _context: object) -> None:
            first, behind = last.get(group, _NOWHERE)
            if not first < end <= behind:  # one a line is enough, and there can be very many
                first, behind = data.rfind(b"\n", 0, end) + 1, data.find(b"\n", end)
                last[group] = first, behind if behind >= 0 else len(data)
                found.setdefault(group, set()).add(first)

        scratch = self._scratch()
        try:
            self._sieve.database.scan(_padded(data), on_match, scratch=scratch)
        except self._vectorscan.error as error:
            raise TriggerError(f"Vectorscan could not scan the data: {error}") from error
        finally:
            self._idle.append(scratch)
        return found

    def _scratch(self) -> Any:
        """Working memory that no other thread is using; `pop` and `append` of a list are atomic."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._vectorscan.Scratch(self._sieve.database)


_NOWHERE = (0, -1)
_PADDING = b"\n" * 128
"""Vectorscan 5.4.12 overlooks some matches that end with the last two bytes of its buffer, and may read up to 63 bytes
beyond it. So half of this is scanned, as empty lines that no trigger hits, and half stands behind that for safety."""


def _padded(data: bytes) -> memoryview:
    return memoryview(data + _PADDING)[: len(data) + len(_PADDING) // 2]


class _Picked(NamedTuple):
    """Some lines of a text as a text of their own."""

    text: bytes
    starts: Mapping[int, int]
    """Where a line starts here to where it does there."""


def _picked(data: bytes, starts: AbstractSet[int]) -> _Picked:
    if len(starts) == 1:
        (start,) = starts
        end = data.find(b"\n", start)
        return _Picked(data[start : end if end >= 0 else None], {0: start})
    text = bytearray()
    here = {}
    for start in sorted(starts):
        here[len(text)] = start
        end = data.find(b"\n", start)
        text += data[start : end + 1] if end >= 0 else data[start:]
    return _Picked(bytes(text), here)


_ANY_BYTE = rb"[\x00-\xff]"


class _Re2Engine:
    """One pass of all patterns says which ones hit; those are then searched for alone, from line to line."""

    name = "re2"

    def __init__(self, re2: Any, triggers: Sequence[Trigger], *, memory: int) -> None:
        """Compile them. `memory`: up to which the automata may grow as they run."""
        self._re2 = re2
        self._options = _re2_options(re2, memory=memory)
        self._patterns = [f"(?m){_pattern(trigger)}".encode() for trigger in triggers]
        self._searches: dict[int, Any] = {}
        self._set = re2.Set.SearchSet(self._options)
        for trigger, pattern in zip(triggers, self._patterns, strict=True):
            self._add(pattern, trigger)
        # A set that runs out of memory says "no match". This pattern always matches, so that one can tell.
        self._set.Add(_ANY_BYTE)
        try:
            self._set.Compile()
        except re2.error as error:
            raise _too_large(triggers) from error

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
            hits = list(range(len(self._patterns)))  # each alone needs less, and knows a way that needs no more
        found = {trigger: tuple(self._starts(trigger, data)) for trigger in hits}
        return {trigger: starts for trigger, starts in found.items() if starts}

    def _add(self, pattern: bytes, trigger: Trigger) -> None:
        try:
            self._set.Add(pattern)
        except self._re2.error as error:
            raise _too_large([trigger]) from error

    def _starts(self, trigger: int, data: bytes) -> Iterator[int]:
        if (search := self._searches.get(trigger)) is None:
            search = self._searches[trigger] = self._re2.compile(self._patterns[trigger], self._options).search
        at = 0
        while at < len(data) and (match := search(data, at)) is not None:
            yield data.rfind(b"\n", at, match.start()) + 1 or at
            at = data.find(b"\n", match.end()) + 1 or len(data)


def _too_large(triggers: Sequence[Trigger]) -> TriggerError:
    if len(triggers) > 1:
        return TriggerError(f"RE2 cannot compile {len(triggers)} triggers together")
    from guards._core.dialect import refusal

    return refusal(triggers[0], "RE2 cannot compile it; make it shorter or its repeats smaller")


_MEMORY, _MEMORY_OF_A_GROUP = 64 << 20, 1 << 20


def _re2_engine(triggers: Sequence[Trigger]) -> Engine:
    return _Re2Engine(_re2(), triggers, memory=_MEMORY)


def _judge(triggers: Sequence[Trigger]) -> Engine:
    """The same for a group of triggers, of which there can be a hundred in each process."""
    try:
        return _Re2Engine(_re2(), triggers, memory=_MEMORY_OF_A_GROUP)
    except TriggerError:  # a pattern may be so large that it needs more
        return _re2_engine(triggers)


def _re2() -> Any:
    try:
        return importlib.import_module("re2")
    except ImportError as error:
        raise TriggerError(
            "there is no engine to look for triggers with; install one: pip install google-re2"
        ) from error


def _re2_options(re2: Any, *, memory: int) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, whatever they mean
    options.never_capture = True
    options.log_errors = False
    options.max_mem = memory
    return options


def _refuse_oversize(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise TriggerError(f"{len(data)} bytes are too many for one scan; the most is {MOST_BYTES}")


# ---- Vectorscan and its databases -----------------------------------------------------------------------------------


class _Record(Struct, frozen=True):
    """A database as it is stored: a line that names it, a digest, then what Vectorscan wrote.

    Vectorscan's own checksum leaves out the last bytes of a database, hence the digest.
    """

    vectorscan: Any
    key: str

    def read(self, data: bytes | None) -> _Sieve | None:
        """The sieve, or None for bytes that are not exactly what `write` gives here."""
        start = len(self._head(b""))
        if data is None or data[:start] != self._head(data[start:]):
            return None
        scopes, meaning, body = data[start:].split(b"\n", 2)
        try:
            database = self.vectorscan.loadb(body, self.vectorscan.HS_MODE_BLOCK)
        except self.vectorscan.error:
            return None
        groups, certain = json.loads(meaning)
        return _Sieve(database, groups, frozenset(certain), scopes)

    def write(self, sieve: _Sieve) -> bytes:
        meaning = json.dumps([sieve.groups, sorted(sieve.certain)]).encode()
        body = b"\n".join((sieve.scopes, meaning, bytes(self.vectorscan.dumpb(sieve.database))))
        return self._head(body) + body

    def _head(self, body: bytes) -> bytes:
        import hashlib

        return f"guard trigger database {self.key}\n{hashlib.sha256(body).hexdigest()}\n".encode()


_WIDEST_FIRST = (Scope.FILE, Scope.STATEMENT, Scope.ABOVE, Scope.LINE)


@functools.lru_cache(maxsize=4)
def _compiled(vectorscan: Any, triggers: tuple[Trigger, ...]) -> _Sieve:
    """The sieve of some triggers. Kept in this process, too: not every run in it has a store."""
    signs_of: defaultdict[tuple[bytes, int], list[int]] = defaultdict(list)
    wholes: set[tuple[bytes, int]] = set()
    known = _known_signs()
    for number, trigger in enumerate(triggers):
        signs = known.get(digest([trigger])) or computed_signs(trigger)
        for text in signs.texts:
            signs_of[_spelt_out(text.encode("latin-1")), vectorscan.HS_FLAG_CASELESS].append(number)
        if not signs.texts:
            whole = signs.whole.encode(), vectorscan.HS_FLAG_MULTILINE
            signs_of[whole].append(number)
            wholes |= {whole} if signs.certain else set()
    groups = list(dict.fromkeys((tuple(group), sign in wholes) for sign, group in signs_of.items()))
    number_of = {group: number for number, group in enumerate(groups)}
    ids = [number_of[tuple(group), sign in wholes] for sign, group in signs_of.items()]
    try:
        database = _database(vectorscan, list(signs_of), ids)
    except TriggerError:
        for sign, (first, *_) in signs_of.items():
            _compile_alone(vectorscan, sign, triggers[first])
        raise
    return _Sieve(
        database,
        [group for group, _ in groups],
        frozenset(number for number, (_, is_certain) in enumerate(groups) if is_certain),
        b"".join(b"%d" % min((triggers[one].scope for one in group), key=_WIDEST_FIRST.index) for group, _ in groups),
    )


def _compile_alone(vectorscan: Any, sign: tuple[bytes, int], trigger: Trigger) -> None:
    try:
        _database(vectorscan, [sign], [0])
    except TriggerError as error:
        from guards._core.dialect import refusal

        raise refusal(trigger, f"Vectorscan cannot compile it ({error.__cause__})") from error


def _spelt_out(text: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in text)


class Signs(NamedTuple):
    """What is looked for in place of a trigger."""

    texts: Sequence[str]
    """As bytes in Latin-1, whatever their case: a line that is hit holds one of them."""
    whole: str = ""
    """Where there are no such texts: the pattern of a line, or one that matches wherever that does."""
    certain: bool = False
    """It is the pattern itself."""
    pattern: str = ""
    """What the trigger is to every engine."""


def computed_signs(trigger: Trigger) -> Signs:
    """The signs of any trigger; `TriggerError` for one that no engine could look for."""
    from guards._core.dialect import byte_pattern, read, to_line_end, written
    from guards._core.signs import core, signs, starts_anywhere

    node = read(trigger)
    if trigger.scope is Scope.STATEMENT:  # what only looks like one must not count as the last of them
        return Signs((), byte_pattern(trigger), certain=True, pattern=byte_pattern(trigger))
    texts = signs(node)
    if texts is None:
        part = core(node)
        whole = to_line_end(part) if starts_anywhere(part) else written(part)
        return Signs((), whole, part == node, byte_pattern(trigger))
    if len(byte_pattern(trigger)) > _LARGE:
        _re2_engine([trigger])  # to be refused now and not when there is a sign of it
    return Signs(tuple(sorted(text.decode("latin-1") for text in texts)), pattern=byte_pattern(trigger))


def _pattern(trigger: Trigger) -> str:
    known = _known_signs().get(digest([trigger]))
    if known is not None:
        return known.pattern
    from guards._core.dialect import byte_pattern

    return byte_pattern(trigger)


_LARGE = 1000
"""Bytes of a pattern; a smaller one is never too large for RE2."""


@functools.cache
def _known_signs() -> dict[str, Signs]:
    """Those of the guards that come with this package, which would take longer to compute than to compile."""
    with open(os.path.join(os.path.dirname(__file__), "known_signs.json"), encoding="ascii") as file:
        known = json.load(file)
    if known["dialect"] != DIALECT:
        return {}
    return {key: Signs(tuple(texts), *others) for key, (texts, *others) in known["signs"].items()}


def _database(vectorscan: Any, signs: Sequence[tuple[bytes, int]], ids: Sequence[int]) -> Any:
    database = vectorscan.Database(mode=vectorscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[expression for expression, _ in signs], flags=[flags for _, flags in signs], ids=ids
        )
    except vectorscan.ArchitectureError:
        raise
    except vectorscan.error as error:
        raise TriggerError(f"Vectorscan cannot compile {len(signs)} signs together: {error}") from error
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
