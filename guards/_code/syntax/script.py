"""JavaScript and TypeScript, by the tolerant parser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from guards._code.syntax import grammars, tree as t
from guards._code.syntax.grammars import UnreadError
from guards._code.syntax.nodes import Expressions, where_of, words

_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\r\n|.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}


def parse(text: bytes, suffix: str) -> t.Unit:
    """A file, by the grammar of its suffix."""
    root = grammars.tree(grammars.GRAMMAR_OF[suffix], text)
    try:
        return t.Unit("script", _body(root.named_children), is_tolerant=root.has_error)
    except RecursionError:
        raise UnreadError("it is nested too deeply") from None


_EXPRESSIONS = Expressions()
_expr, _exprs, _child, _first = _EXPRESSIONS.one, _EXPRESSIONS.all, _EXPRESSIONS.at, _EXPRESSIONS.first


# ---- Expressions ----------------------------------------------------------------------------------------------------


def _string(node: Any) -> t.Expr:
    return t.Literal(_unescaped(words(node)[1:-1]), where_of(node))


def _unescaped(source: str) -> str:
    return _ESCAPE.sub(_character, source) if "\\" in source else source


def _character(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code:
        return chr(int(code, 16)) if int(code, 16) < 0x110000 else "�"
    return _ESCAPED.get(found[4], found[4])


def _template(node: Any) -> t.Expr:
    parts: list[t.Expr] = []
    for child in node.named_children:
        if child.type == "template_substitution":
            parts.append(_first(child))
        elif child.type == "escape_sequence":
            parts.append(t.Literal(_unescaped(words(child))))
        elif child.type == "string_fragment":
            parts.append(t.Literal(words(child), where_of(child)))
    return t.Joined(parts) if parts else t.Literal("", where_of(node))


def _binary(node: Any) -> t.Expr:
    operator = node.child_by_field_name("operator")
    sign = words(operator) if operator is not None else ""
    if sign in {"||", "??"}:
        return t.Choice([_child(node, "left"), _child(node, "right")])
    if sign == "&&":
        return t.Choice([_child(node, "right")], [_child(node, "left")])
    asked, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if sign == "in" and asked is not None and right is not None and asked.type == "string":
        return t.Call(
            t.Member(_expr(right), "__contains__", where_of(right)), [_child(node, "left")], {}, where_of(node)
        )
    if sign != "+":
        return t.Other(_exprs(node.named_children))
    parts = []
    left = node
    while left.type == "binary_expression" and words(left.child_by_field_name("operator")) == "+":
        parts.append(left.child_by_field_name("right"))
        left = left.child_by_field_name("left")
    return t.Joined(_exprs([left, *reversed(parts)]))


def _call(node: Any) -> t.Expr:
    function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    arguments = node.child_by_field_name("arguments")
    given = arguments.named_children if arguments is not None else []
    if arguments is not None and arguments.type == "template_string":  # a tagged template
        return t.Call(_expr(function), [_expr(arguments)], {}, where_of(node))
    args = [t.Other(_exprs([one])) if one.type == "spread_element" else _expr(one) for one in given
            if one.type != "comment"]  # fmt: skip
    spreads = any(one.type == "spread_element" for one in given)
    called = t.Name("import", where_of(node)) if function is None or function.type == "import" else _expr(function)
    return t.Call(called, args, {}, where_of(node), spreads)


def _object(node: Any) -> t.Expr:
    pairs: list[tuple[t.Expr | None, t.Expr]] = []
    for child in node.named_children:
        match child.type:
            case "pair" | "pair_pattern":
                pairs.append((_key(child.child_by_field_name("key")), _child(child, "value")))
            case "shorthand_property_identifier" | "shorthand_property_identifier_pattern":
                pairs.append((t.Literal(words(child), where_of(child)), t.Name(words(child), where_of(child))))
            case "object_assignment_pattern":
                left = child.child_by_field_name("left")
                target = t.Defaulted(t.Name(words(left), where_of(left)), _child(child, "right"))
                pairs.append((t.Literal(words(left), where_of(left)), target))
            case "spread_element" | "rest_pattern":
                pairs.append((None, _first(child)))
            case "method_definition":
                pairs.append((_key(child.child_by_field_name("name")), _function(child)))
    return t.Table(pairs)


def _key(node: Any) -> t.Expr:
    if node is None:
        return t.Other([])
    if node.type in {"property_identifier", "private_property_identifier", "number"}:
        return t.Literal(words(node), where_of(node))
    return _first(node) if node.type == "computed_property_name" else _expr(node)


def _function(node: Any) -> t.Function:
    name = node.child_by_field_name("name")
    body = node.child_by_field_name("body")
    single = node.child_by_field_name("parameter")
    parameters = [t.Parameter(_expr(single))] if single is not None else _parameters(node)
    if body is None:
        lowered: list[t.Stmt] = []
    elif body.type == "statement_block":
        lowered = _body(body.named_children)
    else:
        lowered = [t.Return(_expr(body))]
    return t.Function("" if name is None else words(name), parameters, lowered)


def _parameters(node: Any) -> list[t.Parameter]:
    parameters = node.child_by_field_name("parameters")
    found = []
    for child in parameters.named_children if parameters is not None else ():
        match child.type:
            case "required_parameter" | "optional_parameter":
                pattern, value = child.child_by_field_name("pattern"), child.child_by_field_name("value")
                rest = pattern is not None and pattern.type == "rest_pattern"
                target = _first(pattern) if rest else _child(child, "pattern")
                found.append(t.Parameter(target, None if value is None else _expr(value), _type(child), rest))
            case "assignment_pattern":
                found.append(t.Parameter(_child(child, "left"), _child(child, "right")))
            case "rest_pattern":
                found.append(t.Parameter(_first(child), rest=True))
            case "comment":
                pass
            case _:
                found.append(t.Parameter(_expr(child)))
    return found


def _type(node: Any) -> t.Expr | None:
    """The one name that something is annotated with."""
    annotation = node.child_by_field_name("type")
    inner = annotation.named_children[0] if annotation is not None and annotation.named_children else None
    if inner is None or inner.type not in {"type_identifier", "nested_type_identifier"}:
        return None
    first, *others = words(inner).split(".")
    found: t.Expr = t.Name(first, where_of(inner))
    for one in others:
        found = t.Member(found, one, where_of(inner))
    return found


def _member(node: Any) -> t.Expr:
    return t.Member(_child(node, "object"), words(node.child_by_field_name("property")), where_of(node))


def _subscript(node: Any) -> t.Expr:
    key = _child(node, "index")
    if isinstance(key, t.Literal) and key.value is not None and not key.value.isdigit():
        return t.Member(_child(node, "object"), key.value, where_of(node))
    return t.Index(_child(node, "object"), key, where_of(node))


def _ternary(node: Any) -> t.Expr:
    return t.Choice([_child(node, "consequence"), _child(node, "alternative")], [_child(node, "condition")])


def _unary(node: Any) -> t.Expr:
    """What is deleted is not read."""
    target = node.child_by_field_name("argument")
    is_deleted = words(node.child_by_field_name("operator")) == "delete"
    if is_deleted and target is not None and target.type in {"member_expression", "subscript_expression"}:
        return t.Other([_child(target, "object")])
    return t.Other(_exprs(node.named_children))


def _assignment(node: Any) -> t.Expr:
    return t.Bound(_child(node, "left"), _child(node, "right"))


def _augmented(node: Any) -> t.Expr:
    operator = words(node.child_by_field_name("operator"))
    left, right = _child(node, "left"), _child(node, "right")
    if operator == "+=":
        return t.Bound(left, t.Joined([left, right]))
    return t.Bound(left, t.Choice([left, right])) if operator in {"??=", "||="} else t.Other([left, right])


def _class(node: Any) -> t.Class:
    name = node.child_by_field_name("name")
    heritage = next((child for child in node.named_children if child.type == "class_heritage"), None)
    bases = _exprs(_extended(heritage)) if heritage is not None else []
    body: list[t.Stmt] = []
    block = node.child_by_field_name("body")
    for child in block.named_children if block is not None else ():
        match child.type:
            case "method_definition":
                function = _function(child)
                function.is_method = True
                function.is_property = any(one.type == "get" for one in child.children)
                body.append(t.Define(function))
            case "public_field_definition" | "field_definition":
                key = child.child_by_field_name("name") or child.child_by_field_name("property")
                value = child.child_by_field_name("value")
                lowered = None if value is None else _expr(value)
                body.append(t.Let(t.Name(words(key)), lowered, _type(child)))
            case "class_static_block":
                body += _block(child, "body")
    return t.Class("" if name is None else words(name), bases, body)


def _extended(heritage: Any) -> list[Any]:
    clauses = [child for child in heritage.named_children if child.type == "extends_clause"]
    return [clause.child_by_field_name("value") for clause in clauses] if clauses else list(heritage.named_children)


_INSIDE = (
    *("parenthesized_expression", "await_expression", "as_expression", "satisfies_expression"),
    *("non_null_expression", "sequence_expression", "type_assertion"),
)
_EXPRESSIONS.kinds = {
    "string": _string,
    "template_string": _template,
    "number": lambda node: t.Literal(words(node)),
    "identifier": lambda node: t.Name(words(node), where_of(node)),
    "undefined": lambda node: t.Literal(None),
    "this": lambda node: t.Name("this", where_of(node)),
    "super": lambda node: t.Name("super", where_of(node)),
    "shorthand_property_identifier": lambda node: t.Name(words(node), where_of(node)),
    "meta_property": lambda node: t.Name(words(node).replace(" ", ""), where_of(node)),
    "member_expression": _member,
    "subscript_expression": _subscript,
    "call_expression": _call,
    "new_expression": _call,
    "binary_expression": _binary,
    "ternary_expression": _ternary,
    "unary_expression": _unary,
    "array": lambda node: t.Items(_exprs(node.named_children)),
    "array_pattern": lambda node: t.Items(_exprs(node.named_children)),
    "object": _object,
    "object_pattern": _object,
    "assignment_pattern": lambda node: t.Defaulted(_child(node, "left"), _child(node, "right")),
    "arrow_function": _function,
    "function_expression": _function,
    "function": _function,
    "generator_function": _function,
    "class": _class,
    "assignment_expression": _assignment,
    "augmented_assignment_expression": _augmented,
    "type_arguments": lambda node: t.Other([]),
    **dict.fromkeys(_INSIDE, _first),
}


# ---- Statements -----------------------------------------------------------------------------------------------------


def _body(nodes: Iterable[Any]) -> list[t.Stmt]:
    found: list[t.Stmt] = []
    for node in nodes:
        lower = _STATEMENTS.get(node.type)
        if lower is not None:
            found += lower(node)
        elif node.type in _COMPOUND:
            found += _compound(node)
        elif node.type != "comment":
            found.append(t.Do(_expr(node)))
    return found


def _block(node: Any, name: str) -> list[t.Stmt]:
    child = node.child_by_field_name(name)
    return _body(child.named_children if child.type in {"statement_block", "switch_body"} else [child]) if child else []


def _import(node: Any) -> list[t.Stmt]:
    source = node.child_by_field_name("source")
    clause = next((child for child in node.named_children if child.type == "import_clause"), None)
    if source is None or any(child.type == "type" for child in node.children):
        return []
    module = _module(source)
    found: list[t.Stmt] = []
    for child in clause.named_children if clause is not None else ():
        match child.type:
            case "identifier":
                found.append(t.Import(module, "default", words(child), where_of(node)))
            case "namespace_import" if child.named_children:
                found.append(t.Import(module, "", words(child.named_children[0]), where_of(node)))
            case "named_imports":
                found += (_named(one, module, node) for one in child.named_children if one.type == "import_specifier")
    return found


def _module(source: Any) -> str:
    return _unescaped(words(source)[1:-1]).removeprefix("node:")


def _named(node: Any, module: str, statement: Any) -> t.Stmt:
    name = words(node.child_by_field_name("name")).strip("\"'")
    alias = node.child_by_field_name("alias")
    return t.Import(module, name, name if alias is None else words(alias), where_of(statement))


def _export(node: Any) -> list[t.Stmt]:
    source = node.child_by_field_name("source")
    declaration = node.child_by_field_name("declaration")
    value = node.child_by_field_name("value")
    found = _body([declaration]) if declaration is not None else []
    if value is not None:
        found.append(t.Let(t.Name("default"), _expr(value)))
    if any(child.type == "default" for child in node.children) and declaration is not None:
        name = declaration.child_by_field_name("name")
        if name is not None:
            found.append(t.Let(t.Name("default"), t.Name(words(name))))
    for clause in node.named_children:
        for one in clause.named_children if clause.type == "export_clause" else ():
            name, alias = one.child_by_field_name("name"), one.child_by_field_name("alias")
            local = words(name if alias is None else alias)
            if source is not None:
                found.append(t.Import(_module(source), words(name), local, where_of(node)))
            elif alias is not None:
                found.append(t.Let(t.Name(local), t.Name(words(name))))
    return found


def _declaration(node: Any) -> list[t.Stmt]:
    found: list[t.Stmt] = []
    for child in node.named_children:
        if child.type == "variable_declarator":
            value = child.child_by_field_name("value")
            found.append(t.Let(_child(child, "name"), None if value is None else _expr(value), _type(child)))
    return found


def _for_in(node: Any) -> list[t.Stmt]:
    target = t.Let(_child(node, "left"), t.Index(_child(node, "right"), t.Other([])))
    return [t.Branches([[target, *_block(node, "body")]])]


_COMPOUND = frozenset({
    "do_statement", "else_clause", "finally_clause", "for_statement", "if_statement", "labeled_statement",
    "switch_body", "switch_case", "switch_default", "switch_statement", "try_statement", "while_statement",
    "catch_clause",
})  # fmt: skip


def _compound(node: Any) -> list[t.Stmt]:
    """What is tested, and the bodies of which some are run."""
    before: list[t.Stmt] = []
    bodies: list[list[t.Stmt]] = []
    for child in node.named_children:
        if (
            child.type in {"statement_block", "expression_statement"}
            or child.type in _COMPOUND
            or child.type.endswith("_statement")
        ):
            bodies.append(_body([child]))
        elif child.type.endswith("_declaration"):
            before += _body([child])
        elif child.type != "comment":
            before.append(t.Do(_expr(child)))
    return [*before, t.Branches(bodies)]


def _statement_block(node: Any) -> list[t.Stmt]:
    """A block; where it declares names, they are its own."""
    body = _body(node.named_children)
    names = frozenset(name for child in node.named_children for name in _declared(child))
    return [t.Block(names, body)] if names else body


def _declared(node: Any) -> Iterator[str]:
    match node.type:
        case "lexical_declaration":
            for child in node.named_children:
                yield from _names_in(child.child_by_field_name("name"))
        case "function_declaration" | "generator_function_declaration" | "class_declaration":
            yield words(node.child_by_field_name("name"))


_NAMES = frozenset({"identifier", "shorthand_property_identifier_pattern"})


def _names_in(pattern: Any) -> Iterator[str]:
    """The names that a pattern gives values to."""
    waiting = [pattern] if pattern is not None else []
    while waiting:
        node = waiting.pop()
        if node.type in _NAMES:
            yield words(node)
        elif node.type == "pair_pattern":
            waiting += filter(None, [node.child_by_field_name("value")])
        elif node.type in {"assignment_pattern", "object_assignment_pattern"}:
            waiting += filter(None, [node.child_by_field_name("left")])
        else:
            waiting += node.named_children


def _define(node: Any) -> list[t.Stmt]:
    return [t.Define(_function(node))]


_STATEMENTS: dict[str, Callable[[Any], list[t.Stmt]]] = {
    "import_statement": _import,
    "export_statement": _export,
    "lexical_declaration": _declaration,
    "variable_declaration": _declaration,
    "function_declaration": _define,
    "generator_function_declaration": _define,
    "class_declaration": lambda node: [_class(node)],
    "abstract_class_declaration": lambda node: [_class(node)],
    "expression_statement": lambda node: [t.Do(_expr(child)) for child in node.named_children],
    "return_statement": lambda node: [t.Return(_first(node))],
    "for_in_statement": _for_in,
    "statement_block": _statement_block,
    "ERROR": lambda node: _body(node.named_children),
    "ambient_declaration": lambda node: [],
    "interface_declaration": lambda node: [],
    "type_alias_declaration": lambda node: [],
    "internal_module": lambda node: _block(node, "body"),
    "module": lambda node: _block(node, "body"),
}
