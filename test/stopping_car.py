# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A car on a road that turns, driven by a control loop: what its stops are judged by."""

from dataclasses import dataclass, replace
import math

from drl_prune_ros.control.control_loop import ControlLoop
from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.envelope import SafetyEnvelope, SafetyState
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import CircularLane, StraightLane
from drl_prune_ros.perception.named_values import Values
from drl_prune_ros.perception.readings import OdometryInput, SensorInput
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import Ego, InvalidInput, OutsideContract
from drl_prune_ros.policy.contracts import ActionContract, ObservationContract
from drl_prune_ros.policy.manifest import Manifest

MS = 1_000_000   # nanoseconds
STEP = 10        # milliseconds of the car
WIDTH, LANES = 4.0, 4
BODY = [(x, y) for x in (-2.5, 0.0, 2.5) for y in (-1.0, 1.0)]
ACTIONS = ('LANE_LEFT', 'IDLE', 'LANE_RIGHT')
KINDS = ('requested', 'objects cease', 'odometry ceases', 'policy fails', 'node ends',
         'outside the contract')
COMFORTABLE = ('requested', 'outside the contract')
OUTPUTS = ('ackermann', 'twist')


@dataclass
class Bend:
    """A piece of the line that a road is built along, meters and rad, and where it begins."""

    length: float
    curvature: float
    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0

    def at(self, s, r=0.0):
        """Return the pose r to the left of the line, s along it."""
        yaw = self.yaw + s * self.curvature
        if self.curvature == 0.0:
            x, y = self.x + s * math.cos(yaw), self.y + s * math.sin(yaw)
        else:
            x = self.x + (math.sin(yaw) - math.sin(self.yaw)) / self.curvature
            y = self.y - (math.cos(yaw) - math.cos(self.yaw)) / self.curvature
        return x - r * math.sin(yaw), y + r * math.cos(yaw), yaw

    def local(self, x, y):
        """Return (s, r) of a position, r to the left."""
        dx, dy = x - self.x, y - self.y
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        along, left = dx * cos + dy * sin, dy * cos - dx * sin
        if self.curvature == 0.0:
            return along, left
        radius = 1 / self.curvature
        toward = math.copysign(1.0, radius)
        s = math.atan2(toward * along, toward * (radius - left)) * radius
        return s, radius - toward * math.hypot(along, radius - left)


class Line:
    """The line between lanes 1 and 2 of four, in pieces (length, curvature) from a pose."""

    def __init__(self, pieces, x=0.0, y=0.0, yaw=0.0):
        self.bends = []
        for length, curvature in pieces:
            self.bends.append(Bend(length, curvature, x, y, yaw))
            x, y, yaw = self.bends[-1].at(length)

    def offset(self, x, y):
        """Return how far to the left of the line a position is; NaN where it is not beside it."""
        found = [r for bend in self.bends for s, r in [bend.local(x, y)]
                 if -0.1 <= s <= bend.length + 0.1 and abs(r) < 30.0]
        if not found:
            last = self.bends[-1]
            return replace(last, curvature=0.0, **dict(zip(
                ('x', 'y', 'yaw'), last.at(last.length), strict=True))).local(x, y)[1]
        return min(found, key=abs)

    def road(self):
        """Return four lanes, two to each side."""
        segments = []
        for number, bend in enumerate(self.bends):
            lanes = []
            for lane in range(LANES):
                left = (1.5 - lane) * WIDTH
                if bend.curvature == 0.0:
                    lanes.append(StraightLane(
                        start=bend.at(0.0, left)[:2], end=bend.at(bend.length, left)[:2],
                        width=WIDTH, speed_limit=36.0))
                    continue
                radius, phase = 1 / bend.curvature, bend.yaw - math.copysign(
                    math.pi / 2, bend.curvature)
                center = bend.x - radius * math.sin(bend.yaw), (
                    bend.y + radius * math.cos(bend.yaw))
                lanes.append(CircularLane(
                    center=center, radius=abs(radius) - left * math.copysign(1.0, radius),
                    start_phase=phase, end_phase=phase + bend.length * bend.curvature,
                    width=WIDTH, speed_limit=36.0))
            segments.append(Segment(str(number), str(number + 1), tuple(lanes)))
        return Road(tuple(segments))


