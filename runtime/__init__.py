"""Everything that hosts a plan: the machine, the store, the simulator, the worker, the command line."""
