"""Live notifications: what just failed, told within seconds, grouped, and every occurrence once."""
