"""`guard drift live`: facts against a real server of PostgreSQL, files of SQLite, open ports and an environment."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.command import Result
from tests.cli.conftest import Guard
from tests.cli.servers import Server, binaries, free_port, postgresql
from tests.conftest import Repository

USERS = {"id": "bigint", "email": "varchar(255)", "at": "timestamptz", "tags": "text[]", "sum": "numeric(10,2)"}
DDL = "(id bigserial PRIMARY KEY, email varchar(255), at timestamptz, tags text[], sum numeric(10, 2))"
NO_SERVER = "no server of PostgreSQL is installed here: apt-get install postgresql"


def canonical(facts: Mapping[str, Any], live: Mapping[str, Any]) -> str:
    return yaml.safe_dump({"guard": 1, "facts": facts, "live": live})


def table(columns: Mapping[str, str]) -> dict[str, Any]:
    return {"kind": "table", "value": dict(columns)}


def told(result: Result) -> list[tuple[str, str]]:
    """Rule and message of each finding."""
    return [(one["rule"].removeprefix("drift/"), one["message"]) for one in result.report["findings"]]


def problems(result: Result) -> list[tuple[str, str]]:
    return [(one["kind"], one["reason"]) for one in result.report["problems"]]


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with a table, and a user who may read its catalogue and write nothing."""
    if not binaries():
        pytest.skip(NO_SERVER)
    # Where any user may go: for root it runs as another one.
    with tempfile.TemporaryDirectory() as folder, postgresql(Path(folder)) as running:
        running.run(
            f"CREATE TABLE users {DDL}",
            "CREATE SCHEMA audit",
            "CREATE TABLE audit.users (id int)",
            f"CREATE ROLE guard LOGIN PASSWORD '{running.password}'",
            "CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0",
        )
        yield running


def of_postgresql(name: str = "users", **more: str) -> dict[str, Any]:
    return {"u": [{"kind": "postgresql", "env": "APP_DATABASE", "name": name, **more}]}


def test_a_table_that_agrees(repo: Repository, guard: Guard, server: Server) -> None:
    """Names of types count for what they mean, and the same report comes in every format."""
    repo.commit({"canonical.yaml": canonical({"u": table(USERS)}, of_postgresql())})
    env = {"APP_DATABASE": server.address()}
    result = guard("drift", "live", "--format", "json", env=env)
    assert (result.code, told(result), problems(result)) == (0, [], [])
    for form in ("text", "sarif", "markdown"):
        said = guard("drift", "live", "--format", form, env=env)
        assert (said.code, server.password in said.out + said.err) == (0, False)
    server.run(f"CREATE TABLE users {DDL}", database="ascii")
    without_encoding = server.address(database="ascii")
    assert guard("drift", "live", env={"APP_DATABASE": without_encoding}).code == 0
    with_driver = server.address().replace("postgresql:", "postgresql+psycopg:")
    assert guard("drift", "live", env={"APP_DATABASE": with_driver}).code == 0


def test_a_table_that_differs(repo: Repository, guard: Guard, server: Server) -> None:
    expected = {**USERS, "email": "varchar(100)", "name": "text"}
    del expected["tags"]
    repo.commit({"canonical.yaml": canonical({"u": table(expected)}, of_postgresql("public.users"))})
    result = guard("drift", "live", "u", "--format", "json", env={"APP_DATABASE": server.address()})
    (found,) = result.report["findings"]
    assert (result.code, found["path"], found["line"]) == (1, "canonical.yaml", 13)
    ((rule, message),) = told(result)
    assert rule == "live-value"
    assert message.startswith("table `public.users` where `APP_DATABASE` says is not `u`: without `email varchar(100)`")
    assert message.endswith("`name text`, beside them `email character varying(255)`, `tags text[]`")
    assert found["related"][0]["note"] == "`u` is declared here"


