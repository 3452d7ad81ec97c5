"""Where detect-secrets 1.5 could find something: a superset of each of its plugins, in the language of triggers.

Its own expressions use look-around and back-references, and it sees some files through a transformer that quotes
values. So there are two kinds. The strict ones hold for lines as its plugins see them, and each names the one plugin
that it stands for. The loose ones hold for the raw text of files that are transformed first.
"""

from __future__ import annotations

from typing import NamedTuple

from guards._core.model import Trigger

_WORDS = (
    *("api_?key", "auth_?key", "service_?key", "account_?key", "db_?key", "database_?key", "priv_?key", "private_?key"),
    *("client_?key", "db_?pass", "database_?pass", "key_?pass", "password", "passwd", "pwd", "secret", "contraseña"),
    "contrasena",
)
_KEYWORD = rf"(?:{'|'.join(_WORDS)})\w*"
_QUOTE = "['\"`]"
_CLOSING = r"[\]'\"]{0,2}"
_ASSIGNED = rf"(?:{_CLOSING}\s*(?::?=|={{1,3}}|!==?|=>)|{_CLOSING}:)\s*"
_NAME_END = r"(?:\"|')?\]? *(?::?=|=>|::?| +) *(?:\"|')?"
"""What may stand between a name and a value in detect-secrets' own notion of an assignment."""
_RESERVED = r":/?#\[\]@!$&'()*+,;=\s"
_BASE64 = r"[A-Za-z0-9+/\\\-_=]"

CONFIGURATION = frozenset(
    {".yaml", ".yml", ".eyaml", ".cnf", ".conf", ".cfg", ".cf", ".ini", ".properties", ".toml", ".go"}
)
"""Suffixes of files in which a keyword's value needs no quotes."""


class Strict(NamedTuple):
    """A trigger for lines as a plugin sees them."""

    plugin: str
    trigger: Trigger
    unquoted: bool = False
    """Only for files in which values need no quotes."""


def _of(plugin: str, pattern: str, *, caseless: bool = False, unquoted: bool = False) -> Strict:
    return Strict(plugin, Trigger(pattern, caseless=caseless), unquoted)


