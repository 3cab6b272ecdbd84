"""Pictures: decoding, scaling and drawing, in a process of their own."""
