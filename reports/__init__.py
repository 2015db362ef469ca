"""Digest -> text, HTML, markdown, JSON, CSV."""
