"""Find the notebooks that a class handed in, however a learning platform named and packed them.

`collect` takes folders, archives and notebooks and returns one `Submission` for each student.
"""

import io
import json
import re
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

MOST_BYTES = 50_000_000
NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)
JUNK = re.compile(r"(^|/)(__MACOSX|\.[^/]+|[^/]*\.csv)(/|$)")
# How platforms name what they pack: a folder for each student, or one before each file.
PLATFORMS = {
    "moodle": re.compile(r"^(?P<name>.+)_(?P<number>\d+)_assignsubmission_file_?/?(?P<file>.*)$"),
    "canvas": re.compile(
        r"^(?P<name>[^_/]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<file>[^/]+)$", re.IGNORECASE
    ),
    "blackboard": re.compile(
        r"^.*_(?P<name>[^_/]+)_attempt_[\d-]+_(?P<file>[^/]+)(?P<number>)$", re.IGNORECASE
    ),
}
# problems (1).ipynb, problems-2.ipynb, problems_Smith.ipynb, Smith - problems.ipynb
OWN_NAME = re.compile(r"problems|copy of|\(\d+\)|-\d+$", re.IGNORECASE)


class Unreadable(Exception):
    """Why a file holds no notebook."""


@dataclass(frozen=True)
class Submission:
    """What one student handed in: a notebook, or the reason why there is none.

    `platform` and `number` are what the platform calls the student, empty outside of one.
    """

    student: str
    name: str
    platform: str = ""
    number: str = ""
    file: str = ""
    reason: str = ""
    notebook: object = None


def collect(sources, wanted=()):
    """Submissions, one a student in the order of their names, from paths of files and folders.

    Of several notebooks of a student the one with most of the `wanted` cells (their nbgrader names)
    is taken, among these the latest. Raises ValueError where a source is missing.
    """
    found = {}
    for source in map(Path, sources):
        if not source.exists():
            raise ValueError(f"sources: got {source}; allowed: a file or folder that exists")
        for path, when, data in _without_common_folder(_files(source)):
            owner, reason = _owner(path)
            found.setdefault(owner, []).append((path, when, data, reason))
    chosen = [_chosen(owner, files, set(wanted)) for owner, files in found.items()]
    return sorted(_distinct(chosen), key=lambda one: one.student.lower())


