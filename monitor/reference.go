package monitor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"driftwatch/stats"
)

// reference is what windows are compared with: the profile, the stored one
// while it is declared the same, one built from a range now, or none yet.
func (m *Monitor) reference(ctx context.Context) (*reference, error) {
	c, p, before := m.d.Config, &m.stored.Progress, m.stored.Declared
	if before != nil && p.Learn == nil && hashOf(before.Config.Timestamp) != hashOf(c.Timestamp) && before.Config.Topic == c.Topic {
		p.anotherClock()
	}
	if m.d.Profile != nil {
		p.rewind()
		ref, err := restrict(m.d.Profile, c.Features)
		return newReference(ref, filepath.Base(c.Reference.Profile), m.d.Profile.Hash(), milliseconds(c.Window.Size)), err
	}
	same := before != nil && before.Config.declaration() == c.declaration()
	if same && p.Learn == nil && len(m.stored.Reference) > 0 {
		ref := new(stats.Reference)
		if err := ref.UnmarshalBinary(m.stored.Reference); err != nil {
			return nil, fmt.Errorf("the stored reference of monitor %q cannot be read: %w", c.Name, err)
		}
		return m.builtReference(m.adapt(ctx, ref, before.Config))
	}
	m.anew = !same && before != nil
	if c.Reference.Learn > 0 {
		if ref, err := m.reshape(ctx, before); ref != nil || err != nil {
			return m.builtReference(ref, err)
		}
		if !same || p.Learn == nil {
			p.rewind()
			p.beginLearning()
		}
		return nil, nil
	}
	p.rewind()
	from, to, err := c.Reference.span()
	if err != nil {
		return nil, err
	}
	m.d.Log.Info("building the reference from the topic", "monitor", c.Name, "from", c.Reference.From, "to", c.Reference.To)
	return m.builtReference(m.buildRange(ctx, c, from, to, nil))
}

// builtReference prepares a reference that driftwatch built itself.
func (m *Monitor) builtReference(ref *stats.Reference, err error) (*reference, error) {
	if err != nil {
		return nil, err
	}
	return newReference(ref, ref.Source, ref.Hash(), milliseconds(m.d.Config.Window.Size)), nil
}

// reshape builds a learnt reference anew from the records that it was learnt
// from, where only what it is made of them has changed: segments, resolution,
// dictionaries. It is nil where that is not so, or most of the records are gone.
func (m *Monitor) reshape(ctx context.Context, before *Declared) (*stats.Reference, error) {
	c := m.d.Config
	if before == nil || m.stored.Progress.Learn != nil || len(m.stored.Reference) == 0 || before.Config.records() != c.records() {
		return nil, nil
	}
	old := new(stats.Reference)
	if err := old.UnmarshalBinary(m.stored.Reference); err != nil {
		return nil, fmt.Errorf("the stored reference of monitor %q cannot be read: %w", c.Name, err)
	}
	ref, err := m.buildRange(ctx, c, old.From, old.To, nil)
	var none noRecordsError
	switch {
	case errors.As(err, &none):
		return nil, nil
	case err != nil:
		return nil, err
	case 2*ref.Counts[0].Rows < old.Counts[0].Rows:
		return nil, nil
	}
	return ref, nil
}

// beginLearning makes where every partition is now the place to return to.
func (p *Progress) beginLearning() {
	for i := range p.Partitions {
		q := &p.Partitions[i]
		q.Base, q.Start = q.Decided(), q.Next
		q.forgetTime()
	}
	p.forgetTime()
	p.Learn = &LearnProgress{Start: NoTime, Floor: NoTime, Before: p.Totals.clone()}
}

// buildRange builds a reference from records of the topic, with the segments of
// like unless that is nil.
func (m *Monitor) buildRange(ctx context.Context, c Config, from, to int64, like *stats.Reference) (*stats.Reference, error) {
	key := hashOf(c, from, to, like != nil)
	if ref := m.ranges[key]; ref != nil {
		return ref, nil
	}
	source := fmt.Sprintf("%s from %s to %s", c.Topic, UnixMilli(from).Format(time.RFC3339), UnixMilli(to).Format(time.RFC3339))
	rows, err := ReadRange(ctx, c, m.d.Format, m.d.Source, from, to)
	if err != nil {
		return nil, err
	}
	ref, err := buildReference(c, m.d.Format, rows, source, like)
	if err != nil {
		return nil, err
	}
	ref.From, ref.To = from, to
	m.ranges[key] = ref
	return ref, nil
}

// adapt brings the stored reference in line with the declared features: those
// that are declared as before stay as they are, others go, and new ones are
// built from the records that the reference was built from. Where a learnt
// reference's are gone or do not have them, the latest records that have been
// counted serve, over the same length of time.
func (m *Monitor) adapt(ctx context.Context, ref *stats.Reference, before Config) (*stats.Reference, error) {
	c := m.d.Config
	if c.sameFeatures(before) {
		return ref, nil
	}
	kept := func(name string) bool {
		_, had := findFeature(ref, name)
		return had && hashOf(c.feature(name).counted()) == hashOf(before.feature(name).counted())
	}
	wanted := c
	wanted.Features = slices.DeleteFunc(slices.Clone(c.Features), func(f Feature) bool { return kept(f.Name) })
	if len(c.Features) > 0 && len(wanted.Features) == 0 {
		return restrict(ref, c.Features)
	}
	m.d.Log.Info("building the reference of new features from the topic", "monitor", c.Name)
	fresh, err := m.buildRange(ctx, wanted, ref.From, ref.To, ref)
	if to := m.stored.Progress.Highest; err != nil && c.Reference.Learn > 0 && to != NoTime {
		fresh, err = m.buildRange(ctx, wanted, to-(ref.To-ref.From), to, ref)
	}
	if err != nil {
		return nil, fmt.Errorf("the features %s have no reference: %w; watch them when the topic has records with them, or change `reference` to build it anew", c.lacking(kept), err)
	}
	names := featureNames(fresh) // without declared features all that are worth it
	if len(c.Features) > 0 {
		names = nil
		for _, f := range c.Features {
			names = append(names, f.Name)
		}
	}
	var parts []part
	for _, name := range names {
		from := fresh
		if kept(name) {
			from = ref
		}
		parts = append(parts, part{from, name})
	}
	return assemble(ref, parts)
}

