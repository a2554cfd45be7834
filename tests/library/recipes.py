"""What a page does with a recipe of the library's arithmetic."""

import numpy as np

OPERATIONS = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "exp": np.exp,
}


def follow(recipe, *arrays):
    """The numbers that the steps give, as an array."""
    values = [value for array in arrays for value in array.ravel()]
    for operation, *operands in recipe["steps"]:
        if operation == "=":
            values += operands
        else:
            values.append(OPERATIONS[operation](*(values[operand] for operand in operands)))
    return np.array([values[number] for number in recipe["results"]])
