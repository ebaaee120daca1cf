package monitor

import (
	"math"
	"strconv"
)

// scalarText is a scalar's text as a category: a string as it is, a whole
// number without a fraction, a boolean as true or false. It is valid until the
// next call with the same scratch.
func scalarText(v Value, scratch *[]byte) ([]byte, bool) {
	switch v.Type {
	case String:
		return v.Text, true
	case Number:
		*scratch = appendNumber((*scratch)[:0], v.Num)
		return *scratch, true
	case Bool:
		*scratch = strconv.AppendBool((*scratch)[:0], v.Num != 0)
		return *scratch, true
	default:
		return nil, false
	}
}

// exactInteger bounds the floats that stand for one whole number each.
const exactInteger = 1 << 53

func appendNumber(dst []byte, x float64) []byte {
	if x == math.Trunc(x) && math.Abs(x) <= exactInteger {
		return strconv.AppendInt(dst, int64(x), 10)
	}
	return strconv.AppendFloat(dst, x, 'g', -1, 64)
}
