"""Documents that mean harm or nonsense, as generators: each with the place of its fault and the code of its refusal."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

SOUND: Mapping[str, Any] = {
    "name": "sound",
    "dataset": "judged",
    "inputs": {"x": {"columns": ["a", "b", "c"]}},
    "targets": {"y": {"column": "total"}},
    "split": {"validation": 0.2},
    "model": {"kind": "sequential", "layers": ["Dense(4)", {"name": "y", "layer": "Dense(1)"}]},
    "compile": {"optimizer": "adam", "loss": "mse", "metrics": ["mae"]},
    "fit": {"epochs": 1, "callbacks": []},
    "export": ["keras"],
}


@dataclass(frozen=True)
class Hostile:
    """A document (or its text), and where and with which codes it is refused."""

    what: str
    document: Any
    pointer: str
    codes: frozenset[str]

    @property
    def body(self) -> dict[str, Any]:
        """What is sent to `POST /v1/specs:validate`."""
        return {"text" if isinstance(self.document, str) else "spec": self.document}


def with_change(pointer: str, value: Any, document: Mapping[str, Any] = SOUND) -> dict[str, Any]:
    """The sound document with one place changed; what is missing on the way is made."""
    changed = deepcopy(dict(document))
    *way, last = [int(part) if part.isdigit() else part for part in pointer.strip("/").split("/")]
    place: Any = changed
    for part in way:
        place = place.setdefault(part, {}) if isinstance(place, dict) else place[part]
    if isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return changed


def at(pointer: str, values: Mapping[str, Any] | list[Any], *codes: str) -> Iterator[Hostile]:
    """Each value at this place, refused there."""
    named = values if isinstance(values, dict) else {repr(value)[:60]: value for value in values}
    for what, value in named.items():
        yield Hostile(f"{pointer}: {what}", with_change(pointer, value), pointer, frozenset(codes))


CALLS: list[Any] = [
    "Lambda(lambda x: x)",
    "TFSMLayer('/models/x')",
    "TorchModuleWrapper(1)",
    "JaxLayer(1)",
    "FlaxLayer(1)",
    "StringLookup(vocabulary='/etc/passwd')",
    "StringLookup(vocabulary='file:///etc/passwd')",
    "IntegerLookup(vocabulary='/etc/passwd')",
    "TextVectorization(vocabulary='vocabulary.txt')",
    "Dense(__import__('os').system('id'))",
    "Dense(eval('1'))",
    "Dense(exec('1'))",
    "Dense(getattr(1, 'real'))",
    "Dense(globals())",
    "Dense(units=().__class__.__bases__)",
    "Dense(''.join(['a']))",
    "Dense('%s' % 1)",
    "Dense(open('x'))",
    "Dense([x for x in y])",
    "Dense({x for x in y})",
    "Dense((x for x in y))",
    "Dense((lambda: 1)())",
    "Dense(1 if True else 2)",
    "Dense(x := 1)",
    "Dense(await x)",
    "Dense(yield_)",
    "Dense(1 < 2)",
    "Dense(not 1)",
    "Dense(a.b.c)",
    "Dense(a[0])",
    "Dense(10**400)",
    "Dense(9**9**9**9)",
    "Dense(2**63)",
    "Dense(1 << 4000)",
    "Dense('a' * 10**9)",
    "Dense(1e999)",
    "Dense(-1)",
    "Dense(0)",
    "Dense(1.5)",
    "Dense(1/0)",
    "Dense(1 % 0)",
    "Dense(1 // 0)",
    "Dense(0 ** -1)",
    "Dense(True)",
    "Dense(None)",
    "Dense('30')",
    "Dense()",
    "Dense(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)",
    "Dense(1, activation=Lambda(1))",
    "Dense(1, activation='https://example.org/x')",
    "Dense(1, activation='os.system')",
    "Dense(1, kernel_initializer='/etc/passwd')",
    "Dense(1, name='../../x')",
    "Dense(1, name='a/b')",
    "Dense(1, name='x' * 3)",
    "Dense(1, module='os')",
    "Dense(1, registered_name='x')",
    "Dense(1, dtype='object')",
    "Dense(1, dtype='__import__')",
    "Dense(1, build_config={})",
    "Dense(f'{1}')",
    "Dense(b'1')",
    "Dense(1j)",
    "Dense(...)",
    "Dense(*[1])",
    "Dense(**{'units': 1})",
    "Dense(1)(2)",
    "Dense(1); Dense(2)",
    "Dense(1) or 2",
    "Dense(1)\nimport os",
    "import os",
    "keras.layers.Dense(1).__class__",
    "os.system('id')",
    "builtins.eval('1')",
    "keras.utils.get_file('x', 'https://example.org')",
    "keras.models.load_model('/x')",
    "(" * 300 + ")" * 300,
    "-" * 4000 + "1()",
    "Dense(" + "[" * 50 + "]" * 50 + ")",
    "Dense(1, kernel_initializer=Constant([" + "1," * 3000 + "]))",
    "Wrapper(" * 60 + "Dense(1)" + ")" * 60,
    "Dense(" + "9" * 5000 + ")",
    "Dense(1," + "a" * 5000 + "=1)",
    "D" * 100_000,
    "Ｄense(1)",
    "Dense(1, ａctivation='relu')",
    "Den\u200bse(1)",
    "Dense(1, name='a\u202eb')",
    "Dense(1, name='а')" + "\ufeff",
    "Dense(\\x31)",
    "Dense(1",
    "Dense)1(",
    "",
    " ",
    "#",
]
LONG_FORMS: list[Any] = [
    {"class_name": "__lambda__", "config": {}},
    {"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__", "config": {"code": "4w=="}}}},
    {"class_name": "function", "config": "os.system"},
    {"class_name": "__numpy__", "config": {"value": [1], "dtype": "float32"}},
    {"class_name": "__tensor__", "config": {}},
    {"class_name": "__bytes__", "config": {}},
    {"class_name": "__ellipsis__", "config": {}},
    {"class_name": "slice", "config": {}},
    {"class_name": "__typespec__", "spec_name": "x"},
    {"class_name": "Dense", "config": {"units": 1}, "module": "keras.layers"},
    {"class_name": "Dense", "config": {"units": 1}, "module": "os"},
    {"class_name": "Dense", "config": {"units": 1}, "registered_name": "x>Dense"},
    {"class_name": "Dense", "config": {"units": 1}, "build_config": {"input_shape": [10**9]}},
    {"class_name": "Dense", "config": {"units": {"class_name": "__numpy__", "config": {}}}},
    {"class_name": "Dense", "config": {"units": 1, "kernel_initializer": {"module": "builtins", "class_name": "eval"}}},
    {"class_name": "Rescaling", "config": {"scale": {"class_name": "Dense", "config": {"units": 1}}}},
    {"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
    {"class_name": "TextVectorization", "config": {"vocabulary": "/etc/passwd"}},
    {"class_name": "TFSMLayer", "config": {"filepath": "/x"}},
    {"class_name": "Dense", "config": {"units": 1e300}},
    {"class_name": "package>Dense", "config": {"units": 1}},
    {"class_name": "os.system", "config": {}},
    {"class_name": "Dense", "config": [1]},
    {"class_name": "Dense", "config": {"units": 1}, "config2": 1},
    {"class_name": ["Dense"]},
    {"class_name": None},
    {"module": "keras", "config": {}},
    {
        "class_name": "Bidirectional",
        "config": {"layer": {"class_name": "Dense", "module": "x", "config": {"units": 1}}},
    },
    {"class_name": "Functional", "config": {}},
    {"class_name": "Model", "config": {}},
    3,
    True,
    None,
    [],
    {},
    [["Dense(1)"]],
]
PATHS: list[Any] = [
    "/etc/passwd",
    "../../etc/passwd",
    "file:///etc/passwd",
    "https://example.org/x",
    "s3://bucket/x",
    "\\\\host\\x",
    "~root",
]
CALLBACKS: list[Any] = [
    "ModelCheckpoint('/etc/x.keras')",
    "ModelCheckpoint(filepath='../x.keras')",
    "BackupAndRestore('/root')",
    "BackupAndRestore(backup_dir='x')",
    "CSVLogger('/etc/x')",
    "CSVLogger(filename='x.csv')",
    "TensorBoard('/etc')",
    "TensorBoard(log_dir='x')",
    "TensorBoard(embeddings_metadata='/etc/passwd')",
    "RemoteMonitor()",
    "RemoteMonitor(root='https://example.org')",
    "RemoteMonitor(headers={})",
    "LambdaCallback(on_epoch_end=print)",
    "LambdaCallback(on_epoch_end='os.system')",
    "LearningRateScheduler(lambda epoch: 1)",
    "LearningRateScheduler('os.system')",
    "OrbaxCheckpoint('/x')",
    "CallbackList([])",
    "EarlyStopping(patience='x')",
    "Callback",
    "Dense(1)",
    "adam",
    {"class_name": "ModelCheckpoint", "config": {"filepath": "/etc/x"}},
    {"class_name": "LambdaCallback", "config": {"on_epoch_end": {"class_name": "__lambda__"}}},
    {"class_name": "TensorBoard", "config": {"log_dir": "/etc"}},
    7,
    None,
]
NUMBERS: list[Any] = [-1, 0, 1.5, 10**400, -(10**400), float("nan"), float("inf"), "1", True, [1], {"a": 1}]
"""None of these is a number of epochs or of rows. NaN and infinity cannot be sent as JSON: `text` carries them."""
FOREIGN_OBJECTS: list[Any] = [
    "lambda: 1",
    "os.system",
    "__import__('os')",
    "Dense(1)",
    "Lambda(1)",
    "no_such_thing",
    {"class_name": "__lambda__"},
    {"class_name": "function", "config": "os.system"},
    {"module": "os", "class_name": "system", "config": {}},
    7,
    True,
]
NAMES: list[Any] = ["a\u200bb", "a\u202eb", "a\x1bb", "x" * 10_000, 7, ["a"], {"a": 1}]
SECTIONS = ("", "/split", "/model", "/compile", "/fit", "/inputs/x", "/targets/y")
REFUSED = ("forbidden", "unknown_name", "wrong_type", "out_of_range", "syntax", "too_large", "unknown_field", "missing")
HUGE = 10**9
BINDINGS: list[Any] = [
    {"columns": ["a", "a"]},
    {"columns": []},
    {"columns": "a; DROP TABLE runs"},
    {"columns": ["../../etc/passwd"]},
    {"columns": ["a"] * 5000},
    {"column": "a", "columns": ["b"]},
    {"image": "/etc/passwd"},
    {"array": "../x.npy"},
    {"text": "file:///etc/passwd"},
    {"column": "a", "preprocess": "Lambda(lambda x: x)"},
    {"column": "a", "preprocess": "StringLookup(vocabulary='/etc/passwd')"},
    {"column": "a", "preprocess": "TextVectorization(vocabulary='/etc/passwd')"},
    {"column": "a", "dtype": "object"},
    {"column": "a", "missing": {"__import__": "os"}},
    {"column": "a", "module": "os"},
    {"column": "a", "shape": [HUGE, HUGE]},
    7,
    [],
    "",
]
MODELS: list[Any] = [
    {"kind": "pickle"},
    {"kind": "lambda", "code": "4w=="},
    {"kind": ["sequential"]},
    {"kind": "sequential"},
    {"kind": "sequential", "layers": []},
    {"kind": "sequential", "layers": "Dense(1)"},
    {"kind": "sequential", "layers": ["Dense(1)"] * 20_000},
    {"kind": "sequential", "layers": [{"name": "y"}]},
    {"kind": "sequential", "layers": [{"name": ["y"], "layer": "Dense(1)"}, "Dense(1)"]},
    {"kind": "sequential", "layers": [{"name": "y", "layer": "Dense(1)", "module": "os"}]},
    {"kind": "sequential", "layers": ["Dense(1)"], "module": "os"},
    {"kind": "functional", "layers": [], "outputs": []},
    {"kind": "functional", "layers": [{"name": "y", "layer": "Dense(1)", "inputs": "y"}], "outputs": ["y"]},
    {"kind": "functional", "layers": [{"name": "y", "layer": "Dense(1)", "inputs": "z"}], "outputs": ["y"]},
    {"kind": "functional", "layers": [{"name": "y", "layer": "Dense(1)", "inputs": "x"}], "outputs": ["z"]},
    {
        "kind": "functional",
        "layers": [{"name": "y", "layer": "Dense(1)", "inputs": "x", "call": {"f": "os"}}],
        "outputs": ["y"],
    },
    {"kind": "functional", "layers": [{"name": "../y", "layer": "Dense(1)", "inputs": "x"}], "outputs": ["../y"]},
    {"kind": "functional", "layers": [{"name": "y", "layer": "Dense(1)", "inputs": ["x"] * 3000}], "outputs": ["y"]},
    {"kind": "keras", "config": {}},
    {"kind": "keras", "config": "{"},
    {"kind": "keras", "config": "[" * 100_000},
    {"kind": "keras", "config": 7},
    {"kind": "keras", "config": {"class_name": "Lambda", "module": "keras.layers", "config": {}}},
    {"kind": "keras", "config": {"class_name": "eval", "module": "builtins", "config": {}}},
    {"kind": "keras", "config": {"class_name": "Sequential", "module": "os", "config": {"layers": []}}},
    {"kind": "keras", "config": {"class_name": "Functional", "config": {"layers": [], "output_layers": []}}},
    {
        "kind": "keras",
        "config": {
            "class_name": "Sequential",
            "config": {"layers": [{"class_name": "TFSMLayer", "config": {"filepath": "/x"}}]},
        },
    },
    {"kind": "keras", "config": {"class_name": "Sequential", "config": {"layers": [{"class_name": "__lambda__"}]}}},
    {"kind": "component"},
    {"kind": "component", "class_name": "os.system"},
    {"kind": "component", "class_name": "nothing.Model"},
    {"kind": "component", "class_name": "../../x.Model"},
    {"kind": "application", "class_name": "os"},
    {"kind": "application", "class_name": "../ResNet50"},
    {"kind": "application", "class_name": "ResNet50", "config": {"weights": "/etc/passwd"}},
    {"kind": "application", "class_name": "ResNet50", "config": {"weights": "imagenet"}},
    {"kind": "script", "package": "os", "entry": "../train.py"},
    {"kind": "script", "package": "nothing", "entry": "/etc/passwd"},
    {"kind": "script", "package": "nothing", "args": [["a"]]},
    7,
    None,
    [],
    "Sequential",
]
SPLITS: list[Any] = [
    {"validation": 1.0},
    {"validation": -0.1},
    {"validation": 0.9, "test": 0.9},
    {"validation": "0.2"},
    {"validation": 10**400},
    {"group": "nothing"},
    {"stratify": ["a"]},
    {"column": "../x"},
    7,
    [],
]
COMPILES: list[Any] = [
    {"optimizer": "Adam(learning_rate=lambda: 1)", "loss": "mse"},
    {"optimizer": "Adam(-1e999)", "loss": "mse"},
    {"optimizer": "Adam(ExponentialDecay(0.1, 0, 0.9, name='/etc'))", "loss": "mse", "x": 1},
    {"optimizer": {"a": {"use": "adam", "layers": ["*"]}, "b": {"use": "adam", "layers": ["*"]}}, "loss": "mse"},
    {"optimizer": "adam", "loss": {"z": "mse"}},
    {"optimizer": "adam", "loss": ["mse"] * 1000},
    {"optimizer": "adam", "loss": "mse", "metrics": ["mae"] * 20_000},
    {"optimizer": "adam", "loss": "mse", "loss_weights": {"z": 1}},
    {"optimizer": "adam", "loss": "mse", "jit_compile": "os"},
    {"optimizer": "adam", "loss": "mse", "run_eagerly": 7},
    {"optimizer": "adam", "loss": "mse", "steps_per_execution": -1},
    {"optimizer": "adam", "loss": "mse", "auto_scale_loss": []},
    7,
    [],
]
FITS: list[Any] = [
    {"epochs": 1, "checkpoint": {"keep": "/etc"}},
    {"epochs": 1, "checkpoint": {"every": "never"}},
    {"epochs": 1, "checkpoint": {"filepath": "/x"}},
    {"epochs": 1, "early_stopping": {"patience": -1}},
    {"epochs": 1, "early_stopping": {"monitor": "nothing"}},
    {"epochs": 1, "monitor": "os.system"},
    {"epochs": 1, "engine": "rm -rf"},
    {"epochs": 1, "loop": {"function": "os.system"}},
    {"epochs": 1, "loop": {"function": "nothing.train", "config": {}}},
    {"epochs": 1, "loop": "os.system"},
    {"epochs": 1, "class_weight": {"a": "b"}},
    {"epochs": 1, "sample_weight": "../x"},
    {"epochs": 1, "dtype_policy": "object"},
    {"epochs": 1, "gradient_accumulation_steps": 0},
    {"epochs": 1, "callbacks": ["TerminateOnNaN()"] * 20_000},
    {"epochs": 1, "callbacks": {"a": 1}},
    7,
    [],
]
WINDOWS: list[Any] = [
    {"time": "a", "sequence_length": HUGE},
    {"time": "a", "sequence_length": -1},
    {"time": "nothing", "sequence_length": 3},
    {"sequence_length": 0},
    7,
]
EXPORTS: list[Any] = ["pickle", "/etc/passwd", "../x", {"format": "onnx", "path": "/x"}, 7, {}, ["keras"]]
RESOURCES: list[Any] = [
    {"gpus": -1},
    {"gpus": "all of them"},
    {"max_minutes": -1},
    {"max_minutes": 0},
    {"image": "x"},
    7,
]
TEXTS: dict[str, str] = {
    "a Python object": "model: !!python/object/apply:os.system ['id']",
    "a Python name": "name: !!python/name:os.system",
    "an unknown tag": "name: !x y",
    "aliases without end": "a: &a [x, x]\nb: &b [*a, *a]\n"
    + "".join(f"c{n}: &c{n} [*{'b' if not n else f'c{n - 1}'}, *{'b' if not n else f'c{n - 1}'}]\n" for n in range(40)),
    "an alias of itself": "a: &a [*a]",
    "a doubled key": "name: a\nname: b",
    "a merge key": "<<: {name: a}",
    "two documents": "name: a\n---\nname: b",
    "brackets without end": "[" * 20_000,
    "braces without end": "{" * 20_000,
    "indents without end": "\n".join(" " * n + "a:" for n in range(2000)),
    "a key that is a list": "? [a]\n: b",
    "a key that is a mapping": "? {a: b}\n: c",
    "no mapping": "- a\n- b",
    "a word": "hello",
    "nothing": "",
    "a control character": "name: a\x1b[31m",
    "a number without end": "seed: " + "9" * 10_000,
    "NaN": "split: {validation: .nan}",
    "infinity": "split: {validation: .inf}",
    "a directive": "%YAML 9.9\n---\nname: a",
    "tabs": "\tname: a",
    "base 60": "seed: 1:2:3:x",
    "binary": "name: !!binary |\n  AAAA",
    "a set": "tags: !!set {a, b}",
}


def hostile_specs() -> Iterator[Hostile]:
    """All of them."""
    yield from at("/model/layers/0", CALLS + LONG_FORMS, *REFUSED)
    yield from at("/fit/callbacks/0", CALLBACKS, *REFUSED)
    for place in ("/compile/optimizer", "/compile/loss", "/compile/metrics/0"):
        yield from at(place, FOREIGN_OBJECTS, *REFUSED)
    for place in ("/fit/epochs", "/fit/batch_size"):
        yield from at(place, [number for number in NUMBERS if abs_is_finite(number)], *REFUSED)
    for place in ("/name", "/queue", "/project"):
        yield from at(place, NAMES, *REFUSED, "bad_reference")
    for place in ("/dataset", "/weights"):
        yield from at(place, PATHS, *REFUSED, "bad_reference")
    for section in SECTIONS:
        yield from at(f"{section}/__class__", ["x"], "unknown_field")
        yield from at(f"{section}/constructor", [{"prototype": 1}], "unknown_field")
    every = (*REFUSED, "bad_reference", "duplicate", "bad_graph")
    sections = {"/inputs/x": BINDINGS, "/model": MODELS, "/split": SPLITS, "/compile": COMPILES, "/fit": FITS}
    others = {"/windows": WINDOWS, "/export/0": EXPORTS, "/resources": RESOURCES}
    for place, values in {**sections, **others}.items():
        yield from at(place, values, *every)
    for what, text in TEXTS.items():
        yield Hostile(f"text: {what}", text, "", frozenset(every))


def abs_is_finite(number: Any) -> bool:
    """Whether it can be sent as JSON."""
    return not isinstance(number, float) or abs(number) < float("inf")
