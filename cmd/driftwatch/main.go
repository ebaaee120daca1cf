// Driftwatch watches data streams for drift and for broken data.
package main

import (
	"os"
	_ "time/tzdata" // a rule's active hours know their time zone in a container without any, too
)

func main() {
	surviveFileLimit()
	os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
}
