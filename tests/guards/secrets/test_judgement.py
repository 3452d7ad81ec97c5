"""What names, values and places say together: what is reported, and what nobody should be bothered with."""

from __future__ import annotations

import base64
import re
import string
from collections import Counter
from random import Random

import pytest
from hypothesis import given, strategies as st

from guards._core.model import Level, Scope, Span
from guards.secrets import default
from guards.secrets.assignments import is_password, read_name
from guards.secrets.catalogue import FORMATS
from guards.secrets.default import Text
from guards.secrets.detectors import ALL, Seen
from guards.secrets.docstrings import docstrings
from guards.secrets.formats import Format
from guards.secrets.places import Kind, Place, classify, read
from guards.secrets.values import is_dummy, is_random
from tests.guards.secrets.drawn import ALPHANUMERIC, engine, looked, password, reported, rules_in, slack_token, token

FORMS = (
    ("app.py", 'db_password = "{}"'),
    ("app.py", 'db_password: str = "{}"'),
    ("app.py", 'connect(host="db", password="{}")'),
    ("app.py", 'os.environ.setdefault("DB_PASSWORD", "{}")'),
    ("app.py", "settings[\"db_password\"] = '{}'"),
    ("app.py", 'if password == "{}":'),
    ("app.js", "const dbPassword = '{}';"),
    ("app.ts", "const dbPassword: string = `{}`;"),
    ("app.js", "config = {{ password: '{}' }};"),
    ("app.go", 'dbPassword := "{}"'),
    ("App.java", 'private static final String DB_PASSWORD = "{}";'),
    ("App.java", 'dataSource.setPassword("{}");'),
    ("App.java", 'props.put("db.password", "{}");'),
    ("App.cs", 'var dbPassword = @"{}";'),
    ("App.cs", 'var dsn = "Server=db;User Id=app;Password={};Encrypt=yes";'),
    ("app.php", "$db_password = '{}';"),
    ("app.php", "'password' => '{}',"),
    ("app.php", 'define("DB_PASSWORD", "{}");'),
    ("app.rb", 'password: "{}",'),
    ("app.rb", ':password => "{}"'),
    ("app.rs", 'let db_password = "{}";'),
    ("App.kt", 'val dbPassword = "{}"'),
    ("App.swift", 'let dbPassword = "{}"'),
    ("app.c", '#define DB_PASSWORD "{}"'),
    ("app.lua", 'password = "{}"'),
    ("app.sh", "export DB_PASSWORD={}"),
    ("app.sh", "DB_PASSWORD='{}' ./run"),
    ("app.sh", "mysql --password={} app"),
    ("app.ps1", '$dbPassword = "{}"'),
    ("app.tf", 'password = "{}"'),
    (".env", "DB_PASSWORD={}"),
    ("app.yaml", "  password: {}"),
    ("app.yml", '    password: "{}"'),
    ("compose.yaml", "      - DB_PASSWORD={}"),
    ("app.json", '"password": "{}",'),
    ("app.toml", 'password = "{}"'),
    ("app.ini", "password = {}"),
    ("app.properties", "spring.datasource.password={}"),
    ("web.config", '<add name="db" connectionString="Server=db;Password={};" />'),
    ("pom.xml", "<password>{}</password>"),
    ("Dockerfile", "ENV DB_PASSWORD={}"),
    ("Makefile", "DB_PASSWORD ?= {}"),
    ("Makefile", "DB_PASSWORD:={}"),
    ("Makefile", "DB_PASSWORD ::= {}"),
    ("app.rb", "@db_password ||= '{}'"),
    ("app.js", "dbPassword ??= '{}';"),
    ("app.pl", "$db_password //= '{}';"),
    ("app.js", "const password = process.env.DB_PASSWORD || '{}';"),
    ("app.py", 'password = os.environ.get("DB_PASSWORD") or "{}"'),
    ("App.cs", 'var pw = Environment.GetEnvironmentVariable("DB_PASSWORD") ?? "{}";'),
    ("App.kt", 'val pw = System.getenv("DB_PASSWORD") ?: "{}"'),
    ("app.sh", 'DB_PASSWORD="${{DB_PASSWORD:-{}}}"'),
    ("app.sh", "DB_PASSWORD=${{DB_PASSWORD-'{}'}}"),
    ("app.sh", ': "${{DB_PASSWORD:={}}}"'),
    ("compose.yaml", "      POSTGRES_PASSWORD: ${{POSTGRES_PASSWORD:-{}}}"),
    ("application.yml", "    password: ${{DB_PASSWORD:{}}}"),
    ("Info.plist", "<key>DBPassword</key><string>{}</string>"),
    ("Info.plist", "\t<key>DBPassword</key>\n\t<string>{}</string>\n"),
)
"""One for each way in which languages give a value to a name."""

