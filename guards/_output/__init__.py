"""The outputs, by the name that `--format` takes. A format's module is loaded when it is first rendered."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from guards._core.report import Report
    from guards._output.look import Look


class Output(NamedTuple):
    """One way to write a report down."""

    render_at: str
    """Where `render(report, look)` stands, as `module:function`."""
    summary: str
    """What it is for, in a few words, for `--help`."""
    machine: bool = True
    """Read by a program, so standard output must carry nothing else."""

    def render(self, report: Report, look: Look) -> str:
        """The report as text that ends its last line and can be encoded as UTF-8."""
        module, _, function = self.render_at.partition(":")
        text = getattr(import_module(module), function)(report, look)
        if not isinstance(text, str):
            raise TypeError(f"{self.render_at} returned {type(text).__name__} instead of text")
        return text


OUTPUTS: Mapping[str, Output] = MappingProxyType(
    {
        "text": Output("guards._output.text:render", "for people, in a terminal or a log", machine=False),
        "json": Output("guards._output.json_report:render", "the whole report, `guard-report/1`"),
        "sarif": Output("guards._output.sarif:render", "SARIF 2.1.0, for code scanning"),
        "github": Output("guards._output.github:render", "annotations in GitHub Actions"),
        "markdown": Output("guards._output.markdown:render", "a step summary or a pull request comment", machine=False),
        "junit": Output("guards._output.junit:render", "JUnit XML, for test views"),
        "gitlab": Output("guards._output.gitlab:render", "GitLab code quality"),
        "csv": Output("guards._output.csv_table:render", "a row per finding, safe to open in a spreadsheet"),
        "agent": Output("guards._output.agent:render", "compact, for language models", machine=False),
    }
)
"""The table that feeds `--format`, in the order in which help lists it."""
