"""What the doctor says: findings, each with its rule, its line and what to do about it."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing, about one object. `line` counts from 1 in `file`."""

    object: str
    rule: str
    severity: Severity
    message: str
    advice: str
    line: int | None = None
    file: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Examined:
    """What was done with one object: `as_family` names what it was taken for; `not_checked` says why it was not run."""

    name: str
    as_family: str
    checks: tuple[str, ...] = ()
    xla: bool | None = None
    eager_slowdown: float | None = None
    not_checked: str | None = None


@dataclass(frozen=True)
class Report:
    """The doctor's report: `ok` where no finding is an error."""

    findings: tuple[Finding, ...] = ()
    objects: tuple[Examined, ...] = ()
    code: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "findings": [finding.to_json() for finding in self.findings],
            "objects": [asdict(examined) for examined in self.objects],
            "code": self.code,
        }
