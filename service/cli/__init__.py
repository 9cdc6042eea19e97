"""The command line: each command parses, calls one use case, presents. Results on stdout, progress on stderr."""
