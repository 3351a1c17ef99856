"""The nearest name to one that does not exist, and names that Keras used to have."""

import re
from collections import defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

# Yesterday's names of arguments, by family or "*", and today's. None: see RETIRED.
RENAMED_ARGUMENTS: dict[str, str] = {
    "lr": "learning_rate",
    "nb_filter": "filters",
    "nb_row": "kernel_size",
    "filter_length": "kernel_size",
    "subsample": "strides",
    "subsample_length": "strides",
    "border_mode": "padding",
    "dim_ordering": "data_format",
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
    "p": "rate",
    "output_dim": "units",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "epsilon_std": "epsilon",
    "alpha": "negative_slope",
    "max_tokens_count": "max_tokens",
    "write_grads": "histogram_freq",
    "epsilon": "min_delta",
}
RETIRED_ARGUMENTS: dict[str, str] = {
    "decay": "give learning_rate a schedule: learning_rate=InverseTimeDecay(0.01, decay_steps=1000, decay_rate=1.0)",
    "input_shape": "input shapes come from `inputs`: leave it out",
    "input_dim": "input shapes come from `inputs`: leave it out",
    "batch_input_shape": "input shapes come from `inputs`: leave it out",
    "batch_size": "batches are cut by fit.batch_size: leave it out",
    "dynamic": "it became compile.run_eagerly: leave it out and write run_eagerly: true under compile",
    "autocast": "it cannot be set here: leave it out",
    "reset_states": "it became a method, reset_state: leave it out",
    "period": "it became save_freq, and the service saves by fit.checkpoint",
}
RENAMED_CLASSES: dict[str, str] = {
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "Merge": "Concatenate",
    "ThresholdedReLU": "ReLU",
    "Deconvolution2D": "Conv2DTranspose",
    "AtrousConvolution2D": "Conv2D",
    "MaxoutDense": "Dense",
    "TimeDistributedDense": "TimeDistributed",
    "Highway": "Dense",
    "LearningRateReducer": "ReduceLROnPlateau",
    "KLD": "KLDivergence",
}


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was most likely meant, without regard to case and underscores; None where none is near.

    Of candidates that differ in those alone (`Adam`, `adam`) the one written more like the name is taken.
    """
    by_plain: dict[str, list[str]] = defaultdict(list)
    for candidate in candidates:
        by_plain[_plain(candidate)].append(candidate)
    found = get_close_matches(_plain(name), by_plain, n=1, cutoff=0.6)
    if not found:
        found = [plain for plain in by_plain if len(_plain(name)) > 2 and plain.startswith(_plain(name))]
    return max(by_plain[found[0]], key=lambda candidate: _likeness(name, candidate)) if len(found) == 1 else None


def is_certain(name: str, candidate: str) -> bool:
    """True where hardly anything else can have been meant, so that a mend may be offered."""
    return _likeness(_plain(name), _plain(candidate)) >= 0.8


def did_you_mean(candidate: str | None) -> str:
    """The tail of a message."""
    return f": did you mean {candidate!r}?" if candidate else ""


def join_names(names: Iterable[str], limit: int = 12) -> str:
    """Names for a message; of many the first few."""
    listed = list(names)
    shown = ", ".join(listed[:limit])
    return f"{shown}, … ({len(listed)} in all)" if len(listed) > limit else shown


def _likeness(name: str, candidate: str) -> float:
    return SequenceMatcher(None, name, candidate).ratio()


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def snake_case(name: str) -> str:
    """A class name as Keras turns it into an object's name."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name) or "layer")
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
