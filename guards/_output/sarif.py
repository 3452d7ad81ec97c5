"""SARIF 2.1.0 for code scanning: one run, every rule that ran, and the limits that an upload has.

Code scanning reads the first location of a result, shows a related one only where the message links to it, and matches
alerts from run to run by `primaryLocationLineHash`. It ignores suppressions, so settled findings stay out unless they
are asked for.
"""

from __future__ import annotations

import contextlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from urllib.parse import quote_from_bytes

from guards._core.model import Edit, Fix, Json, Level, Place, Problem, ProblemKind, Rule, Span
from guards._core.report import FindingStatus, Report, Reported, Verdict
from guards._output import inert, order
from guards._output.look import Look
from guards._output.phrases import EXIT_MEANINGS, NEXT_STEPS, mended, place, plural

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS = 5_000
DESCRIPTION_CHARACTERS = 1_024
TAGS = 10
RELATED = 100
_ROOT = "SRCROOT"
_CUT = "problem/results-cut"
_FIXED = "finding/fixed"
_STARTED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_WINDOWS_ROOT = re.compile(r"[A-Za-z]:[\\/]")
_HEADING_OR_FENCE = re.compile(r"#|```|~~~|[-*>|] |    ")


def render(report: Report, look: Look) -> str:
    """A log with one run; for a run that did not finish too, marked as unsuccessful."""
    found = order.by_rank(finding for finding in report.findings if _wanted(finding, look))
    return inert.json_document({"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [_run(report, look, found)]})


def _wanted(finding: Reported, look: Look) -> bool:
    settled = finding.status in (FindingStatus.BASELINED, FindingStatus.WAIVED)
    return finding.status is FindingStatus.NEW or (settled and look.sarif_suppressed)


def _run(report: Report, look: Look, found: Sequence[Reported]) -> Json:
    rules = {rule.id: rule for rule in sorted(report.rules, key=lambda rule: rule.id)}
    listed = [*rules, *sorted({finding.rule for finding in found} - rules.keys())]
    indexes = {rule: index for index, rule in enumerate(listed)}
    left_out = max(0, len(found) - RESULTS)
    notified = [f"problem/{kind}" for kind in sorted({problem.kind.value for problem in order.problems(report)})]
    notified += [_CUT] if left_out else []
    notified += [_FIXED] if order.fixed(report) else []
    pages = {finding.rule: finding.help_uri for finding in found if finding.help_uri}
    run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": "guard",
                **({"semanticVersion": report.tool_version} if report.tool_version else {}),
                "rules": [_rule(rule, rules.get(rule), pages.get(rule, "")) for rule in listed],
                "notifications": [_descriptor(kind) for kind in notified],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: _root(report.run.root)},
        "invocations": [_invocation(report, notified, left_out)],
        "results": [_result(finding, indexes, rules.get(finding.rule)) for finding in found[:RESULTS]],
    }
    if look.sarif_category:
        run["automationDetails"] = {"id": look.sarif_category.rstrip("/") + "/"}
    return run


def _rule(rule_id: str, rule: Rule | None, page: str) -> Json:
    """A rule that a guard reported without declaring it has only its name to tell."""
    summary = rule.summary if rule else rule_id
    markdown = (rule and rule.help) or summary
    written: dict[str, Json] = {
        "id": rule_id,
        "name": _pascal(rule_id),
        "shortDescription": {"text": _cut(summary)},
        "fullDescription": {"text": _cut(_first_paragraph(markdown) or summary)},
        "help": {"text": markdown, "markdown": markdown},
        "defaultConfiguration": {"level": (rule.level if rule else Level.ERROR).value},
    }
    if page:
        written["helpUri"] = page
    properties = _properties(rule) if rule else {}
    return written | ({"properties": properties} if properties else {})