STRICT: tuple[Strict, ...] = (
    _of("ArtifactoryDetector", r"(?:^|[\s=:\"])AKC[a-zA-Z0-9]{10}"),
    _of("ArtifactoryDetector", r"(?:^|[\s=:\"])AP[\dA-F][a-zA-Z0-9]{8}"),
    _of("AWSKeyDetector", r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}"),
    _of("AWSKeyDetector", r"aws.*(?:key|pw|pass|token).*['\"][0-9a-zA-Z/+]{40}['\"]", caseless=True),
    _of("AzureStorageKeyDetector", r"AccountKey=[a-zA-Z0-9+/=]{88}"),
    _of("BasicAuthDetector", rf"://[^{_RESERVED}]+:[^{_RESERVED}]+@"),
    _of(
        "CloudantDetector",
        rf"(?:cloudant|cl|clou)[_-]?(?:api)?(?:key|pwd|pw|password|pass|token){_NAME_END}(?:[0-9a-f]{{64}}|[a-z]{{24}})",
        caseless=True,
    ),
    _of(
        "CloudantDetector",
        r"https?://[\w\-]+:(?:[0-9a-f]{64}|[a-z]{24})@[\w\-]+\.cloudant\.com",
        caseless=True,
    ),
    _of("DiscordBotTokenDetector", r"[MNO][a-zA-Z\d_-]{23,25}\.[a-zA-Z\d_-]{6}\.[a-zA-Z\d_-]{27}"),
    _of("GitHubTokenDetector", r"gh[pousr]_[A-Za-z0-9_]{36}"),
    _of("GitLabTokenDetector", r"(?:glpat|gldt|glft|glsoat|glrt|glcbt|glimt|glptt|glagent|gloas)-[A-Za-z0-9_\-]{20}"),
    _of("GitLabTokenDetector", r"GR1348941[A-Za-z0-9_\-]{20}"),
    _of("Base64HighEntropyString", rf"['\"]{_BASE64}{{23,}}['\"]"),
    _of("HexHighEntropyString", r"['\"][0-9a-fA-F]{9,}['\"]"),
    _of("IbmCloudIamDetector", rf"(?:key|pwd|password|pass|token){_NAME_END}[a-zA-Z0-9_\-]{{44}}", caseless=True),
    _of("IbmCosHmacDetector", rf"secret[-_]?(?:access)?[-_]?key{_NAME_END}[a-f0-9]{{48}}", caseless=True),
    _of("JwtTokenDetector", r"eyJ[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+"),
    _of("KeywordDetector", rf"{_KEYWORD}{_ASSIGNED}{_QUOTE}\w", caseless=True),
    _of("KeywordDetector", rf"{_KEYWORD}{_ASSIGNED}\w", caseless=True, unquoted=True),
    _of("KeywordDetector", rf"{_KEYWORD}(?:\[[0-9]*\])?\s*[!=]{{1,2}}\s*@?\"\w", caseless=True),
    _of("KeywordDetector", rf"{_KEYWORD}(?:.assign)?\(\"\w", caseless=True),
    _of("KeywordDetector", rf"{_QUOTE}\s*[!=]{{2,3}}\s*\w*{_KEYWORD}"),
    _of("KeywordDetector", rf"{_KEYWORD}\S{{0,50}}\s*{_QUOTE}\w.*{_QUOTE};", caseless=True),
    _of("MailchimpDetector", r"[0-9a-z]{32}-us[0-9]"),
    _of("NpmDetector", r"//.+/:_authToken=\s*(?:npm_|[A-Fa-f0-9-]{36})"),
    _of("OpenAIDetector", r"sk-[A-Za-z0-9_-]*[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    _of("PrivateKeyDetector", r"BEGIN (?:(?:DSA|EC|OPENSSH|PGP|RSA|SSH2 ENCRYPTED) )?PRIVATE KEY"),
    _of("PrivateKeyDetector", r"PuTTY-User-Key-File-2"),
    _of("PypiTokenDetector", r"pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{70}"),
    _of("SendGridDetector", r"SG\.[a-zA-Z0-9_-]{22}\.[a-zA-Z0-9_-]{43}"),
    _of("SlackDetector", r"xox[abposr]-\d+-[\da-z]", caseless=True),
    _of("SlackDetector", r"https://hooks\.slack\.com/services/T\w+/B\w+/\w", caseless=True),
    _of(
        "SoftlayerDetector",
        rf"(?:softlayer|sl)[_-]?(?:api)?[_-]?(?:key|pwd|password|pass|token){_NAME_END}[a-z0-9]{{64}}",
        caseless=True,
    ),
    _of("SoftlayerDetector", r"https?://api.softlayer.com/soap/v3(?:.1)?/[a-z0-9]{64}", caseless=True),
    _of("SquareOAuthDetector", r"sq0csp-[0-9A-Za-z\\\-_]{43}"),
    _of("StripeDetector", r"[rs]k_live_[0-9a-zA-Z]{24}"),
    _of("TelegramBotTokenDetector", r"\d{8}:[0-9A-Za-z_-]{35}"),
    _of("TwilioKeyDetector", r"(?:AC|SK)[a-z0-9]{32}"),
)

UNABLE = frozenset({"IPPublicDetector"})
"""It only finds what has no letter in it, and a filter of detect-secrets drops what has no letter in it."""

LOOSE: tuple[Trigger, ...] = (
    Trigger(rf"{_BASE64}{{22}}"),
    Trigger(r"[0-9a-fA-F]{9}"),
    Trigger(f"(?:{'|'.join(_WORDS)})", caseless=True),
    Trigger(rf"://[^{_RESERVED}]+:[^{_RESERVED}]+@"),
    Trigger(r"(?:AKC|AP[\dA-F])[a-zA-Z0-9]{8}"),
    Trigger(r"xox[abposr]-\d", caseless=True),
    Trigger(r"eyJ[A-Za-z0-9_=-]+\."),
    Trigger(r"A[A-Z3][A-Z0-9]{18}"),
    Trigger(r"hooks\.slack\.com", caseless=True),
    Trigger("_authToken", literal=True),
    Trigger("PRIVATE", literal=True),
    Trigger("PuTTY-User-Key-File-2", literal=True),
    Trigger("binary", literal=True),
    Trigger("\\", literal=True),
)
"""For raw text. A backslash or `binary` may spell anything in YAML; what is not listed has a run of 22 characters."""

TRIGGERS: tuple[Trigger, ...] = (*(strict.trigger for strict in STRICT), *LOOSE)
