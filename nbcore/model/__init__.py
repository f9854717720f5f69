"""The engine's own model: the native kinds, layers and selections. Every stage reads it, every dialect
fills it.

Refuses to know any stage, and any dialect but the native field names.
"""