func (c Config) lacking(kept func(string) bool) string {
	if len(c.Features) == 0 {
		return "that are worth it"
	}
	var names []string
	for _, f := range c.Features {
		if !kept(f.Name) {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, ", ")
}

// part is one feature of a reference.
type part struct {
	of      *stats.Reference
	feature string
}

// assemble makes a reference like one, of features of several that have the
// same segments.
func assemble(like *stats.Reference, parts []part) (*stats.Reference, error) {
	r := *like
	r.Singletons, r.Baselines, r.Counts = nil, nil, nil
	var features []*stats.Edges
	at := make([]int, len(parts))
	for i, p := range parts {
		from, ok := findFeature(p.of, p.feature)
		if !ok {
			return nil, fmt.Errorf("the reference %s has no feature %q; build it anew with this configuration", p.of.Source, p.feature)
		}
		at[i] = from
		features = append(features, p.of.Layout.Features[from])
		r.Singletons = append(r.Singletons, p.of.Singletons[from])
		var own stats.Baseline
		if len(p.of.Baselines) > 0 {
			own = p.of.Baselines[from]
		}
		r.Baselines = append(r.Baselines, own)
	}
	r.Layout = stats.NewLayout(features)
	for segment, whole := range like.Counts {
		c := r.Layout.NewCounts()
		c.Rows = whole.Rows
		for i, p := range parts {
			from := p.of.Layout.Profile(p.of.Counts[segment], at[i])
			copy(r.Layout.Profile(c, i).Cells, from.Cells)
			c.Moments[i], c.Extremes[i] = from.Moments, from.Extremes
		}
		r.Counts = append(r.Counts, c)
	}
	return &r, nil
}

// restrict leaves only the declared features in a reference that has more.
func restrict(ref *stats.Reference, declared []Feature) (*stats.Reference, error) {
	if ref == nil || len(declared) == 0 {
		return ref, nil
	}
	var parts []part
	for _, name := range featureNames(ref) {
		if slices.ContainsFunc(declared, func(f Feature) bool { return f.Name == name }) {
			parts = append(parts, part{ref, name})
		}
	}
	return assemble(ref, parts)
}

func featureNames(ref *stats.Reference) []string {
	names := make([]string, len(ref.Layout.Features))
	for i, e := range ref.Layout.Features {
		names[i] = e.Name
	}
	return names
}

func findFeature(ref *stats.Reference, name string) (index int, found bool) {
	i := slices.IndexFunc(ref.Layout.Features, func(e *stats.Edges) bool { return e.Name == name })
	return i, i >= 0
}

// dimensionNames are sets of dimensions for people: "country; country, channel".
func dimensionNames(sets [][]string) string {
	if len(sets) == 0 {
		return "(none)"
	}
	var all []string
	for _, set := range sets {
		all = append(all, strings.Join(set, ", "))
	}
	return strings.Join(all, "; ")
}

// checkReference compares a reference with what the configuration declares.
func checkReference(c Config, ref *stats.Reference) error {
	for _, f := range c.Features {
		i, found := findFeature(ref, f.Name)
		if !found {
			return fmt.Errorf("the reference %s has no feature %q; build it anew with this configuration", ref.Source, f.Name)
		}
		if wrong := f.disagrees(ref.Layout.Features[i]); wrong != "" {
			return fmt.Errorf("the feature %q %s the reference %s; build it anew with this configuration", f.Name, wrong, ref.Source)
		}
	}
	if !slices.EqualFunc(c.Segments, ref.Dimensions, slices.Equal[[]string]) {
		return fmt.Errorf("the reference has counts for the segments %s, the configuration asks for %s; build it anew with this configuration", dimensionNames(ref.Dimensions), dimensionNames(c.Segments))
	}
	return nil
}

// disagrees says what edges were not built as declared; "" is nothing.
func (f Feature) disagrees(e *stats.Edges) string {
	sameSet := func(a, b []string) bool {
		return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
	}
	declared := f.mark(stats.NewText(f.Name))
	switch {
	case f.Kind != "" && f.Kind != e.Kind.String():
		return fmt.Sprintf("is declared %s and is %s in", f.Kind, e.Kind)
	case declared.EmptyMissing != e.EmptyMissing, !sameSet(declared.Sentinels, e.Sentinels):
		return fmt.Sprintf("is declared with missing_values %q, and %q were missing in", f.MissingValues, missingValues(e))
	case f.Coerce != e.Coerce:
		return fmt.Sprintf("is declared with coerce: %t, and it was %t in", f.Coerce, e.Coerce)
	case len(f.Values) > 0 && !sameSet(f.Values, e.Values):
		return fmt.Sprintf("is declared with other values (%d of them) than the %d of", len(f.Values), len(e.Values))
	}
	return ""
}

func missingValues(e *stats.Edges) []string {
	all := slices.Clone(e.Sentinels)
	if e.EmptyMissing {
		all = append(all, "")
	}
	return all
}
