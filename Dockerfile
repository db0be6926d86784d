# Two images from one file; docs/docker.md tells how to build and run them.
#
#   docker build --target cpu  --build-arg TORCH_INDEX -t tolmach .
#   docker build --target cuda -t tolmach:cuda .
#
# It needs BuildKit (the default since Docker 23). What changes seldom comes first: torch, then the
# other dependencies, then tolmach itself; editing the source rebuilds only the last small layers.

# --- what is to be installed, read from pyproject.toml -------------------------------------------
FROM python:3.11-slim-bookworm AS requirements
WORKDIR /src
COPY constraints.txt pyproject.toml ./
# The later stages copy these two files and not pyproject.toml, so that a change of, say, a linter's
# setting leaves their layers valid. "+cpu" is how PyTorch marks its builds without CUDA.
RUN python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
    print(*p['dependencies'], *p['optional-dependencies']['embedded'], sep='\n')" > requirements.txt \
    && sed -n 's/^torch==[^ ;]*/&+cpu/p' constraints.txt > torch-cpu.txt \
    && test -s torch-cpu.txt

# --- tolmach as a wheel: pure Python, one for both images ----------------------------------------
FROM requirements AS wheel
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/build && /opt/build/bin/pip install --constraint constraints.txt hatchling
COPY README.md ./
COPY configs ./configs
COPY eval ./eval
COPY models ./models
COPY pipelines ./pipelines
COPY tolmach ./tolmach
RUN /opt/build/bin/pip wheel --no-build-isolation --no-deps --wheel-dir /dist .

# --- the CUDA image ------------------------------------------------------------------------------
# CTranslate2 4.8 loads libcublas.so.12 when it first uses a GPU, so the base is a CUDA 12 with
# cuBLAS ("runtime", not "base"); it has the CUDA runtime inside and does not use cuDNN.
# torch 2.13 brings CUDA 13.0 and cuDNN 9 of its own as Python packages. The two versions live side
# by side, as their libraries have different names. Ubuntu 24.04 has Python 3.12.
FROM nvidia/cuda:12.9.1-runtime-ubuntu24.04 AS cuda-base
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/*

FROM cuda-base AS cuda-dependencies
# A CUDA 12 build of torch instead, for a driver older than 580, comes from another of its indexes.
ARG TORCH_INDEX=""
ENV PATH=/opt/tolmach/bin:$PATH
WORKDIR /src
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/tolmach
COPY constraints.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} --constraint constraints.txt torch
COPY --from=requirements /src/requirements.txt ./
# The last line fails the build, rather than the first translation, if the base lacks cuBLAS 12.
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint constraints.txt --requirement requirements.txt \
    && python -c "import ctypes; ctypes.CDLL('libcublas.so.12')"

FROM cuda-base AS cuda
COPY --from=cuda-dependencies /opt/tolmach /opt/tolmach
RUN --mount=type=bind,from=wheel,source=/dist,target=/dist \
    /opt/tolmach/bin/pip install --no-cache-dir --no-index --no-deps /dist/*.whl \
    && install --directory --mode=1777 /cache
# Any user may be given with --user, known to /etc/passwd or not: the cache is open to all, and HOME
# and USER are set for the libraries that ask for them.
ENV PATH=/opt/tolmach/bin:$PATH \
    TOLMACH_CACHE=/cache \
    HF_HOME=/cache/hub \
    HOME=/cache \
    USER=tolmach
VOLUME ["/cache"]
WORKDIR /work
USER 1000:1000
# "docker stop" ends a run like Ctrl-C does: in order, with what is done written
STOPSIGNAL SIGINT
ENTRYPOINT ["tolmach"]
CMD ["--help"]

# --- the CPU image -------------------------------------------------------------------------------
FROM python:3.11-slim-bookworm AS cpu-dependencies
# The torch that PyPI has for Linux needs 3 GB of CUDA libraries. PyTorch publishes builds without
# them in an index of its own; its address is given here.
ARG TORCH_INDEX=""
ENV PATH=/opt/tolmach/bin:$PATH
WORKDIR /src
RUN python -m venv /opt/tolmach
COPY --from=requirements /src/torch-cpu.txt ./
# Asking for "+cpu" makes pip refuse at once, rather than fetch CUDA, when the index is not given.
# Nothing but torch comes from that index; what torch needs is installed in the next step.
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
        --no-deps --requirement torch-cpu.txt \
    || { echo "Give PyTorch's CPU wheel index: --build-arg TORCH_INDEX=... (docs/docker.md)" >&2; exit 1; }
COPY constraints.txt ./
COPY --from=requirements /src/requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint constraints.txt --requirement requirements.txt

# From here on the same as the CUDA image. It comes last: what "docker build ." makes.
FROM python:3.11-slim-bookworm AS cpu
COPY --from=cpu-dependencies /opt/tolmach /opt/tolmach
RUN --mount=type=bind,from=wheel,source=/dist,target=/dist \
    /opt/tolmach/bin/pip install --no-cache-dir --no-index --no-deps /dist/*.whl \
    && install --directory --mode=1777 /cache
ENV PATH=/opt/tolmach/bin:$PATH \
    TOLMACH_CACHE=/cache \
    HF_HOME=/cache/hub \
    HOME=/cache \
    USER=tolmach
VOLUME ["/cache"]
WORKDIR /work
USER 1000:1000
STOPSIGNAL SIGINT
ENTRYPOINT ["tolmach"]
CMD ["--help"]
