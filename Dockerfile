# The admission webhook: `docker build -t REGISTRY/nbcore-webhook:0.1.0 .`
#
# Both stages have to be of the same Python, or the virtual environment breaks. The tag is exact; name a digest with
# --build-arg PYTHON_IMAGE=docker.io/library/python@sha256:… where your registry tells you one.
ARG PYTHON_IMAGE=docker.io/library/python:3.13.7-slim-trixie

FROM ${PYTHON_IMAGE} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /source

# What builds nbcore stays in an environment of its own, and none of it is in the image.
COPY requirements/demo.txt requirements/webhook.txt requirements/
RUN python -m venv /build \
 && /build/bin/python -m pip install --require-hashes --only-binary :all: -r requirements/demo.txt
RUN python -m venv --without-pip /opt/nbcore \
 && /build/bin/python -m pip --python /opt/nbcore/bin/python install --require-hashes --only-binary :all: \
      --no-compile -r requirements/webhook.txt

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY schemas schemas
COPY nbcore nbcore
COPY webhook webhook
RUN /build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /build/bin/python -m pip --python /opt/nbcore/bin/python install --no-index --no-deps --no-compile /wheels/*.whl \
 && /opt/nbcore/bin/python -m compileall -q /opt/nbcore

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="nbcore-webhook" \
      org.opencontainers.image.description="Admission of notebook environments" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=builder /opt/nbcore /opt/nbcore
# Nothing is written: not even bytecode, of which all is there.
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONSAFEPATH=1 PYDANTIC_DISABLE_PLUGINS=__all__
USER 65532:65532
WORKDIR /
EXPOSE 8443 8080
STOPSIGNAL SIGTERM
# No shell: the program is process 1 and gets the signal itself.
ENTRYPOINT ["/opt/nbcore/bin/nbcore-webhook"]
