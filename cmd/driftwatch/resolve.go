package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/monitor/kafka"
	"driftwatch/rules"
	"driftwatch/stats"
)

// maxAlertAge is how old a transition may be that is decided while catching up
// and still be sent at once: nobody is helped by a page about last night.
const maxAlertAge = time.Hour

// loadService loads a configuration with everything that a service of it reads
// from files.
func loadService(file string) (*Config, error) {
	cfg, err := loadRunnable(file)
	if cfg == nil {
		return nil, err
	}
	cfg.checkFiles()
	return cfg, cfg.verdict()
}

// loadRunnable loads a configuration and its references, so that it can be run
// on files, too, where nobody needs its secrets.
func loadRunnable(file string) (*Config, error) {
	cfg, err := loadConfig(file)
	if cfg == nil {
		return nil, err
	}
	return cfg, cfg.resolve() // whatever is wrong already, so that all of it is said at once
}

// resolve loads the references that are files and tries each monitor on what
// can be known before its topic is read. The error is problems.
func (c *Config) resolve() error {
	c.references = map[string]*stats.Reference{}
	c.compileOrphans()
	for i, m := range c.Monitors {
		at := fmt.Sprintf("monitors[%d].reference", i)
		if m.Reference.Profile != "" {
			ref, err := readProfile(c.documents[0].beside(m.Reference.Profile))
			if errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("there is no file %s; %s", c.documents[0].beside(m.Reference.Profile), c.makes(m))
			}
			if err != nil {
				c.documents[0].report(rules.Problem{Path: at + ".profile", Message: err.Error()})
			} else {
				c.references[m.Name] = ref
				c.checkTimestamp(fmt.Sprintf("monitors[%d].timestamp", i), m, ref)
			}
		}
		if _, _, err := monitor.Watched(m, c.references[m.Name]); err != nil {
			if !c.doubtful(i) {
				c.documents[0].report(rules.Problem{Path: at, Message: err.Error() + ": " + c.makes(m)})
			}
			delete(c.references, m.Name) // of the rules it says nothing
		}
		if !c.compile(m) || c.documents[0].faulty(fmt.Sprintf("monitors[%d]", i)) {
			continue
		}
		if err := c.try(m); err != nil {
			c.documents[0].report(rules.Problem{Path: at, Message: err.Error()})
		}
	}
	return c.verdict()
}

// doubtful says that a monitor's features or segments are not what its writer
// meant, so that nothing can be said of a reference that does not fit them.
func (c *Config) doubtful(i int) bool {
	main := c.documents[0]
	return slices.ContainsFunc([]string{"features", "segments"}, func(key string) bool {
		path := fmt.Sprintf("monitors[%d].%s", i, key)
		return main.faulty(path) || main.spoilt(path)
	})
}

// makes is the command that makes the profile of a monitor.
func (c *Config) makes(m monitor.Config) string {
	return fmt.Sprintf("`driftwatch profile --config %s --monitor %s -o %s` makes it from the topic, with --input FILE from a file",
		c.documents[0].file, m.Name, c.documents[0].beside(m.Reference.Profile))
}

// checkFiles reads the secrets and certificates, as run does, to say which are
// not there.
func (c *Config) checkFiles() {
	main := c.documents[0]
	for _, p := range c.Kafka.CheckFiles("kafka") {
		main.report(p)
	}
	for i, r := range c.Receivers {
		for _, p := range r.CheckFiles(fmt.Sprintf("receivers[%d]", i)) {
			main.report(p)
		}
	}
}

// compileOrphans tries the rules of monitors that are not there: what else is
// wrong with them is said, too.
func (c *Config) compileOrphans() {
	seen := c.monitorNames()
	for _, r := range c.Rules {
		if slices.Contains(seen, r.Monitor) {
			continue
		}
		seen = append(seen, r.Monitor)
		_, ps := rules.Compile(r.Monitor, c.Rules, nil, nil, monitor.Statistics(monitor.Config{}))
		for _, p := range ps {
			if !p.Warning {
				c.reportRule(p)
			}
		}
	}
}

