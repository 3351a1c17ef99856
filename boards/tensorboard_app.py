"""TensorBoard's own pages and plugins over one folder, without TensorFlow and without a thread of its own."""

import boards.without_tensorflow  # noqa: F401 - must come before any part of TensorBoard

# isort: split
import functools
import gzip
import zipfile
from argparse import Namespace
from pathlib import Path
from wsgiref.types import WSGIApplication

from tensorboard import assets
from tensorboard.backend.application import TensorBoardWSGIApp
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.backend.event_processing.tag_types import TENSORS
from tensorboard.plugins.audio.audio_plugin import AudioPlugin
from tensorboard.plugins.base_plugin import TBContext, TBLoader
from tensorboard.plugins.core.core_plugin import CorePlugin
from tensorboard.plugins.distribution.distributions_plugin import DistributionsPlugin
from tensorboard.plugins.graph.graphs_plugin import GraphsPlugin
from tensorboard.plugins.histogram.histograms_plugin import HistogramsPlugin
from tensorboard.plugins.hparams.hparams_plugin import HParamsPlugin
from tensorboard.plugins.image.images_plugin import ImagesPlugin
from tensorboard.plugins.metrics.metrics_plugin import MetricsPlugin
from tensorboard.plugins.scalar.scalars_plugin import ScalarsPlugin
from tensorboard.plugins.text.text_plugin import TextPlugin

from boards.attempts import LaterAttemptsCount

# By this name the multiplexer makes one for each folder.
plugin_event_accumulator.EventAccumulator = LaterAttemptsCount


class SharedPages(TBLoader):  # type: ignore[misc]  # TensorBoard ships no types
    """TensorBoard's pages, compressed once for all boards: a copy for each would cost 0.2 s and 4 MB."""

    def load(self, context: TBContext) -> CorePlugin:
        core = CorePlugin(context)
        # Not a subclass: TensorBoard serves at the root only what is a CorePlugin exactly.
        core.get_resource_apps = functools.partial(page_apps, core)
        return core


def page_apps(core: CorePlugin) -> dict[str, WSGIApplication]:
    apps: dict[str, WSGIApplication] = {
        f"/{path}": functools.partial(core._serve_asset, path, content) for path, content in compressed_pages().items()
    }
    apps["/shut_in.js"] = functools.partial(core._serve_asset, "shut_in.js", own_script())
    apps["/"] = apps["/index.html"] = functools.partial(core._serve_index, index_page())
    return apps


# No plugin that opens a path or an address which an event file names (projector, profile, debugger). The page of
# the time series asks for hyperparameters, be there any or not.
PLUGINS = (
    SharedPages(),
    MetricsPlugin,
    ScalarsPlugin,
    GraphsPlugin,
    DistributionsPlugin,
    HistogramsPlugin,
    ImagesPlugin,
    AudioPlugin,
    TextPlugin,
    HParamsPlugin,
)


@functools.cache
def compressed_pages() -> dict[str, bytes]:
    with zipfile.ZipFile(assets.get_default_assets_zip_provider()()) as pages:
        return {name: gzip.compress(pages.read(name), compresslevel=3, mtime=0) for name in pages.namelist()}


@functools.cache
def own_script() -> bytes:
    return gzip.compress((Path(__file__).parent / "shut_in.js").read_bytes(), mtime=0)


@functools.cache
def index_page() -> bytes:
    """The page, with fonts looked for below it: TensorBoard has them at the root, whatever the path prefix.

    Before all other scripts it loads ours, with which it also works in an origin of its own.
    """
    page = gzip.decompress(compressed_pages()["index.html"]).replace(b"url(/font-roboto/", b"url(font-roboto/")
    return page.replace(b"<head>", b'<head><script src="shut_in.js"></script>', 1)


class EventFolder:
    """What TensorBoard has read so far of a folder of event files; `read_on` reads what was appended since."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.events = EventMultiplexer(
            size_guidance={TENSORS: 10},
            tensor_size_guidance={"scalars": 1000, "histograms": 100},  # kept of each curve, evenly over its steps
            # Attempts of a run write one file each into the same folder, so every file may still grow.
            event_file_active_filter=lambda _newest: True,
        )

    def read_on(self) -> None:
        self.events.AddRunsFromDirectory(self.folder)
        self.events.Reload()


def tensorboard_app(events: EventFolder, *, title: str, path_prefix: str) -> WSGIApplication:
    """The WSGI application that shows `events` under `path_prefix`, telling its reader `title` and no local path."""
    flags = Namespace(
        logdir="",
        logdir_spec="",
        path_prefix=path_prefix,
        window_title=title,
        samples_per_plugin={},
        generic_data="true",
    )
    data = MultiplexerDataProvider(events.events, title)
    app: WSGIApplication = TensorBoardWSGIApp(flags, PLUGINS, data, deprecated_multiplexer=events.events)
    return app
