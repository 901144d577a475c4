"""Which models answer, and what they say of themselves."""

from fastapi import APIRouter, Request

from serving.at_hand import desk_of, now_of
from serving.kept_drift import kept_drift
from serving.limits import owners_allowed
from serving.messages import Id, ModelCard
from serving.model_messages import Model
from serving.model_told import told_of
from serving.model_versions import versions_of
from serving.problems import NotFound, documented


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["models"])

    @router.get("/models", responses=documented(503))
    def models(request: Request) -> list[ModelCard]:
        """Which models answer, and what they say of themselves."""
        return _cards(request)

    @router.get("/models/{target}", responses=documented(404, 422, 503))
    def model(request: Request, target: Id) -> Model:
        """The model that answers for a target in full: how good it is, what moves it, its limits, drift and versions."""
        desk, now = desk_of(request), now_of(request)
        card = next((card for card in _cards(request) if card.target == target), None)
        if card is None:
            raise NotFound("No model answers for a target of this name; GET /v1/models lists them.")
        scorer = desk.scorers[target]
        return Model(
            **card.model_dump(), **told_of(scorer.bundle, owners_allowed(request)),
            drift=kept_drift(desk.workspace, target, scorer.model, now),
            versions=versions_of(desk, request.app.state.store, target, now),
        )

    return router


def _cards(request: Request) -> list[ModelCard]:
    loaded_at = getattr(request.app.state, "loaded_at", None)
    return [card.model_copy(update={"loaded_at": loaded_at}) for card in desk_of(request).models()]
