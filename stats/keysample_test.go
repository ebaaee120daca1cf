package stats_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"driftwatch/stats"

	"pgregory.net/rapid"
)

func sampleOf(k int, hashes ...uint64) *stats.KeySample {
	s := stats.NewKeySample(k)
	for _, h := range hashes {
		s.Add(h)
	}
	return s
}

// encodedSample is what the format says of the hashes, made by sorting all of them.
func encodedSample(k int, hashes []uint64) []byte {
	rows := map[uint64]uint64{}
	for _, h := range hashes {
		rows[h]++
	}
	kept := slices.Sorted(maps.Keys(rows))
	kept = kept[:min(k, len(kept))]
	b := binary.AppendUvarint([]byte{1}, uint64(k))
	b = binary.AppendUvarint(b, uint64(len(hashes)))
	b = binary.AppendUvarint(b, uint64(len(kept)))
	before := uint64(0)
	for _, h := range kept {
		b = binary.AppendUvarint(binary.AppendUvarint(b, h-before), rows[h])
		before = h
	}
	return b
}

// anyHashes are many, or few that come again and again.
func anyHashes() *rapid.Generator[[]uint64] {
	return rapid.Custom(func(t *rapid.T) []uint64 {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		n, of := rapid.IntRange(0, 3000).Draw(t, "rows"), rapid.IntRange(1, 3000).Draw(t, "keys")
		shift := rapid.SampledFrom([]int{0, 1, 54}).Draw(t, "shift") // 54: hashes that collide in the index, and 0
		hashes := make([]uint64, n)
		for i := range hashes {
			x := uint64(r.IntN(of)) * 0x9e3779b97f4a7c15
			hashes[i] = x >> shift << shift
		}
		return hashes
	})
}

// However rows are divided into samples, and those merged, in whatever order and
// with whatever is written and read on the way, the result is that of all rows.
func TestKeySampleAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom([]int{3, 16, 100, 1024}).Draw(t, "k")
		hashes := anyHashes().Draw(t, "hashes")
		want := encodedSample(k, hashes)
		if got := sampleOf(k, hashes...).Append(nil); !bytes.Equal(got, want) {
			t.Fatalf("the sample of all is %x, want %x", got, want)
		}
		order := slices.Clone(hashes)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		parts := make([]*stats.KeySample, rapid.IntRange(1, 9).Draw(t, "parts"))
		for i := range parts {
			parts[i] = sampleOf(k, hashes...) // what was there before must not matter
			parts[i].Reset()
		}
		for _, h := range order {
			parts[r.IntN(len(parts))].Add(h)
		}
		for len(parts) > 1 {
			i := r.IntN(len(parts))
			s := parts[i]
			parts = slices.Delete(parts, i, i+1)
			to := parts[r.IntN(len(parts))]
			switch r.IntN(4) {
			case 0:
				read := sampleOf(k, 1, 2, 3)
				if err := read.Decode(s.Append(nil)); err != nil {
					t.Fatal(err)
				}
				s = read
			case 1:
				s.Distinct() // tidies up
			case 2:
				s.Settle()
				to.Settle()
			}
			before := s.Rows()
			to.Merge(s)
			if s.Rows() != before {
				t.Fatal("merging changed what was merged")
			}
		}
		if got := parts[0].Append(nil); !bytes.Equal(got, want) {
			t.Fatalf("merged %x, want %x", got, want)
		}
		if parts[0].Rows() != uint64(len(hashes)) {
			t.Fatalf("%d rows, want %d", parts[0].Rows(), len(hashes))
		}
	})
}

func TestKeySampleExactWhereFew(t *testing.T) {
	for _, c := range []struct {
		hashes         []uint64
		distinct, rate float64
	}{
		{nil, 0, math.NaN()},
		{[]uint64{0}, 1, 0},
		{[]uint64{7, 7, 7, math.MaxUint64}, 2, 0.5},
		{[]uint64{1, 2, 3, 4, 1}, 4, 0.2}, // as many as there is room for
	} {
		s := sampleOf(4, c.hashes...)
		if got := s.Distinct(); got != c.distinct {
			t.Errorf("%v: %g distinct, want %g", c.hashes, got, c.distinct)
		}
		if got := s.DuplicateRate(); got != c.rate && !(math.IsNaN(got) && math.IsNaN(c.rate)) {
			t.Errorf("%v: %g are duplicates, want %g", c.hashes, got, c.rate)
		}
	}
}

