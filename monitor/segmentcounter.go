package monitor

import "sort"

// segmentCounter finds the segments worth naming: it counts the crossed values
// of each set.
type segmentCounter struct {
	dimensions [][]string
	rows       []map[string]uint64 // by set: name -> rows
	scratch    []byte
}

// maxCrossings bounds the distinct crossings one set is counted at; those that
// come later pool as (other), as the rare ones do anyway.
const maxCrossings = 200_000

// maxSegmentValue is the longest value, in bytes, that names a segment: names
// are keys of the store, and nobody reads longer ones.
const maxSegmentValue = 256

func newSegmentCounter(dimensions [][]string) *segmentCounter {
	c := &segmentCounter{dimensions: dimensions}
	for range dimensions {
		c.rows = append(c.rows, map[string]uint64{})
	}
	return c
}

// count takes the values of all dimensions, set after set.
func (c *segmentCounter) count(values []Value) {
	for i, fields := range c.dimensions {
		parts := make([]segmentPart, len(fields))
		for d, f := range fields {
			text, ok := scalarText(values[d], &c.scratch)
			switch {
			case values[d].Type == Absent || values[d].Type == Null:
				parts[d] = segmentPart{f, missingValue, true}
			case !ok || len(text) > maxSegmentValue:
				parts[d] = segmentPart{f, otherValue, true}
			default:
				parts[d] = segmentPart{f, string(text), false}
			}
		}
		values = values[len(fields):]
		name := segmentName(parts)
		if _, known := c.rows[i][name]; known || len(c.rows[i]) < maxCrossings {
			c.rows[i][name]++
		}
	}
}

// names are the top most segments of each set by rows, ties by name, and each
// set's (other). One of few rows is not named: it may stand for a person.
func (c *segmentCounter) names(most int) []string {
	var all []string
	for i, fields := range c.dimensions {
		other := make([]segmentPart, len(fields))
		for d, f := range fields {
			other[d] = segmentPart{f, otherValue, true}
		}
		otherName := segmentName(other)
		var names []string
		for name := range c.rows[i] {
			if name != otherName && c.rows[i][name] >= namedRows {
				names = append(names, name)
			}
		}
		sort.Slice(names, func(a, b int) bool {
			x, y := c.rows[i][names[a]], c.rows[i][names[b]]
			return x > y || x == y && names[a] < names[b]
		})
		if len(names) > most {
			names = names[:most]
		}
		all = append(append(all, names...), otherName)
	}
	return all
}
