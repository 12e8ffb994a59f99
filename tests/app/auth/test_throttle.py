import threading

from app.auth.throttle import ADDRESS_FAILURES, MOST_KEPT, PAIR_FAILURES, WINDOW_SECONDS, Throttle


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_few_failures_are_free_then_one_waits() -> None:
    time = Time()
    throttle = Throttle(time)
    assert [throttle.wait_seconds("ana", "10.0.0.1") for _ in range(PAIR_FAILURES)] == [0.0] * PAIR_FAILURES
    assert throttle.wait_seconds("ana", "10.0.0.1") == WINDOW_SECONDS
    assert throttle.wait_seconds("bo", "10.0.0.1") == 0
    assert throttle.wait_seconds("ana", "10.0.0.2") == 0
    time.now += WINDOW_SECONDS + 1
    assert throttle.wait_seconds("ana", "10.0.0.1") == 0


def test_success_forgets_the_failures_of_that_user_alone() -> None:
    throttle = Throttle(Time())
    for _ in range(PAIR_FAILURES - 1):
        throttle.wait_seconds("ana", "10.0.0.1")
    throttle.wait_seconds("ana", "10.0.0.1")
    throttle.succeeded("ana", "10.0.0.1")
    assert throttle.wait_seconds("ana", "10.0.0.1") == 0


def test_many_users_from_one_address_are_held_up() -> None:
    throttle = Throttle(Time())
    waits = [throttle.wait_seconds(f"user{n}", "2001:db8::1") for n in range(ADDRESS_FAILURES + 1)]
    assert waits[:-1] == [0.0] * ADDRESS_FAILURES
    assert waits[-1] > 0
    assert throttle.wait_seconds("another", "2001:db8::ffff") > 0  # the same /64
    assert throttle.wait_seconds("another", "2001:db8:0:1::1") == 0


def test_memory_is_bounded() -> None:
    throttle = Throttle(Time())
    for n in range(3 * MOST_KEPT):
        throttle.wait_seconds("x" * 64 + str(n), f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
    assert throttle.kept <= 2 * MOST_KEPT


def test_attempts_at_the_same_time_are_all_counted() -> None:
    throttle, let_through = Throttle(Time()), []
    threads = [threading.Thread(target=lambda: let_through.append(throttle.wait_seconds("ana", "10.0.0.1") == 0)) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_through) == PAIR_FAILURES


def test_strange_addresses_are_counted_too() -> None:
    throttle = Throttle(Time())
    for _ in range(PAIR_FAILURES):
        throttle.wait_seconds("ana", "")
    assert throttle.wait_seconds("ana", "") > 0
