// Catch2 2.13 compiles itself where its main function is asked for; version 3 brings a library and does not need this.
#define CATCH_CONFIG_PREFIX_ALL
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
