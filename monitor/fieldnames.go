package monitor

import "driftwatch/stats"

// fieldNames are the fields that a reference has; nil: it does not know them.
type fieldNames map[fieldName]struct{}

type fieldName struct {
	name string
	open bool // an object with arbitrary keys
}

func namesOf(ref *stats.Reference) fieldNames {
	if ref.FieldRows == 0 {
		return nil
	}
	names := fieldNames{}
	for _, f := range ref.Fields {
		names[fieldName{f.Name, f.Open}] = struct{}{}
	}
	return names
}

func (n fieldNames) has(name []byte, open bool) bool {
	_, has := n[fieldName{string(name), open}]
	return has
}

// arbitrary says that a path is no field of its own, but below an open object:
// that it is there is no news.
func (n fieldNames) arbitrary(path []byte) bool {
	if n.has(path, false) {
		return false
	}
	for end := len(path); end >= 0; end = stats.LastKey(path[:end]) {
		if n.has(path[:end], true) {
			return end < len(path)
		}
	}
	return n.has(nil, true)
}
