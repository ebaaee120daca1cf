package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/rules"
	"driftwatch/stats"
)

func newDiffCommand() *cobra.Command {
	var asJSON bool
	var fail string
	cmd := &cobra.Command{
		Use:   "diff REFERENCE CURRENT",
		Short: "Set two profiles or data files side by side",
		Long: `Diff compares two profiles, or files of JSON lines, in any mix: every feature,
what moved most first, each number beside its noise.

With --fail it exits with 1 if the condition holds for any feature; conditions
are those of rules, and every statistic counts, however few the rows.

Two profiles with edges of their own are compared on those of the first, the
counts of the second spread evenly within its cells: good to about 1/200.`,
		Example: `  driftwatch diff payments.profile day.jsonl
  driftwatch diff train.jsonl serve.jsonl --fail 'psi_lo > 0.1'`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			failing, err := failCondition(fail, cmd.Flags().Changed("fail"))
			if err != nil {
				return err
			}
			d, err := compareFiles(args[0], args[1], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), exportDiff(d))
			} else {
				err = printDiff(cmd.OutOrStdout(), d)
			}
			if err != nil || failing == nil {
				return err
			}
			return d.judge(cmd.ErrOrStderr(), failing)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&fail, "fail", "", "exit with 1 if this holds for a feature, such as 'psi_lo > 0.1'")
	return cmd
}

// diff is two summaries of the same features.
type diff struct {
	reference, current diffSide
	features           []featureDiff // what moved most first
	onlyCurrent        []string      // features and fields that the reference does not have
	onlyReference      []string      // fields that the current side does not have
}

type diffSide struct {
	name string
	*stats.Reference
}

// featureDiff is one feature on both sides, on the same edges.
type featureDiff struct {
	name               string
	kind               string // with that of the current side where it is another
	reference, current stats.Profile
	compared           *stats.Comparison
}

func (f *featureDiff) stat(name string) float64 { return f.compared.Stat(name) }

// compareFiles reads two files, each a profile or JSON lines. Lines are counted
// at the edges of the reference, which its own lines, or its profile, decide.
func compareFiles(reference, current string, log io.Writer) (*diff, error) {
	d := &diff{reference: diffSide{name: filepath.Base(reference)}, current: diffSide{name: filepath.Base(current)}}
	began, lines := time.Now(), uint64(0)
	var err error
	if d.reference.Reference, err = loadSide(reference, log, func(rows monitor.Rows) (*stats.Reference, error) {
		ref, err := monitor.BuildReference(inputConfig(), decode.JSON, rows, reference)
		if err == nil {
			lines += ref.Counts[0].Rows
		}
		return ref, err
	}); err != nil {
		return nil, err
	}
	if d.current.Reference, err = loadSide(current, log, func(rows monitor.Rows) (*stats.Reference, error) {
		cur, malformed, err := monitor.CountAt(d.reference.Reference, decode.JSON, rows, current)
		if err == nil {
			lines += cur.Counts[0].Rows
		}
		if err == nil && malformed > 0 {
			fmt.Fprintf(log, "%s: %d of %d lines are no JSON objects and are left out\n", current, malformed, malformed+cur.Counts[0].Rows)
		}
		return cur, err
	}); err != nil {
		return nil, err
	}
	if lines > 0 {
		printRate(log, lines, time.Since(began))
	}
	d.compare()
	return d, nil
}

// loadSide reads a profile, or the lines of a file by build.
func loadSide(file string, log io.Writer, build func(monitor.Rows) (*stats.Reference, error)) (*stats.Reference, error) {
	is, err := isProfile(file)
	if err != nil {
		return nil, err
	}
	if is {
		return readProfile(file)
	}
	return build(progress(log, filepath.Base(file), monitor.FileRows([]string{file})))
}

func isProfile(file string) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return false, fmt.Errorf("cannot read what to compare: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return false, fmt.Errorf("cannot compare %s: it is no file that can be read more than once; write a pipe's output into one first", file)
	}
	head := make([]byte, len(stats.ReferenceMagic))
	if _, err := io.ReadFull(f, head); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, fmt.Errorf("cannot read %s: %w", file, err)
	}
	return bytes.Equal(head, []byte(stats.ReferenceMagic)), nil
}

// compare leaves out what is derived of the records: it is of how they were
// written, which in files of different origin says nothing.
func (d *diff) compare() {
	ref, cur := d.reference.Reference, d.current.Reference
	at := map[string]int{}
	for i, e := range cur.Layout.Features {
		if !monitor.IsDerived(e.Name) {
			at[e.Name] = i
		}
	}
	for i, e := range ref.Layout.Features {
		if monitor.IsDerived(e.Name) {
			continue
		}
		f := featureDiff{name: e.Name, kind: e.Kind.String(), reference: ref.Layout.Profile(ref.Counts[0], i)}
		f.current = stats.Profile{Edges: e, Cells: make([]uint64, e.Width())}
		f.current.Cells[stats.Absent] = cur.Counts[0].Rows
		if j, has := at[e.Name]; has {
			p := cur.Layout.Profile(cur.Counts[0], j)
			if kind := p.Edges.Kind; kind != e.Kind {
				f.kind += " → " + kind.String()
			}
			f.current = e.Rebin(p)
			delete(at, e.Name)
		}
		f.compared = ref.Base(0, i).Compare(f.current)
		if e.Kind == stats.Categorical && f.kind == "categorical → text" { // which texts there were is not known
			f.compared = ref.Base(0, i).Compare(stats.Profile{Edges: e, Cells: make([]uint64, e.Width())})
		}
		d.features = append(d.features, f)
	}
	for _, e := range cur.Layout.Features {
		if _, left := at[e.Name]; left {
			d.onlyCurrent = append(d.onlyCurrent, e.Name)
		}
	}
	for _, name := range fieldsBeyond(cur, ref) {
		if _, left := at[name]; !left {
			d.onlyCurrent = append(d.onlyCurrent, name)
		}
	}
	d.onlyReference = fieldsBeyond(ref, cur)
	slices.SortStableFunc(d.features, func(a, b featureDiff) int {
		return cmp.Or(cmp.Compare(b.certain(), a.certain()), cmp.Compare(b.beyondNoise(), a.beyondNoise()))
	})
}

