"""What signatures cannot say: which names a spec may not use and why, and arguments whose documentation misleads."""

CHOSEN_BY_SERVICE = "the service chooses every path that a callback writes: leave it out"
NO_FUNCTIONS = "a spec carries no code: upload a component (POST /v1/components)"
EXTERNAL = "it loads foreign code or files, which a spec may not"
ABSTRACT = "it is a base class"
SEVERAL = "several are written by name: {wide: {use: Ftrl(0.01), layers: [wide*]}, deep: {use: Adam(1e-3)}}"
AUTOMATIC = "the service does this in every run"

REFUSED: dict[str, dict[str, str]] = {
    "layer": {
        "Lambda": NO_FUNCTIONS,
        "TFSMLayer": EXTERNAL,
        "TorchModuleWrapper": EXTERNAL,
        "JaxLayer": EXTERNAL,
        "FlaxLayer": EXTERNAL,
        "InputLayer": "input shapes come from `inputs`: leave it out",
        "Input": "input shapes come from `inputs`: leave it out",
        "Layer": ABSTRACT,
        "Wrapper": ABSTRACT,
        "AbstractRNNCell": ABSTRACT,
    },
    "loss": {"Loss": ABSTRACT},
    "metric": {
        "Metric": ABSTRACT,
        "MeanMetricWrapper": NO_FUNCTIONS,
        "Mean": "it averages values, not predictions: use a metric such as MeanAbsoluteError",
        "Sum": "it sums values, not predictions: use a metric such as MeanAbsoluteError",
    },
    "optimizer": {
        "Optimizer": ABSTRACT,
        "MultiOptimizer": SEVERAL,
        "OptimizerMap": SEVERAL,
    },
    "schedule": {"LearningRateSchedule": ABSTRACT},
    "initializer": {"Initializer": ABSTRACT},
    "regularizer": {"Regularizer": ABSTRACT},
    "constraint": {"Constraint": ABSTRACT},
    "activation": {},
    "application": {},
    "callback": {
        "Callback": ABSTRACT,
        "CallbackList": ABSTRACT,
        "MonitorCallback": ABSTRACT,
        "BackupAndRestore": f"{AUTOMATIC}: a lost attempt goes on from its last checkpoint",
        "ModelCheckpoint": "write fit.checkpoint instead, e.g. {keep: best}; best and last are always kept",
        "OrbaxCheckpoint": "write fit.checkpoint instead, e.g. {keep: best}; best and last are always kept",
        "History": f"{AUTOMATIC}: read the run's metrics",
        "ProgbarLogger": f"{AUTOMATIC}: watch the run's progress",
        "LambdaCallback": NO_FUNCTIONS,
        "LearningRateScheduler": f"{NO_FUNCTIONS}; give the optimizer a schedule: "
        "Adam(learning_rate=ExponentialDecay(0.01, decay_steps=1000, decay_rate=0.9))",
        "RemoteMonitor": "a training has no network: read the run's events",
    },
}

# (class or "*", argument) -> why a spec cannot set it.
REFUSED_ARGUMENTS: dict[tuple[str, str], str] = {
    ("CSVLogger", "filename"): CHOSEN_BY_SERVICE,
    ("TensorBoard", "log_dir"): CHOSEN_BY_SERVICE,
    ("TensorBoard", "embeddings_metadata"): CHOSEN_BY_SERVICE,
    ("TensorBoard", "embeddings_freq"): "the projector would read files named beside the events: leave it out",
    ("*", "quantization_config"): "quantization is not available in this version",
    ("*", "gptq_unpacked_column_size"): "quantization is not available in this version",
    ("*", "input_tensor"): "a model is called on what `inputs` names: leave it out",
    ("*", "weights"): "weights are learned, not written into a spec",
}

# Left out, these are the spec's: a callback watches fit.monitor.
DEFAULT_BY_SPEC = frozenset({"monitor"})

# argument -> families of the nested object it takes. Suffixes are matched where no exact name is found.
TAKES: dict[str, tuple[str, ...]] = {
    "activation": ("activation",),
    "learning_rate": ("schedule",),
    "layer": ("layer",),
    "backward_layer": ("layer",),
    "cell": ("layer",),
    "cells": ("layer",),
    "layers": ("layer",),
    "inner_optimizer": ("optimizer",),
    "embeddings_initializer": ("initializer",),
}
TAKES_BY_SUFFIX = {
    "_activation": ("activation",),
    "_initializer": ("initializer",),
    "_regularizer": ("regularizer",),
    "_constraint": ("constraint",),
}
TAKES_MANY = frozenset({"cell", "cells", "layers"})

# Layers of `keras.applications` that are not public, by their modules: models of these architectures hold them.
APPLICATION_LAYERS = {
    "LayerScale": "keras.src.applications.convnext",
    "StochasticDepth": "keras.src.applications.convnext",
    "CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
}
# True or false, which a constructor takes out of its keywords.
HIDDEN_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "LayerNormalization": ("rms_scaling",),
    **dict.fromkeys(("GRU", "LSTM", "SimpleRNN"), ("zero_output_for_mask",)),
}

