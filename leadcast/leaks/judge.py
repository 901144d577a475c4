"""Every test on one column."""

from leadcast.leaks.ageing import filled_by_age
from leadcast.leaks.codes import SHARED, along_time, coded_outcome, is_code
from leadcast.leaks.course import Course
from leadcast.leaks.durations import is_the_age_of_the_open, knows_the_life, lies_after
from leadcast.leaks.filling import filled_by_outcome
from leadcast.leaks.leak import Evidence
from leadcast.leaks.levels import ends_on_both_sides, takes_time_to_appear, told_by_a_value
from leadcast.leaks.looks import looks_of
from leadcast.leaks.pieces import pieces_of
from leadcast.leaks.separation import jumps_when_shuffled, tells_too_well
from leadcast.leaks.values import Values


def judge(values: Values, course: Course, is_input: bool = True) -> tuple[Evidence, ...]:
    """What speaks against a column, the strongest first; nothing where it is honest.

    Parameters
    ----------
    values, course : of the same n leads or deals
    is_input : would a model see it? A running number harms nobody as long as it is not an input
    """
    values = values.with_words_for_blank_left_out()
    if not values.filled.any() or (values.distinct < 2 and values.filled.all()):
        return ()
    found = [*filled_by_age(values, course), *knows_the_life(values, course), *lies_after(values, course)]
    found += is_the_age_of_the_open(values, course)
    code = is_code(values)
    pieces = pieces_of(values, course.order) if code or is_code(values, SHARED) else []
    if code and is_input:
        found += along_time(values, course.order)
    for look in looks_of(values, course):
        found += filled_by_outcome(look)
        if pieces and not look.question.closing:
            found += coded_outcome(look, pieces, values.distinct / values.filled.sum())
        if not code or values.numbers is not None:
            found += [*told_by_a_value(look), *ends_on_both_sides(look), *takes_time_to_appear(look, values, course)]
            found += [*tells_too_well(look), *jumps_when_shuffled(look)]
    return tuple(sorted(found, key=lambda e: (e.weak, -e.strength)))
