"""Schemas that come with guard, for files whose form somebody else's program decides.

They are written from what the formats' documentation says and from what their programs refuse, and allow whatever
those let pass: a key that is not known here is no finding, unless the format has no other keys.
"""

from __future__ import annotations

import os
from functools import cache
from typing import NamedTuple

from guards._core.globs import Matcher, matcher

ADDRESS = "https://bundled-with-guard.invalid/"
"""Where the schemas are, to whatever reads schemas: no file of a repository has such an address."""
_FOLDER = os.path.dirname(__file__)


class Bundled(NamedTuple):
    """One schema, and the files that it is for."""

    name: str
    title: str
    globs: tuple[str, ...]
    """From the root if they begin with `/`, else the name of a file in any folder."""
    documentation: str
    """Where the format is described."""


BUNDLED = (
    Bundled(
        "compose",
        "Compose files",
        ("compose.yaml", "compose.yml", "compose.*.yaml", "compose.*.yml",
         "docker-compose.yaml", "docker-compose.yml", "docker-compose.*.yaml", "docker-compose.*.yml"),
        "https://docs.docker.com/reference/compose-file/",
    ),
    Bundled(
        "dependabot",
        "Dependabot's configuration",
        ("/.github/dependabot.yml", "/.github/dependabot.yaml"),
        "https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference",
    ),
    Bundled(
        "github-action",
        "metadata of GitHub actions",
        ("/action.yml", "/action.yaml", "/.github/actions/**/action.yml", "/.github/actions/**/action.yaml"),
        "https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax",
    ),
    Bundled(
        "github-workflow",
        "workflows of GitHub Actions",
        ("/.github/workflows/*.yml", "/.github/workflows/*.yaml"),
        "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax",
    ),
    Bundled("gitlab-ci", "GitLab's pipelines", ("/.gitlab-ci.yml",), "https://docs.gitlab.com/ci/yaml/"),
    Bundled(
        "package-json",
        "manifests of npm packages",
        ("package.json",),
        "https://docs.npmjs.com/cli/configuring-npm/package-json",
    ),
    Bundled(
        "pre-commit",
        "pre-commit's configuration",
        (".pre-commit-config.yaml",),
        "https://pre-commit.com/#pre-commit-configyaml---top-level",
    ),
    Bundled(
        "pre-commit-hooks",
        "hooks that a repository offers to pre-commit",
        (".pre-commit-hooks.yaml",),
        "https://pre-commit.com/#creating-new-hooks",
    ),
    Bundled(
        "pyproject",
        "metadata of Python projects",
        ("pyproject.toml",),
        "https://packaging.python.org/en/latest/specifications/pyproject-toml/",
    ),
    Bundled(
        "renovate",
        "Renovate's configuration",
        ("/renovate.json", "/.github/renovate.json", "/.gitlab/renovate.json", "/.renovaterc.json"),
        "https://docs.renovatebot.com/configuration-options/",
    ),
    Bundled(
        "tsconfig",
        "settings of TypeScript's compiler",
        ("tsconfig.json", "tsconfig.*.json", "jsconfig.json"),
        "https://www.typescriptlang.org/tsconfig/",
    ),
)  # fmt: skip
NAMES = tuple(bundled.name for bundled in BUNDLED)


def bundled_for(path: str) -> str:
    """The name of the bundled schema for a path, or an empty string."""
    exact, wild, matches = _by_glob()
    name = path.rpartition("/")[2]
    found = exact.get(f"/{path}") or exact.get(name)
    if found is None and matches(path):
        found = wild[matches.first(path) or ""]
    return found or ""


@cache
def _by_glob() -> tuple[dict[str, str], dict[str, str], Matcher]:
    """Globs that are a path or a name, with their schemas; the other globs; and whether one of those matches."""
    names = {glob: each.name for each in BUNDLED for glob in each.globs}
    wild = {glob: name for glob, name in names.items() if "*" in glob}
    exact = {glob: name for glob, name in names.items() if glob not in wild}
    return exact, wild, matcher(wild)


@cache
def schema(name: str) -> bytes:
    """The text of a bundled schema."""
    with open(os.path.join(_FOLDER, f"{name}.schema.json"), "rb") as file:
        return file.read()


def address(name: str) -> str:
    """The address of a bundled schema."""
    return f"{ADDRESS}{name}.schema.json"


def documentation(name: str) -> str:
    """Where the format of a bundled schema's files is described."""
    return next(each.documentation for each in BUNDLED if each.name == name)


def table() -> str:
    """All of them, in Markdown."""
    rows = [
        f"| `{each.name}` | [{each.title}]({each.documentation}) | {', '.join(f'`{glob}`' for glob in each.globs)} |"
        for each in BUNDLED
    ]
    return "\n".join(["| name | for | files |", "| --- | --- | --- |", *rows])
