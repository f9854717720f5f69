"""The webhook as a server: real TLS on loopback, real processes, no stand-ins."""
