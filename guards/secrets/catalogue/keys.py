"""Private keys in any armour, signed tokens, and keys of ledgers."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable
from random import Random

from guards.secrets import checksums
from guards.secrets.catalogue.shapes import (
    BASE58,
    HEX,
    URL_SAFE,
    Alphabet,
    assigned,
    behind,
    in_front,
    in_line,
    one_of,
    prefixed,
)
from guards.secrets.formats import Format

_DASHES = "-" * 5
_ROTATE = "Make a new pair of keys, and remove the public half of this one wherever it is trusted."
_BODY = r"""(?:[0-9A-Za-z+/=\s\\"'`,;:#*|]|-(?!----))"""
"""What stands between the lines of an armour: base64, headers, and what languages need for a string of lines."""


def _armoured(
    slug: str,
    name: str,
    vendor: str,
    label: str,
    labels: str,
    body: str,
    make: Callable[[Random], bytes],
    is_intact: Callable[[str], bool],
    url: str,
    gives: str,
    dashes: str = _DASHES,
    tail: Callable[[bytes], str] | None = None,
) -> Format:
    """A key between two lines. The first line is the pattern, and all of it the value, provided that there is a key."""
    edge = "---- " if dashes != _DASHES else _DASHES

    def block(random: Random, data: bytes) -> str:
        lines = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 64))
        text = f"{edge}BEGIN {label}{edge[::-1]}\n{lines}\n{tail(data) if tail else ''}{edge}END {label}{edge[::-1]}"
        return text if random.random() < 0.7 else text.replace("\n", "\\n")

    def example(random: Random) -> str:
        return block(random, make(random))

    def look_alikes(random: Random) -> tuple[str, ...]:
        whole = block(random, make(random))
        return (
            f"{edge}BEGIN {label}{edge[::-1]}",
            f"{edge}BEGIN {label}{edge[::-1]}\n...\n{edge}END {label}{edge[::-1]}",
            block(random, b"\0" + random.randbytes(120)),
            whole.replace("PRIVATE", "PUBLIC"),
        )

    return Format(
        id=slug,
        name=name,
        vendor=vendor,
        pattern=rf"{edge}BEGIN {labels}{edge[::-1]}",
        block=rf"{edge}BEGIN {labels}{edge[::-1]}{body}{{64,40000}}{edge}END {labels}{edge[::-1]}",
        example=example,
        look_alikes=look_alikes,
        is_intact=is_intact,
        is_checked=True,
        gives=gives,
        rotate=_ROTATE,
        url=url,
        shown=0,
    )


def _integer(random: Random, size: int) -> bytes:
    return checksums.der(2, b"\x01" + random.randbytes(size - 1))


def _rsa(random: Random) -> bytes:
    """Nine integers, as PKCS #1 has them, without the arithmetic between them."""
    sizes = (128, 3, 128, 64, 64, 64, 64, 64)
    return checksums.der(0x30, checksums.der(2, b"\0") + b"".join(_integer(random, size) for size in sizes))


def _encrypted(random: Random) -> bytes:
    return checksums.der(0x30, checksums.der(0x30, random.randbytes(30)) + checksums.der(4, random.randbytes(640)))


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _openssh(random: Random) -> bytes:
    public = _string(b"ssh-ed25519") + _string(random.randbytes(32))
    head = _string(b"none") + _string(b"none") + _string(b"") + (1).to_bytes(4, "big")
    return checksums.OPENSSH + head + _string(public) + _string(random.randbytes(136))


def _pgp(random: Random) -> bytes:
    return b"\x95\x01\x58" + random.randbytes(0x158)


def _ssh2(random: Random) -> bytes:
    return b"\x3f\x6f\xf9\xeb" + random.randbytes(300)


def _armour_checksum(data: bytes) -> str:
    return f"={base64.b64encode(checksums.crc24(data)).decode()}\n"


def _putty(random: Random) -> str:
    lines = textwrap.wrap(base64.b64encode(random.randbytes(108)).decode(), 64)
    public = textwrap.wrap(base64.b64encode(random.randbytes(51)).decode(), 64)
    return "\n".join(
        (
            "PuTTY-User-Key-File-" + "2: ssh-ed25519",
            "Encryption: none",
            "Comment: app",
            f"Public-Lines: {len(public)}",
            *public,
            f"Private-Lines: {len(lines)}",
            *lines,
            f"Private-MAC: {random.randbytes(20).hex()}",
        )
    )


def _jwt(random: Random) -> str:
    parts = (
        b'{"alg":"HS256","typ":"JWT"}',
        b'{"sub":"%d","role":"service"}' % random.randrange(10**9, 10**10),
        random.randbytes(32),
    )
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _jwt_look_alikes(random: Random) -> tuple[str, ...]:
    header, payload, signature = _jwt(random).split(".")
    return (
        f"{header}.{payload}",
        f"{header}.eyJ{'!'}.{signature}",
        f"x{header}.{payload}.{signature}",
        f"eyJ{header[3:-6]}x.{payload[:-7]}.{signature}",
    )


