"""Everything that the env guard can report.

A rule is `sensitive` where the line of its findings may hold a value: the line is neither shown nor hashed.
"""

from __future__ import annotations

from guards._core.model import Level, Rule

CASE_TWIN = Rule(
    "env/case-twin",
    "Two names of variables differ in nothing but capitals.",
    Level.WARNING,
    sensitive=True,
    help=(
        "Where capitals count these are two variables; where they do not (Windows, pydantic-settings) they are one: "
        "who sets the one believes to have set the other.\n\n"
        "**Bad:** `Api_Url` in one module, `API_URL` in another.\n\n**Good:** one way to write it.\n\n"
        "**How to fix:** rename one of them."
    ),
)
CLIENT_SECRET = Rule(
    "env/client-secret",
    "A secret has a name that makes a build tool send it to browsers.",
    tags=("security",),
    security_severity=8.0,
    sensitive=True,
    help=(
        "What begins with `NEXT_PUBLIC_`, `VITE_`, `REACT_APP_` and the like is written into scripts that everybody "
        "can read.\n\n"
        "**Bad:** `VITE_DB_PASSWORD`.\n\n**Good:** `DB_PASSWORD`, read by the server.\n\n"
        "**How to fix:** rename it, read it on the server, and replace the value if it was ever built in. A key "
        "that is made for browsers is no secret: say `client: true` in canonical.yaml."
    ),
)
CONFLICTING_DEFAULT = Rule(
    "env/conflicting-default",
    "A variable has different defaults in different places.",
    Level.WARNING,
    sensitive=True,
    help=(
        "Without the variable, one part of the system does one thing and another part something else.\n\n"
        '**Bad:** `getenv("TIMEOUT", "30")` here, `getenv("TIMEOUT", "60")` there.\n\n'
        "**Good:** one place that reads it, or one constant.\n\n"
        "**How to fix:** read it in one place, and use that everywhere."
    ),
)
DIALECT = Rule(
    "env/dialect",
    "A line of an environment file means different things to the programs that read it.",
    Level.WARNING,
    sensitive=True,
    help=(
        "python-dotenv, Node and a shell have rules of their own for `#`, `$`, quotes, backslashes and blanks.\n\n"
        "**Bad:** `PASSWORD=a#b` is `a` to Node, and `COLOR=$RED` is empty to bash.\n\n"
        "**Good:** `PASSWORD='a#b'`.\n\n"
        "**How to fix:** put the value into single quotes; where it has to have one of these characters itself, choose "
        "another value. The rule is a note where the tree does not show that programs of both kinds read the file."
    ),
)
DYNAMIC_READ = Rule(
    "env/dynamic-read",
    "A variable is read whose name is made up at run time.",
    Level.NOTE,
    sensitive=True,
    help=(
        "Nobody can tell from the code which variables these are, so they are compared with nothing.\n\n"
        '**Bad:** `os.environ[f"{service}_URL"]`.\n\n**Good:** a name that stands in the code.\n\n'
        "**How to fix:** name the variables, or leave it: a variable that begins as the name does is not called unused."
    ),
)
GENERATED = Rule(
    "env/generated",
    "A file that a program wrote reads variables, and is not looked at.",
    Level.NOTE,
    help=(
        "A bundle or a minified script is made from other files, and those are looked at where they are in the "
        "repository.\n\n"
        "**Bad:** a bundle whose sources nobody has.\n\n"
        "**Good:** sources in the repository, and the bundle made when it is needed.\n\n"
        "**How to fix:** exclude it with `exclude` in the settings of this guard, or take it out of the repository."
    ),
)
LOADER = Rule(
    "env/loader",
    "An entry point does not load its environment through the named loader.",
    help=(
        "What is started past the loader runs without its checks, and with whatever happens to be set.\n\n"
        "**Bad:** `worker.py` reads `os.environ` at once.\n\n"
        "**Good:** `load_environment()` is the first thing that it calls.\n\n"
        "**How to fix:** call the loader that `env-code` in canonical.yaml names."
    ),
)
MISSING = Rule(
    "env/missing",
    "A variable is required, and is not there.",
    sensitive=True,
    help=(
        "The program ends at its start or, worse, at the first request that needs it.\n\n"
        "**Bad:** `required: [prod]`, and neither `.env.production` nor the composition of production has it.\n\n"
        "**Good:** each profile that requires a variable gives it a value, or room for one in case of a secret: "
        "`STRIPE_KEY=`, or `- STRIPE_KEY` in a composition.\n\n"
        "**How to fix:** give it a value there. Files are asked only where the tree has some of that profile; "
        "`guard env --live` asks the environment itself."
    ),
)
REPEATED = Rule(
    "env/repeated",
    "A name has two values in one environment file.",
    Level.WARNING,
    sensitive=True,
    help=(
        "The later one counts, and who edits the first wonders why nothing changes.\n\n"
        "**Bad:** `PORT=80` at the top and `PORT=8080` at the end.\n\n**Good:** each name once.\n\n"
        "**How to fix:** delete one of the lines."
    ),
)
ROTATION = Rule(
    "env/rotation-overdue",
    "A secret was to be replaced, and was not.",
    Level.WARNING,
    tags=("security",),
    help=(
        "The longer a secret is used, the more people and places have had it.\n\n"
        "**Bad:** `rotated: 2025-01-01` with `rotate-every: 90`, in the summer.\n\n"
        "**Good:** a day that is not so long ago.\n\n"
        "**How to fix:** replace the value where it is kept, and write the day into canonical.yaml."
    ),
)
SECRET_IN_EXAMPLE = Rule(
    "env/secret-in-example",
    "A template of an environment file holds a value for a secret.",
    tags=("security",),
    security_severity=7.0,
    sensitive=True,
    help=(
        "Templates are copied by everybody and never rotated. What looks like a value is one, sooner or later.\n\n"
        "**Bad:** a key in `.env.example`.\n\n**Good:** `STRIPE_KEY=`, or `STRIPE_KEY=<from the vault>`.\n\n"
        "**How to fix:** take the value out, and replace it where it is used. If it is none, say `secret: false`."
    ),
)
TRACKED_FILE = Rule(
    "env/tracked-file",
    "An environment file of one machine is tracked.",
    Level.WARNING,
    help=(
        "What one person sets for themselves is sent to everybody, with the first secret that is put into it.\n\n"
        "**Bad:** `.env.local` in git, or `.env` beside the `.env.example` that it was copied from.\n\n"
        "**Good:** `.env.example` in git and `.env` in .gitignore.\n\n"
        "**How to fix:** `guard env --fix` takes it out of the index, and keeps the file."
    ),
)
TRACKED_SECRET = Rule(
    "env/tracked-secret",
    "A tracked file gives a value to a secret.",
    tags=("security",),
    security_severity=8.0,
    sensitive=True,
    help=(
        "Everybody with the repository has it, and so has everybody who gets hold of a copy of it.\n\n"
        "**Bad:** `DB_PASSWORD=…` in `.env.production`, or under `environment:` of a composition.\n\n"
        "**Good:** `- DB_PASSWORD`, and the value in a file that git ignores or in the store of the platform.\n\n"
        "**How to fix:** take it out of the file, and replace the value: git keeps the old one."
    ),
)
UNDECLARED = Rule(
    "env/undeclared",
    "A variable is read, and declared nowhere.",
    help=(
        "Whoever sets the system up does not know of it, until it fails.\n\n"
        '**Bad:** `os.environ["REDIS_URL"]`, and neither canonical.yaml nor `.env.example` has `REDIS_URL`.\n\n'
        "**Good:** a line in `.env.example`, or an entry in `env:` of canonical.yaml.\n\n"
        "**How to fix:** `guard env --fix` adds it to the template. What a platform sets goes to `ambient` in the "
        "settings. Without a section `env` only what is above the code's folder counts, and what has a default is "
        "left alone."
    ),
)
UNDOCUMENTED = Rule(
    "env/undocumented",
    "A variable of canonical.yaml is in no template of an environment file.",
    Level.WARNING,
    help=(
        "The template is what people copy: what it does not have, they do not set.\n\n"
        "**Bad:** `env:` has `REDIS_URL`, `.env.example` does not.\n\n**Good:** both have it.\n\n"
        "**How to fix:** `guard env --fix` adds it."
    ),
)
UNMATCHED = Rule(
    "env/unmatched",
    "An entry of `env-code` in canonical.yaml matches nothing.",
    Level.WARNING,
    help=(
        "A rule that cannot fail checks nothing.\n\n"
        "**Bad:** an entry point that was moved, a glob of files that are gone, an accessor that nothing calls.\n\n"
        "**Good:** each entry is of something.\n\n**How to fix:** correct it, or take it out."
    ),
)
UNUSED = Rule(
    "env/unused",
    "A variable is declared, and nothing reads it.",
    Level.WARNING,
    sensitive=True,
    help=(
        "Somebody keeps it up to date in every environment, for nothing.\n\n"
        "**Bad:** `LEGACY_URL` in `.env.example`, years after its last reader.\n\n"
        "**Good:** what is declared is read.\n\n"
        "**How to fix:** take it out. If a library or a platform reads it, say so: `used-by: boto3`."
    ),
)
WRONG_VALUE = Rule(
    "env/wrong-value",
    "A variable has a value that it must not have.",
    sensitive=True,
    help=(
        "It is found out when the program starts, on the machine that matters most.\n\n"
        "**Bad:** `BUDGET_USD=free` with `type: float`, or `0.01` with `min: 0.10`.\n\n"
        "**Good:** a value that fits `type`, `min`, `max`, `pattern` and `one-of`.\n\n"
        "**How to fix:** correct the value or the declaration. The value itself is never shown."
    ),
)

RULES = (
    CASE_TWIN, CLIENT_SECRET, CONFLICTING_DEFAULT, DIALECT, DYNAMIC_READ, GENERATED, LOADER, MISSING, REPEATED,
    ROTATION, SECRET_IN_EXAMPLE, TRACKED_FILE, TRACKED_SECRET, UNDECLARED, UNDOCUMENTED, UNMATCHED, UNUSED, WRONG_VALUE,
)  # fmt: skip
