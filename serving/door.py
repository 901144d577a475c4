"""A service without keys is for this machine alone."""

from leadcast.errors import LeadcastError
from leadcast.store import Store
from leadcast.store.api_keys import any_keys
from serving.addresses import is_loopback

NO_KEYS = ("There are no keys, so the service answers on this machine's own address only (127.0.0.1). To be reached from "
           "elsewhere make one: leadcast keys add NAME --scope read.")


class OpenDoor(LeadcastError):
    """Whoever reaches the address could do everything."""


def refuse_open_door(host: str, store: Store) -> None:
    """Refuse to listen where others reach, as long as nobody has to show a key.

    Parameters
    ----------
    host : the address to listen on

    Raises
    ------
    OpenDoor : it is not this machine's own, and the store holds no key
    StoreUnavailable : the database does not answer
    """
    if not is_loopback(host) and not any_keys(store):
        raise OpenDoor(NO_KEYS)
