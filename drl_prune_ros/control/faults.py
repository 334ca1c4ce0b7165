# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What can prevent the policy from driving, and how urgently the vehicle has to stop then."""

from enum import Enum

from drl_prune_ros.perception.scene import InvalidInput


class Fault(str, Enum):
    """Why there is no good command; diagnostics print the value."""

    NONE = 'none'
    MISSING = 'input missing'              # a sensor is silent, or no road is known
    INVALID = 'input invalid'              # malformed, not finite, of another frame or stamp
    CONTRADICTION = 'inputs contradict'    # well-formed data that cannot be true
    OUTSIDE = 'outside the contract'       # good data, of what the policy never saw in training
    OVERRUN = 'inference overran'          # the answer is not there in time
    POLICY = 'policy failed'               # the network or the controller gave no usable answer
    INTERNAL = 'internal error'            # a callback of the node raised what nobody foresaw
    REQUESTED = 'stop requested'           # by the service ~/stop

    @property
    def emergency(self) -> bool:
        """Return whether nothing is known of what is ahead, so that the stop has to be short."""
        return self not in (Fault.NONE, Fault.OUTSIDE, Fault.INTERNAL, Fault.REQUESTED)


class PolicyFailed(InvalidInput):
    """The network or the controller had no usable answer to sound input."""


class Overrun(InvalidInput):
    """The answer came so late that the input it answers is stale."""
