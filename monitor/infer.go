package monitor

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"

	"driftwatch/stats"
)

// What the default choice of features goes by. A feature that is declared is
// watched whatever it looks like.
const (
	textDistinct    = 1000 // a string with more distinct values is text ...
	textShare       = 0.20 // ... or with more than this share of the rows
	idRows          = 1000 // an integer or a string over at least so many rows ...
	idShare         = 0.99 // ... of which more than this share are distinct is an identifier
	monotoneRows    = 100  // a number over at least so many rows that never falls, and mostly rises, is a counter or a time
	timestampShare  = 0.99 // a string is a time if more than this share reads as one
	maxDistinct     = 200_000
	maxColumnValues = 2_000_000 // beyond it cut points come from an evenly thinned half
)

// column is what the first reading of the rows learns of one field.
type column struct {
	name   string
	rows   uint64 // rows in which it stands
	types  [Nested + 1]uint64
	values []float64 // finite numbers, thinned
	hashes []uint32  // of the row of each, for thinning
	thin   uint32    // only rows with a hash below it are kept; 0: all
	whole  uint64    // numbers written without '.' or exponent
	texts  map[string]uint64
	over   uint64 // strings seen when there were more than maxDistinct texts; 0: there are not
	times  uint64 // strings that read as a time

	numerals    uint64  // strings that read as a number
	least, most float64 // of them
	words       uint64  // strings with a space in them
	last        float64
	falls       uint64
	rises       uint64
	missed      func(Value) bool // declared sentinels
}

func newColumn(name string, declared Feature) *column {
	f := newPlanFeature(declared.mark(stats.NewText(name)))
	return &column{name: name, texts: map[string]uint64{}, last: math.Inf(-1), least: math.Inf(1), most: math.Inf(-1), missed: func(v Value) bool {
		return v.Type == String && f.texts[string(v.Text)] || v.Type == Number && f.numbers[v.Num]
	}}
}

// see takes one row's value.
func (c *column) see(v Value, row uint64, scratch *[]byte) {
	if v.Type == Absent {
		return
	}
	c.rows++
	if c.missed(v) {
		return
	}
	c.types[v.Type]++
	switch v.Type {
	case Number:
		c.number(v, uint32(mix(row+1)>>32))
		if len(c.texts) <= textDistinct {
			c.text(v, scratch)
		}
	case String:
		if d, ok := parseDecimal(v.Text); ok {
			x := d.float()
			c.numerals++
			c.least, c.most = min(c.least, x), max(c.most, x)
		} else if looksLikeTime(v.Text) {
			c.times++
		}
		if bytes.IndexByte(v.Text, ' ') >= 0 {
			c.words++
		}
		c.text(v, scratch)
	case Bool:
		c.text(v, scratch)
	}
}

func (c *column) number(v Value, hash uint32) {
	if v.Integer {
		c.whole++
	}
	if v.Num < c.last {
		c.falls++
	}
	if v.Num > c.last {
		c.rises++
	}
	c.last = v.Num
	if c.thin != 0 && hash >= c.thin {
		return
	}
	c.values, c.hashes = append(c.values, v.Num), append(c.hashes, hash)
	if len(c.values) > maxColumnValues {
		c.halve()
	}
}

func (c *column) halve() {
	if c.thin == 0 {
		c.thin = 1 << 31
	} else {
		c.thin /= 2
	}
	n := 0
	for i, h := range c.hashes {
		if h < c.thin {
			c.values[n], c.hashes[n] = c.values[i], h
			n++
		}
	}
	c.values, c.hashes = c.values[:n], c.hashes[:n]
}

func (c *column) text(v Value, scratch *[]byte) {
	text, _ := scalarText(v, scratch)
	if _, known := c.texts[string(text)]; known || len(c.texts) < maxDistinct {
		c.texts[string(text)]++
		return
	}
	if c.over == 0 {
		c.over = c.types[String]
	}
}

