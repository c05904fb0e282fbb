"""Parts that formats share: files of lines, documents, JSON values, and trees of rows."""
