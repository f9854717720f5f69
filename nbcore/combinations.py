"""Combinations: every pod that a Template can produce, and the few of them that have to be looked at.

Refuses to know rules.
"""
