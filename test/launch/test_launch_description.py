# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
What the launch files ask of launch, with stand-ins for it that keep what they are given.

test_launch_ends.py runs the real ones, where ROS 2 is installed.
"""

from difflib import get_close_matches
import importlib.util
from pathlib import Path
import sys
from types import ModuleType, SimpleNamespace

import pytest

from drl_prune_ros.nodes.common.launching import end_of, how_it_ended, need_file
from drl_prune_ros.nodes.conversions.outputs import ADAPTERS
from drl_prune_ros.policy.runtime import RUNTIMES
from drl_prune_ros.resources import models_dir

FOLDER = Path(__file__).resolve().parents[2] / 'launch'
FILES = ('drive', 'simulation')
MODULES = (
    'launch', 'launch.actions', 'launch.launch_description_sources', 'launch.logging',
    'launch.substitutions',
    'launch_ros', 'launch_ros.actions', 'launch_ros.parameter_descriptions')


class StandIn:
    """Keeps what it is made with."""

    def __init__(self, *args: object, **keywords: object) -> None:
        self.args, self.keywords = args, keywords


@pytest.fixture(autouse=True)
def launch(monkeypatch: pytest.MonkeyPatch) -> dict[str, type[StandIn]]:
    """Put stand-ins in place of launch; returns them by the names of their classes."""
    made: dict[str, type[StandIn]] = {}
    for name in MODULES:
        module = ModuleType(name)
        module.__path__ = []   # type: ignore[attr-defined]
        module.__getattr__ = (   # type: ignore[method-assign]
            lambda kind: made.setdefault(kind, type(kind, (StandIn,), {})))
        monkeypatch.setitem(sys.modules, name, module)
    return made


def entities(name: str) -> dict[str, list[StandIn]]:
    """Return what a launch file describes, by the names of the classes."""
    path = FOLDER / f'{name}.launch.py'
    spec = importlib.util.spec_from_file_location(f'{name}_launch', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    description = module.generate_launch_description()
    found: dict[str, list[StandIn]] = {}
    for entity in description.args[0]:
        found.setdefault(type(entity).__name__, []).append(entity)
    return found


def arguments(name: str) -> dict[str, dict[str, object]]:
    return {one.args[0]: one.keywords for one in entities(name)['DeclareLaunchArgument']}


@pytest.mark.reaction(
    'launch', 'output_type, runtime or log_level that is none of the choices',
    'nothing starts, and the choices are named')
def test_words_with_a_meaning_are_choices() -> None:
    drive = arguments('drive')
    assert drive['output_type']['choices'] == list(ADAPTERS)
    assert drive['output_type']['default_value'] is None
    assert drive['runtime']['choices'] == list(RUNTIMES)
    assert drive['output_stamp']['choices'] == ['now', 'input']
    assert drive['input_reliability']['choices'] == ['best_effort', 'reliable']
    assert drive['use_sim_time']['choices'] == ['true', 'false']
    assert drive['log_level']['choices'] == ['debug', 'info', 'warn', 'error', 'fatal']
    assert arguments('simulation')['lockstep']['choices'] == ['true', 'false']


@pytest.mark.reaction(
    'identity', 'two vehicles, each launched with a namespace of its own',
    'no topic of one is that of the other')
@pytest.mark.parametrize('name', FILES)
def test_every_topic_moves_with_the_namespace(name: str) -> None:
    declared = {**arguments('drive'), **arguments(name)}
    for node in entities(name)['Node']:
        assert node.keywords['namespace'].args == ('namespace',)
        for private, target in node.keywords['remappings']:
            if isinstance(target, StandIn):   # a LaunchConfiguration, of a declared argument
                target = declared[target.args[0]]['default_value']
            assert private.startswith('~/')
            assert not target.startswith('/'), private


@pytest.mark.parametrize('name', FILES)
@pytest.mark.reaction(
    'launch', 'ros2 launch itself is ended by SIGTERM or SIGKILL',
    'its nodes get SIGINT: the vehicle is stopped')
def test_every_node_ends_with_the_others_and_has_time_to_brake(name: str) -> None:
    for node in entities(name)['Node']:
        assert node.keywords['on_exit'] is end_of
        assert float(node.keywords['sigterm_timeout']) >= 30.0
        ours, users = node.keywords['prefix']
        assert ours.endswith('setpriv --pdeathsig INT ')
        assert users.args == ('launch-prefix',)


@pytest.mark.parametrize('name', FILES)
def test_every_node_takes_the_log_level(name: str) -> None:
    for node in entities(name)['Node']:
        option, level = node.keywords['ros_arguments']
        assert (option, level.args) == ('--log-level', ('log_level',))


def test_the_clock_can_be_that_of_a_recording() -> None:
    for node in entities('drive')['Node']:
        value = node.keywords['parameters'][1]['use_sim_time']
        assert value.args[0].args == ('use_sim_time',)


def test_in_simulation_the_policy_is_that_of_the_task() -> None:
    before, task, after = arguments('simulation')['policy']['default_value']
    assert task.args == ('task',)
    for name in ('highway-fast-v0', 'highway-v0', 'merge-v0'):
        assert Path(f'{before}{name}{after}').is_file()
    assert Path(before) == models_dir()


def ended(process: str, returncode: int, is_shutdown: bool = False) -> StandIn | None:
    return end_of(
        SimpleNamespace(process_name=process, returncode=returncode),
        SimpleNamespace(is_shutdown=is_shutdown))


@pytest.mark.reaction(
    'launch', 'a node of a launch dies', 'the others end too; status 1, and its own is named')
@pytest.mark.parametrize('is_shutdown', [False, True])
@pytest.mark.parametrize(('returncode', 'how'), [
    (3, 'with exit code 3'), (-9, 'by signal 9'), (-14, 'by signal 14')])
def test_a_node_that_dies_ends_the_launch_in_an_error(
        returncode: int, how: str, is_shutdown: bool) -> None:
    action = ended('policy_node-1', returncode, is_shutdown)
    assert action.keywords['cancel_on_shutdown'] is False
    fail, = action.keywords['actions']
    with pytest.raises(RuntimeError, match=f'^policy_node-1 ended {how}: ') as error:
        fail.keywords['function'](None)
    assert str(error.value) == how_it_ended('policy_node-1', returncode)


@pytest.mark.reaction(
    'launch', 'a node of a launch ends with status 0', 'the others end too; status 0')
def test_a_node_that_ends_well_ends_the_launch() -> None:
    action = ended('simulator_node-3', 0)
    assert type(action).__name__ == 'Shutdown'
    assert 'simulator_node-3' in action.keywords['reason']
    assert ended('simulator_node-3', 0, is_shutdown=True) is None
    assert ended('simulator_node-3', -2, is_shutdown=True) is None   # before it had begun


@pytest.mark.reaction(
    'launch', 'a file of parameters that does not exist',
    'nothing starts, and the file is named')
def test_a_file_that_is_not_there_ends_the_launch(tmp_path: Path) -> None:
    check = need_file('policy_params').keywords['function']
    there = tmp_path / 'policy.param.yaml'
    there.touch()
    check(SimpleNamespace(launch_configurations={'policy_params': str(there)}))
    with pytest.raises(RuntimeError, match=r'there is no file /nowhere/p\.yaml'):
        check(SimpleNamespace(launch_configurations={'policy_params': '/nowhere/p.yaml'}))


@pytest.mark.reaction(
    'launch', 'a launch argument that does not exist, such as polcy:=',
    'a WARN names the nearest; the default is used')
@pytest.mark.parametrize(('name', 'given', 'warnings'), [
    ('drive', 'polcy', ['polcy is not used: did you mean policy:=?']),
    ('drive', 'vehicle_profil', ['vehicle_profil is not used: did you mean vehicle_profile:=?']),
    ('simulation', 'episode', ['episode is not used: did you mean episodes:=?']),
    ('drive', 'policy', []), ('drive', 'map_server', []), ('simulation', 'objects', [])])
def test_a_misspelled_argument_is_named(
        name: str, given: str, warnings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        sys.modules['launch.logging'], 'get_logger', lambda _: SimpleNamespace(
            warning=said.append), raising=False)
    context = SimpleNamespace(launch_configurations={given: 'x', 'policy_params': __file__,
                                                     'monitor_params': __file__,
                                                     'simulator_params': __file__})
    first = entities(name)['OpaqueFunction'][0]
    first.keywords['function'](context)
    assert said == warnings


def test_the_arguments_of_one_file_are_no_misspelling_of_the_other() -> None:
    for mine, others in ((arguments('drive'), arguments('simulation')),
                         (arguments('simulation'), arguments('drive'))):
        for name in others.keys() - mine.keys():
            assert not get_close_matches(name, mine, n=1, cutoff=0.8), name


@pytest.mark.parametrize(('name', 'files'), [
    ('drive', {'policy_params', 'monitor_params'}),
    ('simulation', {'simulator_params', 'policy'})])
def test_every_file_is_looked_for_before_a_node_starts(name: str, files: set[str]) -> None:
    looked_for = set()
    for action in entities(name)['OpaqueFunction'][1:]:
        with pytest.raises(KeyError) as error:
            action.keywords['function'](SimpleNamespace(launch_configurations={}))
        looked_for.add(error.value.args[0])
    assert looked_for == files
