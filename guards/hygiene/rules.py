"""Everything that the hygiene guard can report."""

from __future__ import annotations

from guards._core.model import Level, Rule

BACKUP_FILE = Rule(
    "hygiene/backup-file",
    "A backup copy or a leftover of a merge is tracked.",
    Level.WARNING,
    help=(
        "Git already keeps every earlier version. A copy beside the file is found by searches, edited by mistake and "
        "never reviewed.\n\n"
        "**Bad:** `settings.py.orig` and `settings.py~` are tracked beside `settings.py`.\n\n"
        "**Good:** they are gone from the index, and `*.orig` and `*~` stand in `.gitignore`.\n\n"
        "**How to fix:** run `guard hygiene --fix`, or the command that the finding names; the local file stays. "
        "Copies that tests read are left alone in folders named like tests, fixtures or examples."
    ),
)
BROKEN_SYMLINK = Rule(
    "hygiene/broken-symlink",
    "A symbolic link points at a path that the repository does not have.",
    Level.WARNING,
    help=(
        "Whoever opens the link in a fresh clone gets an error, and on the author's disk it may work by chance, "
        "because the target is there and ignored.\n\n"
        "**Bad:** `docs/latest -> v2`, and there is no `docs/v2`.\n\n"
        "**Good:** `docs/latest -> v3`, which is tracked.\n\n"
        "**How to fix:** point the link at a tracked path, or remove it."
    ),
)
CASE_CLASH = Rule(
    "hygiene/case-clash",
    "Two names in one folder differ only in upper and lower case, or in how an accent is encoded.",
    help=(
        "On macOS and Windows they are one file. A clone there holds only one of the two, shows it as modified at "
        "once, and the next commit overwrites the other. Two folders run into each other in the same way.\n\n"
        "**Bad:** `README.md` and `Readme.md` side by side.\n\n"
        "**Good:** one of them, or names that differ in a letter.\n\n"
        "**How to fix:** compare the two, then `git mv` or `git rm` one of them, on a system that tells them apart."
    ),
)
ESCAPING_SYMLINK = Rule(
    "hygiene/escaping-symlink",
    "A symbolic link leads out of the repository.",
    tags=("security",),
    security_severity=5.0,
    help=(
        "What it shows depends on the machine: nothing, or a file of whoever checked the repository out. Builds that "
        "copy or archive the tree then carry that file away, and writes through the link land outside.\n\n"
        "**Bad:** `config.yml -> /etc/app/config.yml`, `data -> ../../other/data`.\n\n"
        "**Good:** a relative link to a path of this repository, or a setting that names the place.\n\n"
        "**How to fix:** make the link relative and point it inside, or remove it and read the place from a setting."
    ),
)
GENERATED_FILE = Rule(
    "hygiene/generated-file",
    "Something that a tool generates is tracked.",
    help=(
        "It changes with every run, so it conflicts with every merge, hides real changes in reviews, and makes "
        "everybody's clone larger for good. Some of it tells about the machine that made it; Terraform's state holds "
        "secrets in the clear.\n\n"
        "**Bad:** `pkg/__pycache__/`, `.coverage`, `mlflow.db` or `venv/` in `git ls-files`.\n\n"
        "**Good:** not tracked, and listed in `.gitignore`.\n\n"
        "**How to fix:** run `guard hygiene --fix`, or the command that the finding names; the local files stay. Test "
        "data is left alone in folders named like tests, fixtures or examples."
    ),
)
LARGE_FILE = Rule(
    "hygiene/large-file",
    "A tracked file is larger than `max-size`.",
    Level.WARNING,
    help=(
        "Every clone downloads every version of it, forever, and removing it later does not help.\n\n"
        "**Bad:** a data dump, a model or a video among the sources.\n\n"
        "**Good:** in Git LFS, in a release, or in object storage with its hash in the repository.\n\n"
        "**How to fix:** before it is pushed, untrack it with the command that the finding names. If it belongs here, "
        "use Git LFS, raise `max-size`, or exclude its path. Files that `.gitattributes` gives to Git LFS do not count."
    ),
)
MERGE_CONFLICT = Rule(
    "hygiene/merge-conflict",
    "A file holds the markers of a conflict that was never resolved.",
    help=(
        "Both versions are in the file and neither works.\n\n"
        "**Bad:** the block from seven `<` to seven `>` that git writes where two changes meet.\n\n"
        "**Good:** the text that should stand there, without markers.\n\n"
        "**How to fix:** choose or combine the two sides and remove the three marker lines."
    ),
)
NESTED_REPOSITORY = Rule(
    "hygiene/nested-repository",
    "A git repository lies inside this one, neither a submodule nor ignored.",
    Level.WARNING,
    help=(
        "Git does not look into it, so no guard does, and `git add` would record a bare commit id that nobody else "
        "can fetch.\n\n"
        "**Bad:** `git clone` of a library somewhere below the root.\n\n"
        "**Good:** `git submodule add URL PATH`, or a line in `.gitignore`.\n\n"
        "**How to fix:** make it a submodule, ignore it, or move it out of the tree."
    ),
)
PERSONAL_FILE = Rule(
    "hygiene/personal-file",
    "A file that one person's desktop or editor keeps for itself is tracked.",
    Level.WARNING,
    help=(
        "It changes whenever somebody looks at the folder, and it can tell names of files and folders that were "
        "never committed.\n\n"
        "**Bad:** `.DS_Store`, `Thumbs.db`, `.idea/workspace.xml`.\n\n"
        "**Good:** in everybody's own global ignore file, or in `.gitignore`.\n\n"
        "**How to fix:** run `guard hygiene --fix`, or the command that the finding names; the local file stays."
    ),
)
PRIVATE_KEY = Rule(
    "hygiene/private-key",
    "A file is a private key.",
    tags=("security",),
    security_severity=8.0,
    sensitive=True,
    yields_to=frozenset(
        f"secrets/{name}"
        for name in (
            *("detect-secrets", "encrypted-private-key", "openssh-private-key", "pgp-private-key", "private-key"),
            "putty-private-key",
        )
    ),
    help=(
        "Everybody who can read the repository, now or later, can act as the owner of the key. Removing the file does "
        "not help: it stays in the history.\n\n"
        "**Bad:** `deploy/id_ed25519`, `server.key`.\n\n"
        "**Good:** the key in a secret store, the public half in the repository, and keys for tests made by the "
        "tests.\n\n"
        "**How to fix:** revoke the key and make a new one first; then untrack the file, as `--fix` does. An encrypted "
        "key is a warning, because it is as safe as its passphrase. A key in a folder for tests is a note: make sure "
        "that nothing else trusts it.\n\n"
        "Where the guard `secrets` finds the same key, it is told once, as a finding of that guard with this one's fix."
    ),
)
STALE_SUBMODULE = Rule(
    "hygiene/stale-submodule",
    "`.gitmodules` names a path at which no submodule is recorded.",
    Level.WARNING,
    help=(
        "The submodule was removed by hand, or never added: the entry fetches nothing, and the path is free for "
        "something else that git then takes for the submodule.\n\n"
        "**Bad:** a section for `vendor/lib` when `git ls-files -s vendor/lib` shows no line with mode 160000.\n\n"
        "**Good:** no section, or the submodule.\n\n"
        "**How to fix:** remove the section, or add the submodule again."
    ),
)
SYMLINK_LOOP = Rule(
    "hygiene/symlink-loop",
    "A symbolic link leads back to itself.",
    Level.WARNING,
    help=(
        "Opening it fails, and programs that follow links may never come back.\n\n"
        "**Bad:** `a -> b` and `b -> a`.\n\n"
        "**Good:** a chain that ends at a file or folder.\n\n"
        "**How to fix:** point one link of the loop at the real thing, or remove them."
    ),
)
UNMAPPED_SUBMODULE = Rule(
    "hygiene/unmapped-submodule",
    "A submodule is recorded that `.gitmodules` does not name.",
    help=(
        "Nobody else can fetch it: `git submodule update` stops with an error, and clones have an empty folder. "
        "Usually `git add` met a repository inside the repository.\n\n"
        "**Bad:** a line with mode 160000 in `git ls-files -s` and no section in `.gitmodules`.\n\n"
        "**Good:** `git submodule add URL PATH`, which writes both.\n\n"
        "**How to fix:** give it a section, or untrack it with the command that the finding names."
    ),
)

RULES = (
    BACKUP_FILE,
    BROKEN_SYMLINK,
    CASE_CLASH,
    ESCAPING_SYMLINK,
    GENERATED_FILE,
    LARGE_FILE,
    MERGE_CONFLICT,
    NESTED_REPOSITORY,
    PERSONAL_FILE,
    PRIVATE_KEY,
    STALE_SUBMODULE,
    SYMLINK_LOOP,
    UNMAPPED_SUBMODULE,
)
