package main

import (
	"driftwatch/monitor"
	"driftwatch/stats"
)

type exportedDiff struct {
	Features []exportedFeatureDiff `json:"features"`
	// OnlyCurrent are features of the current profile that the reference does
	// not have.
	OnlyCurrent []string `json:"only_current"`
}

type exportedFeatureDiff struct {
	Name      string                   `json:"name"`
	Kind      string                   `json:"kind"`
	Reference exportedSide             `json:"reference"`
	Current   exportedSide             `json:"current"`
	Stats     map[string]monitor.Float `json:"stats"`
	Bins      []monitor.AlertBin       `json:"bins"`
}

type exportedSide struct {
	Rows    uint64 `json:"rows"`
	Missing uint64 `json:"missing"`
}

func exportDiff(d *diff) exportedDiff {
	out := exportedDiff{Features: []exportedFeatureDiff{}, OnlyCurrent: append([]string{}, d.onlyCurrent...)}
	for i := range d.features {
		f := &d.features[i]
		e := exportedFeatureDiff{
			Name: f.name, Kind: f.reference.Edges.Kind.String(),
			Reference: exportedSide{f.reference.Rows(), f.reference.Missing()},
			Current:   exportedSide{f.current.Rows(), f.current.Missing()},
			Stats:     map[string]monitor.Float{}, Bins: []monitor.AlertBin{},
		}
		for _, s := range stats.Statistics() {
			if s.Kinds&f.reference.Edges.Kind != 0 {
				e.Stats[s.Name] = monitor.Float(s.Compute(f.compared))
			}
		}
		for _, b := range f.compared.Bins() {
			e.Bins = append(e.Bins, monitor.AlertBin{Bin: b.Label, Reference: monitor.Float(b.Reference), Current: monitor.Float(b.Current), PSI: monitor.Float(b.PSI)})
		}
		out.Features = append(out.Features, e)
	}
	return out
}
