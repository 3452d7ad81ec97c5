"""The guard in runs: its contract, what other tools miss, tags, identities, and files that are hard to read."""

from __future__ import annotations

import base64
import functools
import json
import os
from random import Random

import pytest

from guards._core.model import Level
from guards._core.report import Report
from guards.secrets import GUARD
from guards.secrets.catalogue import FORMATS
from guards.secrets.identity import digest, masked
from guards.testing import check_guard, run_guard
from guards.testing.examples import Example
from tests.guards.secrets.drawn import aws_key_id, looked, password, reported, rules_in, slack_token, token

_CONFINED = {
    "cargo-credentials": ".cargo/credentials",
    "docker-auth": ".docker/config.json",
    "filezilla-password": "sitemanager.xml",
    "gradle-password": "gradle.properties",
    "kubernetes-token": ".kube/config",
    "maven-password": "settings.xml",
    "my-cnf-password": ".my.cnf",
    "netrc-password": ".netrc",
    "npmrc-password": ".npmrc",
    "pgpass-password": ".pgpass",
    "pypirc-password": ".pypirc",
    "rails-master-key": "config/master.key",
    "rclone-password": "rclone.conf",
    "s3cfg-secret-key": ".s3cfg",
}


def _bad(rule: str, path: str, text: str, **options: object) -> Example:
    return Example(f"bad/{rule}", {path: text.encode()}, findings=({"rule": f"secrets/{rule}"},), options=options)


def _examples() -> list[Example]:
    """A bad example for each rule, drawn now: none of them may lie in a file of the repository."""
    found = [
        _bad(form.id, _CONFINED.get(form.id, "app.conf"), f"{form.example(Random(f'example {form.id}'))}\n")
        for form in FORMATS
    ]
    found += [
        _bad("authorization-header", "app.py", f'headers = {{"Authorization": "Bearer {token(11)}"}}\n'),
        _bad("high-entropy-string", "app.py", f'sign("{token(12)}")\n'),
        _bad("password-assignment", "app.py", f'db_password = "{password(13)}"\n'),
        _bad("secret-assignment", "app.py", f'client_secret = "{token(14)}"\n'),
        _bad("unused-tag", "app.py", "x = 1  # gitleaks" + ":allow\n"),
        _bad("url-credentials", "app.py", f'url = "ldap://app:{token(15)}@ldap.acme.dev"\n'),
        _bad("detect-secrets", "app.py", f'key = "{aws_key_id()}"\n', mode="compat"),
    ]
    rule = '[[rules]]\nid = "acme"\nregex = "acme-[0-9]{8}"\n'
    tree = {"rules.toml": rule.encode(), "app.py": b'x = "acme-12345678"\n'}
    found.append(Example("bad/custom", tree, findings=({"rule": "secrets/custom"},), options={"rules": ["rules.toml"]}))
    return found


def test_contract() -> None:
    check_guard(GUARD, _examples())


def test_every_format_is_reported_in_a_run() -> None:
    """All examples in one repository: each file has a finding of its own format, and no report holds a value."""
    examples = [example for example in _examples() if not example.options]
    tree = {f"{number}/{path}": text for number, one in enumerate(examples) for path, text in one.tree.items()}
    report = run_guard(GUARD, tree)
    found = {(one.path.partition("/")[0], one.rule) for one in report.findings}
    missed = [one.name for number, one in enumerate(examples) if (str(number), one.findings[0]["rule"]) not in found]
    # What two formats share is reported as the one that says more.
    assert len(missed) <= 6, missed
    assert all(any(name == str(number) for name, _ in found) for number in range(len(examples)))
    assert not report.problems


