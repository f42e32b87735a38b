"""The figures: what is promised of time, of writes and of memory, beside what one run measured."""
