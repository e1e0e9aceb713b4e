"""A class in the app: the page that opens and joins rooms, and the bar that goes with people from page to page."""
