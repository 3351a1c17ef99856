"""The proof of the service's numbers: a plain Keras script gives the same, for specs that nobody chose."""

import os
from typing import Any

import keras
from hypothesis import HealthCheck, Phase, example, given, settings

from tests.models_lib.eject.conftest import Alone, trained_digest
from tests.models_lib.eject.own import OWN
from tests.models_lib.eject.random_specs import FOUND, Drawn, make_tables, specs
from tests.models_lib.train.attempts import make_attempt

EXAMPLES = int(os.environ.get("HORNGATE_EJECT_EXAMPLES", "4"))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@example(drawn=FOUND)
@given(drawn=specs())
def test_random_specs_are_ejected_bit_for_bit(tmp_path_factory: Any, alone: Alone, drawn: Drawn) -> None:
    folder = tmp_path_factory.mktemp("ejected")
    own, tables = {"ejected_own": OWN}, make_tables(folder)
    starts = {}
    if drawn.before is not None:
        before = make_attempt(folder / "before", drawn.before, tables, components=own)
        before.train()
        keras.backend.clear_session(free_memory=False)
        starts = {f"run_1/{name}": before for name in ("best", "last")}
    attempt = make_attempt(folder / "run", drawn.text, tables, components=own, starts=starts)

    assert alone.eject(attempt) == trained_digest(attempt), drawn
    keras.backend.clear_session(free_memory=False)
