"""Why a file is not taken."""


class FileRefused(Exception):
    """A file that is not taken; the sentence says why and what to do, and holds nothing of the file."""


class FileTooLarge(FileRefused):
    """A file of more bytes than are taken."""
