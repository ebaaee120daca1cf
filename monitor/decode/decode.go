// Package decode turns the bytes of records into the fields a monitor watches,
// one file for each format.
package decode

import (
	"fmt"

	"driftwatch/monitor"
)

// ByName gives the format that a configuration calls by that name.
func ByName(format string) (monitor.Format, error) {
	if format == "json" {
		return JSON, nil
	}
	return nil, fmt.Errorf("format %q is not known, the only one there is now is json", format)
}
