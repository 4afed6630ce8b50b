"""Reading a whole request before it is answered, as the proxy in front of a real vendor does.

Answered early, a client that is still sending is met by a reset, in which the answer is lost.
"""

from starlette.types import Message, Receive, Send


class WholeRequest:
    """A request's ASGI receive and send, the latter waiting for the request's end.

    Args:
        receive: The server's.
        send: The server's.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._ended = False

    async def receive(self) -> Message:
        """The next message of the request."""
        message = await self._receive()
        self._ended = self._ended or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Send a message of the answer, once the request has been read."""
        while not self._ended:
            await self.receive()
        await self._send(message)
