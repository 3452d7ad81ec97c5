"""Every engine gives the answer that Python's `re` gives line by line, and no stored byte is believed."""

from __future__ import annotations

import itertools
import random
import re
import signal
import string
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence

import pytest
from hypothesis import example, given, settings, strategies as st

from guards._core import triggers as trigger_pass
from guards._core.dialect import byte_pattern, check, read, size, to_line_end
from guards._core.errors import TriggerError
from guards._core.model import Trigger
from guards._core.triggers import DIALECT, MOST_BYTES, Engine, check_size, computed_signs, digest, engine_for


class Shelf(dict[str, bytes]):
    """A store in memory. Falsy while it is empty, like many a store."""

    def load(self, key: str) -> bytes | None:
        return self.get(key)

    def save(self, key: str, data: bytes) -> None:
        self[key] = data


def both(triggers: Sequence[Trigger]) -> tuple[Engine, Engine]:
    vectorscan, re2 = engine_for(triggers, None), engine_for(triggers, None, wait=False)
    assert (vectorscan.name, re2.name) == ("vectorscan", "re2")
    return vectorscan, re2


def lines_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for line in data.split(b"\n"):
        yield at, line
        at += len(line) + 1


def by_lines(found: Iterable[tuple[int, int]]) -> dict[int, tuple[int, ...]]:
    hits: dict[int, list[int]] = {}
    for trigger, start in found:
        hits.setdefault(trigger, []).append(start)
    return {trigger: tuple(starts) for trigger, starts in hits.items()}


def with_re_on_bytes(triggers: Sequence[Trigger], data: bytes) -> dict[int, tuple[int, ...]]:
    """What the rewritten patterns find with `re`, in each line by itself."""
    patterns = [re.compile(byte_pattern(trigger).encode(), re.MULTILINE) for trigger in triggers]
    return by_lines((i, at) for i, search in enumerate(patterns) for at, line in lines_of(data) if search.search(line))


def with_re_on_text(triggers: Sequence[Trigger], data: bytes) -> dict[int, tuple[int, ...]]:
    """What the patterns as written find with `re` in the text, in each line by itself, `$` before CRLF, too."""
    return by_lines(
        (i, at)
        for i, trigger in enumerate(triggers)
        for pattern in [as_written(trigger)]
        for at, line in lines_of(data)
        for text in [line.decode("utf-8", "surrogateescape")]
        if pattern.search(text) or pattern.search(text.removesuffix("\r"))
    )


def as_written(trigger: Trigger) -> re.Pattern[str]:
    pattern = re.escape(trigger.pattern) if trigger.literal else trigger.pattern
    return re.compile(pattern, re.IGNORECASE if trigger.caseless else 0)


# ---- Random patterns of the dialect, and texts that have a chance to match them ----

LETTERS = "aAkKsSiI_0 -\u017f\u212a\u0130\u0131éÉ名\U0001f511"
CHARS = st.sampled_from([re.escape(char) for char in LETTERS] + [r"\x00", r"\r", r"\t", r"\v"])
OPEN_AND_NAMED = [
    *(
        ".",
        r"\w",
        r"\W",
        r"\d",
        r"\D",
        r"\s",
        r"\S",
        "[as]",
        "[^as]",
        "[^é]",
        "[a-k]",
        "[^a-k]",
        r"[k\d]",
        r"[^\w-]",
    ),
    *(r"[é-\u0200]", r"[\u0100-\u2fff]", r"[\u1000-\U0001f600]", r"[\r\n]", r"[\x00-\x20]", r"[\ud000-\uffff]"),
]
CLASSES = st.sampled_from(OPEN_AND_NAMED)
REPEATS = st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,3}?", "{2,}", "*?", "{1,9}", "{3,12}", "{0,9}", "{0}"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, REPEATS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        inner.map(lambda part: f"({part})"),
        inner.map(lambda part: f"(?i:{part})"),
        st.tuples(inner, inner).map(r"\b".join),
        inner.map(lambda part: rf"\b{part}"),
        inner.map(lambda part: rf"{part}\b"),
    )


