"""Everything that the files of a repository tell of its variables, put together for judge."""

from __future__ import annotations

import datetime
import functools
import posixpath
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from guards._core.globs import matcher
from guards._core.model import Case, Fact, Place, Span
from guards.env import facts
from guards.env.ambient import is_ambient
from guards.env.decorators import profile_of
from guards.env.documents import variable
from guards.env.facts import Holds, How, Role
from guards.env.mapping import CANONICAL, TEMPLATES, classify, role_of, scan_slice
from guards.env.options import Options
from guards.env.section import Profile, Section, Variable

_UNREAD = (".astro", ".cs", ".dart", ".erb", ".ex", ".exs", ".go", ".j2", ".java", ".jinja", ".kt", ".lua", ".php",
           ".pl", ".prisma", ".rb", ".rs", ".scala", ".svelte", ".swift", ".tf", ".vue")  # fmt: skip
"""Code that may read variables, and that nobody reads here."""
_OF_LIBRARIES = re.compile(
    r"(?:AWS|OTEL|PG|POSTGRES|MYSQL|REDIS|MONGO|SENTRY|DD|NEW_RELIC|GOOGLE|AZURE|GCP|DOCKER|COMPOSE|FLASK|DJANGO|GUNICORN|CELERY"
    r"|UVICORN|NEXT|AUTH|OPENAI|ANTHROPIC|HF|LANGCHAIN|LANGSMITH|TEST|CYPRESS|E2E|MLFLOW|WANDB|DATABASE|TURBO|WEB_CONCURRENCY)"
    r"(?:_|[A-Z]*$)"
)
"""What well-known libraries read by themselves, and what only tests do."""
_MANIFESTS = frozenset(
    {"package.json", "pyproject.toml", "setup.py", "deno.json", "go.mod", "Cargo.toml", "composer.json"}
)


class Use(NamedTuple):
    """A read of a variable."""

    path: str
    span: Span
    name: str
    how: How
    role: Role
    default: str = ""
    is_folded: bool = False
    is_weak: bool = False
    """It may well be set by what nobody sees."""


class Given(NamedTuple):
    """A value, or room for one, in a file."""

    path: str
    span: Span | None
    name: str
    holds: Holds
    flaw: str
    role: Role
    profiles: frozenset[Profile]
    """What the file, or the job of a workflow, is for; empty: all of them."""


