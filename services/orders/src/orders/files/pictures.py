"""Pictures, decoded and encoded anew: what is kept is pixels, upright, in sRGB.

Nothing else survives: no EXIF, no XMP, no comment, no thumbnail, no colour profile, no second picture, and no bytes
before, between or after the picture that another program would read as something else.
"""

import io
from typing import Any

from PIL import Image, ImageCms, ImageOps, JpegImagePlugin

from orders.files.refusals import FileRefused

#: Millions of pixels of one picture. Phones make JPEGs of 12 to 50; such a one takes 0.5 GB while it is encoded, and a
#: WebP four times that for as many.
MOST_PIXELS = {"JPEG": 50, "PNG": 50, "WEBP": 16}

_ANIMATED = ("PNG", "WEBP")
_MODES = {
    "JPEG": ("L", "RGB"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "WEBP": ("RGB", "RGBA"),
}
_BROKEN = "The picture is damaged or not complete: take or export it again and send that."
_TOO_MANY = "The picture has more than {} million pixels: send a smaller one."


def kind_of(content: bytes) -> str | None:
    """Give ``JPEG``, ``PNG`` or ``WEBP`` as the first bytes have it; None for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return None


def clean(content: bytes, kind: str) -> bytes:
    """Give a picture of *kind* with nothing but its pixels, the way up that its EXIF says; raises `FileRefused`."""
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as picture:
            if picture.width * picture.height > MOST_PIXELS[kind] * 1_000_000:
                raise FileRefused(_TOO_MANY.format(MOST_PIXELS[kind]))
            if kind in _ANIMATED and getattr(picture, "n_frames", 1) > 1:
                raise FileRefused("The picture moves: send one that stands still.")
            how = _how_to_save(picture, content, kind)
            out = io.BytesIO()
            _bare(picture, kind).save(out, kind, **how)
            return out.getvalue()
    except FileRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise FileRefused(_TOO_MANY.format(MOST_PIXELS[kind])) from bomb
    except Exception as failure:  # a decoder fails in any way it likes over bytes that somebody made up
        raise FileRefused(_BROKEN) from failure


def _how_to_save(picture: Image.Image, content: bytes, kind: str) -> dict[str, Any]:
    """Give the encoder's options that lose the least."""
    if kind == "JPEG":
        # Its own quantisation: encoding it again loses next to nothing, and it stays as large as it was.
        how: dict[str, Any] = {"qtables": getattr(picture, "quantization", None), "optimize": True}
        sampling = JpegImagePlugin.get_sampling(picture)
        return how | ({"subsampling": sampling} if sampling >= 0 else {})
    if kind == "PNG":
        return {"optimize": False, "compress_level": 6}
    return {"lossless": True, "quality": 50} if _is_lossless_webp(content) else {"quality": 90, "method": 4}


def _is_lossless_webp(content: bytes) -> bool:
    """Say whether the first picture of a WebP is a ``VP8L``; RFC 9649, section 2."""
    at = 12
    while at + 8 <= len(content):
        chunk, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        if chunk in (b"VP8 ", b"VP8L"):
            return chunk == b"VP8L"
        at += 8 + length + length % 2
    return False


def _bare(picture: Image.Image, kind: str) -> Image.Image:
    """Give the pixels alone: upright, in sRGB, in a mode that *kind* can hold."""
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    see_through = kind != "JPEG" and upright.has_transparency_data
    if upright.mode not in _MODES[kind] or (see_through and upright.mode not in ("LA", "RGBA")):
        upright = upright.convert("RGBA" if see_through else "RGB")
    if profile and upright.mode in ("RGB", "RGBA"):
        upright = _in_srgb(upright, profile)
    upright.info = {}
    return upright


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Give the colours that *profile* means; one that cannot be read is no reason to refuse a photo."""
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, meant, ImageCms.createProfile("sRGB")) or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
