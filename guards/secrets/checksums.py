"""Offline tests of single values: is its checksum right, does its structure parse?

Nothing here asks an issuer. A value that passes is well-formed, which is more than random text is, and less than valid.
The `sealed_…` functions are the other direction: they make the checksum of a value right, for examples.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from zlib import crc32

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def is_drawn(value: str) -> bool:
    """Whether a value can have been drawn at random: chance repeats no character half of the time, counts up no better
    than that, and writes no EXAMPLE.
    """
    pairs = list(pairwise(value))
    steps = sum(ord(b) - ord(a) in (1, 0) or a + b == "90" for a, b in pairs)
    most = max(map(value.count, set(value)), default=0)
    return most * 2 < len(value) and steps * 2 < len(pairs) and "EXAMPLE" not in value.upper()


# ---- CRC32 in several spellings --------------------------------------------------------------------------------------


def base62_crc(value: str) -> str:
    """The CRC32 of a text in six digits of base 62."""
    return _digits(crc32(value.encode()), BASE62, 6)


def _digits(number: int, alphabet: str, width: int = 0) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, len(alphabet))
        digits = alphabet[digit] + digits
    return digits.rjust(width, alphabet[0])


def _underscored(value: str) -> tuple[str, str, str]:
    """Prefix, body, and a checksum of six characters."""
    prefix, _, rest = value.partition("_")
    return prefix, rest[:-6], rest[-6:]


def has_base62_crc(value: str) -> bool:
    """`prefix_`, random characters, and their CRC32 in base 62: GitHub, npm, Vercel."""
    _, body, checksum = _underscored(value)
    return checksum == base62_crc(body)


def sealed_base62_crc(value: str) -> str:
    prefix, body, _ = _underscored(value)
    return f"{prefix}_{body}{base62_crc(body)}"


def has_hex_crc(value: str) -> bool:
    """Everything up to the last `_`, and its CRC32 in hex, the lowest byte first: Grafana."""
    return value == sealed_hex_crc(value)


def sealed_hex_crc(value: str) -> str:
    head = value.rpartition("_")[0]
    return f"{head}_{crc32(head.encode()).to_bytes(4, 'little').hex()}"


def is_routable(value: str) -> bool:
    """GitLab's routable tokens: a payload, its length and a CRC32 of all before it, both in base 36."""
    return value == sealed_routable(value)


def sealed_routable(value: str) -> str:
    payload = value.split(".")[0].partition("-")[2]
    base36 = BASE62[:10] + BASE62[36:]
    head = value[:-9] + _digits(len(payload), base36, 2)
    return head + _digits(crc32(head.encode()), base36, 7)


def has_base64_crc(value: str) -> bool:
    """Confluent: the last six characters are base64 of the CRC32 of what follows the four of the prefix."""
    return value == sealed_base64_crc(value)


def sealed_base64_crc(value: str) -> str:
    checksum = crc32(value[4:-6].encode()).to_bytes(4, "little")
    return value[:-6] + base64.b64encode(checksum).decode()[:6]


# ---- base58, bech32 and the like: keys of ledgers --------------------------------------------------------------------


def is_base58check(value: str) -> bool:
    """A payload and four bytes of its double SHA-256, in base 58."""
    data = _from_base58(value)
    return data is not None and data[-4:] == _double_sha(data[:-4])


def base58check(payload: bytes) -> str:
    data = payload + _double_sha(payload)
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + _digits(int.from_bytes(data, "big"), BASE58)


def _from_base58(value: str) -> bytes | None:
    number = 0
    for char in value:
        digit = BASE58.find(char)
        if digit < 0:
            return None
        number = number * 58 + digit
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _double_sha(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]


def is_bech32(value: str) -> bool:
    """BIP 173: a readable part, `1`, and digits of which the last six are a checksum over both."""
    human, _, digits = value.lower().rpartition("1")
    if value not in (value.lower(), value.upper()) or not human or len(digits) < 6 or set(digits) - set(BECH32):
        return False
    return _polymod([*_expanded(human), *map(BECH32.index, digits)]) == 1


def sealed_bech32(value: str) -> str:
    human, _, digits = value.lower().rpartition("1")
    numbers = list(map(BECH32.index, digits[:-6]))
    rest = _polymod([*_expanded(human), *numbers, 0, 0, 0, 0, 0, 0]) ^ 1
    checksum = "".join(BECH32[(rest >> 5 * (5 - i)) & 31] for i in range(6))
    sealed = f"{human}1{digits[:-6]}{checksum}"
    return sealed.upper() if value.isupper() else sealed


def _expanded(human: str) -> list[int]:
    return [ord(char) >> 5 for char in human] + [0] + [ord(char) & 31 for char in human]


