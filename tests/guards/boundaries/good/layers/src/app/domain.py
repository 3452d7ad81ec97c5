"""Pure.

import app.cli
"""
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.cli import main
