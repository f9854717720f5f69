"""How pod trees are combined: merge (Kubernetes' own), overlay (ranks), unite (peers), and who set what.

Refuses to know kinds, options and policies: it sees plain JSON trees and the generated merge keys.
"""
