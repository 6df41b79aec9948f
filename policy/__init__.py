"""The policy pack: what must hold of every environment, judged on what the engine is about to make."""
