"""Pictures that tell more than they show, made for tests."""

from io import BytesIO

from PIL import Image, ImageCms, PngImagePlugin

SECRET = b"taken at home"
WORDS = SECRET.decode()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>taken at home</x:xmpmeta>"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
UPRIGHT = 1


def drawing(size: tuple[int, int] = (48, 32), mode: str = "RGB") -> Image.Image:
    """A picture of which every side is another one."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.paste((200, 20, 20), (0, 0, size[0] // 2, size[1] // 2))
    image.paste((20, 20, 200), (0, size[1] // 2, size[0] // 4, size[1]))
    return image.convert(mode)


def exif(orientation: int = UPRIGHT) -> Image.Exif:
    """What a camera says, with the place."""
    said = Image.Exif()
    said[0x0112], said[0x010E], said[0x010F] = orientation, WORDS, WORDS
    said.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return said


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def moving(kind: str, **options: object) -> bytes:
    """Three frames of different length that are shown five times."""
    frames = [Image.new("RGB", (12, 8), colour) for colour in ("red", "lime", "blue")]
    shown = {"append_images": frames[1:], "duration": [50, 100, 150], "loop": 5}
    return saved(frames[0], kind, save_all=True, **shown, **options)


def text_chunks() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", WORDS)
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    info.add_text("Comment", WORDS, zip=True)
    info.add(b"tIME", b"\x07\xea\x0b\x15\x0e\x00\x00")
    info.add(b"caBX", SECRET)
    return info


def jpeg_parts(content: bytes, *parts: bytes) -> bytes:
    """Put parts (marker and what follows) behind the start of a JPEG."""
    written = b"".join(
        b"\xff" + part[:1] + (len(part) + 1).to_bytes(2, "big") + part[1:] for part in parts
    )
    return content[:2] + written + content[2:]


def gif_extension(label: bytes, *blocks: bytes) -> bytes:
    return b"!" + label + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0"


def gif_with(content: bytes, *extensions: bytes) -> bytes:
    """Put extensions in front of a GIF's first frame."""
    start = 13 + (3 << ((content[10] & 7) + 1) if content[10] & 0x80 else 0)
    return content[:start] + b"".join(extensions) + content[start:]


TELLING = {
    "JPEG": jpeg_parts(
        saved(drawing(), "JPEG", exif=exif(), xmp=XMP, comment=SECRET, icc_profile=PROFILE),
        b"\xedPhotoshop 3.0\0" + SECRET,
        b"\xebJP\0\0" + SECRET,
        b"\xe0JFXX\0\x10" + SECRET,
        b"\xe0JFIF\0\x01\x02\0\0\x01\0\x01\x05\x01" + SECRET + b"..",
    )
    + SECRET,
    "JPEG in steps": saved(drawing(), "JPEG", progressive=True, exif=exif(), comment=SECRET),
    "JPEG of inks": saved(drawing(mode="CMYK"), "JPEG", exif=exif(), comment=SECRET),
    "JPEG of greys": saved(drawing(mode="L"), "JPEG", exif=exif(), xmp=XMP),
    "PNG": saved(drawing(), "PNG", exif=exif(), pnginfo=text_chunks(), icc_profile=PROFILE)
    + SECRET,
    "PNG of few colours": saved(drawing(mode="P"), "PNG", exif=exif(), transparency=3),
    "moving PNG": moving("PNG", exif=exif(), pnginfo=text_chunks()),
    "WebP": saved(drawing(), "WEBP", exif=exif(), xmp=XMP, icc_profile=PROFILE) + SECRET,
    "WebP without loss": saved(drawing(mode="RGBA"), "WEBP", lossless=True, exif=exif(), xmp=XMP),
    "moving WebP": moving("WEBP", exif=exif(), xmp=XMP, icc_profile=PROFILE),
    "GIF": gif_with(
        moving("GIF", comment=SECRET),
        gif_extension(b"\xfe", SECRET),
        gif_extension(b"\xff", b"XMP DataXMP", XMP),
        gif_extension(b"\x01", bytes(12), SECRET),
    )
    + SECRET,
}
