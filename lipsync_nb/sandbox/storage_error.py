"""What an object store answers where it refuses a request."""

from xml.sax.saxutils import escape

from starlette.responses import Response


class StorageError(Exception):
    """A refusal of the storage host's, in the XML of object stores.

    Args:
        status: HTTP status.
        code: The object stores' word for it.
        message: The object stores' sentence for it.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        self.response = Response(body, status, media_type="application/xml")