def read_notebook(data):
    """The notebook in `data` (bytes), in nbformat 4 with nothing but its cells.

    Raises Unreadable where there is none.
    """
    if not data.strip():
        raise Unreadable("the file is empty")
    try:
        text = data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    try:
        content = json.loads(text.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the file is no notebook: {error}") from None
    if isinstance(content, dict) and "worksheets" in content:
        try:
            content = nbformat.convert(nbformat.from_dict(content), 4)
        except Exception as error:
            raise Unreadable(f"an old notebook that cannot be converted: {error}") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise Unreadable("the file is no notebook: it has no list of cells")
    kept = [cell for cell in map(_clean_cell, cells) if cell is not None]
    if not kept:
        raise Unreadable("the notebook has no cells")
    return new_notebook(cells=kept)


def _clean_cell(cell):
    """The cell with its text, its id and its mark; None where it has no text at all."""
    if not isinstance(cell, dict):
        return None
    source = cell.get("source")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return None
    new = {"code": new_code_cell, "raw": new_raw_cell}.get(cell.get("cell_type"), new_markdown_cell)
    clean = new(source.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(cell.get("id"), str):
        clean.id = cell["id"]
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(mark, dict) and isinstance(mark.get("grade_id"), str):
        clean.metadata.nbgrader = nbformat.from_dict(mark)
    if isinstance(cell.get("attachments"), dict):
        clean.attachments = nbformat.from_dict(cell["attachments"])
    return clean


def _files(source):
    """Every file (path inside the source, time, bytes or the reason why they cannot be read)."""
    if source.is_dir():
        files = [path for path in sorted(source.rglob("*")) if path.is_file()]
        entries = [(path.relative_to(source).as_posix(), path) for path in files]
    else:
        entries = [(source.name, source)]
    for name, path in entries:
        if JUNK.search(name):
            continue
        if path.suffix.lower() == ".zip":
            inside = "" if path == source else _folder_of(name)
            yield from _unpacked(path.read_bytes(), inside, name)
        elif path.stat().st_size > MOST_BYTES:
            yield name, 0, f"larger than {MOST_BYTES // 10**6} MB"
        else:
            yield name, path.stat().st_mtime, path.read_bytes()


def _folder_of(name):
    """The folder that stands for a student's archive: its own if it has one, else its name."""
    parent = PurePosixPath(name).parent.as_posix()
    return parent + "/" if parent != "." else name[: -len(".zip")] + "/"


def _unpacked(data, folder, name, depth=0):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            for entry in entries:
                path = folder + entry.filename.replace("\\", "/")
                if JUNK.search(path):
                    continue
                if entry.file_size > MOST_BYTES:
                    yield path, 0, f"larger than {MOST_BYTES // 10**6} MB"
                    continue
                content = archive.read(entry)
                if path.lower().endswith(".zip") and depth < 2:
                    yield from _unpacked(content, _folder_of(path), path, depth + 1)
                else:
                    yield path, entry.date_time, content
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        yield name, 0, f"the archive cannot be read: {error}"


def _without_common_folder(files):
    """Drop folders in which all students' folders or files lie."""
    files = list(files)
    split = [path.split("/") for path, _, _ in files]
    depth = 0
    while len({tuple(parts[: depth + 1]) for parts in split}) == 1 and len(split) > 1:
        depth += 1
    parted = [parts[depth:] for parts in split]
    if depth and all(len(rest) > 1 or _names_a_student(rest[0]) for rest in parted):
        return [("/".join(rest), *file[1:]) for rest, file in zip(parted, files, strict=True)]
    return files


def _names_a_student(name):
    """Whether a file's name alone says whose it is, as problems_Smith.ipynb does."""
    stem = _stem(name)
    return bool(_platform(name)) or (
        "problems" in stem.lower() and OWN_NAME.sub("", stem).strip(" _-.") != ""
    )


def _stem(path):
    name = PurePosixPath(path).name
    return NOTEBOOK.sub("", name) if NOTEBOOK.search(name) else PurePosixPath(name).stem


def _platform(path):
    for platform, pattern in PLATFORMS.items():
        if match := pattern.match(path):
            return platform, match
    return None


def _owner(path):
    """Whose file it is, as (name, platform, number), and the reason if that cannot be told."""
    if found := _platform(path):
        platform, match = found
        return (match["name"], platform, match["number"]), ""
    if "/" in path:
        return (path.split("/", 1)[0], "", ""), ""
    name = re.sub(r"[\s_.-]+", " ", OWN_NAME.sub(" ", _stem(path))).strip()
    if name:
        return (name, "", ""), ""
    return (path, "", ""), "neither its name nor its folder says whose it is"


def _chosen(owner, files, wanted):
    """The submission of one student out of all files under its name."""
    name, platform, number = owner
    identity = re.sub(r"[^\w-]+", "-", name).strip("-")
    student = f"{identity}_{number}" if number else identity
    submission = Submission(student, name, platform, number, files[0][0])
    notebooks, reasons = [], []
    for path, when, data, reason in files:
        if reason or isinstance(data, str):
            reasons.append((path, reason or data))
        elif NOTEBOOK.search(path) or len(files) == 1:
            try:
                notebook = read_notebook(data)
            except Unreadable as error:
                reasons.append((path, str(error)))
                continue
            marks = (cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells)
            has = len(wanted.intersection(marks))
            notebooks.append((has, _comparable(when), _number(path), path, notebook))
    if notebooks:
        *_, path, notebook = max(notebooks, key=lambda entry: entry[:3])
        return replace(submission, file=path, notebook=notebook)
    path, reason = reasons[0] if reasons else (files[0][0], "there is no notebook")
    return replace(submission, file=path, reason=reason)


def _comparable(when):
    """A time as a tuple, whether a file system or an archive tells it."""
    return when if isinstance(when, tuple) else (when,)


def _number(path):
    """The number that a browser or a platform adds to a further copy."""
    found = re.search(r"(?:\((\d+)\)|-(\d+))$", _stem(path))
    return int(found[1] or found[2]) if found else 0


def _distinct(submissions):
    """No two students under one name, upper and lower case taken alike."""
    taken, distinct = set(), []
    for submission in submissions:
        student, count = submission.student, 1
        while student.lower() in taken:
            count += 1
            student = f"{submission.student}-{count}"
        taken.add(student.lower())
        distinct.append(replace(submission, student=student))
    return distinct
