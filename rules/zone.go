package rules

import (
	_ "embed" // the names of the time zones
	"fmt"
	"strings"
	"time"
)

// Zone is a time zone by its IANA name, Europe/Berlin; the zero Zone is UTC. Where
// the machine has no list of them, the program must have time/tzdata in it.
type Zone struct{ *time.Location }

func (z Zone) location() *time.Location {
	if z.Location == nil {
		return time.UTC
	}
	return z.Location
}

// zoneNames are those that are suggested, a line each: the names AREA/CITY of
// Go's copy of the IANA database.
//
//go:embed zones.txt
var zoneNames string

// UnmarshalText reads a name; the receiver is unchanged on error.
func (z *Zone) UnmarshalText(text []byte) error {
	name := string(text)
	if name == "Local" || name == "" { // Go's word for the machine's own, which may be any
		return fmt.Errorf("the time zone %q is another one on another machine; write its name, such as UTC or Europe/Berlin", name)
	}
	location, err := time.LoadLocation(name)
	if err == nil {
		z.Location = location
		return nil
	}
	message := fmt.Sprintf("there is no time zone %q", name)
	if near := Nearest(name, strings.Fields(zoneNames)); near != "" {
		return fmt.Errorf("%s; did you mean %q?", message, near)
	}
	return fmt.Errorf("%s; write its IANA name, such as UTC or Europe/Berlin", message)
}

// MarshalText is the name, "" of the zero Zone.
func (z Zone) MarshalText() ([]byte, error) {
	if z.Location == nil {
		return nil, nil
	}
	return []byte(z.String()), nil
}
