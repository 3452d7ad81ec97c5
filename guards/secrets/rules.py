"""Everything that the secrets guard can report."""

from __future__ import annotations

from guards._core.model import Level, Rule
from guards.secrets.catalogue import FORMATS
from guards.secrets.default import CUSTOM
from guards.secrets.detectors import (
    AUTHORIZATION_HEADER,
    HIGH_ENTROPY_STRING,
    PASSWORD_ASSIGNMENT,
    SECRET_ASSIGNMENT,
    URL_CREDENTIALS,
    article,
)
from guards.secrets.formats import Format

DETECT_SECRETS = "secrets/detect-secrets"
UNUSED_TAG = "secrets/unused-tag"

_REVOKE = (
    "**How to fix:** revoke it first, because the history keeps it for good. Then read the new one from the "
    "environment or from a secret store."
)


def _rule(rule_id: str, summary: str, text: str, level: Level = Level.ERROR, severity: float = 8.0) -> Rule:
    return Rule(
        rule_id,
        summary,
        level,
        help=text,
        tags=("security",),
        security_severity=severity,
        sensitive=True,
        playbook="guard secrets playbook",
    )


def _of_format(form: Format) -> Rule:
    intact = " One whose checksum or structure is wrong is a warning." if form.is_checked else ""
    confined = " It is looked for only in files of its own kind." if form.path else ""
    return _rule(
        f"secrets/{form.id}",
        f"A file holds {article(form.name)} {form.name}.",
        f"{form.gives}\n\n"
        f"**Bad:** {article(form.name)} {form.name} anywhere in the repository.{intact}{confined}\n\n"
        "**Good:** a name under which the program finds it in its environment or in a secret store.\n\n"
        f"**How to fix:** {form.rotate} Then remove it from the file; the history keeps the old one for good.\n\n"
        f"The issuer's page: <{form.url}>",
    )


_GENERIC = (
    _rule(
        AUTHORIZATION_HEADER,
        "A request is written down with its credentials.",
        "Whoever reads the file can send the same request.\n\n"
        "**Bad:** a header `Authorization: Bearer` with a token behind it, in code, a script or a recorded session.\n\n"
        "**Good:** `Authorization: Bearer $TOKEN`.\n\n" + _REVOKE,
    ),
    _rule(
        CUSTOM,
        "A file holds what a rule of this repository calls a secret.",
        "The rule stands in a file that the option `rules` names, and the message tells its id.\n\n"
        "**Bad:** text that the rule's expression matches and none of its allow-lists excuses.\n\n"
        "**Good:** no such text.\n\n" + _REVOKE,
    ),
    _rule(
        DETECT_SECRETS,
        "A file holds what detect-secrets calls a secret.",
        "Reported in the mode `compat` only, in which this guard finds exactly what detect-secrets 1.5 finds.\n\n"
        "**Bad:** a line that one of its plugins matches and none of its filters excuses.\n\n"
        "**Good:** no such line, or one with a comment `pragma: allowlist secret`.\n\n" + _REVOKE,
    ),
    _rule(
        HIGH_ENTROPY_STRING,
        "A literal looks like a key, and nothing says what it is.",
        "Random text of this length is hardly ever written by hand. Where names nearby say that it is a digest, an "
        "identifier or a picture, it is passed over, and so are tests and documents.\n\n"
        "**Bad:** a call whose argument is a literal of forty random characters.\n\n"
        "**Good:** the same call with a value from the environment.\n\n" + _REVOKE,
        Level.WARNING,
        5.0,
    ),
    _rule(
        PASSWORD_ASSIGNMENT,
        "A password stands in a file.",
        "Passwords are used again elsewhere, and everybody who can read the repository, now or later, knows this one. "
        "A random value is an error; one that a person may have chosen is a warning. Words that stand in for a "
        "password, references, templates and digests are passed over.\n\n"
        "**Bad:** a literal beside a name like `db_password`, in code, settings, an element of XML, a command line or "
        "a connection string.\n\n"
        '**Good:** `db_password = os.environ["DB_PASSWORD"]`.\n\n' + _REVOKE,
    ),
    _rule(
        SECRET_ASSIGNMENT,
        "A random value is given to a name that says that it is secret.",
        "A token or key of no known format, told by its name and by how it looks.\n\n"
        "**Bad:** a random literal beside a name like `client_secret`.\n\n"
        '**Good:** `client_secret = os.environ["CLIENT_SECRET"]`.\n\n' + _REVOKE,
    ),
    Rule(
        UNUSED_TAG,
        "A comment allows a secret where there is none.",
        Level.NOTE,
        help=(
            "It covers whatever is written on that line tomorrow.\n\n"
            "**Bad:** a tag such as `gitleaks:allow` that was left behind when its line changed.\n\n"
            "**Good:** no tag.\n\n"
            "**How to fix:** remove it."
        ),
    ),
    _rule(
        URL_CREDENTIALS,
        "A URL holds a password.",
        "It goes wherever the URL goes: logs, error messages, the history of shells and browsers.\n\n"
        "**Bad:** `scheme://user:password@host` with a password that could be one, at a host that is no example. A "
        "host of this machine or network makes it a warning.\n\n"
        "**Good:** the URL without the password, which comes from the environment.\n\n" + _REVOKE,
    ),
)

RULES: tuple[Rule, ...] = tuple(sorted((*map(_of_format, FORMATS), *_GENERIC), key=lambda rule: rule.id))
