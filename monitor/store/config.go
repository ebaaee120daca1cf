package store

import (
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// Config is the section `state` of the configuration.
type Config struct {
	// Dir is the folder of the state file. One process uses it at a time.
	Dir string `yaml:"dir"`
	// Retention is how long panes are kept, in event time: as far back as
	// history and what-ifs can look.
	Retention rules.Duration `yaml:"retention"`
	// MaxBytes bounds what the file holds. Beyond it the oldest panes go
	// first, even those younger than Retention; what open windows still need
	// stays. 0 is no bound.
	MaxBytes monitor.Bytes `yaml:"max_bytes"`
	// CheckpointInterval is the time between commits. A shorter one makes the
	// API and the metrics fresher and a crash cheaper, and costs an fsync each.
	CheckpointInterval rules.Duration `yaml:"checkpoint_interval"`
}

// Default is the configuration of the keys that are not given.
func Default() Config {
	return Config{
		Dir:                "driftwatch-state",
		Retention:          rules.Duration(7 * 24 * time.Hour),
		MaxBytes:           4 << 30,
		CheckpointInterval: rules.Duration(time.Second),
	}
}

// The bounds of what makes sense.
const (
	minMaxBytes   = 16 << 20              // references, samples and transitions have to fit beside the panes
	minCheckpoint = 10 * time.Millisecond // an fsync takes a few milliseconds
	maxCheckpoint = 10 * 60 * time.Second // all of it is read again after a crash
	minRetention  = rules.Duration(60e9)  // the shortest sensible window
)

// Validate says what is wrong with c; path is where c stands, such as "state".
func (c Config) Validate(path string) []rules.Problem {
	var problems []rules.Problem
	wrong := func(bad bool, key, message string) {
		if bad {
			problems = append(problems, rules.Problem{Path: path + "." + key, Message: message})
		}
	}
	wrong(c.Dir == "", "dir", "is empty; name the folder for the state file, such as ./driftwatch-state")
	wrong(c.Retention < minRetention, "retention", "is shorter than 1m; panes must outlive the windows made of them")
	wrong(c.MaxBytes != 0 && c.MaxBytes < minMaxBytes, "max_bytes", "is below 16MiB, too little for a reference and its windows; 0 is no bound")
	interval := time.Duration(c.CheckpointInterval)
	wrong(interval < minCheckpoint || interval > maxCheckpoint, "checkpoint_interval", "must lie between 10ms and 10m; 1s suits most")
	return problems
}