class Car:
    """
    A car without slip at its axles, 5 x 2 m, whose wheels and speed are where they are commanded.

    output  'ackermann': speed and angle of the wheels; 'twist': speed and yaw rate of its center
    """

    def __init__(self, profile, output, x, y, yaw, speed):
        self._wheelbase, self._output = profile.wheelbase, output
        self.x, self.y, self.yaw, self.speed, self.yaw_rate = x, y, yaw, speed, 0.0
        self.motion = None

    def drive(self, seconds):
        """Move on by the last command."""
        motion, back = self.motion, self._wheelbase / 2
        if motion is not None:
            # The speed is that of the center along the body, that of the rear axle is the same.
            slip = math.atan(0.5 * math.tan(motion.steering))
            along = motion.speed * math.cos(slip)
            turn = along * math.tan(motion.steering) / self._wheelbase
            if self._output == 'twist':
                along, turn = motion.speed, motion.yaw_rate
            self.speed, self.yaw_rate = along, turn
        x, y = self.x - back * math.cos(self.yaw), self.y - back * math.sin(self.yaw)
        middle = self.yaw + self.yaw_rate * seconds / 2
        x += self.speed * seconds * math.cos(middle)
        y += self.speed * seconds * math.sin(middle)
        self.yaw += self.yaw_rate * seconds
        self.x, self.y = x + back * math.cos(self.yaw), y + back * math.sin(self.yaw)

    def body(self):
        """Return the corners and the middles of its sides."""
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        return [(self.x + x * cos - y * sin, self.y + x * sin + y * cos) for x, y in BODY]


class Policy:
    """Drives at one speed, and changes the lane when it is told to."""

    def __init__(self, speed):
        observation = ObservationContract(
            'vector', (1,), ('load',), ('1',), ((None, None),), normalized=False, clip=False,
            frame='none', rate_hz=1.0, control_rate_hz=5.0)
        # One that could not go slower would be refused on the sharpest bends.
        action = ActionContract(
            'discrete_meta', ACTIONS, options={'target_speeds': [0.9 * speed, speed]})
        self.manifest = Manifest('scripted', observation, action, (1, 3), (1, 256, 256, 3))
        self.action = 'IDLE'
        self.fails = False

    def act(self, observation):
        """Return the action once."""
        if self.fails:
            raise RuntimeError('the network has failed')
        action, self.action = self.action, 'IDLE'
        return ACTIONS.index(action)


@dataclass(frozen=True)
class Start:
    """
    Where a stop begins.

    kind    of the stop, one of KINDS
    output  of the car, one of OUTPUTS
    speed   m/s
    phase   seconds since the change of lane was decided
    right   whether that leads to the right, else to the left
    pieces  of the road, see Line
    rate_hz of odometry
    """

    kind: str
    output: str
    speed: float
    phase: float
    right: bool
    pieces: tuple[tuple[float, float], ...]
    rate_hz: float = 20.0
    settle: float = 2.0


def random_start(random, profile, kind=None):
    """
    Return a start of any speed and phase, in bends up to 0.02 1/m.

    They leave a twentieth of the profile's lateral acceleration to steer by.
    """
    speed = random.uniform(2.0, 35.0)
    most = min(0.02, 0.95 * profile.limits.at(speed).lateral_acceleration / speed ** 2)
    if random.random() < 0.5:
        pieces = [(random.uniform(30.0, 400.0), random.uniform(-most, most) * random.integers(2))
                  for _ in range(8)]
    else:
        pieces = [(700.0, random.uniform(-most, most))] * 2
    # A lane that is an arc says where it ends up to half a turn.
    pieces = [(min(length, 2.8 / max(abs(curvature), 1e-9)), float(curvature))
              for length, curvature in pieces]
    return Start(
        kind or str(random.choice(KINDS)), str(random.choice(OUTPUTS)), speed,
        random.uniform(0.0, 6.0), bool(random.random() < 0.5), tuple(pieces),
        float(random.choice([10.0, 20.0, 50.0])))


