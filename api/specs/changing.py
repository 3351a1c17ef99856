"""Changes to a spec before it is judged: JSON Merge Patch, RFC 7396."""

from collections.abc import Mapping

from api.problems import Fault, Refused

DEEPEST = 40


def merge_patch(document: object, patch: object, depth: int = 0) -> object:
    """The document with the patch applied: mappings are merged, null removes, all else replaces; raises Refused."""
    if depth > DEEPEST:
        message = f"`changes` is nested deeper than {DEEPEST} levels."
        raise Refused(message, errors=[Fault(pointer="/changes", message=message, code="out_of_range")])
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(document) if isinstance(document, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value, depth + 1)
    return merged
