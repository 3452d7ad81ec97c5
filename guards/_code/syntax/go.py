"""Go, by the tolerant parser. Of several values that a function gives back only the first is followed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from guards._code.syntax import grammars, tree as t
from guards._code.syntax.grammars import UnreadError
from guards._code.syntax.nodes import Expressions, where_of, words

_VERSION = re.compile(r"/v[0-9]+(?=/|\Z)|\.v[0-9]+\Z")
_AROUND_NAME = re.compile(r"\A(?:go-|golang-)|(?:-go|\.go)\Z")


def parse(text: bytes) -> t.Unit:
    """A file. Types come first, with the methods that are declared beside them."""
    root = grammars.tree("go", text)
    try:
        return t.Unit("go", _file(root), is_tolerant=root.has_error)
    except RecursionError:
        raise UnreadError("it is nested too deeply") from None


_EXPRESSIONS = Expressions()
_expr, _exprs, _child, _first = _EXPRESSIONS.one, _EXPRESSIONS.all, _EXPRESSIONS.at, _EXPRESSIONS.first


# ---- Expressions ----------------------------------------------------------------------------------------------------


def _string(node: Any) -> t.Expr:
    return t.Literal(_text_of(words(node)), where_of(node))


def _text_of(source: str) -> str:
    if source.startswith("`"):
        return source.strip("`")
    try:
        return str(ast.literal_eval(source))  # the escapes of Python are those of Go
    except (SyntaxError, ValueError):
        return source.strip('"')


def _binary(node: Any) -> t.Expr:
    if _operator(node) != "+":
        return t.Other(_exprs(node.named_children))
    parts = []
    left = node
    while left.type == "binary_expression" and _operator(left) == "+":
        parts.append(left.child_by_field_name("right"))
        left = left.child_by_field_name("left")
    return t.Joined(_exprs([left, *reversed(parts)]))


def _operator(node: Any) -> str:
    return words(node.child_by_field_name("operator"))


def _call(node: Any) -> t.Expr:
    given = node.child_by_field_name("arguments")
    args = [] if given is None else _exprs(given.named_children)
    spreads = given is not None and any(child.type == "variadic_argument" for child in given.named_children)
    return t.Call(_child(node, "function"), args, {}, where_of(node), spreads)


def _composite(node: Any) -> t.Expr:
    """`T{…}`: a call of the type with its fields by name, a list, or a map."""
    kind, body = node.child_by_field_name("type"), node.child_by_field_name("body")
    elements = [] if body is None else [child for child in body.named_children if child.type != "comment"]
    if kind is None or kind.type in {"slice_type", "array_type", "implicit_length_array_type"}:
        return t.Items([_element(one) for one in elements])
    pairs = [(one.child_by_field_name("key"), one.child_by_field_name("value"))
             for one in elements if one.type == "keyed_element"]  # fmt: skip
    if kind.type == "map_type":
        return t.Table([(_first(key), _first(value)) for key, value in pairs])
    fields = {words(key): _first(value) for key, value in pairs}
    plain = [_element(one) for one in elements if one.type != "keyed_element"]
    return t.Call(_type(kind) or t.Other([]), plain, fields, where_of(node))


def _element(node: Any) -> t.Expr:
    return _first(node) if node.type == "literal_element" else _expr(node)


def _type(node: Any) -> t.Expr | None:
    """The name of a type, whether it is pointed to or not."""
    if node is None:
        return None
    match node.type:
        case "pointer_type" | "parenthesized_type":
            return _type(node.named_children[0]) if node.named_children else None
        case "qualified_type":
            return t.Member(
                t.Name(words(node.child_by_field_name("package"))),
                words(node.child_by_field_name("name")),
                where_of(node),
            )
        case "type_identifier":
            return t.Name(words(node), where_of(node))
        case "generic_type":
            return _type(node.child_by_field_name("type"))
    return None


def _function(node: Any) -> t.Function:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    lowered = _body(_statements(body)) if body is not None else []
    return t.Function("" if name is None else words(name), _parameters(node), lowered)


def _parameters(node: Any) -> list[t.Parameter]:
    given = node.child_by_field_name("parameters")
    found: list[t.Parameter] = []
    for one in given.named_children if given is not None else ():
        if one.type not in {"parameter_declaration", "variadic_parameter_declaration"}:
            continue
        annotation = _type(one.child_by_field_name("type"))
        rest = one.type == "variadic_parameter_declaration"
        found += (
            t.Parameter(t.Name(words(name), where_of(name)), None, annotation, rest)
            for name in one.children_by_field_name("name")
        )
    return found


_INSIDE = ("parenthesized_expression", "type_assertion_expression", "variadic_argument")
_EXPRESSIONS.kinds = {
    "interpreted_string_literal": _string,
    "raw_string_literal": _string,
    "rune_literal": lambda node: t.Literal(None),
    "int_literal": lambda node: t.Literal(words(node)),
    "nil": lambda node: t.Literal(None),
    "identifier": lambda node: t.Name(words(node), where_of(node)),
    "selector_expression": lambda node: t.Member(
        _child(node, "operand"), words(node.child_by_field_name("field")), where_of(node)
    ),
    "index_expression": lambda node: t.Index(_child(node, "operand"), _child(node, "index"), where_of(node)),
    "call_expression": _call,
    "type_conversion_expression": lambda node: _child(node, "operand"),
    "composite_literal": _composite,
    "literal_value": lambda node: t.Items(
        [_element(child) for child in node.named_children if child.type == "literal_element"]
    ),
    "unary_expression": lambda node: _child(node, "operand"),
    "binary_expression": _binary,
    "func_literal": _function,
    **dict.fromkeys(_INSIDE, _first),
}


# ---- Statements -----------------------------------------------------------------------------------------------------


def _file(root: Any) -> list[t.Stmt]:
    classes: dict[str, t.Class] = {}
    first: list[t.Stmt] = []
    others: list[t.Stmt] = []
    for node in root.named_children:
        if node.type == "import_declaration":
            first += _imports(node)
        elif node.type == "type_declaration":
            classes |= {one.name: one for one in _types(node)}
    for node in root.named_children:
        if node.type == "method_declaration":
            name, method = _method(node)
            classes.setdefault(name, t.Class(name, [], [])).body.append(t.Define(method))
        elif node.type not in {"import_declaration", "type_declaration"}:
            others += _body([node])
    return [*first, *classes.values(), *others]


def _imports(node: Any) -> Iterator[t.Stmt]:
    waiting = list(node.named_children)
    while waiting:
        one = waiting.pop(0)
        if one.type == "import_spec_list":
            waiting = [*one.named_children, *waiting]
        elif one.type == "import_spec":
            module = _VERSION.sub("", _text_of(words(one.child_by_field_name("path"))))
            name = one.child_by_field_name("name")
            local = _AROUND_NAME.sub("", module.rpartition("/")[2]) if name is None else words(name)
            if name is None or name.type == "package_identifier":
                yield t.Import(module, "", local, where_of(one))


def _types(node: Any) -> Iterator[t.Class]:
    """The structures that a declaration makes, with their fields, and what sets them."""
    for spec in node.named_children:
        kind = spec.child_by_field_name("type") if spec.type == "type_spec" else None
        if kind is None or kind.type != "struct_type":
            continue
        fields = [one for inner in kind.named_children for one in inner.named_children
                  if one.type == "field_declaration"]  # fmt: skip
        bases: list[t.Expr] = []
        body: list[t.Stmt] = []
        names: list[str] = []
        for one in fields:
            kind = _type(one.child_by_field_name("type"))
            own = [words(name) for name in one.children_by_field_name("name")]
            names += own
            bases += [kind] if not own and kind is not None else []
            body += (t.Let(t.Name(name), None, kind) for name in own)
        yield t.Class(words(spec.child_by_field_name("name")), bases, [*body, t.Define(_maker(names))])


def _maker(names: list[str]) -> t.Function:
    """What `T{…}` does with the fields."""
    sets: list[t.Stmt] = [t.Let(t.Member(t.Name("this"), name), t.Name(name)) for name in names]
    return t.Function("constructor", [t.Parameter(t.Name(name)) for name in names], sets, is_method=True)


def _method(node: Any) -> tuple[str, t.Function]:
    """A method, with the type that it is of."""
    function = _function(node)
    function.is_method = True
    receiver = next(iter(node.child_by_field_name("receiver").named_children), None)
    kind = _type(receiver.child_by_field_name("type")) if receiver is not None else None
    name = receiver.child_by_field_name("name") if receiver is not None else None
    if name is not None:
        function.body.insert(0, t.Let(t.Name(words(name)), t.Name("this")))
    return (kind.id if isinstance(kind, t.Name) else ""), function


def _statements(block: Any) -> list[Any]:
    return [one for child in block.named_children
            for one in (child.named_children if child.type == "statement_list" else [child])]  # fmt: skip


def _body(nodes: Iterable[Any]) -> list[t.Stmt]:
    found: list[t.Stmt] = []
    for node in nodes:
        lower = _STATEMENTS.get(node.type)
        if lower is not None:
            found += lower(node)
        elif node.type != "comment":
            found.append(t.Do(_expr(node)))
    return found


def _block(node: Any) -> list[t.Stmt]:
    """A block; where it declares names, they are its own."""
    children = _statements(node)
    body = _body(children)
    names = frozenset(name for child in children for name in _declared(child))
    return [t.Block(names, body)] if names else body


def _declared(node: Any) -> Iterator[str]:
    if node.type == "short_var_declaration":
        yield from map(words, node.child_by_field_name("left").named_children)
    elif node.type in {"var_declaration", "const_declaration"}:
        yield from (words(name) for spec in _specs(node) for name in spec.children_by_field_name("name"))


def _specs(node: Any) -> Iterator[Any]:
    for child in node.named_children:
        if child.type in {"var_spec", "const_spec"}:
            yield child
        elif child.type == "var_spec_list":
            yield from child.named_children


def _given(targets: list[t.Expr], values: list[t.Expr], annotation: t.Expr | None = None) -> list[t.Stmt]:
    """Values for targets; of the several that one call gives, the first."""
    found: list[t.Stmt] = []
    for number, target in enumerate(targets):
        found.append(t.Let(target, values[number] if number < len(values) else None, annotation))
    return found


def _variables(node: Any) -> list[t.Stmt]:
    found: list[t.Stmt] = []
    for spec in _specs(node):
        names: list[t.Expr] = [t.Name(words(name)) for name in spec.children_by_field_name("name")]
        values = spec.child_by_field_name("value")
        found += _given(
            names, _exprs(values.named_children) if values is not None else [], _type(spec.child_by_field_name("type"))
        )
    return found


def _assignment(node: Any) -> list[t.Stmt]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    targets = [] if left is None else _exprs(left.named_children)
    values = [] if right is None else _exprs(right.named_children)
    if _operator(node) == "+=":
        return [t.Let(targets[0], values[0], adds=True)] if targets and values else []
    return _given(targets, values)


def _compound(node: Any) -> list[t.Stmt]:
    """`if`, `for`, `switch`, `select`: what is done and tested before, and bodies of which some are run."""
    before: list[t.Stmt] = []
    bodies: list[list[t.Stmt]] = []
    for child in node.named_children:
        if child.type in {"block", "if_statement"}:
            bodies.append(_body([child]))
        elif child.type.endswith("_case"):
            bodies.append(_body(_statements(child)))
        elif child.type in {"range_clause", "for_clause"}:
            before += _clause(child)
        elif child.type != "comment":
            before += _body([child])
    return [*before, t.Branches(bodies)]


def _clause(node: Any) -> list[t.Stmt]:
    if node.type == "for_clause":
        return _body(node.named_children)
    left = node.child_by_field_name("left")
    targets = [] if left is None else _exprs(left.named_children)
    item = t.Index(_child(node, "right"), t.Other([]))
    return [t.Let(target, item if number else None) for number, target in enumerate(targets)]


def _return(node: Any) -> list[t.Stmt]:
    values = [one for child in node.named_children for one in _exprs(child.named_children)]
    return [*map(t.Do, values[1:]), *(t.Return(value) for value in values[:1])]


_STATEMENTS: dict[str, Callable[[Any], list[t.Stmt]]] = {
    "package_clause": lambda node: [],
    "type_declaration": lambda node: list(_types(node)),
    "const_declaration": _variables,
    "var_declaration": _variables,
    "short_var_declaration": _assignment,
    "assignment_statement": _assignment,
    "function_declaration": lambda node: [t.Define(_function(node))],
    "block": _block,
    "expression_statement": lambda node: [t.Do(_expr(child)) for child in node.named_children],
    "go_statement": lambda node: [t.Do(_expr(child)) for child in node.named_children],
    "defer_statement": lambda node: [t.Do(_expr(child)) for child in node.named_children],
    "labeled_statement": lambda node: _body(node.named_children),
    "return_statement": _return,
    "ERROR": lambda node: _body(node.named_children),
    **dict.fromkeys(
        (
            *("if_statement", "for_statement", "expression_switch_statement", "type_switch_statement"),
            "select_statement",
        ),
        _compound,
    ),
}
