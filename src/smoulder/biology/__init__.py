"""What happens in the tissue: states, processes, events, function. Only maths: no random numbers, tables or clock."""