// kind is the majority of the JSON types, and why the field is left out if it
// is not worth watching.
func (c *column) kind(rows uint64) (k stats.Kind, leftOut string) {
	scalars := c.types[Number] + c.types[String] + c.types[Bool] + c.types[Invalid]
	switch {
	case c.types[Nested] > scalars:
		return 0, "an array or an object without fields"
	case scalars == 0:
		return 0, "never has a value"
	case c.types[Bool] >= c.types[Number] && c.types[Bool] >= c.types[String]:
		return stats.Boolean, ""
	case c.types[Number] >= c.types[String]:
		return stats.Numeric, c.badNumber()
	case float64(c.times) > timestampShare*float64(c.types[String]), c.unixTexts():
		return 0, "a timestamp"
	case c.words == 0 && c.types[String] >= idRows && float64(len(c.texts)) > idShare*float64(cmp.Or(c.over, c.types[String])):
		return stats.Text, fmt.Sprintf("an identifier: %d distinct strings in %d rows", len(c.texts), cmp.Or(c.over, c.types[String]))
	case c.over > 0 || len(c.texts) > textDistinct || float64(len(c.texts)) > textShare*float64(rows):
		return stats.Text, ""
	default:
		return stats.Categorical, ""
	}
}

// unixTexts says that the strings are Unix times of 2001 to 2100.
func (c *column) unixTexts() bool {
	return c.numerals == c.types[String] && len(c.texts) > monotoneRows/2 && unixTimes(c.least, c.most)
}

// badNumber says why a number is not worth watching: it counts, names or dates
// its row.
func (c *column) badNumber() string {
	n := c.types[Number]
	integers := c.whole == n
	if n >= monotoneRows && c.falls == 0 && float64(c.rises) > 0.5*float64(n) {
		return "monotone: it never falls"
	}
	distinct := c.distinctNumbers()
	if n >= monotoneRows && distinct > monotoneRows/2 && unixTimes(slices.Min(c.values), slices.Max(c.values)) {
		return "a timestamp: numbers that are Unix times of 2001 to 2100"
	}
	if !integers {
		return ""
	}
	if n >= idRows && float64(distinct) > idShare*float64(len(c.values)) {
		return fmt.Sprintf("an identifier: %d distinct integers in %d rows", distinct, len(c.values))
	}
	return ""
}

func (c *column) distinctNumbers() int {
	sorted := slices.Clone(c.values)
	slices.Sort(sorted)
	return len(slices.Compact(sorted))
}

// edges bins the column as the kind says.
func (c *column) edges(k stats.Kind, f Feature, cfg Config) *stats.Edges {
	var e *stats.Edges
	switch k {
	case stats.Numeric:
		sorted := slices.DeleteFunc(slices.Clone(c.values), func(x float64) bool { return math.IsInf(x, 0) || math.IsNaN(x) })
		slices.Sort(sorted)
		e = stats.NewNumeric(c.name, sorted, cfg.Resolution)
	case stats.Boolean:
		e = stats.NewBoolean(c.name)
	case stats.Text:
		e = stats.NewText(c.name)
	default:
		counts := c.texts
		if len(f.Values) > 0 {
			counts = map[string]uint64{}
			for _, v := range f.Values {
				counts[v] = c.texts[v]
			}
		}
		e = stats.NewCategorical(c.name, counts, max(cfg.MaxCategories, len(f.Values)))
	}
	return f.mark(e)
}

// mark makes the declared meaning of values a part of the edges.
func (f Feature) mark(e *stats.Edges) *stats.Edges {
	e.EmptyMissing, e.Coerce = slices.Contains(f.MissingValues, ""), f.Coerce
	for _, s := range f.MissingValues {
		if s != "" {
			e.Sentinels = append(e.Sentinels, s)
		}
	}
	return e
}

// singletons is the number of values seen exactly once.
func (c *column) singletons() uint64 {
	var n uint64
	for _, rows := range c.texts {
		if rows == 1 {
			n++
		}
	}
	return n
}
