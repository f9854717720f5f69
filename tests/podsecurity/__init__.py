"""Our own fixtures of the Pod Security Standards, and the wrong evaluators that they must find out."""
