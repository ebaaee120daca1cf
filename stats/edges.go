package stats

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"unicode/utf8"
)

// Edges is the named binning of one feature, kept apart from any counts: which
// cell a value is counted in. Counts can be added and compared where the ID of
// their edges agrees, and nowhere else.
//
// Cells 0 to NoValues-1 count rows without a value. A numeric feature has
// len(Cuts)+1 value cells, a categorical one len(Values)+2 (the last two are
// the rare and the unseen), a boolean one two, a text one a single cell.
//
// Edges come from a New function or a Reference and are not changed afterwards;
// only EmptyMissing, Sentinels and Coerce may be set before they are first used. They are then safe
// for concurrent use.
type Edges struct {
	Name string
	Kind Kind

	// Cuts of a numeric feature are finite and strictly ascending. Cell
	// NoValues+i counts the values in (Cuts[i-1], Cuts[i]], with open tails.
	Cuts []float64
	// BinEnds are the indexes into Cuts at which the bins of PSI end: the
	// distinct deciles of the values that the edges were built from (NumPy's
	// quantile, linear), and the cut just below a decile that more than a tenth
	// of the values are equal to.
	BinEnds []int
	// Center and Scale are c and s of the z = (x-c)/s that moments are kept
	// in: mean and standard deviation (n-1) at the building, s = 1 where it
	// is 0 or below about 1e-302.
	Center, Scale float64

	// Values is the dictionary, the most frequent first and ties by value;
	// Values[i] is counted in cell NoValues+i.
	Values []string
	// Rare are known values beyond the dictionary, ascending, all counted in
	// cell NoValues+len(Values). Unseen ones are counted in the cell after it.
	Rare []string
	// EmptyMissing says that the empty string was declared missing, Sentinels
	// are the other values that were, as they were written, and Coerce that a
	// numeric string counts as a number. Who decodes goes by them: they are part
	// of what the cells mean.
	EmptyMissing bool
	Sentinels    []string
	Coerce       bool

	grid    grid
	singles []bool  // by numeric value cell: it can hold one value only
	perZ    float64 // z in units of 2^-20 is (x-Center)*perZ
	codes   Dictionary
	unknown int // cell of a non-empty string outside of codes
}

// NewCategorical builds the edges of a categorical feature from the counts of
// its values: the max most frequent make the dictionary, the others are Rare.
// The empty string has a cell of its own and is left out of both, and so is
// what is not valid UTF-8.
func NewCategorical(name string, counts map[string]uint64, max int) *Edges {
	values := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	values = slices.DeleteFunc(values, func(v string) bool { return v == "" || !utf8.ValidString(v) })
	keep := min(len(values), max)
	e := &Edges{Name: name, Kind: Categorical, Values: values[:keep:keep], Rare: values[keep:], Scale: 1}
	slices.Sort(e.Rare)
	e.prepare()
	return e
}

// NewBoolean builds the edges of a boolean feature: "false", then "true".
func NewBoolean(name string) *Edges {
	e := &Edges{Name: name, Kind: Boolean, Values: []string{"false", "true"}, Scale: 1}
	e.prepare()
	return e
}

// NewText builds the edges of a feature that is watched for missing values and
// types only.
func NewText(name string) *Edges {
	e := &Edges{Name: name, Kind: Text, Scale: 1}
	e.prepare()
	return e
}

// NewTally builds the edges of something that is counted by number: names[i] in
// cell NoValues+i. Nothing is looked up in them.
func NewTally(name string, names []string) *Edges {
	e := &Edges{Name: name, Kind: Boolean, Values: names, Scale: 1}
	e.prepare()
	return e
}

// prepare builds what looking up needs from the exported fields.
func (e *Edges) prepare() {
	e.grid = newGrid(e.Cuts)
	e.singles = make([]bool, len(e.Cuts)+1)
	for i := 1; i < len(e.Cuts); i++ {
		e.singles[i] = below(e.Cuts[i]) == e.Cuts[i-1]
	}
	e.perZ = zUnit / e.Scale
	e.codes = NewDictionary(len(e.Values) + len(e.Rare))
	for i, v := range e.Values {
		e.codes.Put(v, NoValues+i)
	}
	for _, v := range e.Rare {
		e.codes.Put(v, e.rare())
	}
	switch e.Kind {
	case Categorical:
		e.unknown = e.unseen()
	case Text:
		e.unknown = NoValues
	default:
		e.unknown = WrongType
	}
}

func (e *Edges) rare() int   { return NoValues + len(e.Values) }
func (e *Edges) unseen() int { return NoValues + len(e.Values) + 1 }

// Width returns the number of cells, those without a value included.
func (e *Edges) Width() int {
	switch e.Kind {
	case Numeric:
		return NoValues + len(e.Cuts) + 1
	case Categorical:
		return e.unseen() + 1
	case Boolean:
		return NoValues + len(e.Values)
	default:
		return NoValues + 1
	}
}

// Category returns the cell of a string, in the encoding of the dictionary:
// Empty for the empty one, Invalid for what is not UTF-8, else the cell of the
// value. A string that a boolean does not know is of the wrong type.
func (e *Edges) Category(v []byte) int {
	if cell := e.codes.Find(v); cell != 0 {
		return cell
	}
	if len(v) == 0 {
		return Empty
	}
	// Only now, since whatever is in the dictionary is valid.
	if !utf8.Valid(v) {
		return Invalid
	}
	return e.unknown
}

// Missing reports whether a cell counts as missing: absent, null, sentinel, and
// the empty string where it was declared so. A wrong type or an invalid value
// is there, but no good.
func (e *Edges) Missing(cell int) bool {
	return cell == Absent || cell == Null || cell == Sentinel || cell == Empty && e.EmptyMissing
}

// noValue reports whether a cell belongs to the one bin that comparisons use
// for rows without a value. An empty string is a value of its own in a feature
// of strings, unless it was declared missing.
func (e *Edges) noValue(cell int) bool {
	return cell < NoValues && (cell != Empty || e.Kind&(Categorical|Text) == 0 || e.EmptyMissing)
}

// HasValue reports whether a cell counts rows that have a value.
func (e *Edges) HasValue(cell int) bool { return !e.noValue(cell) }

// ID returns a short hash, 16 hexadecimal digits, over everything that
// determines the meaning of the cells. It is computed anew at each call.
func (e *Edges) ID() string {
	id := e.id()
	return hex.EncodeToString(id[:])
}

func (e *Edges) id() (id [8]byte) {
	sum := sha256.Sum256(e.append(nil))
	copy(id[:], sum[:])
	return id
}
