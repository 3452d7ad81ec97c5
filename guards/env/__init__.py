"""env: variables of the environment that are read, declared, documented or given, and not all of these.

## What it does

Finds every read of an environment variable, and compares it with what declares variables: `env:` in canonical.yaml,
templates (`.env.example`, `.env.sample`, …), and tracked environment files.

It reads Python (`os.environ` and `os.getenv` in all forms and under all names, decouple, environs, django-environ,
starlette, dynaconf, pydantic-settings with prefixes, aliases and nested models, `envvar=` of click and typer),
JavaScript and TypeScript (`process.env` in all forms, `import.meta.env`, Deno, Bun, schemas of zod, t3-env, envalid and
the like), shell, compositions, Dockerfiles, Makefiles, workflows, and your own accessors that canonical.yaml names. A
function that reads the variable that its parameter names is followed to its calls in the same file.

- **Read and declared**: `env/undeclared`, `env/unused`, `env/undocumented`, `env/dynamic-read`.
- **Required**: `env/missing` where the files of a profile do not give what it requires; `env/wrong-value` against type,
  bounds and pattern; `env/loader` where an entry point does not load its environment as all do.
- **Secrets**: `env/secret-in-example`, `env/tracked-secret`, `env/tracked-file`, `env/client-secret`,
  `env/rotation-overdue`.
- **One thing, said twice**: `env/conflicting-default`, `env/case-twin`, `env/repeated`, and `env/dialect` for lines
  that python-dotenv, Node and bash read differently.

A value is never shown, kept or sent anywhere: not in a report, not in the cache. Of a default only a keyed digest is
kept.

`guard env --live --profile prod` checks the environment of the process itself, as a start-up check that fails fast. In
Python the same is `guards.env.require(profile="prod")`.

## Why it matters

A variable that is read and declared nowhere is found by the person who deploys, at night. One that is declared and
never read is kept up to date for years. And what is a secret stands where everybody has it until somebody looks.

## Bad

```python
import os

BUDGET = float(os.environ["BUDGET_USD"])  # and neither canonical.yaml nor .env.example has BUDGET_USD
```

## Good

```yaml
guard: 1
env:
  STRIPE_KEY: {required: [prod], secret: true}
  BUDGET_USD: {type: float, min: 0.10, required: [prod], doc: "daily cap"}
  OPENAI_KEY: {required: true, secret: true, any-of: [OPENAI_KEYS], rotated: 2026-10-01, rotate-every: 90}
  OPENAI_KEYS: {secret: true}
  AWS_REGION: {used-by: boto3}
env-code:
  accessors: [app.settings.env]
  loader: app.settings.load
  entry-points:
    worker: {at: src/worker.py, requires: [BUDGET_USD]}
```

In a template, comments say the same, as varlock writes them:

```sh
# @required @sensitive
STRIPE_KEY=
# @type=number(min=0.1) @stages=prod
BUDGET_USD=
```

## Options

`ambient`: names, or patterns, that the platform sets. What systems, shells, CI and package managers set is known.

```toml
[tool.guard.env]
ambient = ["DD_*", "KUBERNETES_*"]
```

`guard env init` drafts `env:` from what is read.

## How to fix

`guard env --fix` adds what is missing to the nearest template, as empty lines, and takes environment files of one
machine out of the index. A name that a library reads gets `used-by`.

## Limits

- Without a section `env` in canonical.yaml only code below a folder with a template is compared with it. Reads with a
  default, reads in shell scripts and tests are left alone then, and a name is called unused only where most of its
  template is read, no library is known to read it, and there is no code that is not read here.
- `env/missing` speaks of a profile only where the tree has files of it: `.env.production`, `compose.prod.yaml`, jobs
  with that `environment`, or what `provided` names. All else only `--live` can know.
- Reads in Dockerfiles, Makefiles and workflows, and in scripts that take in other scripts, count as uses. Whether they
  are declared is not asked, because what sets them is often not in the file.
- A function that reads what its parameter names is followed within its file; for others name it in `accessors`.
- Settings classes whose base stands in another module and has another name than `…Settings` are not seen.
- Code of tests and examples is searched with a pattern, not parsed: what it names is not called unused.
- Of dynaconf only the prefix is known. Kubernetes, systemd, tox, and components of Vue and Svelte are not read.
- Go, Ruby, PHP, Java and other languages are not read. What they read has to be declared with `used-by`.
- Templates of templates (`.env.j2`), and values that a program computes, are not looked at.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guards._core.model import Guard
    from guards.env.options import Options

    GUARD: Guard[Options]

__all__ = ["GUARD", "UnreadyError", "require"]


class UnreadyError(RuntimeError):
    """The environment lacks what is required, or has what must not be; the message names variables, never values."""


def require(
    profile: str = "prod", *, entry_point: str = "", canonical: str = "", environ: "dict[str, str] | None" = None
) -> None:
    """Raise UnreadyError unless the environment of this process has all that canonical.yaml requires of it.

    `canonical`: its path; without one it is looked for here and in the folders above. `entry_point`: one of those
    that `env-code` names, with what it requires beside. `environ`: another environment than that of the process.
    """
    from guards.env.live import demand

    demand(profile, entry_point, canonical, environ)


def __getattr__(name: str) -> object:
    if name == "GUARD":
        from guards.env.guard import GUARD

        return GUARD
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