def _der_line(random: Random) -> str:
    return f'key = "{base64.b64encode(_rsa(random)).decode()}"'


def _der_look_alikes(random: Random) -> tuple[str, ...]:
    whole = _der_line(random)
    return (whole[:200] + '"', whole.replace("MII", "MIJ", 1), whole.replace("MII", "AMII", 1))


def _wif(value: str) -> str:
    """Version, 32 bytes, and the mark of a compressed public key."""
    return checksums.base58check(b"\x80" + value.encode().ljust(32, b"\1")[:32] + b"\1")


def _xprv(value: str) -> str:
    return checksums.base58check(bytes.fromhex("0488ade4") + value.encode().ljust(74, b"\1")[:74])


def _macaroon(location: str, prefix: str) -> Callable[[Random], str]:
    """A macaroon with one caveat, as the index hands them out."""

    def example(random: Random) -> str:
        def packet(kind: int, data: bytes) -> bytes:
            size = len(data)
            head = bytes([size]) if size < 0x80 else bytes([size & 0x7F | 0x80, size >> 7])
            return bytes([kind]) + head + data

        caveat = packet(2, b'[3,"%s"]' % random.randbytes(16).hex().encode()) + b"\0"
        data = b"\x02" + packet(1, location.encode()) + packet(2, random.randbytes(20).hex()[:36].encode()) + b"\0"
        data += caveat + b"\0" + packet(6, random.randbytes(32))
        return prefix + base64.urlsafe_b64encode(data).decode().rstrip("=")

    return example


