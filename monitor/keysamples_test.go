package monitor_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// draw is a number below n that depends on i and salt; testdata/samples.py has the
// same.
func draw(i, salt, n int) int {
	z := uint64(i)*0x9e3779b97f4a7c15 + uint64(salt)*0xbf58476d1ce4e5b9
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

// sampledRecords are the 16 panes that testdata/samples.py counts: n rows in the even
// ones and a quarter more in the odd ones; the same number in all ways to write it.
func sampledRecords(n, amounts, shops int) []monitor.Record {
	var all []monitor.Record
	for pane := range 16 {
		rows := n + pane%2*(n/4)
		for j := range rows {
			i := len(all)
			at := t0.Add(time.Duration(pane)*time.Minute + time.Duration(j)*time.Minute/time.Duration(rows)).UnixMilli()
			id, session := i, fmt.Sprintf(`"s%d"`, i)
			if i > n && draw(i, 1, 50) == 0 {
				id = i - 1 - draw(i, 2, n)
			}
			if i > 2*n && draw(i, 5, 100) == 0 {
				session = fmt.Sprintf(`"s%d"`, i-1-draw(i, 6, 2*n))
			}
			if draw(i, 7, 50) == 0 {
				session = "null"
			}
			key := `"id":` + fmt.Sprintf([]string{"%d", "%d.0", `"%d"`, "%de0"}[draw(i, 3, 4)], id) + ","
			if draw(i, 4, 97) == 0 {
				key = ""
			}
			amount := fmt.Sprintf([]string{"%.2f", "%.4f", `"%.3f"`}[draw(i, 9, 3)], float64(draw(i, 8, amounts))/4)
			shop := draw(i, 10, 8)
			if pane >= 6 {
				shop = draw(i, 11, shops)
			}
			all = append(all, monitor.Record{Offset: int64(i), Time: at, Value: fmt.Appendf(nil,
				`{"ts":%d,%s"session":%s,"amount":%s,"shop":"%d"}`, at, key, session, amount, shop)})
		}
	}
	return all
}

func sampledConfig() monitor.Config {
	c := config()
	c.Window.Size, c.Reference.Learn, c.MaxCategories, c.Key = dur("3m"), dur("6m"), 5, "id"
	c.Features = []monitor.Feature{
		{Name: "session", Kind: "text", Unique: true},
		{Name: "amount", Kind: "numeric", Coerce: true, Distinct: true},
		{Name: "shop", Kind: "categorical"},
	}
	return c
}

// say is a rule that changes its state at each window, and so tells what it is asked.
func say(rows int, what string) rules.Rule {
	few := 1
	return rules.Rule{Name: what, Monitor: "m", When: fmt.Sprintf("rows > %d && (%s >= 0 || rows >= 0)", rows, what), MinSamples: &few, MinReferenceSamples: &few}
}

// The samples say what counting all values says, exactly where they are few, and
// within the stated error where they are many; duplicates in other panes of the
// window are among them.
func TestSamplesAgainstPlainCounts(t *testing.T) {
	b, err := os.ReadFile("testdata/samples.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][]map[string][2]float64
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string][3]int{"few": {80, 100, 60}, "many": {6000, 12000, 5000}} {
		t.Run(name, func(t *testing.T) {
			n := p[0]
			between := 3*n + 3*n/8
			lines, r := backtest(t, deps(t, sampledConfig(), fileOf(t, sampledRecords(n, p[1], p[2])),
				say(between, "duplicate_rate"), say(between, "unique_error_rate"), say(between, "distinct")))
			if r.Windows != 15 {
				t.Fatalf("%d windows", r.Windows)
			}
			told := map[string]int{}
			for _, l := range lines {
				var a monitor.Alert
				if err := json.Unmarshal([]byte(l), &a); err != nil {
					t.Fatal(err)
				}
				key := strings.TrimSpace(a.Rule + " " + a.Feature)
				w, known := want[name][int(a.Time.Sub(t0)/time.Minute)-3][key]
				got := float64(a.Stats[a.Rule])
				if !known {
					if !math.IsNaN(got) {
						t.Errorf("%s is %g, and is not declared", key, got)
					}
					continue
				}
				told[key]++
				if math.Abs(got-w[0]) > 4*w[1]+1e-12 || math.IsNaN(got) {
					t.Errorf("%v: %s is %g, want %g with an error of %g", a.Time, key, got, w[0], w[1])
				}
			}
			for _, key := range []string{"duplicate_rate", "unique_error_rate session", "distinct session", "distinct amount", "distinct shop"} {
				if told[key] != 12 {
					t.Errorf("%s was told for %d windows, want 12", key, told[key])
				}
			}
		})
	}
}

// sketchLogs are those of logs, with what samples have to say.
func sketchConfig() monitor.Config {
	c := config()
	c.Key = "ts" // some are in two partitions
	c.Features = []monitor.Feature{{Name: "x", Distinct: true}, {Name: "kind", Unique: true}, {Name: "note"}, {Name: "country", Kind: "categorical", Values: []string{"DE", "XX"}}}
	return c
}

var sketchRules = []rules.Rule{
	{Name: "again", Monitor: "m", When: "duplicate_rate > 0.006"},
	{Name: "unique", Monitor: "m", When: "unique_error_rate > 1 - 3.0/815"},
	{Name: "distinct", Monitor: "m", When: "distinct > 815"},
	{Name: "countries", Monitor: "m", Features: []string{"country"}, When: "distinct > 3 && rows > 810"},
}

// However the log is cut and divided among workers, each pane keeps the same sketch,
// bit for bit.
func TestSamplesAreAFunctionOfTheLogs(t *testing.T) {
	parts := logs()
	var want []string
	for run := range 6 {
		d := deps(t, sketchConfig(), &logSource{parts: parts, cut: func() int { return 1 + rand.IntN(10<<(2*run)) }}, sketchRules...)
		store := monitor.NewMemory()
		d.Store, d.Workers = store, 1+run
		got, _ := backtest(t, d)
		if len(got) < 10 {
			t.Fatalf("only %d transitions: the samples tell no story", len(got))
		}
		sketches := 0
		if err := store.Sketches(monitor.Ancient, monitor.Distant, func(start int64, b []byte) error {
			sketches++
			got = append(got, fmt.Sprintf("%d %x", start, b))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if sketches < 5 {
			t.Fatalf("only %d sketches are left", sketches)
		}
		if run == 0 {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d workers: other transitions or sketches:\n%s", d.Workers, firstDifference(got, want))
		}
	}
}

// A run that is killed at random commits says the same.
func TestSamplesSurviveBeingCutOff(t *testing.T) {
	parts := logs()[:3]
	whole := runUntil(t, sketchConfig(), parts, nil, sketchRules...)
	r := rand.New(rand.NewPCG(5, 0))
	cut := runUntil(t, sketchConfig(), parts, func() int { return 1 + r.IntN(40) }, sketchRules...)
	if !slices.Equal(cut, whole) {
		t.Errorf("other transitions:\n%s", firstDifference(cut, whole))
	}
	for _, r := range sketchRules {
		if !slices.ContainsFunc(whole, func(s string) bool { return strings.Contains(s, "/"+r.Name+"/") }) {
			t.Errorf("the rule %s has no transition", r.Name)
		}
	}
}

// After another key is declared nothing is said of duplicates until a window has
// been refilled; what is sampled as before goes on.
func TestAnotherKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		c := config()
		profiled(&c)
		c.Key = "made"
		latest := func(feature, statistic string) float64 {
			h := l.history(feature)
			for _, v := range h[:len(h)-1] {
				if !isNaN(v.Stats[statistic]) {
					t.Errorf("%s of the window that ends at %v is %v: its sketch should be gone", statistic, v.End, v.Stats[statistic])
				}
			}
			return float64(h[len(h)-1].Stats[statistic])
		}
		run := func(d time.Duration) {
			stop := l.startConfig(c, l)
			l.flow(d, 0)
			time.Sleep(2 * time.Second)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
		}
		run(12 * time.Minute)
		if got := latest("", "duplicate_rate"); math.Abs(got-0.9) > 1e-12 { // ten records have the same time
			t.Errorf("the rate of duplicates is %g, want 0.9", got)
		}
		if got := latest("x", "distinct"); !math.IsNaN(got) {
			t.Errorf("%g distinct values of x, which is not declared so", got)
		}
		c.Key = "x"
		run(3 * time.Minute)
		if got := latest("", "duplicate_rate"); !math.IsNaN(got) {
			t.Errorf("the rate of duplicates is %g although the key is another one", got)
		}
		if got := latest("kind", "distinct"); got != 3 {
			t.Errorf("%g kinds, want 3", got)
		}
		run(7 * time.Minute)
		if got := latest("", "duplicate_rate"); math.Abs(got-(1-100./3000)) > 1e-12 {
			t.Errorf("the rate of duplicates is %g, want 2900/3000", got)
		}
	})
}

