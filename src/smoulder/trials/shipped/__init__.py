"""Published trials as designs, one TOML file each."""
