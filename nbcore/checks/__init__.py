"""Rules across fields, one file a family. Each reads the shared model or a plain pod and yields findings.

Refuses to know how a pod came about, and dialects.
"""
