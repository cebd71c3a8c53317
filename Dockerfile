# Clickstream with its own MongoDB. `docker build -t clickstream .`; docs/operators.md says how it is run.
FROM python:3.11-slim-bookworm

# libcurl4 is what the bundled MongoDB needs beyond the image.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libcurl4 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt

COPY . ./
RUN useradd --system --uid 10001 --no-create-home --home-dir /data clickstream \
    && install --directory --owner=clickstream --mode=0700 /data

USER 10001
ENV DATA_DIR=/data HOST=0.0.0.0 PORT=8000 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
ENTRYPOINT ["python", "server.py"]
