"""The paper in code, in its order: read this first."""
