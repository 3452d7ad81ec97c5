"""pyproject.toml: the project, its build settings and the tools' targets."""

from __future__ import annotations

from collections.abc import Iterator

from guards._code.packages import normalized
from guards._code.spans import Document, Format, JsonPath, parse
from guards._core.model import Fact, Json, Seen
from guards.versions import ranges
from guards.versions.facts import Dependency, Project, RequiresPython, Runs, Target, Tool, fact
from guards.versions.mapping import Role
from guards.versions.reading import python
from guards.versions.reading.plain import items, table, text, texts

_COMPILED = ("maturin", "mesonpy", "scikit_build_core", "py_build_cmake", "setuptools_rust")
"""What builds modules that no file of Python is."""


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """The facts of a manifest."""
    document = parse(data, Format.TOML)[0]
    reader = _Reader(document)
    yield from (one for one in reader.facts() if one is not None)


class _Reader:
    """One document, and what is known of it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._root = table(document.value)
        self._project = table(self._root, "project")
        self._tool = table(self._root, "tool")
        self._poetry = table(self._tool, "poetry")
        self._unknown = frozenset(map(normalized, self._from_elsewhere()))

    def facts(self) -> Iterator[Fact | None]:
        """All of them."""
        if self._project or self._poetry:
            yield self._described()
        yield self._version()
        yield self._requires_python()
        yield from self._classifiers()
        yield from self._dependencies()
        yield from self._poetry_dependencies()
        yield from self._scripts()
        yield from self._targets()

    def _from_elsewhere(self) -> Iterator[str]:
        """Names that the manifest takes from a path, an address, or changes for everybody."""
        yield from table(self._tool, "uv", "sources")
        for key in ("override-dependencies", "constraint-dependencies", "exclude-dependencies"):
            for _, written in texts(table(self._tool, "uv").get(key)):
                pin = ranges.pin_of(written)
                yield pin.name if pin else ""
        yield from table(self._tool, "pdm", "resolution", "overrides")
        yield from (name for name, value in table(self._poetry, "dependencies").items() if isinstance(value, dict))

    # ---- The project ------------------------------------------------------------------------------------------------

    def _described(self) -> Fact:
        at: JsonPath = ("project", "name") if "name" in self._project else ("tool", "poetry", "name")
        name = text(self._project.get("name")) or text(self._poetry.get("name"))
        if not name:
            at = ("project",) if self._project else ("tool", "poetry")
        backend = text(table(self._root, "build-system").get("build-backend"))
        described = Project(
            name=normalized(name),
            ecosystem="python",
            backend=backend,
            roots=tuple(sorted({"", "src", "lib", "python", *self._roots()})),
            modules=tuple(sorted(set(self._modules()))),
            version_in=tuple(self._version_in(backend)),
            is_unusual=backend.startswith(_COMPILED) or self._is_moved(),
        )
        return fact(described, self._document.span(at))

    def _roots(self) -> Iterator[str]:
        tool = self._tool
        yield from (text(value) for key, value in table(tool, "setuptools", "package-dir").items() if not key)
        yield from (one for _, one in texts(table(tool, "setuptools", "packages", "find").get("where")))
        yield text(table(tool, "pdm", "build").get("package-dir"))
        yield text(table(tool, "uv", "build-backend").get("module-root"))
        yield text(table(tool, "maturin").get("python-source"))
        yield from (text(table(one).get("from")) for one in items(self._poetry.get("packages")))
        for target in ("wheel", "sdist"):
            build = table(tool, "hatch", "build", "targets", target)
            yield from (one.strip("/") for _, one in texts(build.get("sources")))
            yield from (one.strip("/").rpartition("/")[0] for _, one in texts(build.get("packages")))

    def _modules(self) -> Iterator[str]:
        tool = self._tool
        yield from (one.partition(".")[0] for _, one in texts(table(tool, "setuptools").get("packages")))
        yield from (one for _, one in texts(table(tool, "setuptools").get("py-modules")))
        yield text(table(tool, "flit", "module").get("name"))
        yield from (text(table(one).get("include")).partition("/")[0] for one in items(self._poetry.get("packages")))
        for _, one in texts(table(tool, "hatch", "build", "targets", "wheel").get("packages")):
            yield one.strip("/").rpartition("/")[2]
        name = table(tool, "uv", "build-backend").get("module-name")
        yield from (one for _, one in texts(name if isinstance(name, list) else [name]))

    def _is_moved(self) -> bool:
        """Whether packages are installed under another name than that of their folder, or made by a build."""
        hatch = table(self._tool, "hatch", "build", "targets", "wheel")
        moved = any(table(self._tool, "setuptools", "package-dir")) or isinstance(hatch.get("sources"), dict)
        renamed = any("to" in table(one) for one in items(self._poetry.get("packages")))
        return moved or renamed or bool(table(hatch, "force-include") or table(hatch, "hooks"))

    def _version_in(self, backend: str) -> Iterator[str]:
        if "version" not in [one for _, one in texts(self._project.get("dynamic"))]:
            return
        for tool in ("hatch", "pdm"):
            version = table(self._tool, tool, "version")
            if version.get("source") in {None, "regex", "file"} and text(version.get("path")):
                yield f"path:{text(version.get('path'))}"
        attribute = text(table(self._tool, "setuptools", "dynamic", "version").get("attr"))
        if attribute:
            yield f"module:{attribute.rpartition('.')[0]}"
        if backend.startswith("flit"):
            name = text(table(self._tool, "flit", "module").get("name")) or text(self._project.get("name"))
            yield f"module:{name.replace('-', '_')}"

    def _version(self) -> Fact | None:
        if isinstance(self._project.get("version"), str):
            at: JsonPath = ("project", "version")
        elif isinstance(self._poetry.get("version"), str) and not self._is_written_by_tool():
            at = ("tool", "poetry", "version")
        else:
            return None
        written = text(table(self._root, *map(str, at[:-1]))["version"])
        return python.own_version(written, "pyproject.toml", self._document.span(at))

    def _is_written_by_tool(self) -> bool:
        names = ("poetry-dynamic-versioning", "poetry-version-plugin")
        return any(name in self._tool for name in names) or "version-plugin" in self._poetry

    def _requires_python(self) -> Fact | None:
        written = self._project.get("requires-python")
        if isinstance(written, str):
            span = self._document.span(("project", "requires-python"))
            return fact(RequiresPython((written,), written), span)
        written = table(self._poetry, "dependencies").get("python")
        specs = ranges.poetry_specs(written) if isinstance(written, str) else None
        if specs is None or not isinstance(written, str):
            return None
        return fact(
            RequiresPython(specs, written, "poetry"), self._document.span(("tool", "poetry", "dependencies", "python"))
        )

    def _classifiers(self) -> Iterator[Fact | None]:
        for at, holder in ((("project",), self._project), (("tool", "poetry"), self._poetry)):
            for number, written in texts(holder.get("classifiers")):
                yield python.classifier(written, self._document.span((*at, "classifiers", number)))

    # ---- Dependencies -----------------------------------------------------------------------------------------------

    def _dependencies(self) -> Iterator[Fact | None]:
        yield from self._requirements(("project", "dependencies"), "dependencies")
        for extra in table(self._project, "optional-dependencies"):
            yield from self._requirements(("project", "optional-dependencies", extra), f"extra {extra}")
        for group in table(self._root, "dependency-groups"):
            yield from self._requirements(("dependency-groups", group), f"group {group}")
        for group in table(self._tool, "pdm", "dev-dependencies"):
            yield from self._requirements(("tool", "pdm", "dev-dependencies", group), f"pdm group {group}")
        yield from self._requirements(("tool", "uv", "dev-dependencies"), "uv group dev")
        yield from self._requirements(("build-system", "requires"), "build")

    def _requirements(self, at: tuple[str, ...], group: str) -> Iterator[Fact | None]:
        holder = table(self._root, *at[:-1])
        for number, written in texts(holder.get(at[-1])):
            yield python.dependency(written, group, self._document.span((*at, number)), unknown=self._unknown)

    def _poetry_dependencies(self) -> Iterator[Fact | None]:
        yield from self._poetry_group(("tool", "poetry", "dependencies"), "poetry dependencies")
        yield from self._poetry_group(("tool", "poetry", "dev-dependencies"), "poetry group dev")
        for group in table(self._poetry, "group"):
            yield from self._poetry_group(("tool", "poetry", "group", group, "dependencies"), f"poetry group {group}")

    def _poetry_group(self, at: tuple[str, ...], group: str) -> Iterator[Fact]:
        declared = {normalized(written.split(";")[0].split("[")[0].split(" ")[0])
                    for _, written in texts(self._project.get("dependencies"))}  # fmt: skip
        for name, value in table(self._root, *at).items():
            if name != "python" and normalized(name) not in declared:
                yield fact(_poetry_dependency(name, value, group), self._document.span((*at, name)))

    # ---- Scripts and targets ----------------------------------------------------------------------------------------

    def _scripts(self) -> Iterator[Fact | None]:
        for at in (("project", "scripts"), ("project", "gui-scripts"), ("tool", "poetry", "scripts")):
            yield from self._scripts_at(at)
        for group in table(self._project, "entry-points"):
            yield from self._scripts_at(("project", "entry-points", group))
        for group in table(self._poetry, "plugins"):
            yield from self._scripts_at(("tool", "poetry", "plugins", group))

    def _scripts_at(self, at: tuple[str, ...]) -> Iterator[Fact | None]:
        for name, value in table(self._root, *at).items():
            if isinstance(value, str):
                yield python.script(name, value, self._document.span((*at, name)))

    def _targets(self) -> Iterator[Fact | None]:
        for keys in (
            ("ruff", "target-version"), ("black", "target-version"), ("mypy", "python_version"),
            ("pyright", "pythonVersion"), ("basedpyright", "pythonVersion"), ("ty", "environment", "python-version"),
            ("pylint", "main", "py-version"),
        ):  # fmt: skip
            value = table(self._tool, *keys[:-1]).get(keys[-1])
            listed = value if isinstance(value, list) else [value]
            minors = [ranges.python_minor(str(one)) for one in listed if isinstance(one, (str, float))]
            if minors and all(minors):
                pythons = tuple(one for one in minors if one)
                yield fact(Target(keys[0], pythons), self._document.span(("tool", *keys)))
        for number, written in texts(table(self._tool, "tox").get("env_list")):
            minor = ranges.python_minor(written)
            if minor:
                yield fact(Runs("tox", minor), self._document.span(("tool", "tox", "env_list", number)))
        required = self._project.get("requires-python")
        if isinstance(required, str):
            yield fact(Tool("python", required, "range"), self._document.span(("project", "requires-python")))


_PLAIN_KEYS = {"version", "extras", "optional", "allow-prereleases", "markers", "python", "platform"}


def _poetry_dependency(name: str, value: Json, group: str) -> Dependency:
    """A dependency in Poetry's own table: a text, a table, or a list of tables for several cases."""
    cases = value if isinstance(value, list) else [value]
    plain = [{"version": one} if isinstance(one, str) else table(one) for one in cases]
    conditional = len(plain) > 1 or any({"markers", "python", "platform"} & set(one) for one in plain)
    specs: list[str] = []
    known = True
    for one in plain:
        found = ranges.poetry_specs(text(one.get("version")) or "*")
        known = known and found is not None and set(one) <= _PLAIN_KEYS
        specs += found or ()
    written = f"{name} {text(plain[0].get('version'))}".strip()
    return Dependency(normalized(name), written, group, tuple(specs) if known else None, conditional)
