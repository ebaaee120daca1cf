package kafka

import "driftwatch/monitor"

// header finds the last header of a name. A record's headers are their number,
// and of each the length of the key, the key, the length of the value and the
// value, where the numbers are zigzag varints and length -1 is null. What does
// not parse ends them.
func header(r *monitor.Record, name string) (value []byte, found bool) {
	n, at := varint(r.Headers, 0)
	for ; n > 0; n-- {
		key, next, keyOK := field(r.Headers, at)
		text, next, textOK := field(r.Headers, next)
		if !keyOK || !textOK {
			break
		}
		at = next
		if string(key) == name && text != nil {
			value, found = text, true
		}
	}
	return value, found
}
