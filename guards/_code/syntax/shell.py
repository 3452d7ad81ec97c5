"""Shell scripts: the commands in them, their words as far as they are known, and the variables that they read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from guards._code.syntax import grammars
from guards._code.syntax.grammars import UnreadError
from guards._code.syntax.nodes import words as source_of
from guards._code.syntax.values import Value, hole, joined, known, text, united

_DEEPEST = 200
_ESCAPE = re.compile(r"\\(\n|.)", re.DOTALL)
_IN_QUOTES = re.compile(r"\\([$`\"\\\n])")
_ANSI = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}
_EXPANSION = re.compile(rb"(?<!\\)\$(?:\{)?([A-Za-z_]\w*)(:?[-=?+])?")
_DEFAULTS = (":-", "-", ":=", "=")


class Command(Struct, frozen=True):
    """A command with its words; of a redirection, only its target."""

    words: tuple[Value, ...]
    start: int
    end: int
    """Where it stands, as byte offsets."""
    symbol: str = ""
    """The function that it stands in."""


class Read(Struct, frozen=True):
    """A variable that is read and that the script did not set before."""

    name: str
    start: int
    end: int
    has_default: bool = False
    is_required: bool = False
    """`${X:?}`: the script ends without it."""
    default: Value | None = None
    """What `${X:-…}` takes instead."""


class Script(Struct):
    """What a shell script says."""

    commands: list[Command] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    variables: dict[str, Value] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    """What it gives a value, wherever in it."""


def read(source: bytes, given: Mapping[str, Value] | None = None) -> Script:
    """A script. `given`: variables that are set around it. UnreadError: no parser is given it."""
    if given:
        return _read(source, dict(given))
    return _without(source)


@lru_cache(maxsize=4)
def _without(source: bytes) -> Script:
    return _read(source, {})


def _read(source: bytes, given: dict[str, Value]) -> Script:
    walk = _Walk(given)
    try:
        walk.statements(grammars.tree("bash", source), "", 0)
    except RecursionError:
        raise UnreadError("it is nested too deeply") from None
    return walk.script


def _plain(node: Any) -> str | None:
    """The text of a word that nothing is put into; None for any other."""
    match node.type:
        case "word" | "number" | "variable_name" | "special_variable_name" | "extglob_pattern" | "regex":
            return _ESCAPE.sub(lambda found: found[1].strip("\n"), source_of(node))
        case "string_content":
            return _IN_QUOTES.sub(lambda found: found[1].strip("\n"), source_of(node))
        case "raw_string":
            return source_of(node)[1:-1]
        case "ansi_c_string":
            return _ESCAPE.sub(lambda found: _ANSI.get(found[1], found[1]), source_of(node)[2:-1])
    return None


class _Walk:
    """One script, in the order of its text."""

    def __init__(self, given: dict[str, Value]) -> None:
        self.script = Script(variables=given)

    def statements(self, node: Any, symbol: str, depth: int) -> None:
        """All that is inside of a node."""
        if depth > _DEEPEST:
            raise UnreadError("it is nested too deeply")
        for child in node.named_children:
            self.statement(child, symbol, depth + 1)

    def statement(self, node: Any, symbol: str, depth: int) -> None:
        match node.type:
            case "command":
                self._command(node, symbol, depth)
            case "variable_assignment":
                self._assign(node, depth)
            case "function_definition":
                name = node.child_by_field_name("name")
                self.statements(node, source_of(name) if name is not None else symbol, depth)
            case "for_statement":
                self._loop(node, symbol, depth)
            case "file_redirect":
                words = tuple(
                    self._word(child, depth) for child in node.named_children if child.type != "file_descriptor"
                )
                self.script.commands.append(Command(words, node.start_byte, node.end_byte, symbol))
            case "comment" | "raw_string" | "heredoc_start" | "heredoc_end":
                pass
            case "string" | "simple_expansion" | "expansion" | "concatenation" | "word":
                self._word(node, depth)
            case "unset_command" | "declaration_command":
                self._declare(node, depth)
            case "heredoc_body":
                self.statements(node, symbol, depth)
                self._unseen(node)
            case _:
                self.statements(node, symbol, depth)

    def _command(self, node: Any, symbol: str, depth: int) -> None:
        words: list[Value] = []
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assign(child, depth)
            elif child.type == "command_name":
                words.append(self._word(child.named_children[0], depth) if child.named_children else hole())
            elif child.type in {"file_redirect", "heredoc_redirect", "herestring_redirect"}:
                self.statement(child, symbol, depth)
            else:
                words.append(self._word(child, depth))
        if words and known(words[0]) in {"read", "mapfile", "readarray", "getopts", "local", "declare", "typeset"}:
            for child in node.named_children[1:]:
                self.script.variables.setdefault(source_of(child), hole())
                self.script.assigned.add(source_of(child))
        self.script.commands.append(Command(tuple(words), node.start_byte, node.end_byte, symbol))

    def _assign(self, node: Any, depth: int) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or name.type != "variable_name":
            return
        found = text("") if value is None else self._word(value, depth)
        earlier = self.script.variables.get(source_of(name))
        if any(child.type == "+=" for child in node.children):
            found = joined([earlier or text(""), found])
            earlier = None
        in_branch = earlier is not None and node.parent is not None and node.parent.type not in {"program", "list"}
        self._set(source_of(name), united([earlier, found]) if in_branch and earlier else found)

    def _set(self, name: str, value: Value) -> None:
        self.script.variables[name] = value
        self.script.assigned.add(name)

    def _declare(self, node: Any, depth: int) -> None:
        """`local a b=c`, `declare -i a`, `unset a`; `export a` only hands on what is there."""
        is_own = bool(node.children) and node.children[0].type not in {"export", "readonly"}
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assign(child, depth)
            elif child.type == "variable_name":
                if is_own:
                    self._set(source_of(child), hole())
            else:
                self._word(child, depth)

    def _unseen(self, node: Any) -> None:
        """The grammar passes over what is expanded first in the indented text of `<<-`."""
        start = next((one for one in node.parent.named_children if one.type == "heredoc_start"), None)
        if start is None or set(source_of(start)) & set("'\"\\"):
            return
        seen = [(child.start_byte, child.end_byte) for child in node.named_children]
        for found in _EXPANSION.finditer(node.text):
            first, last = node.start_byte + found.start(), node.start_byte + found.end()
            name = found[1].decode()
            if not any(low <= first < high for low, high in seen) and name not in self.script.variables:
                sign = found[2] or b""
                self.script.reads.append(Read(name, first, last, b"-" in sign or b"=" in sign, b"?" in sign))

    def _loop(self, node: Any, symbol: str, depth: int) -> None:
        name = node.child_by_field_name("variable")
        values = [self._word(child, depth) for child in node.children_by_field_name("value")]
        if name is not None:
            self._set(source_of(name), united(values) if values else hole())
        body = node.child_by_field_name("body")
        if body is not None:
            self.statements(body, symbol, depth)

    # ---- Words ----

    def _word(self, node: Any, depth: int) -> Value:
        if depth > _DEEPEST:
            raise UnreadError("it is nested too deeply")
        match node.type:
            case "string":
                return self._string(node, depth)
            case "concatenation":
                return joined([self._word(child, depth + 1) for child in node.children])
            case "simple_expansion":
                name = node.named_children[0] if node.named_children else None
                return self._variable(name, node) if name is not None else hole()
            case "expansion":
                return self._expansion(node, depth)
            case "translated_string" | "command_name":
                return self._word(node.named_children[0], depth + 1) if node.named_children else hole()
        plain = _plain(node)
        if plain is not None:
            return text(plain)
        self.statements(node, "", depth)
        return hole()

    def _string(self, node: Any, depth: int) -> Value:
        """What is in double quotes; blanks between expansions are in no node of their own."""
        pieces: list[Value] = []
        at = node.start_byte + 1
        whole: bytes = node.text
        for child in node.named_children:
            pieces.append(
                text(whole[at - node.start_byte : child.start_byte - node.start_byte].decode("utf-8", "replace"))
            )
            pieces.append(self._word(child, depth + 1))
            at = child.end_byte
        pieces.append(text(whole[at - node.start_byte : -1].decode("utf-8", "replace")))
        return joined(pieces)

    def _variable(
        self,
        name: Any,
        node: Any,
        *,
        has_default: bool = False,
        is_required: bool = False,
        default: Value | None = None,
    ) -> Value:
        if name.type != "variable_name" or not source_of(name).strip("_0123456789"):
            return hole()  # an argument, or what stands for an expression that is none of the shell's
        earlier = self.script.variables.get(source_of(name))
        if earlier is not None:
            return earlier
        found = Read(source_of(name), node.start_byte, node.end_byte, has_default, is_required, default)
        self.script.reads.append(found)
        return hole("env", source_of(name))

    def _expansion(self, node: Any, depth: int) -> Value:
        """`${name}`, and what may follow the name."""
        name = next((child for child in node.named_children if child.type == "variable_name"), None)
        if name is None:
            self.statements(node, "", depth)
            return hole()
        operator = next(
            (child.type for child in node.children if child.type not in {"${", "}"} and not child.is_named), ""
        )
        rest = [child for child in node.named_children if child.start_byte > name.start_byte]
        values = [self._word(child, depth + 1) for child in rest]
        if operator in _DEFAULTS:
            default = joined(values) if values else text("")
            found = self._variable(name, node, has_default=True, default=default)
            return united([found, default])
        found = self._variable(name, node, has_default=operator in {"+", ":+"}, is_required=operator in {":?", "?"})
        return found if operator in {"", ":?", "?", "%", "%%"} else hole()