# ---- What other tools pass over -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["swagger/ui.js", "app.lock", "go.sum", "naïve-ключ.py", "a.css", "a.svg", "deep/ly/nested/.hidden/file", "b"],
)
def test_no_path_is_passed_over(path: str) -> None:
    assert reported({path: f'"{slack_token()}"\n'.encode()}) == [("slack-bot-token", path, 1)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_no_encoding_is_passed_over(encoding: str) -> None:
    text = f'# é\nkey = "{slack_token()}"\n# and so on, in plain words\n'
    assert reported({"a.txt": text.encode(encoding)}) == [("slack-bot-token", "a.txt", 2)]


@pytest.mark.parametrize(
    "line",
    [
        'client = boto3.client("s3", aws_access_key_id="{}")',
        'key = os.environ.get("AWS_KEY", "{}")',
        "my_id = '{}'",
        "x" * 2000 + ' "{}"',
    ],
)
def test_calls_ids_and_long_lines_hide_nothing(line: str) -> None:
    assert "aws-access-key-id" in rules_in(line.format(aws_key_id(1)))


def test_other_lines_ends() -> None:
    text = f'a = 1\rkey = "{slack_token()}"\r\nb = 2\r\n'
    assert reported({"a.txt": text.encode()}) == [("slack-bot-token", "a.txt", 1)]


def test_what_was_made_up_is_passed_over() -> None:
    """The examples in manuals: a key of AWS that says so, and a token of nothing but x."""
    assert rules_in('key = "AKIA' + 'IOSFODNN7EXAMPLE"') == []
    assert rules_in('key = "gh' + "p_" + "x" * 36 + '"') == []


# ---- Decoding -------------------------------------------------------------------------------------------------------


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(char):04x}" if char in "-_:/" else char for char in text)


@pytest.mark.parametrize("lead", ["", "k=", "key: "])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_base64_in_layers(lead: str, layers: int) -> None:
    encoded = lead + slack_token(layers)
    for _ in range(layers):
        encoded = base64.b64encode(encoded.encode()).decode()
    assert rules_in(f'data = "{encoded}"') == ["slack-bot-token"]
    assert rules_in(f'data = "{base64.b64encode(encoded.encode()).decode()}"') == (
        [] if layers == 3 else ["slack-bot-token"]
    )


def test_base64_of_utf16() -> None:
    command = base64.b64encode(f"$token = '{slack_token()}'".encode("utf-16-le")).decode()
    assert rules_in(f"powershell -EncodedCommand {command}", "run.cmd") == ["slack-bot-token"]


def test_base64_of_a_file_with_a_password() -> None:
    """Every line of what was decoded counts, and it stands where it was encoded."""
    text = f"[client]\nuser = app\npassword = {password()}\n"
    encoded = base64.b64encode(text.encode()).decode()
    found, _ = looked(f"a: 1\nconfig: {encoded}\n", "secret.yaml")
    assert [(one.accepted.rule, one.span.line, one.span.column, one.via) for one in found] == [
        ("secrets/password-assignment", 2, 9, "Base64")
    ]


def test_url_and_unicode_escapes() -> None:
    value = slack_token()
    assert rules_in(f"https://acme.dev/?next=token%3D{value.replace('-', '%2D')}", "a.txt") == ["slack-bot-token"]
    assert rules_in(f'{{"token": "{_escaped(value)}"}}', "a.json") == ["slack-bot-token"]


def test_private_keys_however_they_are_written() -> None:
    form = next(form for form in FORMATS if form.id == "openssh-private-key")
    key = next(text for seed in range(9) if "\\n" not in (text := form.example(Random(seed))))
    texts = {
        "as it is": key,
        "indented": "key: |\n" + "".join(f"    {line}\n" for line in key.split("\n")),
        "one line": json.dumps({"key": key}),
        "concatenated": " +\n".join(f'  "{line}\\n"' for line in key.split("\n")),
        "in Base64": base64.b64encode(key.encode()).decode(),
        "behind a long line": '{"a": "' + "a b " * 5000 + '", "key": ' + json.dumps(key) + "}",
    }
    missed = [name for name, text in texts.items() if rules_in(text, "app.conf") != ["openssh-private-key"]]
    assert missed == []
    assert rules_in(key.split("\n")[0] + '\\n...")', "app.py") == []


# ---- Tags -----------------------------------------------------------------------------------------------------------

