"""Horngate's client: `horngate.connect()`."""

from horngate.client.connecting import connect as connect
