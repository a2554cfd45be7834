"""What a page shows beyond Jupyter Book: doors, previews, marks of exercises, a 404 page.

A Sphinx extension, loaded by _config.yml.
"""

import html
import re
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import urlparse

from data_files import add_downloads
from docutils import nodes
from execution import digest
from readable_mathematics import readable
from sphinx_exercise.nodes import exercise_subtitle

WEB = Path(__file__).parent.parent
CITED = re.compile(r"^(@software\{[^`]*?)\n\}", re.MULTILINE)
MARK = re.compile(r"(?P<title>.*) \((?P<effort>[a-z]+, \d+ min)\)")
VIEWPORT = re.compile(r'<meta [^>]*name="viewport"[^>]*>')
SCRIPTS = (
    "in-parts",
    "explore",
    "closed-forms",
    "explore-tools",
    "security-network",
    "code-switch",
    "run-cells",
    "editor",
    "solo",
    "hub",
    "print",
    "reading-progress",
    "copy-tex",
)
PREVIEW = "underinvestment.png"
# publish.yml pushes there what web/build/colab.py writes.
COLAB_BRANCH = "colab"


def setup(app):
    app.add_config_value("pesim_web", "", "html")
    app.add_config_value("pesim_repository", "", "env")
    app.connect("config-inited", _configure)
    app.connect("source-read", _cite_address)
    app.connect("doctree-read", _set_off_marks)
    app.connect("html-page-context", _describe)
    app.connect("html-page-context", _date)
    app.connect("html-page-context", _doors, priority=900)
    app.connect("html-page-context", add_downloads, priority=900)
    app.connect("html-collect-pages", _not_found_page)
    app.add_css_file("pesim.css")
    for script in SCRIPTS:
        app.add_js_file(f"{script}.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _configure(app, config):
    """Write every page afresh when what makes pages, or the address in them, changes."""
    config.pesim_web = digest(
        WEB, "sphinx/*.*", "mathematics/*", "static/*", "templates/**/*.*", "type/*"
    )
    config.pesim_repository = config.html_theme_options["repository_url"]
    _open_doors(config)
    config.html_static_path.append(str(WEB / "static"))
    config.templates_path.append(str(WEB / "templates"))


def _open_doors(config):
    """Show buttons that lead to the repository once _config.yml names it, and no dead ones."""
    theme = config.html_theme_options
    repository = theme["repository_url"]
    theme["use_repository_button"] = theme["use_issues_button"] = bool(repository)
    if not repository:
        theme["launch_buttons"] = {}
    config.html_baseurl = config.html_baseurl or site_address(repository)


def site_address(repository):
    """Where GitHub Pages serves the site of a repository; empty for another host's or none."""
    address = urlparse(repository)
    if address.netloc != "github.com":
        return ""
    owner, name = address.path.strip("/").split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def _cite_address(app, page, source):
    """Give the entry to cite the repository's address once _config.yml names it."""
    repository = app.config.html_theme_options["repository_url"]
    if repository:
        source[0] = CITED.sub(rf"\1\n  url = {{{repository}}},\n}}", source[0])


def _set_off_marks(app, doctree):
    """Titles of exercises come out in brackets: set difficulty and time off by a dot in them."""
    # Solutions take their titles from the registry.
    registered = getattr(app.env, "sphinx_exercise_registry", {}).values()
    parts = [doctree, *(entry["node"] for entry in registered)]
    for title in [title for part in parts for title in part.findall(exercise_subtitle)]:
        text = title.children[-1]
        if mark := MARK.fullmatch(text):
            title.replace(text, nodes.Text(f"{mark['title']} · {mark['effort']}"))


def _doors(app, pagename, templatename, context, doctree):
    """Launch chapters only, and in Colab the copies that install the library."""
    buttons = context["header_buttons"]
    for group in [button for button in buttons if button["label"] == "launch-buttons"]:
        if not app.env.doc2path(pagename).endswith(".ipynb"):
            buttons.remove(group)
            continue
        for button in group["buttons"]:
            if button["text"] == "Colab":
                branch = app.config.html_theme_options["repository_branch"]
                button["url"] = button["url"].replace(f"/blob/{branch}/", f"/blob/{COLAB_BRANCH}/")


def _describe(app, pagename, templatename, context, doctree):
    """What search engines and social previews show: the title and the first paragraph."""
    if doctree is None:
        return
    title = _words(next(doctree.findall(nodes.title)))
    paragraphs = map(_words, doctree.findall(nodes.paragraph))
    first = next((text for text in paragraphs if len(text) > 60), app.config.project)
    description = html.escape(" ".join(first.split())[:200])
    # An image needs a whole address, which only a published book has.
    base = app.config.html_baseurl
    image = f'<meta property="og:image" content="{base}_static/{PREVIEW}" />' if base else ""
    # The layout declares the viewport.
    context["metatags"] = VIEWPORT.sub("", context.get("metatags", "")) + (
        f'<meta name="description" content="{description}" />'
        f'<meta property="og:type" content="article" />'
        f'<meta property="og:title" content="{html.escape(title)}" />'
        f'<meta property="og:description" content="{description}" />{image}'
    )


def _date(app, pagename, templatename, context, doctree):
    """The day of the page's last change, from git; in the footer it leads to the changes."""
    if doctree is None:
        return
    path = Path(app.env.doc2path(pagename))
    context["last_updated"] = last_change(Path(app.srcdir), path)
    repository = app.config.pesim_repository
    if context["last_updated"] and repository:
        name = path.relative_to(app.srcdir).as_posix()
        branch = app.config.html_theme_options["repository_branch"]
        context["changes"] = f"{repository}/commits/{branch}/{name}"


def last_change(folder, path):
    """The day (YYYY-MM-DD) of the last commit of `path`; None where the history does not say."""
    if not _has_history(folder):
        return None
    return _git(folder, "log", "-1", "--format=%cs", "--", path) or None


@cache
def _has_history(folder):
    # A shallow clone holds one commit, which would seem to have changed every page.
    return _git(folder, "rev-parse", "--is-shallow-repository") == "false"


def _git(folder, *words):
    """What git prints; empty where there is no git, or no repository."""
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, encoding="utf-8")
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


def _words(node):
    """The text of a node, with readable mathematics."""
    texts = node.findall(nodes.Text)
    return "".join(
        readable(text) if isinstance(text.parent, nodes.math) else text for text in texts
    )


def _not_found_page(app):
    """A page with nothing to load: the address that was not found may lie at any depth."""
    home = urlparse(app.config.html_baseurl).path or "/"
    yield "404", {"home": home}, "404.html"
