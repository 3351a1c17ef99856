"""What a failure that no test machine can have would say."""

import tensorflow as tf

from worker.trainer.failures import explain


def test_an_op_that_no_gpu_can_do_alike_each_time_names_what_allows_it() -> None:
    said = "GPU MaxPool gradient ops do not yet have a deterministic XLA implementation."

    assert "exact: false" in explain(tf.errors.UnimplementedError(None, None, said)).advice
    assert "exact" not in explain(tf.errors.UnimplementedError(None, None, "Unsupported")).advice
