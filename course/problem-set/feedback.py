"""A page of feedback for each student, which says what has not been graded yet."""

from pathlib import Path

from course_folder import ASSIGNMENT, grader
from jinja2.filters import do_float, do_round
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import GetGrades
from nbgrader.server_extensions.formgrader.handlers import template_path
from nbgrader.utils import temp_attrs
from page_exporter import PageExporter, load_from_page
from traitlets.config import Config

NOT_YET = "not yet graded"


def is_pending(grade):
    """Whether nobody has given points for this grade of the gradebook, neither test nor person."""
    return grade.auto_score is None and grade.manual_score is None


class GetGradesSoFar(GetGrades):
    """nbgrader counts what nobody has graded as 0 points; here it says so."""

    def preprocess(self, nb, resources):
        nb, resources = super().preprocess(nb, resources)
        said, name = resources["nbgrader"], self.notebook_id
        with self.gradebook:
            submission = self.gradebook.find_submission_notebook(
                name, self.assignment_id, self.student_id
            )
            pending = {
                grade.name: grade.max_score for grade in submission.grades if is_pending(grade)
            }
        for cell in nb.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") in pending:
                cell.metadata.nbgrader["score"] = NOT_YET
        if pending:
            points = f"{sum(pending.values()):g} points {NOT_YET}"
            said["score"] = f"{said['score']:g} so far, {points}"
        return nb, resources


def _number_or_words(convert):
    """A filter of the template that lets words pass where it expects a number."""
    return lambda value, *rest: value if isinstance(value, str) else convert(value, *rest)


class Feedback(GenerateFeedback):
    """nbgrader's page, its formulas typeset, with `GetGradesSoFar`."""

    def __init__(self, coursedir=None, **kwargs):
        super().__init__(coursedir=coursedir, **kwargs)
        self.exporter_class = PageExporter
        self.preprocessors = [GetGradesSoFar, SanitizeHTML, CSSHTMLHeaderPreprocessor]
        words = {"float": _number_or_words(do_float), "round": _number_or_words(do_round)}
        config = load_from_page(Config(), template_path, filters=words)
        # A page shows what students wrote, and runs none of it.
        config.SanitizeHTML.enabled = True
        self.update_config(config)


def write_feedback(student, course):
    """Write the page of one student of the folder `course`; returns its path."""
    api = grader(course)
    directory = api.coursedir
    with temp_attrs(directory, assignment_id=ASSIGNMENT, student_id=student):
        converter = Feedback(coursedir=directory, parent=api)
        converter.force = True
        converter.start()
    return Path(directory.format_path("feedback", student, ASSIGNMENT)) / "problems.html"
