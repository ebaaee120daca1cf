package monitor

import (
	"driftwatch/rules"
)

// Config is one entry of the configuration's monitors. Lists that also take a
// plain word (features, segments, timestamp) are brought into this form before
// decoding.
type Config struct {
	Name           string            `yaml:"name" json:"name"`
	Topic          string            `yaml:"topic" json:"topic"`
	Start          string            `yaml:"start" json:"start"`   // earliest | latest | 2d | RFC 3339
	Format         string            `yaml:"format" json:"format"` // json
	Timestamp      Timestamp         `yaml:"timestamp" json:"timestamp"`
	Window         Window            `yaml:"window" json:"window"`
	Reference      ReferenceConfig   `yaml:"reference" json:"reference"`
	Resolution     int               `yaml:"resolution" json:"resolution"`
	Segments       [][]string        `yaml:"segments" json:"segments"`
	MaxSegments    int               `yaml:"max_segments" json:"max_segments"`
	MaxCategories  int               `yaml:"max_categories" json:"max_categories"`
	MaxRecordBytes Bytes             `yaml:"max_record_bytes" json:"max_record_bytes"`
	Features       []Feature         `yaml:"features" json:"features"`
	Key            string            `yaml:"key" json:"key"`
	Checks         map[string]string `yaml:"checks" json:"checks"`   // predicates about a record, by name
	Headers        []string          `yaml:"headers" json:"headers"` // record headers whose values may be what all bad rows have in common
	Labels         map[string]string `yaml:"labels" json:"labels"`
}

// Window says how panes are cut and merged, and how event time is judged.
type Window struct {
	Size        rules.Duration `yaml:"size" json:"size"`
	Every       rules.Duration `yaml:"every" json:"every"`
	Lateness    rules.Duration `yaml:"lateness" json:"lateness"`
	IdleTimeout rules.Duration `yaml:"idle_timeout" json:"idle_timeout"`
	MaxFuture   rules.Duration `yaml:"max_future" json:"max_future"`
	MaxPast     rules.Duration `yaml:"max_past" json:"max_past"`   // 0: off
	MaxAhead    rules.Duration `yaml:"max_ahead" json:"max_ahead"` // 0: max(2*size, 10m)
}

// Timestamp says where a record's event time stands. Without a field it is the
// record's own time in the log.
type Timestamp struct {
	Field  string `yaml:"field" json:"field"`
	Unit   string `yaml:"unit" json:"unit"`     // s | ms | us | ns; "" decides by magnitude
	Layout string `yaml:"layout" json:"layout"` // Go reference layout; "" is RFC 3339
}

// ReferenceConfig declares what windows are compared with: exactly one of a
// profile file, an event-time range of the topic, and learning.
type ReferenceConfig struct {
	Profile string         `yaml:"profile" json:"profile"`
	From    string         `yaml:"from" json:"from"`
	To      string         `yaml:"to" json:"to"`
	Learn   rules.Duration `yaml:"learn" json:"learn"`
}

// Feature declares one watched field.
type Feature struct {
	Name          string   `yaml:"name" json:"name"`
	Kind          string   `yaml:"kind" json:"kind"`                     // numeric | categorical | boolean | text; "" is inferred
	Values        []string `yaml:"values" json:"values"`                 // categorical: the dictionary, instead of the reference's
	MissingValues []string `yaml:"missing_values" json:"missing_values"` // what stands for "no value": text or numbers; "" too
	Coerce        bool     `yaml:"coerce" json:"coerce"`                 // a numeric string is a number
	Sensitive     bool     `yaml:"sensitive" json:"sensitive"`           // nothing is said in its own unit, shares and distances only

	// What is declared of its values is counted, each with a statistic of its own.
	Required  bool     `yaml:"required" json:"required"`   // it is neither absent nor null
	Min       *float64 `yaml:"min" json:"min"`             // of a number
	Max       *float64 `yaml:"max" json:"max"`             // of a number
	Pattern   *string  `yaml:"pattern" json:"pattern"`     // RE2 that is found in each text
	Format    string   `yaml:"format" json:"format"`       // of a text: uuid, email, ...; see Formats
	Length    *Length  `yaml:"length" json:"length"`       // of a text; without bounds it is only watched
	Integer   bool     `yaml:"integer" json:"integer"`     // a number is a whole one
	Monotonic bool     `yaml:"monotonic" json:"monotonic"` // a number never falls within a partition
	Unique    bool     `yaml:"unique" json:"unique"`       // no two rows of a window have the same value
	Distinct  bool     `yaml:"distinct" json:"distinct"`   // count the distinct values of a number or a text too
}

// Length are the bounds of a text's characters; nil: there is none.
type Length struct {
	Min *int `yaml:"min" json:"min"`
	Max *int `yaml:"max" json:"max"`
}

// defaults are the values of the keys that are not given.
var defaults = Config{
	Start:          "earliest",
	Format:         "json",
	Resolution:     200, // cut points a feature: KS is known to about 1/200
	MaxSegments:    200,
	MaxCategories:  100,
	MaxRecordBytes: 1 << 20,
	Window: Window{
		Size:        rules.Duration(5 * 60e9),
		Every:       rules.Duration(60e9),
		Lateness:    rules.Duration(30e9),
		IdleTimeout: rules.Duration(30e9),
		MaxFuture:   rules.Duration(10 * 60e9),
	},
}
