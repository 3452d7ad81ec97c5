"""Where two guards report one thing it is told once, and never not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import pytest

from guards._builtin import BUILTIN, load
from guards._core.model import Level
from guards._core.report import Reported
from guards._core.runner import Request, run
from guards.secrets.catalogue import FORMATS
from guards.testing.repositories import repository
from tests.guards.test_hygiene import LEGACY, OPENSSH, OPENSSH_ENCRYPTED, PUTTY, der, noise, pem

_EXAMPLES = {form.id: form.example for form in FORMATS if form.block}


def found(tree: Mapping[str, bytes], *, skip: Sequence[str] = (), config: str = "") -> list[Reported]:
    """What hygiene and secrets report of this tree."""
    files = {**tree, "guard.toml": config.encode()} if config else tree
    guards = tuple(one for one in ("hygiene", "secrets") if one not in skip)
    with repository(files) as root:
        report = run(Request(cwd=root, guards=guards, use_cache=False))
    assert not report.problems
    return list(report.findings)


def rules(findings: Sequence[Reported]) -> list[str]:
    return [one.rule for one in findings]


def _key(form: str) -> bytes:
    return next(text for seed in range(20) if "\\n" not in (text := _EXAMPLES[form](Random(seed)))).encode() + b"\n"


@pytest.mark.parametrize("form", sorted(set(_EXAMPLES) - {"ssh2-private-key"}))
def test_a_file_that_is_a_key_is_one_finding_with_a_fix(form: str) -> None:
    (one,) = found({"deploy/id": _key(form)})
    assert one.rule == f"secrets/{form}"
    assert one.fix is not None
    assert one.fix.untrack == ("deploy/id",)
    assert [(place.path, place.note) for place in one.related] == [("deploy/id", "hygiene/private-key says the same")]


@pytest.mark.parametrize("form", sorted(set(_EXAMPLES) - {"ssh2-private-key"}))
def test_either_guard_alone_reports_it(form: str) -> None:
    tree = {"deploy/id": _key(form)}
    assert rules(found(tree, skip=["secrets"])) == ["hygiene/private-key"]
    assert rules(found(tree, skip=["hygiene"])) == [f"secrets/{form}"]


@pytest.mark.parametrize(
    "config",
    ['[secrets]\nexclude = ["deploy/**"]\n', '[levels]\n"secrets/openssh-private-key" = "off"\n'],
)
def test_settings_of_one_guard_hide_nothing_of_the_other(config: str) -> None:
    assert rules(found({"deploy/id": _key("openssh-private-key")}, config=config)) == ["hygiene/private-key"]


def test_a_tag_of_one_guard_hides_nothing_of_the_other() -> None:
    tagged = b"# pragma: allowlist nextline secret\n" + _key("openssh-private-key")
    assert rules(found({"deploy/id": tagged})) == ["hygiene/private-key"]


def test_in_compat_mode_it_is_told_once_too() -> None:
    config = '[secrets]\nmode = "compat"\n'
    assert rules(found({"deploy/id": _key("private-key")}, config=config)) == ["secrets/detect-secrets"]


def test_two_keys_and_another_secret_beside_them_are_three_findings() -> None:
    text = _key("openssh-private-key") + _key("private-key") + b"password = S0mmer!abend99\n"
    assert rules(found({"deploy/keys": text})) == [
        "secrets/openssh-private-key",
        "secrets/private-key",
        "secrets/password-assignment",
    ]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (pem("PRIVATE KEY", der()), Level.ERROR),
        (pem("OPENSSH PRIVATE KEY", OPENSSH_ENCRYPTED), Level.WARNING),
        (pem("OPENSSH PRIVATE KEY", OPENSSH), Level.WARNING),  # noise inside: its structure does not hold
        (pem("ENCRYPTED PRIVATE KEY", der()), Level.WARNING),
        (pem("RSA PRIVATE KEY", noise(300), LEGACY), Level.WARNING),
        (PUTTY.format("aes256-cbc").replace("File-3", "File-2").encode(), Level.WARNING),
    ],
    ids=range(6),
)
def test_what_needs_a_passphrase_is_a_warning_for_both(text: bytes, level: Level) -> None:
    tree = {"deploy/id": text}
    (one,) = found(tree)
    (alone,) = found(tree, skip=["secrets"])
    assert one.level.rank == min(alone.level.rank, level.rank)


def test_who_yields_yields_to_rules_that_exist_and_in_the_end_to_none() -> None:
    known = {rule.id: rule for guard in map(load, BUILTIN) for rule in guard.rules}
    for rule in known.values():
        assert rule.yields_to <= set(known), rule.id
        assert not any(known[other].yields_to for other in rule.yields_to), rule.id
        assert not any(other.startswith(f"{rule.id.partition('/')[0]}/") for other in rule.yields_to), rule.id
