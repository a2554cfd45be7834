"""Put a submission's cells back in order before it is graded.

Students delete cells, copy and split them; editors drop what nbgrader writes into them. `mend`
builds the notebook that was handed out once more, with the student's answers in it and the
student's own cells in their places.
"""

import re
from collections import defaultdict

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

FUNCTION = re.compile(r"^(?:async )?def (\w+)", re.MULTILINE)


def mend(submitted, released):
    """A notebook with the cells of `released` and the answers of `submitted`; and what was done.

    Both are notebooks; the second result is a list of sentences. The text of a locked cell is that
    of `released`. An answer in several cells is joined in their order. A cell that has lost its
    mark is found by its id, by its text, or by the function that it defines.
    """
    cells = [cell for cell in submitted.cells if cell.cell_type in ("code", "markdown", "raw")]
    known = {_mark(cell): cell for cell in released.cells if _mark(cell)}
    owner = _owners(cells, released, known)
    told = [cell.source.strip() for cell in released.cells if not _mark(cell)]
    pieces, follows, anchor = defaultdict(list), defaultdict(list), None
    for cell, name in zip(cells, owner, strict=True):
        if name and not (_locked(known[name]) and pieces[name]):
            pieces[name].append(cell)
            anchor = name
        elif cell.source.strip() and cell.source.strip() not in told:
            follows[anchor].append(cell)
    remarks, mended = [], list(map(_own, follows[None]))
    for cell in released.cells:
        mended.append(nbformat.from_dict(cell))
        name = _mark(cell)
        if not name:
            continue
        if not pieces[name]:
            remarks.append(f"{name}: the cell was missing")
        elif _locked(cell):
            if len(pieces[name]) == 1 and pieces[name][0].source.strip() != cell.source.strip():
                remarks.append(f"{name}: the locked cell was changed")
        else:
            mended[-1].source = _joined([piece.source for piece in pieces[name]], cell)
            attachments = [piece.attachments for piece in pieces[name] if "attachments" in piece]
            if attachments and cell.cell_type == "markdown":
                mended[-1].attachments = {k: v for found in attachments for k, v in found.items()}
            if len(pieces[name]) > 1:
                remarks.append(f"{name}: joined from {len(pieces[name])} cells")
        mended += map(_own, follows[name])
    return _numbered(new_notebook(cells=mended, metadata=released.metadata)), remarks


def _mark(cell):
    """nbgrader's name of a cell, None for a cell without."""
    mark = cell.metadata.get("nbgrader")
    return mark.get("grade_id") if isinstance(mark, dict) else None


def _locked(cell):
    return bool(cell.metadata["nbgrader"].get("locked"))


def _owners(cells, released, known):
    """For each cell of a submission the name of the cell of `released` that it is, or None."""
    owner = [name if (name := _mark(cell)) in known else None for cell in cells]
    _find_lost(cells, owner, lambda cell, name: cell.get("id") == known[name].get("id"), known)
    _find_lost(
        cells, owner, lambda cell, name: cell.source.strip() == known[name].source.strip(), known
    )
    functions = {
        name: set(FUNCTION.findall(cell.source))
        for name, cell in known.items()
        if cell.cell_type == "code" and not _locked(cell)
    }
    _find_functions(cells, owner, functions, known)
    _find_arguments(cells, owner, released, known)
    return owner


def _find_lost(cells, owner, alike, known):
    """Give unowned cells the names of missing cells to which they are alike."""
    for index, cell in enumerate(cells):
        if owner[index] is None:
            missing = (name for name in known if name not in owner)
            owner[index] = next((name for name in missing if alike(cell, name)), None)


def _find_functions(cells, owner, functions, known):
    """Give a cell to the answer whose function it defines, if that answer is missing or untouched.

    A copied cell keeps the mark of the cell that it was copied from.
    """
    for index, cell in enumerate(cells):
        if cell.cell_type != "code" or not (owner[index] is None or owner[index] in functions):
            continue
        defined = set(FUNCTION.findall(cell.source))
        if owner[index] and (defined & functions[owner[index]] or not defined):
            continue
        for name, wanted in functions.items():
            answered = any(
                other == name and cells[place].source.strip() != known[name].source.strip()
                for place, other in enumerate(owner)
            )
            if wanted & defined and not answered:
                owner[index] = name
                break


def _find_arguments(cells, owner, released, known):
    """Give a missing argument the first text of the student's own after the task's."""
    before, told = None, [cell.source.strip() for cell in released.cells]
    for cell in released.cells:
        name = _mark(cell)
        if name and cell.cell_type == "markdown" and name not in owner:
            texts = [known_cell.source.strip() for known_cell in cells]
            start = texts.index(before) + 1 if before in texts else len(cells)
            for index in range(start, len(cells)):
                if owner[index] or texts[index] in told:
                    break
                if cells[index].cell_type == "markdown" and texts[index]:
                    owner[index] = name
                    break
        before = cell.source.strip()


def _joined(texts, cell):
    """One answer of several pieces: those that the student wrote, in their order."""
    written = [text for text in texts if text.strip() != cell.source.strip()] or texts[:1]
    if cell.cell_type == "markdown":
        return "\n\n".join(written)
    whole = "\n".join(written)
    if len(written) == 1 or _compiles(whole):
        return whole
    # Two halves of a function compile together only, two tries alone only.
    return "\n".join(filter(_compiles, written)) or whole


def _compiles(code):
    try:
        compile(TransformerManager().transform_cell(code), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _own(cell):
    """A cell of the student's own, without what its editor wrote into it."""
    if cell.cell_type == "code":
        return new_code_cell(cell.source)
    own = new_markdown_cell(cell.source)
    if "attachments" in cell:
        own.attachments = cell.attachments
    return own


def _numbered(notebook):
    """Every cell with an id that no other has."""
    taken = set()
    for number, cell in enumerate(notebook.cells):
        if cell.get("id") in taken or not cell.get("id"):
            cell.id = f"own-{number}"
        taken.add(cell.id)
    return notebook


class Mend(NbGraderPreprocessor):
    """`mend` as the first thing that nbgrader does to a submission."""

    released = Unicode(help="The notebook that was handed out.").tag(config=True)

    def preprocess(self, nb, resources):
        mended, remarks = mend(nb, nbformat.read(self.released, 4))
        for remark in remarks:
            self.log.warning(remark)
        return mended, resources
