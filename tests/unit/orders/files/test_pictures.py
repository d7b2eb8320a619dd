"""Photos are kept as pixels that stand upright, and as nothing else."""

import struct
import zlib

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

from orders.files.cleaning import LARGEST, clean
from orders.files.refusals import FileRefused, FileTooLarge
from unit.orders.files.made import CANARY, GPS, encoded, exif, opened, photo, scene

KINDS = ("JPEG", "PNG", "WEBP")
DAMAGED = "The picture is damaged or not complete: take or export it again and send that."


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_is_kept_without_the_place_its_maker_and_comments(kind: str) -> None:
    sent = photo(kind)
    assert opened(sent).getexif().get_ifd(GPS)
    assert CANARY in sent

    content_type, kept = clean(sent)

    picture = opened(kept)
    assert (content_type, picture.format) == (f"image/{kind.lower()}", kind)
    assert not picture.getexif()
    assert not {"exif", "xmp", "comment", "icc_profile", "photoshop"} & picture.info.keys()
    for trace in (CANARY, b"Exif", b"EXIF", b"eXIf", b"xmp", b"XMP", b"http"):
        assert trace not in kept


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [
        (1, (80, 40), (10, 10)),
        (2, (80, 40), (70, 10)),  # mirrored
        (3, (80, 40), (70, 30)),  # upside down
        (4, (80, 40), (10, 30)),
        (5, (40, 80), (10, 10)),
        (6, (40, 80), (30, 10)),  # the camera was held upright
        (7, (40, 80), (30, 70)),
        (8, (40, 80), (10, 70)),
    ],
)
def test_a_photo_stands_upright_without_its_exif(
    kind: str, orientation: int, size: tuple[int, int], red: tuple[int, int]
) -> None:
    picture = opened(clean(photo(kind, orientation))[1])

    assert picture.size == size
    corners = {(x, y) for x in (10, size[0] - 10) for y in (10, size[1] - 10)}
    assert {at for at in corners if picture.convert("RGB").getpixel(at)[1] < 100} == {red}  # type: ignore[index]


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_itself_is_as_good_as_it_was(kind: str) -> None:
    before = Image.effect_mandelbrot((300, 200), (-2.5, -1.5, 1.5, 1.5), 60).convert("RGB")
    sent = encoded(before, kind, quality=92)

    difference = ImageChops.difference(opened(sent).convert("RGB"), opened(clean(sent)[1]).convert("RGB"))

    assert max(ImageStat.Stat(difference).mean) < 2.5  # of 255


@pytest.mark.parametrize("quality", [40, 75, 95])
def test_a_jpeg_is_encoded_as_finely_as_it_was(quality: int) -> None:
    sent = encoded(scene(), "JPEG", quality=quality)

    kept = clean(sent)[1]

    assert opened(kept).quantization == opened(sent).quantization  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_was_without_loss_stays_without(kind: str) -> None:
    before = Image.effect_noise((60, 50), 90).convert("RGB")

    kept = opened(clean(encoded(before, kind, **({"lossless": True} if kind == "WEBP" else {})))[1])

    assert kept.convert("RGB").tobytes() == before.tobytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_way_to_hold_the_pixels_of_a_png_is_taken(mode: str) -> None:
    picture = scene(mode="I").convert("I;16") if mode == "I;16" else scene(mode=mode)

    assert opened(clean(encoded(picture, "PNG"))[1]).size == (80, 40)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_printer_s_jpegs_are_taken(mode: str) -> None:
    kept = opened(clean(encoded(scene(mode=mode), "JPEG"))[1])

    assert (kept.size, kept.mode) == ((80, 40), "L" if mode == "L" else "RGB")


def test_what_can_be_seen_through_still_can() -> None:
    picture = scene(mode="RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))

    kept = opened(clean(encoded(picture, "PNG"))[1])

    assert kept.getchannel("A").tobytes() == picture.getchannel("A").tobytes()


def test_colours_stay_what_their_profile_means() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    kept = opened(clean(encoded(scene(), "PNG", icc_profile=profile))[1])

    assert "icc_profile" not in kept.info
    assert kept.getpixel((10, 10)) == (255, 0, 0)


def test_a_profile_that_is_nonsense_is_dropped() -> None:
    kept = clean(encoded(scene(), "PNG", icc_profile=CANARY * 40))[1]

    assert opened(kept).getpixel((10, 10)) == (255, 0, 0)
    assert CANARY not in kept


def test_the_same_photo_gives_the_same_bytes() -> None:
    assert clean(photo()) == clean(photo())


# --- what a picture carries besides ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "tail",
    [b"PK\x03\x04 Canary PK\x05\x06" + bytes(18), b"<script>Canary</script>", b"%PDF-1.7 Canary %%EOF", photo()],
    ids=["zip", "html", "pdf", "another photo"],
)
def test_what_follows_a_picture_is_not_kept(kind: str, tail: bytes) -> None:
    content_type, kept = clean(photo(kind) + tail)

    assert content_type == f"image/{kind.lower()}"
    assert kept == clean(photo(kind))[1]


