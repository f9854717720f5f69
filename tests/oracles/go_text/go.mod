module nbcore/tests/oracles/go_text

go 1.22
