"""The service: settings, database, clock, month, command line, worker."""
