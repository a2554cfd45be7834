"""The folder of one course: gradebook, submissions, feedback; and nbgrader for it."""

import os
import sys
from pathlib import Path
from unittest.mock import patch

from nbgrader.apps import NbGraderAPI
from traitlets.config.loader import PyFileConfigLoader

HERE = Path(__file__).parent
DEFAULT = HERE.parents[1] / "_build/problem-set"
ASSIGNMENT = "problems"
# Whoever writes into the folder of a course does it as the site's files are written.
sys.path.append(str(HERE.parents[1] / "web/build"))


def settings(root):
    """What nbgrader_config.py says for the course folder `root`."""
    with patch.dict(os.environ, PROBLEM_SET=str(root)):
        return PyFileConfigLoader("nbgrader_config.py", path=str(HERE)).load_config()


def grader(root, **traits):
    """nbgrader for the course folder `root`.

    `traits` override settings, as in `RunApart={"timeout": 5}`.
    """
    Path(root).mkdir(parents=True, exist_ok=True)
    config = settings(Path(root).resolve())
    for name, values in traits.items():
        config[name].update(values)
    # nbgrader calls a program that is installed beside this Python.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return NbGraderAPI(config=config)


def student_edition(api):
    """Write the edition without solutions and hidden tests; return its folder."""
    result = api.generate_assignment(ASSIGNMENT, force=True, create=True)
    if not result["success"]:
        raise RuntimeError(result.get("log", "") + result["error"])
    return Path(api.coursedir.format_path("release", ".", ASSIGNMENT))
