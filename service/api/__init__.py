"""The HTTP API: thin routes over the use cases, problems as RFC 9457 tells them."""
