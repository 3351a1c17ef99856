"""`remote.fit`: a model and data that live here, trained there, as if `model.fit` had been called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from horngate.cli.console import talk
from horngate.client.runs import Run
from horngate.errors import Detached, FitRefused
from horngate.fitting.by_state import names_as_sent
from horngate.fitting.callbacks import Callbacks, describe_callbacks, leave_logs
from horngate.fitting.checkpoints import leave_checkpoints, plan_checkpoints
from horngate.fitting.compiled import describe_compiled
from horngate.fitting.history import History, read_history
from horngate.fitting.kept_arguments import kept_arguments
from horngate.fitting.models import build_model, check_model, describe_model, is_graph
from horngate.fitting.naming import Named, input_symbols, name_rows, settle_parts
from horngate.fitting.objects import OwnObjects
from horngate.fitting.sending import send_arrays
from horngate.fitting.sizes import settle_sizes
from horngate.fitting.structures import Rows, gather_rows
from horngate.fitting.watching import follow_run
from horngate.fitting.weights import fetch_file, load_core, send_weights, take_weights
from horngate.fitting.whole_configs import whole_configs

if TYPE_CHECKING:
    from horngate.client.connecting import Remote


@dataclass(frozen=True)
class Asked:
    """The arguments of a fit, as Keras names them; `settings` are further fields of the run's spec."""

    epochs: int = 1
    initial_epoch: int = 0
    batch_size: int | None = None
    verbose: str | int = "auto"
    callbacks: Any = None
    validation_split: float = 0.0
    validation_data: Any = None
    shuffle: bool = True
    class_weight: Mapping[Any, float] | None = None
    steps_per_epoch: int | None = None
    validation_batch_size: int | None = None
    validation_steps: int | None = None
    validation_freq: int | Sequence[int] = 1
    seed: int | None = None
    name: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def batches(self) -> int | None:
        """How many the whole training takes; None where each epoch has all rows."""
        steps = self.steps_per_epoch
        return None if steps is None else max(1, (self.epochs - self.initial_epoch) * steps)


def fit_as_asked(remote: "Remote", model: Any, x: Any, y: Any, given: Mapping[str, Any]) -> History:
    """The arguments of `remote.fit`."""
    rest = dict(given)
    weights, settings = rest.pop("sample_weight"), rest.pop("settings") or {}
    return fit_remotely(remote, model, x, y, weights, Asked(**rest, settings=settings))


def fit_remotely(remote: "Remote", model: Any, x: Any, y: Any, sample_weight: Any, asked: Asked) -> History:
    """Send what is not there yet, train, and leave the trained weights in the model."""
    check_model(model)
    rows = gather_rows(x, y, sample_weight, batches=asked.batches)
    held = _validation_rows(asked, rows)
    sizes = settle_sizes(asked, rows, held)
    build_model(model, rows)
    own = OwnObjects()
    callbacks = describe_callbacks(asked.callbacks, own)
    spec = _describe(remote, model, rows, held, asked, sizes, callbacks, own)
    run = submit(remote, spec)
    follow_run(run, asked.verbose, is_new=True)
    return bring_home(run, model, callbacks)


def attach_to(remote: "Remote", run_id: str, model: Any, verbose: str | int) -> History:
    """Watch a run of before to its end; without a model here the trained one is loaded."""
    run = follow_run(remote.runs.get(run_id), verbose)
    if model is None:
        return read_history(run, load_core(run))
    return bring_home(run, model, Callbacks())


def bring_home(run: Run, model: Any, callbacks: Callbacks) -> History:
    model.history = history = read_history(run, model)
    try:
        with TemporaryDirectory(prefix="horngate-") as folder:
            leave_logs(callbacks, run.spec, lambda path: fetch_file(run, path, Path(folder)))
        try:
            leave_checkpoints(callbacks.checkpoints, run, model, history)
        finally:  # Keras may refuse to save what it has trained
            take_weights(model, run)
    except KeyboardInterrupt:
        raise Detached(run.id) from None  # it has ended: its weights can be fetched at any time
    return history


def submit(remote: "Remote", spec: Mapping[str, Any]) -> Run:
    try:
        return Run(remote.service, remote.service.create("/v1/runs", {"spec": dict(spec)}))
    except KeyboardInterrupt:
        talk.print("Interrupted while the run was being submitted: horngate runs list says whether it is there.")
        raise


