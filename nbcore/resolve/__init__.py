"""From what a Notebook says to the layers of its pod: redirects, options, PodDefaults, layers in order.

Refuses to know how layers are merged, how documents are parsed, and where objects are kept: look-ups are
functions that the caller passes.
"""
