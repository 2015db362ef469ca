"""API server, webhook or file -> rows. No pandas, no jinja2."""
