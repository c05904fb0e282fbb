"""Housekeeping: rolling up packs, garbage collection, verification, quarantine of damage."""
