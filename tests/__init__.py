"""A package of its own, as one of the libraries that we compare with installs another `tests`."""
