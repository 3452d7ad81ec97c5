"""Python of other versions, and with errors: by the tolerant parser."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from guards._code.syntax import grammars, tree as t
from guards._code.syntax.grammars import UnreadError
from guards._code.syntax.nodes import Expressions, where_of, words


def parse(text: bytes) -> t.Unit:
    """A file, as far as it can be understood."""
    root = grammars.tree("python", text)
    try:
        return t.Unit("python", _body(root.named_children), is_tolerant=True)
    except RecursionError:
        raise UnreadError("it is nested too deeply") from None


_EXPRESSIONS = Expressions()
_expr, _exprs, _child, _first = _EXPRESSIONS.one, _EXPRESSIONS.all, _EXPRESSIONS.at, _EXPRESSIONS.first


def _string(node: Any) -> t.Expr:
    holes = [child for child in node.named_children if child.type == "interpolation"]
    if not holes:
        return t.Literal(_text_of(words(node)), where_of(node))
    parts: list[t.Expr] = []
    for child in node.named_children:
        if child.type == "string_content":
            parts.append(t.Literal(words(child), where_of(child)))
        elif child.type == "interpolation":
            parts.append(_child(child, "expression"))
    return t.Joined(parts)


def _text_of(source: str) -> str | None:
    try:
        value = ast.literal_eval(source.lstrip("uU") if source[:1] in "uU" else source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return source.strip("rRbBuUfF\"'")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else None


def _binary(node: Any) -> t.Expr:
    operator = words(node.child_by_field_name("operator"))
    if operator == "%":
        return t.Percent(_child(node, "left"), _child(node, "right"))
    if operator != "+":
        return t.Other(_exprs(node.named_children))
    parts = []
    left = node
    while left.type == "binary_operator" and words(left.child_by_field_name("operator")) == "+":
        parts.append(left.child_by_field_name("right"))
        left = left.child_by_field_name("left")
    return t.Joined(_exprs([left, *reversed(parts)]))


def _call(node: Any) -> t.Expr:
    args: list[t.Expr] = []
    keywords: dict[str, t.Expr] = {}
    spreads = False
    arguments = node.child_by_field_name("arguments")
    for child in arguments.named_children if arguments is not None else ():
        if child.type == "keyword_argument":
            keywords[words(child.child_by_field_name("name"))] = _child(child, "value")
        elif child.type in {"list_splat", "dictionary_splat"}:
            spreads = True
        elif child.type != "comment":
            args.append(_expr(child))
    return t.Call(_child(node, "function"), args, keywords, where_of(node), spreads)


def _pairs(node: Any) -> t.Expr:
    pairs = [child for child in node.named_children if child.type == "pair"]
    return t.Table([(_child(pair, "key"), _child(pair, "value")) for pair in pairs])


def _conditional(node: Any) -> t.Expr:
    options = _exprs(node.named_children)
    return t.Choice([options[0], *options[2:]], options[1:2]) if len(options) > 2 else t.Other(options)


def _index(node: Any) -> t.Expr:
    return t.Index(_child(node, "value"), _child(node, "subscript"), where_of(node))


_EXPRESSIONS.kinds = {
    "string": _string,
    "concatenated_string": lambda node: t.Joined(_exprs(node.named_children)),
    "integer": lambda node: t.Literal(words(node)),
    "identifier": lambda node: t.Name(words(node), where_of(node)),
    "attribute": lambda node: t.Member(
        _child(node, "object"), words(node.child_by_field_name("attribute")), where_of(node)
    ),
    "subscript": _index,
    "call": _call,
    "binary_operator": _binary,
    "boolean_operator": lambda node: t.Choice([_child(node, "left"), _child(node, "right")]),
    "conditional_expression": _conditional,
    "list": lambda node: t.Items(_exprs(node.named_children)),
    "tuple": lambda node: t.Items(_exprs(node.named_children)),
    "expression_list": lambda node: t.Items(_exprs(node.named_children)),
    "pattern_list": lambda node: t.Items(_exprs(node.named_children)),
    "tuple_pattern": lambda node: t.Items(_exprs(node.named_children)),
    "dictionary": _pairs,
    "await": _first,
    "parenthesized_expression": _first,
    "named_expression": lambda node: t.Bound(_child(node, "name"), _child(node, "value")),
    "lambda": lambda node: t.Function("<lambda>", _parameters(node), [t.Return(_child(node, "body"))]),
}


# ---- Statements -----------------------------------------------------------------------------------------------------


def _body(nodes: Iterable[Any]) -> list[t.Stmt]:
    found: list[t.Stmt] = []
    for node in nodes:
        lower = _STATEMENTS.get(node.type)
        if lower is not None:
            found += lower(node)
        elif node.type not in {"comment", "pass_statement"}:
            found += map(t.Do, _exprs(node.named_children))
    return found


def _block(node: Any, name: str) -> list[t.Stmt]:
    child = node.child_by_field_name(name)
    return _body(child.named_children) if child is not None else []


def _import(node: Any) -> list[t.Stmt]:
    found: list[t.Stmt] = []
    for child in node.children_by_field_name("name"):
        module, local = _aliased(child)
        first = module.partition(".")[0]
        found.append(t.Import(module if local else first, "", local or first, where_of(node)))
    return found


def _aliased(node: Any) -> tuple[str, str]:
    if node.type != "aliased_import":
        return words(node), ""
    return words(node.child_by_field_name("name")), words(node.child_by_field_name("alias"))


def _import_from(node: Any) -> list[t.Stmt]:
    module = words(node.child_by_field_name("module_name")).replace(" ", "")
    found: list[t.Stmt] = []
    for child in node.children_by_field_name("name"):
        name, local = _aliased(child)
        found.append(t.Import(module, name, local or name, where_of(node)))
    if any(child.type == "wildcard_import" for child in node.children):
        found += [t.Import(module, "*", "*", where_of(node)), t.Mark("star-import", where_of(node))]
    return found


def _parameters(node: Any) -> list[t.Parameter]:
    parameters = node.child_by_field_name("parameters")
    found = []
    for child in parameters.named_children if parameters is not None else ():
        match child.type:
            case "identifier":
                found.append(t.Parameter(t.Name(words(child))))
            case "default_parameter" | "typed_default_parameter":
                found.append(t.Parameter(_child(child, "name"), _child(child, "value")))
            case "typed_parameter" if child.named_children:
                found.append(t.Parameter(_expr(child.named_children[0]), annotation=_annotation(child)))
            case "list_splat_pattern" | "dictionary_splat_pattern" if child.named_children:
                found.append(t.Parameter(_expr(child.named_children[0]), rest=True))
    return found


def _annotation(node: Any) -> t.Expr | None:
    kind = node.child_by_field_name("type")
    return _expr(kind.named_children[0]) if kind is not None and kind.named_children else None


def _function(node: Any) -> list[t.Stmt]:
    name = node.child_by_field_name("name")
    function = t.Function("" if name is None else words(name), _parameters(node), _block(node, "body"))
    return [t.Define(function)]


def _class(node: Any) -> list[t.Stmt]:
    body = _block(node, "body")
    for one in body:
        if isinstance(one, t.Define):
            one.function.is_method = True
    supers = node.child_by_field_name("superclasses")
    bases = _exprs(child for child in supers.named_children if child.type != "keyword_argument") if supers else []
    return [t.Class(words(node.child_by_field_name("name")), bases, body)]


def _decorated(node: Any) -> list[t.Stmt]:
    decorators = [_expr(child.named_children[0]) for child in node.named_children
                  if child.type == "decorator" and child.named_children]  # fmt: skip
    return [*map(t.Do, decorators), *_body([node.child_by_field_name("definition")])]


def _expression_statement(node: Any) -> list[t.Stmt]:
    found: list[t.Stmt] = []
    for child in node.named_children:
        if child.type == "assignment":
            found += _assignment(child)
        elif child.type == "augmented_assignment":
            found.append(t.Let(_child(child, "left"), _child(child, "right"), adds="+=" in words(child)))
        elif child.type != "comment":
            found.append(t.Do(_expr(child)))
    return found


def _assignment(node: Any) -> list[t.Stmt]:
    right = node.child_by_field_name("right")
    if right is not None and right.type == "assignment":
        inner = _assignment(right)
        return [*inner, t.Let(_child(node, "left"), _child(right, "left"))]
    value = None if right is None else _expr(right)
    return [t.Let(_child(node, "left"), value, _annotation(node))]


def _compound(node: Any) -> list[t.Stmt]:
    """`if`, `while`, `for`: what is tested, and the bodies."""
    before: list[t.Stmt] = []
    bodies: list[list[t.Stmt]] = []
    target: list[t.Stmt] = []
    if node.type == "for_statement":
        target = [t.Let(_child(node, "left"), t.Index(_child(node, "right"), t.Other([])))]
    for child in node.named_children:
        if child.type == "block":
            bodies.append([*target, *_body(child.named_children)])
        elif child.type in {"elif_clause", "else_clause", "case_clause"}:
            bodies.append(_compound(child))
        elif not target and child.type != "comment":
            before.append(t.Do(_expr(child)))
    return [*before, t.Branches(bodies)]


def _with(node: Any) -> list[t.Stmt]:
    found: list[t.Stmt] = []
    for clause in node.named_children:
        for item in clause.named_children if clause.type == "with_clause" else ():
            value = item.child_by_field_name("value")
            if value is not None and value.type == "as_pattern" and len(value.named_children) > 1:
                inner, alias = value.named_children[:2]
                target = alias.named_children[0] if alias.named_children else alias
                found.append(t.Let(_expr(target), _expr(inner)))
            elif value is not None:
                found.append(t.Do(_expr(value)))
    return found + _block(node, "body")


def _try(node: Any) -> list[t.Stmt]:
    bodies: list[list[t.Stmt]] = []
    last: list[t.Stmt] = []
    for child in node.named_children:
        if child.type == "block":
            bodies.append(_body(child.named_children))
        elif child.type in {"except_clause", "except_group_clause"}:
            bodies.append([_handler(child)])
        elif child.type in {"else_clause", "finally_clause"}:
            last += _compound(child)
    return [t.Branches(bodies, may_skip=False), *last]


def _handler(node: Any) -> t.Handler:
    block = next((child for child in node.named_children if child.type == "block"), None)
    caught = [child for child in node.named_children if child.type not in {"block", "comment"}]
    body = block.named_children if block is not None else []
    silent = all(child.type in {"pass_statement", "comment"} for child in body)
    (row, column), name = node.start_point, ""
    where = t.Where(row + 1, column, row + 1, column + len("except"))
    return t.Handler(_expr(caught[0]) if caught else None, _body(body), silent, where, name)


_STATEMENTS: dict[str, Callable[[Any], list[t.Stmt]]] = {
    "import_statement": _import,
    "import_from_statement": _import_from,
    "future_import_statement": lambda node: [],
    "function_definition": _function,
    "class_definition": _class,
    "decorated_definition": _decorated,
    "expression_statement": _expression_statement,
    "return_statement": lambda node: [t.Return(_expr(child)) for child in node.named_children[:1]],
    "if_statement": _compound,
    "while_statement": _compound,
    "for_statement": _compound,
    "match_statement": _compound,
    "with_statement": _with,
    "try_statement": _try,
    "block": lambda node: _body(node.named_children),
    "ERROR": lambda node: _body(node.named_children),
    "print_statement": lambda node: [
        t.Do(t.Call(t.Name("print", where_of(node)), _exprs(node.named_children), {}, where_of(node)))
    ],
    "global_statement": lambda node: [t.Mark("global", where_of(node), tuple(map(words, node.named_children)))],
    "nonlocal_statement": lambda node: [t.Mark("global", where_of(node), tuple(map(words, node.named_children)))],
}
