package stats

import (
	"fmt"
	"strings"
)

// Kind says how a feature's values are counted. It is a bit mask, so that
// Statistic.Kinds can hold several; a feature has exactly one.
type Kind uint8

// The kinds of features. Text is watched for missing values and types only.
const (
	Numeric Kind = 1 << iota
	Categorical
	Boolean
	Text
)

// The first cells of every feature count the rows that have no value. Absent is
// a missing field; Null, Empty and WrongType are a null, an empty string and a
// value of another JSON type; Invalid is NaN, an infinity, a number that
// overflows or invalid UTF-8; Sentinel is a value declared to mean "missing".
// The cells of the values follow, from NoValues on.
const (
	Absent = iota
	Null
	Empty
	WrongType
	Invalid
	Sentinel
	NoValues
)

func kindNames() [4]string { return [4]string{"numeric", "categorical", "boolean", "text"} }

// String returns "numeric", "categorical", "boolean" or "text"; the names of a
// set are joined by ", ".
func (k Kind) String() string {
	var names []string
	for i, name := range kindNames() {
		if k&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// ParseKind is the inverse of String for a single kind.
func ParseKind(s string) (Kind, error) {
	names := kindNames()
	for i, name := range names {
		if s == name {
			return 1 << i, nil
		}
	}
	return 0, fmt.Errorf("unknown kind %q: want one of %s", s, strings.Join(names[:], ", "))
}
