"""The no-direct-http guard: its examples, calls in every form that we know of, and how texts and names are followed."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from guards._code.syntax import embedded, python, script, shell, tolerant_python
from guards._code.syntax.meaning import meaning
from guards._code.syntax.values import Hole, known
from guards._core.canonical import read
from guards._core.model import Case, Entry, Fact, Finding, Kind, Need, Problem, Source
from guards._core.triggers import Engine, engine_for
from guards.no_direct_http import GUARD
from guards.no_direct_http.hosts import Answer, Verdict, answer, until_path
from guards.no_direct_http.options import Options
from guards.testing import Example, check_example, check_guard, examples, run_guard
from tests.probes.http import CANONICAL, PROBES, A, Probe

EXAMPLES = examples(Path(__file__).parent / "no_direct_http")


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    check_example(GUARD, example)


def test_contract() -> None:
    check_guard(GUARD, EXAMPLES)


# ---- Probes ---------------------------------------------------------------------------------------------------------

_SECTION: Any = read("canonical.yaml", CANONICAL.encode(), [GUARD]).sections["clients"]


@cache
def _engine() -> Engine:
    return engine_for(GUARD.triggers_for(GUARD.scan_slice(Options(), _SECTION), {}), None)


def _facts(path: str, text: bytes, *, is_asked: bool = False) -> tuple[Fact, ...]:
    """What scan says of a file if its triggers let it."""
    slice_ = GUARD.scan_slice(Options(), _SECTION)
    path_class = GUARD.classify(path, slice_)
    if not isinstance(path_class, str) or GUARD.scan is None or GUARD.whatever_triggers is None:
        return ()
    hits = _engine().lines(text)
    if not (hits or is_asked or GUARD.whatever_triggers(path_class)):
        return ()
    seen = list(GUARD.scan(Source(text, text, Kind.FILE, path_class, hits, slice_, is_asked_for=is_asked)))
    assert not [one for one in seen if isinstance(one, Problem)]
    return tuple(one for one in seen if isinstance(one, Fact))


def said(tree: Mapping[str, str]) -> list[Finding]:
    """What the guard says of a tree, without a repository around it."""
    entries = [Entry(path, Kind.FILE, "") for path in sorted(tree)]
    facts = {path: found for path, text in tree.items() if (found := _facts(path, text.encode()))}
    for _ in range(3):
        assert GUARD.judge is not None
        told = list(GUARD.judge(Case(Options(), facts, entries, {}, _SECTION)))
        needed = [path for one in told if isinstance(one, Need) for path in one.paths]
        if not needed:
            return [one for one in told if isinstance(one, Finding)]
        facts |= {path: _facts(path, tree[path].encode(), is_asked=True) for path in needed}
    raise AssertionError("judge still asks")


_VERDICTS = {"no-direct-http/direct-call": "D", "no-direct-http/unknown-url": "U"}


def verdict(probe: Probe) -> str:
    rules = {one.rule for one in said({probe.path: probe.source, **dict(probe.beside)}) if one.path == probe.path}
    return min((_VERDICTS[rule] for rule in rules if rule in _VERDICTS), default="F")


@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_probe(probe: Probe) -> None:
    assert verdict(probe) == probe.verdict


@pytest.mark.parametrize("probe", [one for one in PROBES if one.verdict == "D"], ids=str)
def test_what_calls_is_found_in_a_folder_for_tests_too(probe: Probe) -> None:
    """What is only written there is nobody's business, by which most files need no parser: none with a call, though."""
    if probe.path.startswith("."):
        return  # the place of a workflow is part of what it is
    beside = {path if path.startswith((".env", "compose")) else f"tests/{path}": text for path, text in probe.beside}
    moved = Probe(f"tests/{probe.path}", probe.source, "D", tuple(beside.items()))
    assert verdict(moved) == "D"


