"""What is repeated: tables of trainings over an executor, and what is made of their runs."""

from workbench.experiments.machine import this_machine
from workbench.experiments.processes import Processes
from workbench.experiments.running import Steering, TrialEvent, examined, finished, run_trials
from workbench.experiments.table import Trial, product, tabled
from workbench.experiments.training import train_trial

__all__ = [
    "Processes",
    "Steering",
    "Trial",
    "TrialEvent",
    "examined",
    "finished",
    "product",
    "run_trials",
    "tabled",
    "this_machine",
    "train_trial",
]
