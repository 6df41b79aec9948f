"""The Pulumi program: reads the settings of a stack and wires components into a platform."""
