"""Arguments and reports that several commands share."""