func samplingConfig() monitor.Config {
	c := config()
	c.Timestamp, c.Key = monitor.Timestamp{Field: "event_time"}, "id"
	c.Features = []monitor.Feature{{Name: "amount", Unique: true}, {Name: "fee", Distinct: true}, {Name: "merchant_category", Kind: "categorical", Values: []string{"5000"}}, {Name: "country"}}
	return c
}

func TestSamplingDoesNotAllocate(t *testing.T) {
	records := payments(3 * benchBlock)
	observe := newObserverOf(t, records, samplingConfig())
	n := 0
	allocs := testing.AllocsPerRun(20, func() {
		at := n % 3 * benchBlock
		n++
		if err := observe(records[at : at+benchBlock]); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations for %d records, want none", allocs, benchBlock)
	}
}

// BenchmarkSampling is of records whose key, two numbers and a category are sampled,
// and of the same without.
func BenchmarkSampling(b *testing.B) {
	records := payments(20000)
	none := samplingConfig()
	none.Key, none.Features[0].Unique, none.Features[1].Distinct, none.Features[2].Values = "", false, false, nil
	for name, c := range map[string]monitor.Config{"all": samplingConfig(), "none": none} {
		b.Run(name, func(b *testing.B) {
			observe := newObserverOf(b, records, c)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				at := n % (len(records) / benchBlock) * benchBlock
				if err := observe(records[at : at+benchBlock]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchBlock), "ns/record")
		})
	}
}

func FuzzSketch(f *testing.F) {
	c := config()
	profiled(&c)
	c.Key, c.Features = "id", []monitor.Feature{{Name: "x", Unique: true}, {Name: "kind"}}
	ref := reference(f)
	var lines []monitor.Record
	for i := range 150 {
		at := t0.Add(time.Duration(i) * time.Second).UnixMilli()
		lines = append(lines, monitor.Record{Offset: int64(i), Time: at, Value: fmt.Appendf(nil, `{"ts":%d,"id":%d,"x":%d,"kind":"%c"}`, at, i%9, i%7, 'a'+i%9)})
	}
	d := deps(f, c, &logSource{parts: [][]monitor.Record{lines}, cut: func() int { return 500 }})
	store := monitor.NewMemory()
	d.Store, d.Profile = store, ref
	backtest(f, d)
	seeds := 0
	_ = store.Sketches(monitor.Ancient, monitor.Distant, func(_ int64, b []byte) error { seeds++; f.Add(b); return nil })
	if seeds < 2 {
		f.Fatal("nothing was sketched")
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		once, err := monitor.Recode(c, ref, b)
		if err != nil {
			return
		}
		twice, err := monitor.Recode(c, ref, once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%v; %x became %x", err, once, twice)
		}
	})
}
