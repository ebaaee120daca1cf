//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// surviveFileLimit makes a file that may not grow an error of the write, as a full
// disk is, and not the end of the process.
func surviveFileLimit() { signal.Ignore(syscall.SIGXFSZ) }
