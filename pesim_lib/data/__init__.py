"""Games from data of one's own, and results back under the users' own names.

One file for each place that data may come from; networkx, pandas and pyarrow are never imported
but to give results in their form.
"""
