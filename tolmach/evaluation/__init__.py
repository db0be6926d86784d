"""How good the results are: measures, each with the gold it is compared with."""
