"""The keys of [promotion]: when a newly trained model may take over."""

from pydantic import Field

from leadcast.workspace.tables import Keys


class Promotion(Keys):
    """How much worse than the champion a challenger may be on the newest outcomes, and how sure that has to be."""

    auc: float = Field(0.01, ge=0, le=1, description="how much lower its AUC may be")
    log_loss: float = Field(0.01, ge=0, le=10, description="how much higher its log loss may be")
    calibration: float = Field(0.02, ge=0, le=1, description="how much higher its calibration error may be")
    sure: float = Field(
        0.9, ge=0, le=1,
        description="how sure it has to be that it is worse by more than that before it is refused: 0.5 refuses what is more "
                    "likely too bad than not, 0.05 whatever is not proven good enough, which needs many outcomes")