// fieldsBeyond are the fields of one side that the other does not have.
func fieldsBeyond(one, other *stats.Reference) (names []string) {
	if other.FieldRows == 0 || other.FieldsCut {
		return nil
	}
	for _, f := range one.Fields {
		below := func(o stats.Field) bool { return strings.HasPrefix(o.Name, f.Name+".") }
		has := other.Field(f.Name) != nil || f.Open && (f.Name == "" || slices.ContainsFunc(other.Fields, below))
		if !has {
			names = append(names, f.Pattern())
		}
	}
	return names
}

// certain is what features are sorted by: the certain part of the PSI; where
// there is none, how much more is missing.
func (f *featureDiff) certain() float64 {
	if lo := f.stat("psi_lo"); !math.IsNaN(lo) {
		return max(0, lo)
	}
	missing := ratioOf(f.current.Missing(), f.current.Rows()) - ratioOf(f.reference.Missing(), f.reference.Rows())
	if math.IsNaN(missing) {
		return 0
	}
	return math.Abs(missing)
}

// beyondNoise sorts those of which nothing is certain.
func (f *featureDiff) beyondNoise() float64 {
	x := f.stat("psi") / f.stat("psi_noise")
	if math.IsNaN(x) {
		return -1
	}
	return x
}

func ratioOf(part, all uint64) float64 {
	if all == 0 {
		return math.NaN()
	}
	return float64(part) / float64(all)
}

// diffMonitor is the name of what --fail's condition is judged for.
const diffMonitor = "diff"

// failCondition makes a rule of an expression; nil where none was given.
func failCondition(text string, given bool) (*rules.Rule, error) {
	if !given {
		return nil, nil
	}
	none := 0
	r := &rules.Rule{Name: "fail", Monitor: diffMonitor, When: text, MinSamples: &none, MinReferenceSamples: &none}
	engine, ps := rules.Compile(diffMonitor, []rules.Rule{*r}, nil, nil, monitor.Statistics(monitor.Config{}))
	for _, p := range ps {
		if !p.Warning {
			return nil, fmt.Errorf("--fail: %s", p.Message)
		}
	}
	if len(engine.Spans()) > 0 {
		return nil, errors.New("--fail: two files have no earlier windows that delta could look back to")
	}
	if windows, _ := engine.Split(); len(windows.Names()) == 0 {
		return nil, fmt.Errorf("--fail: %s asks how a topic is read, which two files do not tell", text)
	}
	return r, nil
}

// judge says for which features a condition holds, and for which it cannot be
// said.
func (d *diff) judge(w io.Writer, r *rules.Rule) error {
	var features []rules.Feature
	samples := []rules.Sample{{Series: rules.Series{Monitor: diffMonitor}, Stat: func(name string) float64 {
		if name == "rows" {
			return float64(d.current.Counts[0].Rows)
		}
		return math.NaN()
	}}}
	for i := range d.features {
		f := &d.features[i]
		features = append(features, rules.Feature{Name: f.name, Kind: f.reference.Edges.Kind.String()})
		samples = append(samples, rules.Sample{Series: rules.Series{Monitor: diffMonitor, Feature: f.name}, Rows: f.current.Rows(), ReferenceRows: f.reference.Rows(), Stat: f.stat})
	}
	engine, ps := rules.Compile(diffMonitor, []rules.Rule{*r}, features, nil, monitor.Statistics(monitor.Config{}))
	if engine == nil {
		return fmt.Errorf("--fail: %s", ps[0].Message)
	}
	var breached, unknown []string
	verdicts := engine.Judge(samples)
	for _, v := range verdicts {
		name := cmp.Or(v.Series.Feature, "the features together")
		switch {
		case !v.Known:
			unknown = append(unknown, name)
		case v.Holds:
			breached = append(breached, name)
		}
	}
	if len(unknown) > 0 {
		fmt.Fprintf(w, "%s cannot be said for %s\n", r.When, strings.Join(unknown, ", "))
	}
	switch {
	case len(breached) > 0:
		fmt.Fprintf(w, "%s holds for %s\n", r.When, strings.Join(breached, ", "))
		return errNo
	case len(unknown) > 0 && len(unknown) == len(verdicts):
		return fmt.Errorf("--fail: %s can be said of nothing here", r.When)
	}
	return nil
}