@pytest.mark.parametrize(
    "path", ["app_test.go", "a/x.test.ts", "a/x.spec.tsx", "test_app.py", "conftest.py", "tests/x.go"]
)
def test_what_is_only_written_in_a_test_is_nobodys_business(path: str) -> None:
    source = {"go": f'package p\n\nimport "net/http"\n\nvar u = "{A}"\nfunc f(x string) {{ http.Get(x) }}\n',
              "py": f"import requests\nU = '{A}'\ndef f(x): requests.get(x)\n"}.get(path.rpartition(".")[2],
              f"const u = '{A}'; export const f = (x) => fetch(x)\n")  # fmt: skip
    assert not said({path: source})
    assert {one.rule for one in said({"app." + path.rpartition(".")[2]: source})} == {
        "no-direct-http/host-literal", "no-direct-http/unknown-url"
    }  # fmt: skip


def test_a_host_in_a_template_is_shown_where_it_stands() -> None:
    (found,) = said({"x.ts": f"const a = 1\nconst u = `{A}/${{a}}`\n"})
    assert found.span is not None
    assert found.span.line == 2


def test_there_are_enough_probes() -> None:
    assert len(PROBES) >= 120
    assert {probe.verdict for probe in PROBES} == {"D", "F", "U"}
    assert len({(probe.path, probe.source, probe.beside) for probe in PROBES}) == len(PROBES)


# ---- Hosts ----------------------------------------------------------------------------------------------------------

_H = Hole()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("https://api.a.test",), "proven"),
        (("HTTPS://API.A.TEST:443/x",), "proven"),
        (("//api.a.test/x",), "proven"),
        (("https://u:p@api.a.test",), "proven"),
        (("https://bücher.test/",), "proven"),
        (("https://xn--bcher-kva.test/",), "proven"),
        (("https://api.a.test", _H), "unknown"),
        (("https://api.a.test/", _H), "proven"),
        (("https://api.a.test:", _H, "/x"), "proven"),
        (("https://", _H, "@api.a.test/"), "proven"),
        (("https://", _H, ".c.test/"), "proven"),
        (("https://", _H, ".d.test/"), "fine"),
        (("https://", _H), "unknown"),
        ((_H, "/x"), "unknown"),
        ((_H, "://api.a.test/"), "proven"),
        (("https://b.test/", _H), "fine"),
        (("https://b.", _H, "/"), "unknown"),
        (("https://api.a.test.evil/",), "fine"),
        (("https://evil/?u=https://api.a.test",), "fine"),
        (("https://evil\\@api.a.test",), "fine"),
        (("/relative",), "fine"),
        (("mailto:x@api.a.test",), "fine"),
        ((), "fine"),
    ],
)
def test_a_host_is_compared_as_a_host(parts: tuple[str | Hole, ...], expected: str) -> None:
    assert answer(parts, ["api.a.test", "*.c.test", "bücher.test"]).verdict == expected


_PARTS = st.lists(st.one_of(st.text("ab.:/@?#\\-", max_size=8), st.just(_H), st.just("https://")), max_size=5).map(
    tuple
)


@given(_PARTS)
@example(("https://", Hole(), "@", "b"))
def test_what_is_kept_of_an_address_gives_the_same_verdict(parts: tuple[str | Hole, ...]) -> None:
    hosts = ["a.b", "*.b", "b"]
    whole = answer(parts, hosts)
    assert isinstance(whole, Answer)
    if whole.verdict is Verdict.PROVEN:
        assert answer(until_path(parts), hosts) == whole


# ---- Texts and names ------------------------------------------------------------------------------------------------

_TEXT = st.text("abc./:-", max_size=6)


