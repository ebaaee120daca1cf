package stats_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"driftwatch/stats"

	"pgregory.net/rapid"
)

func anyReference(t *rapid.T) *stats.Reference {
	l := anyLayout(t)
	l.Features[3].EmptyMissing = true
	l.Features[0].Sentinels, l.Features[0].Coerce = []string{"N/A", "-1"}, true
	l = stats.NewLayout(l.Features)
	var baselines []stats.Baseline
	if rapid.Bool().Draw(t, "in the order of time") {
		share := rapid.Float64Range(0, 1e6).Draw(t, "phi")
		some := stats.Baseline{Window: 300_000, Windows: 288, Phi: share, Quantiles: [4]float64{0, share / 2, share, 2 * share}}
		baselines = []stats.Baseline{some, {}, some, {}}
	}
	volume := stats.NewVolume(-5, rapid.SampledFrom([]int64{-4, 1_000_000, 1_790_000_000_000}).Draw(t, "end"))
	for range 20 {
		volume.Add(rapid.Int64Range(volume.From, volume.To-1).Draw(t, "at"), rapid.Uint64Range(0, 1e12).Draw(t, "rows"))
	}
	return &stats.Reference{
		Source: "payments.jsonl", From: -5, To: 1_790_000_000_000,
		Layout: l, Singletons: []uint64{0, 1, 0, 9}, Baselines: baselines,
		Dimensions: [][]string{{"country"}, {"country", "channel"}},
		Segments:   []string{"country=DE", "(other)"},
		Counts:     []*stats.Counts{anyCounts(t, "all", l), anyCounts(t, "de", l), l.NewCounts()},
		LeftOut:    []stats.LeftOut{{Name: "id", Reason: "every value is another"}, {Name: "tag.a", Reason: "nothing"}},
		Volume:     volume,
		FieldRows:  1000, FieldsCut: rapid.Bool().Draw(t, "cut"),
		Fields: []stats.Field{
			{Name: "", Types: [6]uint64{0, 1000}},
			{Name: "", Open: true, Types: [6]uint64{stats.NestedField: 1000}},
			{Name: "id", Types: [6]uint64{5, 1, 2, 3, 4, 6}},
			{Name: "tag", Open: true, Types: [6]uint64{stats.NestedField: 30}},
			{Name: "tag.a", Constant: true, Types: [6]uint64{stats.StringField: 7}},
		},
	}
}

func TestReferenceEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyReference(t)
		encoded, err := r.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var got stats.Reference
		if err := got.UnmarshalBinary(encoded); err != nil {
			t.Fatal(err)
		}
		if again, err := got.MarshalBinary(); err != nil || !bytes.Equal(again, encoded) {
			t.Fatalf("%v; encoding again gives other bytes", err)
		}
		if got.Layout.ID() != r.Layout.ID() || got.Hash() != r.Hash() || len(got.Hash()) != 16 {
			t.Fatalf("layout %s, want %s; hash %s, want %s", got.Layout.ID(), r.Layout.ID(), got.Hash(), r.Hash())
		}
		if !reflect.DeepEqual(got.Counts, r.Counts) || !reflect.DeepEqual(got.Dimensions, r.Dimensions) ||
			!reflect.DeepEqual(got.Segments, r.Segments) || !reflect.DeepEqual(got.LeftOut, r.LeftOut) ||
			!reflect.DeepEqual(got.Volume, r.Volume) || !reflect.DeepEqual(got.Fields, r.Fields) || got.FieldRows != r.FieldRows || got.FieldsCut != r.FieldsCut ||
			!reflect.DeepEqual(got.Singletons, r.Singletons) || !reflect.DeepEqual(got.Baselines, r.Baselines) || got.Source != r.Source || got.From != r.From || got.To != r.To {
			t.Fatalf("decoded %+v, want %+v", got, r)
		}
		for i := range r.Baselines {
			if all, segment := got.Base(0, i).Baseline, got.Base(1, i).Baseline; all != r.Baselines[i] || segment != (stats.Baseline{}) {
				t.Fatalf("feature %d compares with the baseline %+v, its segment with %+v", i, all, segment)
			}
		}
		for _, x := range numbers(t, "probe", 0) {
			if a, b := got.Layout.Features[0].Number(x), r.Layout.Features[0].Number(x); a != b {
				t.Fatalf("Number(%g) = %d, was %d", x, a, b)
			}
		}

		// Any damage is noticed and changes nothing.
		damaged := bytes.Clone(encoded)
		damaged[rapid.IntRange(0, len(damaged)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if err := got.UnmarshalBinary(damaged); err == nil || got.Hash() != r.Hash() {
			t.Fatalf("damage: error %v", err)
		}
	})
}

