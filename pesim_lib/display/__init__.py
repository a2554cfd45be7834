"""Sliders, pictures and editors that display themselves, with or without a kernel."""
