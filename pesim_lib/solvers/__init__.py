"""One file per algorithm, and what certifies its answers.

The modules `general`, `weighted_effort` and `total_effort` answer the same questions, each for
games with one kind of risk, so that whoever asks need not know the kind:

=====================  ==========================================================================
equilibrium            an `Equilibrium` between the coalitions numbered by `labels` (N,), from
                       efforts `start` (N,) if the method needs any
equilibria             the `Equilibria` of users who act alone, within `limits`
best_response          user i's best effort against the others'
response               the `Equilibrium` of `members` who act as one against the others' efforts
regret                 what no coalition of `labels` gains more than at x (N,), in money
exits                  after each user has left alone: a list of N `Equilibrium`
exits_from             a function of some users: one such `Equilibrium` for each of them
leading_effort         the best effort of a user who moves before the others, who then act as one
user_minimum           the least of f_i(x) + linear'x over x >= 0, and where
replies                what each user proposes next at given prices, penalty and centre
=====================  ==========================================================================
"""
