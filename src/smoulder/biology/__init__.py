"""What happens in the tissue: states, processes, events, function. Maths only: no random numbers, no tables, no clock."""
