"""The files of a bare repository, read and written byte for byte as git does, without pygit2."""
