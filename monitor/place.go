package monitor

import "cmp"

// place is where a record lies, with the hash that samples go by.
type place struct {
	hash      uint64
	partition int32
	offset    int64
}

func placeOf(partition int32, offset int64) place {
	return place{placeHash(partition, offset), partition, offset}
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.hash, q.hash), cmp.Compare(p.partition, q.partition), cmp.Compare(p.offset, q.offset))
}

// placeHash is a fixed hash of a record's place (the finaliser of SplitMix64,
// Steele, Lea and Flood 2014, over both), so that samples by it are the same in
// every process.
func placeHash(partition int32, offset int64) uint64 {
	return mix(mix(uint64(offset)+0x9e3779b97f4a7c15) ^ uint64(uint32(partition)))
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
