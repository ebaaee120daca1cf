package stats

import (
	"encoding/binary"
	"math"
)

// Volume is how many records came in a time, [From, To) in Unix milliseconds.
// That time is the reference's, but for what cannot be of it: where From and To
// are the first and last of the records' own times, a few wrong ones at an end
// would make the time much longer than it was.
type Volume struct {
	From, To int64
	Rows     uint64
	// Hours has the rows by hour of the week in UTC, from Monday 00:00 on. It is
	// nil where the time is shorter than two weeks: an hour seen once says
	// nothing of how it is otherwise.
	Hours *[weekHours]uint64
}

const (
	weekHours = 7 * 24
	hour      = 3_600_000 // ms
	week      = weekHours * hour
	monday    = 4 * 24 * hour // 1970-01-05
	// twoWeeks lack an hour, as the last record of two weeks comes before their end.
	twoWeeks = 2*week - hour
	// farTime bounds times so that the difference of two is an int64.
	farTime = 1 << 62
)

// NewVolume is of [from, to), without rows so far; from is less than to.
func NewVolume(from, to int64) *Volume {
	v := &Volume{From: from, To: to}
	if to-from >= twoWeeks {
		v.Hours = new([weekHours]uint64)
	}
	return v
}

// Add counts rows of the hour in which at lies.
func (v *Volume) Add(at int64, rows uint64) {
	v.Rows += rows
	if v.Hours != nil {
		v.Hours[(at-monday-floorDiv(at-monday, week)*week)/hour] += rows
	}
}

// Expected is how many rows are to be expected in [start, end), Unix
// milliseconds: at the mean rate of the reference's time or, where Hours are
// known, at that of each hour of the week that the window overlaps. An hour's
// rate is its rows over the time that it lies within [From, To). NaN where the
// volume is not known.
func (r *Reference) Expected(start, end int64) float64 {
	v := r.Volume
	switch {
	case v == nil:
		return math.NaN()
	case v.Hours == nil:
		return float64(v.Rows) * (float64(end-start) / float64(v.To-v.From))
	}
	rows := 0.0
	for h, n := range v.Hours {
		rows += float64(n) * (float64(hourWithin(h, start, end)) / float64(hourWithin(h, v.From, v.To)))
	}
	return rows
}

// hourWithin is how much of [from, to) is of an hour of the week, in ms.
func hourWithin(h int, from, to int64) int64 {
	before := func(at int64) int64 { // since a Monday that does not matter
		weeks := floorDiv(at-monday, week)
		return weeks*hour + min(max(at-monday-weeks*week-int64(h)*hour, 0), hour)
	}
	return before(to) - before(from)
}

// floorDiv is a/b rounded down.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (v *Volume) append(dst []byte) []byte {
	if v == nil {
		return append(dst, 0)
	}
	known := byte(1)
	if v.Hours != nil {
		known = 2
	}
	dst = binary.AppendVarint(binary.AppendVarint(append(dst, known), v.From), v.To)
	dst = binary.AppendUvarint(dst, v.Rows)
	if v.Hours != nil {
		for _, n := range v.Hours {
			dst = binary.AppendUvarint(dst, n)
		}
	}
	return dst
}

func (r *reader) volume() *Volume {
	known := r.byte()
	if known == 0 {
		return nil
	}
	v := &Volume{From: r.varint(), To: r.varint(), Rows: r.uvarint()}
	if known > 2 || v.From >= v.To || v.From < -farTime || v.To >= farTime || known == 2 && v.To-v.From < twoWeeks {
		r.fail("a volume of kind %d from %d to %d ms is none", known, v.From, v.To)
	}
	if known == 2 {
		v.Hours = new([weekHours]uint64)
		left := v.Rows
		for h := range v.Hours {
			v.Hours[h] = r.uvarint()
			if v.Hours[h] > left {
				r.fail("the hours of the volume have more than its %d rows", v.Rows)
			}
			left -= v.Hours[h]
		}
		if left > 0 {
			r.fail("the hours of the volume have fewer than its %d rows", v.Rows)
		}
	}
	return v
}
