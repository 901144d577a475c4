"""What can go wrong for a user, one class per kind of mistake.

Every message names the thing, the rule, what was found and the next step. The command line prints
the message and exits with 2; the service answers 4xx with it. Anything else is a bug of ours.
"""


class LeadcastError(Exception):
    """A mistake that the user can mend; its message is shown without a traceback."""


class WorkspaceError(LeadcastError):
    """``leadcast.toml`` is missing, cannot be parsed or says something impossible."""


class SourceError(LeadcastError):
    """A table that the workspace names cannot be read, or lacks a column."""


class SchemaError(LeadcastError):
    """A canonical table lacks a column or holds a value of the wrong kind."""


class TooLittleData(LeadcastError):
    """There are too few matured outcomes to fit or judge a model."""


class BundleError(LeadcastError):
    """A bundle is incomplete, tampered with or does not match the running code."""


class BundleMismatch(BundleError):
    """A bundle is whole, but the running code reads another format or computes other features."""


class RegistryError(LeadcastError):
    """The model registry does not answer or has no such model."""


class RequestError(LeadcastError):
    """A record sent to the service is not usable; carries the path of the field."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class OutputError(LeadcastError):
    """A file that cannot be written."""
