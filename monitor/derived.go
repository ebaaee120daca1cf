package monitor

import (
	"strings"
	"unicode/utf8"
)

// Derived features are computed of a record instead of read from it. Their names
// are reserved: a field of such a name is not watched.
const (
	sizeName     = "_size"        // bytes of the record
	delayName    = "_event_delay" // seconds from the event time to the log's own
	lengthPrefix = "_length."     // and a field: the characters of its text
)

// IsDerived says that a name is that of a derived feature.
func IsDerived(name string) bool {
	return name == sizeName || name == delayName || strings.HasPrefix(name, lengthPrefix)
}

// Names of what is told of rows and is no feature.
const (
	partitionName = "_partition"
	headerPrefix  = "_header." // and a header
)

// isReserved says that a name is kept for something else than a feature. Other
// names that begin with _ may be those of fields.
func isReserved(name string) bool {
	return name == partitionName || strings.HasPrefix(name, headerPrefix)
}

// derive computes a derived feature of a record whose fields are row; event is its
// event time, or NoTime, and at where the field stands that it is computed of.
type derive func(rec *Record, event int64, row []Value, at int) Value

// derivation is how the derived feature of a name is computed, and of which field;
// "" is none.
func derivation(name string) (how derive, field string) {
	if of, ok := strings.CutPrefix(name, lengthPrefix); ok {
		return lengthOf, of
	}
	if name == delayName {
		return delayOf, ""
	}
	return sizeOf, ""
}

func sizeOf(rec *Record, _ int64, _ []Value, _ int) Value {
	return Value{Type: Number, Integer: true, Num: float64(len(rec.Value))}
}

// delayOf is how long it took from the event to the log. It is negative where the
// producer's clock is ahead, and absent where one of the times is.
func delayOf(rec *Record, event int64, _ []Value, _ int) Value {
	if event == NoTime || rec.Time == NoTime {
		return Value{}
	}
	return Value{Type: Number, Num: float64(rec.Time-event) / 1000}
}

// lengthOf is that of a text. A number or a null has none; they are counted where
// the field itself is watched.
func lengthOf(_ *Record, _ int64, row []Value, at int) Value {
	if row[at].Type != String {
		return Value{}
	}
	return Value{Type: Number, Integer: true, Num: float64(utf8.RuneCount(row[at].Text))}
}

// watched are the declared features with the derived ones that they bring; none
// where every field that is worth it is watched.
func (c Config) watched() []Feature {
	all := append([]Feature(nil), c.Features...)
	for _, f := range c.Features {
		if f.Length != nil {
			all = append(all, Feature{Name: lengthPrefix + f.Name, Kind: "numeric"})
		}
	}
	return all
}

// derivedColumn is what the first reading learns of a derived feature.
type derivedColumn struct {
	*column
	compute derive
	at      int // index of the field that it is computed of
}

// derive makes columns for the derived features: the declared ones or, where every
// field is watched that is worth it, those that need no word about them.
func (in *inference) derive(p *plan) {
	names := []string{sizeName}
	if in.cfg.Timestamp.Field != "" {
		names = append(names, delayName)
	}
	if len(in.declared) > 0 {
		names = nil
		for _, f := range in.cfg.watched() {
			if IsDerived(f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	for _, name := range names {
		c := derivedColumn{column: newColumn(name, in.declared[name])}
		of := ""
		if c.compute, of = derivation(name); of != "" {
			c.at = p.field(of)
		}
		in.derived = append(in.derived, c)
	}
}

// candidates are the columns that may become features, those of fields first.
func (in *inference) candidates() []*column {
	var all []*column
	for _, p := range in.watchable {
		if !p.gone {
			all = append(all, p.column)
		}
	}
	for _, c := range in.derived {
		all = append(all, c.column)
	}
	return all
}
