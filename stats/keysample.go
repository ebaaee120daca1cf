package stats

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// KeySample is a coordinated sample of keys: the k smallest hashes of all that
// were added, each with its exact number of rows. Which these are depends on the
// keys alone. So those of two parts of a stream merge into the one of the whole,
// bit for bit and in any order, and a key that is in both is seen to be the same
// (a bottom-k or KMV sketch: Bar-Yossef, Jayram, Kumar, Sivakumar and Trevisan,
// RANDOM 2002; Cohen and Kaplan, PODC 2007).
//
// The hashes are of 64 bits and uniform, under a seed that never changes. Two keys
// of n share one with a chance of n²/2⁶⁵.
//
// Made by NewKeySample. It is not safe for concurrent use, and reading it tidies
// it up.
type KeySample struct {
	k     int
	total uint64 // rows added
	limit uint64 // a hash beyond it is not among the k smallest

	// INVARIANT: kept holds the k smallest hashes, or all where there are fewer,
	// with exact counts, in no order; and up to k others, until the next trim.
	kept  []keyRows
	index []uint16 // open addressing by the low bits: 1 + the place in kept; 0: free
	room  int      // kept may grow to so many before there must be more room
}

type keyRows struct{ hash, rows uint64 }

// maxKeys is what the index can number, of twice as many.
const maxKeys = 1 << 14

// NewKeySample samples up to k keys, 3 to 16,384. It holds no memory before there
// are keys: then up to 40 bytes for each of k.
func NewKeySample(k int) *KeySample {
	if k < 3 || k > maxKeys {
		panic(fmt.Sprintf("a sample of %d keys: 3 to %d are possible", k, maxKeys))
	}
	return &KeySample{k: k, limit: math.MaxUint64}
}

// Add adds a row whose key has the hash.
func (s *KeySample) Add(hash uint64) {
	s.total++
	if hash <= s.limit {
		s.put(hash, 1)
	}
}

// Merge adds what o samples, with the same k; o is not changed.
func (s *KeySample) Merge(o *KeySample) {
	s.total += o.total
	s.limit = min(s.limit, o.limit)
	for _, e := range o.kept {
		if e.hash <= s.limit {
			s.put(e.hash, e.rows)
		}
	}
}

// Reset makes s a sample of nothing and keeps its memory.
func (s *KeySample) Reset() {
	s.total, s.limit, s.kept = 0, math.MaxUint64, s.kept[:0]
	clear(s.index)
}

// Settle gives back the memory that is only for adding, as for a pane that is
// complete. Adding goes on all the same. It leaves 16 bytes a key.
func (s *KeySample) Settle() {
	s.trim()
	s.kept, s.index, s.room = slices.Clone(s.kept), nil, len(s.kept)
}

func (s *KeySample) put(hash, rows uint64) {
	if len(s.kept) == s.room {
		s.makeRoom()
		if hash > s.limit {
			return
		}
	}
	mask := uint64(len(s.index) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		i := s.index[at]
		if i == 0 {
			s.kept = append(s.kept, keyRows{hash, rows})
			s.index[at] = uint16(len(s.kept))
			return
		}
		if e := &s.kept[i-1]; e.hash == hash {
			e.rows += rows
			return
		}
	}
}

// makeRoom makes the index so large that it is a quarter full, and twice that before
// it is made larger; or, where kept has twice k hashes, it trims them, which is once
// in k.
func (s *KeySample) makeRoom() {
	if len(s.kept) >= 2*s.k {
		s.trim()
		return
	}
	size := 64
	for size < 4*len(s.kept) {
		size *= 2
	}
	s.index = make([]uint16, size)
	s.room = min(2*s.k, size/2)
	s.number()
}

// trim leaves the k smallest hashes.
func (s *KeySample) trim() {
	if len(s.kept) < s.k {
		return
	}
	if len(s.kept) > s.k {
		smallest(s.kept, s.k)
		s.kept = s.kept[:s.k]
		s.number()
	}
	s.limit = 0
	for _, e := range s.kept {
		s.limit = max(s.limit, e.hash)
	}
}

// number makes the index anew.
func (s *KeySample) number() {
	if len(s.index) == 0 { // settled
		return
	}
	clear(s.index)
	mask := uint64(len(s.index) - 1)
	for i, e := range s.kept {
		at := e.hash & mask
		for s.index[at] != 0 {
			at = (at + 1) & mask
		}
		s.index[at] = uint16(i + 1)
	}
}

// smallest moves the k smallest hashes, which are distinct, to the front (Hoare's
// quickselect).
func smallest(all []keyRows, k int) {
	low, high := 0, len(all)-1
	for low < high {
		pivot := all[low+(high-low)/2].hash
		i, j := low, high
		for i <= j {
			for all[i].hash < pivot {
				i++
			}
			for all[j].hash > pivot {
				j--
			}
			if i <= j {
				all[i], all[j] = all[j], all[i]
				i++
				j--
			}
		}
		switch {
		case k-1 <= j:
			high = j
		case k-1 >= i:
			low = i
		default:
			return
		}
	}
}

// Rows returns the number of rows that were added, sampled or not.
func (s *KeySample) Rows() uint64 { return s.total }

