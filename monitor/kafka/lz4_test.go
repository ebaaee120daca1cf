package kafka

import (
	"bytes"
	"io"
	"testing"

	"github.com/pierrec/lz4/v4"
	"pgregory.net/rapid"
)

// Frames of every kind that a producer may write read as the library's own reader has them,
// whatever room there is at first.
func TestLZ4Frames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var plain []byte
		for range rapid.IntRange(0, 20).Draw(t, "pieces") {
			piece := rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "piece")
			plain = append(plain, bytes.Repeat(piece, rapid.IntRange(1, 5000).Draw(t, "times"))...)
		}
		var frame bytes.Buffer
		w := lz4.NewWriter(&frame)
		options := []lz4.Option{
			lz4.BlockSizeOption(rapid.SampledFrom([]lz4.BlockSize{lz4.Block64Kb, lz4.Block256Kb, lz4.Block1Mb, lz4.Block4Mb}).Draw(t, "block")),
			lz4.BlockChecksumOption(rapid.Bool().Draw(t, "block sums")), lz4.ChecksumOption(rapid.Bool().Draw(t, "sum")),
		}
		if rapid.Bool().Draw(t, "size") {
			options = append(options, lz4.SizeOption(uint64(len(plain))))
		}
		if err := w.Apply(options...); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		d := &decompressor{limit: max(1, len(plain))}
		room := make([]byte, 0, rapid.IntRange(0, len(plain)+100).Draw(t, "room"))
		got, err := d.decompress(codecLZ4, room, frame.Bytes())
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes, want %d: %v", len(got), len(plain), err)
		}
		if len(plain) > 0 {
			d.limit = len(plain) - 1
			if got, err := d.decompress(codecLZ4, room, frame.Bytes()); err == nil {
				t.Fatalf("%d bytes although the limit is %d", len(got), d.limit)
			}
		}
		cut := frame.Bytes()[:rapid.IntRange(0, frame.Len()-9).Draw(t, "cut")] // of the end mark, too
		if got, err := d.decompress(codecLZ4, room, cut); err == nil {
			t.Fatalf("%d bytes of a frame that was cut off", len(got))
		}
	})
}

// FuzzLZ4 compares with the library's reader, which also refuses what has wrong sums.
func FuzzLZ4(f *testing.F) {
	f.Add(compress(codecLZ4, []byte("abcabcabcabcabcabcabcabcabcabc")))
	linked := []byte{0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0} // independence off
	f.Add(append(linked, 4, 0, 0, 0x80, 'a', 'b', 'c', 'd', 0, 0, 0, 0))
	f.Fuzz(func(t *testing.T, frame []byte) {
		d := &decompressor{limit: 1 << 20}
		got, err := d.decompress(codecLZ4, nil, frame)
		want, wantErr := io.ReadAll(io.LimitReader(lz4.NewReader(bytes.NewReader(frame)), 1<<20))
		if wantErr == nil && len(want) < 1<<20 && bytes.HasPrefix(frame, []byte{0x04, 0x22, 0x4d, 0x18}) && (err != nil || !bytes.HasPrefix(want, got)) {
			t.Errorf("%d bytes, %v; the library has %d", len(got), err, len(want))
		}
	})
}
