"""Open nbgrader's formgrader, in which a person grades arguments: `make formgrader COURSE=...`."""

import argparse
from pathlib import Path

from course_folder import DEFAULT, grader, settings, student_edition
from jupyter_server.serverapp import ServerApp
from nbgrader.server_extensions.formgrader.handlers import template_path
from page_exporter import PageExporter, load_from_page
from traitlets.config import Config


def formgrader(course, *arguments):
    """A Jupyter server, initialised and not yet running, that shows the formgrader of `course`."""
    course = Path(course).expanduser().resolve()
    api = grader(course)
    if not (course / "release").exists():
        student_edition(api)
    config = Config(settings(course))
    config.ServerApp.root_dir = str(course)
    config.ServerApp.default_url = "/formgrader"
    # Another extension of this server may be set up for other work.
    config.ServerApp.jpserver_extensions = {"nbgrader.server_extensions.formgrader": True}
    server = ServerApp.instance(config=config)
    server.initialize([*arguments])
    extension = server.web_app.settings["nbgrader_formgrader"]
    extension.config.merge(settings(course))
    server.web_app.settings["nbgrader_exporter"] = exporter()
    return server


def exporter():
    """Writes the pages on which marks are entered."""
    config = load_from_page(Config(), template_path)
    config.HTMLExporter.template_name = "formgrade"
    # A page shows what students wrote, and runs none of it.
    config.HTMLExporter.sanitize_html = True
    return PageExporter(config=config)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--course", type=Path, default=DEFAULT, help="folder of the course")
    given, rest = options.parse_known_args()
    formgrader(given.course, *rest).start()


if __name__ == "__main__":
    main()
