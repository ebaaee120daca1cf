package monitor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"driftwatch/rules"
	"driftwatch/stats"
)

// Default is a monitor's configuration where nothing is given.
func Default() Config { return defaults }

// maxResolution keeps a feature's counters below the size of a memory page or
// eight; past it, cut points say no more than the sample they come from.
const maxResolution = 4096

// Validate collects everything that is wrong with one monitor, by itself.
func (c Config) Validate(path string) []rules.Problem {
	p := &problems{path: path}
	if c.Name == "" {
		p.add("name", "a monitor needs a name")
	} else if strings.ContainsAny(c.Name, "/\n\r\t") {
		p.add("name", "%q: a monitor's name holds no '/' and no control characters, since it is part of alert ids", c.Name)
	}
	if c.Topic == "" {
		p.add("topic", "a monitor needs the topic it reads")
	}
	if _, err := ParseStart(c.Start, time.Unix(0, 0)); err != nil {
		p.add("start", "%v", err)
	}
	if c.Format != "json" {
		p.add("format", "format %q is not known; there is json", c.Format)
	}
	if c.Resolution < 10 || c.Resolution > maxResolution {
		p.add("resolution", "%d cut points: give 10 to %d", c.Resolution, maxResolution)
	}
	for _, n := range []struct {
		key   string
		value int64
	}{{"max_segments", int64(c.MaxSegments)}, {"max_categories", int64(c.MaxCategories)}, {"max_record_bytes", int64(c.MaxRecordBytes)}} {
		if n.value < 1 {
			p.add(n.key, "%d: give at least 1", n.value)
		}
	}
	p.all = append(p.all, c.Timestamp.Validate(path+".timestamp")...)
	c.Window.validate(p)
	c.Reference.validate(p)
	c.validateFeatures(p)
	c.validateSegments(p)
	c.validateChecks(p)
	c.validateHeaders(p)
	return p.all
}

type problems struct {
	path string
	all  []rules.Problem
}

func (p *problems) add(key, format string, args ...any) {
	p.all = append(p.all, rules.Problem{Path: p.path + "." + key, Message: fmt.Sprintf(format, args...)})
}

func (w Window) validate(p *problems) {
	switch {
	case w.Every < rules.Duration(time.Millisecond):
		p.add("window.every", "%s: a pane is at least 1ms long", w.Every)
	case w.Size < w.Every || w.Size%w.Every != 0:
		p.add("window.size", "size %s is not a multiple of every %s", w.Size, w.Every)
	case w.Size/w.Every > maxPanes:
		p.add("window.every", "a window of %s in panes of %s has %d of them; at most %d: make every longer", w.Size, w.Every, w.Size/w.Every, maxPanes)
	case w.Every%rules.Duration(time.Millisecond) != 0:
		p.add("window.every", "%s is not a whole number of milliseconds", w.Every)
	}
	if time.Duration(w.IdleTimeout) < leastIdle {
		p.add("window.idle_timeout", "a partition that is silent for idle_timeout no longer holds the others; give at least %v, in which it is heard of several times", leastIdle)
	}
	if w.MaxFuture <= 0 {
		p.add("window.max_future", "give more than 0, such as 10m: clocks differ")
	}
	if w.MaxAhead != 0 && w.MaxAhead < w.Size {
		p.add("window.max_ahead", "%s is less than the window's size %s", w.MaxAhead, w.Size)
	}
}

// maxPanes bounds the panes of a window: a week of minutes.
const maxPanes = 10_080

func (r ReferenceConfig) validate(p *problems) {
	given := 0
	for _, is := range []bool{r.Profile != "", r.From != "" || r.To != "", r.Learn != 0} {
		if is {
			given++
		}
	}
	switch {
	case given == 0:
		p.add("reference", "say what windows are compared with: {profile: FILE}, {from: TIME, to: TIME} or {learn: 1h}")
	case given > 1:
		p.add("reference", "give one of profile, from and to, and learn; not several")
	case r.Learn < 0:
		p.add("reference.learn", "%s: give a time longer than 0", r.Learn)
	case r.From != "" || r.To != "":
		if _, _, err := r.span(); err != nil {
			p.add("reference", "%v", err)
		}
	}
}

func (c Config) validateFeatures(p *problems) {
	seen := map[string]bool{}
	for i, f := range c.Features {
		key := fmt.Sprintf("features[%d]", i)
		switch {
		case f.Name == "":
			p.add(key+".name", "a feature needs the name of its field")
		case seen[f.Name]:
			p.add(key+".name", "the feature %q is declared twice", f.Name)
		case f.Name == c.Timestamp.Field:
			p.add(key+".name", "%q is the timestamp; it is not watched", f.Name)
		case f.Name == lengthPrefix:
			p.add(key+".name", "%q is the length of a text and names no field; write %sFIELD", f.Name, lengthPrefix)
		case isReserved(f.Name):
			p.add(key+".name", "%q is a name of the monitor's own and no feature: alerts say by it what bad rows have in common; of what is not a field there are %s, %s and %sFIELD", f.Name, sizeName, delayName, lengthPrefix)
		}
		seen[f.Name] = true
		if f.Kind != "" {
			if _, err := stats.ParseKind(f.Kind); err != nil {
				p.add(key+".kind", "%v", err)
			}
		}
		if len(f.Values) > 0 && f.Kind != "categorical" {
			p.add(key+".values", "only a feature of kind categorical has values")
		}
		f.validateConstraints(p, key)
		if f.Unique && f.Kind == "boolean" {
			p.add(key+".unique", "a boolean has two values; they cannot be unique")
		}
		if f.Coerce && f.Kind != "" && f.Kind != "numeric" {
			p.add(key+".coerce", "only a numeric feature can be coerced")
		}
	}
}

// maxDimensions of one crossing: more than this has no rows in most segments.
const maxDimensions = 4

func (c Config) validateSegments(p *problems) {
	seen := map[string]bool{}
	for i, set := range c.Segments {
		key := fmt.Sprintf("segments[%d]", i)
		name := strings.Join(set, ",")
		switch {
		case len(set) == 0 || slices.Contains(set, ""):
			p.add(key, "a segment needs the names of its fields")
		case len(set) > maxDimensions:
			p.add(key, "%d fields are crossed; at most %d", len(set), maxDimensions)
		case seen[name]:
			p.add(key, "%s is declared twice", name)
		}
		for _, field := range set {
			if c.feature(field).Sensitive {
				p.add(key, "the values of %q would be names of segments, and it is declared sensitive; leave out one of both", field)
			}
		}
		seen[name] = true
	}
}

// maxHeaders are looked up in each sampled record.
const maxHeaders = 16

func (c Config) validateHeaders(p *problems) {
	if len(c.Headers) > maxHeaders {
		p.add("headers", "%d headers are declared; at most %d", len(c.Headers), maxHeaders)
	}
	for i, name := range c.Headers {
		key := fmt.Sprintf("headers[%d]", i)
		switch {
		case name == "":
			p.add(key, "a header needs its name")
		case slices.Contains(c.Headers[:i], name):
			p.add(key, "the header %q is declared twice", name)
		}
	}
}
