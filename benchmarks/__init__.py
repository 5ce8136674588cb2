"""How fast smoulder is on this machine: ``python -m benchmarks`` writes out/bench.json."""
