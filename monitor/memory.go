package monitor

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
)

// Memory is a Store that ends with the process, for a backtest of one monitor.
// One goroutine uses it at a time.
type Memory struct {
	checkpoint  Checkpoint
	found       bool
	panes       []PaneValue // by comparePanes
	sketches    map[int64][]byte
	sample      map[sampleKey]SampleRow
	incidents   []Incident // in the order they came
	transitions []Transition
}

// sampleKey is what names a row of the sample.
type sampleKey struct {
	hash      uint64
	partition int32
	offset    int64
}

func (r SampleRow) key() sampleKey { return sampleKey{r.Hash, r.Partition, r.Offset} }

// NewMemory is an empty Memory.
func NewMemory() *Memory {
	return &Memory{checkpoint: Checkpoint{Expired: NoTime}, sample: map[sampleKey]SampleRow{}, sketches: map[int64][]byte{}}
}

// Load gives what the last commit left.
func (m *Memory) Load() (Checkpoint, bool, error) {
	c := m.checkpoint
	c.Incidents = slices.Clone(m.incidents)
	return c, m.found, nil
}

// Commit applies c. It keeps copies of the bytes, which callers use again.
func (m *Memory) Commit(c *Commit) error {
	m.found = true
	if c.Progress.Layout != m.checkpoint.Progress.Layout {
		clear(m.sketches)
	}
	m.checkpoint.Progress = c.Progress.clone()
	m.checkpoint.Alerts = slices.Clone(c.Alerts)
	if c.Days != nil {
		m.checkpoint.Days = slices.Clone(c.Days)
	}
	if c.Reference != nil {
		m.checkpoint.Reference = bytes.Clone(c.Reference)
	}
	if c.Declared != nil {
		m.checkpoint.Declared = c.Declared
	}
	if c.Reset {
		m.panes = slices.DeleteFunc(m.panes, func(p PaneValue) bool { return p.Key.Layout == "" })
		clear(m.sample)
	}
	m.commitPanes(c)
	m.commitSketches(c)
	for _, r := range c.SampleAdd {
		r.Value = bytes.Clone(r.Value)
		m.sample[r.key()] = r
	}
	for _, r := range c.SampleDrop {
		delete(m.sample, r.key())
	}
	for _, t := range c.Transitions {
		t.Number = uint64(len(m.transitions)) + 1
		m.transitions = append(m.transitions, t)
	}
	for _, i := range c.Incidents {
		at := slices.IndexFunc(m.incidents, func(o Incident) bool { return o.ID == i.ID })
		if at < 0 {
			at, m.incidents = len(m.incidents), append(m.incidents, i)
		}
		m.incidents[at] = i
	}
	return nil
}

func (m *Memory) commitPanes(c *Commit) {
	for _, p := range c.Panes {
		p.Bytes = bytes.Clone(p.Bytes)
		i, found := slices.BinarySearchFunc(m.panes, p, comparePanes)
		if found {
			m.panes[i] = p
		} else {
			m.panes = slices.Insert(m.panes, i, p)
		}
	}
	if c.Expire != NoTime {
		from := firstPane(m.panes, Ancient+1)
		to := max(from, firstPane(m.panes, min(c.Expire, Distant)))
		if from < to {
			m.checkpoint.Expired = max(m.checkpoint.Expired, c.Expire)
		}
		m.panes = slices.Delete(m.panes, from, to)
	}
}

// Panes visits the panes of a layout with from <= start < to.
func (m *Memory) Panes(layout string, from, to int64, visit func(PaneKey, []byte) error) error {
	for _, p := range m.panes[firstPane(m.panes, from):] {
		if p.Key.Start >= to {
			break
		}
		if p.Key.Layout != layout {
			continue
		}
		if err := visit(p.Key, p.Bytes); err != nil {
			return err
		}
	}
	return nil
}

func (m *Memory) commitSketches(c *Commit) {
	for _, s := range c.Sketches {
		m.sketches[s.Start] = bytes.Clone(s.Bytes)
	}
	if c.ExpireSketches != NoTime {
		maps.DeleteFunc(m.sketches, func(start int64, _ []byte) bool { return start < c.ExpireSketches })
	}
}

// Sketches visits the sketches with from <= start < to.
func (m *Memory) Sketches(from, to int64, visit func(start int64, b []byte) error) error {
	for _, start := range slices.Sorted(maps.Keys(m.sketches)) {
		if start < from || start >= to {
			continue
		}
		if err := visit(start, m.sketches[start]); err != nil {
			return err
		}
	}
	return nil
}

// Sample visits the learning sample by hash, partition and offset.
func (m *Memory) Sample(visit func(SampleRow) error) error {
	rows := slices.SortedFunc(maps.Values(m.sample), func(a, b SampleRow) int {
		return cmp.Or(cmp.Compare(a.Hash, b.Hash), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	for _, r := range rows {
		if err := visit(r); err != nil {
			return err
		}
	}
	return nil
}

// Transitions are all that were committed, numbered from 1.
func (m *Memory) Transitions() []Transition { return slices.Clone(m.transitions) }

// comparePanes puts the time first, so that what expires lies together; within
// a layout it is the order that Store.Panes promises.
func comparePanes(a, b PaneValue) int {
	late := func(p PaneValue) int {
		if p.Key.Late {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(a.Key.Start, b.Key.Start), cmp.Compare(late(a), late(b)),
		cmp.Compare(a.Key.Layout, b.Key.Layout), cmp.Compare(a.Key.Segment, b.Key.Segment))
}

// firstPane is the index of the first pane that starts at or after a time.
func firstPane(panes []PaneValue, start int64) int {
	i, _ := slices.BinarySearchFunc(panes, start, func(p PaneValue, start int64) int { return cmp.Compare(p.Key.Start, start) })
	return i
}

// clone shares nothing with p, which the stream goes on changing.
func (p Progress) clone() Progress {
	p.Partitions = slices.Clone(p.Partitions)
	p.Former = slices.Clone(p.Former)
	p.Totals.Rejected = maps.Clone(p.Totals.Rejected)
	if p.Learn != nil {
		learn := *p.Learn
		p.Learn = &learn
	}
	return p
}
