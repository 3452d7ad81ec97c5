"""Every format finds its own values and nothing else, in each engine, in any text, in linear time."""

from __future__ import annotations

import base64
import re
import string
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from guards._core.dialect import check
from guards._core.model import Trigger
from guards._core.triggers import Engine, engine_for
from guards.secrets.catalogue import FORMATS
from guards.secrets.detectors import article
from guards.secrets.formats import Format, values

ROOT = Path(__file__).parents[3]
SEEDS = range(6)
BY_ID = {entry.id: entry for entry in FORMATS}
TRIGGERS = [Trigger(entry.pattern) for entry in FORMATS]
ANCHORED = [entry for entry in FORMATS if entry.pattern.startswith("^")]

CHECKED = {
    "age-secret-key", "bitcoin-extended-key", "bitcoin-private-key", "confluent-secret", "github-installation-token",
    "github-oauth-token", "github-personal-token", "github-refresh-token", "github-user-token", "gitlab-routable-token",
    "grafana-service-token", "nostr-secret-key", "npm-token", "pgp-private-key", "stellar-secret-seed",
    "vercel-api-key", "vercel-app-token", "vercel-integration-token", "vercel-personal-token", "vercel-refresh-token",
}  # fmt: skip
"""The formats with a checksum over the whole of the value."""

OVERLAPS = {
    ("google-chat-webhook", "google-api-key"): "the address of a webhook holds an API key of its own",
    ("jdbc-password", "ado-net-password"): "the JDBC driver of SQL Server writes its properties as ADO.NET does",
}
"""Pairs of which the second is found in examples of the first, and why."""

each = pytest.mark.parametrize("entry", FORMATS, ids=lambda entry: entry.id)


def found(entry: Format, text: str) -> list[str]:
    """All values in a text, line by line, as a scan finds them."""
    return [text[start:end] for at, line in lines_of(text) for start, end in values(entry, text, at, at + len(line))]


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.split("\n"):
        yield at, line
        at += len(line) + 1


def intact(entry: Format, value: str) -> bool:
    return entry.is_intact is None or entry.is_intact(value)


# ---- What an entry says ----------------------------------------------------------------------------------------------


