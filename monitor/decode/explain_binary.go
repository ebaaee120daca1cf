package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

const writeJSON = "driftwatch reads JSON only yet: have the producer use a JSON serializer, or watch a topic into which this one is converted"

// framed finds what serializers with a schema registry write: a magic byte 0 and
// the schema's id, 4 bytes, before the message. See "Wire format" in the
// documentation of Confluent's Schema Registry.
func framed(b []byte) string {
	if len(b) < 5 || b[0] != 0 {
		return ""
	}
	id := binary.BigEndian.Uint32(b[1:])
	const plausible = 100_000_000 // registries count from 1 or 100,001 on
	if id == 0 || id > plausible {
		return ""
	}
	format := "probably Avro"
	switch message := b[5:]; {
	case openObject(message) >= 0 && firstEnd(message) >= 0:
		return fmt.Sprintf("JSON Schema framing: JSON behind the head of a schema registry (magic byte 0, schema id %d); have the producer use a plain JSON serializer, since driftwatch reads none with a head yet", id)
	case protobufFramed(message):
		format = "probably Protobuf"
	}
	return fmt.Sprintf("a message framed for a schema registry (magic byte 0, schema id %d), %s; %s", id, format, writeJSON)
}

// protobufFramed says that a message begins with its place in the schema, as
// zigzag varints (how many, then each; a single 0 stands for the first message),
// and goes on as Protobuf.
func protobufFramed(b []byte) bool {
	n, size := binary.Varint(b)
	if size <= 0 || n < 0 || n > 8 {
		return false
	}
	b = b[size:]
	for range n {
		at, size := binary.Varint(b)
		if size <= 0 || at < 0 || at > 1000 {
			return false
		}
		b = b[size:]
	}
	return protobuf(b)
}

// protobuf says that b is one or more whole fields of Protobuf's wire format.
func protobuf(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for len(b) > 0 {
		tag, size := binary.Uvarint(b)
		if size <= 0 || tag>>3 == 0 || tag>>3 >= 1<<29 {
			return false
		}
		b = b[size:]
		skip := uint64(0)
		switch tag & 7 {
		case 0:
			if _, size = binary.Uvarint(b); size <= 0 {
				return false
			}
			skip = uint64(size)
		case 1:
			skip = 8
		case 2:
			n, size := binary.Uvarint(b)
			if size <= 0 {
				return false
			}
			b, skip = b[size:], n
		case 5:
			skip = 4
		default:
			return false
		}
		if skip > uint64(len(b)) {
			return false
		}
		b = b[skip:]
	}
	return true
}

// signed finds formats by the bytes that they begin with.
func signed(b []byte) string {
	for _, s := range []struct{ begins, kind, do string }{
		{"Obj\x01", "an Avro object container file", writeJSON},
		{"\xc3\x01", "Avro in its single-object encoding", writeJSON},
		{"PAR1", "a Parquet file", writeJSON},
		{"\xac\xed\x00\x05", "a serialized Java object", writeJSON},
		{"\x1f\x8b", "data compressed with gzip", useKafkas},
		{"\x28\xb5\x2f\xfd", "data compressed with zstd", useKafkas},
		{"\x04\x22\x4d\x18", "data compressed with LZ4", useKafkas},
		{"\xff\x06\x00\x00sNaPpY", "data compressed with Snappy", useKafkas},
		{"\x82SNAPPY\x00", "data compressed with Snappy", useKafkas},
		{"\xfd7zXZ\x00", "data compressed with xz", useKafkas},
		{"PK\x03\x04", "a ZIP archive", useKafkas},
	} {
		if bytes.HasPrefix(b, []byte(s.begins)) {
			return s.kind + "; " + s.do
		}
	}
	switch {
	case len(b) >= 10 && string(b[:3]) == "BZh" && string(b[4:10]) == "\x31\x41\x59\x26\x53\x59": // pi
		return "data compressed with bzip2; " + useKafkas
	case len(b) >= 6 && b[0] == 0x78 && binary.BigEndian.Uint16(b)%31 == 0 && !readable(b): // RFC 1950, 2.2
		return "data compressed with zlib; " + useKafkas
	}
	return ""
}

// maps finds formats that have no fixed beginning. Each is told by a map whose
// first key is a text, or by parsing to the end.
func maps(b []byte) string {
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	textKey := func(c byte) bool { return c > 0xa0 && c < 0xc0 || c == 0xd9 || c == 0xda } // MessagePack: fixstr, str 8, str 16
	switch c := at(0); {
	case c > 0x80 && c < 0x90 && textKey(at(1)), c == 0xde && textKey(at(3)), c == 0xdf && textKey(at(5)):
		return "a map, probably MessagePack; " + writeJSON
	case (c > 0xa0 && c < 0xb8 || c == 0xbf) && at(1) > 0x60 && at(1) < 0x79, c == 0xb8 && at(2) > 0x60 && at(2) < 0x79: // RFC 8949, 3.1
		return "a map, probably CBOR; " + writeJSON
	case protobuf(b):
		return "binary data, perhaps Protobuf; " + writeJSON
	}
	return ""
}
