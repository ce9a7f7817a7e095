// A shared object that its author forgot to end with AMORTFLOW_SIMULATOR().
extern "C" int nothing() { return 0; }
