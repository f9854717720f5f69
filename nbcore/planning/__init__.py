"""Planning: what an edit of kinds does to a fleet of notebooks, who uses what, and updates in bulk.

`planned.plan` is the entry. Refuses to know files, clocks and how an answer is printed.
"""