def _polymod(numbers: list[int]) -> int:
    rest = 1
    for number in numbers:
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ number
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            rest ^= generator if top >> i & 1 else 0
    return rest


def is_stellar_seed(value: str) -> bool:
    """A version byte, 32 bytes, and their CRC16 (XMODEM), in base 32."""
    data = _decoded(base64.b32decode, value)
    return (
        data is not None
        and data[:1] == b"\x90"
        and binascii.crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:], "little")
    )


def stellar_seed(payload: bytes) -> str:
    data = b"\x90" + payload
    return base64.b32encode(data + binascii.crc_hqx(data, 0).to_bytes(2, "little")).decode()


# ---- Values that hold something readable -----------------------------------------------------------------------------


def _decoded(decode: Any, value: str | bytes) -> bytes | None:
    try:
        return bytes(decode(value))
    except (ValueError, binascii.Error):
        return None


def from_base64(value: str) -> bytes | None:
    """What base64 of either alphabet, with or without its padding, stands for. None: it is no base64."""
    plain = value.rstrip("=").replace("-", "+").replace("_", "/")
    if len(plain) % 4 == 1 or re.search(r"[^0-9A-Za-z+/]", plain):
        return None
    return _decoded(base64.b64decode, plain + "=" * (-len(plain) % 4))


def _json(value: str) -> Any:
    """The document in base64, or None."""
    try:
        return json.loads(from_base64(value) or b"null")
    except (ValueError, RecursionError):
        return None


def is_jwt(value: str) -> bool:
    """A JOSE header that names an algorithm, and claims, both objects."""
    header, payload, *_ = [*value.split("."), ""]
    first = _json(header)
    return isinstance(first, dict) and "alg" in first and isinstance(_json(payload), dict)


def has_json(value: str) -> bool:
    """A prefix that ends in `_` or `.`, and an object in base64, up to a further `_` or `.`."""
    start = value.find("eyJ")
    return start >= 0 and isinstance(_json(re.split(r"[_.]", value[start:])[0]), dict)


def is_bare_json(value: str) -> bool:
    return isinstance(_json(value), dict)


