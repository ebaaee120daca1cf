package stats_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"driftwatch/stats"
)

var update = flag.Bool("update", false, "write the tables that are measured into doc.go")

const (
	windows   = 20_000 // simulated for each cell of a table
	level     = 0.01   // of the p-values, and of the bound that psi_lo is
	mostAbove = 0.013  // share of windows below it by chance that is allowed
)

// table is one of the documentation. Each of its cells is a share of windows, or
// several, and is measured on its own.
type table struct {
	title, corner string
	heads         []string
	lines         []line
}

type line struct {
	label string
	cells []*cell
}

type cell struct {
	measure func() []float64
	least   float64   // what is allowed
	most    []float64 // likewise: of each share, the last one of all others
	shares  []float64
}

// TestMeasured makes the tables of the documentation and holds their bounds. The
// seeds are fixed, so the tables are the same at each run on one architecture;
// others round differently.
func TestMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates 10 million windows")
	}
	tables := append(sizeTables(), coverageTable(), powerTable(), recommendedTable(), autocorrelationTable())
	measureAll(tables)
	var text strings.Builder
	for _, m := range tables {
		for _, l := range m.lines {
			for i, c := range l.cells {
				for j, share := range c.shares {
					if most := c.most[min(j, len(c.most)-1)]; !(c.least <= share && share <= most) {
						t.Errorf("%s, %s, %s: %.4f, want within [%g, %g]", m.title, l.label, m.heads[i], share, c.least, most)
					}
				}
			}
		}
		m.write(&text)
	}
	documented(t, text.String())
}

// measureAll measures on all processors.
func measureAll(tables []table) {
	cells := make(chan *cell)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for c := range cells {
				c.shares = c.measure()
			}
		})
	}
	for _, m := range tables {
		for _, l := range m.lines {
			for _, c := range l.cells {
				cells <- c
			}
		}
	}
	close(cells)
	wait.Wait()
}

// write writes the table as a part of a comment, in percent.
func (m table) write(to *strings.Builder) {
	fmt.Fprintf(to, "// %s\n//\n//\t%-30s", m.title, m.corner)
	for _, h := range m.heads {
		fmt.Fprintf(to, "%16s", h)
	}
	to.WriteString("\n")
	for _, l := range m.lines {
		fmt.Fprintf(to, "//\t%-30s", l.label)
		for _, c := range l.cells {
			var texts []string
			for _, share := range c.shares {
				texts = append(texts, fmt.Sprintf("%.2f", 100*share))
			}
			fmt.Fprintf(to, "%16s", strings.Join(texts, " "))
		}
		to.WriteString("\n")
	}
	to.WriteString("//\n")
}

