"""A real Kubernetes control plane, and the tests that need one.

Nothing here may import more than the standard library when imported by `python -m tests.cluster.binaries`.
"""
