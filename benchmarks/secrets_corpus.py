"""A labelled corpus, drawn from the catalogue: values and what resembles them, where people write such things.

Everything is drawn anew from a seed, so no value is real and none stands in the repository.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from guards.secrets.catalogue import FORMATS
from guards.secrets.formats import Format, values

IN_BASE64 = "{:base64}"
"""Where a value stands in Base64, as Kubernetes keeps it."""

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
    ("Dockerfile", "ARG SETTING={}"),
    ("Dockerfile", "ENV SETTING {}"),
    ("compose.yaml", "      - SETTING={}"),
    (".github/workflows/a.yml", "        env:\n          SETTING: {}"),
    ("k8s.yaml", "          - name: SETTING\n            value: {}"),
    ("k8s.yaml", f"kind: Secret\ndata:\n  setting: {IN_BASE64}"),
    ("k8s.yaml", "{{setting: {}, b: 1}}"),
    ("a.yaml", "setting: >-\n  {}"),
    ("a.tfvars", 'setting = "{}"'),
    ("a.tf", "  setting = <<EOT\n{}\nEOT"),
    ("a.py", 'params = {{"setting": "{}", "page": 1}}'),
    ("a.py", "pair = ('{}',)"),
    ("a.py", 'url = "https://api.acme.dev/v1?setting={}&page=2"'),
    ("a.py", '"""Uses {} unless told otherwise."""'),
    ("a.ipynb", '   "source": ["setting = \\"{}\\"\\n"]'),
    ("a.json", '{{"log": "setting={}\\n"}}'),
    ("a.service", 'Environment="SETTING={}"'),
    ("a.conf", "proxy_set_header X-Setting {};"),
    ("Makefile", "SETTING := {}"),
    ("a.sh", "git clone https://x-access-token:{}@git.acme.dev/a/b.git"),
    ("a.sh", 'curl -H "Authorization: Bearer {}" https://api.acme.dev/'),
    ("a.sh", "docker run -e SETTING={} image"),
    ("a.sh", "SETTING=${{SETTING:-{}}}"),
    ("a.sh", "echo {} | login --stdin"),
    ("a.bat", 'setx SETTING "{}"'),
    ("a.ps1", "$env:SETTING = '{}'"),
    ("a.rb", "ENV['SETTING'] ||= '{}'"),
    ("a.lua", "local setting = [[{}]]"),
    ("A.java", '@Value("${{setting:{}}}")'),
    ("a.plist", "<key>Setting</key><string>{}</string>"),
    ("a.log", '{{"level":"info","msg":"got {}"}}'),
    ("a.log", "DEBUG setting={} user=3"),
    ("a.md", "```sh\nexport SETTING={}\n```"),
    ("a.md", "| setting | {} |"),
    ("a.rst", ".. code-block:: sh\n\n   export SETTING={}"),
    ("a.patch", "+setting = {}"),
    ("a.http", "X-Setting: {}"),
    ("tests/a.py", 'SETTING = "{}"'),
)
"""The name of a file and what stands in it."""


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


def stand_ins(seed: int, each: int) -> Iterator[Case]:
    """Files with what people write where a value will stand, and with what programs write that looks like one."""
    random = Random(seed)
    for form in FORMATS:
        if form.path or form.block:
            continue
        for _ in range(each):
            example = form.example(random)
            spans = list(values(form, example, 0, None))
            if "\n" in example or not spans:
                continue
            start, end = spans[0]
            for made in (_blanked, _counted, _named_as_example):
                told = example[:start] + made(example[start:end], form.shown) + example[end:]
                yield Case(form.id, *_somewhere(form, told, told if start == 0 else "", random), "")
            if start:
                digest = random.choice(_DIGESTS)(random.randbytes(20))
                yield Case(form.id, *_somewhere(form, f"checksum = {digest}", "", random), "")


_DIGESTS: tuple[Callable[[bytes], str], ...] = (
    lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest(),
    lambda data: hashlib.sha256(data).hexdigest(),
    lambda data: f"sha512-{base64.b64encode(hashlib.sha512(data).digest()).decode()}",
    lambda data: str(uuid.UUID(bytes=data[:16])),
)


def _blanked(value: str, shown: int) -> str:
    return value[:shown] + "".join("x" if char.isalnum() else char for char in value[shown:])


def _counted(value: str, shown: int) -> str:
    row = iter("abcdefghijklmnopqrstuvwxyz0123456789" * (len(value) // 36 + 1))
    return value[:shown] + "".join(next(row) if char.isalnum() else char for char in value[shown:])


def _named_as_example(value: str, shown: int) -> str:
    words = "YOUR_KEY_GOES_HERE"
    return (value[:shown] + words + value[shown + len(words) :])[: len(value)]


def _somewhere(form: Format, example: str, value: str, random: Random) -> tuple[str, str]:
    path, line = random.choice(PLACES)
    if form.path:
        return _path_for(form), f"{example}\n"
    if example != value or "\n" in example:  # a line of its own already
        return path, f"{example}\n"
    if IN_BASE64 in line:
        return path, f"{line.replace(IN_BASE64, base64.b64encode(example.encode()).decode())}\n"
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
