"""`horngate login`: sign in to a service elsewhere, for all later commands."""

import typer

from horngate.cli.console import talk
from horngate.client.connecting import connect, find_address, find_key, save_login


def login(
    context: typer.Context,
    url: str = typer.Argument(None, help="The service's address, like https://horngate.example.org."),
    api_key: str = typer.Option(None, help="The key; asked for when left out."),
) -> None:
    """Check a key against a service and keep both for later."""
    asked = context.find_root().obj
    address = find_address(url or asked["url"], None)
    key = api_key or asked["api_key"] or (find_key(address, None) if url is None else None)
    key = key or typer.prompt("API key (hg_…)", hide_input=True, err=True)
    me = connect(address, key).me()
    file = save_login(address, key)
    talk.print(f"[green]✓[/] Signed in at {address} as {me['user']['name']}; kept in {file}.")
