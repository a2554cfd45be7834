"""The problem set's two editions from one source: `make problem-set`.

The student edition goes to the site, in an archive with all that it imports. The instructor
edition, with solutions, hidden tests and rubric, is executed and stays outside the site. Where the
sources hold no solution, as in the students' copy of the book, there is the student edition alone.
"""

import io
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "web/build"))

from whole_files import write_whole  # noqa: E402

BUILD = ROOT / "_build/problem-set"
SOURCE = HERE / "source/problems"
RELEASE = HERE / "release"
PAGE = ROOT / "_build/html/course/problem-set.html"
ARCHIVE = "problem-set.zip"
PLACE = f"<!-- {ARCHIVE} -->"
LINK = f'<a href="problem-set/{ARCHIVE}">Download the student edition</a>'


def released_files(folder):
    """The folder with what students get, which nbgrader makes in `folder` from the source."""
    if not SOURCE.exists():
        return RELEASE
    from course_folder import grader, student_edition

    return student_edition(grader(folder))


def pack(edition, archive):
    """Pack a student edition and the library that it imports; with numpy, scipy, it runs."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(edition.iterdir()):
            packed.write(path, f"problem-set/{path.name}")
        for path in sorted((ROOT / "pesim_lib").rglob("*.*")):
            if path.is_file() and path.suffix != ".pyc":
                packed.write(path, Path("problem-set", path.relative_to(ROOT)))
    write_whole(archive, data.getvalue())


def main():
    archive = PAGE.parent / "problem-set" / ARCHIVE
    pack(released_files(BUILD), archive)
    print(f"The student edition: {archive}")
    if SOURCE.exists():
        from instructor import instructor_edition

        instructor_edition(BUILD / "instructor")
        print(f"The instructor edition: {BUILD / 'instructor'}")
    write_whole(PAGE, PAGE.read_text(encoding="utf-8").replace(PLACE, LINK))


if __name__ == "__main__":
    main()
