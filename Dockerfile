# Two images from one file. `control` (api, boards, migrate) holds no TensorFlow; `trainer` (worker, predictor) does.
# The GPU image: docker build --target trainer --build-arg TENSORFLOW=gpu .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${PYTHON_IMAGE} AS environment
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=/opt/horngate/.venv
WORKDIR /opt/horngate
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --quiet --no-cache-dir uv
COPY pyproject.toml uv.lock ./

FROM environment AS control-environment
RUN /opt/uv/bin/uv sync --frozen --quiet --no-cache --no-install-project --no-default-groups --group api --group boards

FROM environment AS trainer-environment
ARG TENSORFLOW=cpu
RUN /opt/uv/bin/uv sync --frozen --quiet --no-cache --no-install-project --no-default-groups --group worker --group boards --group ${TENSORFLOW}

FROM ${PYTHON_IMAGE} AS base
ENV PATH=/opt/horngate/.venv/bin:$PATH PYTHONUNBUFFERED=1 HORNGATE_HOME=/var/lib/horngate HORNGATE_MODE=team HORNGATE_HOST=0.0.0.0
RUN useradd --system --uid 10001 --home-dir /var/lib/horngate --create-home horngate
WORKDIR /opt/horngate
VOLUME /var/lib/horngate
USER horngate

# The environment lies below the code, so that a change of code makes a small layer.
FROM base AS trainer
COPY --from=trainer-environment /opt/horngate/.venv .venv
COPY pyproject.toml ./
COPY migrations migrations
COPY models_lib models_lib
COPY store store
COPY worker worker
# What a script that trains imports to report itself.
COPY horngate horngate
CMD ["python", "-m", "worker"]

FROM ${NODE_IMAGE} AS dashboard
WORKDIR /src/dashboard
COPY dashboard/package.json dashboard/package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY dashboard ./
RUN npm run build

FROM base AS control
COPY --from=control-environment /opt/horngate/.venv .venv
COPY pyproject.toml ./
COPY migrations migrations
COPY models_lib models_lib
COPY store store
COPY boards boards
COPY api api
# What the api hands to machines that join as workers.
COPY worker worker
COPY horngate horngate
COPY uv.lock ./
COPY --from=dashboard /src/dashboard/dist dashboard/dist
EXPOSE 8000
CMD ["python", "-m", "api"]
