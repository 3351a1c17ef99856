"""What a training computes on: one device, or several of one machine that share each batch."""

import os
from contextlib import suppress
from functools import cache
from typing import Any

import tensorflow as tf

from models_lib.train.reports import Report, Warned
from models_lib.train.together import Cluster


def use_devices(threads: int | None, cpu_devices: int = 1, *, is_exact: bool = False) -> None:
    """Take no more threads than given, and of a GPU's memory no more than is used.

    `cpu_devices`: as how many the processor shall appear, for trying several devices without a GPU. `is_exact`: the
    same bits each time, also on a GPU. TensorFlow refuses all of this once it has started (in a notebook, say): then it
    stays as it is.
    """
    if needs_one_order(is_exact=is_exact):
        tf.config.experimental.enable_op_determinism()
    with suppress(RuntimeError):
        _limit_devices(threads)
        if cpu_devices > 1:
            [cpu] = tf.config.list_physical_devices("CPU")
            tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * cpu_devices)


def _limit_devices(threads: int | None) -> None:
    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def needs_one_order(*, is_exact: bool) -> bool:
    """Whether sums must be kept from being taken in whatever order a GPU's threads come to them.

    A processor's are not: there TensorFlow's pipelines alone would be slower.
    """
    return is_exact and bool(tf.config.list_physical_devices("GPU"))


def tell_unseen_gpus(report: Report) -> None:
    """A warning where this process was given GPUs and TensorFlow sees fewer: another build of it, or no driver."""
    given = [number for number in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if number]
    seen = len(tf.config.list_physical_devices("GPU"))
    if seen < len(given):
        place = "on those" if seen else "on the processor"
        message = (
            f"TensorFlow sees {seen or 'none'} of the GPUs that this run was given (number {', '.join(given)}), and "
            f"trains {place}: the worker's environment needs tensorflow[and-cuda], and the driver that goes with it."
        )
        report(Warned("/resources/gpus", "gpus_not_seen", message).to_json())


@cache
def choose_strategy(cluster: Cluster | None = None, *, has_loop: bool = False) -> tf.distribute.Strategy:
    """One device's, or that by which all devices that this process, or the whole cluster, sees share each batch.

    What is built in its scope has a copy on each device. The sums of gradients are taken over all of them, so that they
    stay equal. One a process: two would number their collectives alike. A loop of a component's own has the devices to
    itself.
    """
    if cluster is not None:
        return cluster.connect()
    if has_loop:
        return tf.distribute.get_strategy()
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if len(devices) < 2:
        return tf.distribute.get_strategy()
    return tf.distribute.MirroredStrategy([device.name for device in devices])


def share_batch(batch: Any) -> Any:
    """In a replica's step: its part of the rows, which differ by one at most between the replicas.

    Of fewer rows than replicas each takes one, some the same.
    """
    context = tf.distribute.get_replica_context()
    number, count = context.replica_id_in_sync_group, context.num_replicas_in_sync

    def cut(tensor: tf.Tensor) -> tf.Tensor:
        rows = tf.shape(tensor)[0]
        first, end = number * rows // count, (number + 1) * rows // count
        alone = number % tf.maximum(rows, 1)
        return tf.cond(rows < count, lambda: tensor[alone : alone + 1], lambda: tensor[first:end])

    return tf.nest.map_structure(cut, batch)
