package monitor

import (
	"cmp"
	"errors"
	"hash/maphash"
	"math"
	"slices"

	"driftwatch/stats"
)

// What tells an object whose keys are values, such as ids, from one with many
// fields: it has more than openKeys keys, and most are rare: in less than a
// hundredth of the rows that have the object or, of at least openRows, in one.
const (
	openKeys = 100
	openRows = 10
)

// maxPaths bounds the paths that are told apart while rows are read, and
// maxPath their length in bytes. An object with random keys has any number.
const (
	maxPaths = 16 * maxColumns
	maxPath  = 1024
)

// schema finds out which fields there are. It keeps no values.
type schema struct {
	rows  uint64 // so far, the one that is being read included
	root  path   // the record itself; it is not in paths
	paths map[string]*path
	next  int  // at so many paths it looks for open objects
	cut   bool // not all are told apart
	freed int  // columns of those that were taken together
	seed  maphash.Seed
}

// path is a field, or an object that fields are below.
type path struct {
	name   string
	parent *path
	row    uint64 // the last one that has it or what is below it
	rows   uint64
	types  [Nested + 1]uint64
	value  uint64 // hash of the first that is not null
	varied bool   // another one is not the same
	open   bool
	gone   bool    // it was taken together with others
	named  bool    // the configuration names it
	column *column // nil: its values are of no interest
}

func newSchema() *schema {
	return &schema{paths: map[string]*path{}, next: maxColumns, seed: maphash.MakeSeed()}
}

// see takes a value of the row. It returns its path, or nil where that has been
// seen in the row (of a repeated key the first counts here; the counting proper
// takes the last) or is not told apart.
func (s *schema) see(name []byte, v Value) *path {
	p := s.paths[string(name)]
	if p == nil {
		p = s.add(name)
	}
	if p == nil {
		return nil
	}
	known, first := p != &s.root && p.name == string(name), p.row != s.rows
	for at := p; at != nil && at.row != s.rows; at = at.parent {
		at.row = s.rows
		at.rows++
	}
	if !known || !first {
		return nil
	}
	p.types[v.Type]++
	if !p.varied && v.Type != Null {
		p.compare(v, s.seed)
	}
	return p
}

// compare holds a value against the first one, by their hashes.
func (p *path) compare(v Value, seed maphash.Seed) {
	hash := mix(math.Float64bits(v.Num) + uint64(v.Type))
	if v.Type == String {
		hash = maphash.Bytes(seed, v.Text)
	}
	if p.types[Number]+p.types[String]+p.types[Bool] == 1 {
		p.value = hash
	}
	p.varied = v.Type == Nested || v.Type == Invalid || p.value != hash
}

// add makes a path known, with those above it, and returns it or the open
// object that it is below. It is nil where there are too many.
func (s *schema) add(name []byte) *path {
	parent := &s.root
	if end := stats.LastKey(name); end >= 0 {
		if parent = s.paths[string(name[:end])]; parent == nil {
			parent = s.add(name[:end])
		}
	}
	switch {
	case parent == nil || parent.open:
		return parent
	case s.next > maxPaths || len(name) > maxPath:
		s.cut = true
		return nil
	case len(s.paths) >= s.next:
		s.takeTogether()
		s.next = max(2*len(s.paths), maxColumns)
		return s.add(name)
	}
	return s.insert(string(name), parent)
}

func (s *schema) insert(name string, parent *path) *path {
	p := &path{name: name, parent: parent}
	s.paths[name] = p
	return p
}

// declare makes a path known that stays, whatever it is below.
func (s *schema) declare(name string) *path {
	p := s.paths[name]
	if p == nil {
		parent := &s.root
		if end := stats.LastKey(name); end >= 0 {
			parent = s.declare(name[:end])
		}
		p = s.insert(name, parent)
	}
	p.named = true
	return p
}

// takeTogether finds open objects, and forgets their rare keys.
func (s *schema) takeTogether() {
	keys, rare := map[*path]int{}, map[*path]int{}
	for _, p := range s.paths {
		keys[p.parent]++
		if p.rare() {
			rare[p.parent]++
		}
	}
	for p, n := range rare {
		p.open = p.open || keys[p] > openKeys && 2*n > keys[p]
	}
	for name, p := range s.paths {
		for at := p; at.parent != nil && !p.gone && !p.named; at = at.parent {
			p.gone = at.parent.open && at.rare()
		}
		if p.gone {
			delete(s.paths, name)
			if p.column != nil {
				p.column = nil
				s.freed++
			}
		}
	}
}

func (p *path) rare() bool {
	all := p.parent.rows
	return !p.named && (100*p.rows < all || p.rows == 1 && all >= openRows)
}

// read walks records that it does not know to be well-formed.
func (s *schema) read(format Format) (func(record []byte) error, error) {
	decoder, err := format(nil)
	return func(record []byte) error {
		if err := decoder.Decode(record, nil); errors.Is(err, ErrMalformed) {
			return nil
		} else if err != nil {
			return err
		}
		s.rows++
		return decoder.Walk(record, func(name []byte, v Value) { s.see(name, v) })
	}, err
}

// describe says which fields have been seen; of too many the most frequent.
func (s *schema) describe(ref *stats.Reference) {
	s.takeTogether()
	var fields []stats.Field
	for _, p := range s.paths {
		if f := p.field(); f.Rows() > 0 {
			fields = append(fields, f)
		}
	}
	if s.root.open {
		fields = append(fields, s.root.field())
	}
	stats.SortFields(fields)
	if len(fields) > maxColumns {
		slices.SortStableFunc(fields, func(a, b stats.Field) int { return cmp.Compare(b.Rows(), a.Rows()) })
		fields, s.cut = fields[:maxColumns], true
		stats.SortFields(fields)
	}
	ref.Fields, ref.FieldRows, ref.FieldsCut = fields, s.rows, s.cut
}

func (p *path) field() stats.Field {
	f := stats.Field{Name: p.name, Open: p.open, Types: [...]uint64{
		p.types[Null], p.types[Number], p.types[String], p.types[Bool], p.types[Nested], p.types[Invalid],
	}}
	f.Constant = !p.varied && !p.open && f.Type() != stats.NullField
	if p.open { // in the other rows it is an object
		f.Types[stats.NestedField] += p.rows - f.Rows()
	}
	return f
}
