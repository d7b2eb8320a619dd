# One recipe for every image: `docker build --build-arg SERVICE=orders .`, where SERVICE has a file in requirements/.
# SERVICE=chassis makes the provisioner's.

FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /tools && python -m venv --without-pip /opt/waybill
COPY requirements/uv.txt requirements/
RUN /tools/bin/pip install -q --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/uv.txt
ENV VIRTUAL_ENV=/opt/waybill UV_NO_CACHE=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
# What every image has, in a layer that they share; then exactly what this one has.
COPY requirements/chassis.txt requirements/
RUN /tools/bin/uv pip sync -q --require-hashes requirements/chassis.txt
ARG SERVICE
COPY requirements/${SERVICE}.txt requirements/
RUN /tools/bin/uv pip sync -q --require-hashes requirements/${SERVICE}.txt
COPY libs libs
COPY services services
# Offline: the members' build backend is part of uv, and nothing without a hash may come in here.
RUN for member in libs/contracts libs/chassis services/${SERVICE}; do \
      [ ! -d "$member" ] || /tools/bin/uv pip install -q --offline --no-deps --no-sources "./$member" || exit 1; \
    done

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent waybill
COPY --from=build /opt/waybill /opt/waybill
COPY deploy/ready.py /usr/local/bin/ready
ENV PATH=/opt/waybill/bin:$PATH PYTHONUNBUFFERED=1
USER waybill
