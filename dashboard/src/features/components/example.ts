/** What one begins with: a loss that is sound, and shows what Keras asks of one. */
export const EXAMPLE = `import keras
from keras import ops


class RobustLoss(keras.losses.Loss):
    """Squared near zero, linear beyond: outliers pull less."""

    def __init__(self, threshold=1.0, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold

    def call(self, y_true, y_pred):
        error = ops.abs(y_true - y_pred)
        squared = ops.square(error) / 2
        linear = self.threshold * error - self.threshold**2 / 2
        # one value for each row: Keras averages, and weighs them
        loss = ops.where(error < self.threshold, squared, linear)
        return ops.mean(loss, axis=-1)

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}
`
