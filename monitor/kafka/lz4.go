package kafka

import (
	"encoding/binary"

	"github.com/pierrec/lz4/v4"
)

// unlz4 appends what is in an LZ4 frame (lz4_Frame_format.md of the LZ4 project, 1.6.4)
// to dst, of length 0. A reader of streams would copy everything once more, and check sums of what
// the batch's own checksum, over the compressed bytes, has vouched for already.
func (d *decompressor) unlz4(dst, src []byte) ([]byte, error) {
	const (
		magic       = 0x184d2204
		independent = 1 << 5 // blocks do not refer to those before
		blockSums   = 1 << 4
		contentSize = 1 << 3
		dictionary  = 1 << 0
		stored      = 1 << 31 // of a block: it is not compressed
		window      = 64 << 10
	)
	if len(src) < 7 || binary.LittleEndian.Uint32(src) != magic {
		return nil, errCodec
	}
	flags, sizeIndex := src[4], src[5]>>4&7
	if flags>>6 != 1 || flags&dictionary != 0 || sizeIndex < 4 {
		return nil, errCodec
	}
	most := 1 << (8 + 2*sizeIndex) // of a block: 64 KiB, 256 KiB, 1 MiB, 4 MiB
	header := 7
	if flags&contentSize != 0 {
		header += 8
	}
	if len(src) < header {
		return nil, errCodec
	}
	for src = src[header:]; ; {
		if len(src) < 4 {
			return nil, errCodec
		}
		head := binary.LittleEndian.Uint32(src)
		n := int(head &^ uint32(stored))
		if src = src[4:]; head == 0 {
			return dst, nil
		}
		rest := n
		if flags&blockSums != 0 {
			rest += 4
		}
		if n > most || rest > len(src) {
			return nil, errCodec
		}
		block := src[:n]
		src = src[rest:]
		if head&stored != 0 {
			if n > d.limit-len(dst) {
				return nil, errTooLarge
			}
			dst = append(grow(dst, n), block...)
			continue
		}
		var before []byte
		if flags&independent == 0 {
			before = dst[max(0, len(dst)-window):]
		}
		var err error
		if dst, err = unlz4Block(dst, block, before, min(most, d.limit-len(dst)), d.limit); err != nil {
			return nil, err
		}
	}
}

// unlz4Block appends what is in a block, at most so many bytes.
func unlz4Block(dst, block, before []byte, most, limit int) ([]byte, error) {
	for {
		room := min(most, cap(dst)-len(dst))
		if room > 0 { // the library writes to the memory of a nil slice
			if n, err := lz4.UncompressBlockWithDict(block, dst[len(dst):len(dst)+room], before); err == nil {
				return dst[:len(dst)+n], nil
			}
		}
		if room == most { // there was no want of room
			return nil, errCodec
		}
		dst = grow(dst, min(max(most, len(dst)), limit-len(dst)))
	}
}