def _properties(rule: Rule) -> dict[str, Json]:
    """Code scanning reads a severity only beside the tag `security`, and a severity of nought as none."""
    tags = [*dict.fromkeys(rule.tags)]
    if rule.security_severity is None:
        return {"tags": [*tags[:TAGS]]} if tags else {}
    tags = ["security", *(tag for tag in tags if tag != "security")]
    return {"tags": [*tags[:TAGS]], "security-severity": f"{rule.security_severity:.1f}"}


def _result(finding: Reported, indexes: Mapping[str, int], rule: Rule | None) -> Json:
    result: dict[str, Json] = {
        "ruleId": finding.rule,
        "ruleIndex": indexes[finding.rule],
        "kind": "fail",
        "level": finding.level.value,
        "message": {"text": _message(finding)},
        "locations": [_location(finding.path, finding.span)],
        "partialFingerprints": {"primaryLocationLineHash": _line_hash(finding), "guard/v1": finding.fingerprint},
    }
    if finding.related:
        result["relatedLocations"] = [_related(number, at) for number, at in enumerate(finding.related[:RELATED], 1)]
    if finding.fix and finding.fix.edits and not (rule and rule.sensitive):
        result["fixes"] = [_fix(finding.fix.path or finding.path, finding.fix)]
    if finding.status is not FindingStatus.NEW:
        result["suppressions"] = [_suppression(finding)]
    return result


def _message(finding: Reported) -> str:
    """What is wrong, the next step, and a link to each related place: without it code scanning would not show that."""
    said = [_sentence(inert.sarif_message(finding.message))]
    if finding.hint:
        said.append(f"Next step: {_sentence(inert.sarif_message(finding.hint))}")
    if finding.related:
        links = (f"[{_link(at)}]({number})" for number, at in enumerate(finding.related[:RELATED], 1))
        said.append(f"See {', '.join(links)}.")
    return " ".join(said)


def _link(related: Place) -> str:
    text = inert.sarif_message(related.note or place(related.path, related.span))
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _line_hash(finding: Reported) -> str:
    """What is missing stands on no line: there the key is what the finding means."""
    if finding.span and finding.line_hash:
        return finding.line_hash
    return sha256(finding.fingerprint.encode("utf-8", "surrogatepass")).hexdigest()[:16] + ":1"


def _location(path: str, span: Span | None) -> dict[str, Json]:
    return {"physicalLocation": {"artifactLocation": _artifact(path), "region": _region(span)}}


def _related(number: int, related: Place) -> Json:
    written: dict[str, Json] = {"id": number, **_location(related.path, related.span)}
    if related.note:
        written["message"] = {"text": inert.sarif_message(related.note)}
    return written


def _artifact(path: str) -> Json:
    return {"uri": _uri(path) or ".", "uriBaseId": _ROOT}


def _region(span: Span | None) -> Json:
    if span is None:
        return {"startLine": 1}
    line, column, end_line, end_column = span
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _fix(path: str, fix: Fix) -> Json:
    change: Json = {"artifactLocation": _artifact(path), "replacements": [_replacement(edit) for edit in fix.edits]}
    return {"description": {"text": _sentence(inert.sarif_message(fix.summary))}, "artifactChanges": [change]}


def _replacement(edit: Edit) -> Json:
    """By bytes, which makes it a binary replacement for the standard; with the text for readers that show one."""
    inserted: dict[str, Json] = {"binary": b64encode(edit.new).decode()}
    with contextlib.suppress(UnicodeDecodeError):
        inserted["text"] = edit.new.decode()
    region: Json = {"byteOffset": edit.start, "byteLength": edit.end - edit.start}
    return {"deletedRegion": region, **({"insertedContent": inserted} if edit.new else {})}


def _suppression(finding: Reported) -> Json:
    waiver = finding.waiver
    if waiver is None:
        return {"kind": "external", "status": "accepted", "justification": "accepted in the baseline"}
    by = f", accepted by {waiver.owner}" if waiver.owner else ""
    until = f", until {waiver.until}" if waiver.until else ""
    return {"kind": "external", "status": "accepted", "justification": f"{waiver.reason}{by}{until}"}


