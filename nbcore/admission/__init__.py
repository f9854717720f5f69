"""Admission: the engine at the API server, as pure functions over plain JSON.

``review`` answers an AdmissionReview, ``needs`` says what has to be fetched first, ``decode`` and ``encode`` are the
JSON of both. Refuses to know servers, sockets, certificates and clocks.
"""

from nbcore.admission.encoding import Unreadable, decode, encode
from nbcore.admission.lookups import Need
from nbcore.admission.outcome import Outcome
from nbcore.admission.reviewing import needs, review

__all__ = ["Need", "Outcome", "Unreadable", "decode", "encode", "needs", "review"]
