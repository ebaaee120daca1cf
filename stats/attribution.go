package stats

import "math"

// Contribution is the part that one segment has in the PSI of all rows, in
// nats: PSI = Mix + Within. Mix comes from its share of the rows having changed,
// Within from the distribution inside of it. All may be negative.
type Contribution struct {
	Segment          int // index into the profiles given
	PSI, Mix, Within float64
}

// Attribute splits the PSI of all rows among segments. ref and cur hold one
// profile per segment, of the edges of overall, and between them count every
// row once; the contributions then add up to the PSI but for rounding. With p_sb
// and q_sb the parts of segment s in the smoothed shares p_b and q_b of bin b,
// in the reference and now, they are
//
//	PSI_s    = sum over b of (q_sb - p_sb) ln(q_b/p_b)
//	Mix_s    = sum over b of (Q_s - P_s) (q_b|s + p_b|s)/2 ln(q_b/p_b)
//	Within_s = sum over b of (Q_s + P_s)/2 (q_b|s - p_b|s) ln(q_b/p_b)
//
// where P_s = sum of p_sb and p_b|s = p_sb/P_s. The 1/2 that smoothing adds to a
// bin is divided by the segments' shares of the rows. A segment that one side
// does not have is all Mix. Without rows on both sides there are none.
func Attribute(overall *Comparison, ref, cur []Profile) []Contribution {
	overall.align()
	bins := len(overall.bins)
	if bins == 0 {
		return nil
	}
	logs := make([]float64, bins)
	for i := range logs {
		p, q := overall.smoothed(i)
		logs[i] = math.Log(q / p)
	}
	parts := make([]Contribution, len(ref))
	var p, q []float64
	for s := range ref {
		var rowsP, rowsQ float64
		p, rowsP = overall.within(p[:0], ref[s].Cells, float64(overall.base.rows))
		q, rowsQ = overall.within(q[:0], cur[s].Cells, float64(overall.rows))
		parts[s] = contribution(s, p, q, rowsP, rowsQ, logs)
	}
	return parts
}

// within appends to dst the shares of the bins among a segment's rows, smoothed
// by the segment's part of the 1/2, and returns the segment's share of the rows.
func (c *Comparison) within(dst []float64, cells []uint64, rows float64) (shares []float64, share float64) {
	dst = c.cur.Edges.fill(dst, c.bins, cells)
	own := float64(sum(cells))
	share = own / rows
	if own == 0 {
		return dst, 0
	}
	for i := range dst {
		// (n + share/2) / (rows + B/2) / share, without dividing by it.
		dst[i] = (dst[i] + share/2) / (own + share*float64(len(dst))/2)
	}
	return dst, share
}

func contribution(segment int, p, q []float64, shareP, shareQ float64, logs []float64) Contribution {
	if shareP == 0 {
		p = q
	}
	if shareQ == 0 {
		q = p
	}
	c := Contribution{Segment: segment}
	for b, log := range logs {
		c.Mix += (shareQ - shareP) * (q[b] + p[b]) / 2 * log
		c.Within += (shareQ + shareP) / 2 * (q[b] - p[b]) * log
	}
	c.PSI = c.Mix + c.Within
	return c
}