// checkTimestamp warns of a time field that the profile was not made with: where
// it is not in the records, none of them can be counted.
func (c *Config) checkTimestamp(path string, m monitor.Config, ref *stats.Reference) {
	field := m.Timestamp.Field
	was := slices.IndexFunc(ref.LeftOut, func(l stats.LeftOut) bool { return l.Reason == monitor.TheTimestamp })
	if field == "" || was < 0 || ref.LeftOut[was].Name == field {
		return
	}
	p := rules.Problem{Path: path, Warning: true, Message: fmt.Sprintf("the profile was made with the time in %q, and here it is %q", ref.LeftOut[was].Name, field)}
	known := slices.ContainsFunc(ref.LeftOut, func(l stats.LeftOut) bool { return l.Name == field }) ||
		slices.ContainsFunc(ref.Layout.Features, func(e *stats.Edges) bool { return e.Name == field })
	if !known && len(m.Features) == 0 {
		p.Warning = false
		p.Message += ", a field that its records did not have"
	}
	c.documents[0].report(p)
}

// try makes the engine of a monitor, without a source and on nothing's state.
func (c *Config) try(m monitor.Config) error {
	d, err := c.deps(m, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	d.Store = monitor.NewMemory()
	_, err = monitor.New(d)
	return err
}

// compile tries the rules of a monitor on what is known of its features: all
// of it with a profile, nothing before a reference is built.
func (c *Config) compile(m monitor.Config) (ok bool) {
	ref := c.references[m.Name]
	features, segments, err := monitor.Watched(m, ref)
	if err != nil {
		return false // resolve has said so
	}
	engine, ps := rules.Compile(m.Name, c.Rules, features, segments, monitor.Statistics(m))
	ok = engine != nil
	if ok {
		engine, _ = engine.Split() // what follows is about windows
		ps = append(ps, engine.Check(sizes(m, ref))...)
		ps = append(ps, engine.Futile()...)
		ps = append(ps, engine.Undefined(time.Duration(m.Window.Size))...)
		ps = append(ps, c.checkBaseline(m, ref)...)
		if m.Window.Every > 0 {
			ps = append(ps, engine.Misaligned(time.Duration(m.Window.Every), time.Duration(c.State.Retention))...)
		}
		if ref != nil {
			ps = append(ps, engine.Idle()...)
		}
	}
	for _, p := range ps {
		if ref == nil && strings.Contains(p.Path, ".segments") {
			continue // which segments there will be is not known yet
		}
		c.reportRule(p)
	}
	return ok
}

// checkBaseline warns where psi_baseline cannot be said: it is known of all rows
// only, and for windows of the size that the reference was built for.
func (c *Config) checkBaseline(m monitor.Config, ref *stats.Reference) (ps []rules.Problem) {
	for i, r := range c.Rules {
		if r.Monitor != m.Name || !strings.Contains(r.When+" "+r.Clear, "psi_baseline") {
			continue
		}
		warn := func(key, message string) {
			ps = append(ps, rules.Problem{Path: fmt.Sprintf("rules[%d].%s", i, key), Warning: true, Message: message})
		}
		if slices.ContainsFunc(r.Segments, func(s string) bool { return s != "-" }) {
			warn("segments", "psi_baseline is known of all rows together only, so in segments this rule is never decided")
		}
		if other := slices.IndexFunc(r.Windows, func(size rules.Duration) bool { return size != m.Window.Size }); other >= 0 {
			warn(fmt.Sprintf("windows[%d]", other), fmt.Sprintf("psi_baseline is known for windows of the monitor's own size only, which is %s, so in one of %s this rule is never decided", m.Window.Size, r.Windows[other]))
		}
		known := ref == nil || slices.ContainsFunc(ref.Baselines, func(b stats.Baseline) bool {
			return b.Window == time.Duration(m.Window.Size).Milliseconds()
		})
		if !known {
			warn("when", fmt.Sprintf("the profile does not know psi_baseline for windows of %s, so this rule is never decided; build it with this configuration from records with times", m.Window.Size))
		}
	}
	return ps
}

// sizes are what a reference tells of the rows that rules will see.
func sizes(m monitor.Config, ref *stats.Reference) rules.Sizes {
	s := rules.Sizes{Window: time.Duration(m.Window.Size)}
	if ref != nil {
		s.Span = time.Duration(ref.To-ref.From) * time.Millisecond
		s.Reference = map[string]uint64{"": ref.Counts[0].Rows}
		for i, name := range ref.Segments {
			s.Reference[name] = ref.Counts[i+1].Rows
		}
	}
	return s
}

// reportRule reports a problem whose path counts the rules of all files.
func (c *Config) reportRule(p rules.Problem) {
	number, rest, _ := strings.Cut(strings.TrimPrefix(p.Path, "rules["), "]")
	i, err := strconv.Atoi(number)
	if err != nil || i >= len(c.sources) {
		c.documents[0].report(p)
		return
	}
	p.Path = c.sources[i].path + rest
	if !c.sources[i].faulty(p.Path) { // else it would be said twice
		c.sources[i].report(p)
	}
}

// deps gathers what the engine of one monitor needs, except where its records
// come from and where its state goes.
func (c *Config) deps(m monitor.Config, log *slog.Logger) (monitor.Deps, error) {
	format, err := decode.ByName(m.Format)
	if err != nil {
		return monitor.Deps{}, err
	}
	var own []rules.Rule
	for _, r := range c.Rules {
		if r.Monitor == m.Name {
			own = append(own, r)
		}
	}
	return monitor.Deps{
		Config:      m,
		Rules:       own,
		Format:      format,
		Receivers:   c.Routes.For,
		Checkpoint:  time.Duration(c.State.CheckpointInterval),
		Retention:   time.Duration(c.State.Retention),
		MaxAlertAge: maxAlertAge,
		Incidents:   c.Incidents,
		Profile:     c.references[m.Name],
		Workers:     runtime.GOMAXPROCS(0),
		Log:         log,
		Now:         time.Now,
	}, nil
}

// readProfile reads a reference from its file.
func readProfile(file string) (*stats.Reference, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the profile: %w; driftwatch profile makes one", err)
	}
	ref := &stats.Reference{}
	if err := ref.UnmarshalBinary(content); err != nil {
		return nil, fmt.Errorf("%s is not a usable profile: %w; make it anew with driftwatch profile", file, err)
	}
	return ref, nil
}

// startProblem is why a monitor cannot start, at the place in the configuration
// that names what is not there. It is an unreachableError where that is only the
// broker.
func (c *Config) startProblem(name string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	i := slices.Index(c.monitorNames(), name)
	path := fmt.Sprintf("monitors[%d]", i)
	var missing kafka.MissingTopicError
	var unreachable kafka.UnreachableError
	switch {
	case errors.As(err, &missing):
		path += ".topic"
	case errors.As(err, &unreachable):
		path = "kafka.brokers"
	case i >= 0 && c.Monitors[i].Reference.From != "":
		path += ".reference"
	}
	if errors.As(err, &unreachable) {
		return unreachableError{c.at(path, err)}
	}
	return c.at(path, err)
}

// at is an error with the place in the configuration that leads to it.
func (c *Config) at(path string, err error) problems {
	main := c.documents[0]
	at := main.find(path)
	return problems{{file: main.file, line: at.line, column: at.column, path: path, message: main.redact(err.Error())}}
}

// unreachableError is a problem that is none of the configuration.
type unreachableError struct{ problems }

func (e unreachableError) Unwrap() error { return e.problems }