WORDS = ("aksi_", "SKIa", "i0ka", "ass", "\u017fkia")
"""Long enough to be looked for in place of the pattern that they stand in."""
BODIES = st.recursive(
    CHARS | CLASSES | st.sampled_from(WORDS) | st.tuples(CHARS, REPEATS).map("".join), _grown, max_leaves=6
)
PATTERNS = st.one_of(
    BODIES,
    BODIES.map("^{}".format),
    BODIES.map("{}$".format),
    BODIES.map("^{}$".format),
    st.tuples(BODIES, BODIES).map(lambda pair: f"(?:^|a){pair[0]}(?:$|{pair[1]})"),
)


def _accepted(trigger: Trigger) -> bool:
    """In the dialect, and not such nonsense as `a\\ba`, which Vectorscan sees through."""
    try:
        check(trigger)
    except TriggerError:
        return False
    try:
        engine_for([trigger], None)
    except TriggerError as error:
        assert "can never match" in str(error)  # noqa: PT017 - any other refusal is a gap in `check`
        return False
    return True


TRIGGERS = st.one_of(
    st.builds(Trigger, PATTERNS, caseless=st.booleans()),
    st.builds(Trigger, st.text(LETTERS, min_size=1, max_size=4), literal=st.just(True), caseless=st.booleans()),
).filter(_accepted)

PIECES = [char.encode() for char in LETTERS] + [
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\t",
    b"\x0b",
    b"\xff",
    b"\xe5\x90",
    b"\x80",
]
PIECES += [form for word in WORDS for form in (word.encode(), word.swapcase().encode(), word[1:].encode())]
TEXTS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=2), max_size=24).map(b"".join)
ASCII_TEXTS = st.lists(st.sampled_from([piece for piece in PIECES if piece.isascii()]), max_size=24).map(b"".join)


@settings(max_examples=200, deadline=None)
@given(triggers=st.lists(TRIGGERS, min_size=1, max_size=4), texts=st.lists(TEXTS, min_size=1, max_size=8))
def test_the_engines_agree_with_re_on_bytes(triggers: list[Trigger], texts: list[bytes]) -> None:
    vectorscan, re2 = both(triggers)
    for data in texts:
        expected = with_re_on_bytes(triggers, data)
        assert vectorscan.lines(data) == expected
        assert re2.lines(data) == expected


@settings(max_examples=200, deadline=None)
@given(trigger=TRIGGERS, texts=st.lists(TEXTS, min_size=1, max_size=12))
@example(trigger=Trigger(r"\bsecret\b", caseless=True), texts=["x \u017fecret y".encode(), "éSECRETé".encode()])
@example(trigger=Trigger(r"a.{2,9}b"), texts=["a名前b".encode(), b"a\xff\xfeb"])
@example(trigger=Trigger(r"[\udc80-\udcff]x"), texts=[b"\xffx"])
def test_on_any_text_nothing_that_re_finds_is_missed(trigger: Trigger, texts: list[bytes]) -> None:
    engine = engine_for([trigger], None)
    for data in texts:
        missed = set(with_re_on_text([trigger], data).get(0, ())) - set(engine.lines(data).get(0, ()))
        assert not missed


@settings(max_examples=200, deadline=None)
@given(trigger=TRIGGERS, texts=st.lists(ASCII_TEXTS, min_size=1, max_size=12))
def test_on_ascii_text_the_answer_is_exactly_that_of_re(trigger: Trigger, texts: list[bytes]) -> None:
    engine = engine_for([trigger], None)
    for data in texts:
        assert engine.lines(data) == with_re_on_text([trigger], data)


# ---- Every class on every character, every word edge between all neighbours ----

SINGLES = [
    *(bytes([code]) for code in range(0x80) if code != 0x0A),
    *(char.encode() for char in "éÉſKİıµÅ名 \u0085\u00a0\u0660\u2028\ufffd\U0001f511\U0010ffff"),
    *(b"\x80", b"\xff", b"\xe5\x90"),
]


