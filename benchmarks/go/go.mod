module nbcore.dev/benchmarks

go 1.24
