package monitor

import (
	"fmt"
	"strconv"
	"strings"
)

// Bytes is a size such as 512, 64KiB or 4GiB.
type Bytes int64

var byteUnits = []struct {
	name string
	size int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"B", 1}}

// UnmarshalText reads a whole number with an optional unit.
func (b *Bytes) UnmarshalText(text []byte) error {
	s, unit := strings.TrimSpace(string(text)), int64(1)
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/unit {
		return fmt.Errorf("%q is not a size; write a whole number with B, KiB, MiB, GiB or TiB", text)
	}
	*b = Bytes(n * unit)
	return nil
}

// MarshalText gives what UnmarshalText reads, in the largest unit that holds it
// as a whole number.
func (b Bytes) MarshalText() ([]byte, error) {
	best := byteUnits[len(byteUnits)-1]
	for _, u := range byteUnits {
		if b != 0 && int64(b)%u.size == 0 && u.size > best.size {
			best = u
		}
	}
	return fmt.Appendf(nil, "%d%s", int64(b)/best.size, best.name), nil
}
