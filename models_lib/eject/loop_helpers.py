"""The text of what a user's own training loop is given in a script: plain Keras, and no more than it can ask for."""

LOOP = '''

class LoopPart:
    """The rows of a part: as arrays, and as batches when it is iterated."""

    def __init__(self, part, size, order=None, fixed=False):
        self.x, self.y, self.sample_weight = keras.utils.unpack_x_y_sample_weight(part)
        self.rows = len(tf.nest.flatten(part)[0])
        self.steps = -(-self.rows // size)
        self.begin = lambda: None
        self._dataset = batches(part, size, order, fixed)

    @property
    def dataset(self):
        """Batches; those of the training part begin an epoch, and come in its order."""
        self.begin()
        return self._dataset

    def __iter__(self):
        return iter(self.dataset)

    def __len__(self):
        return self.steps


class LoopData:
    def __init__(self, train, validation=None):
        self.train, self.validation = train, validation


class LoopContext:
    """What the loop may ask for, and how it says what it has done."""

    def __init__(self, core, data, callbacks, *, epochs, initial_epoch, batch_size, config, losses, metrics, is_judged):
        self.optimizer, self.losses, self.metrics, self.config = core.optimizer, losses, metrics, config
        self.loss = next(iter(losses.values()), None)
        self.initial_epoch, self.last_epoch, self.batch_size = initial_epoch, epochs, batch_size
        self._core, self._kept = core, {}
        self._validation = data.validation if is_judged else None
        self._callbacks = keras.callbacks.CallbackList(
            callbacks, model=core, epochs=epochs, steps=data.train.steps, verbose=0
        )
        self._epoch, self._step, self._is_in_epoch = initial_epoch, 0, False
        data.train.begin = self.begin_epoch

    @property
    def optimizers(self):
        return {"optimizer": self.optimizer, **self._kept}

    def keep(self, name, optimizer, variables=None):
        """The optimizer, built for the weights that it trains."""
        optimizer.build(list(self._core.trainable_variables if variables is None else variables))
        self._kept[name] = optimizer
        return optimizer

    @property
    def epochs(self):
        """The numbers (from 1) of the epochs that are left to do."""
        while not self.should_stop():
            yield self._epoch + 1

    def should_stop(self):
        return bool(self._core.stop_training) or self._epoch >= self.last_epoch

    def begin_epoch(self):
        if not self._is_in_epoch:
            self._is_in_epoch = True
            self._callbacks.on_epoch_begin(self._epoch)

    def report_step(self, metrics=None, **more):
        """A batch is done."""
        self.begin_epoch()
        self._callbacks.on_train_batch_begin(self._step)
        self._callbacks.on_train_batch_end(self._step, {**(metrics or {}), **more})
        self._step += 1
        return self.should_stop()

    def report_epoch(self, metrics=None, **more):
        """An epoch is done; evaluated here where the loop has not done so itself."""
        self.begin_epoch()
        logs = {name: float(value) for name, value in {**(metrics or {}), **more}.items()}
        if self._validation is not None and not any(name.startswith("val_") for name in logs):
            held = self._core.evaluate(self._validation.dataset, return_dict=True, verbose=0)
            logs |= {f"val_{name}": value for name, value in held.items()}
        print(f"Epoch {self._epoch + 1}/{self.last_epoch}", logs)
        self._callbacks.on_epoch_end(self._epoch, logs)
        self._epoch, self._step, self._is_in_epoch = self._epoch + 1, 0, False
        return self.should_stop()

    def run(self, function, **arguments):
        """The loop from its beginning to its end."""
        self._core.stop_training = False
        self._callbacks.on_train_begin()
        if not self.should_stop():
            function(**arguments)
        self._callbacks.on_train_end()
'''
