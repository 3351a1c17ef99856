"""Publishes the order of the data; everything else is imported from its own module."""

from models_lib.data.order import order as order