def test_ids_are_sorted_unique_and_in_kebab_case() -> None:
    ids = [entry.id for entry in FORMATS]
    assert ids == sorted(set(ids))
    assert [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_the_catalogue_is_as_large_as_it_claims() -> None:
    assert len(FORMATS) >= 200


@each
def test_texts_are_sentences_and_the_page_is_an_address(entry: Format) -> None:
    assert re.fullmatch(r"[A-Z][^\n]+[^\s.]\.", entry.gives)
    assert re.fullmatch(r"[A-Z][^\n]+[^\s.]\.", entry.rotate)
    assert not entry.name.endswith(".")
    assert entry.vendor
    assert re.fullmatch(r"https://[a-z0-9.-]+/[^\s]*", entry.url)


@each
def test_what_a_masked_value_shows_is_public(entry: Format) -> None:
    """The same few beginnings for any number of values: nothing of what was drawn."""
    beginnings = {found(entry, entry.example(Random(seed)))[0][: entry.shown] for seed in range(60)}
    assert len(beginnings) <= 5
    assert all(
        len(found(entry, entry.example(Random(seed)))[0]) >= 2 * entry.shown or entry.shown < 14 for seed in SEEDS
    )


# ---- What a pattern finds --------------------------------------------------------------------------------------------


@each
def test_an_example_is_found_whole_and_intact(entry: Format) -> None:
    for seed in SEEDS:
        example = entry.example(Random(seed))
        assert example == entry.example(Random(seed)), "the same seed gives the same example"
        (value,) = found(entry, example)
        assert intact(entry, value)
        assert len(value) >= 4
    assert len({entry.example(Random(seed)) for seed in SEEDS}) == len(SEEDS)


@each
def test_a_look_alike_is_not_found_or_not_intact(entry: Format) -> None:
    for seed in SEEDS:
        others = entry.look_alikes(Random(seed))
        assert others
        assert [other for other in others for value in found(entry, other) if intact(entry, value)] == []


@each
def test_a_value_begins_where_it_begins(entry: Format) -> None:
    """With one more character in front it is another thing. Armour and whole lines are exempt, and what XML holds."""
    if entry.block or entry in ANCHORED or "<" in entry.example(Random(0)):
        pytest.skip("it has no such neighbour")
    for seed in SEEDS:
        example = entry.example(Random(seed))
        (value,) = found(entry, example)
        assert value not in found(entry, example.replace(value, "0" + value))


@pytest.mark.parametrize("entry", [BY_ID[name] for name in sorted(CHECKED)], ids=lambda entry: entry.id)
def test_one_changed_character_breaks_a_checksum(entry: Format) -> None:
    random = Random(1)
    (value,) = found(entry, entry.example(random))
    places = [at for at in range(entry.shown or 1, len(value)) if value[at].isalnum()]
    if entry.block:
        first, last = value.index("\n"), value.rindex("=")  # the body, up to the checksum behind it
        places = [at for at in places if first < at < last - 4] if "\\n" not in value else []
        places = [at for at in places if "-----" not in value[max(at - 5, 0) : at + 5]]
    assert places
    for at in random.sample(places, 20):
        other = random.choice([char for char in string.ascii_letters + string.digits if char != value[at]])
        assert not intact(entry, value[:at] + other + value[at + 1 :]), f"character {at}"


def test_values_that_share_a_neighbour_are_all_found() -> None:
    entry = BY_ID["linear-key"]
    tokens = [entry.example(Random(seed)) for seed in range(3)]
    assert found(entry, ",".join(tokens)) == tokens
    assert found(entry, "\r\n".join(tokens) + "\r\n") == tokens


def test_a_key_is_found_only_with_what_belongs_to_it() -> None:
    entry = BY_ID["private-key"]
    key = entry.example(Random(2))
    assert found(entry, f"a\n{key}\nb\n{key}") == [key, key]
    assert found(entry, key.split("-----END")[0]) == []


PLACES = {
    "pypirc-password": (".pypirc", "pypirc.py"),
    "npmrc-password": ("web/.npmrc", "x.npmrc"),
    "netrc-password": ("home/_netrc", "netrc"),
    "docker-auth": (".docker/config.json", "app/config.yaml"),
    "kubernetes-token": (".kube/config", "kube.py"),
    "pgpass-password": (".pgpass", "pgpass"),
    "rails-master-key": ("config/credentials/production.key", "tls.key"),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_format_of_one_kind_of_file_asks_for_its_path(name: str) -> None:
    here, elsewhere = PLACES[name]
    assert (BY_ID[name].found_at(here), BY_ID[name].found_at(elsewhere)) == (True, False)


# ---- All formats beside each other -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vectorscan() -> Engine:
    engine = engine_for(TRIGGERS, None)
    assert engine.name == "vectorscan"
    return engine


def test_no_example_is_reported_as_something_else(vectorscan: Engine) -> None:
    others = set()
    for entry in FORMATS:
        for seed in SEEDS:
            text = entry.example(Random(seed))
            for number in vectorscan.lines(text.encode()):
                other = FORMATS[number]
                if other is not entry and not other.path and not entry.path and found(other, text):
                    others.add((entry.id, other.id))
    assert others == set(OVERLAPS)


def test_both_engines_hit_the_lines_that_re_finds(vectorscan: Engine) -> None:
    re2 = engine_for(TRIGGERS, None, wait=False)
    assert re2.name == "re2"
    random = Random(7)
    lines = [line for entry in FORMATS for line in (entry.example(random), *entry.look_alikes(random))]
    text = "\n".join(lines)
    expected: dict[int, tuple[int, ...]] = {}
    for number, entry in enumerate(FORMATS):
        pattern = re.compile(entry.pattern)
        expected[number] = tuple(len(text[:at].encode()) for at, line in lines_of(text) if pattern.search(line))
    hits = vectorscan.lines(text.encode())
    assert hits == re2.lines(text.encode())
    for number, starts in expected.items():
        assert set(starts) <= set(hits.get(number, ())), FORMATS[number].id


@each
def test_a_pattern_is_of_the_dialect(entry: Format) -> None:
    check(Trigger(entry.pattern))


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30)
EDGE = st.sampled_from([" ", "\t", " = ", ", ", " ; ", "( "])


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FORMATS), st.integers(0, 10**6), TEXT, EDGE, EDGE, TEXT)
def test_text_around_a_value_does_not_hide_it(
    vectorscan: Engine, entry: Format, seed: int, before: str, left: str, right: str, after: str
) -> None:
    example = entry.example(Random(seed))
    (value,) = found(entry, example)
    text = example if entry in ANCHORED else f"{before}{left}{example}{right}{after}"
    text = f"{before}\n{text}\n{after}"
    assert value in found(entry, text)
    start = text.index(value[: 1 + value.find("\n")] if "\n" in value else value)
    line = len(text[: text.rindex("\n", 0, start) + 1].encode())
    assert line in vectorscan.lines(text.encode())[FORMATS.index(entry)]


