package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"driftwatch/monitor"
)

// config is the monitor as it will be read from what yaml writes.
func (d *draft) config() (monitor.Config, error) {
	folder, err := os.MkdirTemp("", "driftwatch-init-")
	if err != nil {
		return monitor.Config{}, fmt.Errorf("cannot try the configuration: %w", err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "driftwatch.yaml")
	if err := os.WriteFile(file, []byte(d.yaml(nil)), 0o600); err != nil {
		return monitor.Config{}, fmt.Errorf("cannot try the configuration: %w", err)
	}
	cfg, err := loadConfig(file)
	if err != nil {
		return monitor.Config{}, fmt.Errorf("init made a configuration that cannot be used, which is a mistake of driftwatch: %w", err)
	}
	return cfg.Monitors[0], nil
}

// yaml writes the configuration.
func (d *draft) yaml(rs []starterRule) string {
	w := &yamlWriter{}
	w.line(0, "# Made by driftwatch init from %s: a first configuration to begin with, and to change.", d.origin())
	w.line(0, "# Behind each choice stands its reason; every key that is left out has a default.")
	w.line(0, "# After a change of features, segments or window make the profile anew:")
	w.line(0, "#   driftwatch profile --config driftwatch.yaml %s-o %s", d.profileFlags(), d.topic+".profile")
	w.line(0, "")
	w.line(0, "kafka:")
	if d.brokers == nil {
		w.line(1, "brokers: [localhost:9092] # init read a file: name your brokers here")
	} else {
		w.line(1, "brokers: %s", list(d.brokers))
	}
	w.line(0, "")
	w.line(0, "state: {dir: driftwatch-state, retention: 7d} # counts, alerts and history, in this folder")
	w.line(0, "http: {listen: 127.0.0.1:8080} # metrics, health and the API")
	w.line(0, "")
	w.line(0, "receivers:")
	w.line(1, "- name: terminal")
	w.line(2, "stdout: {}")
	w.line(1, "# - name: on-call # one message for each incident, edited while it goes on; the token is in a file beside this one")
	w.line(1, `#   slack: {channel: "#on-call", token_file: slack.token, mention: {page: "<!here>"}}`)
	w.line(0, "")
	w.line(0, "incidents: {group_window: %s} # what starts within it of one another is one message: the drift that a fault causes, too", d.groupWindow())
	w.line(0, "routes: {page: [terminal], warn: [terminal], info: [terminal]} # who is told, by severity")
	w.line(0, "")
	d.monitor(w)
	if len(rs) > 0 {
		w.line(0, "")
		w.line(0, "rules:")
		for _, r := range rs {
			r.write(w, d.topic)
		}
		w.line(1, "# That driftwatch cannot read the topic (driftwatch-blind) is an alert that is always there.")
	}
	return w.String()
}

func (d *draft) origin() string {
	if d.input != "" {
		return d.input
	}
	return "the topic " + d.topic
}

func (d *draft) profileFlags() string {
	if d.input != "" {
		return "--input FILE "
	}
	return fmt.Sprintf("--from %s --to %s ", stamp(d.from), stamp(d.split))
}

func (d *draft) monitor(w *yamlWriter) {
	w.line(0, "monitors:")
	w.line(1, "- name: %s", quotedName(d.topic))
	w.line(2, "topic: %s", quotedName(d.topic))
	w.line(2, "start: earliest # where the first run begins; 2d or latest are shorter")
	switch ts := d.time.Timestamp; {
	case ts.Field == "":
		w.line(2, "# timestamp: %s", d.timeNote)
	case ts.Layout != "":
		w.line(2, "timestamp: {field: %s, layout: %s} # %s", quotedName(ts.Field), quoted(ts.Layout), d.timeNote)
	default:
		w.line(2, "timestamp: %s # %s", quotedName(ts.Field), d.timeNote)
	}
	w.line(2, "window:")
	w.line(3, "size: %s # %s", d.window.Size, d.windowNotes["size"])
	w.line(3, "every: %s # %s", d.window.Every, d.windowNotes["every"])
	w.line(3, "lateness: %s # %s", d.window.Lateness, d.windowNotes["lateness"])
	w.line(3, "idle_timeout: %s # %s", d.window.IdleTimeout, d.windowNotes["idle_timeout"])
	w.line(2, "# All records from %s to %s; the newer ones were left for trying the rules.", stamp(d.from), stamp(d.split))
	w.line(2, "reference: {profile: %s}", quotedName(d.topic+".profile"))
	if d.key != "" {
		w.line(2, "key: %s # %s", quotedName(d.key), d.keyNote)
	}
	if d.segment != "" {
		w.line(2, "segments: [%s] # %s", quotedName(d.segment), d.segmentNote)
	}
	w.line(2, "features:")
	for _, f := range slices.Concat(d.features, d.derived()) {
		keys := append([]string{"name: " + quotedName(f.Name), "kind: " + f.Kind.String()}, f.keys...)
		w.line(3, "- {%s} # %s", strings.Join(keys, ", "), f.note)
		if f.hint != "" {
			w.line(3, "#   %s", f.hint)
		}
	}
	if len(d.leftOut) > 0 {
		w.line(3, "# Left out:")
	}
	for _, f := range d.leftOut {
		why := f.LeftOut
		if f.Name == d.key {
			why = "the key"
		}
		w.line(3, "#   %s: %s", printable(f.Name), why)
	}
	w.line(2, "# labels: {owner: your-team} # shown in each message")
}

// yamlWriter writes indented lines.
type yamlWriter struct{ strings.Builder }

func (w *yamlWriter) line(depth int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if text != "" {
		text = strings.Repeat("  ", depth) + text
	}
	w.WriteString(text + "\n")
}

// plainWord is what YAML reads as text without quotes, wherever it stands.
var plainWord = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*[A-Za-z_]$`)

// quotedName writes a name, without quotes where it reads the same.
func quotedName(name string) string {
	switch strings.ToLower(name) {
	case "yes", "no", "on", "off", "true", "false", "null", "nan", "inf":
		return quoted(name)
	}
	if plainWord.MatchString(name) {
		return name
	}
	return quoted(name)
}

// quoted writes any text. What looks like a variable of the environment is the
// text itself.
func quoted(text string) string {
	return strings.ReplaceAll(strconv.Quote(text), "${", "$${")
}

func list(words []string) string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = quoted(word)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// limitText writes a limit with as many digits as it is meant with.
func limitText(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
