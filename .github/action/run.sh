#!/usr/bin/env bash
# Runs guard for the action and hands on what came of it, whatever that is: the action fails in a later step.
# Everything that callers choose comes by environment; nothing of it is ever part of a command's text.
set -uo pipefail

folder=${RUNNER_TEMP:?}/guard
mkdir -p "$folder"
words=(all)
if [[ -n ${GUARDS:-} ]]; then
  read -r -a names <<<"${GUARDS//[$',\n']/ }"
  for name in "${names[@]}"; do
    if [[ ! $name =~ ^[a-z][a-z0-9.-]*$ ]]; then
      echo "::error::guards: names of guards are expected"
      exit 2
    fi
  done
  words=(run "${names[@]}")
fi
since=${SINCE:-auto}
if [[ $since == auto ]]; then since=${BASE:-}; fi
if [[ -n $since && $since != none ]]; then words+=("--since=$since"); fi
if [[ -n ${POLICY_FROM:-} ]]; then words+=("--policy-from=$POLICY_FROM"); fi
if [[ -n ${FAIL_LEVEL:-} ]]; then words+=("--fail-level=$FAIL_LEVEL"); fi

# A job that is cancelled tells this shell alone: guard is told as well, and what it knows by then is handed on.
guard "${words[@]}" --format github --output "json=$folder/report.json" --output "sarif=$folder/report.sarif" \
  --output "markdown=$folder/summary.md" &
running=$!
trap 'kill -TERM "$running" 2>/dev/null' INT TERM
code=0
wait "$running" || code=$?
while kill -0 "$running" 2>/dev/null; do # a signal ends a wait, and not what is waited for
  code=0
  wait "$running" || code=$?
done
if [[ -s $folder/summary.md ]]; then cat "$folder/summary.md" >>"${GITHUB_STEP_SUMMARY:?}"; fi
python -I - "$folder" "$code" >>"${GITHUB_OUTPUT:?}" <<'PYTHON'
import json
import sys

folder, code = sys.argv[1:]
try:
    with open(f"{folder}/report.json", encoding="utf-8") as file:
        report = json.load(file)
except (OSError, ValueError):
    report = {"verdict": "incomplete", "summary": {}}
print(f"exit-code={code}")
print(f"verdict={report['verdict']}")
for name in ("error", "warning", "note", "new", "baselined", "waived", "problems"):
    print(f"{name}={int(report['summary'].get(name, 0))}")
for kind, name in (("json", "report.json"), ("sarif", "report.sarif"), ("markdown", "summary.md")):
    print(f"{kind}={folder}/{name}")
PYTHON
