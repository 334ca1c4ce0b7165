# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The computer, as the sysfs of several boards shows it."""

from pathlib import Path

import pytest

from drl_prune_ros.monitoring.system_health import SystemHealth, SystemHealthSampler

NOTHING = SystemHealth(None, None, None, None)


@pytest.fixture
def sysfs(tmp_path):
    """Return a function that writes files of sysfs, by path, and gives its root."""
    def write(**files):
        for name, text in files.items():
            path = tmp_path / NAMES.get(name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'{text}\n')
        return tmp_path
    return write


CORE = 'devices/system/cpu/cpu{}/'
NAMES = {
    **{f'zone{n}_{what}': f'class/thermal/thermal_zone{n}/{what}'
       for n in range(3) for what in ('type', 'temp')},
    **{f'cooler{n}_{what}': f'class/thermal/cooling_device{n}/{what}'
       for n in range(2) for what in ('type', 'cur_state')},
    **{f'frequency{n}': f'{CORE}cpufreq/scaling_cur_freq'.format(n) for n in range(12)},
    **{f'throttles{n}': f'{CORE}thermal_throttle/core_throttle_count'.format(n)
       for n in range(2)},
    'firmware': 'devices/platform/soc/soc:firmware/get_throttled',
}


def test_a_virtual_machine_says_nothing(tmp_path):
    assert SystemHealthSampler(tmp_path).sample() == NOTHING
    assert SystemHealthSampler(tmp_path / 'nowhere').sample() == NOTHING


def test_a_desktop(sysfs):
    root = sysfs(
        zone0_type='acpitz', zone0_temp=99000, zone1_type='x86_pkg_temp', zone1_temp=61500,
        frequency0=3400000, frequency11=1400000, throttles0=7, throttles1=2)
    sampler = SystemHealthSampler(root)
    assert sampler.sample() == SystemHealth(61.5, 2400.0, None, 0)
    sysfs(throttles1=5, zone1_temp=72000)
    assert sampler.sample() == SystemHealth(72.0, 2400.0, None, 3)


def test_a_jetson_is_held_back_by_its_cooling_devices(sysfs):
    sampler = SystemHealthSampler(sysfs(
        zone0_type='CPU-therm', zone0_temp=48000, zone1_type='GPU-therm', zone1_temp=70000,
        cooler0_type='cpufreq-cpu0', cooler0_cur_state=0, cooler1_type='pwm-fan',
        cooler1_cur_state=4))
    assert sampler.sample() == SystemHealth(48.0, None, False, None)
    sysfs(cooler0_cur_state=2)
    assert sampler.sample().throttled is True


@pytest.mark.parametrize(('bits', 'held_back'), [
    ('0x0', False), ('50000', False), ('0x50005', True), ('4', True), ('odd', None)])
def test_a_raspberry_pi_tells_what_holds_it_back_now(sysfs, bits, held_back):
    sampler = SystemHealthSampler(sysfs(zone0_type='cpu-thermal', zone0_temp=55000, firmware=bits))
    assert sampler.sample() == SystemHealth(55.0, None, held_back, None)


def test_what_cannot_be_read_is_left_out(sysfs):
    root = sysfs(zone0_type='cpu0_thermal', zone0_temp='', zone1_type='cpu1_thermal',
                 zone1_temp=-3000, frequency0='<unknown>')
    assert SystemHealthSampler(root).sample() == SystemHealth(-3.0, None, None, None)


def test_this_computer_can_be_asked():
    health = SystemHealthSampler(Path('/sys')).sample()
    assert health.temperature_c is None or -50 < health.temperature_c < 150
    assert health.frequency_mhz is None or 50 < health.frequency_mhz < 20_000
