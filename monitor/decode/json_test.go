package decode_test

import (
	"strings"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
)

// fields has what is hard about names: parents that are named themselves, keys
// that need escapes, empty ones, and long ones that are alike.
var fields = []field{
	{"a", []string{"a"}},
	{"a.b", []string{"a", "b"}},
	{"a.b.c", []string{"a", "b", "c"}},
	{"p.q", []string{"p", "q"}},
	{"", []string{""}},
	{"..", []string{"", "", ""}},
	{`x\.y`, []string{"x.y"}},
	{`x\\y.z`, []string{`x\y`, "z"}},
	{`quo"te`, []string{`quo"te`}},
	{"line\n", []string{"line\n"}},
	{"größe", []string{"größe"}},
	{"eightby1", []string{"eightby1"}},
	{"first_eight_1_last_eight", []string{"first_eight_1_last_eight"}},
	{"first_eight_2_last_eight", []string{"first_eight_2_last_eight"}},
}

// records is a table without expectations: encoding/json has them.
var records = []string{
	// Whole records.
	``, ` `, `{}`, " \t\r\n{ } \t\r\n", `[]`, `1`, `"a"`, `null`, `true`, `{`, `}`, `{}}`, `{},`, `{} x`, `{}{}`, `{]`, `[}`,
	"\ufeff{}", "{}\x00", "\x00{}", "{\x00}", "{}\xc2\xa0", "{\v}", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,"a":1}`,
	`{"a" 1}`, `{"a"::1}`, `{"a":1 "b":2}`, `{a:1}`, `{'a':1}`, `{"a":'b'}`, `{1:1}`, `{"a":}`, `{"a":,}`, `{"a":1,,"b":2}`,
	`{"a":1}//`, `{/**/}`, " { \"a\" : 1 ,\n\"p\"\t:\r{ \"q\" : [ 1 , 2 ] } } ",
	// Literals.
	`{"a":true}`, `{"a":false}`, `{"a":null}`, `{"a":tru}`, `{"a":truee}`, `{"a":True}`, `{"a":nul`, `{"a":nan}`, `{"a":NaN}`, `{"a":Infinity}`, `{"b":truth}`,
	// Numbers.
	`{"a":0}`, `{"a":-0}`, `{"a":-0.0}`, `{"a":00}`, `{"a":01}`, `{"a":-01}`, `{"a":-}`, `{"a":+1}`, `{"a":1.}`, `{"a":.1}`, `{"a":1.e1}`, `{"a":1e}`, `{"a":1e+}`,
	`{"a":1e-}`, `{"a":1E5}`, `{"a":1e05}`, `{"a":0e0}`, `{"a":-0e-0}`, `{"a":1.5e+3}`, `{"a":--1}`, `{"a":0x10}`, `{"a":1_000}`, `{"a":1 2}`, `{"a":1a}`, `{"a":1.2.3}`,
	`{"a":1e308}`, `{"a":1e309}`, `{"a":-1e309}`, `{"b":1e309}`, `{"a":1e99999999999999999999}`, `{"a":1e-99999999999999999999}`, `{"a":0e99999999999999999999}`,
	`{"a":5e-324}`, `{"a":2.4703282292062327e-324}`, `{"a":2.4703282292062328e-324}`, `{"a":2.2250738585072011e-308}`, `{"a":1.7976931348623158e308}`, `{"a":1.7976931348623159e308}`,
	`{"a":9007199254740993}`, `{"a":18446744073709551615}`, `{"a":18446744073709551616}`, `{"a":9999999999999999999}`, `{"a":0.1}`, `{"a":0.30000000000000004}`,
	`{"a":123456789012345678901234567890}`, `{"a":0.000000000000000000000000000001}`, `{"a":1.00000000000000000000000000000000000001}`, `{"a":-12.5}`, `{"a":90071992547409.93e2}`,
	// Strings.
	`{"a":""}`, `{"a":"b"}`, `{"a":"b}`, `{"a":"`, `{"a":"\`, `{"a":"\"`, `{"a":"\"}`, `{"a":"\""}`, `{"a":"\\"}`, `{"a":"\/\b\f\n\r\t\"\\"}`, `{"a":"\a"}`, `{"a":"\'"}`, `{"a":"\x41"}`, `{"a":"\0"}`,
	`{"a":"\u0041"}`, `{"a":"\u00e9\u00E9"}`, `{"a":"\u0000"}`, `{"a":"\u"}`, `{"a":"\u12"}`, `{"a":"\u12"`, `{"a":"\u12`, `{"a":"\u123g"}`, `{"a":"\U0041"}`, `{"a":"\u 041"}`, `{"a":"\u00@1"}`, `{"a":"\u00:1"}`,
	`{"a":"\ud83d\ude00"}`, `{"a":"\uD83D\uDE00"}`, `{"a":"\ud83d"}`, `{"a":"\ude00"}`, `{"a":"\ude00\ud83d"}`, `{"a":"\ud83d\ud83d\ude00"}`, `{"a":"\ud83dx"}`, `{"a":"\ud83d\n"}`, `{"a":"\ud83d\u0041"}`, `{"a":"\ud83d\`,
	"{\"a\":\"\x7f\"}", "{\"a\":\"\x1f\"}", "{\"a\":\"\n\"}", "{\"a\":\"\x00\"}", "{\"b\":\"\t\"}", "{\"\n\":1}", `{"a":"é"}`, `{"a":"日本語 und mehr als acht Byte"}`, `{"a":"😀"}`, "{\"a\":\"\u2028\"}",
	"{\"a\":\"\xff\"}", "{\"a\":\"\xc3\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xf4\x90\x80\x80\"}", "{\"a\":\"\xc3\\u00a9\"}", "{\"b\":\"\xff\"}", "{\"\xff\":1}", "{\"a\\u0041\xff\":1}",
	`{"a":"12345678"}`, `{"a":"1234567"}`, `{"a":"123456789"}`, `{"a":"1234567\n"}`, `{"a":"12345678\n12345678"}`, `{"a":"1234567890123456é"}`, "{\"a\":\"12345678\xff\"}",
	// Keys.
	`{"":1}`, `{"":{"":{"":2}}}`, `{"x.y":1}`, `{"x":{"y":1}}`, `{"x\\y":{"z":1}}`, `{"quo\"te":1}`, `{"quo"te":1}`, `{"line\n":1}`, `{"\u0061":1}`, `{"\u0061":{"\u0062":1}}`, `{"A":1}`, `{"größe":1}`, `{"gr\u00f6\u00dfe":1}`,
	`{"first_eight_2_last_eight":1,"first_eight_1_last_eight":2,"first_eight_3_last_eight":3}`, `{"eightby1":1,"eightby2":2,"eightby":3}`, "{\"a\x00\":1}", `{"a\u0000":1}`,
	// Equal keys, and objects that come and go.
	`{"a":1,"a":2}`, `{"a":1,"a":"x"}`, `{"a":"x","a":1.5}`, `{"a":1,"a":"x\n"}`, `{"a":1,"a":"é"}`, `{"a":1,"\u0061":null}`, `{"a":{"b":1},"a":{"c":2}}`, `{"a":{"b":1},"a":5}`, `{"a":5,"a":{"b":1}}`, `{"a":{"b":{"c":1},"b":2}}`, `{"a":{"b":{"c":1}},"a":{"b":{}}}`, `{"a":{"b":{"c":1}},"a":[{"b":2}]}`,
	`{"p":{"q":1},"p":{}}`, `{"p":{"q":1},"p":"x"}`, `{"p":{"q":1},"p":null}`, `{"p":1e999,"p":{"q":1}}`, `{"p":{"q":1,"q":true}}`,
	// Containers.
	`{"a":[]}`, `{"a":[1,2]}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":[}`, `{"a":[1}`, `{"a":[`, `{"a":[1`, `{"a":[1,`, `{"a":{"b":[{"c":1}]}}`, `{"a":{}}`, `{"a":{"b":{}}}`, `{"a":{"b"}}`, `{"z":{"b"}}`, `{"z":{"b":}}`, `{"z":{"b":1,}}`,
	`{"z":[{"a":1},[[]],"]",{"b":"}"}],"a":1}`, `{"z":["\x"]}`, `{"z":[01]}`, `{"z":[tru]}`, `{"z":{"\q":1}}`,
}

func TestDecodeTable(t *testing.T) {
	d := newJSON(t, named(fields)...)
	for _, r := range append(records, nestings()...) {
		checkDecode(t, d, fields, []byte(r))
	}
}

func TestWalkTable(t *testing.T) {
	d := newJSON(t)
	for _, r := range records {
		checkWalk(t, d, []byte(r))
	}
}

// nestings lie on both sides of the limit, through arrays, through objects that
// nobody watches, through watched ones, and through both kinds in turn.
func nestings() []string {
	var all []string
	for _, depth := range []int{9999, 10000, 10001, 100000} {
		inner := depth - 1
		all = append(all,
			`{"z":`+strings.Repeat(`[`, inner)+strings.Repeat(`]`, inner)+`}`,
			`{"a":`+strings.Repeat(`[`, inner)+strings.Repeat(`]`, inner)+`}`,
			strings.Repeat(`{"z":`, depth)+`0`+strings.Repeat(`}`, depth),
			strings.Repeat(`{"a":`, inner)+`{}`+strings.Repeat(`}`, inner),
			`{"a":{"b":`+strings.Repeat(`[`, inner-1)+strings.Repeat(`]`, inner-1)+`}}`,
			`{"z":`+strings.Repeat(`[{"z":`, inner/2)+`0`+strings.Repeat(`}]`, inner/2)+`}`,
			strings.Repeat(`{"a":`, depth), `{"a":`+strings.Repeat(`[`, depth))
	}
	return all
}

func TestWalkDepth(t *testing.T) {
	d := newJSON(t)
	for _, r := range nestings() {
		err := d.Walk([]byte(r), func([]byte, monitor.Value) {})
		if want := parse([]byte(r)) == nil; (err != nil) != want {
			t.Errorf("%.40q, %d bytes: error %v, want malformed %t", r, len(r), err, want)
		}
	}
}

func TestWalkOrder(t *testing.T) {
	d := newJSON(t)
	record := `{"b":1,"a":{"y.z":"\u0041","x":{},"w":[{"v":1}],"\\":null},"":{"":true},"c":"` + "\xff" + `"}`
	want := []string{
		"b type 2, integer true, number 1 (3ff0000000000000), text \"1\"",
		"a.y\\.z type 3, integer false, number 0 (0000000000000000), text \"A\"",
		"a.w type 6, integer false, number 0 (0000000000000000), text \"\"",
		"a.\\\\ type 1, integer false, number 0 (0000000000000000), text \"\"",
		". type 4, integer false, number 1 (3ff0000000000000), text \"\"",
		"c type 5, integer false, number 0 (0000000000000000), text \"\"",
	}
	for range 2 {
		var got []string
		if err := d.Walk([]byte(record), func(path []byte, v monitor.Value) {
			got = append(got, string(path)+" "+show(v))
		}); err != nil {
			t.Fatal(err)
		}
		if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
			t.Errorf("got\n%s\nwant\n%s", g, w)
		}
	}
}

func TestFieldNames(t *testing.T) {
	for _, c := range []struct {
		fields []string
		want   string
	}{
		{[]string{"a", "b", "a"}, `field "a" is named twice, name it once`},
		{[]string{`a\`}, `field "a\\" has a '\' that escapes nothing: inside a key write \. for '.' and \\ for '\'`},
		{[]string{`\n`}, `field "\\n" has a '\' that escapes nothing: inside a key write \. for '.' and \\ for '\'`},
	} {
		if _, err := decode.JSON(c.fields); err == nil || err.Error() != c.want {
			t.Errorf("%q: error %v, want %s", c.fields, err, c.want)
		}
	}
}

func TestByName(t *testing.T) {
	format, err := decode.ByName("json")
	if err != nil {
		t.Fatal(err)
	}
	d, err := format([]string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	checkDecode(t, d, fields[:1], []byte(`{"a":1}`))

	const want = `format "xml" is not known, the only one there is now is json`
	if _, err := decode.ByName("xml"); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestNoAllocation(t *testing.T) {
	record := []byte(payment[:len(payment)-1] + `,"esc\u0061ped":"\u0041\n\"","exact":0.30000000000000004,"large":1.5e200}`)
	d := newJSON(t, append(paymentFields, "escaped", "exact", "large")...)
	row := make([]monitor.Value, len(paymentFields)+3)
	if n := testing.AllocsPerRun(100, func() {
		if err := d.Decode(record, row); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%g allocations a record", n)
	}
	for i, v := range row {
		if v.Type == monitor.Absent {
			t.Errorf("field %d of the record is absent", i)
		}
	}
}
