package decode

import "driftwatch/monitor"

// Walk implements monitor.Decoder. The path and the value's Text are valid
// until visit returns, which must not use the decoder.
func (d *jsonDecoder) Walk(record []byte, visit func(path []byte, v monitor.Value)) error {
	d.record, d.scratch = record, d.scratch[:0]
	i := openObject(record)
	if i >= 0 {
		i = walker{d, visit}.object(i, d.path, 1)
	}
	return closeObject(record, i)
}

type walker struct {
	*jsonDecoder
	visit func(path []byte, v monitor.Value)
}

// object visits what is in the object at i. The path of each member begins
// with prefix, which for all but the outermost object ends in '.'.
func (w walker) object(i int, prefix []byte, depth int) int {
	b := w.record
	i, more := enter(b, i, '}', depth)
	for more {
		end, marks := scanKey(b, i)
		if end < 0 {
			return -1
		}
		key := b[i+1 : end]
		if marks&escaped != 0 {
			key = w.unescape(key)
		}
		path := appendKey(prefix, key)
		if i = colon(b, end+1); i < 0 {
			return -1
		}
		if b[i] == '{' {
			i = w.object(i, append(path, '.'), depth+1)
		} else {
			var v monitor.Value
			if i = w.value(i, &v, depth); i >= 0 {
				w.visit(path, v)
			}
		}
		if i < 0 {
			return -1
		}
		i, more = leave(b, i, '}')
	}
	return i
}