NOTHING = (
    ("app.py", 'password = "password"'),
    ("app.py", 'password = os.environ["DB_PASSWORD"]'),
    ("app.py", 'password = get("db/password")'),
    ("app.py", 'password = f"{user}:{secret}"'),
    ("app.py", 'PASSWORD_HASHERS = "django.contrib.auth.hashers.PBKDF2PasswordHasher"'),
    ("app.py", 'password_label = "Choose one with 8 characters!"'),
    ("app.py", 'password_url = "accounts/reset-2/"'),
    ("app.py", 'token = "NUMBER_1"'),
    ("app.py", 'token_type = "Bearer2"'),
    ("app.py", 'password = "changeme1!"'),
    ("app.py", 'password = "<your-password-1>"'),
    ("app.py", 'password = "${DB_PASSWORD_1}"'),
    ("app.py", 'password = "{{ vault_password_1 }}"'),
    ("app.py", 'password = "%(password1)s"'),
    ("app.py", 'password = "xxxxxxxx1"'),
    ("app.py", 'password = "pbkdf2_sha256$1000$c2FsdA$aGFzaA=="'),
    ("app.py", 'api_key = "01234567-89ab-cdef-0123-456789abcdef"'),
    ("app.py", 'api_key = "YOUR-API-KEY-HERE-1234567890"'),
    ("app.py", 'secret = "abcdefghijklmnopqrstuvwxyz0123456789"'),
    ("app.py", 'name = "test_password_is_reset_2"'),
    ("app.js", 'password: "#password1",'),
    ("app.js", "document.getElementById('password2')"),
    ("app.js", "passwordInput = document.querySelector('#pw1')"),
    ("app.json", '"password": "Passwort",'),
    ("app.json", '"password": "Contrase\\u00f1a",'),
    ("app.json", '"password": "Mot de passe de l\'utilisateur 2",'),
    ("de.json", '"invalid_token": "Das Token ist ung\u00fcltig (2)",'),
    ("app.yaml", "password: !vault |"),
    ("app.yaml", "password: $PASSWORD1"),
    ("app.yaml", "passwordSecretRef: my-secret-1"),
    ("app.sh", 'mysql --password="$DB_PASSWORD" app1'),
    ("README.md", 'password = "Sommer24!abc"'),
    ("app.xml", "<password>${db.password1}</password>"),
    ("app.sh", 'echo "${PASSWORD:?set-a-password-of-8}"'),
    ("app.sh", 'run "${PASSWORD:+--password-file=p1}"'),
    ("app.sh", "PASSWORD=${PASSWORD:-${OTHER_PASSWORD1}}"),
    ("compose.yaml", "      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-changeme1!}"),
    ("app.js", "password || 'The password needs 8 characters!'"),
    ("app.py", 'if password or "password1" in form:'),
    ("Makefile", "PASSWORD ?= $(shell cat password1)"),
    ("Info.plist", "<key>PasswordResetURL</key><string>Sommer24!abc</string>"),
    ("Info.plist", "<key>Password</key>\n<string>Passwort</string>"),
    ("Info.plist", "<key>Password</key>\n<true/>\n<key>Level</key>\n<string>Sommer24!abc</string>"),
    (".env.example", "DB_PASSWORD=Sommer24!abc"),
    ("tests/test_app.py", 'password = "Sommer24!abc"'),
    ("app.py", 'url = "https://user:password@example.com/1"'),
    ("app.py", 'url = "postgres://postgres:postgres@localhost:5432/app1"'),
    ("app.py", 'url = "https://{user}:{password1}@host"'),
    ("app.py", 'url = "http://a:b1@h"'),
    ("app.py", "MY_CONN = my-type://my-login:my-pa%2Fssword1@my-host:5432/my-schema"),
    ("app.py", "headers = {'Authorization': 'Ba" + "sic dXNlcjpwYXNzd2Q='}"),  # user:passwd
    ("app.py", '_special_secret_sig = "1b47061264138c4ac30d75fd1eb44270"'),
    ("app.py", 'integrity = "sha512-' + "A1b2" * 22 + '"'),
)


@pytest.mark.parametrize(("path", "form"), FORMS, ids=range(len(FORMS)))
def test_passwords_are_found_however_they_are_given(path: str, form: str) -> None:
    """Twenty passwords in each form; what they are depends on nothing but their looks."""
    missed = [seed for seed in range(20) if not rules_in(form.format(password(seed)), path)]
    assert missed == []


