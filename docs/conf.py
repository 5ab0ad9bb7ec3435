"""Configuration of the documentation: `sphinx-build -W docs docs/_build`."""

from importlib.metadata import version as installed_version

project = "lensarrays"
author = "The lensarrays developers"
copyright = author
release = version = installed_version("lensarrays")

extensions = ["sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.viewcode", "myst_parser", "numpydoc"]
exclude_patterns = ["_build"]
default_role = "literal"
myst_enable_extensions = ["dollarmath"]

# Members are listed by autodoc, once; numpydoc would make a second list of them.
numpydoc_show_class_members = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "inherited-members": "Module", "show-inheritance": True}

html_theme = "furo"
html_title = f"lensarrays {release}"
