"""The offline tests agree with published vectors and with the programs that make the real thing."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random
from zlib import crc32

import pytest
from hypothesis import given, strategies as st

from guards.secrets import checksums
from guards.secrets.catalogue import FORMATS

TESTS = [entry.is_intact for entry in FORMATS if entry.is_intact is not None]


# ---- Published vectors -----------------------------------------------------------------------------------------------


def test_crc24_has_the_published_check_value() -> None:
    assert checksums.crc24(b"123456789") == bytes.fromhex("21cf02")


@pytest.mark.parametrize(
    "value", ["A12UEL5L", "a12uel5l", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"]
)
def test_bech32_accepts_the_vectors_of_its_proposal(value: str) -> None:
    assert checksums.is_bech32(value)


@pytest.mark.parametrize("value", ["A12UEL5M", "a12UEL5L", "1pzry9x0s0muk", "x1b4n0q5v", "", "1", "li1dgmt3"])
def test_bech32_refuses_what_its_proposal_refuses(value: str) -> None:
    assert not checksums.is_bech32(value)


def test_base58_of_the_first_block_reward_address() -> None:
    """An address is public, and has the same checksum as a key."""
    address = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
    assert checksums.base58check(b"\0" + bytes.fromhex("62e907b15cbf27d5425399ebf6f0fb50ebb88f18")) == address
    assert not checksums.is_base58check("0OIl")


def test_an_account_number_stands_in_the_first_bits_of_a_key_id() -> None:
    """Forty bits behind the highest one. 609629065308 is the example of who described it first."""
    data = (609629065308 << 7).to_bytes(6, "big") + bytes(4)
    assert checksums.account_of(data) == 609629065308
    code = base64.b32encode(data).decode()
    assert checksums.has_account("AKIA" + code)
    assert not checksums.has_account(
        "AKIA" + base64.b32encode(((10**12 + 1) << 7).to_bytes(6, "big") + bytes(4)).decode()
    )


def test_crc_in_base_62_is_padded_and_covers_the_body_alone() -> None:
    body = "x" * 30
    number, digits = crc32(body.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        digits = checksums.BASE62[rest] + digits
    assert checksums.base62_crc(body) == digits
    assert checksums.has_base62_crc(f"any_{body}{digits}")
    assert checksums.base62_crc("") == "000000"


def test_crc_in_hex_covers_the_prefix_and_begins_with_the_lowest_byte() -> None:
    head = "gl" + "sa_" + "x" * 32
    assert checksums.sealed_hex_crc(head + "_00000000") == f"{head}_{crc32(head.encode()).to_bytes(4, 'little').hex()}"


def test_a_routable_token_says_its_length_and_has_a_crc_of_all_before_it() -> None:
    def base36(number: int) -> str:
        return base36(number // 36) + "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36] if number else ""

    head = "gl" + "pat-" + "x" * 40 + ".01." + base36(40).rjust(2, "0")
    token = head + base36(crc32(head.encode())).rjust(7, "0")
    assert checksums.is_routable(token)
    assert not checksums.is_routable(token.replace("x.01", "y.01"))
    assert not checksums.is_routable(token.replace("xx.01", "x.01"))


def test_stellar_wants_its_version_byte_and_its_crc() -> None:
    seed = checksums.stellar_seed(bytes(32))
    assert (len(seed), seed[0], checksums.is_stellar_seed(seed)) == (56, "S", True)
    assert not checksums.is_stellar_seed(seed[:-1] + ("A" if seed[-1] != "A" else "B"))
    assert not checksums.is_stellar_seed("S")


# ---- Structure -------------------------------------------------------------------------------------------------------


def encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("header", "payload", "is_one"),
    [
        ({"alg": "none"}, {"sub": "1"}, True),
        ({"typ": "JWT"}, {"sub": "1"}, False),
        ([], {"sub": "1"}, False),
        ({"alg": "HS256"}, ["sub"], False),
    ],
)
def test_a_token_names_its_algorithm_and_claims(header: object, payload: object, is_one: bool) -> None:
    assert checksums.is_jwt(f"{encoded(header)}.{encoded(payload)}.c2ln") is is_one


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("user:word", True),
        ("user:", False),
        (":word", False),
        ("user", False),
        ("user:\x01", False),
        ("us:wörd", False),
    ],
)
def test_a_login_has_a_user_and_a_password(text: str, names: bool) -> None:
    assert checksums.names_user(base64.b64encode(text.encode()).decode()) is names


@pytest.mark.parametrize(
    ("value", "drawn"),
    [
        ("x" * 20, False),
        ("ab_" + "X" * 20, False),
        ("0123456789" * 3, False),
        ("abcdefghijklmnopqrstuvwxyz", False),
        ("7f3kEXAMPLE90s8d7f", False),
        ("hunter2-and-more", True),
        ("", False),
    ],
)
def test_a_value_that_nobody_drew(value: str, drawn: bool) -> None:
    assert checksums.is_drawn(value) is drawn


def test_what_was_drawn_passes() -> None:
    random = Random(5)
    alphabets = ("0123456789abcdef", checksums.BASE62, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    values = ["".join(random.choices(alphabet, k=20)) for alphabet in alphabets for _ in range(2000)]
    assert sum(not checksums.is_drawn(value) for value in values) <= 6  # one in a thousand


@given(st.text(max_size=80))
def test_no_test_stumbles_over_any_text(value: str) -> None:
    for test in TESTS:
        assert test(value) in (True, False)


@given(st.text(st.sampled_from("MIIEvAB0+/=-\n\\n:.eyJ_"), max_size=200))
def test_no_test_stumbles_over_what_looks_like_a_value(value: str) -> None:
    for test in TESTS:
        assert test(value) in (True, False)


# ---- Keys that programs made -----------------------------------------------------------------------------------------


def openssl(*arguments: str) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=True).stdout.decode()

    return make


def ssh_keygen(*arguments: str) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        subprocess.run(
            ["ssh-keygen", "-q", "-N", "", "-f", "key", *arguments], cwd=folder, capture_output=True, check=True
        )
        return (folder / "key").read_text()

    return make


KEYS: dict[str, tuple[Callable[[Path], str], Callable[[str], bool]]] = {
    "PKCS 8, RSA": (openssl("genpkey", "-algorithm", "RSA"), checksums.is_der_key),
    "PKCS 8, Ed25519": (openssl("genpkey", "-algorithm", "ED25519"), checksums.is_der_key),
    "PKCS 8, encrypted": (
        openssl("genpkey", "-algorithm", "ED25519", "-aes256", "-pass", "pass:word"),
        checksums.is_der_key,
    ),
    "SEC 1": (openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout"), checksums.is_der_key),
    "OpenSSH, Ed25519": (ssh_keygen("-t", "ed25519"), checksums.is_openssh),
    "OpenSSH, RSA": (ssh_keygen("-t", "rsa", "-b", "2048"), checksums.is_openssh),
    "PEM of ssh-keygen": (ssh_keygen("-t", "rsa", "-b", "2048", "-m", "PEM"), checksums.is_der_key),
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_that_a_program_made_is_intact_in_any_spelling(kind: str, tmp_path: Path) -> None:
    make, is_intact = KEYS[kind]
    try:
        key = make(tmp_path)
    except FileNotFoundError as error:
        pytest.skip(f"no {error.filename} here")
    lines = key.strip().split("\n")
    assert is_intact(key)
    assert is_intact("\\n".join(lines)), "on one line of JSON"
    assert is_intact("\n".join(f'    "{line}\\n" +' for line in lines)), "as strings that are added"
    assert is_intact("\r\n".join(f"  {line}" for line in lines)), "indented, with the line ends of Windows"
    body = len(lines) // 2
    assert not is_intact("\n".join([*lines[:body], *lines[body + 1 :]])), "without a line"
    assert not is_intact(key.replace(lines[1][:12], "AAAAAAAAAAAA"))
