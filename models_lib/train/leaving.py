"""The script that a run leaves, so that whoever wants can go."""

import json
import traceback
from collections.abc import Mapping
from pathlib import Path

import keras

from models_lib.build.model import InputTensor
from models_lib.data.targets import ModelTarget
from models_lib.eject.files import hash_file, write_eject
from models_lib.eject.names import NotEjectable
from models_lib.eject.refusing import refuse_unwritten
from models_lib.eject.script import Trained, digest_weights
from models_lib.train.beginning import read_beginning
from models_lib.train.building import LoadedData, tensor_dtype
from models_lib.train.devices import needs_one_order
from models_lib.train.fitting import Fitted
from models_lib.train.job import Job


def leave_script(
    job: Job,
    folder: Path,
    data: LoadedData,
    core: keras.Model,
    targets: Mapping[str, ModelTarget],
    *,
    components: Path | None,
    fitted: Fitted,
) -> None:
    """`eject/` among the artifacts: the run as a plain Keras script; or why not, there and in the log."""
    left = folder / "out" / "artifacts" / "eject"
    try:
        refuse_unwritten(
            job.spec,
            was_stopped=fitted.ended_by == "stop",
            is_as_specified=fitted.is_as_specified,
            is_exact=job.spec.fit.engine != "xla" and (fitted.engine is None or not fitted.engine.is_compiled),
        )
        files, beginning = job.files_in(folder), read_beginning(job, folder)
        run = Trained(
            job.run_id,
            job.spec,
            core,
            data.rows,
            data.inputs,
            {name: InputTensor(array.shape[1:], tensor_dtype(array)) for name, array in data.tensors["train"].items()},
            targets,
            digest=digest_weights(core),
            files=files,
            hashes={part: hash_file(file.path) for part, file in {**files, **beginning.weights}.items()},
            threads=job.threads,
            is_in_one_order=needs_one_order(is_exact=job.spec.fit.exact),
            begun=beginning,
            kept=data.kept,
        )
        write_eject(run, left, components)
    except NotEjectable as refused:
        write_refusal(left, refused)
        print(f"This run cannot be ejected as a plain script. {refused}", flush=True)  # noqa: T201 - the run's log
    except Exception as error:  # noqa: BLE001 - the training is good all the same, and the log says what was not foreseen
        traceback.print_exc()
        reason = f"Writing its script failed ({type(error).__name__}: {str(error)[:300]}); the run's log has the place."
        write_refusal(left, NotEjectable("", reason))


def write_refusal(left: Path, refused: NotEjectable) -> None:
    """Why there is no script, where the script would lie."""
    left.mkdir(parents=True, exist_ok=True)
    (left / "refused.json").write_text(json.dumps({"pointer": refused.pointer, "reason": refused.reason}))
