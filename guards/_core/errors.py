"""The errors that a person can act on. Everything else that is raised is a bug, and is reported as one."""

from __future__ import annotations

from guards._core.model import ExitCode


class GuardError(Exception):
    """A message for people: what is wrong, where, and what to do next. No traceback is shown for it."""

    code = ExitCode.ENVIRONMENT

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class Interrupted(BaseException):
    """A signal asked us to stop. Not an `Exception`, so that nothing that is checked can swallow it."""

    def __init__(self, signal_name: str) -> None:
        super().__init__(signal_name)
        self.signal_name = signal_name


class TriggerError(GuardError):
    """A trigger that cannot be compiled, data that cannot be scanned, or no engine to do either."""
