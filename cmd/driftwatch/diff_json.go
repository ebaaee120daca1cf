package main

import (
	"driftwatch/monitor"
	"driftwatch/stats"
)

type exportedDiff struct {
	Reference exportedDiffSide      `json:"reference"`
	Current   exportedDiffSide      `json:"current"`
	Features  []exportedFeatureDiff `json:"features"`
	// OnlyCurrent are features and fields of the current side that the reference
	// does not have, OnlyReference fields that the current side does not have.
	OnlyCurrent   []string `json:"only_current"`
	OnlyReference []string `json:"only_reference"`
	// LeftOut are fields that the reference does not watch, and why.
	LeftOut []exportedLeftOut `json:"left_out"`
	// Conventions say how the numbers are made, where the field has several ways.
	Conventions []string `json:"conventions"`
}

type exportedDiffSide struct {
	Name string `json:"name"`
	Hash string `json:"hash"`
	Rows uint64 `json:"rows"`
}

// conventions are those of the package stats, whose documentation has the reasons.
func conventions() []string {
	return []string{
		"psi, js, hellinger, tvd and chi2 are of the bins given",
		"the bins of a number are the reference's deciles (numpy.quantile, linear), closed on the right, equal ones merged, and a value of more than a tenth of the rows has its own",
		"a category has a bin where 10 rows are expected on the smaller side, or if it is among the 8 most frequent; all others, and new ones, share one",
		"rows without a value are one more bin, where there are any; bins without rows are left out",
		"psi is the sum of (p-q) ln(p/q), natural logarithm, with 1/2 added to each count on both sides before they are divided",
		"js is the distance, to base 2; chi2 has no continuity correction",
		"p-values, psi_noise and psi_lo are asymptotic and take rows to be independent",
		"ks is the greatest difference at the cuts; the exact one is at most ks + ks_error",
		"null is what cannot be said",
	}
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
	side := func(s diffSide) exportedDiffSide { return exportedDiffSide{s.name, s.Hash(), s.Counts[0].Rows} }
	out := exportedDiff{
		Reference: side(d.reference), Current: side(d.current),
		Features: []exportedFeatureDiff{}, OnlyCurrent: append([]string{}, d.onlyCurrent...), OnlyReference: append([]string{}, d.onlyReference...),
		Conventions: conventions(), LeftOut: []exportedLeftOut{},
	}
	for _, l := range d.reference.LeftOut {
		out.LeftOut = append(out.LeftOut, exportedLeftOut(l))
	}
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
