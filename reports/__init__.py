"""Digest -> text, HTML, JSON."""