@st.composite
def folded(draw: st.DrawFn, depth: int = 3) -> str:
    """Source of a text that is put together in some way."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return repr(draw(_TEXT))
    one, other = draw(folded(depth=depth - 1)), draw(folded(depth=depth - 1))
    return draw(
        st.sampled_from([
            f"({one} + {other})", f"('%s/%s' % ({one}, {other}))", f"('%(a)s' % {{'a': {one}}})", f"f'{{{one}!s}}'",
            f"'{{}}-{{}}'.format({one}, {other})", f"'{{b}}{{a}}'.format(a={one}, b={other})",
            f"{one}.join(['a', {other}, 'b'])", f"({one} if True else {one})", f"(lambda x={one}: x + {other})()",
            f"{{'k': {one}}}['k']", f"[{other}, {one}][1]", f"str({one})", f"({one}).rstrip('/')",
            f"({one}).removeprefix('a')", f"({one}).replace('a', 'b')", f"(y := {one})",
        ])
    )  # fmt: skip


@given(folded())
def test_a_text_comes_to_what_python_makes_of_it(source: str) -> None:
    """Whatever is known is what Python's own evaluation gives."""
    if any(quoted in source for quoted in ("f'{'", "f'{\"")) or "\\" in source:
        return  # quotes in quotes are for a later Python
    try:
        wanted = eval(source, {})  # the source is ours
    except SyntaxError:
        return
    told = meaning(python.parse(f"value = {source}\n".encode()))
    found = known(told.names["value"])
    assert found is None or found == wanted