// documented compares the tables with those in doc.go, or writes them there.
func documented(t *testing.T, text string) {
	t.Helper()
	const file, from, to = "doc.go", "// # Measured\n//\n", "// # Undefined\n"
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := bytes.Cut(doc, []byte(from))
	old, tail, ok2 := bytes.Cut(rest, []byte(to))
	if !ok || !ok2 {
		t.Fatalf("%s has no part between %q and %q", file, from, to)
	}
	if *update {
		whole := string(head) + from + text + to + string(tail)
		if err := os.WriteFile(file, []byte(whole), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if runtime.GOARCH == "amd64" && string(old) != text {
		t.Errorf("the tables in %s are not those measured; run with -update\n%s", file, text)
	}
}

// below draws windows, each with a reference of its own, and returns the share
// of them for which each statistic is below the level.
func below(w world, rows uint64, names ...string) []float64 {
	r := rand.New(rand.NewPCG(rows, 20261124))
	computes := make([]func(*stats.Comparison) float64, len(names))
	for i, name := range names {
		s, _ := stats.Lookup(name)
		computes[i] = s.Compute
	}
	ref := stats.Profile{Edges: w.edges, Cells: make([]uint64, w.edges.Width())}
	cur := stats.Profile{Edges: w.edges, Cells: make([]uint64, w.edges.Width())}
	masses := make([]float64, w.edges.Width()-stats.NoValues)
	shares := make([]float64, len(names))
	var c stats.Comparison
	for range windows {
		w.reference(r, ref.Cells[stats.NoValues:], masses)
		multinomial(r, cur.Cells[stats.NoValues:], rows, masses)
		c.Reset(stats.NewBase(ref, false), cur)
		for i, compute := range computes {
			if compute(&c) < level {
				shares[i] += 1.0 / windows
			}
		}
	}
	return shares
}

// sizeTables measure how often no drift is called drift.
func sizeTables() []table {
	type shape struct {
		label string
		world func(n int) world
	}
	const rare = 3e-4
	numeric := []shape{
		{"continuous, 10 bins", func(n int) world { return continuous(n, 200) }},
		{"0 in 35 %, 4 between", func(n int) world { return tied(n, 0.35, 0.15, 0.2, 0.15, 0.15) }},
		{"flag, 7 % other", func(n int) world { return tied(n, 0.07, 0, 0.93) }},
		{"flag, 1 % other", func(n int) world { return tied(n, 0.01, 0, 0.99) }},
		{"99 % one value", func(n int) world { return tied(n, 0.003, 0.99, 0.007) }},
		{"99.9 % one value", func(n int) world { return tied(n, rare, 0.999, 0.001-rare) }},
		{"5 heavy, rare between", func(n int) world {
			return tied(n, rare, 0.1997, rare, 0.1997, rare, 0.1997, rare, 0.1997, rare, 0.1997, rare)
		}},
		{"5 heavy, next to none", func(n int) world {
			return tied(n, rare/10, 0.2, rare/10, 0.2, rare/10, 0.2, rare/10, 0.2, rare/10, 0.2, rare/10)
		}},
	}
	categorical := []shape{
		{"20 equal categories", func(n int) world { return zipf(n, 20, 0, 0) }},
		{"Zipf of 60", func(n int) world { return zipf(n, 60, 1.1, 0) }},
		{"Zipf of 5,000", func(n int) world { return zipf(n, 5000, 1.1, 0) }},
		{"Zipf of 100,000", func(n int) world { return zipf(n, 100_000, 1.1, 0) }},
	}
	fill := func(title string, shapes []shape, names ...string) table {
		m := table{title: title, corner: "reference rows, m =", heads: []string{"100", "1,000", "10,000", "100,000"}}
		for _, s := range shapes {
			for _, n := range []int{1000, 10_000, 100_000} {
				l := line{label: fmt.Sprintf("%-24s%6d", s.label, n)}
				if n > 1000 {
					l.label = fmt.Sprintf("%30d", n)
				}
				for _, rows := range []uint64{100, 1000, 10_000, 100_000} {
					l.cells = append(l.cells, &cell{most: []float64{mostAbove}, measure: func() []float64 { return below(s.world(n), rows, names...) }})
				}
				m.lines = append(m.lines, l)
			}
		}
		return m
	}
	return []table{
		fill("Size: percent of windows of m rows, without drift, with psi_p < 0.01, and with ks_p < 0.01.", numeric, "psi_p", "ks_p"),
		fill("Size: percent of windows of m rows, without drift, with psi_p < 0.01.", categorical, "psi_p"),
	}
}

// powerTable measures how often drift on a long tail is seen.
func powerTable() table {
	m := table{
		title:  "Power: percent of windows with psi_p < 0.01 where half of the most frequent value of a Zipf of 5,000 is another one.",
		corner: "reference rows, m =", heads: []string{"500", "2,000"},
	}
	for _, n := range []int{10_000, 100_000} {
		l := line{label: fmt.Sprint(n)}
		for _, rows := range []uint64{500, 2000} {
			l.cells = append(l.cells, &cell{least: 0.95, most: []float64{1}, measure: func() []float64 { return below(zipf(n, 5000, 1.1, 0.5), rows, "psi_p") }})
		}
		m.lines = append(m.lines, l)
	}
	return m
}
