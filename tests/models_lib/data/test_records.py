"""TFRecord, and images inside of Parquet: tables like any other, whatever a hostile file claims."""

import base64
import gzip
import struct
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
import tensorflow as tf

from models_lib.data.faults import DataFault
from models_lib.data.profile import profile_dataset
from models_lib.data.read import read_table, spool_table
from models_lib.data.records import masked_checksum
from models_lib.export.rows import RowPredictor
from tests.models_lib.data.photos import digit_files
from tests.models_lib.train.attempts import make_attempt

SPEC = """
dataset: digits
inputs: {image: {image: image, color_mode: grayscale}, size: {column: size}, tags: {sparse: tags}}
targets: label
model: {kind: functional, layers: [
  {name: flat, layer: Flatten(), inputs: image}, {name: all, layer: Concatenate(), inputs: [flat, size, tags]},
  {name: label, layer: 'Dense(3, "softmax")', inputs: all}], outputs: label}
compile: {optimizer: adam, loss: sparse_categorical_crossentropy}
fit: {epochs: 1, tensorboard: false}
"""


def examples(count: int = 60) -> list[dict[str, list[Any]]]:
    files = digit_files(count, ("png",))
    return [
        {
            "image": [content],
            "label": [name[0].encode()],
            "size": [float(at % 7)],
            "tags": [tag.encode() for tag in ("new", "öko")[: at % 3]],
            "shop": [at % 4] if at % 5 else [],
        }
        for at, (name, content) in enumerate(files.items())
    ]


def write_records(path: Path, rows: list[dict[str, list[Any]]]) -> Path:
    with tf.io.TFRecordWriter(str(path)) as writer:
        for row in rows:
            feature = {name: to_feature(values) for name, values in row.items()}
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    return path


def to_feature(values: list[Any]) -> tf.train.Feature:
    match values:
        case [int(), *_]:
            return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
        case [float(), *_]:
            return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values)) if values else tf.train.Feature()


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(tmp_path_factory.mktemp("records") / "digits.tfrecord", examples())


def test_features_are_columns_of_what_they_hold(records: Path) -> None:
    profile = profile_dataset(records, "digits.tfrecord")
    columns = profile.by_name

    assert (profile.format, profile.rows) == ("tfrecord", 60)
    assert {name: column.dtype for name, column in columns.items()} == {
        "image": "image",
        "label": "string",
        "shop": "int64",
        "size": "float64",
        "tags": "list[string]",
    }
    assert (columns["image"].top, columns["shop"].missing, columns["tags"].longest) == ([("8x8", 60)], 12, 2)
    assert (columns["size"].max, columns["tags"].missing) == (6.0, 20)


def test_records_read_a_few_at_a_time_are_the_same(records: Path) -> None:
    profile = profile_dataset(records, "digits.tfrecord")
    whole, spooled = (read(records, profile, ["size", "shop", "label"]) for read in (read_table, spool_table))

    assert whole.values["size"].tolist() == [float(at % 7) for at in range(60)] == list(spooled.values["size"])
    assert whole.gaps["shop"].tolist() == [at % 5 == 0 for at in range(60)] == spooled.gaps["shop"].tolist()
    assert list(whole.values["label"]) == list(spooled.values["label"])


def test_a_model_trains_on_records_with_images_words_and_lists(records: Path, tmp_path: Path) -> None:
    text = SPEC.replace("{sparse: tags}", '{sparse: tags, missing: ""}')
    attempt = make_attempt(tmp_path / "run", text, {"digits": records})
    attempt.train()
    image = attempt.folder / "image.png"
    image.write_bytes(examples(1)[0]["image"][0])

    data_url = "data:image/png;base64," + base64.b64encode(image.read_bytes()).decode()
    (found,) = RowPredictor(attempt.artifacts).predict([{"image": data_url, "size": 1.0, "tags": ["new"]}])
    assert set(found["probabilities"]) == {"0", "1", "2"}


