package monitor

import (
	"encoding/binary"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Of a header's value that only one of a pane's sampled rows has, a hash is kept: it may
// be somebody's name, nothing is said of it, and it is counted with the others in panes
// where more rows have it.

// hiddenPrefix begins the hash of a value; no value as it is shown does.
const hiddenPrefix = "\x00"

// hiddenValue is what is kept of a header's value that is not to be told.
func hiddenValue(value string) string {
	switch {
	case value == "", value == missingValue, value == emptyValue, value == otherValue, isHidden(value):
		return value
	}
	return string(binary.BigEndian.AppendUint64([]byte(hiddenPrefix), xxhash.Sum64String(value)))
}

func isHidden(value string) bool { return strings.HasPrefix(value, hiddenPrefix) }

// hide leaves a hash of each header's value that only one row has, and no other: which
// are told is a function of the rows.
func (s *rowSample) hide() {
	if len(s.rows) == 0 {
		return
	}
	for i := range s.rows[0].headers {
		times := map[string]int{}
		for _, r := range s.rows {
			times[hiddenValue(r.headers[i])]++
		}
		told := toldHeaders(s.rows, i)
		for _, r := range s.rows {
			if hidden := hiddenValue(r.headers[i]); times[hidden] == 1 {
				r.headers[i] = hidden
			} else {
				r.headers[i] = told(r)
			}
		}
	}
}

// toldHeaders gives the values of a header, those that are hidden in some panes by what
// others tell of them.
func toldHeaders(rows []*sampledRow, header int) func(*sampledRow) string {
	told := map[string]string{}
	for _, r := range rows {
		if value := r.headers[header]; !isHidden(value) {
			told[hiddenValue(value)] = value
		}
	}
	return func(r *sampledRow) string {
		value := r.headers[header]
		if text, known := told[value]; known {
			return text
		}
		return value
	}
}
