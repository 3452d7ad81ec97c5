"""Masking: of a secret only its public prefix stays, however the text comes in pieces, and nothing else changes."""

from __future__ import annotations

import base64
import io
import logging
import random
import re
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

import guards
from guards.secrets.catalogue import FORMATS
from guards.secrets.formats import Format, values
from guards.secrets.masking import Masker, MaskingFilter
from tests.guards.secrets.drawn import aws_key_id, password, slack_token, token

ANYWHERE = [form for form in FORMATS if not form.path]
_TAIL = 8
_FRAME = re.compile(r".*PRIVATE KEY|PuTTY-|Comment|Encryption|Public-Lines|Private-|Key-Derivation|Argon2|Proc-")
"""Lines of a key that are no secret."""


def key(label: str = "RSA PRIVATE KEY", lines: int = 12) -> list[str]:
    """The lines of a private key that is none."""
    drawn = Random(f"key {label} {lines}")
    body = base64.b64encode(drawn.randbytes(48 * lines + 7)).decode()
    return [
        f"-----BEGIN {label}-----",
        *(body[start : start + 64] for start in range(0, len(body), 64)),
        f"-----END {label}-----",
    ]


def assert_gone(value: str, shown: int, text: str) -> None:
    """No run of characters of the value is left, beyond its public prefix."""
    secret = value[shown:]
    size = min(_TAIL, len(secret))
    left = [secret[at : at + size] for at in range(len(secret) - size + 1) if secret[at : at + size] in text]
    assert not left


@pytest.mark.parametrize("form", ANYWHERE, ids=lambda form: form.id)
def test_of_every_format_only_the_prefix_stays(form: Format) -> None:
    for seed in range(3):
        example = form.example(Random(f"mask {form.id} {seed}"))
        lines = example.split("\n")
        found = [example[start:end] for start, end in values(form, example, 0, len(lines[0]))]
        text = guards.mask(f"12:00:01 INFO before {example} after\nnext")
        assert text.startswith("12:00:01 INFO before ")
        assert text.endswith("\nnext")
        for value in found:
            for line in value.split("\n"):
                if not _FRAME.match(line):
                    assert_gone(line, form.shown, text)


def test_the_public_prefix_stays_and_tells_what_it_was() -> None:
    assert guards.mask(f"key={aws_key_id()} x") == "key=AKIA**** x"
    assert guards.mask(f"using {slack_token()}.") == "using xoxb-****."


def test_passwords_and_random_values_are_masked_by_their_names() -> None:
    value, chosen = token(1), password(2)
    text = f'client_secret={value}\n{{"password": "{chosen}"}}\npostgres://app:{chosen}@db.internal.net/x'
    masked = guards.mask(text)
    assert_gone(value, 0, masked)
    assert chosen not in masked
    assert masked.startswith("client_secret=****\n")
    assert masked.endswith("@db.internal.net/x")


def test_what_is_encoded_is_masked_as_a_whole() -> None:
    encoded = base64.b64encode(f"aws_access_key_id = {aws_key_id(5)}".encode()).decode()
    assert encoded not in guards.mask(f"data: {encoded}")
    assert_gone(encoded, 0, guards.mask(f"data: {encoded}"))


def test_an_ordinary_log_is_not_changed() -> None:
    text = "2024-01-01 INFO GET /?page=3 200 12ms\nuser=ana id=3f2504e0-4f89-41d3-9a0c-0305e82c3301\n\ttoken: none\r\n"
    assert guards.mask(text) == text


def test_what_is_not_utf8_goes_through_as_it_is_and_hides_nothing() -> None:
    every = bytes(range(256)).replace(b"\n", b"")
    masker = Masker()
    told = masker.feed(every + b" " + aws_key_id().encode() + every + b"\n")
    assert told == every + b" AKIA****" + every + b"\n"


@pytest.mark.parametrize("label", ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])
@pytest.mark.parametrize("prefix", ["", "web_1  | 12:00:01 INFO "])
def test_a_private_key_is_masked_line_by_line(label: str, prefix: str) -> None:
    first, *body, last = key(label)
    masker = Masker()
    told = [masker.feed(f"{prefix}{line}\n".encode()).decode() for line in ("before", first, *body, last, "after")]
    assert (told[0], told[-1]) == (f"{prefix}before\n", f"{prefix}after\n")
    assert all(line.endswith("****\n") for line in told[2:-2])
    for line in body:
        assert_gone(line, 0, "".join(told))


def test_a_private_key_in_one_line_of_json_is_masked_and_stays_json() -> None:
    import json

    text = json.dumps({"key": "\n".join(key()), "cut off": "\n".join(key("PRIVATE KEY")[:5])})
    masked = guards.mask(text)
    for line in [*key()[1:-1], *key("PRIVATE KEY")[1:5]]:
        assert_gone(line, 0, masked)
    assert set(json.loads(masked)) == {"key", "cut off"}


def test_a_key_without_an_end_masks_no_more_than_a_few_lines() -> None:
    lost = [
        *key()[:4],
        *(f"12:00 line {number}" for number in range(9)),
        "commit 3f2504e04f8911d39a0c0305e82c3301aabbccdd",
    ]
    assert guards.mask("\n".join(lost)).endswith(lost[-1])


def test_a_line_that_is_too_long_is_left_out_and_memory_stays_bounded() -> None:
    masker = Masker()
    told = b"".join(masker.feed(b"x" * (1 << 20)) for _ in range(12))
    told += masker.feed(f" {aws_key_id()}\nnext\n".encode()) + masker.end()
    assert told == b"**** (a line of more than 4 MiB)\nnext\n"


_LINES = st.sampled_from(
    [
        *(f"x {aws_key_id(seed)} y" for seed in range(2)),
        f"password = {password(3)}",
        f"Authorization: Bearer {token(7)}",
        *key()[:3],
        key()[-1],
        "ordinary",
        "",
        "caf\u00e9 \udcff\udc80 \N{GRINNING FACE}",
        "\r",
    ]
)


@given(st.lists(_LINES, max_size=12), st.integers())
@settings(max_examples=150, deadline=None)
def test_pieces_give_what_the_whole_gives(lines: list[str], seed: int) -> None:
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    whole = Masker()
    expected = whole.feed(data) + whole.end()
    drawn = random.Random(seed)
    masker, told, at = Masker(), b"", 0
    while at < len(data):
        size = drawn.randrange(1, 40)
        told += masker.feed(data[at : at + size])
        at += size
    assert told + masker.end() == expected
    assert expected.count(b"\n") == data.count(b"\n")


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_masked(text: str) -> None:
    assert guards.mask(text).count("\n") == text.count("\n")


def test_a_logging_filter_masks_messages_arguments_tracebacks_and_stacks() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(MaskingFilter())
    logger = logging.Logger("masked")
    logger.addHandler(handler)
    value = aws_key_id(9)
    logger.warning("with %s", value, stack_info=True)
    try:
        raise ValueError(value)  # noqa: TRY301 - what is raised is what is tested
    except ValueError:
        logger.exception("failed: %(key)s", {"key": value})
    text = stream.getvalue()
    assert_gone(value, 4, text)
    assert text.startswith("with AKIA****\nStack (")
    assert "failed: AKIA****" in text
    assert "ValueError: AKIA****" in text
