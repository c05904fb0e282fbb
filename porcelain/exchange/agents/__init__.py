"""Describe the agents on this machine: where each keeps its sessions, and how it resumes one."""
