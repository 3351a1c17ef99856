"""Documents to begin from: each is a whole spec whose names are meant to be changed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Template:
    """A starting document; `id` is stable, `text` is YAML with comments."""

    id: str
    title: str
    description: str
    text: str


REGRESSION = """\
name: a number from a table
dataset: my_table
inputs:
  numbers: {columns: [rooms, area, age], missing: median, preprocess: Normalization()}
  district: {column: district, missing: most_frequent, preprocess: 'StringLookup(output_mode="one_hot")'}
targets:
  price: {column: price, normalize: true}  # undone in the saved model
split: {validation: 0.2, test: 0.1}
model:
  kind: sequential
  layers:
    - Dense(64, activation="relu")
    - Dense(64, activation="relu")
    - Dense(1)
compile:
  optimizer: Adam(1e-3)
  loss: mse
  metrics: [RootMeanSquaredError(), mae]
fit:
  epochs: 100
  early_stopping: {patience: 10, restore_best_weights: true}
"""

BINARY = """\
name: yes or no from a table
dataset: my_table
inputs:
  numbers: {columns: [age, income, visits], missing: median, preprocess: Normalization()}
targets:
  bought: {column: bought, classes: auto}  # predictions come back with their labels
split: {validation: 0.2, test: 0.1, stratify: bought}
model:
  kind: sequential
  layers:
    - Dense(32, activation="relu")
    - Dropout(0.2)
    - Dense(32, activation="relu")
    - Dense(1, activation="sigmoid")
compile:
  optimizer: Adam(1e-3)
  loss: binary_crossentropy
  metrics: [accuracy, AUC()]
fit:
  epochs: 100
  monitor: val_loss
  early_stopping: {patience: 10, restore_best_weights: true}
"""

MULTICLASS = """\
name: one of several classes from a table
dataset: my_table
inputs:
  numbers: {columns: [length, width, height], preprocess: Normalization()}
targets:
  species: {column: species, classes: auto}
split: {validation: 0.2, test: 0.1, stratify: species}
model:
  kind: sequential
  layers:
    - Dense(32, activation="relu")
    - Dense(32, activation="relu")
    - Dense(3, activation="softmax")  # as many units as there are classes
compile:
  optimizer: Adam(1e-3)
  loss: sparse_categorical_crossentropy
  metrics: [accuracy]
fit:
  epochs: 100
  early_stopping: {patience: 10, restore_best_weights: true}
"""

WIDE_AND_DEEP = """\
name: wide & deep
dataset: california
inputs:
  wide_input:
    columns: [longitude, latitude, housing_median_age, total_rooms, total_bedrooms]
    missing: median
    preprocess: Normalization()
  deep_input:
    columns: [housing_median_age, total_rooms, total_bedrooms, population, households, median_income]
    missing: median
    preprocess: Normalization()
targets:
  main_output: {column: median_house_value, normalize: true}
  aux_output: {column: median_house_value, normalize: true}
split: {validation: 0.2, test: 0.1}
model:
  kind: functional
  layers:
    - {name: hidden1, layer: 'Dense(30, activation="relu")', inputs: deep_input}
    - {name: hidden2, layer: 'Dense(30, activation="relu")', inputs: hidden1}
    - {name: concat, layer: Concatenate(), inputs: [wide_input, hidden2]}
    - {name: main_output, layer: Dense(1), inputs: concat}
    - {name: aux_output, layer: Dense(1), inputs: hidden2}
  outputs: [main_output, aux_output]
compile:
  optimizer: SGD(0.01, clipnorm=1.0)
  loss: {main_output: mse, aux_output: mse}
  loss_weights: {main_output: 0.9, aux_output: 0.1}
  metrics: {main_output: [RootMeanSquaredError()]}
fit:
  epochs: 100
  early_stopping: {patience: 10, restore_best_weights: true}
  callbacks: [ReduceLROnPlateau(patience=4)]
"""

IMAGES = """\
name: images from arrays
dataset: my_images  # an .npz file with x of shape (rows, 28, 28) and y of whole numbers
inputs:
  x: {array: x, preprocess: [Rescaling(1/255), 'Reshape((28, 28, 1))']}
targets:
  y: {array: y}
split: {validation: 0.1, test: 0.1}
model:
  kind: sequential
  layers:
    - Conv2D(32, 3, activation="relu")
    - MaxPooling2D()
    - Conv2D(64, 3, activation="relu")
    - MaxPooling2D()
    - Flatten()
    - Dropout(0.5)
    - Dense(10, activation="softmax")
