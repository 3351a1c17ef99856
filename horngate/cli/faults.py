"""Refusals and failures, drawn so that their reader sees where and what to do."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from horngate.errors import Fault, HorngateError, Problem, RunFailed, SignInNeeded, UsageError

MANY = 8


def draw_error(talk: Console, error: HorngateError) -> None:
    """One line, and below it what is known of each fault."""
    if isinstance(error, RunFailed):
        return draw_failure(talk, error.run)
    if isinstance(error, SignInNeeded):
        talk.print(f"[red]✗[/] {escape(error.headline)}")
        talk.print("  Sign in with `horngate login URL`, or set HORNGATE_API_KEY.")
        return None
    if not isinstance(error, Problem):
        talk.print(f"[red]✗[/] {escape(str(error))}")
        return None
    talk.print(f"[red]✗[/] [bold]{escape(headline_of(error))}[/]")
    for fault in error.faults:
        draw_fault(talk, fault, error)
    return None


def headline_of(problem: Problem) -> str:
    """A single fault's own message; of many, their number, where the detail says no more."""
    if len(problem.faults) == 1:
        return problem.faults[0].message
    says_no_more = problem.code == "spec_refused" or problem.headline in [fault.message for fault in problem.faults]
    return f"{len(problem.faults)} faults." if problem.faults and says_no_more else problem.headline


def draw_fault(talk: Console, fault: Fault, problem: Problem) -> None:
    """Where, the line itself, the message unless it is the headline already, and the way out."""
    name, text = problem.source or ("", "")
    place = f"{name}:{fault.line}" if name and fault.line else f"line {fault.line}" if fault.line else ""
    where = [f"[bold]{escape(fault.pointer)}[/]" if fault.pointer else "", f"[dim]{escape(place)}[/]" if place else ""]
    is_alone = len(problem.faults) == 1
    if not is_alone:
        talk.print()
    if any(where):
        talk.print("  " + "  ".join(filter(None, where)))
    draw_line(talk, text, fault.line)
    if not is_alone:
        talk.print(f"  {escape(fault.message)}")
    if fault.did_you_mean and fault.did_you_mean not in fault.message:
        talk.print(f"  Did you mean [green]{escape(fault.did_you_mean)}[/]?")
    allowed = fault.allowed if isinstance(fault.allowed, list) else []
    if 0 < len(allowed) <= MANY and not all(str(value) in fault.message for value in allowed):
        talk.print(f"  Allowed: {escape(', '.join(map(str, allowed)))}")


def draw_line(talk: Console, text: str, line: int | None) -> None:
    lines = text.splitlines()
    if line and 0 < line <= len(lines):
        talk.print(f"  [dim]{line:>4} │[/] {escape(lines[line - 1])}", no_wrap=True, overflow="ellipsis")


def draw_warnings(talk: Console, warnings: list[Mapping[str, Any]]) -> None:
    for warning in warnings:
        where = f"{warning['pointer']}: " if warning.get("pointer") else ""
        talk.print(f"[yellow]![/] {escape(where + warning['message'])}")


def draw_failure(talk: Console, run: Mapping[str, Any]) -> None:
    """Why a run did not succeed: its kind, the user's own frame, what to do next."""
    failure = run.get("failure")
    if not failure:
        talk.print(f"[red]✗[/] The run was {run['status']}.")
        return
    talk.print(f"[red]✗ The run failed[/] ({failure['kind']}): {escape(failure['message'])}")
    if failure.get("frame"):
        talk.print(f"[dim]{escape(failure['frame'])}[/]")
    if failure.get("advice"):
        talk.print(escape(failure["advice"]))
    talk.print(f"What it printed: [bold]horngate runs logs {run['id']}[/]")


def exit_code(error: HorngateError) -> int:
    """2 where the caller has to change what was given, else 1."""
    is_callers = isinstance(error, UsageError) or (
        isinstance(error, Problem) and error.status in (400, 404, 413, 415, 422)
    )
    return 2 if is_callers else 1
