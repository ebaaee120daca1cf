package monitor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"driftwatch/stats"
)

// Declared is what a monitor's state was made under, kept with it to tell what
// a change of the configuration does.
type Declared struct {
	Config   Config            `json:"config"`
	Edges    map[string]string `json:"edges"`    // of each watched feature: the id of its edges; none while learning
	Segments string            `json:"segments"` // hash of the named ones; "" while learning
	Rules    map[string]string `json:"rules"`    // of each rule: the hash of what it asks
}

func (d *Deps) declared(ref *stats.Reference) *Declared {
	now := &Declared{Config: d.Config, Edges: map[string]string{}, Rules: map[string]string{}}
	if ref != nil {
		now.Segments = hashOf(ref.Segments)
		for _, e := range ref.Layout.Features {
			now.Edges[e.Name] = e.ID()
		}
	}
	for _, r := range d.Rules {
		now.Rules[r.Name] = r.Hash()
	}
	return now
}

// feature is the declaration of a feature; without declared ones every feature
// is declared by its name alone.
func (c Config) feature(name string) Feature {
	for _, f := range c.watched() {
		if f.Name == name {
			return f
		}
	}
	return Feature{Name: name}
}

// sensitive are the features, with the lengths of texts, of which nothing is said in
// their own unit.
func (c Config) sensitive() (names []string) {
	for _, name := range c.named(func(f Feature) bool { return f.Sensitive }) {
		names = append(names, name, lengthPrefix+name)
	}
	return names
}

// inOwnUnit says that a statistic is a value of the feature, or a difference of some.
func inOwnUnit(statistic string) bool {
	st, known := stats.Lookup(statistic)
	return known && st.Unit == "value"
}

// named are the names of the declared features that are so.
func (c Config) named(so func(Feature) bool) []string {
	names := []string{}
	for _, f := range c.Features {
		if so(f) {
			names = append(names, f.Name)
		}
	}
	return names
}

func (c Config) sameFeatures(o Config) bool {
	return slices.EqualFunc(c.watched(), o.watched(), func(a, b Feature) bool { return a.Name == b.Name && a.meaning() == b.meaning() })
}

// meaning identifies which values count as what. What is asked of them is no part
// of it.
func (f Feature) meaning() string {
	return hashOf(f.Kind, f.Values, f.MissingValues, f.Coerce)
}

// declaration identifies what a reference that driftwatch builds itself is built
// from, but for its features, each of which has its own: while it stays the
// same, the stored one is used.
func (c Config) declaration() string {
	return hashOf(c.records(), c.Segments, c.Resolution, c.MaxSegments, c.MaxCategories, c.Key)
}

// records identifies the records that such a reference is built from.
func (c Config) records() string { return hashOf(c.Topic, c.Format, c.Timestamp, c.Reference) }

// paneMeaning identifies what must be the same for panes to be merged.
func (c Config) paneMeaning(ref *stats.Reference) string {
	return hashOf(c.Topic, c.Format, c.Timestamp, c.Window.Every, ref.Dimensions, ref.Segments)
}

// Change is what a change of the configuration does to a monitor's state.
type Change struct{ What, Effect string }

// Changes says what happens to the state of a monitor, made under before, if
// the configuration is d's from now on. None: it goes on as it is.
func Changes(before *Declared, d Deps) []Change {
	c, old := d.Config, before.Config
	profile := d.Profile
	if r, err := restrict(profile, c.watched()); err == nil {
		profile = r
	}
	now := d.declared(profile)
	var all []Change
	add := func(changed bool, what, effect string) {
		if changed {
			all = append(all, Change{what, effect})
		}
	}
	const newLayout = "a new layout: counting goes on where it is, the panes so far stay as history, windows are incomplete until they are refilled"
	add(c.Topic != old.Topic, fmt.Sprintf("topic %s → %s", old.Topic, c.Topic), "a new layout, since offsets are per topic: reading begins at `start`, the panes so far stay as history")
	add(c.Window.Every != old.Window.Every, fmt.Sprintf("window.every %s → %s", old.Window.Every, c.Window.Every), newLayout)
	add(hashOf(c.Timestamp) != hashOf(old.Timestamp), "timestamp", newLayout+"; event time begins anew")
	add(c.Format != old.Format, fmt.Sprintf("format %s → %s", old.Format, c.Format), newLayout)
	add(hashOf(c.Segments) != hashOf(old.Segments), fmt.Sprintf("segments %s → %s", dimensionNames(old.Segments), dimensionNames(c.Segments)), newLayout)
	add(c.Window.Size != old.Window.Size, fmt.Sprintf("window.size %s → %s", old.Window.Size, c.Window.Size), "windows are rebuilt from the panes; one that is longer than they are kept is partial")
	switch {
	case before.Segments == "" && c.records() == old.records():
		add(!c.sameFeatures(old) || c.declaration() != old.declaration(), "what the reference is made of", "it is being learned still, and will have what is declared now")
	case before.Segments == "":
		add(true, "the reference", "learning is given up; counting begins where it began")
	case profile != nil:
		add(hashOf(c.Segments) == hashOf(old.Segments) && before.Segments != "" && before.Segments != now.Segments,
			"the profile names other segments", newLayout)
		all = append(all, edgeChanges(before.Edges, now.Edges)...)
	case c.declaration() != old.declaration():
		how := "it is built anew from the topic"
		if c.Reference.Learn > 0 && c.records() == old.records() {
			how = fmt.Sprintf("it is built anew from the same records; if the topic has them no longer, it is learned anew from the next %s of event time, without alerts until then", c.Reference.Learn)
		} else if c.Reference.Learn > 0 {
			how = fmt.Sprintf("it is learned anew from the next %s of event time; there are no alerts until then", c.Reference.Learn)
		}
		add(true, "what the reference is built from", how)
	default:
		all = append(all, featureChanges(before.Edges, old, c)...)
	}
	all = append(all, constraintChanges(old, c)...)
	all = append(all, sampleChanges(old, c)...)
	return append(all, ruleChanges(before.Rules, now.Rules)...)
}

