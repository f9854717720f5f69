"""The webhook: a thin server around ``nbcore.admission``.

It knows TLS, HTTP, the clock, files and the API server; it refuses to know what an answer says and why: every
verdict is one call of ``nbcore.admission.review``.
"""