def test_more_columns_may_be_allowed_and_a_missing_table_is_not(repo: Repository, guard: Guard, server: Server) -> None:
    live = of_postgresql(rel="contains")
    live["u"] += of_postgresql("gone")["u"]
    repo.commit({"canonical.yaml": canonical({"u": table({"id": "int8"})}, live)})
    result = guard("drift", "live", "--format", "json", env={"APP_DATABASE": server.address()})
    assert told(result) == [("live-missing", "there is no table `gone` where `APP_DATABASE` says, of which `u` speaks")]


def test_nothing_can_be_written_and_nothing_is(repo: Repository, guard: Guard, server: Server) -> None:
    """The server counts no change, and a name is never a statement."""
    name = "users; DROP TABLE users"
    repo.commit({"canonical.yaml": canonical({"u": table(USERS)}, of_postgresql(name))})
    result = guard("drift", "live", "--format", "json", env={"APP_DATABASE": server.address("owner")})
    assert result.code in {1, 4}
    assert server.run("SELECT count(*) FROM users") == [(0,)]


WRONG = "not" + "-the-password"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://guard:{wrong}@127.0.0.1:{port}/postgres",
        "postgresql://guard:{wrong}@127.0.0.1:{closed}/postgres",
        "postgresql://guard:{wrong}@no-such-host.invalid/postgres",
        "host=127.0.0.1 port={port} user=guard password={wrong} nonsense",
        "{wrong}",
        "postgresql://guard:{wrong}@[::1/x",
    ],
)
@pytest.mark.parametrize("form", ["json", "text", "sarif"])
def test_a_database_that_does_not_answer_is_never_green_and_says_no_secret(
    repo: Repository, guard: Guard, server: Server, address: str, form: str
) -> None:
    repo.commit({"canonical.yaml": canonical({"u": table(USERS)}, of_postgresql())})
    text = address.format(wrong=WRONG, port=server.port, closed=free_port())
    result = guard("drift", "live", "--format", form, "--exit-zero", "-v", env={"APP_DATABASE": text})
    assert result.code == 4, result.out
    assert "PostgreSQL does not answer" in result.out
    kept = [path.read_bytes() for path in repo.root.rglob("*") if path.is_file()]
    assert not any(WRONG in said for said in (result.out, result.err, *map(os.fsdecode, kept)))


def test_what_may_not_be_read_is_a_problem(repo: Repository, guard: Guard, server: Server) -> None:
    repo.commit({"canonical.yaml": canonical({"u": table(USERS)}, of_postgresql("audit.users"))})
    result = guard("drift", "live", "--format", "json", env={"APP_DATABASE": server.address()})
    assert result.code == 4
    assert "InsufficientPrivilege (42501)" in problems(result)[0][1]


def test_a_server_that_says_nothing_ends_with_the_time_limit(repo: Repository, guard: Guard) -> None:
    repo.commit({"canonical.yaml": canonical({"u": table(USERS)}, of_postgresql()), "guard.toml": "timeout = 1\n"})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://x:y@127.0.0.1:{silent.getsockname()[1]}/x"
        result = guard("drift", "live", "--format", "json", env={"APP_DATABASE": address})
    assert (result.code, problems(result)[0][0]) == (4, "timeout")
    assert result.seconds < 20


def test_offline_and_without_the_variable(repo: Repository, guard: Guard) -> None:
    repo.commit({"canonical.yaml": canonical({"u": table(USERS)}, of_postgresql())})
    offline = guard("drift", "live", "--offline", "--format", "json", env={"APP_DATABASE": "postgresql://"})
    assert offline.code == 2
    ((kind, reason),) = problems(offline)
    assert kind == "config"
    assert reason.endswith("where `APP_DATABASE` says: is reached by network, and this run is offline")
    unset = guard("drift", "live", "--format", "json")
    assert (unset.code, problems(unset)[0][0]) == (2, "input-missing")
    assert "APP_DATABASE is not set" in problems(unset)[0][1]


