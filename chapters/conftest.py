"""nbval compares nothing of a cell without an execution count, and ours store none.

Every cell is compared, for one whose output was emptied would be taken for one that has none.
"""


def pytest_collection_modifyitems(items):
    for item in items:
        cell = getattr(item, "cell", None)
        if cell is not None:
            cell["execution_count"] = 0