_ALIAS = st.from_regex(r"[a-z]{2,6}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name) and name != "get")


@given(
    names=st.lists(_ALIAS, min_size=1, max_size=5, unique=True),
    forms=st.lists(st.integers(0, 4), min_size=5, max_size=5),
)
def test_a_name_is_followed_however_often_it_changes(names: list[str], forms: list[int]) -> None:
    lines = [f"from requests import get as {names[0]}"]
    for form, before, after in zip(forms, names, names[1:], strict=False):
        lines.append([
            f"{after} = {before}", f"{after} = [{before}][0]", f"{after} = {{'a': {before}}}['a']",
            f"def _{after}(): return {before}\n{after} = _{after}()",
            f"class C{after}:\n  f = {before}\n{after} = C{after}.f",
        ][form])  # fmt: skip
    lines.append(f"{names[-1]}('https://api.acme.test')")
    found = said({"probe.py": "\n".join(lines)})
    assert [one.rule for one in found] == ["no-direct-http/direct-call"]


# ---- Hostile files --------------------------------------------------------------------------------------------------

_BOMBS = {
    "nested.py": "import requests\nx = " + "(" * 5000 + ")" * 5000,
    "sum.py": "import requests\nx = " + "'a' + " * 20_000 + "'b'\nrequests.get(x)",
    "calls.py": "import requests\nrequests.get(" + "f(" * 3000 + ")" * 3001,
    "doubling.py": "import requests\nx = 'a'\n" + "x = x + x\n" * 200 + "requests.get(x)",
    "pairs.py": "import requests\nx = []\n" + "x = [x, x]\n" * 200 + "requests.get(x)",
    "made.py": "import requests\nx = f()\n" + "x = f(x, x)\n" * 200 + "requests.get(x)",
    "circle.py": "import requests\ndef f(): return g()\ndef g(): return f()\nrequests.get(f())",
    "bases.py": "import requests\nclass A(B): pass\nclass B(A): pass\nrequests.get(A().x)",
    "branches.py": "import requests\n" + "u = a if u else 'b' + u\n" * 500 + "requests.get(u)",
    "nested.js": "fetch(" + "[" * 20_000,
    "templates.ts": "fetch(" + "`${" * 3000 + "1" + "}`" * 3000 + ")",
    "chain.js": "fetch(a" + ".b()" * 5000 + ")",
    "nested.sh": "curl " + "$(" * 3000 + "x" + ")" * 3000,
    "Dockerfile": "RUN curl " + "\\\n" * 5000 + "x",
    "Makefile": "a:\n\tcurl " + "$(A)" * 5000,
}


@pytest.mark.parametrize("name", _BOMBS)
def test_no_file_ends_it(name: str) -> None:
    """A hostile file is a problem, or is read; whatever else is there is checked."""
    probe = {"zz.py": b"import requests\nrequests.get('https://api.acme.test')\n", name: _BOMBS[name].encode()}
    report = run_guard(GUARD, probe, canonical=CANONICAL)
    assert "zz.py" in [one.path for one in report.findings]
    assert {one.path for one in report.problems} <= {name}
    assert all(one.kind.value == "limit" for one in report.problems)


def test_python_of_another_version_is_read() -> None:
    source = "import requests\nprint 'x'\nexec 'y' in z\nrequests.get('https://api.acme.test/' + `x`)\n"
    assert [one.rule for one in said({"old.py": source})] == ["no-direct-http/direct-call"]


def test_code_with_errors_is_read_as_far_as_it_goes() -> None:
    source = "import requests\nrequests.get('https://api.acme.test')\ndef broken(:\n    pass\n"
    assert [one.rule for one in said({"broken.py": source})] == ["no-direct-http/direct-call"]


def test_no_value_is_kept() -> None:
    """What stands in constants and in files of the environment may be a secret: only hosts are in the facts."""
    token = "t0p" + "secret"
    tree = {
        "a.py": f"import requests\nK = '{token}'\nU = 'https://u:{token}@b.test/{token}'\nrequests.get(U + K + x)\n",
        ".env": f"KEY={token}\nURL=https://u:{token}@api.acme.test/{token}?k={token}\n",
        "b.sh": f"K={token}\ncurl https://$H/{token}\n",
    }
    for path, text in tree.items():
        facts = _facts(path, text.encode(), is_asked=True)
        assert facts
        assert token not in repr(facts)


@given(st.binary(max_size=300))
def test_embedded_shell_keeps_every_offset(data: bytes) -> None:
    for find in (embedded.dockerfile, embedded.makefile):
        piece = find(data)
        assert len(piece.shell) == len(data)


_SIGNS = [
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "`",
    "${",
    ":",
    "=",
    "=>",
    ".",
    ",",
    ";",
    "*",
    "**",
    "...",
    "a",
    "b",
    "1",
    "@",
    "?",
    "??",
    "+=",
    "%",
    "+",
    "requests",
    "fetch",
]
_WORDS = [
    "import",
    "from",
    "as",
    "class",
    "def",
    "function",
    "lambda",
    "await",
    "async",
    "with",
    "for",
    "in",
    "try",
    "except",
    "catch",
    "return",
    "new",
    "const",
    "export",
    "default",
    "extends",
    "get",
    "static",
    "print",
    "global",
    "if",
    "else",
]
_PIECES = st.sampled_from([*_SIGNS, *(f"{word} " for word in _WORDS), "\n", "\n  ", " "])


@given(pieces=st.lists(_PIECES, max_size=40), suffix=st.sampled_from([".py", ".js", ".ts", ".tsx"]))
def test_no_code_ends_the_reader(pieces: list[str], suffix: str) -> None:
    """Whatever words follow each other: the tolerant parsers read it, and it means something or nothing."""
    text = "".join(pieces).encode()
    meaning(tolerant_python.parse(text) if suffix == ".py" else script.parse(text, suffix))


@given(st.text("$(){}'\"`\\ \n;|&<>=abc", max_size=60))
def test_no_script_ends_the_reader(text: str) -> None:
    read_script = shell.read(text.encode())
    assert all(0 <= one.start <= one.end <= len(text) for one in read_script.commands)


@pytest.mark.parametrize(
    ("clients", "where", "says"),
    [
        ("{a: {hosts: []}}", (2, 22), "at least one host"),
        ("{a: {hosts: ['https://x.test']}}", (2, 23), "without scheme"),
        ("{a: {hosts: [x.test], via: ['[']}}", (2, 38), "never closed"),
        ("{a: {hosts: [x.test], allow: [{at: b.py}]}}", (2, 40), "say why"),
        ("{a: {hosts: [x.test], viaa: []}}", (2, 32), "did you mean 'via'"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_place(clients: str, where: tuple[int, int], says: str) -> None:
    problem = run_guard(GUARD, {"canonical.yaml": f"guard: 1\nclients: {clients}\n".encode()}).problems[0]
    assert says in problem.reason
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == where