// The stated standard errors hold: in 300 simulations at most 1 % of the
// estimates are beyond 3 of them (0.27 % would be, were they normal), and they are
// on average off by no less than half of one.
func TestKeySampleErrors(t *testing.T) {
	const k = 4096
	for _, c := range []struct {
		name string
		keys int
		rows func(r *rand.Rand, key int) int
		wide bool // few keys with very many rows
	}{
		{"each once", 20_000, func(*rand.Rand, int) int { return 1 }, false},
		{"1 % twice", 20_000, func(r *rand.Rand, _ int) int { return 1 + r.IntN(100)/99 }, false},
		{"10 % twice", 20_000, func(r *rand.Rand, _ int) int { return 1 + r.IntN(10)/9 }, false},
		{"all twice", 10_000, func(*rand.Rand, int) int { return 2 }, false},
		{"one has 30 % of the rows", 20_000, func(_ *rand.Rand, i int) int { return 1 + 8571*(1-min(1, i)) }, true},
		{"one has 1 % of the rows", 20_000, func(_ *rand.Rand, i int) int { return 1 + 200*(1-min(1, i)) }, true},
		{"users", 20_000, func(_ *rand.Rand, i int) int { return 1 + 20_000/(i+1) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			const runs = 300
			var offDistinct, offRate, sumDistinct, sumRate int
			var mean float64
			for range runs {
				s := stats.NewKeySample(k)
				rows, squares := 0, 0
				for i := range c.keys {
					h, n := r.Uint64(), c.rows(r, i)
					for range min(n, 3) {
						s.Add(h)
					}
					if n > 3 {
						addRows(s, h, n-3)
					}
					rows += n
					squares += n * n
				}
				n := float64(c.keys)
				rate := 1 - n/float64(rows)
				v := math.Sqrt(max(0, float64(squares)/n-math.Pow(float64(rows)/n, 2))) / (float64(rows) / n)
				rateError := (1 - rate) * v / math.Sqrt(k)
				if c.wide {
					rateError = (1 - rate) / math.Sqrt(k-2)
				}
				distinct := (s.Distinct() - n) / (n / math.Sqrt(k-2))
				off := s.DuplicateRate() - rate
				mean += distinct / runs
				tally(&offDistinct, math.Abs(distinct) > 3)
				tally(&sumDistinct, math.Abs(distinct) > 0.5)
				tally(&offRate, math.Abs(off) > 3*rateError+1e-12)
				tally(&sumRate, math.Abs(off) > 0.5*rateError)
			}
			t.Logf("beyond 3 and 1/2 standard errors: distinct %d %d, rate %d %d of %d; bias of distinct %.3f", offDistinct, sumDistinct, offRate, sumRate, runs, mean)
			if offDistinct > runs/100 || offRate > runs/100 {
				t.Errorf("%d and %d of %d are beyond 3 standard errors", offDistinct, offRate, runs)
			}
			if sumDistinct < runs/2 {
				t.Errorf("only %d of %d are beyond half of a standard error: it is overstated", sumDistinct, runs)
			}
			if math.Abs(mean) > 0.1 {
				t.Errorf("distinct is off by %.2f standard errors on average", mean)
			}
		})
	}
}

func tally(n *int, is bool) {
	if is {
		*n++
	}
}

// addRows adds rows of one key by merging: doubling a sample of it.
func addRows(s *stats.KeySample, hash uint64, rows int) {
	one := sampleOf(4096, hash)
	for ; rows > 0; rows /= 2 {
		if rows%2 == 1 {
			s.Merge(one)
		}
		twice := stats.NewKeySample(4096)
		twice.Merge(one)
		twice.Merge(one)
		one = twice
	}
}

