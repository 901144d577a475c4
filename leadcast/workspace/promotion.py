"""The keys of [promotion]: when a newly trained model may take over."""

from pydantic import Field

from leadcast.workspace.tables import Keys


class Promotion(Keys):
    """How much worse than the champion a challenger may be on the newest outcomes, and how sure that has to be."""

    auc: float = Field(0.01, ge=0, le=1, description="how much lower its AUC may be")
    log_loss: float = Field(0.01, ge=0, le=10, description="how much higher its log loss may be")
    calibration: float = Field(0.02, ge=0, le=1, description="how much higher its calibration error may be")
    risk: float = Field(
        0.5, ge=0, le=1,
        description="the risk you take that it is worse by more than that, from 0 to 1: 0.5 refuses what is more likely too bad "
                    "than not, 0.05 asks for proof and needs many outcomes")
