# make demo    shrink a trained policy and drive with both, with what that needs installed into
#              .venv first
# make test    every check, in the same .venv
# make clean   remove .venv and the caches; runs/ and demo/ stay
#
# Python 3.11, 3.12 or 3.13 is needed (make PYTHON=/path/to/python3.12 to choose). ROS 2 is not:
# it comes as wheels, from the same package index as the rest.

VENV := .venv
RUN := $(VENV)/bin/python
CHECK := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c '$(CHECK)' 2>/dev/null && echo $$python && break; done)

# A sourced ROS 2 or another active environment would mix its libraries into ours: the ROS wheels
# restart Python with a library path of their own, once, which the variable in the middle marks.
ifneq ($(AMENT_PREFIX_PATH)$(_ROS_WHEELS_BOOTSTRAP_COMPLETE),)
unexport LD_LIBRARY_PATH
endif
unexport _ROS_WHEELS_BOOTSTRAP_COMPLETE AMENT_PREFIX_PATH COLCON_PREFIX_PATH CMAKE_PREFIX_PATH
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV RMW_IMPLEMENTATION ROS_DISTRO

.PHONY: demo test clean
.DELETE_ON_ERROR:

demo: $(VENV)/installed
	@$(VENV)/bin/drl-prune demo

# Two tests at a time, as two cores allow; those of a file stay together, for their fixtures.
test: $(VENV)/installed
	$(RUN) -m ruff check
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(RUN) -m pytest -n 2 --dist loadfile

clean:
	rm -rf $(VENV) build install log .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache *.egg-info

# The lock is complete, so pip need not resolve anything, and holds every file against its hash. The
# build of torch is the index's: the CUDA build brings libraries that the CPU build does not have,
# and only pip knows which, so it comes after the rest and without hashes. The package itself
# is installed in place: an edit needs no new installation, and config/ and models/ are found in
# the source tree.
$(VENV)/installed: requirements.lock requirements-torch.lock setup.py
	@'$(PYTHON)' -c '$(CHECK)' 2>/dev/null || { echo 'Python 3.11, 3.12 or 3.13, with venv, is' \
		'needed: install one, or name it: make PYTHON=/path/to/python3.12' >&2; exit 1; }
	@echo 'Installing the locked requirements into $(VENV) (once; a minute or two) ...'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(RUN) -m pip install --quiet --no-deps --require-hashes --requirement requirements.lock
	@$(RUN) -m pip install --quiet --requirement requirements-torch.lock
	@$(RUN) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
