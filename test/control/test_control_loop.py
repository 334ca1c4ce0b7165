# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The control loop with the real driver and a real policy file; only ROS is left out."""

import pytest

from drl_prune_ros.control.control_loop import ControlLoop
from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.envelope import SafetyEnvelope, SafetyState
from drl_prune_ros.control.faults import Fault, Overrun, PolicyFailed
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.readings import OdometryInput, SensorInput
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.scene import Ego, InvalidInput, Objects, OutsideContract
from drl_prune_ros.policy.runtime import load_runtime

S = 1_000_000_000
PERIOD = S // 5


def road(lanes=3):
    return road_from_path([(0, 0), (10_000, 0)], lanes, 4.0, 0)


class Bench:
    """A control loop, its clock, and the sink of what it published."""

    def __init__(self, policy, lockstep=False, tolerance_s=0.0):
        profile = load_profile('highway_env')
        self.runtime = load_runtime(policy)
        driver = make_motion_driver(self.runtime, profile)
        self.done_ns = 0   # when the answer is ready; the clock never goes back behind now
        envelope = SafetyEnvelope(driver.guard, driver.period_s, 0.5, lockstep)
        self.loop = ControlLoop(
            driver, envelope, self, 0.5, lockstep, sync_tolerance_s=tolerance_s,
            clock=lambda: self.done_ns)
        self.published = []

    def publish_command(self, command):
        self.published.append(command)

    def publish_safety_command(self, motion):
        self.published.append(motion)

    def odometry(self, stamp_ns, now_ns):
        return self.loop.on_odometry(OdometryInput(ego(stamp_ns), 'map'), now_ns)

    def objects(self, stamp_ns, now_ns):
        return self.loop.on_reading(
            SensorInput('objects', Objects.none(), stamp_ns, 'map'), now_ns)

    def send_set(self, stamp_ns, now_ns):
        """Send a complete set; returns the command that answers it, or None."""
        assert not self.odometry(stamp_ns, now_ns)
        self.published.clear()
        if self.objects(stamp_ns, now_ns):
            return self.published[-1]
        return None

    def tick(self, now_ns):
        return self.loop.tick(now_ns)


def ego(stamp_ns):
    # A clock that is set moves nobody.
    return Ego(stamp_ns, 100.0 + 25e-9 * (stamp_ns % (100 * S)), -4.0, 0.0, 25.0)


@pytest.fixture
def bench(highway_policy):
    return Bench(highway_policy)


@pytest.fixture(params=[False, True], ids=['real time', 'lock-step'])
def driving(request, highway_policy):
    """Return the loop after one answered set, stamp and time 0."""
    bench = Bench(highway_policy, lockstep=request.param)
    bench.loop.on_road(road)
    assert bench.send_set(0, 0) is not None
    return bench


def test_nothing_is_answered_before_the_road_is_known(bench):
    assert bench.send_set(1, 0) is None
    assert bench.loop.fault_reason(0) == (Fault.MISSING, 'no road description received')
    assert bench.loop.final_stop_command() is None
    bench.loop.on_road(road)
    assert bench.send_set(2, 0).stamp_ns == 2
    assert bench.loop.final_stop_command().speed == 0.0
    assert bench.loop.known_road == (road(), '')


def test_a_road_that_does_not_fit_is_the_fault_until_one_fits(bench):
    with pytest.raises(RoadError):
        bench.loop.on_road(lambda: road(lanes=2))
    assert '2 lanes' in bench.loop.fault_reason(0)[1]
    with pytest.raises(RoadError):
        bench.loop.on_road(lambda: Road.from_json('{'))
    assert 'not JSON' in bench.loop.fault_reason(0)[1]
    bench.loop.on_road(road)
    assert 'odometry' in bench.loop.fault_reason(0)[1]


def test_a_bad_road_leaves_the_good_one(driving):
    with pytest.raises(RoadError):
        driving.loop.on_road(lambda: Road.from_json('nonsense'))
    assert driving.send_set(PERIOD, PERIOD) is not None


def test_in_lock_step_a_stamp_again_gets_the_same_command_again(highway_policy):
    bench = Bench(highway_policy, lockstep=True)
    bench.loop.on_road(road)
    command = bench.send_set(0, 0)
    bench.published.clear()
    assert not bench.odometry(0, 1)
    assert bench.published == [command]


