package monitor

import (
	"math"

	"driftwatch/stats"
)

// AlertLikely is a cause that a test finds likely.
type AlertLikely struct {
	Kind string `json:"kind"`
	By   Float  `json:"by"` // of scaled: the factor; of missing: its part of the PSI; of volume: rows against the usual; of constant: the share of that value
}

// The kinds of likely causes. Whether only one partition or one value of a header
// is affected is in Alert.Only, and whether one segment is, in Alert.Segments.
const (
	LikelyConstant = "constant" // nearly all rows have one value, and had not
	LikelyScaled   = "scaled"   // all values are multiplied by the same number
	LikelyMissing  = "missing"  // most of the drift is rows without a value
	LikelyVolume   = "volume"   // there are far fewer or far more rows than usual
)

// likely looks for a cause in the values of a feature; nil: there is none.
func likely(ref, cur stats.Profile) *AlertLikely {
	for _, test := range []func(ref, cur stats.Profile) *AlertLikely{likelyConstant, likelyMissing, likelyScaled} {
		if l := test(ref, cur); l != nil {
			return l
		}
	}
	return nil
}

// likelyConstant: one cell has 99 % of the values and had less than half of them.
// A cell of a number need not be one value, so that its least and greatest values
// must be the same, too.
func likelyConstant(ref, cur stats.Profile) *AlertLikely {
	n, m := float64(cur.Values()), float64(ref.Values())
	if n == 0 || m == 0 {
		return nil
	}
	for cell := stats.NoValues; cell < len(cur.Cells) && cell < len(ref.Cells); cell++ {
		share := float64(cur.Cells[cell]) / n
		if share < 0.99 || float64(ref.Cells[cell])/m >= 0.5 {
			continue
		}
		if cur.Edges.Kind == stats.Numeric && cur.Std() > 1e-9*math.Abs(cur.Mean()) {
			continue
		}
		return &AlertLikely{LikelyConstant, Float(share)}
	}
	return nil
}

// likelyMissing: of what moved, in shares of the rows, at least two thirds are
// rows without a value.
func likelyMissing(ref, cur stats.Profile) *AlertLikely {
	n, m := float64(cur.Rows()), float64(ref.Rows())
	if n == 0 || m == 0 || len(ref.Cells) != len(cur.Cells) {
		return nil
	}
	none := float64(cur.Rows()-cur.Values())/n - float64(ref.Rows()-ref.Values())/m
	if none < 0.02 {
		return nil
	}
	// Without them the values would have these shares.
	grown := 0.0
	for cell := stats.NoValues; cell < len(cur.Cells); cell++ {
		grown += max(0, float64(cur.Cells[cell])/n-float64(ref.Cells[cell])/m)
	}
	if part := none / (none + grown); part >= 2./3 {
		return &AlertLikely{LikelyMissing, Float(part)}
	}
	return nil
}

// likelyScaled: mean and standard deviation are multiplied by the same number, at
// least 1.5 or at most 1/1.5, within a tenth.
func likelyScaled(ref, cur stats.Profile) *AlertLikely {
	if ref.Edges.Kind != stats.Numeric {
		return nil
	}
	mean, spread := cur.Mean()/ref.Mean(), cur.Std()/ref.Std()
	factor := math.Sqrt(mean * spread)
	if !(mean > 0) || !(spread > 0) || math.IsInf(factor, 0) || math.Abs(mean/spread-1) > 0.1 || math.Abs(math.Log(factor)) < math.Log(1.5) {
		return nil
	}
	return &AlertLikely{LikelyScaled, Float(factor)}
}

// likelyVolume: the rows are less than half or more than twice as many as usual.
func likelyVolume(rows, usual float64) *AlertLikely {
	if by := rows / usual; usual > 0 && (by < 0.5 || by > 2) {
		return &AlertLikely{LikelyVolume, Float(by)}
	}
	return nil
}