# ---- SQLite ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_file_of_sqlite_is_left_as_it_is(repo: Repository, guard: Guard, mode: str) -> None:
    """Also one that is written ahead, beside which readers leave files; and one that somebody has open."""
    folder = repo.root / "var #1"
    folder.mkdir()
    connection = sqlite3.connect(folder / "app.db")
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("CREATE TABLE users (id INTEGER, email VARCHAR(255), twice AS (id * 2), untyped)")
    connection.commit()
    facts = {"u": table({"id": "int", "email": "varchar(255)", "twice": "", "untyped": ""})}
    live = {"u": [{"kind": "sqlite", "at": "var #1/app.db", "name": "users"}]}
    repo.commit({"canonical.yaml": canonical(facts, live), ".gitignore": "var*\n"})
    open_ = guard("drift", "live", "--format", "json")
    connection.close()
    before = {path: path.read_bytes() for path in folder.iterdir()}
    closed = guard("drift", "live", "--format", "json")
    assert (open_.code, told(open_), problems(open_)) == (0, [], [])
    assert (closed.code, told(closed), problems(closed)) == (0, [], [])
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_that_the_environment_names(repo: Repository, guard: Guard, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "app.db") as connection:
        connection.execute("CREATE TABLE users (id INTEGER)")
    connection.close()
    live = {"u": [{"kind": "sqlite", "env": "APP_DATABASE", "name": "users"}]}
    repo.commit({"canonical.yaml": canonical({"u": table({"id": "text"})}, live)})
    for address in (str(tmp_path / "app.db"), f"sqlite:///{tmp_path / 'app.db'}"):
        result = guard("drift", "live", "--format", "json", env={"APP_DATABASE": address})
        assert (result.code, str(tmp_path / "app.db") in result.out) == (1, False)
        assert told(result)[0][1].endswith("is not `u`: without `id text`, beside them `id INTEGER`")


def test_what_is_no_database(repo: Repository, guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "outside.db").write_bytes(b"")
    os.mkfifo(repo.root / "fifo.db")
    (repo.root / "link.db").symlink_to(tmp_path / "outside.db")
    live = {name: [{"kind": "sqlite", "at": f"{name}.db", "name": "t"}] for name in ("fifo", "gone", "link", "text")}
    facts = {name: table({"id": "int"}) for name in live}
    repo.write("text.db", "SQLite? No. " * 100)
    repo.write("canonical.yaml", canonical(facts, live))
    result = guard("drift", "live", "--format", "json")
    reasons = {reason.split("`")[1]: reason.rpartition(": ")[2] for _, reason in problems(result)}
    assert reasons == {
        "fifo": "there is no such file",
        "gone": "there is no such file",
        "link": "link.db leads out of the repository",
        "text": "SQLITE_NOTADB",
    }
    assert result.code == 4


