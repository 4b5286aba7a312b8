"""Computing a section tile by tile, on threads or on a cluster."""