func TestKeySampleDecodeErrors(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{"", "the data ends too early"},
		{"\x02", "version 2 is unknown, want 1: this is none, or a newer driftwatch wrote it"},
		{"\x01\x05\x00\x00", "it is of 5 keys, want 4"},
		{"\x01\x04\x05\x05" + strings.Repeat("\x01", 10), "5 keys are kept of at most 4"},
		{"\x01\x04\x05\xff\xff\xff\xff\x7f", "the data ends too early"},
		{"\x01\x04\x02\x02\x01\x01\x00\x01", "the hashes do not ascend"},
		{"\x01\x04\x02\x02\x02\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", "the hashes do not ascend"},
		{"\x01\x04\x02\x01\x01\x00", "a key has 0 of 2 rows"},
		{"\x01\x04\x02\x01\x01\x03", "a key has 3 of 2 rows"},
		{"\x01\x04\x02\x01\x01\x01", "1 rows are of no key"},
		{"\x01\x04\x01\x01\x01\x01\x00", "1 bytes follow the end"},
	} {
		s := sampleOf(4, 1, 2, 3, 4, 5)
		before := s.Append(nil)
		if err := s.Decode([]byte(c.data)); err == nil || err.Error() != "decode a sample of keys: "+c.want {
			t.Errorf("%q: error %v, want %s", c.data, err, c.want)
		}
		if !bytes.Equal(s.Append(nil), before) {
			t.Errorf("%q: it is changed", c.data)
		}
	}
}

func FuzzKeySample(f *testing.F) {
	f.Add(sampleOf(16).Append(nil))
	f.Add(sampleOf(16, 1, 1, 0, math.MaxUint64).Append(nil))
	many := stats.NewKeySample(16)
	for i := range uint64(100) {
		many.Add(i * 0x9e3779b97f4a7c15)
	}
	f.Add(many.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := stats.NewKeySample(16)
		if err := s.Decode(b); err != nil {
			return
		}
		again := stats.NewKeySample(16)
		if err := again.Decode(s.Append(nil)); err != nil || !bytes.Equal(again.Append(nil), s.Append(nil)) {
			t.Fatalf("%v; %x became %x", err, s.Append(nil), again.Append(nil))
		}
		if d := s.Distinct(); !(d >= 0 && d <= math.MaxUint64) {
			t.Fatalf("%g distinct", d)
		}
		if d := s.DuplicateRate(); !(s.Rows() == 0 || d >= 0 && d <= 1) {
			t.Fatalf("%g are duplicates", d)
		}
	})
}

// In the steady state, filled, emptied and filled again, nothing is allocated.
func TestKeySampleDoesNotAllocate(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s, pane := stats.NewKeySample(1024), stats.NewKeySample(1024)
	fill := func() {
		s.Reset()
		for range 20_000 {
			s.Add(r.Uint64())
		}
		pane.Merge(s)
	}
	fill()
	if n := testing.AllocsPerRun(10, fill); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkKeySample(b *testing.B) {
	const k, rows = 4096, 100_000
	r := rand.New(rand.NewPCG(3, 4))
	hashes := make([]uint64, rows)
	for i := range hashes {
		hashes[i] = r.Uint64()
	}
	run := func(name string, reset bool, of int) {
		b.Run(name, func(b *testing.B) {
			s := sampleOf(k, hashes...)
			b.ReportAllocs()
			for b.Loop() {
				if reset {
					s.Reset()
				}
				for i := range hashes {
					s.Add(hashes[i%of])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
		})
	}
	run("filling", true, k) // 4,096 keys, each 24 times
	run("from_empty", true, rows)
	run("full", false, rows)
	run("one_key", true, 1)
	b.Run("merge_full", func(b *testing.B) {
		parts := []*stats.KeySample{sampleOf(k, hashes[:rows/2]...), sampleOf(k, hashes[rows/2:]...)}
		all := sampleOf(k, hashes...)
		for b.Loop() {
			all.Reset()
			for _, p := range parts {
				all.Merge(p)
			}
		}
	})
	b.Run("append_full", func(b *testing.B) {
		s := sampleOf(k, hashes...)
		var dst []byte
		for b.Loop() {
			dst = s.Append(dst[:0])
		}
		b.ReportMetric(float64(len(dst)), "bytes")
	})
}

// 6 payments of 4 ids; id 7 came three times.
func ExampleKeySample() {
	s := stats.NewKeySample(4096)
	for _, hash := range []uint64{3, 5, 7, 7, 9, 7} {
		s.Add(hash)
	}
	fmt.Printf("%g distinct, %.4f of the rows are duplicates\n", s.Distinct(), s.DuplicateRate())
	// Output: 4 distinct, 0.3333 of the rows are duplicates
}
