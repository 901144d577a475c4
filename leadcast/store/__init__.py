"""What the service remembers: records, scores, what was answered, who may ask. SQLite or PostgreSQL, one code path."""

from leadcast.store.engine import KEYS_URL, URL, Store, StoreError, StoreFull, StoreUnavailable, open_engine, store_url
from leadcast.store.migrate import open_store

__all__ = ["KEYS_URL", "URL", "Store", "StoreError", "StoreFull", "StoreUnavailable", "open_engine", "open_store", "store_url"]
