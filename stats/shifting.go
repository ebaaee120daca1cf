package stats

import "math"

// shifting moves the values that a reference counted, for Sees.
type shifting struct {
	p     Profile
	cells []uint64
	mixed bool // there are values of cells that hold more than one
	// The nearest cell with values before and after each one, itself included;
	// -1: there is none.
	before, after []int
}

func newShifting(p Profile) *shifting {
	s := &shifting{p: p, cells: p.Cells[NoValues:]}
	n := len(s.cells)
	s.before, s.after = make([]int, n), make([]int, n)
	last, next := -1, -1
	for i, k := range s.cells {
		if k > 0 {
			last = i
			s.mixed = s.mixed || !s.single(i)
		}
		s.before[i] = last
	}
	for i := n - 1; i >= 0; i-- {
		if s.cells[i] > 0 {
			next = i
		}
		s.after[i] = next
	}
	return s
}

// single says that a cell holds one value only, which is its upper bound.
func (s *shifting) single(i int) bool {
	low, high := s.p.bounds(i)
	return s.p.Edges.singles[i] || !(low < high)
}

// by returns the rows in each value cell after values have moved by d, and by how
// much the mean of the values has.
func (s *shifting) by(d float64) (rows []float64, mean float64) {
	rows = make([]float64, len(s.cells))
	var moved, total float64
	for i, n := range s.cells {
		if n == 0 {
			continue
		}
		k := float64(n)
		total += k
		low, high := s.p.bounds(i)
		switch {
		case !s.single(i):
			s.spread(rows, low+d, high+d, k)
			moved += k * d
		case s.mixed && n*heavy > sum(s.cells):
			rows[i] += k
		default:
			moved += k * (s.settle(rows, high+d, k) - high)
		}
	}
	return rows, moved / total
}

// spread puts k rows evenly between low and high.
func (s *shifting) spread(rows []float64, low, high, k float64) {
	cuts := s.p.Edges.Cuts
	for i := s.cell(low); i < len(rows); i++ {
		end := high
		if i < len(cuts) {
			end = min(high, cuts[i])
		}
		start := low
		if i > 0 {
			start = max(low, cuts[i-1])
		}
		rows[i] += k * max(0, end-start) / (high - low)
		if end >= high {
			return
		}
	}
}

// settle puts k rows of one value at x, where the reference has values; else at
// those on both sides of x, with x as their mean, or at the only one. It returns
// where they are on average.
func (s *shifting) settle(rows []float64, x, k float64) float64 {
	i := s.cell(x)
	if s.cells[i] > 0 && !s.single(i) {
		rows[i] += k
		return x
	}
	left, right := s.before[i], s.after[i]
	if left < 0 {
		left = right
	}
	if right < 0 {
		right = left
	}
	_, from := s.p.bounds(left)
	to, high := s.p.bounds(right)
	if s.single(right) {
		to = high
	}
	part := 0.0
	if to > from {
		part = min(1, max(0, (x-from)/(to-from)))
	}
	rows[left] += k * (1 - part)
	rows[right] += k * part
	return from + part*(to-from)
}

// cell is the index of the value cell of x.
func (s *shifting) cell(x float64) int {
	x = max(-math.MaxFloat64, min(math.MaxFloat64, x))
	return s.p.Edges.Number(x) - NoValues
}
