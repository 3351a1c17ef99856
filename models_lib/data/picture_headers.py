"""The kind and the size of an image from its first bytes, before any decoder sees it."""

import struct
from dataclasses import dataclass

MAX_PIXELS = 64_000_000
MAX_SIDE = 32_768
FORMATS = ("PNG", "JPEG", "BMP", "GIF")
PNG, BMP = b"\x89PNG\r\n\x1a\n", b"BM"
# JPEG markers that begin a frame (those between them are tables).
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class BadPicture(Exception):
    """The bytes are no image that is taken; says why."""


@dataclass(frozen=True)
class Picture:
    """What an image says of itself; `pixels` is what decoding it takes, all frames of a GIF together."""

    kind: str
    height: int
    width: int
    pixels: int


def read_picture(content: bytes) -> Picture:
    """Raises BadPicture for another format, for a header that is cut off, and for more pixels than are taken."""
    try:
        picture = _read(content)
    except (struct.error, IndexError) as error:
        raise BadPicture("the image is cut off in its header") from error
    if picture.height < 1 or picture.width < 1:
        raise BadPicture(f"the {picture.kind} image has no pixels ({picture.height} x {picture.width})")
    if picture.pixels > MAX_PIXELS or max(picture.height, picture.width) > MAX_SIDE:
        size = f"{picture.height} x {picture.width}, {picture.pixels:,} pixels to decode"
        raise BadPicture(f"the image is too large ({size}): at most {MAX_PIXELS:,} are taken, {MAX_SIDE:,} a side")
    return picture


def _read(content: bytes) -> Picture:
    if content.startswith(PNG):
        return _read_png(content)
    if content.startswith(b"\xff\xd8\xff"):
        return _read_jpeg(content)
    if content.startswith((b"GIF87a", b"GIF89a")):
        return _read_gif(content)
    if content.startswith(BMP):
        width, height = struct.unpack_from("<ii", content, 18)
        return _sized("BMP", abs(height), width)
    raise BadPicture(f"it is no image of a format that is taken: {', '.join(FORMATS)}")


def _sized(kind: str, height: int, width: int) -> Picture:
    return Picture(kind, height, width, height * width)


def _read_png(content: bytes) -> Picture:
    if content[12:16] != b"IHDR":
        raise BadPicture("the PNG image does not begin with its header")
    width, height = struct.unpack_from(">II", content, 16)
    return _sized("PNG", height, width)


def _read_jpeg(content: bytes) -> Picture:
    at = 2
    while True:
        marker, length = content[at + 1], struct.unpack_from(">H", content, at + 2)[0]
        if content[at] != 0xFF or (length < 2 and marker != 0xFF):
            raise BadPicture("the JPEG image is damaged before its frame")
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return _sized("JPEG", height, width)
        at += 1 if marker == 0xFF else 2 + length


def _read_gif(content: bytes) -> Picture:
    """The decoder takes every frame apart, so all of them count."""
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    at = 13 + _colours(flags)
    pixels = width * height
    while pixels <= MAX_PIXELS and (block := content[at]) != 0x3B:
        if block == 0x2C:
            w, h, flags = struct.unpack_from("<HHB", content, at + 5)
            pixels += w * h
            at += 11 + _colours(flags)
        elif block == 0x21:
            at += 2
        else:
            raise BadPicture("the GIF image is damaged between its frames")
        while length := content[at]:
            at += 1 + length
        at += 1
    return Picture("GIF", height, width, pixels)


def _colours(flags: int) -> int:
    """The bytes of a colour table."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
