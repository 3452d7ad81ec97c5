"""Tables of the documentation, in Markdown, from the very values that the code works with."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import click

from guards._builtin import BUILTIN, load
from guards._cli.main import cli
from guards._core import inline
from guards._core.config import COMMON_KEYS, Settings
from guards._core.model import ExitCode, Guard, ProblemKind
from guards._core.options import json_schema, key_of
from guards._core.policy import CODES
from guards._output import OUTPUTS
from guards._output.phrases import EXIT_MEANINGS
from guards.secrets.catalogue import FORMATS
from guards.secrets.formats import Format, values

_WIDTH = 90

_KINDS: Mapping[ProblemKind, str] = {
    ProblemKind.CRASHED: "A guard raised an error, or broke its contract.",
    ProblemKind.TIMEOUT: "A guard took longer than `timeout` on one file, or on judging.",
    ProblemKind.UNREADABLE: "A file or folder could not be read, or git does not have its content.",
    ProblemKind.LIMIT: "A limit stopped the work: a size, a depth, a number of findings.",
    ProblemKind.TOOL_MISSING: "A program that a guard runs is not installed, or has the wrong version.",
    ProblemKind.TOOL_FAILED: "A program that a guard runs failed, or said something that cannot be relied on.",
    ProblemKind.INPUT_MISSING: "Something that a guard needs beside the files is not there.",
    ProblemKind.CONFIG: "A setting, an argument or a revision is wrong; the run could not begin.",
    ProblemKind.DOCUMENT: "canonical.yaml does not parse, or does not fit its schema.",
    ProblemKind.INTERRUPTED: "A signal ended the run; the report holds what was finished.",
    ProblemKind.INTERNAL: "An unexpected error of guard itself.",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def guards(*, pages: str) -> str:
    """The guards that come with the suite. `pages`: the folder of their pages, as seen from the table's own page."""
    rows = [
        (f"[`{guard.id}`]({pages}/{guard.id}.md)", guard.summary, str(len(guard.rules)), "yes" if guard.enabled else "")
        for guard in map(load, BUILTIN)
    ]
    return table(("guard", "it answers", "rules", "on by default"), rows)


def rules() -> str:
    """Every rule that there is."""
    all_rules = [rule for guard in (*map(load, BUILTIN), inline.GUARD) for rule in guard.rules]
    rows = [(f"[`{rule.id}`](rules/{rule.id}.md)", rule.level.value, rule.summary) for rule in all_rules]
    return table(("rule", "level", "it says"), rows)


def credential_formats() -> str:
    """Every format of the catalogue of `secrets`."""
    rows = [
        (
            f"[`secrets/{form.id}`](rules/secrets/{form.id}.md)",
            form.name,
            f"[{form.vendor}]({form.url})",
            ", ".join(f"`{prefix}`" for prefix in _prefixes(form)),
            "yes" if form.is_checked else "",
            form.rotate,
        )
        for form in FORMATS
    ]
    return table(("rule", "what it is", "issuer", "begins with", "checked", "how to revoke it"), rows)


def _prefixes(form: Format) -> list[str]:
    """What a masked value shows, in all its forms."""
    random = Random(form.id)
    examples = [form.example(random) for _ in range(50)] if form.shown else []
    found = (example[start : start + form.shown] for example in examples for start, _ in values(form, example))
    return sorted(set(found))


def exit_codes() -> str:
    """Every exit code with its meaning."""
    rows = [(f"`{code.value}`", code.name, f"{_sentence(EXIT_MEANINGS[code])}") for code in ExitCode]
    return table(("code", "name", "when"), rows)


def problem_kinds() -> str:
    """Every kind of problem and the exit code that it makes of a run."""
    rows = [(f"`{kind.value}`", f"`{CODES[kind].value}`", _KINDS[kind]) for kind in ProblemKind]
    return table(("kind", "exit code", "what happened"), rows)


def formats() -> str:
    """What `--format` and `--output` take."""
    return table(
        ("format", "what it is for", "read by"),
        [(f"`{name}`", output.summary, "programs" if output.machine else "people") for name, output in OUTPUTS.items()],
    )


def settings() -> str:
    """The keys of the configuration that hold for a run as a whole."""
    flags = {option.name: option for option in _options_of("all")}
    rows = []
    for field, kind in _fields(Settings):
        key = key_of(field)
        flag = flags.get(field.name)
        variable = "" if field.name in {"levels", "waivers"} else f"`GUARD_{field.name.upper()}`"
        rows.append((*_described(key, field, kind), f"`{flag.opts[-1]}`" if flag else "", variable))
    return table(("key", "type", "default", "what it does", "option", "variable"), rows)


