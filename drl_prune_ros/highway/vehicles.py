# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
How vehicles decide and move: IDM and MOBIL, steering and speed control, the bicycle model.

Operation by operation that of highway_env.vehicle (behavior.py, controller.py, kinematics.py).
V is the row of vehicles of one environment, then its obstacles; n is how many vehicles there are.
"""

from __future__ import annotations

import math

from drl_prune_ros.highway.compiled import compiled, once
from drl_prune_ros.highway.lanes import (
    along,
    closest,
    following,
    heading_at,
    local,
    on_lane,
    reachable,
    wrap_to_pi,
)
from drl_prune_ros.highway.records import (
    FASTER,
    FREE,
    IDM,
    LANE_LEFT,
    LANE_RIGHT,
    LENGTH,
    MDP,
    OBSTACLE,
    SLOWER,
)

PI = math.pi
BESIDE = LENGTH + 10.0   # meters from a lane's box at which nothing is on it any more


@compiled
def not_zero(value):
    """Return a value, or one hundredth where it is nearer to 0."""
    if abs(value) > 1e-2:
        return value
    return 1e-2 if value >= 0 else -1e-2


@compiled
def clip(value, low, high):
    """Return what numpy.clip does."""
    return min(max(value, low), high)


@compiled
def turned(v):
    """Keep cosine and sine of the heading."""
    v.cos, v.sin = math.cos(v.heading), math.sin(v.heading)


@compiled
def look(road, room, V, n, lane_index):
    """List the vehicles and obstacles on a lane, or on one that continues it, in their order."""
    lane = road.lanes[lane_index]
    connected = road.neighbors[lane_index]
    count = 0
    for index in range(len(V)):
        other = V[index]
        if index >= n and other.kind != OBSTACLE:
            continue
        place, across = local(lane, other.x, other.y)
        here = on_lane(lane, place, across, 1.0)
        if not here:
            for k in range(len(connected)):
                if connected[k] < 0:
                    break
                beside = road.lanes[connected[k]]
                if (other.x < beside.low_x - BESIDE or other.x > beside.high_x + BESIDE
                        or other.y < beside.low_y - BESIDE or other.y > beside.high_y + BESIDE):
                    continue
                place, across = local(beside, other.x, other.y)
                if on_lane(beside, place, across, 1.0):
                    place += road.offsets[lane_index, k]
                    here = True
                    break
        if here:
            room.members[lane_index, count] = index
            room.places[lane_index, count] = place
            count += 1
    room.counts[lane_index] = count


@compiled
def neighbors(road, room, V, n, me, lane_index):
    """Return the vehicles or obstacles in front of and behind one on a lane, -1 for none."""
    if room.counts[lane_index] < 0:
        look(road, room, V, n, lane_index)
    s = along(road.lanes[lane_index], V[me].x, V[me].y)
    front, rear = -1, -1
    s_front, s_rear = math.inf, -math.inf
    members, places = room.members[lane_index], room.places[lane_index]
    for k in range(room.counts[lane_index]):
        place = places[k]
        if s <= place:
            if place <= s_front and members[k] != me:
                front, s_front = members[k], place
        elif place > s_rear and members[k] != me:
            rear, s_rear = members[k], place
    return front, rear


@compiled
def lane_distance(road, v, other):
    """Return the meters along the lane of a vehicle to another one."""
    lane = road.lanes[v.lane]
    return along(lane, other.x, other.y) - along(lane, v.x, v.y)


@compiled
def desired_gap(settings, v, front):
    """Return the distance that IDM wants to the vehicle in front."""
    closing = ((v.speed * v.cos - front.speed * front.cos) * v.cos
               + (v.speed * v.sin - front.speed * front.sin) * v.sin)
    return (settings.distance_wanted + v.speed * settings.time_wanted
            + v.speed * closing / (2 * settings.root_of_accelerations))


@compiled
def idm(road, settings, V, delta, me, front):
    """Return the acceleration of IDM, with the exponent of the vehicle that asks for it."""
    if me < 0 or V[me].kind == OBSTACLE:
        return 0.0
    v = V[me]
    lane = road.lanes[v.lane]
    wanted = 0.0 if v.kind == FREE else v.target_speed
    if lane.limited:
        wanted = clip(wanted, 0.0, lane.speed_limit)
    result = settings.comfort_acceleration * (
        1 - math.pow(max(v.speed, 0.0) / abs(not_zero(wanted)), delta))
    if front >= 0:
        ratio = desired_gap(settings, v, V[front]) / not_zero(lane_distance(road, v, V[front]))
        result -= settings.comfort_acceleration * (ratio * ratio)
    return result


@compiled
def mobil(road, room, settings, V, n, me, lane_index):
    """Return whether MOBIL recommends a change of lane."""
    v = V[me]
    limit = -settings.braking_imposed
    new_front, new_rear = neighbors(road, room, V, n, me, lane_index)
    if idm(road, settings, V, v.delta, new_rear, me) < limit:
        return False
    wanted = idm(road, settings, V, v.delta, me, new_front)
    if v.route_at < v.route_end and v.route[v.route_at] % 64:
        target = road.lanes[v.target].number
        way = road.lanes[lane_index].number - target
        planned = v.route[v.route_at] % 64 - 1 - target
        if (way > 0) - (way < 0) != (planned > 0) - (planned < 0):
            return False
        return wanted >= limit
    old_front, old_rear = neighbors(road, room, V, n, me, v.lane)
    own = idm(road, settings, V, v.delta, me, old_front)
    gain = wanted - own
    if settings.politeness != 0.0:
        gain += settings.politeness * (
            idm(road, settings, V, v.delta, new_rear, me)
            - idm(road, settings, V, v.delta, new_rear, new_front)
            + idm(road, settings, V, v.delta, old_rear, old_front)
            - idm(road, settings, V, v.delta, old_rear, me))
    return gain >= settings.gain_wanted


@compiled
def choose_lane(road, room, settings, V, n, me):
    """Begin, or give up, a change of lane."""
    v = V[me]
    if v.lane != v.target:
        if road.lanes[v.lane].edge == road.lanes[v.target].edge:
            for index in range(n):
                other = V[index]
                if (index != me and other.lane != v.target and other.kind != FREE
                        and other.target == v.target):
                    gap = lane_distance(road, v, other)
                    if 0 < gap and gap < desired_gap(settings, v, other):
                        v.target = v.lane
                        break
        return
    if not settings.lane_change_delay < v.timer:
        return
    v.timer = 0.0
    lane = road.lanes[v.lane]
    edge = road.edges[lane.edge]
    for step in (-1, 1):
        number = lane.number + step
        if number < 0 or number >= edge.count:
            continue
        side = edge.first + number
        if not reachable(road.lanes[side], v.x, v.y) or abs(v.speed) < 1:
            continue
        if mobil(road, room, settings, V, n, me, side):
            v.target = side


@compiled
def steering(road, v):
    """Return the steering angle that follows the target lane."""
    lane = road.lanes[v.target]
    s, r = local(lane, v.x, v.y)
    future = heading_at(lane, s + v.speed * (0.5 * 0.2))
    speed = not_zero(v.speed)
    wanted = math.asin(clip(-(1 / 0.6) * r / speed, -1.0, 1.0))
    reference = future + clip(wanted, -PI / 4, PI / 4)
    rate = (1 / 0.2) * wrap_to_pi(reference - v.heading)
    slip = math.asin(clip(LENGTH / 2 / speed * rate, -1.0, 1.0))
    return clip(math.atan(2 * math.tan(slip)), -PI / 3, PI / 3)


@compiled
def follow_road(road, v):
    """Take the next lane as target near the end of the present one."""
    lane = road.lanes[v.target]
    if along(lane, v.x, v.y) > lane.length - LENGTH / 2:
        v.target = following(road, v)


@compiled
def act_idm(road, room, settings, V, n, me):
    """Decide as the other traffic does."""
    v = V[me]
    if v.crashed:
        return
    follow_road(road, v)
    if v.changes:
        choose_lane(road, room, settings, V, n, me)
    angle = steering(road, v)
    front, _ = neighbors(road, room, V, n, me, v.lane)
    wanted = idm(road, settings, V, v.delta, me, front)
    if v.lane != v.target:
        front, _ = neighbors(road, room, V, n, me, v.target)
        wanted = min(wanted, idm(road, settings, V, v.delta, me, front))
    v.steering = angle
    v.acceleration = clip(wanted, -settings.most_acceleration, settings.most_acceleration)


@compiled
def speed_index(speeds, speed):
    """Return the index of the target speed that is nearest, of evenly spaced ones."""
    last = len(speeds) - 1
    share = (speed - speeds[0]) / (speeds[last] - speeds[0])
    return int(clip(float(round(share * last)), 0.0, float(last)))


@compiled
def act_mdp(road, speeds, v, action):
    """Take a meta-action, -1 for none, and control towards its targets."""
    if action == FASTER or action == SLOWER:
        index = speed_index(speeds, v.speed) + (1 if action == FASTER else -1)
        v.speed_index = min(max(index, 0), len(speeds) - 1)
        v.target_speed = speeds[v.speed_index]
    follow_road(road, v)
    if action == LANE_RIGHT or action == LANE_LEFT:
        lane = road.lanes[v.target]
        edge = road.edges[lane.edge]
        number = lane.number + (1 if action == LANE_RIGHT else -1)
        side = edge.first + min(max(number, 0), edge.count - 1)
        if reachable(road.lanes[side], v.x, v.y):
            v.target = side
    v.steering = steering(road, v)
    v.acceleration = (1 / 0.6) * (v.target_speed - v.speed)


@compiled
def move(road, v, dt):
    """Move a vehicle by the bicycle model, and find the lane that it is on."""
    if v.kind == IDM:
        v.timer += dt
    if v.crashed:
        v.steering = 0.0
        v.acceleration = -1.0 * v.speed
    if v.speed > v.max_speed:
        v.acceleration = min(v.acceleration, 1.0 * (v.max_speed - v.speed))
    elif v.speed < v.min_speed:
        v.acceleration = max(v.acceleration, 1.0 * (v.min_speed - v.speed))
    slip = math.atan(0.5 * math.tan(v.steering))
    if slip == 0.0:   # most of the traffic on a straight road
        v.x += v.speed * v.cos * dt
        v.y += v.speed * v.sin * dt
    else:
        v.x += v.speed * math.cos(v.heading + slip) * dt
        v.y += v.speed * math.sin(v.heading + slip) * dt
    if v.has_impact:
        v.x += v.impact_x
        v.y += v.impact_y
        v.crashed = 1
        v.has_impact = 0
    if slip != 0.0:
        v.heading += v.speed * math.sin(slip) / (LENGTH / 2) * dt
        turned(v)
    v.speed += v.acceleration * dt
    v.lane = closest(road, v.x, v.y, v.heading, v.lane)


@once
def act(road, room, settings, speeds, V, n, me):
    """Have a vehicle decide by itself."""
    if V[me].kind == IDM:
        act_idm(road, room, settings, V, n, me)
    elif V[me].kind == MDP:
        act_mdp(road, speeds, V[me], -1)
