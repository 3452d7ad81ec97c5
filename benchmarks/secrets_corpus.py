"""A labelled corpus, drawn from the catalogue: values and what resembles them, where people write such things.

Everything is drawn anew from a seed, so no value is real and none stands in the repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from guards.secrets.catalogue import FORMATS
from guards.secrets.formats import Format, values

PLACES: tuple[tuple[str, str], ...] = (
    ("a.py", 'setting = "{}"'),
    ("a.py", "    setting = '{}'  # as of today"),
    ("a.py", 'client = Client("{}", timeout=3)'),
    ("a.py", 'send(url, headers={{"X-Setting": "{}"}})'),
    ("a.py", 'os.environ["SETTING"] = "{}"'),
    ("a.py", 'os.environ.get("SETTING", "{}")'),
    ("a.py", "# before: {}"),
    ("a.py", 'text = """\n{}\n"""'),
    ("a.js", "const setting = `{}`;"),
    ("a.ts", "export const setting: string = '{}';"),
    ("a.js", "fetch(url, {{headers: {{'x-setting': '{}'}}}})"),
    ("a.jsx", '<Client setting="{}" />'),
    ("a.js", "// {}"),
    ("a.go", 'setting := "{}"'),
    ("A.java", 'private static final String SETTING = "{}";'),
    ("A.java", 'map.put("setting", "{}");'),
    ("A.cs", 'var setting = @"{}";'),
    ("a.php", "$setting = '{}';"),
    ("a.php", "'setting' => '{}',"),
    ("a.rb", 'setting: "{}",'),
    ("a.rs", 'let setting = "{}";'),
    ("A.kt", 'val setting = "{}"'),
    ("A.swift", 'let setting = "{}"'),
    ("a.c", '#define SETTING "{}"'),
    ("a.cpp", "/* {} */"),
    ("a.sql", "INSERT INTO settings VALUES (1, '{}');"),
    ("a.sh", "export SETTING={}"),
    ("a.sh", "SETTING='{}' run"),
    ("a.sh", 'curl -H "X-Setting: {}" https://api.acme.dev/'),
    ("a.sh", "tool --setting {} --verbose"),
    ("a.ps1", '$setting = "{}"'),
    (".env", "SETTING={}"),
    (".env.local", 'SETTING="{}"'),
    ("a.yaml", "setting: {}"),
    ("a.yml", '  setting: "{}"'),
    ("a.yml", "  - {}"),
    ("a.json", '{{"setting": "{}"}}'),
    ("a.json", '{{"a":["b","{}"],"c":1}}'),
    ("a.json", '"{{\\"setting\\": \\"{}\\"}}"'),
    ("a.toml", 'setting = "{}"'),
    ("a.ini", "setting = {}"),
    ("a.properties", "app.setting={}"),
    ("a.xml", "<setting>{}</setting>"),
    ("a.config", '<add key="setting" value="{}" />'),
    ("a.tf", 'setting = "{}"'),
    ("Dockerfile", "ENV SETTING={}"),
    ("a.md", "The setting is `{}`."),
    ("a.html", '<meta name="setting" content="{}">'),
    ("a.csv", "1,{},2"),
    ("a.log", "2026-01-01T00:00:00Z sent {} to the server"),
    ("a.txt", "{}"),
)
"""The name of a file and a line in it."""


class Case(NamedTuple):
    """A file of one line or a few, and what is in it."""

    format: str
    path: str
    text: str
    value: str
    """Empty for what only resembles a value."""


def secrets(seed: int, each: int) -> Iterator[Case]:
    """Files with a well-formed value, so many for each format."""
    random = Random(seed)
    for form in FORMATS:
        for _ in range(each):
            example = form.example(random)
            spans = list(values(form, example, 0, example.find("\n") if "\n" in example else None))
            value = example[slice(*spans[0])] if spans else ""
            path, text = _somewhere(form, example, value, random)
            yield Case(form.id, path, text, value)


def look_alikes(seed: int, each: int) -> Iterator[Case]:
    """Files with what resembles a value and is none."""
    random = Random(seed)
    for form in FORMATS:
        for _ in range(each):
            for text in form.look_alikes(random):
                yield Case(form.id, *_somewhere(form, text, text, random), "")


def _somewhere(form: Format, example: str, value: str, random: Random) -> tuple[str, str]:
    path, line = random.choice(PLACES)
    if form.path:
        return _path_for(form), f"{example}\n"
    if example != value or "\n" in example:  # a line of its own already
        return path, f"{example}\n"
    return path, f"{line.format(example)}\n"


def _path_for(form: Format) -> str:
    """A path at which a confined format is looked for, made from what its pattern names."""
    names = (
        *(".npmrc", ".netrc", ".pgpass", ".pypirc", ".docker/config.json", ".kube/config", ".cargo/credentials.toml"),
        *(
            "settings.xml",
            "gradle.properties",
            ".my.cnf",
            ".s3cfg",
            "rclone.conf",
            "sitemanager.xml",
            "config/master.key",
        ),
    )
    return next(name for name in names if form.found_at(name))
