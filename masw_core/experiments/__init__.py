"""Tables, ablations, sensitivity, fluctuation and run time: what the paper reports, measured with this library."""