def _pypi(slug: str, name: str, location: str, url: str) -> Format:
    start = base64.b64encode(b"\x02\x01" + bytes([len(location)]) + location.encode()).decode()
    start = start[: (3 + len(location)) * 4 // 3]
    example = _macaroon(location, "pypi-")

    def look_alikes(random: Random) -> tuple[str, ...]:
        whole = example(random)
        return (whole[:60], "x" + whole, whole[:-30], whole.replace("pypi-", "pypi_"))

    return Format(
        id=slug,
        name=name,
        vendor="PyPI",
        pattern=in_front() + f"(?P<secret>pypi-{start}[0-9A-Za-z_-]{{70,900}})" + behind("-"),
        example=example,
        look_alikes=look_alikes,
        is_intact=checksums.is_macaroon,
        is_checked=True,
        gives="Uploads releases of a project, or of all that its owner has.",
        rotate="Remove it under Account settings, API tokens.",
        url=url,
        shown=5,
    )


_LABELS = "(?:(?:RSA|EC|DSA|ANY) )?PRIVATE KEY"

FORMATS = (
    _armoured(
        "private-key",
        "private key in PEM",
        "several",
        "RSA PRIVATE KEY",
        _LABELS,
        _BODY,
        _rsa,
        checksums.is_der_key,
        "https://www.rfc-editor.org/rfc/rfc7468",
        "Signs and decrypts as whoever the public half stands for.",
    ),
    _armoured(
        "encrypted-private-key",
        "encrypted private key in PEM",
        "several",
        "ENCRYPTED PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        _BODY,
        _encrypted,
        checksums.is_der_key,
        "https://www.rfc-editor.org/rfc/rfc5958",
        "Lets somebody guess its passphrase without being noticed.",
    ),
    _armoured(
        "openssh-private-key",
        "OpenSSH private key",
        "OpenSSH",
        "OPENSSH PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        _BODY,
        _openssh,
        checksums.is_openssh,
        "https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key",
        "Signs in wherever the public half is authorised.",
    ),
    _armoured(
        "pgp-private-key",
        "OpenPGP private key",
        "OpenPGP",
        "PGP PRIVATE KEY BLOCK",
        "PGP PRIVATE KEY BLOCK",
        r"(?:[^-]|-(?!----))",
        _pgp,
        checksums.is_pgp,
        "https://www.rfc-editor.org/rfc/rfc9580",
        "Signs and decrypts as its owner, once the passphrase is known.",
        tail=_armour_checksum,
    ),
    _armoured(
        "ssh2-private-key",
        "SSH2 private key",
        "SSH Communications Security",
        "SSH2 ENCRYPTED PRIVATE KEY",
        "SSH2 ENCRYPTED PRIVATE KEY",
        r"(?:[^-]|-(?!---))",
        _ssh2,
        checksums.is_ssh2,
        "https://www.ssh.com/academy/ssh/public-key-authentication",
        "Signs in wherever the public half is authorised.",
        dashes="----",
    ),
    Format(
        id="putty-private-key",
        name="PuTTY private key",
        vendor="PuTTY",
        pattern="PuTTY-User-Key-File-[23]: [0-9a-z-]{4,40}",
        block=r"PuTTY-User-Key-File-[23]: (?:(?!PuTTY-User-Key-File)[\s\S]){100,20000}?Private-MAC: [0-9a-f]{40,64}",
        example=_putty,
        look_alikes=lambda random: (
            "PuTTY-User-Key-File-" + "2: ssh-rsa",
            _putty(random).replace("Private-Lines", "Other-Lines"),
        ),
        is_intact=checksums.is_putty,
        is_checked=True,
        gives="Signs in wherever the public half is authorised.",
        rotate=_ROTATE,
        url="https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html",
        shown=0,
    ),
    Format(
        id="private-key-der",
        name="private key in Base64 without armour",
        vendor="several",
        pattern=in_front("+/")
        + r"(?P<secret>MII[0-9A-Za-z+/]{2}[AQgw]IBA(?:AKB|AKC|DANBgkqhkiG9w0BAQEF)[0-9A-Za-z+/]{250,}={0,2})"
        + behind("+/="),
        example=_der_line,
        look_alikes=_der_look_alikes,
        is_intact=lambda value: checksums.is_der(checksums.from_base64(value) or b""),
        is_checked=True,
        gives="Signs and decrypts as whoever the public half stands for.",
        rotate=_ROTATE,
        url="https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2",
        shown=0,
    ),
    in_line(
        "jwk-private-key",
        "private key as JSON Web Key",
        "several",
        r"\"d\"[ \t]{0,8}:[ \t]{0,8}\"(?P<secret>[0-9A-Za-z_-]{43,700})\"",
        (URL_SAFE(43),),
        ('{"kty":"EC","crv":"P-256","d":"@@"}', '  "d": "@@",'),
        ('"d": "M0 0h24v24H0z"', '"x": "@@"'),
        gives="Signs and decrypts as whoever the public half stands for.",
        rotate=_ROTATE,
        url="https://www.rfc-editor.org/rfc/rfc7517",
    ),
    prefixed(
        "age-secret-key",
        "age secret key",
        "age",
        "AGE-SECRET-KEY-1",
        Alphabet("02-9AC-HJ-NP-Z")(58),
        gives="Decrypts files that were made for its recipient.",
        rotate="Make a new identity, and encrypt the files again.",
        url="https://age-encryption.org/v1",
        is_intact=checksums.is_bech32,
        seal=checksums.sealed_bech32,
    ),
    Format(
        id="jwt",
        name="JSON Web Token",
        vendor="several",
        pattern=in_front("-")
        + r"(?P<secret>eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{20,})"
        + behind("-"),
        example=_jwt,
        look_alikes=_jwt_look_alikes,
        is_intact=checksums.is_jwt,
        is_checked=True,
        gives="Acts as the subject that it names, until it expires.",
        rotate="End the session, or replace the key that signed it.",
        url="https://www.rfc-editor.org/rfc/rfc7519",
        shown=0,
    ),
    # ---- Ledgers ----
    assigned(
        "ethereum-private-key",
        "Ethereum private key",
        "Ethereum",
        ("eth~private_key", "ethereum~key", "wallet~private_key", "deployer~private_key"),
        one_of("", "0x"),
        HEX(64),
        gives="Moves all that an account owns.",
        rotate="Move everything to a new account.",
        url="https://ethereum.org/en/developers/docs/accounts/",
        is_intact=checksums.is_long_number,
    ),
    assigned(
        "bitcoin-private-key",
        "Bitcoin private key in wallet import format",
        "Bitcoin",
        ("bitcoin~key", "btc~key", "wif", "wallet~private_key"),
        Alphabet("5KL")(1),
        BASE58(50, 51),
        gives="Moves all that an address owns.",
        rotate="Move everything to a new address.",
        url="https://en.bitcoin.it/wiki/Wallet_import_format",
        is_intact=checksums.is_base58check,
        seal=_wif,
    ),
    prefixed(
        "bitcoin-extended-key",
        "Bitcoin extended private key",
        "Bitcoin",
        "xprv",
        BASE58(107),
        gives="Moves all that a wallet and its descendants own.",
        rotate="Move everything to a new wallet.",
        url="https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki",
        is_intact=checksums.is_base58check,
        seal=_xprv,
    ),
    assigned(
        "stellar-secret-seed",
        "Stellar secret seed",
        "Stellar",
        ("stellar~secret", "stellar~seed", "secret_seed"),
        "S",
        Alphabet("A-Z2-7")(55),
        gives="Moves all that an account owns.",
        rotate="Move everything to a new account.",
        url="https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md",
        is_intact=checksums.is_stellar_seed,
        seal=lambda value: checksums.stellar_seed(value[:32].encode()),
    ),
    prefixed(
        "nostr-secret-key",
        "Nostr secret key",
        "Nostr",
        "nsec1",
        Alphabet("02-9ac-hj-np-z")(58),
        gives="Posts and reads as its owner.",
        rotate="Make a new identity: a key cannot be changed.",
        url="https://github.com/nostr-protocol/nips/blob/master/19.md",
        is_intact=checksums.is_bech32,
        seal=checksums.sealed_bech32,
    ),
    # ---- Macaroons ----
    _pypi("pypi-token", "PyPI API token", "pypi.org", "https://pypi.org/help/#apitoken"),
    _pypi("testpypi-token", "TestPyPI API token", "test.pypi.org", "https://test.pypi.org/help/#apitoken"),
)
