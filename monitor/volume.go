package monitor

import (
	"maps"
	"slices"

	"driftwatch/stats"
)

// maxHours bounds the hours that records can be of, 57 years: times that are
// spread over more are no times.
const maxHours = 500_000

// strayShare is what share of the records at an end of the time may be stray:
// with a wrong clock, or a time that was not set.
const strayShare = 0.01

// hours counts records by hour of event time.
type hours struct {
	rows uint64
	of   map[int64]*hourRows
	last *hourRows // the one that was counted last
	many bool      // there are more than maxHours
}

func newHours() *hours { return &hours{of: map[int64]*hourRows{}} }

type hourRows struct {
	start, rows int64
	first, end  int64 // the first time in it, and after the last
}

const anHour = 3_600_000 // ms

func (h *hours) count(at int64) {
	start := floor(at, anHour)
	if h.last == nil || h.last.start != start {
		if h.last = h.of[start]; h.last == nil {
			if h.many = h.many || len(h.of) >= maxHours; h.many {
				return
			}
			h.last = &hourRows{start: start, first: at, end: at + 1}
			h.of[start] = h.last
		}
	}
	h.rows++
	h.last.rows++
	h.last.first, h.last.end = min(h.last.first, at), max(h.last.end, at+1)
}

// volume is that of the time from the first record to the last, without stray
// ones. It is nil where that has no length.
func (h *hours) volume() *stats.Volume {
	if len(h.of) == 0 || h.many {
		return nil
	}
	all := make([]*hourRows, 0, len(h.of))
	for _, start := range slices.Sorted(maps.Keys(h.of)) {
		all = append(all, h.of[start])
	}
	all = withoutStray(all, int64(strayShare*float64(h.rows)))
	from, to := all[0].first, all[len(all)-1].end
	if to-from == 1 {
		return nil
	}
	v := stats.NewVolume(from, to)
	for _, hour := range all {
		v.Add(hour.start, uint64(hour.rows))
	}
	return v
}

// withoutStray leaves out hours that are farther from the middle, which is all
// but the first few rows and the last few, than that is long.
func withoutStray(all []*hourRows, few int64) []*hourRows {
	first, last := 0, len(all)-1
	for rows := all[first].rows; rows <= few; rows += all[first].rows {
		first++
	}
	for rows := all[last].rows; rows <= few; rows += all[last].rows {
		last--
	}
	long := all[last].end - all[first].first
	from, to := all[first].first-long, all[last].end+long
	return slices.DeleteFunc(all, func(h *hourRows) bool { return h.first < from || h.end > to })
}

// volume is that of the range: every record of its panes, not only those of the
// sample. It is nil where the range is shorter than a pane.
func (l *learning) volume(s *Stream) *stats.Volume {
	every := s.plan.times.every
	if l.span < every {
		return nil
	}
	v := stats.NewVolume(l.start, l.start+l.span/every*every)
	if anHour%every != 0 {
		v.Hours = nil // a pane is of several
	}
	for id, p := range s.panes {
		if !id.late && id.start >= v.From && id.start < v.To {
			v.Add(id.start, p.rows())
		}
	}
	return v
}
