# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulator as a process, driven by a policy that is made here."""

import json

from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from PIL import Image
import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState, PointCloud2
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger

from drl_prune_ros.control.command import Decision, Motion
from drl_prune_ros.nodes.conversions.messages import decision_to_message
from drl_prune_ros.nodes.conversions.object_cloud import cloud_to_objects
from drl_prune_ros.nodes.conversions.outputs import twist
from drl_prune_ros.nodes.conversions.stamps import stamp_to_ns
from drl_prune_ros.perception.road import Road
from drl_prune_ros.simulator.caption import BACKGROUND

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Chauffeur:
    """Keeps the lane it is in at its speed; `wanted` says which stamps it answers."""

    def __init__(self, peer, name, wanted=lambda count: True):
        self.peer = peer
        self.wanted = wanted
        self.stamps = []
        self.roads = peer.listen(String, f'/{name}/output/road', LATCHED)
        self.clouds = peer.listen(PointCloud2, f'/{name}/output/objects', 1)
        self.command = peer.node.create_publisher(TwistStamped, f'/{name}/input/command', 1)
        self.decision = peer.node.create_publisher(JointState, f'/{name}/input/decision', 1)
        self.resets = []
        self.engaged = []
        peer.node.create_service(Trigger, f'/{name}/policy_reset', self.reset)
        peer.node.create_service(SetBool, f'/{name}/policy_engage', self.engage)
        peer.node.create_subscription(Odometry, f'/{name}/output/odometry', self.answer, 1)

    def reset(self, _, response):
        self.resets.append(len(self.stamps))
        response.success = True
        return response

    def engage(self, request, response):
        self.engaged.append((len(self.stamps), request.data))
        response.success = True
        return response

    def answer(self, odometry):
        self.stamps.append(stamp_to_ns(odometry.header.stamp))
        if self.wanted(len(self.stamps)):
            lane = round(-odometry.pose.pose.position.y / 4)
            self.decision.publish(decision_to_message(
                odometry.header.stamp, Decision(1, lane, 25.0)))
            command, speed = TwistStamped(), odometry.twist.twist.linear.x
            twist.fill(command, Motion(speed, 0.0, 0.0, 0.0), odometry.header.stamp, 'base_link')
            self.command.publish(command)


@pytest.fixture
def run(graph, tmp_path):
    """Return a function that starts a simulator, and gives its chauffeur and its report."""
    def run(wanted=lambda count: True, **parameters):
        name = f'simulator_{len(list(tmp_path.iterdir()))}'
        report = tmp_path / f'{name}.json'
        (tmp_path / name).touch()
        node = graph.start(
            'simulator', (('__node', name),), report=str(report), **parameters)
        return node, Chauffeur(graph.peer(), name, wanted), report
    return run


def ended(node):
    return lambda: node.process.poll() is not None


@pytest.mark.reaction(
    'words and ends', 'the last episode of a simulation ends', 'the vehicle is handed over')
def test_episodes_follow_each_other_in_time(run):
    node, chauffeur, report = run(episodes=2, seed=5)
    chauffeur.peer.until(ended(node), 'the end')
    assert node.wait() == 0, node.log
    found = json.loads(report.read_text())
    assert found['finished']
    assert found['seeds'] == [5, 6]
    assert found['ticks'] == 5 * sum(found['lengths'])
    assert found['held_ticks'] == 0
    # A reset before the first message of each, and time that only grows.
    stamps = chauffeur.stamps
    first = 5 * found['lengths'][0]
    begins = {0, stamps.index(sorted(set(stamps))[first])}
    ends = begins - {0} | {len(stamps)}
    assert set(chauffeur.resets) == begins | ends
    # Between two episodes and after the last, the vehicle is not the policy's.
    assert set(chauffeur.engaged) == {
        *((count, True) for count in begins), *((count, False) for count in ends)}
    assert chauffeur.engaged[-1] == (len(stamps), False)
    assert stamps == sorted(stamps)
    assert len(set(stamps)) == found['ticks']
    assert Road.from_json(chauffeur.roads[0].data).lane_count == 3
    assert len(cloud_to_objects(chauffeur.clouds[0])) == 20


def test_a_video_has_the_size_pace_and_caption_asked_for(run, tmp_path):
    video = tmp_path / 'drive.gif'
    node, chauffeur, report = run(
        video=str(video), video_scale=0.5, video_speed=2.0, caption='320: weights')
    chauffeur.peer.until(ended(node), 'the end')
    assert node.wait() == 0, node.log
    with Image.open(video) as picture:
        # highway-env's own is 600 x 150, at 5 ticks a second; the caption comes below.
        assert picture.width == 300 and picture.height > 76
        assert picture.info['duration'] == 100
        assert picture.n_frames == json.loads(report.read_text())['ticks']
        assert picture.convert('RGB').getpixel((299, picture.height - 1)) == BACKGROUND


def test_a_lost_answer_is_asked_for_again(run):
    # Neither the very first message nor a later one is answered at the first time.
    node, chauffeur, report = run(wanted=lambda count: count not in (1, 4, 5))
    chauffeur.peer.until(ended(node), 'the end')
    assert node.wait() == 0, node.log
    assert chauffeur.stamps[0] == chauffeur.stamps[1]
    assert chauffeur.stamps[3] == chauffeur.stamps[5]
    assert len(chauffeur.stamps) == json.loads(report.read_text())['ticks'] + 3


def test_against_the_wall_clock_what_comes_late_is_held_and_counted(run):
    node, chauffeur, report = run(
        wanted=lambda count: count < 4 or count % 2, lockstep=False, real_time_factor=10.0)
    chauffeur.peer.until(ended(node), 'the end')
    assert node.wait() == 0, node.log
    found = json.loads(report.read_text())
    silent = sum(1 for count in range(4, found['ticks'] + 1) if count % 2 == 0)
    # On a busy machine, others may come late as well.
    assert silent <= found['held_ticks'] < found['ticks']


def test_a_policy_that_does_not_answer_is_given_up(run):
    # It is the time that two nodes may take to find each other, too.
    node, chauffeur, report = run(wanted=lambda count: count < 3, answer_timeout=10.0)
    chauffeur.peer.until(ended(node), 'that it gives up')
    assert node.wait() == 1
    assert len(node.errors) == 1
    assert 'did not answer stamp 600000000 ns within 10 s' in node.errors[0]
    assert 'Traceback' not in node.log
    assert json.loads(report.read_text())['finished'] is False


def test_a_signal_ends_it_in_order(run):
    node, chauffeur, report = run(episodes=1000)
    chauffeur.peer.until(lambda: len(chauffeur.stamps) > 2, 'a few ticks')
    assert node.end() == 0
    assert not node.errors
    assert json.loads(report.read_text())['finished'] is False


def test_what_cannot_be_simulated_is_refused_in_one_line(graph, tmp_path):
    cases = {
        'no environment': {'task': 'nowhere-v0'},
        'written as .mp4, .gif, .webp': {'video': str(tmp_path / 'drive.avi')},
        'FIGURE: words': {'caption': 'small'},
        'no policy node takes': {'answer_timeout': 0.5},
    }
    started = {complaint: graph.start('simulator', (('__node', f'refuses_{number}'),), **values)
               for number, (complaint, values) in enumerate(cases.items())}
    for complaint, node in started.items():
        assert node.wait() == 1, complaint
        assert len(node.errors) == 1, node.log
        assert complaint in node.errors[0]
        assert 'Traceback' not in node.log
