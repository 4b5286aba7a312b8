"""The HTML around the page, the same with and without a server."""

from typing import Final

from .client import client

# Bokeh puts "extends base" in front, its own page.
TEMPLATE: Final = (
    "{% block postamble %}{% raw %}<style>"
    + client("page.css")
    + "</style><script>"
    + client("shared.js")
    + "</script>{% endraw %}{% endblock %}"
)