// all says that no key was left out, and how many rows the kept ones have.
func (s *KeySample) all() (all bool, rows uint64) {
	s.trim()
	for _, e := range s.kept {
		rows += e.rows
	}
	return rows == s.total, rows
}

// Distinct returns the number of distinct keys: exactly up to k of them, and
// beyond that (k-1)/t with t the share of all possible hashes up to the greatest
// kept one. That is unbiased, with a relative standard error of 1/sqrt(k-2): 1.6 %
// for k = 4,096, 3.1 % for 1,024 (Beyer, Haas, Reinwald, Sismanis and Gemulla,
// SIGMOD 2007).
func (s *KeySample) Distinct() float64 {
	if all, _ := s.all(); all {
		return float64(len(s.kept))
	}
	return float64(s.k-1) / math.Ldexp(float64(s.limit)+1, -64)
}

// certain is by how many standard errors the two estimates of DuplicateRate must
// differ for the one from the kept keys to be wrong. By chance they do in one of
// 3 million windows: one a minute for 6 years.
const certain = 5

// DuplicateRate returns the share of the rows whose key an earlier row had: 1 -
// keys/rows. It is exact up to k distinct keys. Beyond that it is that of the kept
// keys, which are drawn from all with equal chances, with a standard error of
//
//	(1 - rate) v / sqrt(k)
//
// where v, the standard deviation of the rows of a key over their mean, is small
// as long as most keys have one row: for k = 4,096, 0.15 % where 1 % of the keys
// are there twice, and 0.4 % where 10 % are.
//
// A few keys with very many rows are in the sample by luck only, and then stand for
// others that are not there. So where v is 1 or more, or the two differ for
// certain, it is 1 - Distinct/Rows, with a standard error of (1 - rate)/sqrt(k-2),
// at most 1.6 %. What is not for certain, less than 8 % of the rows in a few keys
// that are not in the sample, is missed. Undefined without rows.
func (s *KeySample) DuplicateRate() float64 {
	if s.total == 0 {
		return math.NaN()
	}
	all, rows := s.all()
	rate := ratio(rows-uint64(len(s.kept)), rows)
	if all {
		return rate
	}
	unique := s.Distinct() / float64(s.total)
	far := math.Abs(1-rate-unique) > certain*unique/math.Sqrt(float64(s.k-2))
	if far || s.spread() >= 1 {
		return max(0, 1-unique)
	}
	return rate
}

// spread is the standard deviation of the kept keys' rows over their mean.
func (s *KeySample) spread() float64 {
	n := float64(len(s.kept))
	var mean, squares float64
	for _, e := range s.kept {
		mean += float64(e.rows) / n
	}
	for _, e := range s.kept {
		d := float64(e.rows) - mean
		squares += d * d
	}
	return math.Sqrt(squares/(n-1)) / mean
}

const keySampleVersion = 1

// Append appends the encoding of s: equal samples have equal ones. It is
//
//	version 1 (a byte), k, rows added, number of kept keys, and for each, ascending,
//	    its hash less the one before it, its rows
//
// where numbers are uvarints.
func (s *KeySample) Append(dst []byte) []byte {
	s.trim()
	slices.SortFunc(s.kept, func(a, b keyRows) int { return cmp.Compare(a.hash, b.hash) })
	s.number()
	dst = append(dst, keySampleVersion)
	dst = binary.AppendUvarint(dst, uint64(s.k))
	dst = binary.AppendUvarint(dst, s.total)
	dst = binary.AppendUvarint(dst, uint64(len(s.kept)))
	before := uint64(0)
	for _, e := range s.kept {
		dst = binary.AppendUvarint(dst, e.hash-before)
		dst = binary.AppendUvarint(dst, e.rows)
		before = e.hash
	}
	return dst
}

// Decode replaces what s samples by what Append encoded of a sample with the same
// k. On error s is unchanged.
func (s *KeySample) Decode(b []byte) error {
	r := reader{b: b}
	read := NewKeySample(s.k)
	read.read(&r)
	if len(r.b) > 0 {
		r.fail("%d bytes follow the end", len(r.b))
	}
	if r.err != nil {
		return fmt.Errorf("decode a sample of keys: %w", r.err)
	}
	*s = *read
	return nil
}

func (s *KeySample) read(r *reader) {
	if v := r.byte(); r.err == nil && v != keySampleVersion {
		r.fail("version %d is unknown, want %d: this is none, or a newer driftwatch wrote it", v, keySampleVersion)
	}
	if k := r.uvarint(); r.err == nil && k != uint64(s.k) {
		r.fail("it is of %d keys, want %d", k, s.k)
	}
	s.total = r.uvarint()
	n := r.count()
	if n > s.k {
		r.fail("%d keys are kept of at most %d", n, s.k)
		n = 0
	}
	left := s.total // rows that are not told of yet
	var hash uint64
	for i := range n {
		gap, rows := r.uvarint(), r.uvarint()
		switch {
		case r.err != nil:
			return
		case i > 0 && gap == 0, hash+gap < hash:
			r.fail("the hashes do not ascend")
		case rows == 0 || rows > left:
			r.fail("a key has %d of %d rows", rows, left)
		default:
			hash, left = hash+gap, left-rows
			s.put(hash, rows)
		}
	}
	if left > 0 && n < s.k && r.err == nil {
		r.fail("%d rows are of no key", left)
	}
	s.trim()
}
