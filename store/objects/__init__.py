"""Git objects as bytes: codecs, graph walks and the fan-out map. No input or output."""
