"""What holds of the lines of every phase diagram."""

from collections import Counter


def assert_consistent(diagram):
    """Each line has the fields beside it that it says, and ends where another does or at the frame."""
    assert diagram.doubts() == ()
    for line in diagram.lines:
        beside = [diagram.fields[i].phases for i in line.fields]
        assert beside == [line.left, line.right]
    ends = Counter(number for line in diagram.lines for number in line.points)
    for number, point in enumerate(diagram.points):
        assert point.kind in ("edge", "loop") or ends[number] > 1
