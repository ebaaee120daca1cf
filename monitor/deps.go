package monitor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"time"

	"driftwatch/rules"
	"driftwatch/stats"
)

// Deps is what a monitor is made of.
type Deps struct {
	Config  Config
	Rules   []rules.Rule // those of this monitor
	Format  Format
	Source  Source
	Store   Store            // a backtest keeps its state in memory where this is nil
	Profile *stats.Reference // the file of reference.profile; nil where the reference is another

	// Receivers names who gets a transition of a severity; override is what the
	// rule itself names. Nil: nobody.
	Receivers func(severity string, override []string) []string
	// CommitOffsets tells the broker how far the reading has come, for lag
	// dashboards; nil: nobody is told. The store decides.
	CommitOffsets func(ctx context.Context, next map[int32]int64) error

	// Controls gives what people have told the running process; nil: nobody can.
	// What it gives is not changed any more, and is the same pointer until there
	// is something new.
	Controls func() *Controls

	Checkpoint  time.Duration // between transactions; default 1 s
	Retention   time.Duration // of panes; default 7 d
	MaxAlertAge time.Duration // default 1 h
	Incidents   IncidentConfig
	Workers     int // default one per core
	Log         *slog.Logger
	Now         func() time.Time

	backtest bool
	limits   limits
	closed   func(rules.Window, []rules.Sample) // of a backtest; may be nil
}

func (d Deps) withDefaults() Deps {
	setDefault(&d.Checkpoint, time.Second)
	setDefault(&d.Retention, 7*24*time.Hour)
	setDefault(&d.MaxAlertAge, time.Hour)
	if len(d.Incidents.GroupBy) == 0 {
		d.Incidents = DefaultIncidents()
	}
	setDefault(&d.Workers, runtime.GOMAXPROCS(0))
	if d.Receivers == nil {
		d.Receivers = func(string, []string) []string { return nil }
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if !d.backtest {
		d.limits = limits{from: NoTime, to: NoTime}
	}
	return d
}

func setDefault[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// times are the settings of event time in milliseconds.
func (c Config) times(retention int64) times {
	w := c.Window
	t := times{
		every: milliseconds(w.Every), size: milliseconds(w.Size), lateness: milliseconds(w.Lateness),
		maxFuture: milliseconds(w.MaxFuture), maxPast: milliseconds(w.MaxPast), maxAhead: milliseconds(w.MaxAhead),
		retention: retention, independent: c.Timestamp.Field != "",
	}
	t.retention = max(t.retention, 2*t.size) // a pane is needed until it has left the window
	if t.maxAhead == 0 {
		t.maxAhead = max(2*t.size, (10 * time.Minute).Milliseconds())
	}
	return t
}

func milliseconds(d rules.Duration) int64 { return time.Duration(d).Milliseconds() }

func hashOf(parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil {
		panic("monitor: a configuration that has no JSON form: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// Watched are the features and segments that the rules can name. Before there is
// a reference none are known.
func Watched(c Config, ref *stats.Reference) (features []rules.Feature, segments []string, err error) {
	if ref == nil {
		return nil, nil, nil
	}
	if err := checkReference(c, ref); err != nil {
		return nil, nil, err
	}
	if ref, err = restrict(ref, c.watched()); err != nil {
		return nil, nil, err
	}
	for _, e := range ref.Layout.Features {
		features = append(features, rules.Feature{Name: e.Name, Kind: e.Kind.String(), Derived: IsDerived(e.Name)})
	}
	return features, ref.Segments, nil
}

// compile compiles the rules that windows are stepped through, for the features
// of a layout.
func (d *Deps) compile(ref *stats.Reference, log *slog.Logger) (*rules.Engine, error) {
	features, segments, err := Watched(d.Config, ref)
	if err != nil {
		return nil, err
	}
	engine, problems := rules.Compile(d.Config.Name, d.Rules, features, segments, Statistics(d.Config))
	if engine != nil {
		engine, _ = engine.Split()
		problems = append(problems, engine.Misaligned(time.Duration(d.Config.Window.Every), d.Retention)...)
		for _, p := range append(engine.Idle(), engine.Undefined(time.Duration(d.Config.Window.Size))...) {
			p.Warning = true
			problems = append(problems, p)
		}
	}
	var wrong []string
	for _, p := range problems {
		if p.Warning {
			log.Warn("a rule may not do all that it says", "monitor", d.Config.Name, "rule", p.Path, "why", p.Message)
			continue
		}
		wrong = append(wrong, p.Path+": "+p.Message)
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("the rules of monitor %q cannot be used: %s", d.Config.Name, strings.Join(wrong, "; "))
	}
	return engine, nil
}
