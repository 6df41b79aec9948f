"""The data stores: for each capability the backend that the settings choose, behind its contract."""
