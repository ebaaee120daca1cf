package main

import (
	"slices"

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
	Volume     *exportedVolume   `json:"volume"`     // null where it is not known
	Fields     []exportedField   `json:"fields"`     // all that the records have, watched or not
	FieldRows  uint64            `json:"field_rows"` // rows that they are of; 0: they are not known
	FieldsCut  bool              `json:"fields_cut"` // there are more of them
}

// exportedVolume is how many rows came from From to To.
type exportedVolume struct {
	From  monitor.Time `json:"from"`
	To    monitor.Time `json:"to"`
	Rows  uint64       `json:"rows"`
	Hours []uint64     `json:"hours"` // rows by hour of the week, UTC, from Monday 00:00; null of less than two weeks
}

type exportedField struct {
	Name     string            `json:"name"`
	Rows     uint64            `json:"rows"`
	Types    map[string]uint64 `json:"types"` // rows by the type of the value
	Constant bool              `json:"constant"`
	Open     bool              `json:"open"` // an object whose keys are values
}

type exportedFeature struct {
	Name          string            `json:"name"`
	Kind          string            `json:"kind"`
	ID            string            `json:"id"`
	Cuts          []float64         `json:"cuts,omitempty"`
	BinEnds       []int             `json:"bin_ends,omitempty"` // indexes of the cuts at which the bins of PSI end
	Center        *monitor.Float    `json:"center,omitempty"`   // of the moments that mean and std come from
	Scale         *monitor.Float    `json:"scale,omitempty"`
	Values        []string          `json:"values,omitempty"`
	Rare          []string          `json:"rare,omitempty"`
	MissingValues []string          `json:"missing_values,omitempty"`
	Coerce        bool              `json:"coerce,omitempty"`
	Singletons    uint64            `json:"singletons"`
	Baseline      *exportedBaseline `json:"baseline"` // null where the rows had no times
}

// exportedBaseline is how much a feature varies by itself, from window to window.
type exportedBaseline struct {
	WindowMS int64                    `json:"window_ms"`
	Windows  int                      `json:"windows"`
	Phi      monitor.Float            `json:"phi"`
	PSI      map[string]monitor.Float `json:"psi"` // p50, p90, p95, p99 of window against rest
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
		out.Features = append(out.Features, exportFeature(ref, i, e))
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
	exportSchema(&out, ref)
	return out
}

func exportSchema(out *exported, ref *stats.Reference) {
	if v := ref.Volume; v != nil {
		out.Volume = &exportedVolume{From: monitor.UnixMilli(v.From), To: monitor.UnixMilli(v.To), Rows: v.Rows}
		if v.Hours != nil {
			out.Volume.Hours = v.Hours[:]
		}
	}
	out.Fields, out.FieldRows, out.FieldsCut = []exportedField{}, ref.FieldRows, ref.FieldsCut
	for _, f := range ref.Fields {
		e := exportedField{Name: f.Name, Rows: f.Rows(), Types: map[string]uint64{}, Constant: f.Constant, Open: f.Open}
		for t, n := range f.Types {
			if n > 0 {
				e.Types[stats.FieldType(t).String()] = n
			}
		}
		out.Fields = append(out.Fields, e)
	}
}

func exportFeature(ref *stats.Reference, i int, e *stats.Edges) exportedFeature {
	out := exportedFeature{
		Name: e.Name, Kind: e.Kind.String(), ID: e.ID(), Cuts: e.Cuts, BinEnds: e.BinEnds, Values: e.Values, Rare: e.Rare,
		MissingValues: slices.Clone(e.Sentinels), Coerce: e.Coerce, Singletons: ref.Singletons[i],
	}
	if e.EmptyMissing {
		out.MissingValues = append(out.MissingValues, "")
	}
	if e.Kind == stats.Numeric {
		out.Center, out.Scale = new(monitor.Float(e.Center)), new(monitor.Float(e.Scale))
	}
	if len(ref.Baselines) > 0 && ref.Baselines[i].Windows > 0 {
		b := ref.Baselines[i]
		out.Baseline = &exportedBaseline{WindowMS: b.Window, Windows: b.Windows, Phi: monitor.Float(b.Phi), PSI: map[string]monitor.Float{
			"p50": monitor.Float(b.Quantiles[0]), "p90": monitor.Float(b.Quantiles[1]), "p95": monitor.Float(b.Quantiles[2]), "p99": monitor.Float(b.Quantiles[3]),
		}}
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