WORDS = ("token", "secret", "key", "password", "api", "aws", "github", "auth", "client", "id", "sk", "live", "the")
NOISE: dict[str, Callable[[Random], str]] = {
    "base64": lambda random: base64.b64encode(random.randbytes(300_000)).decode(),
    "base64 in lines": lambda random: base64.encodebytes(random.randbytes(300_000)).decode(),
    "hex": lambda random: random.randbytes(200_000).hex(),
    "digests": lambda random: "\n".join(
        f"sha256:{random.randbytes(32).hex()}  {random.randbytes(20).hex()}" for _ in range(3000)
    ),
    "names": lambda random: " ".join("_".join(random.choices(WORDS, k=3)) for _ in range(30_000)),
    "assignments": lambda random: "\n".join(
        f"{'_'.join(random.choices(WORDS, k=3))} = {random.choice(WORDS)}" for _ in range(9000)
    ),
}


@pytest.mark.parametrize("kind", NOISE)
def test_noise_holds_no_value(vectorscan: Engine, kind: str) -> None:
    text = NOISE[kind](Random(11))
    hits = vectorscan.lines(text.encode())
    assert {FORMATS[number].id for number in hits if not FORMATS[number].path} == set()


def test_this_repository_holds_no_value(vectorscan: Engine) -> None:
    """So no literal in code, tests or pages is taken for a credential, be it in the catalogue itself.

    What is not intact is a placeholder: tests of other guards hold keys that consist of zeros.
    """
    names = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    seen = []
    for name in filter(None, names):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        text = data.decode("latin-1")
        for number, starts in vectorscan.lines(data).items():
            entry = FORMATS[number]
            ends = [text.find("\n", start) for start in starts]
            for start, end in zip(starts, ends, strict=True):
                spans = values(entry, text, start, end if end >= 0 else len(text))
                seen += [(name, entry.id) for a, b in spans if entry.found_at(name) and intact(entry, text[a:b])]
    assert seen == []


# ---- Hostile lines ---------------------------------------------------------------------------------------------------


def hostile(entry: Format, size: int) -> Iterator[str]:
    """Long lines that begin a match over and over."""
    example = entry.example(Random(0)).replace("\n", " ")
    whole = re.search(entry.pattern, entry.example(Random(0)).split("\n")[0])
    assert whole is not None
    for piece in (
        example,
        example[:-1],
        example[: len(example) // 2],
        example[:6],
        whole[0][:-2] + "\u00a4",
        example + " ",
    ):
        yield (piece * (size // len(piece) + 1))[:size]


@each
def test_a_hostile_line_takes_linear_time(entry: Format) -> None:
    """200 KB in less than two seconds: what is quadratic takes minutes for that."""
    for line in hostile(entry, 200_000):
        begin = time.process_time()
        found(entry, line)
        assert time.process_time() - begin < 2


# ---- Words ----------------------------------------------------------------------------------------------------------

ORDINARY = {"database", "encrypted", "generated", "key", "password", "secret", "token", "web"}


@each
def test_a_name_goes_on_a_sentence_and_what_to_do_is_one(entry: Format) -> None:
    first = entry.name.split()[0]
    assert first.lower() not in ORDINARY or first.islower()
    for sentence in (entry.gives, entry.rotate):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert ".." not in sentence
    assert entry.url.startswith("https://")


@pytest.mark.parametrize(
    "said",
    """
    an AWS access key id|an X bearer token|an HCP Terraform API token|an OpenAI key|an age secret key|an npm token
    |an NVIDIA API key|an xAI API key|an SSH2 private key|an s3cmd secret key|an Upstash REST token|an MSK key
    |a URL|a JSON Web Token|a private key in PEM|a GitHub token|a user key|a 1Password key|a .npmrc token|a Heroku key
    """.replace("\n", "").strip().split("|"),
)  # fmt: skip
def test_articles_are_those_that_people_say(said: str) -> None:
    name = said.partition(" ")[2].strip()
    assert f"{article(name)} {name}" == said.strip()
