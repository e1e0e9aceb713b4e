# EfficientNet, made visible: the app and the command line on the CPU.
#
#   docker build -t effnet-viz .
#   docker run --rm -p 8501:8501 --read-only --tmpfs /tmp -v effnet-viz-cache:/cache effnet-viz
#   docker run --rm -v "$PWD:/photos" -w /photos --user "$(id -u)" effnet-viz report cat.jpg

FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE requirements.txt requirements-ray.txt requirements-test.txt constraints.txt app.py ./
COPY .streamlit/config.toml .streamlit/
COPY effnet_viz effnet_viz
COPY pages pages
COPY assets assets
# PyTorch's builds for the CPU; nothing that tests need.
RUN python -m venv /opt/effnet-viz \
    && /opt/effnet-viz/bin/pip install --no-cache-dir --constraint constraints.txt \
        --extra-index-url https://download.pytorch.org/whl/cpu .

FROM python:3.12-slim
# Diagrams as PNG are drawn with a font of the system.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home effnet \
    && install --directory --owner effnet --group effnet /cache
COPY --from=build /opt/effnet-viz /opt/effnet-viz
# Downloaded weights stay in the volume; everything else that is written is short-lived.
ENV PATH=/opt/effnet-viz/bin:$PATH \
    HOME=/tmp \
    TORCH_HOME=/cache/torch \
    HF_HOME=/cache/huggingface \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
VOLUME /cache
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
ENTRYPOINT ["effnet-viz"]
CMD ["--class"]
