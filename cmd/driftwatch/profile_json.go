package main

import (
	"driftwatch/monitor"
	"driftwatch/stats"
)

// exported is a whole reference as JSON: every cut, category and count. Times
// are null where they are not known.
type exported struct {
	Source     string            `json:"source"`
	Hash       string            `json:"hash"`
	From       *monitor.Time     `json:"from"`
	To         *monitor.Time     `json:"to"`
	Dimensions [][]string        `json:"dimensions"`
	Features   []exportedFeature `json:"features"`
	Segments   []exportedCounts  `json:"segments"` // overall, named "", is the first
	LeftOut    []exportedLeftOut `json:"left_out"`
}

type exportedFeature struct {
	Name       string    `json:"name"`
	Kind       string    `json:"kind"`
	ID         string    `json:"id"`
	Cuts       []float64 `json:"cuts,omitempty"`
	Values     []string  `json:"values,omitempty"`
	Rare       []string  `json:"rare,omitempty"`
	Singletons uint64    `json:"singletons"`
}

type exportedCounts struct {
	Segment  string                   `json:"segment"`
	Rows     uint64                   `json:"rows"`
	Features []exportedFeatureProfile `json:"features"` // in the order of the reference's
}

type exportedFeatureProfile struct {
	Rows    uint64                   `json:"rows"`
	Missing uint64                   `json:"missing"`
	Stats   map[string]monitor.Float `json:"stats"`
	// NoValue counts what has no value, by reason; Cells what has one, by the
	// bins that Cuts or Values give.
	NoValue map[string]uint64 `json:"no_value"`
	Cells   []uint64          `json:"cells"`
}

type exportedLeftOut struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func exportReference(ref *stats.Reference) exported {
	out := exported{
		Source:     ref.Source,
		Hash:       ref.Hash(),
		Dimensions: ref.Dimensions,
		LeftOut:    []exportedLeftOut{},
	}
	if ref.From != 0 || ref.To != 0 {
		out.From, out.To = new(monitor.UnixMilli(ref.From)), new(monitor.UnixMilli(ref.To))
	}
	for i, e := range ref.Layout.Features {
		out.Features = append(out.Features, exportedFeature{
			Name: e.Name, Kind: e.Kind.String(), ID: e.ID(), Cuts: e.Cuts, Values: e.Values, Rare: e.Rare,
			Singletons: ref.Singletons[i],
		})
	}
	for i, c := range ref.Counts {
		name := ""
		if i > 0 {
			name = ref.Segments[i-1]
		}
		out.Segments = append(out.Segments, exportCounts(ref.Layout, name, c))
	}
	for _, l := range ref.LeftOut {
		out.LeftOut = append(out.LeftOut, exportedLeftOut(l))
	}
	return out
}

func exportCounts(l *stats.Layout, name string, c *stats.Counts) exportedCounts {
	out := exportedCounts{Segment: name, Rows: c.Rows}
	for i := range l.Features {
		p := l.Profile(c, i)
		f := exportedFeatureProfile{
			Rows:    p.Rows(),
			Missing: p.Missing(),
			Stats:   map[string]monitor.Float{},
			NoValue: map[string]uint64{
				"absent": p.Cells[stats.Absent], "null": p.Cells[stats.Null], "empty": p.Cells[stats.Empty],
				"wrong_type": p.Cells[stats.WrongType], "invalid": p.Cells[stats.Invalid], "sentinel": p.Cells[stats.Sentinel],
			},
			Cells: p.Cells[stats.NoValues:],
		}
		stat := currentStatistics(p)
		for _, s := range stats.Statistics() {
			if s.Kinds&p.Edges.Kind != 0 && !s.NeedsReference {
				f.Stats[s.Name] = monitor.Float(stat(s.Name))
			}
		}
		out.Features = append(out.Features, f)
	}
	return out
}