TAGS = (
    "pragma: allowlist secret",
    "pragma: whitelist secret",
    "gitleaks:allow",
    "betterleaks:allow",
    "trufflehog:ignore",
)


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("comment", ["# {}", "// {}", "/* {} */", "<!-- {} -->", "-- {}", "# not real {}"])
def test_tags_cover_their_line_and_no_other(tag: str, comment: str) -> None:
    line = f'key = "{slack_token()}"'
    text = f"{line}  {comment.format(tag)}\n{line}\n"
    assert reported({"a.txt": text.encode()}) == [("slack-bot-token", "a.txt", 2)]


def test_a_tag_for_the_next_line() -> None:
    line = f'key = "{slack_token()}"'
    tag = "# pragma: allowlist nextline secret"
    assert reported({"a.py": f"{tag}\n{line}\n{line}\n".encode()}) == [("slack-bot-token", "a.py", 3)]
    behind = f"{line}  {tag}\n{line}\n"
    assert reported({"a.py": behind.encode()}) == [("slack-bot-token", "a.py", 1), ("slack-bot-token", "a.py", 2)]


@pytest.mark.parametrize("tag", [*TAGS, "pragma: allowlist nextline secret"])
def test_tags_that_cover_nothing_are_reported(tag: str) -> None:
    before = "" if "nextline" in tag else "x = 1  "
    report = run_guard(GUARD, {"a.py": f"{before}# {tag}\ny = 2\n".encode()})
    assert [(one.rule, one.level, one.span and one.span.line) for one in report.findings] == [
        ("secrets/unused-tag", Level.NOTE, 1)
    ]


def test_tags_that_are_talked_about_are_no_tags() -> None:
    tree = {"a.md": b"Write `gitleaks" + b":allow` behind it.\n", "a.py": b'TAG = "gitleaks' + b':allow"\n'}
    assert reported(tree) == []


# ---- Identities -----------------------------------------------------------------------------------------------------


def _fingerprints(report: Report) -> list[str]:
    return [one.fingerprint for one in report.findings]


@pytest.fixture
def another_user(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GUARD_CACHE_KEY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}/state")