class Stop:
    """One stop, driven to its end."""

    def __init__(self, profile, start, input_timeout_s=0.5):
        self.start = start
        self.line = Line(start.pieces, *(7.0, -3.0, 0.4))
        self._policy = Policy(start.speed)
        driver = make_motion_driver(self._policy, profile)
        self._now = 1_000 * MS
        self.loop = ControlLoop(
            driver, SafetyEnvelope(driver.guard, driver.period_s, input_timeout_s), self,
            input_timeout_s,
            clock=lambda: self._now)
        self.loop.on_road(self.line.road)
        # From lane 1 to lane 2, or back: both beside the line.
        self._left = WIDTH / 2 if start.right else -WIDTH / 2
        self.car = Car(profile, start.output, *self.line.bends[0].at(5.0, self._left), start.speed)
        self.states = []
        self.motions = []
        self.before = -math.inf   # worst() as the stop begins

    def publish_command(self, command):
        """Give a command to the car."""
        self.publish_safety_command(command)

    def publish_safety_command(self, motion):
        """Give a motion to the car."""
        self.car.motion = motion
        self.motions.append((self._now, motion))

    def worst(self):
        """Return how far the body reaches beyond its two lanes at most, m; negative within."""
        return max(abs(self.line.offset(x, y)) for x, y in self.car.body()) - WIDTH

    def run(self):
        """Drive, change the lane, stop; return the farthest beyond the lanes from there on."""
        start, settle = self.start, self.start.settle
        change, begin = settle, settle + start.phase
        period = round(1_000 / start.rate_hz) * MS
        began, worst, due, sample = self._now, -math.inf, self._now, 0
        stopped = False
        while True:
            seconds = (self._now - began) * 1e-9
            if not stopped and seconds >= begin:
                stopped = True
                if start.kind == 'requested':
                    self.loop.request_stop('asked')
                elif start.kind == 'node ends':
                    self.loop.request_stop('the node ends', emergency=True)
                elif start.kind == 'policy fails':
                    self._policy.fails = True
                self._policy.action = 'IDLE'
                self.before = self.worst()
            if self._now >= due:
                due += period
                sample += 1
                if not stopped and seconds >= change:
                    self._policy.action = 'LANE_RIGHT' if start.right else 'LANE_LEFT'
                    change = math.inf
                    self.loop._driver.decide_next()
                if stopped and start.kind == 'policy fails':
                    self.loop._driver.decide_next()
                self._send(stopped)
            if self.loop.due_ns(self._now) <= self._now:
                self.states.append(self.loop.tick(self._now).state)
            if stopped:
                worst = max(worst, self.worst())
                if self.states and self.states[-1] is SafetyState.STANDSTILL:
                    return worst
                assert seconds < begin + 60.0, self.states[-1]
            self._now += STEP * MS
            self.car.drive(STEP * 1e-3)

    def _send(self, stopped):
        kind = self.start.kind if stopped else ''
        stamp = self._now
        car = self.car
        try:
            if kind != 'odometry ceases':
                self.loop.on_odometry(OdometryInput(Ego(
                    stamp, car.x, car.y, car.yaw, car.speed, car.yaw_rate), 'map', 'car'),
                    self._now)
            if kind == 'outside the contract':
                raise OutsideContract('the load is 95')
            if kind != 'objects cease':
                self.loop.on_reading(SensorInput(
                    'vector', Values(['load'], [0.0]), stamp, ''), self._now)
        except InvalidInput as error:
            self.loop.refuse('vector', error, self._now)