compile:
  optimizer: Adam(1e-3)
  loss: sparse_categorical_crossentropy
  metrics: [accuracy]
fit:
  epochs: 20
  batch_size: 128
  early_stopping: {patience: 3, restore_best_weights: true}
"""

PHOTOS = """\
name: photographs in folders
dataset: my_photos  # a zip with a folder of images per class: its columns are image and label
inputs:
  image: {image: image, image_size: [128, 128]}
targets:
  label: {column: label, classes: auto}
split: {validation: 0.2, test: 0.1, stratify: label}
model:
  kind: sequential
  layers:
    - Rescaling(1/255)
    - RandomFlip("horizontal")  # other pictures in every epoch, none when predicting
    - RandomRotation(0.1)
    - Conv2D(32, 3, strides=2, activation="relu")
    - Conv2D(64, 3, strides=2, activation="relu")
    - Conv2D(128, 3, strides=2, activation="relu")
    - GlobalAveragePooling2D()
    - Dropout(0.3)
    - Dense(3, activation="softmax")  # as many units as there are folders
compile:
  optimizer: Adam(1e-3)
  loss: sparse_categorical_crossentropy
  metrics: [accuracy]
fit:
  epochs: 30
  batch_size: 32
  early_stopping: {patience: 5, restore_best_weights: true}
"""

TEXTS = """\
name: texts
dataset: my_texts
inputs:
  # The words are learned from the training part and kept in the saved model.
  text: {text: text, preprocess: 'TextVectorization(max_tokens=10000, output_sequence_length=200)'}
targets:
  topic: {column: topic, classes: auto}
split: {validation: 0.2, test: 0.1, stratify: topic}
model:
  kind: sequential
  layers:
    - Embedding(10000, 32, mask_zero=True)
    - Bidirectional(LSTM(32))
    - Dropout(0.3)
    - Dense(3, activation="softmax")  # as many units as there are topics
compile:
  optimizer: Adam(1e-3)
  loss: sparse_categorical_crossentropy
  metrics: [accuracy]
fit:
  epochs: 20
  early_stopping: {patience: 3, restore_best_weights: true}
"""

SERIES = """\
name: a time series
dataset: my_series
inputs:
  past: {columns: [temperature, pressure, load], missing: mean}
targets:
  next: {column: load, normalize: true}  # the load `horizon` rows after what was seen
windows: {time: hour, sequence_length: 24, horizon: 1}  # by: <column> where one file holds several series
split: {validation: 0.2, test: 0.1}  # the latest are held back, and no window straddles the border
model:
  kind: sequential
  layers:
    - LSTM(32)
    - Dense(16, activation="relu")
    - Dense(1)
compile:
  optimizer: Adam(1e-3)
  loss: mse
  metrics: [mae]
fit:
  epochs: 50
  early_stopping: {patience: 5, restore_best_weights: true}
"""

AUTOENCODER = """\
name: an autoencoder
dataset: my_arrays  # NPZ: x of shape (rows, 28, 28)
inputs:
  x: {array: x, preprocess: Rescaling(1/255)}
targets:
  again: {array: x}  # the same once more: what it cannot say again is strange to it
split: {validation: 0.1, test: 0.1}
model:
  kind: sequential
  layers:
    - Flatten()
    - Dense(128, activation="relu")
    - Dense(32, activation="relu", name="code")  # all that it may remember
    - Dense(128, activation="relu")
    - Dense(784)
    - Reshape((28, 28))
    - Rescaling(255)
compile:
  optimizer: Adam(1e-3)
  loss: mse
  metrics: [mae]
fit:
  epochs: 50
  batch_size: 128
  early_stopping: {patience: 5, restore_best_weights: true}
"""

TEMPLATES: tuple[Template, ...] = (
    Template("regression", "Regression", "A number from the columns of a table.", REGRESSION),
    Template("binary", "Yes or no", "One of two classes, with probabilities.", BINARY),
    Template("multiclass", "Classification", "One of several classes, with probabilities.", MULTICLASS),
    Template("wide-and-deep", "Wide & deep", "A graph with two inputs and two outputs.", WIDE_AND_DEEP),
    Template("photos", "Photographs in folders", "A zip with a folder of images per class.", PHOTOS),
    Template("texts", "Texts", "Texts into classes, with the words inside the model.", TEXTS),
    Template("series", "Time series", "The next value from the hours before it.", SERIES),
    Template("images", "Images from arrays", "A small convolutional network over an NPZ file.", IMAGES),
    Template("autoencoder", "Autoencoder", "Its own input again through a narrow place.", AUTOENCODER),
)
