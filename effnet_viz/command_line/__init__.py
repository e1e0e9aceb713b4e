"""The command line `effnet-viz`: the app, a photo explained, networks as tables, weights and training."""
