# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The computer, as the sysfs of several boards shows it."""

from pathlib import Path

import pytest

from drl_prune_ros.monitoring.system_health import Board, BoardWatch

NOTHING = Board(None, None, None, None)


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
    assert BoardWatch(tmp_path).look() == NOTHING
    assert BoardWatch(tmp_path / 'nowhere').look() == NOTHING


def test_a_desktop(sysfs):
    root = sysfs(
        zone0_type='acpitz', zone0_temp=99000, zone1_type='x86_pkg_temp', zone1_temp=61500,
        frequency0=3400000, frequency11=1400000, throttles0=7, throttles1=2)
    watch = BoardWatch(root)
    assert watch.look() == Board(61.5, 2400.0, None, 0)
    sysfs(throttles1=5, zone1_temp=72000)
    assert watch.look() == Board(72.0, 2400.0, None, 3)


def test_a_jetson_is_held_back_by_its_cooling_devices(sysfs):
    watch = BoardWatch(sysfs(
        zone0_type='CPU-therm', zone0_temp=48000, zone1_type='GPU-therm', zone1_temp=70000,
        cooler0_type='cpufreq-cpu0', cooler0_cur_state=0, cooler1_type='pwm-fan',
        cooler1_cur_state=4))
    assert watch.look() == Board(48.0, None, False, None)
    sysfs(cooler0_cur_state=2)
    assert watch.look().throttled is True


@pytest.mark.parametrize(('bits', 'held_back'), [
    ('0x0', False), ('50000', False), ('0x50005', True), ('4', True), ('odd', None)])
def test_a_raspberry_pi_tells_what_holds_it_back_now(sysfs, bits, held_back):
    watch = BoardWatch(sysfs(zone0_type='cpu-thermal', zone0_temp=55000, firmware=bits))
    assert watch.look() == Board(55.0, None, held_back, None)


def test_what_cannot_be_read_is_left_out(sysfs):
    root = sysfs(zone0_type='cpu0_thermal', zone0_temp='', zone1_type='cpu1_thermal',
                 zone1_temp=-3000, frequency0='<unknown>')
    assert BoardWatch(root).look() == Board(-3.0, None, None, None)


def test_this_computer_can_be_asked():
    board = BoardWatch(Path('/sys')).look()
    assert board.temperature_c is None or -50 < board.temperature_c < 150
    assert board.frequency_mhz is None or 50 < board.frequency_mhz < 20_000