def guard_options() -> str:
    """The tables of the built-in guards, a heading each."""
    return "\n".join(f"### `{guard.id}`\n\n{_own_options(guard)}" for guard in map(load, BUILTIN))


def _own_options(guard: Guard[Any]) -> str:
    rows = [_described(key_of(field), field, kind) for field, kind in _fields(guard.options)]
    rows += [(f"`{key}`", "list of text", "`[]`", doc) for key, doc in COMMON_KEYS.items()]
    return table(("key", "type", "default", "what it does"), rows)


def _linked(guard: Guard[Any]) -> str:
    return f"[`{guard.id}`](guards/{guard.id}.md)"


def sections() -> str:
    """The sections of canonical.yaml that a built-in guard reads."""
    found = [guard for guard in map(load, BUILTIN) if guard.section]
    rows = [
        (", ".join(f"`{key}`" for key in (guard.section, *guard.joined_sections)), _linked(guard), guard.summary)
        for guard in found
    ]
    return table(("section", "guard", "it answers"), rows)


def command_help() -> str:
    """What `guard --help` prints."""
    settings: Any = {**cli.context_settings, "terminal_width": _WIDTH}
    return f"```text\n{cli.get_help(click.Context(cli, info_name='guard', **settings))}\n```\n"


def commands() -> str:
    """Every command; of a group, every one of its own."""
    return table(
        ("command", "what it does"),
        [(f"`{_usage(name, command)}`", " ".join((command.help or "").split())) for name, command in all_commands()],
    )


def run_options() -> str:
    """The options of `guard all`, which are those of every command that runs guards."""
    return _option_table(_options_of("all"))


def other_options() -> str:
    """The options of the other commands, a heading each."""
    parts = []
    for name, command in all_commands():
        options = _own(command)
        if options and name not in {"all", "run"}:
            parts.append(f"### `guard {name}`\n\n{_option_table(options)}")
    return "\n".join(parts)


def all_commands(group: click.Group = cli, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """Name and command of each, in the order of help; groups are replaced by what they hold."""
    context = click.Context(group, info_name=f"guard {prefix}".rstrip())
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from all_commands(command, f"{prefix}{name} ")
        elif command is not None:
            yield f"{prefix}{name}", command


def _usage(name: str, command: click.Command) -> str:
    words = " ".join(command.collect_usage_pieces(click.Context(command)))
    return f"guard {name} {words}" if _own(command) else f"guard {name} {words}".replace(" [OPTIONS]", "")


def _option_table(options: Iterable[click.Option]) -> str:
    return table(("option", "what it does"), [(_spelling(option), option.help or "") for option in options])


def _options_of(command: str) -> list[click.Option]:
    return _own(dict(all_commands())[command])


def _own(command: click.Command) -> list[click.Option]:
    return [parameter for parameter in command.params if isinstance(parameter, click.Option)]


def _spelling(option: click.Option) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return f"`{names}`"
    choices = "|".join(option.type.choices) if isinstance(option.type, click.Choice) else option.metavar or "VALUE"
    return f"`{names} {choices}`"


def _fields(kind: type[Any]) -> Iterator[tuple[dataclasses.Field[Any], Any]]:
    hints = typing.get_type_hints(kind)
    return ((field, hints[field.name]) for field in dataclasses.fields(kind))


def _described(key: str, field: dataclasses.Field[Any], kind: Any) -> tuple[str, str, str, str]:
    schema = json_schema(kind)
    return f"`{key}`", _type_words(schema), _default_words(field), field.metadata.get("doc", "")


_WORDS = {"boolean": "true or false", "integer": "whole number", "number": "number", "string": "text"}


def _type_words(schema: Mapping[str, Any]) -> str:
    if "properties" in schema:
        return "tables"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return ", or ".join(map(_type_words, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_type_words(schema['items'])}"
    if schema.get("type") == "object":
        return f"table of {_type_words(schema['additionalProperties'])}"
    return _WORDS[schema["type"]]


def _default_words(field: dataclasses.Field[Any]) -> str:
    """The default as it would be written in TOML."""
    value = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    return f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return "{}" if isinstance(value, Mapping) else format(value, "_" if isinstance(value, int) else "")


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
