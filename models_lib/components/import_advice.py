"""What to do about an import that failed, where code of older days, or of a notebook, is known by what Python says."""

import re

ADVICE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(said), advice)
    for said, advice in (
        (r"name 'keras' is not defined", "begin with: import keras"),
        (r"name 'tf' is not defined", "begin with: import tensorflow as tf"),
        (r"name 'np' is not defined", "begin with: import numpy as np"),
        (r"name 'K' is not defined", "begin with: from keras import ops as K"),
        (
            r"name '(layers|losses|metrics|optimizers|callbacks|ops|models|regularizers|initializers)' is not defined",
            r"begin with: from keras import \1",
        ),
        (r"name 'Model' is not defined", "begin with: from keras import Model"),
        (
            r"name '(Layer|Dense|Input|Conv2D|LSTM|Embedding|Dropout)' is not defined",
            r"begin with: from keras.layers import \1",
        ),
        (r"No module named 'keras\.(engine|layers|legacy|topology)", "in Keras 3: from keras.layers import Layer"),
        (r"cannot import name 'np_utils'|No module named 'keras\.utils\.np_utils'", "use keras.utils.to_categorical"),
        (r"No module named 'tensorflow\.contrib", "TensorFlow 2 has none: most of it is in keras.layers and keras.ops"),
        (r"has no attribute 'experimental'", "in Keras 3 its layers are in keras.layers itself"),
        (r"No module named 'tensorflow_addons'", "most of it is in Keras 3 itself; copy the rest into the component"),
        (
            r"No module named '(matplotlib|seaborn|tqdm|IPython|wandb)",
            "it is not installed where runs train: leave drawing and progress out",
        ),
        (
            r"No module named 'tensorflow\.python\.keras|module 'tensorflow' has no attribute 'python'",
            "import keras instead of TensorFlow's private modules",
        ),
        (r"No module named ", "only what is installed where Horngate runs can be imported"),
        (r"^FileNotFoundError", "a component reads no files: data are uploaded, and bound under inputs"),
        (
            r"keras/datasets|^URLError|urlopen error",
            "a component loads no data: upload them, and bind them under inputs",
        ),
    )
)


def advise(said: str) -> str:
    """An end for the message: what to do, or nothing."""
    for pattern, advice in ADVICE:
        if found := pattern.search(said):
            return f": {found.expand(advice)}"
    return ""
