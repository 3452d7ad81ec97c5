"""The kinds of facts that scan tells judge."""

NEAR = "near"
"""Fact: what there is where a point leads nowhere."""
PLACES = "places"
"""Fact of canonical.yaml: where facts and binds stand."""
SITE = "site"
"""Fact: a value at a point."""
