"""Every public name says what it takes, gives and raises, and shows an example that holds."""

import doctest
import inspect

import pytest

import pesim_lib

NAMES = sorted(pesim_lib.__all__)
# What numpydoc calls: an unknown section, sections in another order, parameters that are missing,
# unknown or in another order, no result, no example.
FAULTS = {"GL06", "GL07", "PR01", "PR02", "PR03", "RT01", "EX01"}
# Results list their attributes, and callers do not make them.
FAULTS_OF_CLASSES = {"GL06", "GL07", "EX01"}
NEEDS = {"explore": "matplotlib", "picture": "matplotlib", "game_from_graph": "networkx"}


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_public_name_holds(name):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    (example,) = doctest.DocTestFinder(recurse=False).find(getattr(pesim_lib, name), name)
    assert example.examples
    said = []
    doctest.DocTestRunner(verbose=False).run(example, out=said.append)
    assert said == []


@pytest.mark.parametrize("name", NAMES)
def test_the_text_of_a_public_name_has_its_sections(name):
    validate = pytest.importorskip("numpydoc.validate").validate
    faults = FAULTS_OF_CLASSES if inspect.isclass(getattr(pesim_lib, name)) else FAULTS
    found = validate(f"pesim_lib.{name}")["errors"]
    assert [message for code, message in found if code in faults] == []


@pytest.mark.parametrize(
    ("docstring", "fault"),
    [
        ("Text.", "EX01"),
        ("Text.\n\nParameters\n----------\ny : int\n\nExamples\n--------\n>>> 1\n1", "PR02"),
        ("Text.\n\nExamples\n--------\n>>> 1\n1", "PR01"),
    ],
)
def test_a_text_without_them_is_found_out(docstring, fault):
    validate = pytest.importorskip("numpydoc.validate").validate

    def function(x):
        return x

    function.__doc__ = docstring
    globals()["function"] = function
    found = validate(f"{__name__}.function")["errors"]
    assert fault in [code for code, _ in found]
