"""The server's side of a WebSocket, by wsproto, for talks of a scripted server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from wsproto import ConnectionType, WSConnection, events

from tests.scenarios.transport.scripted_server import HungUpError, Peer, Talk


@dataclass(slots=True)
class Visitor:
    """One visitor of a room, from the room's side. `asked` is what the visitor came with."""

    peer: Peer
    protocol: WSConnection = field(default_factory=lambda: WSConnection(ConnectionType.SERVER))
    asked: events.Request | None = None

    def welcome(self) -> None:
        self.protocol.receive_data(self.peer.read_request())
        self.asked = next(iter(self.protocol.events()))
        self.send(events.AcceptConnection())

    def send(self, event: events.Event) -> None:
        self.peer.say(self.protocol.send(event))

    def say(self, message: str | bytes, *, last: bool = True) -> None:
        kind = events.TextMessage if isinstance(message, str) else events.BytesMessage
        self.send(kind(data=message, message_finished=last))

    def hear(self) -> events.Event:
        """The next thing that the visitor does; a ping of the room's own is passed over."""
        while True:
            for event in self.protocol.events():
                return event
            data = self.peer.connection.recv(65_536)
            if not data:
                self.peer.hung_up.set()
                raise HungUpError
            self.protocol.receive_data(data)


def room(talk: Callable[[Visitor], None]) -> Talk:
    """Welcomes every visitor and then does as `talk` says."""

    def welcoming(peer: Peer) -> None:
        visitor = Visitor(peer)
        visitor.welcome()
        talk(visitor)

    return welcoming
