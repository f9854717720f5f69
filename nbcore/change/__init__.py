"""Change: how two states of an object differ, what carrying that out does, and the patch that does it.

Refuses to know where the two states come from, and who is asked before anything happens.
"""
