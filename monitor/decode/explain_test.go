package decode_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"driftwatch/monitor"
)

// encoded are records that other libraries wrote; see testdata/encoded.py.
func encoded(t testing.TB) map[string][]byte {
	t.Helper()
	content, err := os.ReadFile("testdata/encoded.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(content, &texts); err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for name, text := range texts {
		if all[name], err = hex.DecodeString(text); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// compressed is what a compressor makes of a record.
func compressed(t testing.TB, to func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := to(&b)
	if err == nil {
		_, err = io.WriteString(w, payment)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wideOf is text in UTF-16.
func wideOf(text string, bigEndian, mark bool) (b []byte) {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	for _, u := range units {
		if bigEndian {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

func TestExplain(t *testing.T) {
	enc := encoded(t)
	zip := func(to func(io.Writer) io.WriteCloser) []byte {
		return compressed(t, func(w io.Writer) (io.WriteCloser, error) { return to(w), nil })
	}
	const secret = `{"id": "secret", "n": 1}`
	for _, c := range []struct {
		name   string
		record []byte
		want   string // what it begins with
	}{
		{"an object", []byte(secret), ""},
		{"empty", nil, "a record without a byte; "},
		{"blank", []byte(" \r\n"), "nothing but white space; "},

		{"framed Avro", enc["avro_framed"], "a message framed for a schema registry (magic byte 0, schema id 42), probably Avro; "},
		{"framed Protobuf", enc["protobuf_framed"], "a message framed for a schema registry (magic byte 0, schema id 42), probably Protobuf; "},
		{"framed Protobuf, an inner message", enc["protobuf_nested_framed"], "a message framed for a schema registry (magic byte 0, schema id 42), probably Protobuf; "},
		{"framed JSON", []byte("\x00\x00\x01\x86\xa1" + secret), "JSON Schema framing: JSON behind the head of a schema registry (magic byte 0, schema id 100001); "},
		{"an Avro file", enc["avro_container"], "an Avro object container file; "},
		{"single-object Avro", enc["avro_single"], "Avro in its single-object encoding; "},
		{"MessagePack", enc["msgpack"], "a map, probably MessagePack; "},
		{"MessagePack, larger", enc["msgpack_map16"], "a map, probably MessagePack; "},
		{"CBOR", enc["cbor"], "a map, probably CBOR; "},
		{"CBOR, larger", enc["cbor_long"], "a map, probably CBOR; "},
		{"Protobuf", enc["protobuf"], "binary data, perhaps Protobuf; "},

		{"gzip", zip(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }), "data compressed with gzip; "},
		{"zlib", zip(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }), "data compressed with zlib; "},
		{"zstd", compressed(t, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }), "data compressed with zstd; "},
		{"LZ4", zip(func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) }), "data compressed with LZ4; "},
		{"Snappy", zip(func(w io.Writer) io.WriteCloser { return s2.NewWriter(w, s2.WriterSnappyCompat()) }), "data compressed with Snappy; "},
		{"bzip2", enc["bzip2"], "data compressed with bzip2; "},
		{"xz", enc["xz"], "data compressed with xz; "},

		{"array", []byte(` [` + secret + `]`), "a JSON array; "},
		{"string", []byte(`"secret"`), "a JSON string; "},
		{"encoded twice", []byte(`"{\"secret\": 1}"`), "a JSON string that holds JSON: it was encoded twice; "},
		{"number", []byte("-12.5e3"), "a JSON number; "},
		{"null", []byte("null\n"), "a JSON literal (true, false or null); "},
		{"byte order mark", []byte("\xef\xbb\xbf" + secret), "JSON behind a byte order mark"},
		{"two objects", []byte(secret + "\n" + secret), "several JSON objects in one record, the second after byte 24 of 49; "},
		{"two objects and a comma", []byte(secret + ", " + secret), "several JSON objects in one record, the second after byte 24 of 50; "},
		{"something behind", []byte(secret + " secret"), "a JSON object with something else behind it, after byte 24 of 31; "},
		{"cut in a string", []byte(`{"id": "secr`), "JSON that ends early, after byte 12; "},
		{"cut in a word", []byte(`{"id": tru`), "JSON that ends early, after byte 10; "},
		{"cut in an array", []byte(`[1, 2`), "JSON that ends early, after byte 5; "},
		{"cut behind a number", []byte(`{"id": 1`), "JSON that ends early, after byte 8; "},
		{"single quotes", []byte(`{'id': 'secret'}`), "JSON-like text with single quotes, as Python prints a dictionary, at byte 2 of 16; "},
		{"NaN", []byte(`{"id": NaN}`), "JSON with a NaN or an infinity, which JSON does not have: write null, at byte 8 of 11; "},
		{"nan", []byte(`{"id": nan}`), "JSON with a NaN or an infinity, which JSON does not have: write null, at byte 9 of 11; "},
		{"-Infinity", []byte(`{"id": -Infinity}`), "JSON with a NaN or an infinity, which JSON does not have: write null, at byte 9 of 17; "},
		{"None", []byte(`{"id": None}`), "a Python dictionary as it is printed, with None, True or False, at byte 8 of 12; "},
		{"undefined", []byte(`{"id": undefined}`), "JavaScript with undefined"},
		{"comment", []byte("{\"id\": 1 // secret\n}"), "JSON with a comment, at byte 10 of 20; "},
		{"trailing comma", []byte(`{"id": 1, }`), "JSON with a comma that nothing follows, at byte 11 of 11; "},
		{"raw newline", []byte("{\"id\": \"sec\nret\"}"), "JSON with a control character that is not escaped, at byte 12 of 17; "},
		{"bare key", []byte(`{"a": 1, secret: 2}`), "JSON-like text with a key that is not quoted, at byte 10 of 19; "},
		{"no colon", []byte(`{"id" 1}`), "JSON that goes wrong, at byte 7 of 8; "},

		{"UTF-16 with a mark", wideOf(secret+"é", false, true), "text in UTF-16; "},
		{"UTF-16, little-endian", wideOf(secret, false, false), "text in UTF-16; "},
		{"UTF-16, big-endian", wideOf(secret, true, false), "text in UTF-16; "},
		{"XML", []byte("\n<?xml version=\"1.0\"?><secret/>"), "XML; "},
		{"bytes of Python", []byte(`b'{"id": 1}'`), "Python's bytes as it prints them; "},
		{"CSV", []byte(`secret,12.5,"a, b",x`), "CSV, 5 columns between commas; "},
		{"CSV, tabs", []byte("secret\t1\t2\n"), "CSV, 3 columns between tabs; "},
		{"CSV, quoted", []byte(`"secret";"b";"c"`), "CSV, 3 columns between semicolons; "},
		{"a sentence", []byte("Well, secret, as they say, is secret."), "plain text; "},
		{"a line of a log", []byte("[2026-11-23 10:00:00] INFO secret"), "plain text; "},
		{"binary", []byte("\x07\xff\xfe\x00\x00secret"), "binary data; "},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := newJSON(t).Explain(c.record)
			if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got  %s\nwant %s…", got, c.want)
			}
			if strings.Contains(got, "secret") || c.want != "" && len(got) < len(c.want)+10 {
				t.Errorf("it shows content, or not what to do: %s", got)
			}
		})
	}
}

// FuzzExplain: every malformed record, and no other, is explained in printable
// words that do not grow with the record.
func FuzzExplain(f *testing.F) {
	for _, r := range encoded(f) {
		f.Add(r)
	}
	for _, r := range append(records, payment, "", "[", "{'a': NaN}", "{}{}", "b'", "a;b;c", "\x00\x00\x00\x00\x01", "\x78\x9c\x03\x00\x00\x00\x00\x01") {
		f.Add([]byte(r))
	}
	d := newJSON(f)
	f.Fuzz(func(t *testing.T, record []byte) {
		before := bytes.Clone(record)
		got := d.Explain(record)
		if wrong := errors.Is(d.Decode(record, nil), monitor.ErrMalformed); wrong != (got != "") {
			t.Errorf("malformed: %v, explained: %q", wrong, got)
		}
		if len(got) > 300 || strings.ContainsFunc(got, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }) {
			t.Errorf("not printable, or too long: %q", got)
		}
		if !bytes.Equal(before, record) {
			t.Error("the record was changed")
		}
	})
}
