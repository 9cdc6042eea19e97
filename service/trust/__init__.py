"""Promises kept, measured; incidents evaluated; objections heard."""