func TestReferenceErrors(t *testing.T) {
	var r stats.Reference
	newer := append([]byte("DRIFTWATCH\x00\x04"), make([]byte, 9)...)
	for _, k := range []struct{ data, want string }{
		{"", "this is no driftwatch profile, or it is cut short"},
		{"{}", "this is no driftwatch profile, or it is cut short"},
		{string(newer), "its version is 4, this driftwatch reads up to version 3: build the profile again, or with that version"},
		{"DRIFTWATCH\x00\x03 123456789", "the checksum does not match: the file is damaged, copy or build it again"},
	} {
		if err := r.UnmarshalBinary([]byte(k.data)); err == nil || err.Error() != "decode profile: "+k.want {
			t.Errorf("%q: error %v, want %s", k.data, err, k.want)
		}
	}
	r.Layout = fuzzLayout()
	if _, err := r.MarshalBinary(); err == nil || !strings.Contains(err.Error(), "0 counts for 0 segments") || r.Hash() != "" {
		t.Errorf("error %v, hash %q", err, r.Hash())
	}
	r.Singletons, r.Counts, r.Baselines = make([]uint64, 3), []*stats.Counts{r.Layout.NewCounts()}, make([]stats.Baseline, 2)
	if _, err := r.MarshalBinary(); err == nil || !strings.Contains(err.Error(), "2 baselines for 3 features") {
		t.Errorf("error %v", err)
	}
	for want, b := range map[string]stats.Baseline{
		"a baseline is not finite and positive":              {Windows: 2, Phi: math.NaN()},
		"a baseline is not finite and positive ":             {Windows: 2, Quantiles: [4]float64{0, 0, -1, 0}},
		"a baseline of 2147483648 windows of 0 ms is none":   {Windows: 1 << 31},
		"a baseline of 2 windows of 9223372036854775808 ms ": {Windows: 2, Window: math.MinInt64},
	} {
		r.Baselines = []stats.Baseline{b, {}, {}}
		encoded, err := r.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var got stats.Reference
		if err := got.UnmarshalBinary(encoded); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// sealed makes a file of a body, whatever it says.
func sealed(version byte, body []byte) []byte {
	b := append([]byte("DRIFTWATCH\x00"), version)
	b = append(b, body...)
	sum := sha256.Sum256(b)
	return append(b, sum[:8]...)
}

// TestReferenceChecks seals features that cannot be, as a damaged or forged
// file would.
func TestReferenceChecks(t *testing.T) {
	number := func() *stats.Edges { return stats.NewNumeric("x", []float64{1, 2, 3}, 10) }
	category := func() *stats.Edges { return stats.NewCategorical("x", map[string]uint64{"a": 2, "b": 1}, 1) }
	for want, features := range map[string][]*stats.Edges{
		"is there twice":                                      {number(), stats.NewText("x")},
		"its cuts are not finite and ascending":               {change(number(), func(e *stats.Edges) { e.Cuts[1] = math.NaN() })},
		"its bin ends are not cuts in ascending order":        {change(number(), func(e *stats.Edges) { e.BinEnds = []int{2, 999} })},
		"it has too many cuts":                                {change(number(), func(e *stats.Edges) { e.Cuts = ladder(0, 20_000) })},
		"its center or scale is not usable":                   {change(number(), func(e *stats.Edges) { e.Scale = 0 })},
		"it is numeric and has categories":                    {change(number(), func(e *stats.Edges) { e.Values = []string{"a"} })},
		"it is not numeric and has cuts":                      {change(category(), func(e *stats.Edges) { e.Cuts = []float64{1} })},
		"a category is there twice":                           {change(category(), func(e *stats.Edges) { e.Rare = []string{"a"} })},
		"a category is empty or no valid UTF-8":               {change(category(), func(e *stats.Edges) { e.Rare = []string{""} })},
		"it is boolean and its values are not false and true": {change(stats.NewBoolean("x"), func(e *stats.Edges) { e.Values = []string{"no", "yes"} })},
		"it is text and has categories":                       {change(stats.NewText("x"), func(e *stats.Edges) { e.Rare = []string{"a"} })},
		"its kind is unknown":                                 {change(number(), func(e *stats.Edges) { e.Kind = 3 })},
	} {
		l := stats.NewLayout(features)
		r := stats.Reference{Layout: l, Singletons: make([]uint64, len(features)), Counts: []*stats.Counts{l.NewCounts()}}
		b, err := r.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var got stats.Reference
		if err := got.UnmarshalBinary(b); err == nil || err.Error() != `decode profile: feature "x": `+want && err.Error() != `decode profile: feature "x" `+want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func change(e *stats.Edges, do func(*stats.Edges)) *stats.Edges {
	do(e)
	return e
}

// TestReferenceAllocation attacks with lengths that the file does not have.
func TestReferenceAllocation(t *testing.T) {
	many := binary.AppendUvarint(nil, 1<<40)
	head := []byte{0, 0, 0} // source, from, to
	text := []byte{1, 1, 'x', byte(stats.Text), 0, 0, 0}
	text = append(append(text, make([]byte, 16)...), 0, 0) // center, scale, dictionary, rare
	wide := append([]byte{0, 0, 0, 1, 1, 'x', byte(stats.Numeric), 0}, 0x80, 0x80, 1)
	wide = append(wide, bytes.Repeat([]byte{0}, 1<<14)...)
	for name, body := range map[string][]byte{
		"source":   many,
		"features": append(bytes.Clone(head), many...),
		"cuts":     append(append(bytes.Clone(head), 1, 1, 'x', byte(stats.Numeric), 0), many...),
		"segments": append(append(bytes.Clone(head), 0, 0), many...),
		"zeros":    wide,
		"rare":     append(append(bytes.Clone(head), text[:len(text)-1]...), many...),
		"windows":  append(append(append(bytes.Clone(head), text...), 0), many...),
		"left out": append(append(bytes.Clone(head), 0, 0, 0), many...),
		"fields":   append(append(bytes.Clone(head), 0, 0, 0, 0, 0, 0, 0), many...),
		"hours":    append(append(bytes.Clone(head), 0, 0, 0, 0, 2, 0), many...),
	} {
		var r stats.Reference
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := r.UnmarshalBinary(sealed(3, body))
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
			t.Errorf("%s: %d bytes allocated", name, used)
		}
	}
}

func FuzzUnmarshalReference(f *testing.F) {
	l := fuzzLayout()
	r := stats.Reference{Layout: l, Singletons: make([]uint64, 3), Segments: []string{"a"}, Counts: []*stats.Counts{l.NewCounts(), l.NewCounts()}}
	observe(l, r.Counts[0], 0, 3)
	encoded, err := r.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encoded[12 : len(encoded)-8])
	r.Baselines = []stats.Baseline{{Window: 60_000, Windows: 9, Phi: 1, Quantiles: [4]float64{1, 2, 3, 4}}, {}, {}}
	r.Dimensions, r.LeftOut, r.From, r.To = [][]string{{"country"}}, []stats.LeftOut{{Name: "id", Reason: "text"}}, -1, 1
	if encoded, err = r.MarshalBinary(); err != nil {
		f.Fatal(err)
	}
	f.Add(encoded[12 : len(encoded)-8])
	r.Volume = stats.NewVolume(0, 15*24*3_600_000)
	r.Volume.Add(5, 7)
	r.Fields, r.FieldRows = []stats.Field{{Name: "a", Constant: true, Types: [6]uint64{0, 3}}, {Name: "b.c", Open: true, Types: [6]uint64{1, 0, 0, 0, 2}}}, 3
	if encoded, err = r.MarshalBinary(); err != nil {
		f.Fatal(err)
	}
	f.Add(encoded[12 : len(encoded)-8])
	for _, old := range []string{"version1", "version2"} {
		b := oldVersion(f, old)
		f.Add(b[12 : len(b)-8])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for version := range byte(3) {
			fuzzReference(t, sealed(1+version, body))
		}
	})
}

func fuzzReference(t *testing.T, file []byte) {
	var got stats.Reference
	if err := got.UnmarshalBinary(file); err != nil {
		if !reflect.DeepEqual(got, stats.Reference{}) {
			t.Fatal("changed on error")
		}
		return
	}
	first, err := got.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var again stats.Reference
	if err := again.UnmarshalBinary(first); err != nil {
		t.Fatal(err)
	}
	if second, err := again.MarshalBinary(); err != nil || !bytes.Equal(first, second) {
		t.Fatalf("%v: not the same after a round trip", err)
	}
	if _, err := got.Redact().MarshalBinary(); err != nil {
		t.Fatal(err)
	}
	for i, e := range got.Layout.Features {
		for _, v := range []float64{0, -1, 1e300, 5e-324} {
			if cell := e.Number(v); e.Kind == stats.Numeric && cell >= e.Width() {
				t.Fatalf("cell %d of %d", cell, e.Width())
			}
		}
		for cell := range e.Width() {
			_ = e.Label(cell)
		}
		for counts := range got.Counts {
			c := got.Base(counts, i).Compare(got.Layout.Profile(got.Counts[0], i))
			c.Bins()
			for _, s := range stats.Statistics() {
				s.Compute(c)
			}
		}
	}
	for at := range int64(3) {
		got.Expected(at*1e12, at*1e12+60_000)
	}
	for _, path := range []string{"", "a", `b.c\.d`, "b.c.d"} {
		got.Field(path)
	}
}

// TestReferenceSize holds a profile of 20 features at 200 cuts under 40 KiB.
func TestReferenceSize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var features []*stats.Edges
	var values [][]float64
	for i := range 20 {
		x := make([]float64, 30_000)
		for j := range x {
			x[j] = r.NormFloat64()
		}
		values = append(values, x)
		features = append(features, stats.NewNumeric(fmt.Sprintf("feature_%d", i), sorted(x), 200))
	}
	l := stats.NewLayout(features)
	c := l.NewCounts()
	for i, x := range values {
		for _, v := range x {
			observe(l, c, i, v)
		}
	}
	ref := stats.Reference{Layout: l, Singletons: make([]uint64, 20), Counts: []*stats.Counts{c}}
	for range features {
		ref.Baselines = append(ref.Baselines, stats.Baseline{Window: 300_000, Windows: 288, Phi: 1.1, Quantiles: [4]float64{0.01, 0.02, 0.03, 0.05}})
	}
	encoded, err := ref.MarshalBinary()
	if err != nil || len(encoded) > 40<<10 {
		t.Errorf("%v; %d bytes", err, len(encoded))
	}
	t.Logf("%d bytes", len(encoded))
}

