"""Templates: how commits are printed.

`compile_template` a text for a vocabulary, `render` each subject to labelled fragments.
"""

from __future__ import annotations

from porcelain.template.evaluate import Template, compile_template
from porcelain.template.value import Fragment, plain_text
from porcelain.template.vocabulary import COMMIT_VOCABULARY, CommitSubject

__all__ = [
    "COMMIT_VOCABULARY",
    "CommitSubject",
    "Fragment",
    "Template",
    "compile_template",
    "plain_text",
]