def _invocation(report: Report, notified: Sequence[str], left_out: int) -> Json:
    notifications = [_notification(problem, notified) for problem in order.problems(report)]
    if left_out:
        said = f"{plural(left_out, 'result')} of the lowest rank left out: an upload keeps {RESULTS:,}."
        notifications.append({"level": "warning", **_descriptor_of(_CUT, notified), "message": {"text": said}})
    finished = not order.problems(report) and report.verdict is not Verdict.INCOMPLETE and report.exit_code in (0, 1, 3)
    notifications += [_fixed(finding, notified) for finding in order.fixed(report)[:RESULTS]]
    invocation: dict[str, Json] = {
        "executionSuccessful": finished,
        "exitCode": report.exit_code.value,
        "exitCodeDescription": EXIT_MEANINGS[report.exit_code],
        "toolExecutionNotifications": notifications,
    }
    if _STARTED.fullmatch(report.run.started):
        invocation["startTimeUtc"] = report.run.started
    return invocation


def _notification(problem: Problem, notified: Sequence[str]) -> Json:
    what = _sentence(inert.sarif_message(f"{problem.guard or 'guard'} could not check this: {problem.reason}"))
    notification: dict[str, Json] = {
        "level": "error",
        **_descriptor_of(f"problem/{problem.kind.value}", notified),
        "message": {"text": f"{what} Next step: {_sentence(NEXT_STEPS[problem.kind])}"},
    }
    if problem.path:
        notification["locations"] = [_location(problem.path, problem.span)]
    return notification


def _fixed(finding: Reported, notified: Sequence[str]) -> Json:
    """Told beside the results: whatever is a result, code scanning takes for something to be done."""
    return {
        "level": "note",
        **_descriptor_of(_FIXED, notified),
        "associatedRule": {"id": finding.rule},
        "message": {"text": _sentence(inert.sarif_message(f"Fixed: {mended(finding)}"))},
        "locations": [_location(finding.path, finding.span)],
    }


_OTHER_NOTIFICATIONS = {
    _CUT: ("There are more results than an upload may have.", "the JSON report has them all"),
    _FIXED: ("A finding was mended.", "look at the change, and commit it"),
}


def _descriptor(name: str) -> Json:
    if name in _OTHER_NOTIFICATIONS:
        what, then = _OTHER_NOTIFICATIONS[name]
    else:
        what, then = "Something could not be checked.", NEXT_STEPS[ProblemKind(name.removeprefix("problem/"))]
    return {
        "id": name,
        "name": _pascal(name),
        "shortDescription": {"text": what},
        "fullDescription": {"text": f"{what} Next step: {_sentence(then)}"},
        "help": {"text": _sentence(then)},
    }


def _descriptor_of(name: str, notified: Sequence[str]) -> dict[str, Json]:
    return {"descriptor": {"id": name, "index": notified.index(name)}}


def _root(root: str) -> Json:
    """A file URI for an absolute root; for anything else only what the base means."""
    if _WINDOWS_ROOT.match(root):
        return {"uri": f"file:///{root[0]}:{_uri(root[2:].replace(chr(92), '/').rstrip('/'))}/"}
    if root.startswith("/"):
        return {"uri": f"file://{_uri(root.rstrip('/'))}/"}
    return {"description": {"text": "The root of the repository."}}


def _uri(path: str) -> str:
    """Percent-encoded by byte, so that a name which is not UTF-8 is still the right one."""
    try:
        return quote_from_bytes(path.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return quote_from_bytes(inert.encodable(path).encode())


def _pascal(rule_id: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", rule_id))


def _first_paragraph(markdown: str) -> str:
    """The first plain paragraph of a help text, which is what a description of a rule should be."""
    for paragraph in re.split(r"\n\s*\n", markdown):
        if paragraph.strip() and not _HEADING_OR_FENCE.match(paragraph):
            return " ".join(paragraph.split())
    return ""


def _cut(text: str) -> str:
    return text if len(text) <= DESCRIPTION_CHARACTERS else text[: DESCRIPTION_CHARACTERS - 1] + "…"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
