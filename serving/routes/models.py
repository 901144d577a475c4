"""Which models answer, and what they say of themselves."""

from fastapi import APIRouter, Request

from serving.at_hand import desk_of
from serving.messages import Id, ModelCard
from serving.problems import NotFound, documented


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["models"])

    @router.get("/models", responses=documented(503))
    def models(request: Request) -> list[ModelCard]:
        """Which models answer, and what they say of themselves."""
        return _cards(request)

    @router.get("/models/{target}", responses=documented(404, 422, 503))
    def model(request: Request, target: Id) -> ModelCard:
        """The model that answers for a target, and what it says of itself."""
        found = next((card for card in _cards(request) if card.target == target), None)
        if found is None:
            raise NotFound("No model answers for a target of this name; GET /v1/models lists them.")
        return found

    return router


def _cards(request: Request) -> list[ModelCard]:
    loaded_at = getattr(request.app.state, "loaded_at", None)
    return [card.model_copy(update={"loaded_at": loaded_at}) for card in desk_of(request).models()]
