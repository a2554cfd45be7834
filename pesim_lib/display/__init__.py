"""Sliders and editors, with or without a kernel."""
