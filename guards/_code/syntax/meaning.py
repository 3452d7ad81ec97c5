"""What the names in a file mean and its texts come to: one walk over the tree, in the order in which it would run.

Nothing is run. A value is the set of things that it may be; what is not known stays so, and says where it comes from.
Names of a scope are what was last given to them there, and from an inner function anything that they ever are. The
bodies of functions are walked twice: the second time with what the calls in this file hand over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, TypeAlias

from msgspec import Struct, field

from guards._code.syntax import texts, tree as t
from guards._code.syntax.values import (
    MOST,
    UNKNOWN,
    Bundle,
    Closure,
    Instance,
    Made,
    Method,
    One,
    Partial,
    Record,
    Ref,
    Text,
    Type,
    Value,
    joined,
    text,
    united,
)

_DEEPEST = 60
"""Calls of functions of the file inside of each other."""


class Called(NamedTuple):
    """A call of something that this file does not define."""

    name: str
    """What is called: `requests.get`, `httpx.Client.get`."""
    args: tuple[Value, ...]
    keywords: Mapping[str, Value]
    made_of: Made | None
    """What the method is called on."""
    where: t.Where
    symbol: str
    """The functions and classes that it stands in."""
    spreads: bool = False


class Used(NamedTuple):
    """A name of something that this file does not define, as it is read, or a key of it."""

    name: str
    where: t.Where
    symbol: str
    is_called: bool = False
    key: Value | None = None
    has_default: bool = False
    is_import: bool = False
    default: Value = ()
    """What is taken where it is not there, as far as that is written beside it."""


class Handed(Struct, frozen=True):
    """A call of a function of this file."""

    closure: Closure
    args: tuple[Value, ...]
    keywords: Mapping[str, Value]
    where: t.Where
    symbol: str


class Marked(NamedTuple):
    """A construct that some forbid."""

    kind: str
    where: t.Where
    symbol: str


class Written(NamedTuple):
    """An address that is written down in the code."""

    value: str
    where: t.Where
    symbol: str


class Scope(Struct):
    """The names of a module, a function or a class, or of a block in one."""

    parent: Scope | None = None
    symbol: str = ""
    now: dict[str, Value] = field(default_factory=dict)
    ever: dict[str, Value] = field(default_factory=dict)
    type: Type | None = None
    """The class whose body it is."""
    beyond: frozenset[str] = frozenset()
    """Names that belong to a scope around."""
    only: frozenset[str] | None = None
    """Of a block, the names that it declares: all others belong to what it stands in."""

    def inner(self, name: str) -> Scope:
        """A scope in this one."""
        return Scope(self, f"{self.symbol}.{name}".lstrip("."))

    def blocks(self) -> Iterator[Scope]:
        """This scope and those around it, up to the function that they stand in."""
        scope = self
        while True:
            yield scope
            if scope.only is None or scope.parent is None:
                return
            scope = scope.parent


class Meaning(Struct):
    """Everything that is told about a file."""

    calls: list[Called] = field(default_factory=list)
    uses: list[Used] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    types: list[Type] = field(default_factory=list)
    """The classes of this file, wherever they stand in it."""
    marks: list[Marked] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    given: dict[str, Value] = field(default_factory=dict)
    """What is given to members of what is not defined here: `axios.defaults.baseURL = …`."""
    names: Mapping[str, Value] = field(default_factory=dict)
    """What the names of the module may be in the end."""
    is_tolerant: bool = False
    """It has errors for the language as we know it, and was read around them."""


Reader: TypeAlias = "Callable[[str, tuple[Value, ...], Mapping[str, Value]], Value | None]"
"""(name of a function, arguments, keywords) to what it gives back; None: it is none of those that are known."""


def meaning(unit: t.Unit, known: Reader | None = None) -> Meaning:
    """What a file says. `known`: what functions of others give back, beside those that work on texts."""
    walk = _Walk(unit.language, known)
    walk.run(unit.body)
    walk.told.is_tolerant = unit.is_tolerant
    return walk.told


class _Walk:
    """One file."""

    def __init__(self, language: str, known: Reader | None) -> None:
        self._is_python = language == "python"
        self._known = known
        self.told = Meaning()
        self._functions: dict[Closure, None] = {}
        self._depth = 0
        self._has_learned = False
        """Something was handed over to a function that was walked before, or given to a member that was read before."""
        self._returns: list[list[Value]] = []
        self._seen: dict[int, Closure | Type] = {}

    def run(self, body: list[t.Stmt]) -> None:
        """The module, then all functions; and all of it again, with what was handed over to them."""
        for _ in range(2):
            self._has_learned = False
            self.told = Meaning()
            module = Scope()
            for one in self._seen.values():
                if isinstance(one, Closure):
                    one.result = None
            self._functions = {}
            self._body(body, module)
            done = 0
            while done < len(self._functions):  # grows while it is walked
                for closure in list(self._functions)[done:]:
                    self._result(closure)
                    done += 1
            self.told.names = module.ever
            if not self._has_learned:
                break

    # ---- Statements ----

    def _body(self, body: list[t.Stmt], scope: Scope) -> None:
        if not self._is_python:
            for one in body:  # functions can be called above their definition
                if isinstance(one, t.Define):
                    self._define(one, scope)
        for one in body:
            self._statement(one, scope)

    def _statement(self, one: t.Stmt, scope: Scope) -> None:
        self._STATEMENTS[type(one)](self, one, scope)

    def _do(self, one: t.Do, scope: Scope) -> None:
        if not isinstance(one.value, t.Literal):  # a text for itself is documentation
            self._value(one.value, scope)

    def _return(self, one: t.Return, scope: Scope) -> None:
        found = self._value(one.value, scope)
        if self._returns:
            self._returns[-1].append(found)

    def _marked(self, one: t.Mark, scope: Scope) -> None:
        scope.beyond |= frozenset(one.names)
        self._mark(one.kind, one.where, scope)

    def _mark(self, kind: str, where: t.Where, scope: Scope) -> None:
        self.told.marks.append(Marked(kind, where, scope.symbol))

    def _let(self, one: t.Let, scope: Scope) -> None:
        value = UNKNOWN if one.value is None else self._value(one.value, scope)
        if one.annotation is not None:
            typed = self._typed(one.annotation, scope)
            value = typed if one.value is None or value == UNKNOWN else value
        if one.adds:
            value = joined([self._quietly(one.target, scope), value])
        self._bind(one.target, value, scope)

    def _import(self, one: t.Import, scope: Scope) -> None:
        if one.name == "*":
            return
        module = f"{one.module}:" if one.module.startswith(".") else one.module
        ref = Ref(module) if not one.name else Ref(module).member(one.name)
        self.told.uses.append(Used(ref.name, one.where, scope.symbol, is_import=True))
        self._bind_name(one.local, (ref,), scope)

    def _define(self, one: t.Define, scope: Scope) -> None:
        for decorator in one.decorators:
            self._value(decorator, scope)
        self._bind_name(one.function.name, (self._closure(one.function, scope),), scope)

    def _closure(self, function: t.Function, scope: Scope) -> Closure:
        known = self._seen.get(id(function))
        closure = known if isinstance(known, Closure) else Closure(function, scope)
        closure.scope, closure.owner = scope, scope.type
        self._seen[id(function)] = closure
        self._functions[closure] = None
        return closure

    def _class(self, one: t.Class, scope: Scope) -> Type:
        known = self._seen.get(id(one))
        found = known if isinstance(known, Type) else Type(one, UNKNOWN)
        self._seen[id(one)] = found
        found.bases = united(self._value(base, scope) for base in one.bases) if one.bases else ()
        self.told.types.append(found)
        for decorator in (*one.decorators, *one.keywords.values()):
            self._value(decorator, scope)
        inner = scope.inner(one.name)
        inner.type = found
        self._body(one.body, inner)
        for name, value in inner.ever.items():
            found.members[name] = united([found.members.get(name, ()), value]) if name in found.members else value
        return found

    def _block(self, one: t.Block, scope: Scope) -> None:
        self._body(one.body, Scope(scope, scope.symbol, only=one.names))

    def _branches(self, one: t.Branches, scope: Scope) -> None:
        scopes = list(scope.blocks())
        before = [dict(each.now) for each in scopes]
        ends = [before] if one.may_skip else []
        for body in one.bodies:
            for each, names in zip(scopes, before, strict=True):
                each.now = dict(names)
            self._body(body, scope)
            ends.append([each.now for each in scopes])
        for number, each in enumerate(scopes):
            each.now = _merged(before[number], [end[number] for end in ends])

    def _handler(self, one: t.Handler, scope: Scope) -> None:
        if one.caught is None:
            self._mark("bare-except", one.where, scope)
        else:
            self._value(one.caught, scope)
        if one.is_silent:
            self._mark("silent-except", one.where, scope)
        if one.name:
            self._bind_name(one.name, UNKNOWN, scope)
        self._body(one.body, scope)

    # ---- Names ----

    def _bind_name(self, name: str, value: Value, scope: Scope) -> None:
        scope = next((each for each in scope.blocks() if each.only is None or name in each.only), scope)
        if name in scope.beyond:
            outer = scope.parent
            while outer is not None:
                if outer.type is None and (outer.parent is None or name in outer.ever):
                    outer.now[name] = outer.ever[name] = united([outer.ever.get(name, ()), value])
                outer = outer.parent
            return
        scope.now[name] = value
        scope.ever[name] = united([scope.ever[name], value]) if name in scope.ever else value

    def _bind(self, target: t.Expr, value: Value, scope: Scope) -> None:
        match target:
            case t.Name(id=name):
                self._bind_name(name, value, scope)
            case t.Member():
                self._bind_member(target, value, scope)
            case t.Index(base=base, key=key):
                self._value(base, scope)
                self._value(key, scope)
            case t.Items(items=items):
                for number, item in enumerate(items):
                    self._bind(item, self._item(value, number), scope)
            case t.Table(pairs=pairs):
                self._unpack(pairs, value, scope)
            case t.Defaulted(target=inner, default=default):
                self._bind(inner, united([value, self._value(default, scope)]), scope)
            case _:
                self._value(target, scope)

    def _bind_member(self, target: t.Member, value: Value, scope: Scope) -> None:
        for one in self._value(target.base, scope):
            if isinstance(one, Made):  # `client.base_url = …`
                one.keywords = (*one.keywords, (target.name, value))
            elif isinstance(one, Ref):
                self.told.given[one.member(target.name).name] = value
            elif isinstance(one, Instance):
                earlier = one.type.members.get(target.name)
                now = one.type.members[target.name] = value if earlier is None else united([earlier, value])
                self._has_learned |= now != earlier and target.name in one.type.asked

    def _unpack(self, pairs: list[tuple[t.Expr | None, t.Expr]], value: Value, scope: Scope) -> None:
        for key, target in pairs:
            if key is None:
                self._bind(target, value, scope)
                continue
            name = key.value if isinstance(key, t.Literal) else None
            inner, default = (target.target, target.default) if isinstance(target, t.Defaulted) else (target, None)
            found = UNKNOWN if name is None else self._member(value, name)
            where = key.where if isinstance(key, t.Literal) else t.NOWHERE
            instead = () if default is None else self._value(default, scope)
            for one in value:
                if isinstance(one, Ref) and name is not None:
                    used = one.member(name).name
                    self.told.uses.append(Used(used, where, scope.symbol, has_default=bool(instead), default=instead))
            self._bind(inner, united([found, instead]) if instead else found, scope)

    def _item(self, value: Value, number: int) -> Value:
        return united(
            one.items[number] if isinstance(one, Bundle) and number < len(one.items) else UNKNOWN for one in value
        )

    def _name(self, name: str, scope: Scope) -> Value:
        blocks = list(scope.blocks())
        for each in blocks:
            if name in each.now and name not in each.beyond:
                return each.now[name]
        around = blocks[-1].parent
        while around is not None:
            if name in around.ever and around.type is None:
                return around.ever[name]
            around = around.parent
        return (Ref(name),)

    def _use(self, name: str, where: t.Where, scope: Scope, *, has_default: bool = False) -> None:
        self.told.uses.append(Used(name, where, scope.symbol, has_default=has_default))

    # ---- Expressions ----

    def _quietly(self, one: t.Expr, scope: Scope) -> Value:
        """A value that was looked at before: nothing is told of it again."""
        calls, uses, marks = len(self.told.calls), len(self.told.uses), len(self.told.marks)
        value = self._value(one, scope)
        del self.told.calls[calls:], self.told.uses[uses:], self.told.marks[marks:]
        return value

    def _value(self, one: t.Expr, scope: Scope) -> Value:
        return self._VALUES[type(one)](self, one, scope)

    def _literal(self, one: t.Literal, scope: Scope) -> Value:
        if one.value is None:
            return UNKNOWN
        if "://" in one.value:
            self.told.written.append(Written(one.value, one.where, scope.symbol))
        return text(one.value)

    def _read_name(self, one: t.Name, scope: Scope) -> Value:
        found = self._name(one.id, scope)
        for each in found:
            if isinstance(each, Ref):
                self._use(each.name, one.where, scope)
        return found

    def _bound(self, one: t.Bound, scope: Scope) -> Value:
        found = self._value(one.value, scope)
        self._bind(one.target, found, scope)
        return found

    def _other(self, one: t.Other, scope: Scope) -> Value:
        for child in one.children:
            self._value(child, scope)
        return UNKNOWN

    def _choice(self, one: t.Choice, scope: Scope) -> Value:
        for test in one.tested:
            self._value(test, scope)
        first = len(self.told.uses)
        found = [self._value(option, scope) for option in one.options[:1]]
        last = len(self.told.uses)
        found += [self._value(option, scope) for option in one.options[1:]]
        if not one.tested and len(one.options) > 1:  # `a or b`: what is read in `a` has a default
            self.told.uses[first:last] = [
                use._replace(has_default=True, default=use.default or found[1]) for use in self.told.uses[first:last]
            ]
        return united(found)

    def _record(self, pairs: list[tuple[t.Expr | None, t.Expr]], scope: Scope) -> Record:
        members: list[tuple[str, Value]] = []
        is_whole = True
        for key, value in pairs:
            found = self._value(value, scope)
            if key is None:
                inner = next((one for one in found if isinstance(one, Record)), None)
                members += inner.members if inner is not None else ()
                is_whole = is_whole and inner is not None and inner.is_whole
                continue
            names = [one.known for one in self._value(key, scope) if isinstance(one, Text)]
            members += ((name, found) for name in names if name is not None)
            is_whole = is_whole and bool(names) and None not in names
        return Record(tuple(members), is_whole)

    def _member_of(self, one: t.Member, scope: Scope) -> Value:
        first = len(self.told.uses)
        base = self._value(one.base, scope)
        if isinstance(one.base, (t.Name, t.Member)):  # of `a.b.c` only the whole is told
            del self.told.uses[first:]
        for each in base:
            if isinstance(each, Ref):
                self._use(each.member(one.name).name, one.where, scope)
        return self._member(base, one.name)

    def _member(self, base: Value, name: str) -> Value:
        if len(base) == 1:  # as nearly always
            return self._member_of_one(base[0], name)
        return united(self._member_of_one(each, name) for each in base)

    def _member_of_one(self, one: One, name: str) -> Value:
        match one:
            case Ref():
                return (one.member(name),)
            case Made() | Text() | Bundle():
                return (Method(one, name),)
            case Method(of=Made(of=made)):
                return (Method(Made(f"{made}.{one.name}"), name),)
            case Instance(type=type_):
                return self._inherited(type_, name)
            case Type():
                return self._inherited(one, name)
            case Record():
                found = one.get(name)
                return found if found is not None else (Method(one, name),)
            case Closure() | Partial() if name in {"bind", "call", "apply"}:
                return (one,) if name != "bind" else UNKNOWN
        return UNKNOWN

    def _inherited(self, type_: Type, name: str, depth: int = 0) -> Value:
        type_.asked.add(name)
        if name in type_.members:
            found = type_.members[name]
            return united(
                self._result(one) if isinstance(one, Closure) and one.function.is_property else (one,) for one in found
            )
        if depth < MOST:
            for base in type_.bases:
                if isinstance(base, Type):
                    inherited = self._inherited(base, name, depth + 1)
                    if inherited != UNKNOWN:
                        return inherited
                elif isinstance(base, Ref):
                    return (Method(Made(base.name), name),)
        return UNKNOWN

    def _index(self, one: t.Index, scope: Scope) -> Value:
        first = len(self.told.uses)
        base, key = self._value(one.base, scope), self._value(one.key, scope)
        found: list[Value] = []
        for each in base:
            if isinstance(each, Ref):
                del self.told.uses[first:]
                self.told.uses.append(Used(each.name, one.where, scope.symbol, key=key))
            found.append(self._at(each, key))
        return united(found)

    def _at(self, one: One, key: Value) -> Value:
        match one:
            case Record():
                names = [each.known for each in key if isinstance(each, Text)]
                known = [one.get(name) for name in names if name is not None]
                values = [value for _, value in one.members]
                return united([value for value in known if value is not None] or values or [UNKNOWN])
            case Bundle():
                names = [each.known for each in key if isinstance(each, Text)]
                if len(names) == 1 and names[0] is not None and names[0].isdigit():
                    return self._item((one,), int(names[0]))
                return united(one.items) if one.items else UNKNOWN
            case Ref():
                return self._read(f"{one.name}[]", (key,), {}) or (
                    united(self._member_of_one(one, each.known) for each in key
                           if isinstance(each, Text) and each.known) if not self._is_python else UNKNOWN
                )  # fmt: skip
        return UNKNOWN

    def _read(self, name: str, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value | None:
        return self._known(name, args, keywords) if self._known is not None else None

    # ---- Calls ----

    def _call(self, one: t.Call, scope: Scope) -> Value:
        if isinstance(one.function, t.Function):  # called where it stands
            closure = self._closure(one.function, scope)
            return self._result(closure, again=True)
        first = len(self.told.uses)
        function = self._value(one.function, scope)
        for at in range(first, len(self.told.uses)):
            use = self.told.uses[at]
            if use.where == getattr(one.function, "where", None):
                self.told.uses[at] = Used(use.name, use.where, use.symbol, is_called=True)
        args = tuple(self._value(arg, scope) for arg in one.args)
        keywords: dict[str, Value] = {}
        for name, value in one.keywords.items():
            found = self._value(value, scope)
            records = [each for each in found if isinstance(each, Record)]
            keywords |= dict(records[0].members) if name.startswith("**") and records else {name: found}
        if len(function) == 1:  # as nearly always
            return self._called(function[0], args, keywords, one, scope)
        return united(self._called(each, args, keywords, one, scope) for each in function)

    def _called(
        self, function: One, args: tuple[Value, ...], keywords: dict[str, Value], call: t.Call, scope: Scope
    ) -> Value:
        match function:
            case Ref(name=name):
                return self._outside(name, args, keywords, None, call, scope)
            case Method(of=Made() as made, name=name):
                return self._outside(f"{made.of}.{name}", args, keywords, made, call, scope)
            case Method():
                return self._called_method(function, args, keywords)
            case Made():
                return self._outside(f"{function.of}()", args, keywords, function, call, scope)
            case Closure():
                self.told.handed.append(Handed(function, args, keywords, call.where, scope.symbol))
                self._hand_over(function, args, keywords)
                return self._result(function)
            case Type():
                return self._made(function, args, keywords)
            case Partial():
                merged = {**dict(function.keywords), **keywords}
                return united(
                    self._called(each, (*function.args, *args), merged, call, scope) for each in function.function
                )
        return UNKNOWN

    def _made(self, type_: Type, args: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
        """An instance of a class of this file."""
        for each in self._inherited(type_, "__init__" if self._is_python else "constructor"):
            if isinstance(each, Closure):
                self._hand_over(each, args, keywords)
                self._result(each)
        return (Instance(type_),)

    def _called_method(self, method: Method, args: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
        """A method of a text, a list or an object."""
        match method:
            case Method(of=Record() as record, name=("get" | "pop" | "setdefault")) if args:
                return united([self._at(record, args[0]), *args[1:2]])
            case Method(of=Bundle() as bundle, name="join"):
                return texts.joined_by(args[0] if args else text(","), (bundle,))
            case Method(of=Text() as template, name=name):
                return texts.method(template, name, args, keywords)
        return UNKNOWN

    def _outside(
        self,
        name: str,
        args: tuple[Value, ...],
        keywords: dict[str, Value],
        made: Made | None,
        call: t.Call,
        scope: Scope,
    ) -> Value:
        """A call of what this file does not define."""
        special = self._special(name, args, keywords)
        if special is not None:
            return special
        self.told.calls.append(Called(name, args, keywords, made, call.where, scope.symbol, call.spreads))
        read = self._read(name, args, keywords)
        if read is not None:
            return read
        found = texts.function(name, args, keywords)
        if found is not None:
            return found
        return (Made(name, args, tuple(keywords.items()), call.spreads, made),)

    def _special(self, name: str, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value | None:
        """Calls that are other ways to write a name."""
        first = [one.known for one in args[0] if isinstance(one, Text)] if args else []
        if name in {"importlib.import_module", "__import__", "require", "import"} and first and first[0]:
            module = first[0]
            return (Ref(f"{module}:" if module.startswith(".") else module),)
        if name == "getattr" and len(args) > 1:
            names = [one.known for one in args[1] if isinstance(one, Text)]
            found = united(self._member(args[0], each) for each in names if each) if names else UNKNOWN
            return united([found, args[2]]) if len(args) > 2 else found
        if name in {"functools.partial", "functools.partialmethod"} and args:
            return (Partial(args[0], args[1:], tuple(keywords.items())),)
        if name.endswith(".bind") and len(name) > len(".bind"):
            return (Partial((Ref(name.removesuffix(".bind")),), args[1:], ()),)
        return None

    def _hand_over(self, closure: Closure, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> None:
        """What a call gives to the parameters of a function of this file."""
        parameters = closure.function.parameters
        if closure.owner is not None and closure.function.is_method and self._is_python:
            parameters = parameters[1:]
        for parameter, value in zip((one for one in parameters if not one.rest), args, strict=False):
            if isinstance(parameter.target, t.Name):
                self._give(closure, parameter.target.id, value)
        for name, value in keywords.items():
            self._give(closure, name, value)

    def _give(self, closure: Closure, name: str, value: Value) -> None:
        earlier = closure.given.get(name)
        now = closure.given[name] = value if earlier is None else united([earlier, value])
        is_walked = closure.is_running or closure.result is not None
        self._has_learned |= is_walked and now != (earlier or UNKNOWN)

    def _result(self, closure: Closure, *, again: bool = False) -> Value:
        """What a function of this file gives back, once its body has been walked."""
        if closure.result is not None and not again:
            return closure.result
        if closure.is_running or self._depth > _DEEPEST:
            return UNKNOWN
        closure.is_running = True
        self._depth += 1
        self._returns.append([])
        try:
            inner = closure.scope.inner(closure.function.name)
            self._parameters(closure, inner)
            self._body(closure.function.body, inner)
        finally:
            self._depth -= 1
            closure.is_running = False
            returned = self._returns.pop()
        closure.result = united(returned) if returned else UNKNOWN
        return closure.result

    def _parameters(self, closure: Closure, inner: Scope) -> None:
        function, parameters = closure.function, closure.function.parameters
        if closure.owner is not None and function.is_method:
            if self._is_python and parameters:
                self._bind(parameters[0].target, (Instance(closure.owner),), inner)
                parameters = parameters[1:]
            else:
                self._bind_name("this", (Instance(closure.owner),), inner)
        for one in parameters:
            known: list[Value] = []
            if one.annotation is not None:
                known.append(self._typed(one.annotation, closure.scope))
            if one.default is not None:
                known.append(self._value(one.default, closure.scope))
            if isinstance(one.target, t.Name) and one.target.id in closure.given and not one.rest:
                known.append(closure.given[one.target.id])
            self._bind(one.target, united([*known, UNKNOWN]), inner)

    def _typed(self, annotation: t.Expr, scope: Scope) -> Value:
        """What is annotated with a class: an instance of it."""
        found: list[Value] = []
        names = annotation.options if isinstance(annotation, t.Choice) else [annotation]
        for one in names:
            while isinstance(one, t.Index):  # `Optional[Client]`, `Annotated[Client, …]`
                for added in one.key.items[1:] if isinstance(one.key, t.Items) else ():
                    if isinstance(added, t.Call):
                        self._value(added, scope)
                one = one.key.items[0] if isinstance(one.key, t.Items) and one.key.items else one.key
            if not isinstance(one, (t.Name, t.Member)):
                continue
            for each in self._quietly(one, scope):
                if isinstance(each, Ref) and each.name.rpartition(".")[2][:1].isupper():
                    found.append((Made(each.name, spreads=True),))
                elif isinstance(each, Type):
                    found.append((Instance(each),))
        return united(found) if found else UNKNOWN

    _STATEMENTS: ClassVar[Mapping[type, Callable[[_Walk, Any, Scope], object]]] = {
        t.Do: _do,
        t.Let: _let,
        t.Import: _import,
        t.Define: _define,
        t.Class: lambda self, one, scope: self._bind_name(one.name, (self._class(one, scope),), scope),
        t.Return: _return,
        t.Block: _block,
        t.Branches: _branches,
        t.Handler: _handler,
        t.Mark: _marked,
    }
    _VALUES: ClassVar[Mapping[type, Callable[[_Walk, Any, Scope], Value]]] = {
        t.Literal: _literal,
        t.Name: _read_name,
        t.Member: _member_of,
        t.Index: _index,
        t.Call: _call,
        t.Joined: lambda self, one, scope: joined([self._value(part, scope) for part in one.parts]),
        t.Percent: lambda self, one, scope: texts.percent(self._value(one.text, scope), self._value(one.values, scope)),
        t.Choice: _choice,
        t.Items: lambda self, one, scope: (Bundle(tuple(self._value(item, scope) for item in one.items)),),
        t.Table: lambda self, one, scope: (self._record(one.pairs, scope),),
        t.Bound: _bound,
        t.Function: lambda self, one, scope: (self._closure(one, scope),),
        t.Class: lambda self, one, scope: (self._class(one, scope),),
        t.Other: _other,
        t.Defaulted: lambda self, one, scope: united([self._value(one.target, scope), self._value(one.default, scope)]),
    }


def _merged(before: dict[str, Value], ends: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    """What names may be after one of several bodies."""
    return {
        name: united(end[name] for end in ends if name in end)
        if any(end.get(name) is not before.get(name) for end in ends)
        else before[name]
        for name in {name for end in ends for name in end}
    }
