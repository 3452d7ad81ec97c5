"""What is looked for in place of the triggers of the guards that come with the package."""

from __future__ import annotations

import json

from guards._core import inline
from guards._core.registry import Registry
from guards._core.triggers import DIALECT, computed_signs, digest


def known_signs() -> str:
    """The signs of each trigger by its digest, for the settings that nobody has changed."""
    registry = Registry()
    guards = [registry.load(name) for name in (*registry.builtin(), inline.ID)]
    triggers = [
        trigger for guard in guards for trigger in guard.triggers_for(guard.scan_slice(guard.options(), None), {})
    ]
    known = {digest([trigger]): computed_signs(trigger) for trigger in triggers}
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(known[key])}" for key in sorted(known))
    return f'{{"dialect": {DIALECT}, "signs": {{\n{lines}\n}}}}\n'
