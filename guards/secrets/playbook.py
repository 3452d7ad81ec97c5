"""What to do about a secret that was found: revoke it, take it out, and make sure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guards._core.untracking import shell_quoted
from guards.secrets.catalogue import FORMATS
from guards.secrets.formats import Format

_BY_RULE = {f"secrets/{form.id}": form for form in FORMATS}


class Step(NamedTuple):
    """One thing to do, in prose and in commands for a POSIX shell."""

    title: str
    text: tuple[str, ...]
    commands: tuple[str, ...] = ()


class Exposure(NamedTuple):
    """What is known of a secret that was found."""

    rule: str
    hint: str
    fingerprint: str
    in_tree: bool
    past: Sequence[str]
    """The paths at which a commit has it."""
    since: str
    """The day of the first commit that has it, if there is one."""


def format_of(rule: str) -> Format | None:
    """The format that a rule stands for; None for a rule that judges by names and looks."""
    return _BY_RULE.get(rule)


def steps(exposure: Exposure) -> Iterator[Step]:
    """In the order in which they help: what is revoked does no harm wherever it stands."""
    yield _revoke(exposure)
    if exposure.in_tree:
        yield _take_out_of_tree(exposure)
    if exposure.past:
        yield _purge(exposure)
        yield _copies()
    yield _make_sure(exposure)


def _revoke(exposure: Exposure) -> Step:
    form = format_of(exposure.rule)
    since = f" since {exposure.since}" if exposure.since else ""
    return Step(
        "Revoke it",
        (
            form.rotate if form else exposure.hint or "Change it where it is used.",
            *([f"The issuer's page: {form.url}"] if form else []),
            "Do this first. Whatever is removed below, everybody who ever cloned has it.",
            f"Look in the issuer's log for uses of it{since} that were not yours.",
            "Give the new one to the programs that need it through their environment or a secret store.",
        ),
    )


def _take_out_of_tree(exposure: Exposure) -> Step:
    return Step(
        "Take it out of the files",
        (
            "In its place, look it up by a name in the environment or in a secret store, and commit that.",
            "Untrack a file that is nothing but the secret, and name it in .gitignore.",
        ),
        ("guard secrets --staged",),
    )


def _purge(exposure: Exposure) -> Step:
    paths = " ".join(f"--path {shell_quoted(path)}" for path in exposure.past)
    return Step(
        "Take it out of the history",
        (
            "Each commit since the first one with it gets another id. Agree on a time with all who have a clone.",
            "Merge or close what is open before. A secret that is revoked may also stay, as an accepted finding.",
            "This needs git filter-repo 2.47 or later, and a fresh clone. Take one of the two commands that filter.",
            "The one with --invert-paths removes files that are nothing but the secret, in all their versions.",
            "The one with --replace-text replaces the value. For it, write values.txt outside of the clone:",
            "a line VALUE==>REMOVED, and one for every other form in which it is written, such as Base64.",
            "Write it with an editor, so that no shell remembers it, and delete it afterwards.",
        ),
        (
            "git clone URL purged && cd purged",
            f"git filter-repo --sensitive-data-removal --invert-paths {paths}",
            "git filter-repo --sensitive-data-removal --replace-text ../values.txt",
            "git push --force --mirror origin",
        ),
    )


def _copies() -> Step:
    return Step(
        "Follow the copies",
        (
            "Ask the host's support to remove cached views, refs of pull requests, and commits that no ref reaches.",
            "They will want to know the first changed commits, which git filter-repo prints.",
            "Forks keep a history of their own: ask their owners to do the same, or to delete them.",
            "Everybody else clones again. Whoever merges from an old clone brings it all back.",
            "Where a clone must stay, the commands below make it forget.",
            "Caches of builds, images, packages, archives and logs made from these commits hold it, too.",
        ),
        (
            "git fetch --all --prune --prune-tags --force && git reset --hard '@{upstream}'",
            "git reflog expire --expire=now --all && git gc --prune=now",
        ),
    )


def _make_sure(exposure: Exposure) -> Step:
    return Step(
        "Make sure",
        (
            "In a fresh clone, the first command must not report it, and the second must not know it any more.",
            "On another machine it has the same fingerprint only if the option `salt` is set.",
        ),
        ("guard secrets --history", f"guard secrets playbook {exposure.fingerprint}"),
    )
