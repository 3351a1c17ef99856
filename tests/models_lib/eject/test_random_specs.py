"""The proof of the service's numbers: a plain Keras script gives the same, for specs that nobody chose."""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from tests.models_lib.eject.conftest import Alone, trained_digest
from tests.models_lib.eject.own import OWN
from tests.models_lib.eject.random_specs import make_tables, specs
from tests.models_lib.train.attempts import make_attempt

EXAMPLES = int(os.environ.get("HORNGATE_EJECT_EXAMPLES", "4"))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(text=specs())
def test_random_specs_are_ejected_bit_for_bit(tmp_path_factory: Any, alone: Alone, text: str) -> None:
    folder = tmp_path_factory.mktemp("ejected")
    own = {"ejected_own": OWN}
    attempt = make_attempt(folder / "run", text, make_tables(folder), components=own)

    assert alone.eject(attempt) == trained_digest(attempt), text
