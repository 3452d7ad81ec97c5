"""Which commands of a shell send requests, and where to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from guards._code.positions import Positions
from guards._code.syntax.shell import Command, Script
from guards._code.syntax.values import Text, Value, known, parts_of
from guards.no_direct_http.calls import Sent
from guards.no_direct_http.hosts import Parts

_RUNNERS: Mapping[str, frozenset[str]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-T"}),
    "doas": frozenset({"-u"}),
    "env": frozenset({"-u", "-C", "-S"}),
    "timeout": frozenset({"-s", "-k", "--signal", "--kill-after"}),
    "xargs": frozenset({"-I", "-n", "-P", "-L", "-d", "-s", "-a", "-E"}),
    "nice": frozenset({"-n"}),
    "retry": frozenset({"-t", "-d", "-m"}),
    **dict.fromkeys(("exec", "command", "time", "nohup", "builtin", "then", "!", "if", "while", "until", "watch"),
                    frozenset[str]()),
}  # fmt: skip
"""Programs that run the command behind them, with their options that take a value."""
_CURL = frozenset({
    "-A", "-b", "-c", "-C", "-d", "-D", "-e", "-E", "-F", "-h", "-H", "-K", "-m", "-o", "-P", "-Q", "-r", "-t", "-T",
    "-u", "-U", "-w", "-x", "-X", "-y", "-Y", "-z", "--abstract-unix-socket", "--cacert", "--capath", "--cert",
    "--cert-type", "--ciphers", "--config", "--connect-timeout", "--connect-to", "--cookie", "--cookie-jar",
    "--create-file-mode", "--crlfile", "--data", "--data-ascii", "--data-binary", "--data-raw", "--data-urlencode",
    "--dump-header", "--form", "--form-string", "--header", "--interface", "--json", "--key", "--key-type",
    "--limit-rate", "--local-port", "--max-filesize", "--max-redirs", "--max-time", "--netrc-file", "--noproxy",
    "--output", "--output-dir", "--pass", "--pinnedpubkey", "--preproxy", "--proto", "--proxy", "--proxy-header",
    "--proxy-user", "--range", "--referer", "--request", "--request-target", "--resolve", "--retry", "--retry-delay",
    "--retry-max-time", "--socks5", "--socks5-hostname", "--speed-limit", "--speed-time", "--stderr", "--time-cond",
    "--tls-max", "--trace", "--trace-ascii", "--unix-socket", "--upload-file", "--url-query", "--user", "--user-agent",
    "--variable", "--write-out",
})  # fmt: skip
_WGET = frozenset({
    "-a", "-A", "-B", "-D", "-e", "-i", "-I", "-l", "-o", "-O", "-P", "-Q", "-R", "-t", "-T", "-U", "-w", "-X",
    "--body-data", "--body-file", "--ca-certificate", "--certificate", "--connect-timeout", "--header",
    "--http-password", "--http-user", "--limit-rate", "--method", "--output-document", "--output-file", "--password",
    "--post-data", "--post-file", "--referer", "--timeout", "--tries", "--user", "--user-agent", "--wait",
    "--waitretry", "--directory-prefix", "--load-cookies", "--save-cookies", "--read-timeout", "--dns-timeout",
})  # fmt: skip
_ARIA = frozenset({"-d", "-o", "-i", "-j", "-s", "-x", "-k", "--dir", "--out", "--header", "--split", "--user-agent"})
_HTTPIE = frozenset({
    "-a", "-A", "-o", "-p", "-P", "-s", "--auth", "--auth-type", "--output", "--print", "--session", "--timeout",
    "--session-read-only", "--proxy", "--verify", "--cert", "--cert-key", "--pretty", "--style", "--max-redirects",
    "--boundary", "--format-options",
})  # fmt: skip
_PROGRAMS = {
    "curl": _CURL, "wget": _WGET, "wget2": _WGET, "aria2c": _ARIA, "http": _HTTPIE, "https": _HTTPIE, "xh": _HTTPIE,
    "xhs": _HTTPIE, "httpie": _HTTPIE, "curlie": _HTTPIE,
}  # fmt: skip
_ONE_ADDRESS = frozenset({"http", "https", "xh", "xhs", "httpie", "curlie"})
_METHOD = re.compile(r"[A-Z]{3,10}|get|post|put|patch|delete|head|options")
_TCP = re.compile(r"/dev/(?:tcp|udp)/")
_LONG_CURL = ("--url",)


def sent(script: Script, positions: Positions) -> Iterator[Sent]:
    """The commands that send."""
    for command in script.commands:
        found = tuple(dict.fromkeys(_addresses(command)))
        if found:
            yield Sent(
                _program(command.words)[0] or "/dev/tcp",
                positions.span(command.start, command.end),
                command.symbol,
                found,
            )


def _program(words: Sequence[Value]) -> tuple[str, Sequence[Value]]:
    """The program that sends, with its arguments; nothing for any other command."""
    at = 0
    while at < len(words):
        name = (known(words[at]) or "").rpartition("/")[2]
        if name in _PROGRAMS:
            return name, words[at + 1 :]
        if name not in _RUNNERS:
            return "", ()
        takes_value = _RUNNERS[name]
        at += 1
        while at < len(words):
            word = known(words[at]) or ""
            if not (word.startswith("-") or "=" in word or re.fullmatch(r"[0-9.]+[smhd]?", word)):
                break
            at += 2 if word in takes_value else 1
    return "", ()


def _addresses(command: Command) -> Iterator[Parts]:
    for word in command.words[-1:]:
        parts = parts_of(word[0]) if word else ()
        if parts and isinstance(parts[0], str) and _TCP.match(parts[0]):
            yield _of_tcp(parts)
    name, arguments = _program(command.words)
    if not name:
        return
    for word in _positional(name, arguments):
        for one in word:
            yield from _address(parts_of(one), name)


def _of_tcp(parts: Parts) -> Parts:
    first = _TCP.sub("", str(parts[0]), count=1)
    return ("https://", first, *parts[1:]) if first else ("https://", *parts[1:])


def _positional(name: str, arguments: Sequence[Value]) -> Iterator[Value]:
    """The arguments that are addresses."""
    takes_value, at, is_open = _PROGRAMS[name], 0, True
    while at < len(arguments):
        word = arguments[at]
        text = known(word)
        at += 1
        if text is not None and is_open and text.startswith("-") and text != "-":
            if text == "--":
                is_open = False
            elif text in _LONG_CURL and at < len(arguments):
                yield arguments[at]
                at += 1
            elif text.startswith("--url="):
                yield (Text((text.removeprefix("--url="),)),)
            elif text in takes_value or _ends_with_option(text, takes_value):
                at += 1
            continue
        first = next((part for one in word for part in parts_of(one)[:1]), "")
        if isinstance(first, str) and first.startswith("-") and is_open:
            continue
        if name in _ONE_ADDRESS:
            if text is not None and (_METHOD.fullmatch(text) or text in {"http", "https"}):
                continue
            yield word
            return
        yield word


def _ends_with_option(text: str, takes_value: frozenset[str]) -> bool:
    """Whether of several short options in one word the last takes the word behind it: `-sSLo`."""
    if text.startswith("--") or len(text) < 3:
        return False
    return f"-{text[-1]}" in takes_value and not any(f"-{one}" in takes_value for one in text[1:-1])


def _address(parts: Parts, name: str) -> Iterator[Parts]:
    """A word as an address: without a scheme it begins with the host."""
    whole = "".join(part if isinstance(part, str) else "\0" for part in parts)
    if not whole or whole in {"-", "\\", "."}:
        return
    if "://" in whole or whole.startswith(("\0", "//")):
        yield parts
    elif whole.startswith((":", "/")) and name in _ONE_ADDRESS:
        yield ("https://localhost/",)
    elif isinstance(parts[0], str) and re.match(r"[A-Za-z0-9_*-]+(?:\.|\Z|:|/)", parts[0]):
        yield ("https://", *parts)
