"""Classroom: the teacher leads, the class predicts, then everybody sees."""

from effnet_viz.ui.classroom.front_door import classroom
from effnet_viz.ui.widgets.page_parts import page_header

page_header(
    "Classroom",
    "One teacher leads through the pages; everybody predicts on their own screen before the answer is shown.",
)
classroom()