DTYPES = ["float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "bool", "string"]
POLICIES = ["mixed_float16", "mixed_bfloat16"]
DATA_FORMATS = ["channels_last", "channels_first"]

# argument -> what it is, where the documentation's words would lead astray. `kinds: []` is any constant.
KINDS: dict[str, list[str]] = {
    "vocabulary": ["list"],
    "idf_weights": ["list"],
    "bin_boundaries": ["list"],
    "mean": ["float", "list"],
    "variance": ["float", "list"],
    "seed": ["int"],
    "axis": ["int", "list"],
    "axes": ["int", "list"],
    "name": ["string"],
    "kernel_size": ["int", "list"],
    "strides": ["int", "list"],
    "dilation_rate": ["int", "list"],
    "pool_size": ["int", "list"],
    "padding": ["string", "int", "list"],
    "cropping": ["int", "list"],
    "size": ["int", "list"],
    "output_size": ["int", "list"],
    "mask_token": ["string", "int"],
    "oov_token": ["string", "int"],
    "standardize": ["string"],
    "split": ["string"],
    "encoding": ["string"],
    "thresholds": ["float", "list"],
    "bias_axes": ["string"],
    "equation": ["string"],
    "output_shape": ["int", "list"],
    "equalized_lr": ["bool"],
    "use_cudnn": ["bool", "string"],
    "update_freq": ["int", "string"],
    "profile_batch": ["int", "list"],
    "monitor": ["string"],
    "noise_shape": ["list"],
    "patience": ["int"],
    "start_from_epoch": ["int"],
    "k": ["int"],
    "top_k": ["int"],
    "warmup_steps": ["int"],
    "decay_steps": ["int"],
    "target_shape": ["int", "list"],
    "ngrams": ["int", "list"],
    "baseline": ["float"],
    "clipnorm": ["float"],
    "clipvalue": ["float"],
    "global_clipnorm": ["float"],
    "loss_scale_factor": ["float"],
    "ema_overwrite_frequency": ["int"],
    "gradient_accumulation_steps": ["int"],
    "key_dim": ["int"],
    "value_dim": ["int"],
    "head_dim": ["int"],
    "factor": ["float", "list"],
    "label_smoothing": ["float"],
    "depth_multiplier": ["int"],
    "groups": ["int"],
    "filters": ["int"],
    "bins": ["int"],
    "height": ["int", "list"],
    "width": ["int", "list"],
    "input_axes": ["int", "list"],
    "output_axes": ["int", "list"],
    "attention_axes": ["int", "list"],
    "shared_axes": ["int", "list"],
    "sigma": ["float", "list"],
    "x_factor": ["float", "list"],
    "y_factor": ["float", "list"],
    "max_value": ["float"],
    "input_shape": ["list"],
    "pooling": ["string"],
    "classes": ["int"],
    "alpha": ["float"],
    "dropout": ["float"],
    "dropout_rate": ["float"],
}
# Whole numbers that are at least 1, whatever the documentation calls them.
POSITIVE = frozenset(
    {"classes", "filters", "units", "input_dim", "output_dim", "num_heads", "key_dim", "groups", "depth_multiplier"}
)
CHOICES: dict[str, list[str]] = {
    "dtype": DTYPES + POLICIES,
    "data_format": DATA_FORMATS,
    "pooling": ["avg", "max"],
    "reduction": ["sum", "sum_over_batch_size", "mean", "mean_with_sample_weight", "none"],
}
CHOICES_OF_CLASS: dict[tuple[str, str], list[str]] = {
    ("Conv1D", "padding"): ["valid", "same", "causal"],
    ("Bidirectional", "merge_mode"): ["sum", "mul", "concat", "ave"],
    ("StringLookup", "output_mode"): ["int", "one_hot", "multi_hot", "count", "tf_idf"],
    ("IntegerLookup", "output_mode"): ["int", "one_hot", "multi_hot", "count", "tf_idf"],
    ("TextVectorization", "output_mode"): ["int", "multi_hot", "count", "tf_idf"],
    ("CategoryEncoding", "output_mode"): ["one_hot", "multi_hot", "count"],
    ("EarlyStopping", "mode"): ["auto", "min", "max"],
    ("ReduceLROnPlateau", "mode"): ["auto", "min", "max"],
}
PADDED_BY = ("convolutional", "pooling", "conv_lstm")  # module names whose `padding` is valid or same

# The number of tensors a layer is called on, where its class does not tell.
INPUTS: dict[str, tuple[int, int | None]] = {
    "Subtract": (2, 2),
    "Dot": (2, 2),
    "Attention": (2, 3),
    "AdditiveAttention": (2, 3),
}
ONE_INPUT = ("core", "convolutional", "pooling", "normalization", "regularization", "activations", "reshaping")

# Names that Keras settles by the shapes of output and target; they stay names in a resolved spec.
BY_SHAPE: dict[str, dict[str, str]] = {
    "loss": {
        "crossentropy": "Binary, categorical or sparse categorical crossentropy, by the shapes of output and target."
    },
    "metric": {"accuracy": "Binary, categorical or sparse categorical accuracy, by the shapes of output and target."},
}
BY_SHAPE_ALIASES: dict[str, dict[str, str]] = {
    "loss": {"ce": "crossentropy"},
    "metric": {"acc": "accuracy", "Accuracy": "accuracy"},
}
