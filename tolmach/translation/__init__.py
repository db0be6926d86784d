"""Translation: guards, what is tried for each text, the scheduler, and the stage."""