def holds_the_law(triggers: Sequence[Trigger], data: bytes) -> None:
    """Vectorscan and RE2 agree; nothing that `re` finds is missed; lines in ASCII are hit exactly where it finds it."""
    vectorscan, re2 = both(triggers)
    hits = vectorscan.lines(data)
    assert re2.lines(data) == hits
    ascii_lines = {at for at, line in lines_of(data) if line.isascii()}
    for number, starts in with_re_on_text(triggers, data).items():
        assert set(starts) <= set(hits.get(number, ())), triggers[number]
    for number, starts in hits.items():
        exact = set(with_re_on_text([triggers[number]], data).get(0, ()))
        assert set(starts) & ascii_lines <= exact, triggers[number]


@pytest.mark.parametrize("caseless", [False, True])
@pytest.mark.parametrize("times", ["", "{1,9}", "+"])
def test_every_class_means_what_re_means_by_it(caseless: bool, times: str) -> None:
    singles = [re.escape(chr(code)) for code in range(0x80) if code != 0x0A]
    triggers = [Trigger(f"^{part}{times}$", caseless=caseless) for part in [*OPEN_AND_NAMED, *singles]]
    holds_the_law(triggers, b"\n".join(SINGLES))


EDGED = [
    *(
        r"\bk",
        r"s\b",
        r"\bsi\b",
        r"\bkeys?\b",
        r"\bs+\b",
        r"\b(?:key|is)\b",
        r"\b\w+\b",
        r"\b\w{2,9}\b",
    ),
    *(
        r"\b(?:k|é)",
        r"(?:s|é)\b",
        r"-\bs",
        r"s\b-",
        r"\w\b-",
        r"-\b\w",
        r"^\bs",
        r"s\b$",
        r"\b(?:i{0}s)\b",
        r"\bk(?:ey)*\b",
    ),
]


@pytest.mark.parametrize("caseless", [False, True])
def test_a_word_edge_is_never_missed_whatever_stands_beside_it(caseless: bool) -> None:
    around = ["", " ", "-", "x", "_", "é", "名", "\u017f", "\udcff", "\r"]
    words = [
        "k",
        "s",
        "is",
        "key",
        "keys",
        "\u212aeys",
        "key\u017f",
        "\u017fi",
        "é",
        "kkk",
        "-s",
        "s-",
        "S",
        "\u0131\u017f",
    ]
    lines = [f"{before}{word}{after}" for before in around for word in words for after in around]
    triggers = [Trigger(pattern, caseless=caseless) for pattern in EDGED]
    holds_the_law(triggers, "\n".join(lines).encode("utf-8", "surrogateescape"))


# ---- Lines ----


@pytest.mark.parametrize(
    ("pattern", "data", "starts"),
    [
        ("port", b"", ()),
        ("port", b"port", (0,)),
        ("port", b"\nport\n\nport port\n", (1, 7)),
        ("^port$", b"port\r\nport\nport \nport", (0, 6, 17)),
        ("^port$", b"x\rport\ry", ()),
        ("x.port", b"x\rport", (0,)),
        ("a[^b]*c", b"a\nc\nac", (4,)),
        (r"a\s+c", b"a\nc\na c", (4,)),
        (r"\bport\b", b"ports\n\xffport\xff\nport", (6, 13)),
        ("a\0b", b"\0\na\0b\n", (2,)),
    ],
)
def test_a_line_is_what_newlines_cut(pattern: str, data: bytes, starts: tuple[int, ...]) -> None:
    for engine in both([Trigger(pattern)]):
        assert engine.lines(data) == ({0: starts} if starts else {})


@pytest.mark.parametrize("caseless", [False, True])
def test_a_literal_is_taken_at_its_word(caseless: bool) -> None:
    word = string.punctuation + "aé\0"
    for engine in both([Trigger(word, literal=True, caseless=caseless)]):
        assert engine.lines(b"x\n" + word.encode() + b"\n" + word[1:].encode()) == {0: (2,)}


@pytest.mark.parametrize("letters", [string.ascii_letters, string.digits, string.punctuation])
def test_caseless_covers_all_that_re_folds_to_ascii(letters: str) -> None:
    """Every character of Unicode is tried against every ASCII one."""
    others = "".join(map(chr, itertools.chain(range(0x80, 0xD800), range(0xE000, 0x110000))))
    for letter in letters:
        folded = re.findall(re.escape(letter), others, re.IGNORECASE)
        engine = engine_for([Trigger(letter, literal=True, caseless=True)], None)
        assert len(engine.lines("\n".join([*folded, letter.lower(), letter.upper()]).encode())[0]) == len(folded) + 2


