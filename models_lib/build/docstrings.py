"""What Keras says of its classes and their arguments, cut to first sentences."""

import inspect
import re
from typing import Any


def first_sentence(documented: Any) -> str:
    return _sentence(inspect.getdoc(documented) or "")


def _sentence(text: str) -> str:
    paragraph = " ".join(text.strip().split("\n\n", 1)[0].split())
    return re.split(r"(?<=[.!?])\s", paragraph, maxsplit=1)[0][:240]


def argument_docs(cls: type) -> dict[str, str]:
    """First sentence of each argument, from the class's `Args:` section."""
    text = inspect.getdoc(cls) or ""
    section = re.search(r"^(?:Args|Arguments):\s*\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    if section is None:
        return {}
    pieces = re.split(r"^ {2,4}`?(\w+)`?(?: ?\([^)]*\))?: ?", section[1], flags=re.MULTILINE)
    return {name: _sentence(doc) for name, doc in zip(pieces[1::2], pieces[2::2], strict=True)}
