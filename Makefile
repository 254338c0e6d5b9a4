# The front door. Every target is one script under deploy/dev; run `make help`.

PREFIX ?= /usr/local
DESTDIR ?=
SECONDS ?= 60
SEEDS ?= 10000

.PHONY: help demo test test-cluster build install check-deploy check-install check-frames sanitize fuzz simulate soak kernels format clean

help:
	@echo 'make demo      install what is missing, build, and watch three kinds of processes answer about pictures'
	@echo 'make test      install what is missing, build, and run all tests: the gate'
	@echo 'make test-cluster  real processes under fire: killed, stopped, cut off, out of disk, and 2,000 questions at once'
	@echo 'make build     programs and tests, in release'
	@echo 'make install   programs and the demo model below PREFIX ($(PREFIX)), inside DESTDIR where it is set'
	@echo 'make check-deploy   what is under deploy: manifests, units, rules, dashboard, by their own checkers'
	@echo 'make check-install  deploy/install.sh in a bare Debian, and one question answered there'
	@echo 'make check-frames   whether async functions have the memory that they write to: the compiler is not always right'
	@echo 'make sanitize  the C code and the network under the address, leak and thread sanitizers'
	@echo 'make fuzz      what reads files from outside under libFuzzer, a minute for each format; SECONDS=… for longer'
	@echo 'make simulate  the whole system under a clock and a network of the seed, 10,000 times; SEEDS=… for others'
	@echo 'make soak      an hour of mixed load on real processes: whether their memory and descriptors stay what they are'
	@echo 'make kernels   every kernel against its reference, on this CPU and on emulated ones'
	@echo 'make format    format all Swift code'
	@echo 'make clean     remove what was built'

demo:
	@deploy/dev/demo

test:
	@deploy/dev/test

test-cluster:
	@deploy/dev/test-cluster

build:
	@deploy/dev/setup
	@deploy/dev/build

install: build
	@deploy/install.sh --from .build/release --prefix '$(PREFIX)' --destdir '$(DESTDIR)'

check-deploy:
	@deploy/dev/check-deploy

check-install:
	@deploy/dev/check-install

check-frames: build
	@deploy/dev/check-frames

sanitize:
	@deploy/dev/sanitize

fuzz:
	@deploy/dev/fuzz $(SECONDS)

simulate:
	@deploy/dev/simulate $(SEEDS)

soak:
	@deploy/dev/soak

kernels:
	@deploy/dev/kernels

format:
	@deploy/dev/format

clean:
	rm -rf .build .build-asan .build-tsan .build-fuzz .build-install .build-kernels
