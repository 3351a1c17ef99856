"""A training is judged by its own pace: a quick one soon, a slow one late, and one that only looks busy in the end."""

from worker.supervisor.stillness import Stillness

PATIENCE = 600.0


def trained(pause: float, *, signs: int = 30) -> tuple[Stillness, float]:
    """One that has reported so often, and the moment of its last report."""
    stillness, now = Stillness(PATIENCE, began=0.0), 0.0
    for _ in range(signs):
        now += pause
        stillness.note_word(now, is_of_training=True)
    return stillness, now


def seconds_until_stalled(stillness: Stillness, since: float, *, works: bool = False) -> int:
    """Counted second by second."""
    for second in range(1, 100_000):
        if works:
            stillness.note_work(since + second)
        if stillness.is_stalled(since + second):
            return second
    raise AssertionError("it was never judged to stand still")


def test_one_that_has_not_shown_its_pace_gets_all_the_patience() -> None:
    assert seconds_until_stalled(Stillness(PATIENCE, began=0.0), 0.0) == 601


def test_a_quick_one_is_noticed_after_a_minute_and_one_with_pauses_after_thirty_of_them() -> None:
    assert seconds_until_stalled(*trained(0.1)) == 61
    assert seconds_until_stalled(*trained(5.0)) == 151


def test_a_slow_one_is_not_taken_for_dead_between_two_steps() -> None:
    assert seconds_until_stalled(*trained(300.0)) == 3001


def test_one_that_computes_and_says_nothing_is_given_up_all_the_same() -> None:
    assert seconds_until_stalled(*trained(0.1), works=True) == 3601
    assert seconds_until_stalled(*trained(1000.0), works=True) == 10_001


def test_words_outside_the_steps_say_nothing_of_the_pace() -> None:
    stillness, now = trained(0.1)

    stillness.note_word(now + 50, is_of_training=False)

    assert seconds_until_stalled(stillness, now + 50) == 61
    assert stillness.seconds(now + 60) == 10