class World:
    """What is read, given and declared."""

    def __init__(self, case: Case[Options], today: datetime.date | None = None) -> None:
        self.options = case.options
        self.section = case.canonical if isinstance(case.canonical, Section) else Section()
        self.has_section = isinstance(case.canonical, Section)
        self.today = today
        self._case = case
        slice_ = scan_slice(case.options, case.canonical)
        self.roles: dict[str, Role] = {}
        for path in sorted(case.facts):
            path_class = classify(path, slice_)
            if isinstance(path_class, str):
                self.roles[path] = role_of(path_class)[0]
        self._known_templates: dict[str, bool] = {}
        self.templates = sorted(path for path, role in self.roles.items() if role is Role.TEMPLATE)
        self.uses = [*self._uses(), *self._inherited()]
        self.given = list(self._given())
        self.comments: dict[str, Variable] = {}
        self._comment_places: dict[str, Place] = {}
        for path, fact in self.of(facts.DECLARED):
            data: Any = fact.data
            found = variable(data)
            asked = data.get("required", False)
            required = tuple(Profile(one) for one in asked) if isinstance(asked, list) else bool(asked)
            self.comments[data["name"]] = Variable(
                required=required, secret=found.secret, type=found.type, min=found.min, max=found.max,
                pattern=found.pattern, one_of=found.one_of,
            )  # fmt: skip
            self._comment_places[data["name"]] = Place(path, fact.span, "what its template says of it")
        self.variables: Mapping[str, Variable] = {**self.comments, **self.section.env}
        self._canonical = next((path for path in sorted(CANONICAL) if path in case.facts), "canonical.yaml")
        self._spans: Mapping[str, Any] = next(
            (fact.data for path, fact in self.of(facts.PLACES) if isinstance(fact.data, dict)), {}
        )

    def of(self, kind: str) -> Iterator[tuple[str, Fact]]:
        """All facts of a kind, each with its path."""
        for path in self.roles:
            yield from ((path, fact) for fact in self._case.facts[path] if fact.kind == kind)

    @functools.cached_property
    def tracked(self) -> frozenset[str]:
        """The paths that git tracks."""
        return frozenset(entry.path for entry in self._case.entries if entry.tracked)

    @functools.cached_property
    def _projects(self) -> frozenset[str]:
        """The folders with a manifest."""
        return frozenset(posixpath.dirname(path) for path in self.paths if posixpath.basename(path) in _MANIFESTS)

    @property
    def paths(self) -> Iterable[str]:
        """All paths of the tree."""
        return self._case.paths

    def place(self, *path: str | int) -> Place:
        """Where an entry of canonical.yaml stands."""
        span = self._spans.get("/".join(map(str, path)))
        return Place(self._canonical, Span(*span) if span else None, "what canonical.yaml says of it")

    def place_of(self, name: str) -> Place:
        """Where a variable is declared."""
        if name in self.section.env:
            return self.place("env", name)
        template = next((one for one in self.given if one.name == name and one.path in self.templates), None)
        return self._comment_places.get(name) or (
            Place(template.path, template.span) if template is not None else self.place("env")
        )

    @property
    def named(self) -> Iterator[Use | Given]:
        """Everything that names a variable, reads first."""
        yield from self.uses
        yield from self.given

    # ---- Reads ----

    def _uses(self) -> Iterator[Use]:
        for path, fact in self.of(facts.READ):
            data: Any = fact.data
            yield self._use(path, fact.span, data)

    def _use(self, path: str, span: Any, data: Mapping[str, Any]) -> Use:
        return Use(path, Span(*span), data["name"], How(data["how"]), self.roles[path], data.get("default", ""),
                   bool(data.get("folded")), bool(data.get("weak")))  # fmt: skip

    def _inherited(self) -> Iterator[Use]:
        """Fields of classes whose bases stand in other modules."""
        known: dict[str, list[Mapping[str, Any]]] = {}
        told: list[tuple[str, Any]] = [(path, fact.data) for path, fact in self.of(facts.CLASS)]
        for _, data in told:
            known.setdefault(data["name"], []).append(data)
        for path, data in told:
            prefix = self._prefix_of_bases(data, known, 0)
            if not data["bases"] or prefix is None:
                continue
            own = data["prefix"] is not None
            for member in data["members"]:
                if member["is_read"]:
                    name = member["name"] if own else prefix + member["name"]
                    yield self._use(path, member["span"], {**member, "name": name})

    def _prefix_of_bases(self, data: Mapping[str, Any], known: Mapping[str, Any], depth: int) -> str | None:
        """What a class takes over from settings elsewhere; None where its bases are none."""
        if not data["bases"]:
            return str(data["prefix"] or "")
        for base in data["bases"] if depth < 5 else ():
            for one in known.get(base.rpartition(".")[2].rpartition(":")[2], ()):
                found = self._prefix_of_bases(one, known, depth + 1)
                if found is not None:
                    return str(one["prefix"]) if one["prefix"] is not None else found
        return None

    def dynamic(self) -> Iterator[tuple[str, Fact, str]]:
        """Reads of which only the beginning of the name is known."""
        for path, fact in self.of(facts.DYNAMIC):
            yield path, fact, str(fact.data["prefix"]) if isinstance(fact.data, dict) else ""

    def mentioned(self) -> set[str]:
        """Names that workflows take from stores of the platform, and that tests use."""
        return {
            str(name)
            for path, fact in self.of(facts.MENTIONED)
            if self.roles[path] is not Role.TEMPLATE and isinstance(fact.data, dict)
            for name in names_in(fact)
        }

    # ---- What is given ----

    def _given(self) -> Iterator[Given]:
        for path, fact in self.of(facts.GIVEN):
            data: Any = fact.data
            own = frozenset({Profile(data["profile"])}) if "profile" in data else self._profiles_of(path)
            yield Given(
                path, fact.span, data["name"], Holds(data["holds"]), data.get("flaw", ""), self.roles[path], own
            )

    def _profiles_of(self, path: str) -> frozenset[Profile]:
        said = [Profile(one) for one, globs in self.section.code.provided.items() if globs and matcher(globs)(path)]
        if said:
            return frozenset(said)
        words = re.split(r"[._-]", posixpath.basename(path))
        return frozenset(found for word in words if word != "local" and (found := profile_of(word)) is not None)

    # ---- Declarations ----

    def documented(self, path: str) -> frozenset[str]:
        """The names that a template has."""
        names = {one.name for one in self.given if one.path == path}
        for at, fact in self.of(facts.MENTIONED):
            if at == path:
                names.update(names_in(fact))
        return frozenset(names)

    def declared(self) -> frozenset[str]:
        """The names that are declared anywhere."""
        names = set(self.variables)
        for path in self.templates:
            names |= self.documented(path)
        names |= {one.name for one in self.given if one.role is Role.DOTENV and one.path in self.tracked}
        return frozenset(names)

    def template_for(self, path: str) -> str:
        """The template that speaks for a file: the nearest above it; empty where there is none."""
        folder = posixpath.dirname(path)
        while True:
            found = [one for one in self.templates if posixpath.dirname(one) == folder]
            if found:
                return min(found, key=lambda one: (posixpath.basename(one) != ".env.example", one))
            if not folder:
                return ""
            folder = posixpath.dirname(folder)

    def is_surely_read_here(self, name: str, used: Container[str]) -> bool:
        """Whether a read of a name of a template would be seen: not in a library, or in a language that is not read."""
        templates = [one for one in self.templates if name in self._lines(one)]
        return not _OF_LIBRARIES.match(name) and bool(templates) and all(self._is_known(one, used) for one in templates)

    def _lines(self, template: str) -> frozenset[str]:
        return frozenset(one.name for one in self.given if one.path == template)

    def _is_known(self, template: str, used: Container[str]) -> bool:
        """Whether a template is that of code which is read: most of it is used, and no other languages are there."""
        if template not in self._known_templates:
            below = posixpath.dirname(template) + "/" if "/" in template else ""
            others = any(path.startswith(below) and path.lower().endswith(_UNREAD) for path in self.paths)
            names = self._lines(template)
            is_compared = matcher(TEMPLATES)(template) and not others
            self._known_templates[template] = is_compared and 2 * sum(name in used for name in names) >= len(names)
        return self._known_templates[template]

    def project_of(self, path: str) -> str:
        """The folder of the project that a file belongs to: the nearest above it with a manifest."""
        folder = posixpath.dirname(path)
        while folder and folder not in self._projects:
            folder = posixpath.dirname(folder)
        return folder

    def is_ambient(self, name: str) -> bool:
        """Whether nobody has to declare it."""
        return is_ambient(name, self.options)

    def is_secret(self, name: str) -> bool:
        """Whether it is declared to be one."""
        return name in self.variables and self.variables[name].secret


def names_in(fact: Fact) -> list[str]:
    """The names that a fact has."""
    names = fact.data["names"] if isinstance(fact.data, dict) else []
    return [str(one) for one in names] if isinstance(names, list) else []
