package stats

// constantValues of a window are enough to call them all the same: fewer are a
// quiet minute.
const constantValues = 100

// TurnedConstant says that all values of cur, at least 100, are one and the same,
// where the reference leads to expect at least 20 others: none of them has a
// probability of exp(-20). known is false where there are fewer values, or the
// edges are others. Rare and unseen categories are told apart by nobody.
func TurnedConstant(ref, cur Profile) (is, known bool) {
	values, all := cur.Values(), ref.Values()
	if values < constantValues || all == 0 || cur.Edges.Kind&binned == 0 || ref.Edges != cur.Edges && ref.Edges.ID() != cur.Edges.ID() {
		return false, false
	}
	same := -1
	for cell, n := range cur.Cells {
		if n == 0 || cur.Edges.noValue(cell) {
			continue
		}
		if same >= 0 {
			return false, true
		}
		same = cell
	}
	switch cur.Edges.Kind {
	case Numeric:
		if x := cur.Extremes; !x.Seen || x.Min != x.Max {
			return false, true
		}
	case Categorical:
		if same >= cur.Edges.rare() {
			return false, true
		}
	}
	others := 1 - ratio(ref.Cells[same], all)
	return others*float64(values) >= missedRows, true
}
