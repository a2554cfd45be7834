"""What each sheet of a PDF says, and what its outline names."""

from pypdfium2 import PdfDocument


def sheet_texts(file):
    """The text of every sheet; `file` is a path or the PDF's bytes."""
    with PdfDocument(file) as document:
        return [
            document[number].get_textpage().get_text_bounded() for number in range(len(document))
        ]


def chapters_of(file):
    """(title, index of its sheet) of every entry of the outline's highest level."""
    with PdfDocument(file) as document:
        entries = document.get_toc(max_depth=1)
        return [(entry.get_title(), entry.get_dest().get_index()) for entry in entries]