def test_a_class_of_named_characters_means_those_alone() -> None:
    """Cut at every length of UTF-8, each character in and next to the range is tried."""
    for low, high in [(0x80, 0x7FF), (0x7FE, 0x801), (0xE9, 0x10FF), (0xFFFF, 0x10000), (0x10FFF, 0x41000)]:
        text = [chr(code) for edge in (low, high) for code in range(edge - 3, edge + 4)]
        inside = [char for char in text if low <= ord(char) <= high]
        pattern = f"^[{chr(low)}-{chr(high)}]$"
        for engine in both([Trigger(pattern)]):
            hits = engine.lines("\n".join(text).encode())[0]
            assert len(hits) == len(inside)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n", b"\n\n"])
def test_no_hit_is_lost_at_the_end_of_the_data(ending: bytes) -> None:
    """Vectorscan 5.4.12 overlooks matches in the last bytes of its buffer, depending on its length."""
    cores = {"(?:k|bcd)a": b"ka", "=$": b"=", "[\"']{1,4}$": b'"', "K[ab]": b"Ka", "[0-9]{1,2}c[a-f]*": b"1cab"}
    for pattern, core in cores.items():
        engine = engine_for([Trigger(pattern)], None)
        for filler, length in itertools.product((b"x", b"k x", b"\n"), range(140)):
            before = (filler * length)[:length]
            data = before + core + ending
            assert engine.lines(data) == {0: (before.rfind(b"\n") + 1,)}, (pattern, data)


# ---- What is refused ----


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?=a)b", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "back-references"),
        ("(a)?(?(1)b|c)", "back-references"),
        ("(?>a)b", "atomic"),
        ("a++b", "possessive"),
        (r"\Aa", "start of the file"),
        (r"a\Z", "end of a line"),
        (r"\Ba", "depends on"),
        (r"\b-", "stand beside"),
        (r"\b", "stand beside"),
        (r"(?:\b|_)a", "stand beside"),
        ("(?s)a", "flags"),
        ("(?a:a)", "flags"),
        ("a^b", "at the start"),
        ("a$b", "at the end"),
        ("(?:a$)+", "at the end"),
        ("", "empty string"),
        ("a*", "empty string"),
        ("^$", "empty string"),
        ("(?:a|)", "empty string"),
        ("a\nb", "line end"),
        (r"[\n]", "line end"),
        ("a{1001}", "copies"),
        ("(?:a{100}){11}", "copies"),
        ("[[a]", "Python cannot read it"),
        ("(", "Python cannot read it"),
        (r"\h", "Python cannot read it"),
        (r"\R", "Python cannot read it"),
        ("(" * 3000 + "a" + ")" * 3000, "Python cannot read it"),
    ],
)
def test_what_engines_read_differently_is_refused_with_its_reason(pattern: str, why: str) -> None:
    with pytest.raises(TriggerError, match=re.escape(why)) as refused:
        check(Trigger(pattern))
    assert repr(pattern) in str(refused.value)
    with pytest.raises(TriggerError, match=re.escape(why)):
        engine_for([Trigger("fine"), Trigger(pattern)], None)


@pytest.mark.parametrize(("pattern", "why"), [("", "empty string"), ("a\nb", "line end")])
def test_a_literal_that_is_no_part_of_a_line_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(TriggerError, match=why):
        check(Trigger(pattern, literal=True))


def test_a_pattern_that_is_too_large_for_the_engine_is_named() -> None:
    large = "(?:" + "|".join(f"k{i}x.{{0,8}}y.{{0,8}}z" for i in range(300)) + "){3}"
    with pytest.raises(TriggerError, match=r"trigger .*k0x.*Vectorscan cannot compile it"):
        engine_for([Trigger("fine"), Trigger(large)], None)
    with pytest.raises(TriggerError, match=r"trigger .*kaleido.*RE2 cannot compile it"):
        engine_for([Trigger("fine"), Trigger(f"kaleido(?:{'|'.join(f'{i}[a-z]' for i in range(990))}){{990}}")], None)


