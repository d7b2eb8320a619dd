"""What a file is, told by its content, and what is kept of it: the picture or the pages, and nothing about a person.

Pure, and heavy on the CPU: up to some seconds for the largest picture. Call it in a thread.
"""

from orders.files import documents, pictures
from orders.files.refusals import FileRefused, FileTooLarge

LARGEST = 5 * 1024 * 1024  #: Bytes of a file, as it is sent and as it is kept.


def clean(content: bytes) -> tuple[str, bytes]:
    """Give (content type, clean bytes) of a file; raises `FileRefused` with a sentence for whoever sent it.

    The content type is JPEG's, PNG's, WebP's or PDF's, as the first bytes have it; no name and no header counts.
    The same bytes give the same clean bytes.
    """
    if len(content) > LARGEST:
        raise FileTooLarge("The file is larger than 5 MB (5,242,880 bytes): send a smaller one.")
    if not content:
        raise FileRefused("The file is empty: send a JPEG, PNG or WebP picture, or a PDF.")
    kind = pictures.kind_of(content)
    if kind is not None:
        content_type, kept = f"image/{kind.lower()}", pictures.clean(content, kind)
    elif content.startswith(documents.MAGIC):
        content_type, kept = "application/pdf", documents.clean(content)
    else:
        raise FileRefused("The file is none that is taken here: send a JPEG, PNG or WebP picture, or a PDF.")
    if len(kept) > LARGEST:
        raise FileTooLarge("The file is larger than 5 MB (5,242,880 bytes) once it is cleaned: send a smaller one.")
    return content_type, kept
