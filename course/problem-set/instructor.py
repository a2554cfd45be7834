"""The problem set as a lecturer sees it: executed, with solutions, hidden tests and rubrics."""

import shutil

import nbformat
from course_folder import HERE
from editions import SOURCE
from nbclient import NotebookClient
from page_exporter import PageExporter, load_from_page
from traitlets.config import Config
from whole_files import write_whole

# A kernel that talks to this machine alone warns that it does so in plain text.
QUIET = ["--IPKernelApp.log_level=ERROR"]


def instructor_edition(folder):
    """Execute the source, which must pass all its tests; write it to `folder`, as a page too."""
    folder.mkdir(parents=True, exist_ok=True)
    for module in (SOURCE / "checks.py", HERE / "hidden.py"):
        shutil.copy(module, folder)
    notebook = nbformat.read(SOURCE / "problems.ipynb", 4)
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, resources=place, extra_arguments=QUIET).execute()
    write_whole(folder / "problems.ipynb", nbformat.writes(notebook) + "\n")
    config = load_from_page(Config())
    config.HTMLExporter.template_name = "page"
    page, _ = PageExporter(config=config).from_notebook_node(notebook)
    write_whole(folder / "problems.html", page)
