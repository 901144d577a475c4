"""What Prometheus reads."""

from fastapi import APIRouter, Request, Response

from serving.at_hand import now_of
from serving.gauges import Gauges
from serving.metrics import series

TEXT = "text/plain; version=0.0.4; charset=utf-8"


def routes() -> APIRouter:
    router = APIRouter(tags=["operation"])

    @router.get("/metrics", response_class=Response, responses={200: {"content": {TEXT: {"schema": {"type": "string"}}}}})
    def metrics(request: Request) -> Response:
        """Counts of all workers, and gauges of this one, in Prometheus' text format."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        counted = series()
        told = counted.registry
        if counted.folder is not None:
            told = CollectorRegistry()
            MultiProcessCollector(told, str(counted.folder))
        looked_up = CollectorRegistry()
        looked_up.register(Gauges(request.app.state, now_of(request)))
        return Response(generate_latest(told) + generate_latest(looked_up), media_type=TEXT)

    return router