def test_a_salt_makes_identities_the_same_everywhere(another_user: None, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = {"a.py": f'key = "{slack_token()}"\n'.encode()}
    mine = _fingerprints(run_guard(GUARD, tree)), _fingerprints(run_guard(GUARD, tree, options={"salt": "acme"}))
    again = _fingerprints(run_guard(GUARD, tree)), _fingerprints(run_guard(GUARD, tree, options={"salt": "acme"}))
    monkeypatch.setenv("GUARD_CACHE_KEY", "of another machine")
    theirs = _fingerprints(run_guard(GUARD, tree)), _fingerprints(run_guard(GUARD, tree, options={"salt": "acme"}))
    assert mine == again
    assert theirs[1] == mine[1]
    assert theirs[0] != mine[0]
    assert _fingerprints(run_guard(GUARD, tree, options={"salt": "other"})) != mine[1]


def test_an_identity_follows_the_secret_and_not_its_line(another_user: None) -> None:
    """Moved within its file it is the same; another secret in its place is another, and so is a second one."""
    line = f'key = "{slack_token(1)}"\n'
    before = _fingerprints(run_guard(GUARD, {"a.py": line.encode()}))
    assert _fingerprints(run_guard(GUARD, {"a.py": f"import x\n\n{line}".encode()})) == before
    assert _fingerprints(run_guard(GUARD, {"a.py": line.replace("key", "token").encode()})) == before
    assert _fingerprints(run_guard(GUARD, {"a.py": f'key = "{slack_token(2)}"\n'.encode()})) != before
    twice = _fingerprints(run_guard(GUARD, {"a.py": (line * 2).encode()}))
    assert twice[0] == before[0]
    assert len(set(twice)) == 2


def test_no_value_leaves(another_user: None) -> None:
    values = [slack_token(), password(), token()]
    text = f'a = "{values[0]}"\npassword = "{values[1]}"\nclient_secret = "{values[2]}"\n'
    report = run_guard(GUARD, {"a.py": text.encode()})
    assert len(report.findings) == 3
    told = repr(report)
    assert not [value for value in values if value in told or value[8:20] in told]
    assert "xoxb" in told  # the public prefix


def test_digest_and_mask() -> None:
    assert digest("a", b"k") == digest("a", b"k") != digest("a", b"l")
    assert digest("a", b"k", salt="s") == digest("a", b"l", salt="s")
    assert masked("sk-" + "1" * 30, 3) == "sk-****"
    assert masked("short", 4) == "****"


# ---- Files that are hard to read ------------------------------------------------------------------------------------


@functools.cache
def _five_megabytes() -> str:
    """One line as bundlers write them, with secrets at its start, across a window's edge, and at its end."""
    filler = "function(e,t){return t.password=e.token||0},"
    values = [slack_token(seed) for seed in range(3)]
    middle = (5 << 20) // len(filler)
    text = f'"{values[0]}",' + filler * (middle // 2)
    text += "." * (3072 - len(text) % 3072 - 20) + f'"{values[1]}",' + filler * (middle // 2) + f'"{values[2]}"'
    return text


def test_a_line_of_five_megabytes() -> None:
    text = _five_megabytes()
    found, _ = looked(f"x = 1\n{text}\n", "app.js")
    assert [one.accepted.rule for one in found] == ["secrets/slack-bot-token"] * 3
    assert [text[one.span.column - 1 : one.span.end_column - 1] for one in found] == [slack_token(n) for n in range(3)]


def test_binary_files() -> None:
    """A token in a compiled file is found; names and values of a binary file mean nothing."""
    data = (
        b"\0\1\2" * 500 + f'"{slack_token()}"'.encode() + b"\0\xff" + f'password = "{password()}"'.encode() + b"\0" * 99
    )
    assert [rule for rule, _, _ in reported({"a.pyc": data})] == ["slack-bot-token"]


def test_archives_are_skipped_and_counted() -> None:
    text = f'"{slack_token()}"'.encode()
    report = run_guard(GUARD, {"a.zip": text, "b.tar.GZ": text, "c.png": text, "a.py": b"x = 1\n"})
    ledger = report.guards[0].ledger
    assert (ledger.enumerated, ledger.checked) == (4, 1)
    assert ledger.skipped == {
        "compressed: not looked into": 2,
        "picture, sound, film or font: not looked into": 1,
    }


def test_what_compat_passes_over_is_counted() -> None:
    report = run_guard(GUARD, {"go.sum": b"x\n", "a.py": b"x = 1\n"}, options={"mode": "compat"})
    assert report.guards[0].ledger.skipped == {"detect-secrets passes over files of this name": 1}


def _large(size: int, encoding: str) -> bytes:
    filler = ("x = 1  # and some words of text to fill the line\n" * 2000).encode(encoding)
    ends = f'key = "{slack_token(1)}"\n'.encode(encoding)
    begins = ("\ufeff" if encoding != "utf-8" else "").encode(encoding) + f'key = "{slack_token(0)}"\n'.encode(encoding)
    return begins + filler * (size // len(filler)) + ends


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_files_over_the_limit_are_streamed(encoding: str) -> None:
    data = _large(20 << 20, encoding)
    lines = data.decode(encoding).count("\n")
    report = run_guard(GUARD, {"a.txt": data})
    assert [(one.rule, one.span and one.span.line) for one in report.findings] == [
        ("secrets/slack-bot-token", 1),
        ("secrets/slack-bot-token", lines),
    ]
    assert not report.problems


@pytest.mark.slow
def test_a_hundred_megabytes() -> None:
    report = run_guard(GUARD, {"a.txt": _large(100 << 20, "utf-8"), "b.js": b"x" * (40 << 20)})
    assert [one.path for one in report.findings] == ["a.txt", "a.txt"]
    assert not report.problems


def test_names_of_the_environment_are_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home there is no key of the user: identities are then good for one run only, and nothing breaks."""
    monkeypatch.delenv("GUARD_CACHE_KEY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    assert reported({"a.py": f'key = "{slack_token()}"\n'.encode()}) == [("slack-bot-token", "a.py", 1)]