@pytest.mark.parametrize("pattern", ["(?:[0-9]{60}[a-z]?){6}", "(?:[a-c]x[b-d]y){100}", "(?:ab|c[de]f){79}"])
def test_what_is_never_too_large_is_not(pattern: str) -> None:
    """Up to its bound `check_size` asks no engine."""
    assert 300 < size(read(Trigger(pattern))) <= 400
    both([Trigger(pattern)])


@pytest.mark.parametrize("pattern", ["[^a]{300}[^b]{300}[^c]{300}", "(?:[0-9a-zäöü]{100}x){3}"])
def test_what_is_too_large_for_an_engine_is_told_before_it_is_compiled_with_others(pattern: str) -> None:
    check_size(Trigger("[0-9a-z]{900}"))
    with pytest.raises(TriggerError, match="too large"):
        check_size(Trigger(pattern))


def test_a_sign_alone_is_no_hit() -> None:
    """Signs are found whatever their case and whatever stands around them; only the pattern itself makes a hit."""
    triggers = [Trigger(r"(?:^|[^a-z])zebra_[0-9]{4}(?:$|[^0-9])"), Trigger(r"(?i)zebra\w+zoo")]
    data = b"zebra_123\nZEBRA_1234\nazebra_1234\n zebra_1234\nzebra_12345\nZebra's zoo ZEBRA_ZOO\n" + b"zebra_1234" * 3
    for engine in both(triggers):
        assert engine.lines(data) == {0: (33, 79), 1: (57,)} == with_re_on_bytes(triggers, data)


def test_data_that_cannot_be_counted_is_refused_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_BYTES < 2**32
    monkeypatch.setattr(trigger_pass, "MOST_BYTES", 3)
    for engine in both([Trigger("a")]):
        assert engine.lines(b"aaa") == {0: (0,)}
        with pytest.raises(TriggerError, match="4 bytes are too many"):
            engine.lines(b"aaaa")


# ---- Many triggers, many hits, many threads ----


def _many(count: int) -> list[Trigger]:
    kinds = ("w{:03d}", "kék{:03d}=.{{0,40}};", r"\bsik{:03d}\b", "^id{:03d}[^,]+,")
    return [Trigger(kinds[i % len(kinds)].format(i), caseless=i % 3 == 0) for i in range(count)]


def test_six_hundred_triggers_agree() -> None:
    triggers = _many(600)
    samples = [
        kind.format(i)
        for i in range(600)
        for kind in ("w{:03d}", "KéK{:03d}= 名;", "kék{:03d}=;", "\u017f\u0131\u212a{:03d}", " sik{:03d}", "id{:03d}x,")
    ]
    random.Random(7).shuffle(samples)
    data = "\n".join(samples).encode()
    vectorscan, re2 = both(triggers)
    expected = with_re_on_bytes(triggers, data)
    assert len(expected) == 600
    assert vectorscan.lines(data) == expected
    assert re2.lines(data) == expected


def test_a_trigger_that_hits_a_million_times_in_a_line_is_one_hit() -> None:
    """Nothing grows with the matches: their offsets alone would be gigabytes here."""
    triggers = [Trigger("a"), Trigger("[a-z]{3}"), Trigger("a.*b"), *(Trigger("a" * n) for n in range(2, 40))]
    data = b"a" * 1_000_000 + b"\nzzz"
    for engine in both(triggers):
        tracemalloc.start()
        try:
            hits = engine.lines(data)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert hits == {0: (0,), 1: (0, 1_000_001), **dict.fromkeys(range(3, 41), (0,))}
        assert peak < 3 * len(data)


