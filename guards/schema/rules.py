"""Everything that the schema guard can report."""

from __future__ import annotations

from guards._core.model import ExitCode, Level, Rule

PARSE = Rule(
    "schema/parse",
    "A document does not parse.",
    help=(
        "Whatever reads this file stops here, or reads something else than its author meant.\n\n"
        "Mend the text at the place shown. If the file is broken on purpose, keep it below a folder named "
        "`fixtures` or `testdata`, or exclude it in the configuration."
    ),
    exit_code=ExitCode.SCHEMA,
)
VIOLATION = Rule(
    "schema/violation",
    "A document does not fit its schema.",
    help=(
        "Code that trusts the schema will meet a value that it was promised never to meet.\n\n"
        "Change the document at the place shown, or the schema at the related place: one of them is wrong."
    ),
    exit_code=ExitCode.SCHEMA,
)
DUPLICATE_KEY = Rule(
    "schema/duplicate-key",
    "A key stands twice in one object, and all values but one are lost.",
    help="Parsers keep the last value without a word. Remove or rename one of the two keys.",
)
INVALID_SCHEMA = Rule(
    "schema/invalid-schema",
    "A schema is not a valid JSON Schema, or refers to something that is not here.",
    help=(
        "Documents that are mapped to it cannot be checked, so the run does not pass.\n\n"
        "References are never fetched: save the schema that a remote `$ref` names in this repository, with its `$id`, "
        "and the reference finds it there."
    ),
)
UNKNOWN_KEYWORD = Rule(
    "schema/unknown-keyword",
    "A keyword of a schema is misspelt, or newer than the draft that the schema names, so it demands nothing.",
    Level.WARNING,
    help=(
        "A validator ignores keywords that it does not know, so `requried` requires nothing.\n\n"
        "Correct the spelling, or name a draft that has the keyword. Begin keywords of your own with `x-`."
    ),
)
UNMATCHED_GLOB = Rule(
    "schema/unmatched-glob",
    "An entry of `schemas:` matches no file, so it checks nothing.",
    help="The data was moved or renamed, or the pattern has a slip. Correct the entry or remove it.",
)
EMPTY_DATA = Rule(
    "schema/empty-data",
    "A data set that a schema watches holds no records, or fewer than its `min-items`.",
    help="An empty data set satisfies every schema. Restore the data, or allow it with `min-items: 0` on the entry.",
)
UNCOVERED_DATA = Rule(
    "schema/uncovered-data",
    "A data file stands beside files that have a schema, and has none itself.",
    Level.NOTE,
    help="Widen the pattern of the entry in `schemas:`, or give the file an entry of its own.",
)
UNREACHED_SCHEMA = Rule(
    "schema/unreached-schema",
    "A document names a schema that is not among those that are read.",
    Level.WARNING,
    help="The document is not checked. Add the schema's folder to `schema-dirs`, or correct the path.",
)
UNUSED_SCHEMA = Rule(
    "schema/unused-schema",
    "A schema is used by no document, no entry of `schemas:` and no other schema.",
    Level.NOTE,
    help="Give it an entry in `schemas:`, or remove it.",
)

RULES = (
    DUPLICATE_KEY,
    EMPTY_DATA,
    INVALID_SCHEMA,
    PARSE,
    UNCOVERED_DATA,
    UNKNOWN_KEYWORD,
    UNMATCHED_GLOB,
    UNREACHED_SCHEMA,
    UNUSED_SCHEMA,
    VIOLATION,
)
