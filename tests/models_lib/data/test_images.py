"""Archives of images: what is in them, and what is refused before anything decodes it."""

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from models_lib.data.faults import DataFault
from models_lib.data.formats import read_rows
from models_lib.data.pictures import PictureShape
from models_lib.data.profile import profile_dataset
from tests.models_lib.data.photos import digit_files, encode, photo_files, write_zip

GREY = encode(np.full((4, 4, 1), 100, np.uint8))


def test_folders_per_class_become_images_with_labels(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "digits.zip", digit_files(60, ("png", "jpeg", "bmp", "gif")))

    profile = profile_dataset(path, "digits.zip")

    image, label = profile.columns
    assert (profile.format, profile.rows) == ("images", 60)
    assert (image.name, image.dtype, image.top, image.examples[0]) == ("image", "image", [("8x8", 60)], "0/0000.png")
    assert (label.name, label.dtype, sorted(word for word, _ in label.top)) == ("label", "string", ["0", "1", "2"])
    assert profile.head[0] == ["0/0000.png", "0"]


def test_outer_folders_called_train_and_val_become_the_rows_parts(tmp_path: Path) -> None:
    names = (
        "data/train/cat/1.png",
        "data/train/dog/1.png",
        "data/val/cat/2.png",
        "__MACOSX/data/._1.png",
        "data/a.txt",
    )
    path = write_zip(tmp_path / "pets.zip", dict.fromkeys(names, GREY))

    profile = profile_dataset(path, "pets.zip")

    table = read_rows(path, profile, ["part", "label"])
    assert table.values["part"].tolist() == ["train", "train", "validation"]
    assert table.values["label"].tolist() == ["cat", "dog", "cat"]


def test_a_table_beside_the_images_names_them_by_path(tmp_path: Path) -> None:
    table = b"file,age\nfaces/a.png,3\nfaces/b.png,5\n,7\n"
    files = {"set/people.csv": table, "set/faces/a.png": GREY, "set/faces/b.png": GREY}
    path = write_zip(tmp_path / "people.zip", files)

    profile = profile_dataset(path, "people.zip")

    assert [(c.name, c.dtype, c.missing) for c in profile.columns] == [("file", "image", 1), ("age", "int64", 0)]
    read = read_rows(path, profile, ["file", "age"])
    assert [bool(file) and Path(file).read_bytes() == GREY for file in read.values["file"]] == [True, True, False]
    assert read.gaps["file"].tolist() == [False, False, True]
    assert read.values["age"].tolist() == [3, 5, 7]


def test_a_table_that_names_an_absent_image_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "people.zip", {"t.csv": b"file,age\na.png,3\nlost.png,4\n", "a.png": GREY})

    with pytest.raises(DataFault, match=r"does not hold: 'lost\.png'") as refused:
        profile_dataset(path, "people.zip")

    assert refused.value.faults[0].pointer == "/file"


@pytest.mark.parametrize("crop", [False, True], ids=["distorted", "cropped"])
def test_pixels_are_those_of_keras_own_loader(tmp_path: Path, crop: bool) -> None:
    files = dict(list(photo_files().items())[:6])
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    options = {"image_size": (20, 31), "crop_to_aspect_ratio": crop, "interpolation": "bilinear"}
    folder = str(tmp_path / "photos")
    theirs = keras.utils.image_dataset_from_directory(
        folder, labels=None, shuffle=False, batch_size=6, verbose=False, **options
    )

    ours = np.stack([PictureShape(color_mode="rgb", **options).decode(files[name]) for name in sorted(files)])

    assert np.array_equal(ours, next(iter(theirs)))


def _png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def _zip(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("a/link.png")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


def _overlapping() -> bytes:
    """Two entries of the list that point at the same bytes."""
    whole = _zip(("a/1.png", GREY), ("a/2.png", GREY))
    second = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 4)
    return whole[: second + 42] + struct.pack("<I", 0) + whole[second + 46 :]


def _many() -> bytes:
    whole = _zip(("a/1.png", GREY))
    end = whole.rindex(b"PK\x05\x06")
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 10**9, 10**9, 46, 0)
    return whole[:end] + record + whole[end:]


def _gif_of_many_frames() -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 4000, 4000, 0) + b"\x02\x02\x4c\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 10, 10, 0, 0, 0) + frame * 50 + b"\x3b"


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a bomb": (lambda: _zip(("a/1.png", bytes(100_000_000))), "unpack to 100,000,000"),
    "a huge header": (lambda: _zip(("a/1.png", _png(60_000, 60_000))), "3,600,000,000 pixels"),
    "a huge JPEG header": (
        lambda: _zip(("a/1.jpg", b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + bytes(99))),
        "too large",
    ),
    "a GIF of many frames": (lambda: _zip(("a/1.gif", _gif_of_many_frames())), "too large"),
    "a PNG without its pixels": (lambda: _zip(("a/1.png", _png(8, 8, b"\0"))), "cannot be decoded"),
    "a text that is called PNG": (lambda: _zip(("a/1.png", b"hello, this is text")), "no image of a format"),
    "an archive that is called PNG": (lambda: _zip(("a/1.png", _zip(("b.png", GREY)))), "no image of a format"),
    "a WebP": (lambda: _zip(("a/1.webp", b"RIFF0000WEBP")), "PNG, JPEG, BMP, GIF"),
    "an absolute path": (lambda: _zip(("/etc/a.png", GREY)), "leads out of the archive"),
    "a path upwards": (lambda: _zip(("a/../../b.png", GREY)), "leads out of the archive"),
    "a path of Windows": (lambda: _zip(("a\\b.png", GREY)), "leads out of the archive"),
    "a link": (lambda: _zip((_link(), b"/etc/passwd")), "link"),
    "doubled names": (lambda: _zip(("a/1.png", GREY), ("a/1.png", GREY)), "are called 'a/1.png'"),
    "overlapping members": (_overlapping, "overlaps"),
    "a thousand million members": (_many, "1,000,000,000 members"),
    "images beside the classes": (lambda: _zip(("a/1.png", GREY), ("2.png", GREY)), "beside the folders"),
    "half an archive": (lambda: _zip(("a/1.png", GREY))[:60], "cannot be read"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_at_once(tmp_path: Path, case: str) -> None:
    make, said = HOSTILE[case]
    path = tmp_path / "photos.zip"
    path.write_bytes(make())
    started = time.monotonic()

    with pytest.raises(DataFault, match=said) as refused:
        profile_dataset(path, "photos.zip")

    assert time.monotonic() - started < 1
    assert refused.value.faults[0].pointer == "/file"