def test_an_engine_serves_several_threads() -> None:
    engine = engine_for([Trigger("a"), Trigger("b$")], None)
    data = b"a\nb\nab\n" * 3000
    expected = engine.lines(data)
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda: answers.extend(engine.lines(data) == expected for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 80


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an interval timer")
def test_what_a_signal_handler_raises_comes_through_and_the_engine_stays_usable() -> None:
    class Alarm(BaseException):
        pass

    def ring(_number: int, _frame: object) -> None:
        raise Alarm

    def scan_for_long() -> None:
        for _ in range(200):
            engine.lines(b"a\n" * 300_000)

    engine = engine_for([Trigger("a")], None)
    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(Alarm):
            scan_for_long()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert engine.lines(b"b\na") == {0: (2,)}


def test_no_triggers_no_hits() -> None:
    engine = engine_for([], Shelf())
    assert (engine.name, engine.lines(b"anything")) == ("none", {})


# ---- Stored databases ----

SOME = (Trigger("port"), Trigger("host$", caseless=True))
DATA = b"port\nlocalHO\xc5\xbfT\n"
HITS = {0: (0,), 1: (5,)}


def test_a_database_is_compiled_once_and_then_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    assert engine_for(SOME, shelf).lines(DATA) == HITS
    assert len(shelf) == 1
    monkeypatch.setattr(trigger_pass, "_compiled", None)  # from here on nothing can be compiled
    for wait in (True, False):
        engine = engine_for(SOME, shelf, wait=wait)
        assert (engine.name, engine.lines(DATA)) == ("vectorscan", HITS)


def test_without_waiting_re2_bridges_the_first_run_and_nothing_is_stored() -> None:
    shelf = Shelf()
    engine = engine_for(SOME, shelf, wait=False)
    assert (engine.name, engine.lines(DATA), shelf) == ("re2", HITS, {})


def _damaged(good: bytes) -> Iterator[bytes]:
    """Cut, grown, blank, and with single bits turned, above all in the header and in the last bytes."""
    yield b""
    yield good[:-1]
    yield good + b"\0"
    yield good[: len(good) // 2]
    yield bytes(len(good))
    chance = random.Random(3)
    places = [
        *range(0, 240, 7),
        *(chance.randrange(len(good)) for _ in range(60)),
        *range(len(good) - 80, len(good), 5),
    ]
    for at in places:
        yield good[:at] + bytes([good[at] ^ 1 << chance.randrange(8)]) + good[at + 1 :]


def test_a_damaged_database_is_compiled_anew_and_replaced() -> None:
    shelf = Shelf()
    engine_for(SOME, shelf)
    ((key, good),) = shelf.items()
    for bad in _damaged(good):
        shelf[key] = bad
        engine = engine_for(SOME, shelf)
        assert (engine.name, engine.lines(DATA)) == ("vectorscan", HITS)
        assert shelf[key].partition(b"\n")[0] == good.partition(b"\n")[0]
        assert shelf[key] != bad


def test_a_database_of_other_triggers_is_not_believed() -> None:
    shelf, others = Shelf(), Shelf()
    engine_for(SOME, shelf)
    engine_for(SOME[::-1], others)
    ((key, _),) = shelf.items()
    ((_, other),) = others.items()
    shelf[key] = other
    assert engine_for(SOME, shelf).lines(DATA) == HITS


def test_what_vectorscan_refuses_to_load_is_compiled_anew() -> None:
    """Stored whole, but by an engine of another version: its own header says so."""
    shelf = Shelf()
    engine_for(SOME, shelf)
    ((key, _),) = shelf.items()
    vectorscan, _version = trigger_pass._vectorscan()
    record = trigger_pass._Record(vectorscan, key)
    scopes, meaning, database = record.write(trigger_pass._compiled(vectorscan, SOME)).split(b"\n", 4)[2:]
    other = database[:4] + bytes([database[4] ^ 1]) + database[5:]  # the version in the header
    body = b"\n".join((scopes, meaning, other))
    shelf[key] = record._head(body) + body
    assert record.read(shelf[key]) is None
    assert engine_for(SOME, shelf).lines(DATA) == HITS
    assert record.read(shelf[key]) is not None


def test_the_digest_tells_trigger_sets_apart() -> None:
    sets: list[list[Trigger]] = [
        [],
        [Trigger("a")],
        [Trigger("a", literal=True)],
        [Trigger("a", caseless=True)],
        [Trigger("a"), Trigger("b")],
        [Trigger("b"), Trigger("a")],
        [Trigger("a0 0 1 b")],
        [Trigger("ab")],
        [Trigger("\ud800")],
    ]
    assert len({digest(triggers) for triggers in sets}) == len(sets)
    assert digest(SOME) == digest(list(SOME))


def test_a_rewrite_that_changes_needs_another_dialect_number() -> None:
    """Stored databases are named after the triggers, not their signs. If this fails: raise DIALECT, then pin anew."""
    import hashlib

    patterns = [
        *(r"\bkeys?\b", r"a.{2,40}b", r"[^\"]+$", r"(?i:s)\w{3}", "[é-ü]|名", r"^\s*\d+\b"),
        *(r"(?:^|,)x(?:$|;)", r"[\w.-]{20,}"),
    ]
    triggers = [Trigger(pattern, caseless=caseless) for pattern in patterns for caseless in (False, True)]
    triggers += [Trigger("a.é", literal=True)]
    rewritten = "\n".join(f"{to_line_end(read(one))} {computed_signs(one)}" for one in triggers).encode()
    assert (DIALECT, hashlib.sha256(rewritten).hexdigest()[:16]) == (3, "50a41cda6e19e628")


# ---- Which engine, and how it is loaded ----


def _in_new_python(code: str) -> str:
    prelude = "from guards._core import triggers as t\nfrom guards._core.model import Trigger\nimport sys\n"
    command = [sys.executable, "-c", prelude + code]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def test_the_extension_is_loaded_without_its_package_which_may_follow() -> None:
    code = """
engine = t.engine_for([Trigger("a")], None)
assert "hyperscan" not in sys.modules
import hyperscan
assert hyperscan.Database is sys.modules["hyperscan._hs_ext"].Database
assert hyperscan.__version__ == engine.version
print(engine.lines(b"a"), t.engine_for([Trigger("b")], None).lines(b"b"))
"""
    assert _in_new_python(code) == "{0: (0,)} {0: (0,)}"


@pytest.mark.parametrize("trouble", ["ImportError", "AttributeError", "OSError", "ValueError"])
def test_where_the_extension_cannot_be_loaded_alone_its_package_is_imported(trouble: str) -> None:
    code = f"""
def broken(): raise {trouble}("not here")
t._extension = broken
engine = t.engine_for([Trigger("a")], None)
package = sys.modules["hyperscan"]
print(engine.name, engine.version == package.__version__, engine.lines(b"a"))
"""
    assert _in_new_python(code) == "vectorscan True {0: (0,)}"


def test_without_hyperscan_re2_takes_over() -> None:
    code = """
sys.modules["hyperscan"] = None
engine = t.engine_for([Trigger("a")], None)
print(engine.name, engine.version != "", engine.lines(b"b\\na"))
"""
    assert _in_new_python(code) == "re2 True {0: (2,)}"


def test_without_any_engine_the_message_says_what_to_install() -> None:
    code = """
sys.modules["hyperscan"] = sys.modules["re2"] = None
try:
    t.engine_for([Trigger("a")], None)
except t.TriggerError as error:
    print(error)
"""
    assert "pip install google-re2" in _in_new_python(code)


def test_on_a_processor_that_vectorscan_does_not_support_re2_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    vectorscan, _ = trigger_pass._vectorscan()

    def refuse(*_: object) -> None:
        raise vectorscan.ArchitectureError("error code -11")

    trigger_pass._compiled.cache_clear()
    monkeypatch.setattr(trigger_pass, "_database", refuse)
    engine = engine_for(SOME, Shelf())
    assert (engine.name, engine.lines(DATA)) == ("re2", HITS)


def test_re2_that_runs_out_of_memory_asks_each_pattern_alone() -> None:
    """A set without memory for its automaton answers "no match" to everything, even to what always matches."""

    class Forgetful:
        def Match(self, _data: bytes) -> None:  # noqa: N802 - the name that the binding gives it
            return None

    engine = engine_for(SOME, None, wait=False)
    assert isinstance(engine, trigger_pass._Re2Engine)
    engine._set = Forgetful()
    assert engine.lines(DATA) == HITS
    assert engine.lines(b"neither\n") == {}
