package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"driftwatch/monitor"
)

// The codecs of a batch's attributes.
const (
	codecGzip   = 1
	codecSnappy = 2
	codecLZ4    = 3
	codecZstd   = 4
)

var (
	errTooLarge = errors.New("the batch decompresses to more than is allowed")
	errCodec    = errors.New("the batch's compression is not known or its bytes are broken")
)

// decompressor is one worker's reusable state for all codecs. limit bounds the
// bytes one batch may decompress to, so that a small batch that claims to be
// huge costs a corrupt record and not memory.
type decompressor struct {
	limit  int
	memory []byte
	used   int // bytes handed out since the last reset, more than memory holds if it was too small
	src    bytes.Reader
	gzip   *gzip.Reader
	zstd   *zstd.Decoder
}

// spare is room behind the last batch, in which a stream's reader finds its end.
const spare = 512

// decompressorOf finds the worker's decompressor in its scratch, or puts one
// there, and takes back all the memory it has handed out.
func decompressorOf(s *monitor.Scratch, limit int) *decompressor {
	d, ok := s.Any.(*decompressor)
	if !ok || d.limit != limit {
		d = &decompressor{limit: limit}
		s.Any = d
	}
	if d.used+spare > len(d.memory) {
		d.memory = make([]byte, min(d.used, limit)+spare)
	}
	d.used = 0
	return d
}

// plain decompresses a batch's body into memory that stays valid until the
// worker's next block.
func (d *decompressor) plain(codec uint16, src []byte) ([]byte, error) {
	room := d.memory[min(d.used, len(d.memory)):]
	out, err := d.decompress(codec, room[:0], src)
	d.used += len(out)
	return out, err
}

// decompress appends the plain bytes of src to dst, in place where its
// capacity suffices.
func (d *decompressor) decompress(codec uint16, dst, src []byte) ([]byte, error) {
	switch codec {
	case codecGzip:
		return d.ungzip(dst, src)
	case codecSnappy:
		return d.unsnappy(dst, src)
	case codecLZ4:
		return d.unlz4(dst, src)
	case codecZstd:
		return d.unzstd(dst, src)
	}
	return nil, errCodec
}

func (d *decompressor) ungzip(dst, src []byte) ([]byte, error) {
	d.src.Reset(src)
	if d.gzip == nil {
		d.gzip = new(gzip.Reader)
	}
	if err := d.gzip.Reset(&d.src); err != nil {
		return nil, err
	}
	return d.readAll(dst, d.gzip)
}

func (d *decompressor) unzstd(dst, src []byte) ([]byte, error) {
	if d.zstd == nil {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(d.limit)))
		if err != nil {
			return nil, err
		}
		d.zstd = z
	}
	return d.zstd.DecodeAll(src, dst)
}

// xerial is how the Java client frames snappy: this, two version numbers of
// four bytes, and blocks that each follow their length.
var xerial = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

func (d *decompressor) unsnappy(dst, src []byte) ([]byte, error) {
	const header = 16
	if len(src) < header || !bytes.Equal(src[:len(xerial)], xerial) {
		return d.snappyBlock(dst, src)
	}
	for src = src[header:]; len(src) > 0; {
		if len(src) < 4 {
			return nil, errCodec
		}
		n := binary.BigEndian.Uint32(src)
		if src = src[4:]; uint64(n) > uint64(len(src)) {
			return nil, errCodec
		}
		var err error
		if dst, err = d.snappyBlock(dst, src[:n]); err != nil {
			return nil, err
		}
		src = src[n:]
	}
	return dst, nil
}

func (d *decompressor) snappyBlock(dst, src []byte) ([]byte, error) {
	n, err := snappy.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	if n > d.limit-len(dst) {
		return nil, errTooLarge
	}
	dst = grow(dst, n)
	// snappy decodes into what it is given when that is long enough.
	if _, err := snappy.Decode(dst[len(dst):len(dst)+n], src); err != nil {
		return nil, err
	}
	return dst[:len(dst)+n], nil
}

// readAll appends everything r has to dst, up to the limit.
func (d *decompressor) readAll(dst []byte, r io.Reader) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = grow(dst, max(len(dst), 64<<10))
		}
		n, err := r.Read(dst[len(dst):min(cap(dst), d.limit+1)])
		dst = dst[:len(dst)+n]
		switch {
		case len(dst) > d.limit:
			return nil, errTooLarge
		case err == io.EOF:
			return dst, nil
		case err != nil:
			return nil, err
		}
	}
}

// grow makes room for n more bytes.
func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	return append(make([]byte, 0, len(dst)+n), dst...)
}
