package monitor

import "slices"

// Epoch is a time in which all panes had one layout. When what panes mean is
// changed in the configuration, or event time begins anew, another epoch
// begins: the former panes stay as history and are in no window of it.
type Epoch struct {
	// Layout names the panes in the store; no two epochs of a Progress have the
	// same. "" are the panes of learning.
	Layout string `json:"layout"`
	Means  string `json:"means"` // hash of what must be the same for panes to be merged
	Every  int64  `json:"every_ms"`
	Size   int64  `json:"size_ms"`
	Keep   int64  `json:"keep_ms"` // panes are needed for so long before Closed
	Opened int64  `json:"opened"`  // windows that end by then were closed in a former epoch; NoTime: none
	Origin int64  `json:"origin"`  // start of the first pane that is whole; NoTime: not known yet
	Closed int64  `json:"closed"`  // end of the last closed window; NoTime: none
	Ended  int64  `json:"ended"`   // of a former epoch: no pane of it starts later
	Amid   bool   `json:"amid"`    // it began amid its first pane, which hence is not whole
}

// begin opens an epoch after the present one, which is kept if its panes are
// history. Those of learning are none: their records are counted anew.
func (p *Progress) begin(e Epoch) {
	if p.Layout != "" {
		former := p.Epoch
		former.Ended = max(p.Closed, p.Highest)
		p.Former = append(slices.Clone(p.Former), former)
	}
	e.Layout = e.Means
	for slices.ContainsFunc(p.Former, func(f Epoch) bool { return f.Layout == e.Layout }) {
		e.Layout += "'"
	}
	p.Epoch = e
}

// goOn opens an epoch whose panes mean something else, at the place in event
// time that the present one has come to. A pane that has records from before
// as well is not whole.
func (p *Progress) goOn(means string, every int64) {
	e := Epoch{Means: means, Every: every, Opened: NoTime, Origin: NoTime, Closed: NoTime, Amid: p.Amid}
	if p.Closed != NoTime {
		e.Closed = floor(p.Closed, every)
		e.Opened = e.Closed
	}
	if reached := max(p.Closed, p.Highest); reached != NoTime {
		e.Origin = floor(reached, every) + every
	}
	p.begin(e)
}

// anotherClock makes event time begin anew where every partition is: it is read
// from elsewhere now, and what is known of it is of another clock.
func (p *Progress) anotherClock() {
	counted := p.Highest != NoTime
	for i := range p.Partitions {
		p.Partitions[i].forgetTime()
	}
	p.forgetTime()
	p.Amid = counted
}

// forget drops the former epochs whose panes have expired.
func (p *Progress) forget(expire int64) {
	p.Former = slices.DeleteFunc(slices.Clone(p.Former), func(e Epoch) bool { return e.Ended < expire })
}

// epochs are all that have panes, oldest first.
func (p *Progress) epochs() []Epoch { return append(slices.Clone(p.Former), p.Epoch) }
