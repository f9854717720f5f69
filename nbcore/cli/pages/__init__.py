"""Pages: answers as one HTML file each, whole without network, that a browser shows, searches and prints.

Refuses to know how the answers are found. No text of a page is written but through `markup`, which escapes it.
"""

from nbcore.cli.pages.comparison import Compared, diff_page
from nbcore.cli.pages.explanation import explain_page
from nbcore.cli.pages.fleet_plan import plan_page

__all__ = ["Compared", "diff_page", "explain_page", "plan_page"]