@pytest.mark.parametrize("is_struct", [False, True])
def test_images_inside_of_parquet_are_images(tmp_path: Path, is_struct: bool) -> None:
    """As bytes, and as Hugging Face's data sets keep them."""
    files = digit_files(12, ("png", "jpeg"))
    contents: list[Any] = [*files.values(), None]
    values = [content and {"bytes": content, "path": "a.png"} for content in contents] if is_struct else contents
    path = tmp_path / "digits.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"image": values, "n": list(range(13))}), path)
    profile = profile_dataset(path, path.name)
    table = read_table(path, profile, ["image"])

    image = profile.by_name["image"]
    assert (image.dtype, image.missing) == ("image", 1)
    assert [Path(file).read_bytes() if file else None for file in table.values["image"]] == contents


def test_bytes_that_are_no_images_are_refused_with_their_row(tmp_path: Path) -> None:
    path = tmp_path / "pickles.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"model": [b"\x80\x04\x95 pickle"], "n": [1]}), path)

    with pytest.raises(DataFault, match="'model' holds bytes that are no image in row 0"):
        profile_dataset(path, path.name)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data[:-9], "claims"),
        (lambda data: data[:40] + b"\xff" + data[41:], "checksum is wrong"),
        (lambda data: data + framed_length(1 << 60), "claims"),
        (lambda data: data + b"rubbish after the end", "no record begins there"),
    ],
)
def test_a_damaged_file_is_refused_before_room_is_made_for_what_it_claims(
    tmp_path: Path, records: Path, spoil: Any, reason: str
) -> None:
    path = tmp_path / "damaged.tfrecord"
    path.write_bytes(spoil(records.read_bytes()))

    with pytest.raises(DataFault, match=reason):
        profile_dataset(path, path.name)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([{"a": [1]}, {"a": [1.0]}], "int64_list in some records and a float_list in others"),
        ([{"a": [b"\xff\xfe raw floats"]}], "neither text"),
        ([{"a": []}], "no features"),
    ],
)
def test_features_that_make_no_column_are_refused_by_name(
    tmp_path: Path, rows: list[dict[str, list[Any]]], reason: str
) -> None:
    path = write_records(tmp_path / "odd.tfrecord", rows)

    with pytest.raises(DataFault, match=reason):
        profile_dataset(path, path.name)


def test_records_of_something_else_and_a_false_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(b"\xff\xff\xff no example")
    with pytest.raises(DataFault, match="A record is no tf"):
        profile_dataset(path, path.name)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataFault, match="is no TFRecord file"):
        profile_dataset(path, path.name)


def framed_length(length: int) -> bytes:
    """A record's beginning with a right checksum."""
    said = struct.pack("<Q", length)
    return said + struct.pack("<I", masked_checksum(said)) + b"x" * 20


def test_packed_records_are_those_that_are_packed(tmp_path: Path, records: Path) -> None:
    packed = tmp_path / "digits.tfrecord.gz"
    packed.write_bytes(gzip.compress(records.read_bytes()))
    plain, profile = (profile_dataset(path, path.name) for path in (records, packed))

    assert profile == plain
    assert read_table(packed, profile, ["label"]).values["label"].tolist() == [
        example["label"][0].decode() for example in examples()
    ]


@pytest.mark.parametrize(
    ("rest", "words"), [(lambda packed: packed[:-20], "damaged"), (lambda packed: BOMB, "more than")]
)
def test_what_is_packed_badly_is_refused(tmp_path: Path, records: Path, rest: Any, words: str) -> None:
    path = tmp_path / "bad.tfrecord.gz"
    path.write_bytes(rest(gzip.compress(records.read_bytes())))

    with pytest.raises(DataFault, match=words):
        profile_dataset(path, path.name)


# A record that claims a megabyte, which is packed a thousand to one: what a bomb needs to be looked into.
FRAME = struct.pack("<Q", 4 << 20)
BOMB = gzip.compress(FRAME + struct.pack("<I", masked_checksum(FRAME)) + bytes(4 << 20), 9)
