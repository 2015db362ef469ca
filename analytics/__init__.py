"""Rows -> frames -> Digest. Pure functions; only ``load`` touches the database."""
