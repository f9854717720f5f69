//go:build tools

// Package tools names the programs that go.mod pins: the benchmark builds them, nothing else does.
package tools

import (
	_ "github.com/yannh/kubeconform/cmd/kubeconform"
	_ "github.com/zegl/kube-score/cmd/kube-score"
)