def has_account(value: str) -> bool:
    """AWS: the first bits of the characters behind the prefix are an account number, which has twelve digits."""
    data = _decoded(base64.b32decode, value[4:].ljust(-(-len(value[4:]) // 8) * 8, "="))
    return data is not None and account_of(data) < 10**12


def account_of(data: bytes) -> int:
    """The account number in the first six bytes of a decoded key id."""
    return (int.from_bytes(data[:6], "big") & 0x7FFFFFFFFF80) >> 7


def is_macaroon(value: str) -> bool:
    """A macaroon of version 2 behind `pypi-`: packets of type, length and data, a signature of 32 bytes at the end."""
    data = from_base64(value.partition("-")[2])
    if data is None or data[:1] != b"\x02":
        return False
    at, last = 1, (0, 0)
    while at < len(data):
        if data[at] == 0:
            at += 1
            continue
        length, start = _varint(data, at + 1)
        last, at = (data[at], length), start + length
    return at == len(data) and last == (6, 32)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(data):
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80 or shift > 28:
            break
    return number, at


def names_user(value: str) -> bool:
    """Base64 of a user and a password with a colon between them."""
    data = (from_base64(value) or b"").rstrip(b"\r\n")
    user, colon, password = data.partition(b":")
    return bool(user and colon and password) and data.isascii() and data.decode().isprintable()


def is_discord(value: str) -> bool:
    """The first part is a number in base64: the bot's user id."""
    number = from_base64(value.split(".")[0])
    return number is not None and number.isdigit()


def is_long_number(value: str) -> bool:
    """A private key of 32 bytes in hex that is a number a curve of 256 bits allows."""
    digits = value.removeprefix("0x")
    return (
        re.fullmatch("[0-9A-Fa-f]{64}", digits) is not None
        and 0 < int(digits, 16) < 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    )


# ---- Armoured keys ---------------------------------------------------------------------------------------------------


_QUOTE = re.compile(r"""(?:\+\s+)?["'`](?:\s+\+)?""")
_HEADER = re.compile(r"""[\s"'`#*]*[A-Z][A-Za-z-]{2,20}: """)


def _unescaped(value: str) -> list[str]:
    """The lines of a value that may stand on one line of code."""
    return value.replace("\\r", "").replace("\\n", "\n").split("\n")


def _body(value: str) -> bytes | None:
    """What stands in base64 between the edges, behind the headers."""
    inner = re.sub(r"-{4,5}[^-\n]+-{4,5}", "\n", "\n".join(_unescaped(value)))
    return from_base64("".join(_encoded(line) for line in inner.split("\n") if not _HEADER.match(line)))


def _encoded(line: str) -> str:
    """The base64 in a line, without the quotes, operators and comments of a string of several lines."""
    plain = _QUOTE.sub(" ", line.partition("#")[0])
    return max(re.findall("[0-9A-Za-z+/]+=*", plain), key=len, default="") if plain.strip(" +") else ""


def is_der_key(value: str) -> bool:
    """PKCS #1, PKCS #8 or SEC 1: one sequence that begins with a version, or with the cipher of what follows."""
    data = _body(value)
    if data is None:
        return False
    if "ENCRYPTED" in value and "Proc-Type" in value:
        return len(data) > 0 and len(data) % 8 == 0
    return is_der(data)


def is_der(data: bytes) -> bool:
    outer = list(_elements(data))
    if [tag for tag, _ in outer] != [0x30]:
        return False
    tags = [tag for tag, _ in _elements(outer[0][1])]
    return (tags[:1] == [0x02] and len(tags) > 1) or tags == [0x30, 0x04]


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and contents of DER, and -1 for what is left when that does not add up."""
    at = 0
    while at < len(data):
        size, start = _size(data, at + 1)
        if size is None or start + size > len(data):
            yield -1, b""
            return
        yield data[at], data[start : start + size]
        at = start + size


def _size(data: bytes, at: int) -> tuple[int | None, int]:
    if at >= len(data):
        return None, at
    if data[at] < 0x80:
        return data[at], at + 1
    width = data[at] & 0x7F
    if not 0 < width <= 4 or at + width >= len(data):
        return None, at
    return int.from_bytes(data[at + 1 : at + 1 + width], "big"), at + 1 + width


def der(tag: int, content: bytes) -> bytes:
    """One element of DER."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + size.to_bytes(width, "big") + content


OPENSSH = b"openssh-key-v1\0"


def is_openssh(value: str) -> bool:
    """The magic word, then cipher, derivation and its options, the number of keys, those, and the private part."""
    data = _body(value)
    if data is None or not data.startswith(OPENSSH):
        return False
    at = len(OPENSSH)
    for _ in range(3):
        at = _past(data, at)
    keys = int.from_bytes(data[at : at + 4], "big")
    at += 4
    for _ in range(min(keys, 100) + 1):
        at = _past(data, at)
    return at == len(data)


def _past(data: bytes, at: int) -> int:
    """The place behind a string that begins with its length."""
    return at + 4 + int.from_bytes(data[at : at + 4], "big")


def is_encrypted_key(value: str) -> bool:
    """Whether the key in an armour is of no use without its passphrase."""
    if value.startswith("PuTTY"):
        return re.search(r"Encryption: none\b", value) is None
    if re.match(r"-+BEGIN OPENSSH", value):
        data = _body(value) or b""
        return data[len(OPENSSH) + 4 :][:4] != b"none" if data.startswith(OPENSSH) else False
    return re.search(r"BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED", value[:200]) is not None


def is_ssh2(value: str) -> bool:
    data = _body(value)
    return data is not None and data[:4] == b"\x3f\x6f\xf9\xeb"


def is_putty(value: str) -> bool:
    """As many private lines as announced, in base64, then a hash of all."""
    lines = list(map(str.strip, _unescaped(value)))
    at = next((i for i, line in enumerate(lines) if re.fullmatch(r"Private-Lines: [0-9]{1,4}", line)), None)
    if at is None:
        return False
    count = int(lines[at].split()[1])
    body = "".join(lines[at + 1 : at + 1 + count])
    return (
        from_base64(body) is not None
        and len(lines) > at + 1 + count
        and lines[at + 1 + count].startswith("Private-MAC:")
    )


def is_pgp(value: str) -> bool:
    """Packets that begin with a secret key, and their CRC24 where it is written."""
    lines = [line.strip(" \t\r\"'`,;") for line in _unescaped(value)]
    body = [line for line in lines if line and not _HEADER.match(line) and not line.startswith("-----")]
    checksum = body.pop()[1:] if body and re.fullmatch("=[0-9A-Za-z+/]{4}", body[-1]) else ""
    data = from_base64("".join(body))
    if not data or _packet(data[0]) not in (5, 7):
        return False
    return not checksum or from_base64(checksum) == crc24(data)


def _packet(first: int) -> int:
    """The kind of an OpenPGP packet, by its first byte."""
    return first & 0x3F if first & 0xC0 == 0xC0 else first >> 2 & 0x0F if first & 0x80 else 0


def crc24(data: bytes) -> bytes:
    """OpenPGP's checksum of an armour."""
    rest = 0xB704CE
    for byte in data:
        rest ^= byte << 16
        for _ in range(8):
            rest <<= 1
            rest ^= 0x1864CFB if rest & 0x1000000 else 0
    return rest.to_bytes(3, "big")
