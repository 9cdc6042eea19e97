"""The shared picture: who has what, who needs what, who offered what; versioned, attributed, exported as a scenario."""