@pytest.mark.parametrize(("path", "form"), FORMS, ids=range(len(FORMS)))
def test_random_values_of_secret_names_are_errors(path: str, form: str) -> None:
    """The same forms with names of tokens and random values."""
    renamed = form.replace("PASSWORD", "API_TOKEN").replace("Password", "ApiToken").replace("password", "api_token")
    for seed in range(20):
        text = (renamed if "Token={}" not in renamed else form).format(token(seed))
        found = [one.accepted for one in looked(text, path)[0]]
        assert [one.level for one in found] == [None], text


@pytest.mark.parametrize(("path", "line"), NOTHING, ids=range(len(NOTHING)))
def test_what_stands_in_for_a_secret_is_passed_over(path: str, line: str) -> None:
    assert rules_in(line, path) == []


@pytest.mark.parametrize("path", ["tests/test_app.py", "app_test.go", "docs/setup.md", "examples/app.py"])
def test_random_values_in_tests_and_documents_are_notes(path: str) -> None:
    found, _ = looked(f'api_key = "{token()}"', path)
    assert [one.accepted.level for one in found] == [Level.NOTE]


def test_a_value_below_its_key_is_reported_where_it_stands() -> None:
    """Property lists are written so. A tag counts on the line of the value, too."""
    text = f"<dict>\n\t<key>Password</key>\n\t<string>{password(7)}</string>{{}}\n</dict>\n"
    found, _ = looked(text.format(""), "Info.plist")
    assert [(one.value, one.span) for one in found] == [(password(7), Span(3, 10, 3, 10 + len(password(7))))]
    tagged = {"Info.plist": text.format(" <!-- gitleaks" + ":allow -->").encode()}
    assert [reported(tree) for tree in ({"Info.plist": text.format("").encode()}, tagged)] == [
        [("password-assignment", "Info.plist", 3)],
        [],
    ]


def test_of_a_default_only_the_value_is_the_secret() -> None:
    """The operator is no part of it, or its digest would be another one beside every operator."""
    forms = [
        ("Makefile", "PASSWORD := {}"),
        ("Makefile", "PASSWORD:={}"),
        ("Makefile", "PASSWORD ?={}"),
        ("a.sh", "x=${{PASSWORD:-{}}}"),
        ("a.sh", "x=${{PASSWORD-{}}}"),
    ]
    for path, form in forms:
        assert [one.value for one in looked(form.format(password(8)), path)[0]] == [password(8)], form


def test_several_on_one_line_are_all_found() -> None:
    """Another tool stops at the first."""
    line = f'login(password="{password(1)}", api_key="{token(2)}", client_secret="{token(3)}")'
    assert rules_in(line) == ["password-assignment", "secret-assignment", "secret-assignment"]


def test_columns_are_those_of_the_value() -> None:
    value = password(4)
    found, _ = looked(f'größe, passwort = 1, "{value}"'.replace("passwort = 1, ", "passwort = "))
    assert [(one.value, one.span.column, one.span.end_column - one.span.column) for one in found] == [
        (value, 20, len(value))
    ]


def test_urls_with_passwords() -> None:
    """At a host far away an error where it is random, else a warning; at an example's host nothing."""
    random, chosen = token(5, 24), password(5).replace("@", "!")
    levels = {
        url: [one.accepted.level for one in looked(f'url = "{url}"')[0]]
        for url in (
            f"ldap://app:{random}@ldap.acme.dev/dc",
            f"ldap://app:{chosen}@ldap.acme.dev/dc",
            f"ldap://app:{random}@localhost/dc",
            f"ldap://app:{random}@ldap.example.com/dc",
            "ldap://app:app@ldap.acme.dev/dc",
        )
    }
    assert list(levels.values()) == [[None], [Level.WARNING], [Level.WARNING], [], []]


def test_authorization_headers() -> None:
    lines = (
        f'curl -H "Authorization: Bearer {token(6)}" https://api.acme.dev',
        f'headers = {{"Authorization": "token {token(7)}"}}',
    )
    assert [rules_in(line) for line in lines] == [["authorization-header"]] * 2
    assert rules_in('headers = {"Authorization": "Bearer my-access-token-goes-here"}') == []


@pytest.mark.parametrize(
    ("name", "names_a_secret"),
    [
        ("password", True),
        ("DB_PASSWORD", True),
        ("clientSecret", True),
        ("password_hash", False),
        ("tokenUrl", False),
        ("SECRET_NAME", False),
        ("passwordResetForm", False),
        ("public_access_key", False),
    ],
)
def test_names(name: str, names_a_secret: bool) -> None:
    assert read_name(name).names_a_secret is names_a_secret


