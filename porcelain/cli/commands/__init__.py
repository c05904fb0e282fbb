"""The commands of `wj`, one file each: parse, call the domain, show."""
