package monitor

import (
	"context"
	"errors"
	"time"

	"driftwatch/rules"
)

// BacktestOptions bound a backtest.
type BacktestOptions struct {
	From, To int64 // event time, half-open, Unix ms; NoTime leaves an end open
	// Emit gets every transition in order; nil: nobody does.
	Emit func(Alert) error
	// Told gets every revision of every incident, which is what a receiver that
	// edits its messages is sent; nil: nobody does.
	Told func(Incident)
	// Closed sees every window that closes before the rules do; nil: nobody. Of a
	// run of empty windows it may see the first ones only.
	Closed func(rules.Window, []rules.Sample)
}

// BacktestResult says what a backtest went through.
type BacktestResult struct {
	Records uint64 // decided: counted, rejected or skipped
	Windows uint64
	Totals  Totals
	Judged  []rules.Judged // of each rule, how often it could not be decided
	ByClock []string       // the rules that are judged by the clock, which had no say
	// LooksLike is what one of the malformed records most likely is; "" where
	// there are none.
	LooksLike string
	// Learning says that the input ended before the reference was learned, so
	// that nothing was compared.
	Learning bool
}

// Backtest runs the engine over what there is now and no longer, at full speed:
// the same stream, workers and rules as Run, without a clock. A partition at
// the end of its range is released then, and no other ever is. When all are,
// the windows that end by the highest event time close; the last partial one
// does not.
func Backtest(ctx context.Context, d Deps, o BacktestOptions) (BacktestResult, error) {
	d.backtest = true
	d = d.withDefaults()
	d.Receivers, d.CommitOffsets = nil, nil
	d.Now = func() time.Time { return time.UnixMilli(0) }
	d.Config.Start = "earliest"
	if d.Store == nil {
		d.Store = NewMemory()
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	d.Store = &emitting{Store: d.Store, o: o, stop: stop}
	d.closed = o.Closed
	d.Source = &bounded{Source: d.Source, from: o.From, early: milliseconds(d.Config.Window.MaxFuture)}
	d.limits = limits{from: o.From, to: o.To, lateness: milliseconds(d.Config.Window.Lateness), ends: map[int32]int64{}}
	m, err := New(d)
	if err != nil {
		return BacktestResult{}, err
	}
	if err := m.Start(ctx); err != nil {
		return BacktestResult{}, err
	}
	for _, b := range m.topology.Partitions {
		d.limits.ends[b.Partition] = b.End
	}
	if err := m.commit(ctx); err != nil {
		return BacktestResult{}, err
	}
	for err = errAgain; errors.Is(err, errAgain); {
		m.stream.releaseEmpty()
		err = m.read(ctx)
	}
	if err == nil {
		err = m.commit(ctx)
	}
	if m.stream == nil {
		return BacktestResult{}, err
	}
	p := m.stream.progress
	r := BacktestResult{Windows: p.Windows, Totals: p.Totals, ByClock: d.byClock(), LooksLike: m.looks, Learning: m.stream.learning != nil}
	if m.stream.engine != nil {
		r.Judged = m.stream.engine.Judged()
	}
	for _, part := range m.stream.parts {
		r.Records += uint64(part.Decided())
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return r, err
}

// releaseEmpty lets go of partitions that have nothing to read.
func (s *Stream) releaseEmpty() {
	for _, p := range s.parts {
		p.done = p.done || p.atEnd()
	}
}

// bounded begins where the range of a backtest does.
type bounded struct {
	Source
	from, early int64
}

func (b *bounded) Resolve(ctx context.Context, t Topology, at Start) (map[int32]int64, error) {
	if b.from != NoTime && at.Kind == Earliest { // the range of a reference is another
		at = Start{AtTime, b.from - b.early}
	}
	return b.Source.Resolve(ctx, t, at)
}

// emitting hands on the transitions and incidents of each commit.
type emitting struct {
	Store
	o    BacktestOptions
	stop context.CancelCauseFunc
}

func (e *emitting) Commit(c *Commit) error {
	if err := e.Store.Commit(c); err != nil {
		return err
	}
	for _, t := range c.Transitions {
		if e.o.Emit == nil {
			break
		}
		if err := e.o.Emit(t.Alert); err != nil {
			e.stop(err)
			return nil
		}
	}
	for _, i := range c.Incidents {
		if e.o.Told != nil {
			e.o.Told(i)
		}
	}
	return nil
}
