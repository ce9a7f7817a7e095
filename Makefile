# What people do here. `make demo` and `make test` also install what a fresh Debian or Ubuntu machine lacks.

.PHONY: help demo test test-cpp test-r test-statistical setup install core asan tsan document format layers \
	headers checks check bench clean

help:
	@echo "make demo              set up, build, run the boarding-school example, write its plots into demo/"
	@echo "make test              set up, build, run every test (Catch2 and testthat)"
	@echo "make test-statistical  the slow tests against known truth"
	@echo "make install           build and install into .library"
	@echo "make core              build the C++ core alone and run its tests"
	@echo "make asan, make tsan   the same under sanitizers"
	@echo "make document          regenerate NAMESPACE, man/, RcppExports and the lists of objects"
	@echo "make format            clang-format our C++ files"
	@echo "make checks            layers, headers, Makevars, format"
	@echo "make check             R CMD check --as-cran"
	@echo "make bench             build and run the benchmarks (see bench/README.md)"

demo:
	tools/setup demo
	tools/install
	tools/demo

test:
	tools/setup test
	tools/test_cpp release
	tools/install
	tools/test_r

test-cpp core:
	tools/setup test
	tools/test_cpp release

test-r: install
	tools/test_r

test-statistical: install
	tools/test_r tests/statistical

setup:
	tools/setup check

install:
	tools/setup test
	tools/install

asan tsan:
	tools/setup test
	tools/test_cpp $@

document:
	tools/setup check
	tools/document

format:
	tools/check_format --fix

layers:
	tools/check_layers

headers:
	tools/check_headers

checks:
	tools/check_layers
	tools/check_makevars
	tools/check_format
	tools/check_headers

check:
	tools/setup check
	tools/check_package

bench:
	@tools/bench

clean:
	rm -rf build demo
	./cleanup