def test_else_a_stamp_again_gets_nothing(highway_policy):
    bench = Bench(highway_policy)
    bench.loop.on_road(road)
    assert bench.send_set(0, 0)
    bench.published.clear()
    assert not bench.odometry(0, 1)
    assert not bench.published


def test_a_sensor_that_is_stuck_does_not_keep_the_vehicle_going(driving):
    for now in range(0, S, PERIOD):
        driving.odometry(0, now)
        driving.objects(0, now)
    driving.published.clear()
    driving.odometry(0, S)
    assert not driving.published
    output = driving.tick(S)
    assert output.state is SafetyState.EMERGENCY_STOP
    assert 'never with a new stamp' in output.reason


def test_faster_sensors_are_answered_once_a_period(driving):
    answers = [now for now in range(PERIOD // 20, 10 * PERIOD, PERIOD // 20)
               if driving.send_set(now, now)]
    assert len(answers) == 10
    assert driving.loop.counts.commands == 11


def test_a_set_out_of_order_is_dropped_and_counted(driving):
    assert driving.send_set(2 * PERIOD, 2 * PERIOD)
    assert driving.send_set(PERIOD, 3 * PERIOD) is None
    assert driving.loop.counts.unordered == 1
    assert driving.send_set(4 * PERIOD, 4 * PERIOD)


@pytest.mark.parametrize('jump', [-3600, 3600])
def test_a_sensor_clock_that_is_set_begins_anew(driving, jump):
    assert not driving.send_set(PERIOD, PERIOD).decided
    assert driving.send_set(jump * S, 2 * PERIOD).decided
    assert not driving.send_set(jump * S + PERIOD, 3 * PERIOD).decided


def test_odometry_in_another_frame_than_the_path_is_refused(bench):
    bench.loop.on_road(road, 'odom')
    assert bench.loop.known_road == (road(), 'odom')
    with pytest.raises(InvalidInput, match="road came in frame 'odom', but odometry in 'map'"):
        bench.send_set(0, 0)
    bench.loop.on_road(road, 'map')
    assert bench.send_set(PERIOD, PERIOD)


def test_after_a_pause_the_network_decides_anew(driving):
    assert not driving.send_set(PERIOD, PERIOD).decided
    assert driving.send_set(PERIOD + S // 2, PERIOD + S // 2).decided


def test_a_set_that_took_too_long_to_complete_is_refused(bench):
    bench.loop.on_road(road)
    for stamp in range(0, 5 * PERIOD, PERIOD):
        bench.odometry(stamp, stamp)
    with pytest.raises(InvalidInput, match=r'complete 0\.30 s after the first of them arrived'):
        bench.objects(PERIOD, PERIOD + 3 * S // 10)
    assert not bench.published
    # Fresh enough to be answered, and no fresher than what it answers.
    assert bench.objects(3 * PERIOD, 3 * PERIOD + S // 4)
    assert bench.tick(3 * PERIOD + S // 4).state is SafetyState.DRIVING
    assert bench.tick(3 * PERIOD + 6 * S // 10).state is SafetyState.EMERGENCY_STOP


def test_sensors_faster_than_control_leave_a_refusal_its_reason(bench):
    """Sets that the rate limiter drops have not been answered: they clear no fault."""
    bench.loop.on_road(road)
    assert bench.send_set(0, 0)
    bench.loop.refuse('objects', OutsideContract('vx is 500'), PERIOD // 8)
    assert bench.send_set(PERIOD // 4, PERIOD // 4) is None, 'not its turn'
    assert bench.tick(2 * PERIOD).fault is Fault.OUTSIDE
    assert bench.send_set(2 * PERIOD, 2 * PERIOD)
    assert bench.tick(4 * PERIOD).fault is Fault.MISSING


def test_it_holds_then_stops_and_says_why(driving):
    assert driving.tick(PERIOD).state is SafetyState.DRIVING
    holding = driving.tick(2 * PERIOD)
    assert holding.state is SafetyState.HOLDING
    assert 'no odometry for 0.40 s' in holding.reason
    stopping = driving.tick(2 * S)
    assert (stopping.state, stopping.fault) == (SafetyState.EMERGENCY_STOP, Fault.MISSING)
    assert 0.0 < stopping.motion.speed < holding.motion.speed
    assert driving.published[1:] == [holding.motion, stopping.motion]


@pytest.mark.parametrize(('error', 'fault', 'state'), [
    (InvalidInput('x of the odometry is nan'), Fault.INVALID, SafetyState.EMERGENCY_STOP),
    (PolicyFailed('no finite command'), Fault.POLICY, SafetyState.EMERGENCY_STOP),
    (Overrun('too late'), Fault.OVERRUN, SafetyState.EMERGENCY_STOP),
    (OutsideContract('vx is 95'), Fault.OUTSIDE, SafetyState.COMFORTABLE_STOP),
])
def test_refused_input_is_the_reason(driving, error, fault, state):
    driving.loop.refuse('odometry', error, S)
    assert driving.loop.counts.refused == 1
    output = driving.tick(S)
    assert (output.fault, output.state) == (fault, state)
    assert str(error) in output.reason


@pytest.mark.reaction(
    'against the vehicle', "a measured speed above the profile's max_speed",
    "'outside the contract': comfortable stop; ~/engage is refused")
def test_a_speed_that_the_vehicle_cannot_have_stops_it(bench):
    bench.loop.on_road(road)
    assert bench.send_set(0, 0) is not None
    for now_ns in range(PERIOD, 4 * PERIOD, PERIOD):
        fast = Ego(now_ns, 105.0, -4.0, 0.0, 60.0)   # the profile allows 40
        bench.loop.on_odometry(OdometryInput(fast, 'map'), now_ns)
        with pytest.raises(OutsideContract, match='max_speed') as caught:
            bench.objects(now_ns, now_ns)
        bench.loop.refuse('objects', caught.value, now_ns)
        bench.done_ns = now_ns
        output = bench.tick(now_ns)
    assert (output.state, output.fault) == (SafetyState.COMFORTABLE_STOP, Fault.OUTSIDE)
    assert 'max_speed of vehicle profile' in bench.loop.engage_blocker()


def test_while_the_policy_computes_the_watch_sees_it_and_stops(driving):
    seen = []

    def act(observation):
        seen.extend((driving.tick(5 * PERIOD + PERIOD // 2), driving.tick(5 * PERIOD + S)))
        return 1
    driving.runtime.act = act
    for tick in range(1, 5):
        assert driving.send_set(tick * PERIOD, tick * PERIOD)
    driving.send_set(5 * PERIOD, 5 * PERIOD)
    assert [output.state for output in seen] == [
        SafetyState.HOLDING, SafetyState.EMERGENCY_STOP]
    assert seen[-1].fault is Fault.OVERRUN
    assert 'computing for 1.00 s' in seen[-1].reason


def test_a_late_answer_is_counted(driving):
    driving.done_ns = PERIOD + PERIOD + 1
    assert driving.send_set(PERIOD, PERIOD)
    assert driving.loop.counts.late == 1


def test_an_answer_to_stale_input_is_not_sent(highway_policy):
    bench = Bench(highway_policy)
    bench.loop.on_road(road)
    bench.done_ns = S
    with pytest.raises(Overrun, match='computed for 1'):
        bench.send_set(0, 0)
    assert not bench.published
    assert bench.loop.counts.late == 1


def test_a_requested_stop_ends_with_its_release(driving):
    driving.loop.request_stop('asked')
    assert driving.send_set(PERIOD, PERIOD) is None
    assert driving.tick(PERIOD).state is SafetyState.COMFORTABLE_STOP
    driving.loop.release()
    assert driving.send_set(2 * PERIOD, 2 * PERIOD)


def test_the_vehicle_is_not_taken_over_before_its_inputs_have_come(bench):
    """It would set off by itself when they do."""
    assert 'waiting: input missing: no road' in bench.loop.engage_blocker()
    bench.loop.on_road(road)
    assert 'no odometry received, no objects received' in bench.loop.engage_blocker()
    assert bench.send_set(0, 0)
    assert bench.loop.engage_blocker() == ''


def test_in_lock_step_it_waits_for_a_simulator_to_begin(highway_policy):
    assert Bench(highway_policy, lockstep=True).loop.engage_blocker() == ''


def test_in_lock_step_nothing_is_repeated_once_a_stop_was_asked_for(highway_policy):
    bench = Bench(highway_policy, lockstep=True)
    bench.loop.on_road(road)
    bench.send_set(0, 0)
    bench.published.clear()
    bench.odometry(0, 1)
    assert len(bench.published) == 1, 'the simulator did not hear it'
    bench.loop.request_stop('asked')
    bench.odometry(0, 2)
    assert len(bench.published) == 1


def test_the_vehicle_is_not_taken_over_while_something_is_wrong(driving):
    assert driving.loop.engage_blocker() == ''
    driving.tick(2 * S)
    driving.done_ns = 2 * S
    assert driving.loop.engage_blocker().startswith('emergency stop: input missing: no od')
    driving.send_set(10 * PERIOD, 2 * S)
    assert driving.loop.engage_blocker() == ''


def test_reset_forgets_all_but_the_road(driving):
    driving.loop.reset()
    assert driving.tick(5 * S).state is SafetyState.WAITING
    assert driving.loop.final_stop_command() is None
    command = driving.send_set(0, 5 * S)
    assert command is not None
    assert command.decided


@pytest.mark.parametrize('repeats', [True, False], ids=['stuck', 'silent'])
@pytest.mark.parametrize('tolerance_s', [0.0, 0.15, 0.5])
def test_fresh_odometry_does_not_keep_old_objects_driving(highway_policy, tolerance_s, repeats):
    bench = Bench(highway_policy, tolerance_s=tolerance_s)
    bench.loop.on_road(road)
    assert bench.send_set(0, 0) is not None
    stopped_ns = None
    for now_ns in range(S // 20, S + 1, S // 20):
        if repeats:
            bench.objects(0, now_ns)
        try:
            bench.odometry(now_ns, now_ns)
        except InvalidInput as error:   # too old to be used
            bench.loop.refuse('odometry', error, now_ns)
        state = bench.tick(now_ns).state
        if stopped_ns is None and state is SafetyState.EMERGENCY_STOP:
            stopped_ns = now_ns
        assert stopped_ns is None or state is SafetyState.EMERGENCY_STOP, 'it stays stopped'
    assert stopped_ns is not None and stopped_ns <= S // 2
    fault, reason = bench.loop.fault_reason(S)
    assert fault is Fault.MISSING and 'objects' in reason


@pytest.mark.parametrize('first', ['road', 'path'])
@pytest.mark.reaction(
    'against the road', 'a road and a path, both published',
    "fault 'input invalid', which names both topics, until configured again")
def test_a_road_and_a_path_contradict_each_other(bench, highway_policy, first):
    second = 'path' if first == 'road' else 'road'

    def another():
        return road_from_path([(0, 0), (9_000, 0)], 3, 4.0, 0)
    for source in (first, first, second, first):
        bench.loop.on_road(road, 'map', source)   # the same road
    with pytest.raises(RoadError):
        bench.loop.on_road(lambda: Road.from_json('{'), 'map', second)
    assert bench.send_set(0, 0) is not None, 'what is no road contradicts none'
    with pytest.raises(RoadError, match=f'input/{first} and on ~/input/{second}') as refused:
        bench.loop.on_road(another, 'map', second)
    assert '\n' not in str(refused.value)
    with pytest.raises(InvalidInput, match='roads arrive on') as fault:
        bench.send_set(PERIOD, PERIOD)
    bench.loop.refuse('objects', fault.value, PERIOD)
    assert bench.loop.fault_reason(PERIOD) == (Fault.INVALID, str(refused.value))
    bench.loop.reset()
    swapped = Bench(highway_policy)
    swapped.loop.adopt_road(bench.loop)
    with pytest.raises(InvalidInput, match='roads arrive on'):
        swapped.send_set(0, 0)


def test_another_policy_goes_on_with_a_path(bench, highway_policy):
    bench.loop.on_road(road, 'map', 'path')
    swapped = Bench(highway_policy)
    swapped.loop.adopt_road(bench.loop)
    swapped.loop.on_road(road, 'map', 'path')
    assert swapped.send_set(0, 0) is not None


@pytest.mark.parametrize(('named', 'text'), [('odom', 'odom'), ('', 'that of the odometry')])
def test_the_frame_of_a_road_is_told(bench, named, text):
    assert bench.loop.road_frame == 'no road'
    bench.loop.on_road(lambda: Road.from_json(Road(road().segments, named).to_json()))
    assert text in bench.loop.road_frame


@pytest.mark.reaction(
    'against the road', 'road JSON of another frame_id than that of the odometry',
    "fault 'input invalid', which names both frames")
def test_a_road_in_another_frame_than_the_odometry(bench):
    bench.loop.on_road(lambda: Road.from_json(Road(road().segments, 'utm').to_json()))
    with pytest.raises(InvalidInput, match="'utm'") as refused:
        bench.send_set(0, 0)
    assert "'map'" in str(refused.value)