# ---- Ports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "0.0.0.0"])
def test_open_ports(repo: Repository, guard: Guard, address: str) -> None:
    """One fact says its port itself, another takes it from a file; a port that nobody opened is a finding."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listening:
        port, closed = listening.getsockname()[1], free_port()
        facts = {
            "own": {"kind": "port", "value": port},
            "taken": {"kind": "port", "from": ".env#PORT"},
            "closed": {"kind": "port", "value": closed},
        }
        live = {name: [{"kind": "listening"}] for name in facts}
        repo.commit({"canonical.yaml": canonical(facts, live), ".env": f"PORT={port}\n"})
        result = guard("drift", "live", "--format", "json")
        assert told(result) == [("live-missing", f"nothing listens on `{closed}`, which is `closed`")]
        assert guard("drift", "live", "own", "taken").code == 0


# ---- Environments ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real environment, with pip in it."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    return folder


def test_installed_packages(repo: Repository, guard: Guard, environment: Path) -> None:
    asked = "import importlib.metadata as m; print(m.version('pip'))"
    done = subprocess.run([environment / "bin/python", "-c", asked], capture_output=True, text=True, check=True)
    version = done.stdout.strip()
    facts = {
        "pip": {"kind": "version", "value": version},
        "major": {"kind": "version", "value": version.partition(".")[0]},
        "old": {"kind": "version", "value": "0.1"},
        "gone": {"kind": "version", "value": "1"},
    }
    one = {"kind": "installed", "env": "VIRTUAL_ENV", "name": "PIP"}
    live = {
        "pip": [one],
        "major": [{**one, "rel": "prefix"}],
        "old": [one],
        "gone": [{**one, "name": "gone"}],
    }
    repo.commit({"canonical.yaml": canonical(facts, live)})
    result = guard("drift", "live", "--format", "json", env={"VIRTUAL_ENV": str(environment)})
    assert sorted(told(result)) == [
        ("live-missing", "there is no package `gone` where `VIRTUAL_ENV` says, of which `gone` speaks"),
        ("live-value", f"package `PIP` where `VIRTUAL_ENV` says is `{version}`, but `old` is `0.1`"),
    ]
    nowhere = guard("drift", "live", "pip", "--format", "json", env={"VIRTUAL_ENV": str(repo.root)})
    assert (nowhere.code, problems(nowhere)[0][0]) == (2, "input-missing")


# ---- The verb -------------------------------------------------------------------------------------------------------


def test_no_other_run_ever_looks(repo: Repository, guard: Guard) -> None:
    """A server counts who comes: neither `guard all` nor a hook does, and both are green."""
    seen: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)

        def accept() -> None:
            try:
                seen.append(listening.accept())
            except TimeoutError:
                return

        waiting = threading.Thread(target=accept)
        env = {"APP_DATABASE": f"postgresql://x:y@127.0.0.1:{listening.getsockname()[1]}/x"}
        facts = {"u": table(USERS), "p": {"kind": "port", "value": 1}}
        live = {**of_postgresql(), "p": [{"kind": "listening"}]}
        repo.commit({"canonical.yaml": canonical(facts, live), "a.py": "a = 1\n"})
        repo.write("a.py", "a = 2\n")
        repo.run("add", "-A")
        waiting.start()
        for command in (("all",), ("drift",), ("all", "--staged"), ("drift", "explain", "u")):
            assert guard(*command, env=env).code == 0
        waiting.join()
    assert seen == []


def test_facts_that_are_not_live(repo: Repository, guard: Guard) -> None:
    facts = {"a": {"kind": "port", "value": 1}, "b": {"kind": "port", "value": 2}}
    repo.commit({"canonical.yaml": canonical(facts, {"a": [{"kind": "listening"}]})})
    result = guard("drift", "live", "b", "aa", "--format", "json")
    assert result.code == 2
    assert sorted(reason for _, reason in problems(result)) == [
        "canonical.yaml names nothing live for 'b'",
        "there is no fact 'aa' (did you mean 'a'?)",
    ]


@pytest.mark.parametrize("text", ["", "guard: 1\n", "guard: 1\nfacts: {a: {kind: port, value: 1}}\n"])
def test_nothing_is_declared(repo: Repository, guard: Guard, text: str) -> None:
    repo.commit({"canonical.yaml": text} if text else {"x": ""})
    result = guard("drift", "live", "--format", "json")
    (run,) = result.report["guards"]
    assert (result.code, run["status"]) == (0, "skipped")
    assert guard("drift", "live", "--strict").code == 2


def test_a_project_has_live_things_of_its_own(repo: Repository, guard: Guard) -> None:
    with sqlite3.connect(repo.root / "app.db") as connection:
        connection.execute("CREATE TABLE t (id INTEGER)")
    connection.close()
    (repo.root / "part").mkdir()
    (repo.root / "app.db").rename(repo.root / "part/app.db")
    part = canonical({"t": table({"id": "text"})}, {"t": [{"kind": "sqlite", "at": "app.db", "name": "t"}]})
    repo.write("canonical.yaml", "guard: 1\nprojects: [part]\nfacts: {}\n")
    repo.write("part/canonical.yaml", part)
    result = guard("drift", "live", "--format", "json")
    (found,) = result.report["findings"]
    assert (found["path"], found["line"], found["subject"]) == ("part/canonical.yaml", 9, "part:t sqlite t")