def test_a_script_in_a_comment_is_not_kept() -> None:
    kept = clean(photo(comment=b"*/=alert(1)/*<script>Canary</script>"))[1]

    assert b"script" not in kept


def test_a_phone_s_photo_with_more_pictures_in_it_is_its_first() -> None:
    sent = encoded(scene(), "MPO", save_all=True, append_images=[scene(40, 20)], exif=exif(6))
    assert getattr(opened(sent), "n_frames", 1) == 2

    content_type, kept = clean(sent)

    assert (content_type, opened(kept).format, opened(kept).size) == ("image/jpeg", "JPEG", (40, 80))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind: str) -> None:
    sent = encoded(scene(), kind, save_all=True, append_images=[scene(mode="L").convert("RGB")], duration=100)

    assert refusal(sent) == "The picture moves: send one that stands still."


# --- what is no picture ---------------------------------------------------------------------------------------------


def refusal(content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        clean(content)
    assert not isinstance(refused.value, FileTooLarge)
    return str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"\x7fELF",
        b" \xff\xd8\xff",
        b"RIFF\x00\x00\x00\x00WAVE",
        encoded(scene(mode="P"), "GIF"),
        encoded(scene(), "TIFF"),
        encoded(scene(), "BMP"),
        b"\x00",
    ],
)
def test_anything_else_is_refused_whatever_it_calls_itself(content: bytes) -> None:
    assert refusal(content) == "The file is none that is taken here: send a JPEG, PNG or WebP picture, or a PDF."


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"") == "The file is empty: send a JPEG, PNG or WebP picture, or a PDF."


@pytest.mark.parametrize("head", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP"])
def test_a_few_first_bytes_make_no_picture(head: bytes) -> None:
    assert refusal(head + b"<html>") == DAMAGED


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_truncated_picture_is_refused(kind: str, part: float) -> None:
    whole = encoded(Image.effect_noise((200, 150), 60).convert("RGB"), kind)

    assert refusal(whole[: int(len(whole) * part)]) == DAMAGED


# --- size -----------------------------------------------------------------------------------------------------------


def png_that_claims(width: int, height: int) -> bytes:
    """Give a PNG of a few bytes that says to have width x height black pixels, and has some rows of them."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * 4))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7072, 9500, 13_000, 30_000, 2**31 - 1])
def test_a_picture_of_more_than_50_million_pixels_is_not_even_decoded(side: int) -> None:
    assert refusal(png_that_claims(side, side)) == "The picture has more than 50 million pixels: send a smaller one."


def test_a_webp_may_have_16_million_pixels() -> None:
    most, more = [encoded(Image.new("RGB", (4000, height)), "WEBP", lossless=True, method=0) for height in (4000, 4001)]

    assert opened(clean(most)[1]).size == (4000, 4000)
    assert refusal(more) == "The picture has more than 16 million pixels: send a smaller one."


def test_text_that_unpacks_to_much_more_than_it_was_is_refused() -> None:
    whole = encoded(scene(), "PNG")
    text = b"comment\x00\x00" + zlib.compress(bytes(80 * 1024 * 1024))
    packed = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))

    assert refusal(whole[:33] + packed + whole[33:]) == DAMAGED


def test_a_file_of_5_mb_is_taken_and_one_byte_more_is_not() -> None:
    largest = photo().ljust(LARGEST, b"\x00")
    assert LARGEST == 5 * 1024 * 1024

    assert clean(largest)[0] == "image/jpeg"
    with pytest.raises(FileTooLarge, match="larger than 5 MB"):
        clean(largest + b"\x00")


def test_a_file_that_cleaning_makes_larger_than_5_mb_is_refused() -> None:
    sent = encoded(Image.effect_noise((2900, 2900), 90).convert("RGB"), "WEBP", quality=40)
    assert len(sent) < LARGEST

    with pytest.raises(FileTooLarge, match="once it is cleaned"):
        clean(sent)