// oldVersion is a file that a former version wrote: the first without baselines,
// and with edges that have no cuts at 0; both without volume and fields.
func oldVersion(t testing.TB, name string) []byte {
	t.Helper()
	old, err := os.ReadFile("testdata/" + name + ".profile")
	if err != nil {
		t.Fatal(err)
	}
	return old
}

func TestOldVersionsAreRead(t *testing.T) {
	for _, name := range []string{"version1", "version2"} {
		var r stats.Reference
		if err := r.UnmarshalBinary(oldVersion(t, name)); err != nil {
			t.Fatal(err)
		}
		baselines := map[string]int{"version1": 0, "version2": 2}[name]
		if r.Source != "payments.jsonl" || r.Counts[0].Rows != 9 || len(r.Baselines) != baselines || len(r.Layout.Features) != 2 {
			t.Errorf("%s: read %+v", name, r)
		}
		if r.Volume != nil || r.FieldRows != 0 || r.Fields != nil || !math.IsNaN(r.Expected(r.From, r.To)) {
			t.Errorf("%s: read the volume %+v and the fields %+v", name, r.Volume, r.Fields)
		}
		for i := range r.Layout.Features {
			p := r.Layout.Profile(r.Counts[0], i)
			if psi := compute(t, r.Base(0, i).Compare(p), "psi"); psi != 0 {
				t.Errorf("%s: psi of feature %d against itself is %g", name, i, psi)
			}
		}
	}
}
