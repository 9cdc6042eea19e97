"""The settlement's vocabulary: bill, realised course of events, burdens, rules' results. Free of Pyomo and of solvers."""
