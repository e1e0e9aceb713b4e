"""What pages share on the screen: parts of a page, pickers, pictures that answer, slow work."""