// What happens to one feature, while the others are untouched.
const (
	featureAdded   = "the others are untouched; it starts empty and has its first sample when it fills a window"
	featureRemoved = "the others are untouched; its alerts end as not watched, its counts stay in the panes that are closed"
	featureAnew    = "the others are untouched; it starts empty again and has its next sample when it fills a window"
)

// edgeChanges compares the features of two references.
func edgeChanges(before, now map[string]string) (all []Change) {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		switch id, had := before[name]; {
		case !had:
			all = append(all, Change{"feature " + name + " added", featureAdded})
		case id != now[name]:
			all = append(all, Change{"feature " + name + " has other edges in the profile", featureAnew})
		}
	}
	return append(all, removed(before, func(name string) bool { _, has := now[name]; return has })...)
}

func removed(before map[string]string, still func(string) bool) (all []Change) {
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !still(name) {
			all = append(all, Change{"feature " + name + " removed", featureRemoved})
		}
	}
	return all
}

// featureChanges compares declarations, where the reference is still to be
// adapted to them.
func featureChanges(before map[string]string, old, c Config) (all []Change) {
	if len(c.Features) == 0 {
		if len(old.Features) > 0 {
			all = append(all, Change{"features: every field that is worth it", "those watched so far are untouched if they are among them; the others start empty"})
		}
		return all
	}
	for _, f := range c.watched() {
		switch _, had := before[f.Name]; {
		case !had:
			all = append(all, Change{"feature " + f.Name + " added", featureAdded})
		case f.meaning() != old.feature(f.Name).meaning():
			all = append(all, Change{"feature " + f.Name + " is declared otherwise", featureAnew})
		}
	}
	declared := func(name string) bool {
		return slices.ContainsFunc(c.watched(), func(f Feature) bool { return f.Name == name })
	}
	return append(all, removed(before, declared)...)
}

// constraintChanges compares what is asked of the values.
func constraintChanges(old, c Config) (all []Change) {
	before, now := old.asked(), c.asked()
	for _, name := range slices.Sorted(maps.Keys(now)) {
		switch declared, had := before[name]; {
		case !had:
			all = append(all, Change{name + " is asked", "it is counted from now on and has its first sample when it fills a window"})
		case declared != now[name]:
			all = append(all, Change{name + " is asked otherwise", "it is counted anew and has its next sample when it fills a window; the feature is untouched"})
		}
	}
	return all
}

// sampleChanges are those of what is sampled of the records.
func sampleChanges(old, c Config) (all []Change) {
	const refill = "has its next value when a window is refilled"
	if c.Key != old.Key {
		all = append(all, Change{fmt.Sprintf("key %s → %s", cmp.Or(old.Key, "(none)"), cmp.Or(c.Key, "(none)")), "duplicate_rate " + refill})
	}
	for _, f := range c.Features {
		if o := old.feature(f.Name); f.Unique != o.Unique || f.Distinct != o.Distinct {
			all = append(all, Change{"feature " + f.Name + " is sampled otherwise", "unique_error_rate or distinct, where it is declared, " + refill + "; all else is untouched"})
		}
	}
	return all
}

// asked are the constraints by their statistic and feature, with what they ask.
func (c Config) asked() map[string]string {
	all := map[string]string{}
	constraints, _ := c.constraints() // validated
	for _, k := range constraints {
		all[k.String()] = k.declared
	}
	return all
}

func ruleChanges(before, now map[string]string) (all []Change) {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		switch hash, had := before[name]; {
		case !had:
			all = append(all, Change{"rule " + name + " added", "it starts as ok"})
		case hash != now[name]:
			all = append(all, Change{"rule " + name + " asks something else", "its alerts end as rule changed and it starts as ok"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, still := now[name]; !still {
			all = append(all, Change{"rule " + name + " removed", "its alerts end as rule changed"})
		}
	}
	return all
}
