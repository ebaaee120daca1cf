// Driftwatch watches data streams for drift and for broken data.
package main

import "os"

func main() { os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr)) }
