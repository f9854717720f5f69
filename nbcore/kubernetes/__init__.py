"""What Kubernetes itself defines: quantities, selectors, names, images, paths and the tables of its schema.

Nothing here knows nbcore's own kinds, findings' owners or layers.
"""
