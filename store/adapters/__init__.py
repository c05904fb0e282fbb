"""Session interfaces of agent frameworks, on `SessionStore`; each module needs its framework."""
