package main

import (
	"io"
	"slices"

	"driftwatch/monitor/notify"
)

// printer is the name of the receiver that --json adds. No receiver of a
// configuration can be called so.
const printer = "--json"

// receivers are those of a configuration and of the command line, where the
// stdout ones write, and who is told of a transition.
type receivers struct {
	all    []notify.Receiver
	stdout io.Writer
	names  func(severity string, override []string) []string
}

func (c *Config) receivers(o serviceOptions) receivers {
	r := receivers{all: c.Receivers, stdout: o.stdout, names: c.Routes.For}
	if !o.json {
		return r
	}
	// Two printers on one stdout would say everything twice.
	isPrinter := func(r notify.Receiver) bool { return r.Stdout != nil }
	r.all = slices.DeleteFunc(slices.Clone(c.Receivers), isPrinter)
	r.all = append(r.all, notify.Receiver{Name: printer, Stdout: &notify.StdoutConfig{JSON: true}})
	// Nor are they to say it when the flag is not given next time.
	r.names = func(severity string, override []string) []string {
		names := slices.DeleteFunc(slices.Clone(c.Routes.For(severity, override)), func(name string) bool {
			return slices.ContainsFunc(c.Receivers, func(r notify.Receiver) bool { return r.Name == name && isPrinter(r) })
		})
		return append(names, printer)
	}
	return r
}
