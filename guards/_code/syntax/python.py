"""Python, by its own parser."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from guards._code.syntax import tree as t
from guards._code.syntax.grammars import UnreadError, refuse_unwritten


def parse(text: bytes) -> t.Unit:
    """A file. What this Python's parser refuses goes to the tolerant one. UnreadError: neither is given it."""
    refuse_unwritten(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text)
        return t.Unit("python", _body(module.body))
    except (SyntaxError, ValueError, UnicodeError):
        from guards._code.syntax import tolerant_python

        return tolerant_python.parse(text)
    except (RecursionError, MemoryError):
        raise UnreadError("it is nested too deeply") from None


def _where(node: Any) -> t.Where:
    return t.Where(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


# ---- Expressions ----------------------------------------------------------------------------------------------------


def _expr(node: ast.expr) -> t.Expr:
    lower = _EXPRESSIONS.get(type(node))
    return lower(node) if lower is not None else t.Other(_inside(node))


def _exprs(nodes: Iterable[ast.expr | None]) -> list[t.Expr]:
    return [_expr(node) for node in nodes if node is not None]


def _inside(node: ast.AST) -> list[t.Expr]:
    return [_expr(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _constant(node: ast.Constant) -> t.Expr:
    value = node.value
    if isinstance(value, str):
        return t.Literal(value, _where(node))
    if isinstance(value, bytes):
        return t.Literal(value.decode("utf-8", "replace"), _where(node))
    if value is ...:
        return t.Other([])
    is_short = isinstance(value, int) and value.bit_length() < 64  # True and False among them
    return t.Literal(str(value) if is_short else None, _where(node))


def _joined(node: ast.JoinedStr) -> t.Expr:
    return t.Joined(
        [_expr(part.value) if isinstance(part, ast.FormattedValue) else _expr(part) for part in node.values]
    )


def _binary(node: ast.BinOp) -> t.Expr:
    if isinstance(node.op, ast.Mod):
        return t.Percent(_expr(node.left), _expr(node.right))
    if not isinstance(node.op, ast.Add):
        return t.Joined([_expr(node.left), t.Literal("/"), _expr(node.right)]) if isinstance(node.op, ast.Div) else \
            t.Other(_inside(node))  # fmt: skip
    parts: list[ast.expr] = [node.right]
    left: ast.expr = node.left
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):  # long sums lean to the left
        parts.append(left.right)
        left = left.left
    return t.Joined(_exprs([left, *reversed(parts)]))


def _call(node: ast.Call) -> t.Expr:
    keywords = {keyword.arg: _expr(keyword.value) for keyword in node.keywords if keyword.arg is not None}
    unpacked = [keyword.value for keyword in node.keywords if keyword.arg is None]
    args = [t.Other(_exprs([arg.value])) if isinstance(arg, ast.Starred) else _expr(arg) for arg in node.args]
    spreads = any(isinstance(arg, ast.Starred) for arg in node.args)
    for one in unpacked:
        table = _expr(one)
        if isinstance(table, t.Table):
            keywords |= {key.value: value for key, value in table.pairs if isinstance(key, t.Literal) and key.value}
        else:
            keywords[f"**{len(keywords)}"] = table
            spreads = True
    return t.Call(_expr(node.func), args, keywords, _where(node), spreads)


def _dict(node: ast.Dict) -> t.Expr:
    return t.Table([(None if key is None else _expr(key), _expr(value))
                    for key, value in zip(node.keys, node.values, strict=True)])  # fmt: skip


def _lambda(node: ast.Lambda) -> t.Expr:
    return t.Function("<lambda>", _parameters(node.args), [t.Return(_expr(node.body))])


def _comprehension(node: Any) -> t.Expr:
    body: list[t.Stmt] = []
    for generator in node.generators:
        body.append(t.Let(_expr(generator.target), t.Index(_expr(generator.iter), t.Other([]), _where(generator.iter))))
        body += [t.Do(_expr(test)) for test in generator.ifs]
    parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    body.append(t.Return(t.Items(_exprs(parts))))
    return t.Call(t.Function("<comprehension>", [], body), [], {}, _where(node))


def _compare(node: ast.Compare) -> t.Expr:
    """`"a" in b` asks `b`; any other comparison is of no concern."""
    (first, *others) = node.comparators
    is_asked = isinstance(node.ops[0], (ast.In, ast.NotIn)) and isinstance(node.left, ast.Constant)
    if is_asked and not others and isinstance(first, (ast.Name, ast.Attribute)):
        return t.Call(t.Member(_expr(first), "__contains__", _where(first)), [_expr(node.left)], {}, _where(node))
    return t.Other(_exprs([node.left, first, *others]))


_EXPRESSIONS: dict[type, Callable[[Any], t.Expr]] = {
    ast.Constant: _constant,
    ast.Name: lambda node: t.Name(node.id, _where(node)),
    ast.Attribute: lambda node: t.Member(_expr(node.value), node.attr, _where(node)),
    ast.Subscript: lambda node: t.Index(_expr(node.value), _expr(node.slice), _where(node)),
    ast.Call: _call,
    ast.JoinedStr: _joined,
    ast.BinOp: _binary,
    ast.BoolOp: lambda node: t.Choice(_exprs(node.values)),
    ast.IfExp: lambda node: t.Choice([_expr(node.body), _expr(node.orelse)], [_expr(node.test)]),
    ast.List: lambda node: t.Items(_exprs(node.elts)),
    ast.Tuple: lambda node: t.Items(_exprs(node.elts)),
    ast.Set: lambda node: t.Items(_exprs(node.elts)),
    ast.Dict: _dict,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Await: lambda node: _expr(node.value),
    ast.Starred: lambda node: _expr(node.value),
    ast.NamedExpr: lambda node: t.Bound(_expr(node.target), _expr(node.value)),
    ast.Compare: _compare,
}


# ---- Statements -----------------------------------------------------------------------------------------------------


def _body(nodes: Sequence[ast.stmt]) -> list[t.Stmt]:
    found: list[t.Stmt] = []
    for node in nodes:
        lower = _STATEMENTS.get(type(node))
        if lower is not None:
            found += lower(node)
        else:
            found += map(t.Do, _inside(node))
    return found


def _import(node: ast.Import) -> list[t.Stmt]:
    where = _where(node)
    return [
        t.Import(alias.name if alias.asname else alias.name.partition(".")[0], "",
                 alias.asname or alias.name.partition(".")[0], where)
        for alias in node.names
    ]  # fmt: skip


def _import_from(node: ast.ImportFrom) -> list[t.Stmt]:
    module = "." * node.level + (node.module or "")
    found: list[t.Stmt] = [t.Import(module, one.name, one.asname or one.name, _where(node)) for one in node.names]
    if any(one.name == "*" for one in node.names):
        found.append(t.Mark("star-import", _where(node)))
    return found


def _parameters(args: ast.arguments) -> list[t.Parameter]:
    plain = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(args.defaults)) + list(args.defaults)
    found = [_parameter(arg, default) for arg, default in zip(plain, defaults, strict=True)]
    found += [_parameter(arg, default) for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    rest = [arg for arg in (args.vararg, args.kwarg) if arg is not None]
    return found + [t.Parameter(t.Name(arg.arg), rest=True) for arg in rest]


def _parameter(arg: ast.arg, default: ast.expr | None) -> t.Parameter:
    annotation = _annotation(arg.annotation) if arg.annotation is not None else None
    return t.Parameter(t.Name(arg.arg), None if default is None else _expr(default), annotation)


def _annotation(node: ast.expr) -> t.Expr:
    """An annotation may be a text, and a union with None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
        try:
            return _annotation(ast.parse(node.value, mode="eval").body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return t.Other([])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return t.Choice([_annotation(node.left), _annotation(node.right)])
    return _expr(node)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[t.Stmt]:
    names = {one.id for one in node.decorator_list if isinstance(one, ast.Name)}
    names |= {one.attr for one in node.decorator_list if isinstance(one, ast.Attribute)}
    function = t.Function(node.name, _parameters(node.args), _body(node.body))
    function.is_static = "staticmethod" in names
    function.is_property = bool(names & {"property", "cached_property"})
    return [t.Define(function, _exprs(node.decorator_list))]


def _class(node: ast.ClassDef) -> list[t.Stmt]:
    body = _body(node.body)
    for one in body:
        if isinstance(one, t.Define):
            one.function.is_method = not one.function.is_static
    keywords = {one.arg: _expr(one.value) for one in node.keywords if one.arg}
    return [t.Class(node.name, _exprs(node.bases), body, _exprs(node.decorator_list), keywords)]


def _assign(node: ast.Assign) -> list[t.Stmt]:
    value = _expr(node.value)
    first, *others = node.targets
    found: list[t.Stmt] = [t.Let(_expr(first), value)]
    return found + [t.Let(_expr(one), _expr(first) if isinstance(first, ast.Name) else value) for one in others]


def _for(node: ast.For | ast.AsyncFor) -> list[t.Stmt]:
    target = t.Let(_expr(node.target), t.Index(_expr(node.iter), t.Other([]), _where(node.iter)))
    return [t.Branches([[target, *_body(node.body)]]), *_body(node.orelse)]


def _with(node: ast.With | ast.AsyncWith) -> list[t.Stmt]:
    found: list[t.Stmt] = []
    for item in node.items:
        value = _expr(item.context_expr)
        found.append(t.Do(value) if item.optional_vars is None else t.Let(_expr(item.optional_vars), value))
    return [*found, *_body(node.body), *_exits(node)]


def _exits(node: ast.With | ast.AsyncWith) -> Iterator[t.Stmt]:
    """The end of what a method of something enters: `with env.prefixed("A_"):` holds until there."""
    for context in (item.context_expr for item in node.items):
        call = context.func if isinstance(context, ast.Call) else None
        if isinstance(call, ast.Attribute) and call.attr == "prefixed":
            yield t.Do(t.Call(t.Member(_expr(call.value), "__exit__"), [], {}, _where(context)))


def _try(node: Any) -> list[t.Stmt]:
    handlers: list[list[t.Stmt]] = [[_handler(one)] for one in node.handlers]
    return [t.Branches([_body([*node.body, *node.orelse]), *handlers], may_skip=False), *_body(node.finalbody)]


def _handler(node: ast.ExceptHandler) -> t.Handler:
    silent = all(
        isinstance(one, ast.Pass) or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in node.body
    )
    where = t.Where(node.lineno, node.col_offset, node.lineno, node.col_offset + len("except"))
    caught = _expr(node.type) if node.type is not None else None
    return t.Handler(caught, _body(node.body), silent, where, node.name or "")


def _match(node: ast.Match) -> list[t.Stmt]:
    captured = [[t.Let(t.Name(name), None) for name in _captures(case.pattern)] for case in node.cases]
    bodies = [[*names, *_body(case.body)] for names, case in zip(captured, node.cases, strict=True)]
    return [t.Do(_expr(node.subject)), t.Branches(bodies)]


def _captures(pattern: ast.AST) -> list[str]:
    names = [getattr(one, "name", None) or getattr(one, "rest", None) for one in ast.walk(pattern)]
    return [name for name in names if isinstance(name, str)]


_STATEMENTS: dict[type, Callable[[Any], list[t.Stmt]]] = {
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Assign: _assign,
    ast.AnnAssign: lambda node: [
        t.Let(_expr(node.target), None if node.value is None else _expr(node.value), _annotation(node.annotation))
    ],
    ast.AugAssign: lambda node: [t.Let(_expr(node.target), _expr(node.value), adds=isinstance(node.op, ast.Add))],
    ast.Expr: lambda node: [t.Do(_expr(node.value))],
    ast.Return: lambda node: [t.Return(_expr(node.value))] if node.value is not None else [],
    ast.If: lambda node: [t.Do(_expr(node.test)), t.Branches([_body(node.body), _body(node.orelse)], may_skip=False)],
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: lambda node: [t.Do(_expr(node.test)), t.Branches([_body(node.body)]), *_body(node.orelse)],
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.Match: _match,
    ast.Global: lambda node: [t.Mark("global", _where(node), tuple(node.names))],
    ast.Nonlocal: lambda node: [t.Mark("global", _where(node), tuple(node.names))],
    ast.Delete: lambda node: [t.Do(t.Other(_exprs(getattr(one, "value", None) for one in node.targets)))],
}
if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = _try
