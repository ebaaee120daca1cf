package monitor

import (
	"log/slog"
	"sync/atomic"

	"driftwatch/stats"
)

// rejectLog names the place of a rejected record, or of a value that cannot be
// used, now and then and never its content: one for each reason between two
// ticks.
type rejectLog struct {
	log    *slog.Logger
	topic  string
	said   [reasons]atomic.Bool
	values [stats.NoValues]atomic.Bool
}

// sample logs the first of each kind in a block that was observed.
func (r *rejectLog) sample(w *worker, b Block) {
	for i, why := range w.rows.reject {
		if why != accepted && r.said[why].CompareAndSwap(false, true) {
			r.log.Warn("records are rejected; this is one of them", "reason", reasonNames[why], "topic", r.topic, "partition", b.Partition, "offset", w.rows.records[i].Offset)
		}
	}
	for cell, u := range w.rows.unusable {
		if !u.seen || !r.values[cell].CompareAndSwap(false, true) {
			continue
		}
		what := "wrong type"
		if cell == stats.Invalid {
			what = "invalid"
		}
		r.log.Warn("values of a feature cannot be used; this is one of them", "feature", w.plan.features[u.feature].edges.Name, "reason", what, "topic", r.topic, "partition", b.Partition, "offset", w.rows.records[u.record].Offset)
	}
}

// tick allows one more line for each.
func (r *rejectLog) tick() {
	for i := range r.said {
		r.said[i].Store(false)
	}
	for i := range r.values {
		r.values[i].Store(false)
	}
}
