"""What displays itself: the choice of the form, for a kernel, a stored notebook or a page."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pesim_lib.display.build_mode import build_mode

if TYPE_CHECKING:
    from ipywidgets import Widget


class Display:
    """Shows itself as text and, by the build mode, as a page, a picture or a widget.

    IPython 8 only logs an error of what displays itself: the cell counts as executed, and a page
    would show the error. So a build makes the forms together with the object, where an error stops
    the cell under every version.
    """

    def __post_init__(self) -> None:
        if build_mode() != "live":
            _ = self._built

    def page(self) -> str:
        """The form for a page without a kernel: HTML."""
        raise NotImplementedError

    def png(self) -> str | None:
        """The form for a stored notebook, base64, if it has a picture."""
        return None

    def live(self) -> Widget | None:
        """The form for a live kernel, if it has one of its own."""
        return None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self._forms() if build_mode() == "live" else self._built

    @cached_property
    def _built(self) -> dict[str, Any]:
        return self._forms()

    def _forms(self) -> dict[str, Any]:
        """The MIME bundle."""
        mode = build_mode()
        if mode == "page":
            # The page first: its text may come from pictures that are drawn for it.
            page = self.page()
            return {"text/plain": repr(self), "text/html": page}
        forms: dict[str, Any] = {"text/plain": repr(self)}
        if (image := self.png()) is not None:
            forms["image/png"] = image
        if mode == "live" and (widget := self.live()) is not None:
            # ipywidgets 7 has no method for it.
            view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
            forms["application/vnd.jupyter.widget-view+json"] = view
        return forms
