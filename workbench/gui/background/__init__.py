"""What keeps the GUI thread free: jobs, answers on threads, timers, and errors on their way to the log."""
