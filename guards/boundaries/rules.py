"""Everything that the boundaries guard can report."""

from __future__ import annotations

from guards._core.model import Rule

CALL = Rule(
    "boundaries/call",
    "A call or construct stands where it must not.",
    help=(
        "Some calls have one right place: tasks are started by the supervisor, which ends them; what is printed goes "
        "through the logger; times carry a zone. Anywhere else they are a bug that no test shows.\n\n"
        "**Bad:** `asyncio.create_task(work())` in a handler, or the same under another name: "
        "`from asyncio import create_task as spawn`.\n\n"
        "**Good:** `supervisor.start(work())`.\n\n"
        "**How to fix:** call what stands in its place; `because` in canonical.yaml says what that is. Or add the file "
        "to `only-in`, if it is a right place, too."
    ),
)
CYCLE = Rule(
    "boundaries/cycle",
    "The members of a package import each other in a circle.",
    help=(
        "What goes in a circle can only be understood, tested and changed as a whole, and which part is imported first "
        "decides whether it works.\n\n"
        "**Bad:** `app.orders` imports `app.billing`, which imports `app.orders`.\n\n"
        "**Good:** what both need is in a third package that imports neither.\n\n"
        "**How to fix:** move what is shared, or hand it over as an argument. The finding has an import for each step "
        "of the circle: it is gone when one of them is."
    ),
)
IMPORT = Rule(
    "boundaries/import",
    "An import breaks a contract.",
    help=(
        "Layers that are only in people's heads are gone within a year: each import that goes up is small and looks "
        "right by itself.\n\n"
        "**Bad:** `app.domain` imports `app.cli`, which is above it; or a module that imports it.\n\n"
        "**Good:** `app.domain` says what it needs, and `app.cli` hands it over.\n\n"
        "**How to fix:** the finding stands at the first import of the shortest way, and shows each further one. Cut "
        "the way where it is wrong. `ignore-imports` lets one import pass, which must exist."
    ),
)
UNDECLARED = Rule(
    "boundaries/undeclared",
    "A module is in none of the layers of an exhaustive contract.",
    help=(
        "A new module that no layer names may import everything, and everything may import it.\n\n"
        "**Bad:** `app/reports` beside layers that do not name it.\n\n"
        "**Good:** each module of the container is in a layer.\n\n"
        "**How to fix:** add it to a layer, or to `exhaustive-ignores`."
    ),
)
UNMATCHED = Rule(
    "boundaries/unmatched",
    "A contract names something that is not there, so it checks nothing.",
    help=(
        "A module was renamed or an import removed, and the contract stayed: it can never fail again.\n\n"
        "**Bad:** `ignore-imports: [app.a -> app.b]`, and `app.a` does not import `app.b` any more.\n\n"
        "**Good:** what a contract names is there. `(app.a)` is a layer that may be missing.\n\n"
        "**How to fix:** correct the name, or remove it."
    ),
)

RULES = (CALL, CYCLE, IMPORT, UNDECLARED, UNMATCHED)
