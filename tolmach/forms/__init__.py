"""Forms: how to write a file like the one that was read, a module for each kind of file."""
