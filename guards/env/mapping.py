"""Which files concern this guard, and what a scan may know of them."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from guards._code.places import is_for_tests
from guards._code.syntax.grammars import GRAMMAR_OF
from guards._core.model import Outside, OutsideKind, Select, Skipped, Trigger
from guards.env.facts import Role
from guards.env.options import Options
from guards.env.section import Accessor, Section, Variable

CANONICAL = frozenset({"canonical.yaml", "config/canonical.yaml"})
_SHELLS = frozenset({".sh", ".bash", ".zsh", ".ksh", ".bats", ".envrc"})
_ENDINGS = frozenset({
    ".env", ".example", ".sample", ".template", ".dist", ".local", ".dev", ".development", ".stage", ".staging",
    ".prod", ".production", ".test", ".tpl", ".schema", ".defaults", ".default", ".ci", ".docker",
})  # fmt: skip
"""How environment files end; each is looked at by its whole name."""
_DOCUMENTS = frozenset({".yml", ".yaml", ".mk", ".dockerfile"})
SUFFIXES = frozenset({*GRAMMAR_OF, ".py", ".pyi", *_SHELLS, *_ENDINGS, *_DOCUMENTS})
NAMES = frozenset({
    "Dockerfile", "Containerfile", "Makefile", "makefile", "GNUmakefile", ".env", ".envrc", "canonical.yaml",
})  # fmt: skip
_DOTENV = re.compile(r"\.env(?:[.-][\w.-]+)?|[\w.-]+\.env(?:\.\w+)?|env\.(?:example|sample|template|dist)")
_TEMPLATE = re.compile(r"(?:^|[._-])(?:example|sample|template|dist|tpl|schema|defaults?)(?:$|[._-])", re.IGNORECASE)
_DOCKERFILE = re.compile(r"(?:.*\.)?(?:Dockerfile|Containerfile)(?:\..*)?", re.IGNORECASE)
_COMPOSE = re.compile(r"(?:docker-)?compose(?:[._-].*)?\.ya?ml", re.IGNORECASE)
_GENERATED = re.compile(r".*\.min\.[cm]?js|.*\.bundle\.js|.*-lock\.ya?ml")
_OF_OTHERS = re.compile(
    r"(?:^|/)(?:node_modules|bower_components|site-packages|vendor(?:ed)?|third[-_]party|_vendor)(?:/|$)"
)
_OF_TESTS = re.compile(
    r"test_.*\.py|.*_tests?\.py|conftest\.py|tests?\.py|.*\.(?:test|spec|stories|cy)\.[cm]?[jt]sx?|.*\.bats"
)


class Slice(NamedTuple):
    """All of canonical.yaml that a scan depends on: plain data."""

    has_section: bool = False
    accessors: tuple[tuple[str, int, str], ...] = ()
    loaders: tuple[str, ...] = ()
    checks: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    """Variables whose values are looked at, with what they have to be."""

    def readers(self) -> list[Accessor]:
        """The accessors."""
        return [Accessor(call=call, argument=argument, prefix=prefix) for call, argument, prefix in self.accessors]


def scan_slice(options: Options, canonical: Any) -> Slice:
    """What scan depends on."""
    if not isinstance(canonical, Section):
        return Slice()
    code = canonical.code
    loaders = {code.loader_of(entry) for entry in code.entry_points.values()} - {""}
    accessors = tuple((one.call, one.argument, one.prefix) for one in code.readers)
    checks = tuple(
        (name, written(one)) for name, one in sorted(canonical.env.items()) if written(one) != written(Variable())
    )
    return Slice(has_section=True, accessors=accessors, loaders=tuple(sorted(loaders)), checks=checks)


def written(one: Variable) -> tuple[Any, ...]:
    """What its value has to be."""
    return (str(one.type), one.min, one.max, one.pattern, one.one_of)


@functools.lru_cache(maxsize=1 << 14)
def _is_of_others(folder: str) -> bool:
    return _OF_OTHERS.search(folder) is not None


def _is_test(folder: str, name: str) -> bool:
    """Whether a file is for tests or examples."""
    return is_for_tests(folder) or _OF_TESTS.fullmatch(name) is not None


def classify(path: str, slice_: Slice) -> str | Skipped | None:
    """What a path is."""
    if path in CANONICAL:
        return Role.CANONICAL if slice_.has_section else None
    folder, _, name = path.rpartition("/")
    if _is_of_others(folder):
        return Skipped("in a folder of other people's code")
    suffix = posixpath.splitext(name)[1].lower()
    if suffix != ".py" and _GENERATED.fullmatch(name):
        return Skipped("generated: written by no person")
    if suffix in {".py", ".pyi"} or suffix in GRAMMAR_OF:
        if suffix == ".pyi" or name.endswith(".d.ts"):
            return None
        if _is_test(folder, name):
            return Role.TEST if slice_.has_section else Skipped(_FOR_TESTS)
        return Role.PYTHON if suffix == ".py" else f"{Role.SCRIPT}:{suffix}"
    found = _other(folder, name, suffix)
    return Skipped(_FOR_TESTS) if found is not None and _is_test(folder, name) else found


_FOR_TESTS = "for tests or examples"


def _other(folder: str, name: str, suffix: str) -> str | None:
    if suffix in _SHELLS or name == ".envrc":
        return Role.SHELL
    if suffix == ".mk" or name in {"Makefile", "makefile", "GNUmakefile"}:
        return Role.MAKEFILE
    if suffix in {".yml", ".yaml"}:
        if folder.endswith(".github/workflows") or name in {"action.yml", "action.yaml"}:
            return Role.WORKFLOW
        return Role.COMPOSE if _COMPOSE.fullmatch(name) else None
    if _DOTENV.fullmatch(name):
        return Role.TEMPLATE if _TEMPLATE.search(name) else Role.DOTENV
    return Role.DOCKERFILE if _DOCKERFILE.fullmatch(name) else None


def role_of(path_class: str) -> tuple[Role, str]:
    """What a file is, and its suffix where it matters."""
    role, _, suffix = path_class.partition(":")
    return Role(role), suffix


_BY_TRIGGER = frozenset({Role.PYTHON, Role.SCRIPT, Role.TEST})


def whatever_triggers(path_class: str) -> bool:
    """All but code of Python and JavaScript: these are few and small, and what they hold stands in no words."""
    return role_of(path_class)[0] not in _BY_TRIGGER


def always(slice_: Slice) -> Select:
    """The names and suffixes of those."""
    return Select(suffixes=_SHELLS | _ENDINGS | _DOCUMENTS, names=NAMES)


_PYTHON_SIGNS = (
    r"\b(?:environb?|getenvb?|expandvars)\b", r"\benvirons\b", r"\bdecouple\b", r"\bstarlette\b",
    r"Dynaconf|LazySettings", r"\benvvar\b|\benv_var\b|auto_envvar_prefix",
    r"\bBaseSettings\b|Settings\)\s*:|Settings, *\w+ *=",
)  # fmt: skip
_OF_OS = re.compile(
    rb"\bos\s*\.\s*(?:environ|getenv|path\s*\.\s*expandvars)|\bfrom\s+os(?:\.path)?\s+import\b|\bos(?:\.path)?\s+as\b"
    rb"|=\s*os\s*(?:[\n#;,)]|$)|[\"']os[\"']|\bgetattr\(\s*os\b|\b(?:import|from)\s+environ\b"
)
"""Where the first of these signs is that of `os`, or of django-environ, and not of a request."""
_SCRIPT_SIGNS = (
    r"\bprocess\s*\??\.\s*env\b|\bprocess\[|=\s*process\b|[\"'](?:node:)?process[\"']|\bprocess\s*$",
    r"import\.meta\b",
    r"\bDeno\s*\.\s*env\b", r"\bBun\s*\.\s*env\b", r"\$env/|astro:env|@nestjs/|[\"']env-var[\"']",
)  # fmt: skip
_WORDS = re.compile(r"[./:#]+")


TEMPLATES = ("{.env,.env.*,*.env,env}.{example,sample,template,dist}", "{example,sample,template,dist}.env")
"""What templates are mostly called. Without canonical.yaml, code is only looked at where there is one of them."""
_NEVER = Trigger("\ufffe no variable is declared \ufffe", literal=True)


def reads(options: Options, canonical: Any) -> tuple[str, ...]:
    """Scan does not read templates, but whether there are any decides what is worth a look."""
    return () if isinstance(canonical, Section) else TEMPLATES


TODAY = Outside(OutsideKind.TODAY)


def looks_outside(options: Options, canonical: Any) -> tuple[Outside, ...]:
    """The day is asked for only where something depends on it."""
    rotated = isinstance(canonical, Section) and any(one.rotated for one in canonical.env.values())
    return (TODAY,) if rotated else ()


def is_idle(slice_: Slice, documents: Mapping[str, bytes]) -> bool:
    """Whether nothing is declared that code could be compared with."""
    return not slice_.has_section and not documents


def triggers(slice_: Slice, documents: Mapping[str, bytes]) -> tuple[Trigger, ...]:
    """Words without which no code of Python or JavaScript reads a variable."""
    if is_idle(slice_, documents):
        return (_NEVER,)
    own = dict.fromkeys(_WORDS.split(one)[-1] for one in (*(call for call, _, _ in slice_.accessors), *slice_.loaders))
    return (*map(Trigger, (*_PYTHON_SIGNS, *_SCRIPT_SIGNS)), *(Trigger(word, literal=True) for word in own if word))


def concerns(role: Role, hits: Mapping[int, Any], text: bytes) -> bool:
    """Whether what hit in a file means something in its language."""
    first, last = len(_PYTHON_SIGNS), len(_PYTHON_SIGNS) + len(_SCRIPT_SIGNS)
    if role is Role.SCRIPT:
        return any(at >= first for at in hits)
    return any(0 < at < first or at >= last for at in hits) or (0 in hits and _OF_OS.search(text) is not None)