def _validation_rows(asked: Asked, rows: Rows) -> Rows | None:
    """The rows of `validation_data`; None where the last rows of x are held back, or none at all."""
    given = asked.validation_data
    if given is None:
        if asked.validation_split and rows.is_source:
            raise FitRefused("validation_split", "needs arrays, as in Keras: give validation_data")
        return None
    parts = given if isinstance(given, list | tuple) else (given,)
    if not 1 <= len(parts) <= 3:
        raise FitRefused("validation_data", "is (x, y), (x, y, sample_weight), or a data set")
    x, y, weights = (*parts, None, None)[:3]
    return gather_rows(x, y, weights, "validation_data", batches=asked.validation_steps)


def _describe(
    remote: "Remote",
    model: Any,
    rows: Rows,
    held: Rows | None,
    asked: Asked,
    sizes: Mapping[str, Any],
    callbacks: Callbacks,
    own: OwnObjects,
) -> dict[str, Any]:
    """The run's spec, with everything that it names sent."""
    with whole_configs(), kept_arguments(own):
        described = describe_model(model, own)
    inputs = input_symbols(model) if is_graph(model) else None
    parts = [name_rows(part, inputs, described.outputs) for part in (rows, held) if part is not None]
    settle_parts(parts)
    with whole_configs():
        compiled = describe_compiled(model, described.outputs, own)
    is_validated = held is not None or bool(asked.validation_split)
    kept = plan_checkpoints(
        callbacks.checkpoints, model, rows, is_validated=is_validated, is_at_each=asked.validation_freq == 1
    )
    draft = {"model": described.section, "compile": compiled, "callbacks": callbacks.written}
    settled, component = own.settle(remote.components, draft)
    name = asked.name or model.name
    sent = [
        send_arrays(remote.datasets, f"{name}{at}", part.arrays)
        for at, part in zip(("", "-validation"), parts, strict=False)
    ]
    with names_as_sent(own):
        weights = send_weights(remote.datasets, name, model)
    spec = {
        "name": name,
        "dataset": sent[0].reference,
        "components": [component.reference] if component else [],
        "inputs": {use: _binding(parts[0], array, is_graph(model)) for use, array in parts[0].inputs.items()},
        "targets": {use: _target(parts[0], array) for use, array in parts[0].targets.items()} or "none",
        "split": _split(asked, sent[1].reference if held is not None else None),
        "model": settled["model"] | {"weights": weights.reference},
        "compile": settled["compile"],
        "fit": {**_fit(asked, rows, parts[0]), **sizes, **kept, "callbacks": settled["callbacks"]},
        "export": ["keras", "weights"],
    }
    return spec | ({} if asked.seed is None else {"seed": asked.seed}) | dict(asked.settings)


def _binding(named: Named, array: str, is_graph: bool) -> dict[str, Any]:
    """A class of one's own gets what it is given: a single number a row without the axis that a graph's input has."""
    kind = named.arrays[array].dtype
    is_bare = named.arrays[array].ndim == 1 and not is_graph
    prepared = {"class_name": "Reshape", "config": {"target_shape": []}} if is_bare else None
    return {"array": array, "preprocess": prepared, "dtype": "string" if kind.kind == "U" else str(kind)}


def _target(named: Named, array: str) -> dict[str, Any]:
    return {"array": array, "dtype": str(named.arrays[array].dtype)}


def _split(asked: Asked, validation: str | None) -> dict[str, Any]:
    if validation is not None:
        return {"validation_dataset": validation}
    return {"validation": asked.validation_split or 0.0, "shuffle": False}


def _fit(asked: Asked, rows: Rows, named: Named) -> dict[str, Any]:
    shuffles = rows.is_shuffled if rows.is_source else bool(asked.shuffle)
    fields: dict[str, Any] = {
        "epochs": asked.epochs,
        "initial_epoch": asked.initial_epoch,
        "shuffle": shuffles,
        "validation_freq": asked.validation_freq
        if isinstance(asked.validation_freq, int)
        else [*asked.validation_freq],
    }
    if named.weights:
        columns = set(named.weights.values())
        is_shared = len(columns) == 1 and set(named.weights) == set(named.targets)
        fields["sample_weight"] = columns.pop() if is_shared else dict(named.weights)
    if asked.class_weight:
        fields["class_weight"] = _class_weight(asked.class_weight, named)
    return fields


def _class_weight(given: Mapping[Any, float], named: Named) -> dict[str, Any]:
    """By class; of those that no row has there is nothing to say."""
    if named.weights:
        raise FitRefused("class_weight", "goes without sample_weight, as in Keras: multiply them into one")
    if len(named.targets) != 1:
        raise FitRefused("class_weight", "is for models of a single output, as in Keras")
    [(output, array)] = named.targets.items()
    labels = named.arrays[array]
    classes = range(labels.shape[1]) if labels.ndim > 1 and labels.shape[1] > 1 else {int(v) for v in labels.ravel()}
    return {output: {str(label): float(weight) for label, weight in given.items() if int(label) in classes}}
