# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The health of the computer: temperature, frequency and throttling of its processor."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
import re

# What thermal zones of processors are called: x86_pkg_temp, cpu-thermal, CPU-therm, cpu0_thermal,
# soc-thermal, bigcore0-thermal, k10temp.
_PROCESSOR = re.compile('cpu|pkg|soc|core|k10temp', re.IGNORECASE)
# The driver of the Raspberry Pi's firmware: bits 0 to 3 are set while it is throttled.
_RASPBERRY = 'devices/platform/soc/soc:firmware/get_throttled'
_THROTTLED_NOW = 0xF


@dataclass(frozen=True, slots=True)
class SystemHealth:
    """
    One sample of the computer; None where it is not known.

    temperature_c  the hottest processor zone, degrees Celsius
    frequency_mhz  mean over the cores
    throttled      whether heat or power throttles it now
    throttles      how often heat has throttled a core since the monitor started
    """

    temperature_c: float | None
    frequency_mhz: float | None
    throttled: bool | None
    throttles: int | None


class SystemHealthSampler:
    """Samples the computer through sysfs, which is mounted at `sys`."""

    def __init__(self, sys: Path = Path('/sys')) -> None:
        cores = sys / 'devices/system/cpu'
        zones = sorted(sys.glob('class/thermal/thermal_zone*'))
        named = [zone for zone in zones if _PROCESSOR.search(_text(zone / 'type') or '')]
        self._temperatures = [zone / 'temp' for zone in named or zones]
        self._frequencies = sorted(cores.glob('cpu[0-9]*/cpufreq/scaling_cur_freq'))
        self._counters = sorted(cores.glob('cpu[0-9]*/thermal_throttle/core_throttle_count'))
        self._coolers = [
            cooler / 'cur_state' for cooler in sorted(sys.glob('class/thermal/cooling_device*'))
            if re.search('cpu|processor', _text(cooler / 'type') or '', re.IGNORECASE)]
        self._firmware = sys / _RASPBERRY
        self._started = self._throttles()

    def sample(self) -> SystemHealth:
        """Return how the computer is now."""
        # Millidegrees and kilohertz, as the kernel has them.
        temperatures = _numbers(self._temperatures)
        frequencies = _numbers(self._frequencies)
        throttles = self._throttles()
        grown = None
        if throttles is not None and self._started is not None:
            grown = throttles - self._started
        return SystemHealth(
            max(temperatures) * 1e-3 if temperatures else None,
            sum(frequencies) / len(frequencies) * 1e-3 if frequencies else None,
            self._throttled(), grown)

    def _throttled(self) -> bool | None:
        firmware = _text(self._firmware)
        if firmware is not None:
            try:
                return bool(int(firmware, 16) & _THROTTLED_NOW)
            except ValueError:
                return None
        states = _numbers(self._coolers)
        return any(states) if states else None

    def _throttles(self) -> int | None:
        counts = _numbers(self._counters)
        return sum(counts) if counts else None


def _numbers(paths: list[Path]) -> list[int]:
    """Return what can be read of these files, whole numbers."""
    numbers = []
    for path in paths:
        text = _text(path)
        # A zone that is asleep cannot be read, or gives an invalid number.
        if text is not None and re.fullmatch('-?[0-9]+', text):
            numbers.append(int(text))
    return numbers


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
