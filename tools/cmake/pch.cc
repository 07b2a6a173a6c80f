// Holds the precompiled header that the libraries share; it has no code of its own.
