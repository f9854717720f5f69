//go:build tools

// Package tools pins the etcd that stands behind the API server in the tests.
package tools

import _ "go.etcd.io/etcd/server/v3"
