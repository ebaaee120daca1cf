package main

import (
	"fmt"
	"io"
	"time"

	"driftwatch/monitor"
)

// progressEvery is how often a command says how far it has come: seldom enough
// for a log, often enough for a person.
const progressEvery = 2 * time.Second

// progress gives rows and says on w, while they are read, how many they are.
func progress(w io.Writer, what string, rows monitor.Rows) monitor.Rows {
	return func(yield func(monitor.Row) error) error {
		n, next := 0, time.Now().Add(progressEvery)
		return rows(func(r monitor.Row) error {
			if n++; n%4096 == 0 && time.Now().After(next) {
				next = time.Now().Add(progressEvery)
				fmt.Fprintf(w, "%s: %d records so far\n", what, n)
			}
			return yield(r)
		})
	}
}
