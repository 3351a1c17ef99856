"""`horngate up`, `horngate demo`, `horngate doctor`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.markup import escape

from horngate.cli.console import AS_JSON, data, print_json, talk
from horngate.demo import run_demo
from horngate.doctor import blobs_findings, examine
from horngate.systemd import NoSystemd
from horngate.up.checkout import find_checkout
from horngate.up.home import DEFAULT_PORT, find_home
from horngate.up.installing import install, uninstall
from horngate.up.local_mode import LocalMode

HOME = typer.Option(None, envvar="HORNGATE_HOME", help="Where everything is kept; else ~/.horngate.")


def up(
    home: Path = HOME,
    port: int = typer.Option(DEFAULT_PORT, envvar="HORNGATE_PORT", min=0, max=65535, help="0 takes any free one."),
    host: str = typer.Option("127.0.0.1", envvar="HORNGATE_HOST", help="The address to listen on."),
    install_service: bool = typer.Option(False, "--install-service", help="Start it now and at every boot (systemd)."),
    uninstall_service: bool = typer.Option(False, "--uninstall-service", help="Start it at boot no more."),
) -> None:
    """Run the whole service here, in the foreground, until Ctrl-C."""
    folder = find_home(home)
    if uninstall_service:
        return uninstall(folder, say)
    if install_service:
        with unit_shown():
            return install(folder, host=host, port=port, say=say)
    talk.print(f"Starting Horngate on {folder}")
    if host not in ("127.0.0.1", "localhost", "::1"):
        talk.print(f"[yellow]![/] It listens on {host}, unencrypted: everyone who reaches it sees what passes by.")
    if not (find_checkout() / "dashboard" / "dist" / "index.html").is_file():
        talk.print("[yellow]![/] The dashboard is not built yet: `make setup` builds it.")
    LocalMode(folder, host=host, port=port, say=say, on_ready=announce).run()
    return talk.print("Stopped.")


@contextmanager
def unit_shown() -> Iterator[None]:
    """Where systemd does not run, its unit goes to standard output for whoever wants to install it otherwise."""
    try:
        yield
    except NoSystemd as error:
        data.out(error.unit, end="")
        raise


def say(line: str) -> None:
    talk.print(f"[dim]{escape(line)}[/]")


def announce(url: str, sign_in_link: str | None) -> None:
    data.print(f"Horngate is ready at {url}")
    if sign_in_link:
        data.print(f"Sign in, once: {sign_in_link}")
    data.print("Stop it with Ctrl-C; a training goes back to the queue and goes on at the next start.")


def demo() -> None:
    """Start Horngate for a moment and train a real model through it: breast cancer, from raw table to prediction."""
    run_demo()


def doctor(
    context: typer.Context,
    blobs: bool = typer.Option(False, "--blobs", help="Compare the stored files of local mode with their hashes."),
    as_json: bool = AS_JSON,
) -> None:
    """Look whether everything is in order here and at the service, and say how to mend what is not."""
    findings = list(blobs_findings(find_home()) if blobs else examine(**context.find_root().obj))
    if as_json:
        print_json([finding.__dict__ for finding in findings])
    for finding in [] if as_json else findings:
        mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
        data.print(f"{mark} {finding.what:<18} {escape(finding.found)}")
        if not finding.ok and finding.mend:
            data.print(f"  [yellow]→[/] {escape(finding.mend)}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)
