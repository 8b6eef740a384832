"""Messages: the words that a partner writes."""

from .marks import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "template.subject_missing": N_("Enter the subject."),
    "template.body_missing": N_("Enter the message."),
}
