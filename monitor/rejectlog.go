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
	looks  atomic.Pointer[string] // what the first malformed record looks like
}

// sample logs the first of each kind in a block that was observed.
func (r *rejectLog) sample(w *worker, b Block) {
	for i, why := range w.rows.reject[:w.rows.observed] {
		if why != accepted && r.said[why].CompareAndSwap(false, true) {
			r.rejected(w, b, i, why)
		}
	}
	for cell, u := range w.rows.unusable {
		if !u.seen || u.record >= w.rows.observed || !r.values[cell].CompareAndSwap(false, true) {
			continue
		}
		what := "wrong type"
		if cell == stats.Invalid {
			what = "invalid"
		}
		r.log.Warn("values of a feature cannot be used; this is one of them", "feature", w.plan.features[u.feature].edges.Name, "reason", what, "topic", r.topic, "partition", b.Partition, "offset", w.rows.records[u.record].Offset)
	}
}

func (r *rejectLog) rejected(w *worker, b Block, i int, why reason) {
	record := w.rows.records[i]
	where := []any{"reason", reasonNames[why], "topic", r.topic, "partition", b.Partition, "offset", record.Offset}
	if why == malformed {
		looks := w.decoder.Explain(record.Value)
		r.looks.CompareAndSwap(nil, &looks)
		where = append(where, "looks_like", looks)
	}
	r.log.Warn("records are rejected; this is one of them", where...)
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