def test_random_is_told_from_what_people_write() -> None:
    """Nearly all of what is drawn, and none of what is written."""
    drawn = [token(seed, size) for seed in range(200) for size in (20, 32, 40)]
    hexadecimal = [Random(seed).randbytes(20).hex() for seed in range(200)]
    assert sum(map(is_random, drawn)) >= 0.97 * len(drawn)
    assert sum(map(is_random, hexadecimal)) >= 0.97 * len(hexadecimal)
    written = (
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "getUserByEmailAddressOrUsername2",
        "component_platform_sensor_temperature_1",
        "2026-01-01T00:00:00Z",
        "https://example.com/path/to/page-2.html",
        "com.example.application.MainActivity3",
        "IOException-while-reading-block-17",
        "0000000000000000000000000000000000000000",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    assert [text for text in written if is_random(text)] == []


@pytest.mark.parametrize("alphabet", [ALPHANUMERIC, f"{ALPHANUMERIC}+/", f"{ALPHANUMERIC}_-", string.ascii_letters])
def test_what_is_looked_for_is_every_random_string_with_a_digit(alphabet: str) -> None:
    """A value without one is never believed, and names of classes have none."""
    random = Random(f"random strings of {alphabet}")
    (detector,) = (one for one in ALL if not one.in_tests)
    trigger = re.compile(detector.trigger.pattern)
    believed = 0
    for _ in range(3_000):
        first = "".join(random.choices(string.ascii_letters, k=random.randrange(40)))  # the first digit may come late
        line = f"send('{first + ''.join(random.choices(alphabet, k=random.randrange(20, 110)))}==')"
        found = list(detector.look(Seen(line, len(line), Place(Kind.CODE, for_tests=False, formats=frozenset()))))
        believed += len(found)
        assert not found or trigger.search(line), line
    assert (believed > 100) is any(map(str.isdigit, alphabet))


def test_what_only_other_files_may_hold_is_no_reason_to_read_a_line() -> None:
    """A line of 32 hexadecimal digits is the master key of Rails in a file of that name, and there alone."""
    line = f"{Random(3).randbytes(16).hex()}\n".encode()
    hits = engine().lines(line)
    assert len(hits) == 1
    for path, believed in (("config/master.key", hits), ("app.py", {}), ("master.key.md", {})):
        path_class = classify(path)
        assert isinstance(path_class, str)
        assert default.believed(Text(line, hits, read(path_class), engine().lines)) == believed, path


def test_a_word_that_chance_made_is_none() -> None:
    """Of four letters there are some in every thousandth token, in any mixture of cases."""
    drawn = "k3VbT2hYRzFaKeNcMfWj4DgQ9X7p"
    assert not is_dummy(drawn)
    assert all(is_dummy(drawn.replace("FaKe", word)) for word in ("fake", "FAKE", "Fake", "YOUR", "Example"))


def test_a_setting_of_a_machine_may_be_a_word() -> None:
    """What a person gives to a password in `.env` is one; in code a word is a name."""
    assert is_password("liverpool", any_word=True)
    assert not is_password("liverpool")
    assert rules_in("DB_PASSWORD=liverpool", ".env") == ["password-assignment"]
    assert rules_in("DB_PASSWORD=changeme", ".env") == []


@pytest.mark.parametrize("form", [form for form in FORMATS if form.path], ids=lambda form: form.id)
def test_formats_ask_for_no_more_of_a_path_than_its_folder(form: Format) -> None:
    """What `places` relies on: beside the separator in front, a pattern holds one at most."""
    assert all(branch.replace("(?:^|/)", "").replace("[^/]", "").count("/") <= 1 for branch in form.path.split("$|"))


@pytest.mark.parametrize(
    ("path", "kind", "for_tests", "confined"),
    [
        ("a/b/app.py", Kind.CODE, False, set()),
        ("a/tests/app.py", Kind.CODE, True, set()),
        ("a/app_test.go", Kind.CODE, True, set()),
        (".env.production", Kind.ENVIRONMENT, False, set()),
        (".env.example", Kind.TEXT, False, set()),
        ("poetry.lock", Kind.DATA, False, set()),
        ("app.min.js", Kind.DATA, False, set()),
        ("bin/start", Kind.SETTINGS, False, set()),
        ("home/.cargo/credentials.toml", Kind.SETTINGS, False, {"cargo-credentials"}),
        (".npmrc", Kind.ENVIRONMENT, False, {"npmrc-password"}),
    ],
)
def test_places(path: str, kind: Kind, for_tests: bool, confined: set[str]) -> None:
    path_class = classify(path)
    assert isinstance(path_class, str)
    assert read(path_class) == (kind, for_tests, frozenset(confined))


def _of_lines(lines: list[str], path: str) -> Counter[tuple[str, str, str]]:
    """What is found in a file of these lines: by line, rule and value."""
    found, _ = looked("\n".join(lines), path)
    return Counter((lines[one.span.line - 1], one.accepted.rule, one.value) for one in found)


@pytest.mark.parametrize("path", ["app.py", ".env", "docs/guide.md", "tests/test_app.py", "deploy.yaml"])
def test_what_a_line_comes_to_depends_on_no_other_line(path: str) -> None:
    """As the scopes of triggers say, after which a commit hook looks only at lines that are new."""
    assert {detector.trigger.scope for detector in ALL if detector.is_block} == {Scope.FILE}
    random = Random(f"lines of {path}")
    drawn = [form.example(random) for form in FORMATS if not form.block for _ in range(2)]
    lines = [line for line in drawn if "\n" not in line] + [f"password = {password(seed)!r}" for seed in range(20)]
    random.shuffle(lines)
    alone = sum((_of_lines([line], path) for line in lines), Counter[tuple[str, str, str]]())
    assert _of_lines(lines, path) == alone
    assert len(alone) > 200


def test_a_docstring_around_it_makes_no_difference_to_what_needs_only_its_line() -> None:
    by_line = {f"secrets/{form.id}" for form, one in zip(FORMATS, ALL, strict=False) if one.trigger.scope is Scope.LINE}
    random = Random("in docstrings")
    lines = [line for form in FORMATS for line in [form.example(random)] if "\n" not in line and '"""' not in line]
    inside, outside = (
        {one.value for one in looked(text)[0] if one.accepted.rule in by_line}
        for text in (
            "\n".join(['"""', *lines, '"""']),
            "\n".join(lines),
        )
    )
    assert inside == outside
    assert len(inside) > 200


DOCSTRING = '''\
"""Signs in.

    connect(password="{password}", api_key="{token}")
"""
'''


def test_what_a_docstring_shows_is_an_example() -> None:
    """A chosen password is passed over and a random value is a note, as in a document; a token of a vendor counts."""
    shown = DOCSTRING.format(password=password(1), token=token(1))
    for text in (shown, f"def f():\n    r{shown}", f"EXAMPLES = r{shown}", f'x = \'*\'  # isn"""t\n{shown}'):
        assert [(one.accepted.rule, one.accepted.level) for one in looked(text)[0]] == [
            ("secrets/secret-assignment", Level.NOTE)
        ], text
    assert rules_in(f'"""\nkey: {slack_token()}\n"""\n') == ["slack-bot-token"]


def test_what_a_literal_holds_is_part_of_the_program() -> None:
    text = DOCSTRING.format(password=password(1), token=token(1))
    found = ["password-assignment", "secret-assignment"]
    for around in ("settings = {}", "run({})", '"""Doc."""\nx = {}', 's = \'"""\'\nt = {}'):
        assert rules_in(around.format(text)) == found, around
    after = f'"""Doc."""\n\npassword = "{password(1)}"\n'
    assert rules_in(after) == ["password-assignment"]


def test_a_value_that_only_its_name_tells_is_a_note_in_tests_and_documents() -> None:
    line = f'datadog_api_key = "{Random(1).randbytes(16).hex()}"'
    levels = {path: looked(line, path)[0][0].accepted.level for path in ("app.py", "tests/app.py", "docs/setup.md")}
    assert levels == {"app.py": None, "tests/app.py": Level.NOTE, "docs/setup.md": Level.NOTE}


@given(st.binary(max_size=300).map(lambda data: data.replace(b"\0", b'"""')))
def test_docstrings_lie_in_the_text_one_after_the_other(text: bytes) -> None:
    starts, ends = docstrings(text)
    assert all(start < end <= len(text) for start, end in zip(starts, ends, strict=True))
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


def test_what_is_decoded_depends_on_nothing_below() -> None:
    """A file that is all Base64 is data; what was decoded first stays, however much comes after it."""
    inner = base64.b64encode(f"password = {password(3)!r}; url = 'x'".encode())
    line = f"data = {base64.b64encode(inner).decode()!r}\n"
    filler = f"{base64.b64encode(b'ThisIsATextThatNobodyHides' * 100).decode()}\n" * 500
    assert len(filler) > 1 << 20
    assert rules_in(line) == rules_in(line + filler) == ["password-assignment"]
    assert rules_in(filler + line) == []
