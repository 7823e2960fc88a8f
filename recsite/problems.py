"""One error format for REST (RFC 9457)."""
