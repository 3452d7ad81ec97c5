"""Guard: is this repository still what we said it is?

The names below are the words for authors of guards, and what masks secrets in any program's text. They load when they
are first used, because every start of the `guard` command runs this file.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False  # `typing` is a large import; type checkers know this name without it
if TYPE_CHECKING:
    from guards._core.model import (
        OWN_PATH as OWN_PATH,
        Answer as Answer,
        Case as Case,
        Edit as Edit,
        Entry as Entry,
        ExitCode as ExitCode,
        Fact as Fact,
        Finding as Finding,
        Fix as Fix,
        Guard as Guard,
        Judged as Judged,
        Kind as Kind,
        Level as Level,
        Need as Need,
        Output as Output,
        Outside as Outside,
        OutsideKind as OutsideKind,
        Place as Place,
        Problem as Problem,
        ProblemKind as ProblemKind,
        Program as Program,
        Rule as Rule,
        Seen as Seen,
        Select as Select,
        Skipped as Skipped,
        Source as Source,
        Span as Span,
        Told as Told,
        Trigger as Trigger,
    )
    from guards._core.options import option as option
    from guards.secrets.masking import MaskingFilter as MaskingFilter, mask as mask

_WORDS = (
    "Answer", "Case", "Edit", "Entry", "ExitCode", "Fact", "Finding", "Fix", "Guard", "Judged", "Kind", "Level", "Need",
    "OWN_PATH", "Output", "Outside", "OutsideKind", "Place", "Problem", "ProblemKind", "Program", "Rule", "Seen",
    "Select", "Skipped", "Source", "Span", "Told", "Trigger",
)  # fmt: skip

_MASKING = ("MaskingFilter", "mask")

__all__ = ["MaskingFilter", "__version__", "mask", "option", *_WORDS]


def __getattr__(name: str) -> object:
    if name in _WORDS:
        from guards._core import model

        return getattr(model, name)
    if name == "option":
        from guards._core import options

        return options.option
    if name in _MASKING:
        from guards.secrets import masking

        return getattr(masking, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
