"""How much work a search for all equilibria may do, and whom it tells how far it is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The `branches` and `seconds` a search may take, where there is no other limit.

    `progress` is called with the branches looked at and the equilibria found. With `one_of_each`
    a search may list one of several equilibria that differ in the names of equal users alone.
    """

    branches: int | None = None
    seconds: float | None = None
    progress: Callable[[int, int], None] | None = None
    one_of_each: bool = False


NONE = Limits()
