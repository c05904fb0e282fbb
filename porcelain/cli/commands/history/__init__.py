"""Commands that show conversations: log, show, status, evolog, lineage, children, leaves."""
