package monitor

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// goldenPredicates are what testdata/predicates.py wrote.
type goldenPredicates struct {
	Rows       []map[string]json.RawMessage
	Predicates []struct{ Text, Answers string }
}

func readGoldenPredicates(t testing.TB) (golden goldenPredicates) {
	t.Helper()
	b, err := os.ReadFile("testdata/predicates.json")
	if err == nil {
		err = json.Unmarshal(b, &golden)
	}
	if err != nil {
		t.Fatal(err)
	}
	return golden
}

// goldenValue is a value as the script wrote it: {} is invalid, [] nested.
func goldenValue(t testing.TB, raw json.RawMessage) Value {
	t.Helper()
	if raw == nil {
		return Value{}
	}
	switch raw[0] {
	case 'n':
		return Value{Type: Null}
	case 't':
		return Value{Type: Bool, Num: 1}
	case 'f':
		return Value{Type: Bool}
	case '{':
		return Value{Type: Invalid}
	case '[':
		return Value{Type: Nested}
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		return str(s)
	}
	return num(string(raw))
}

func parsed(t testing.TB, text string) *predicate {
	t.Helper()
	p, err := parsePredicate(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// rowFor is a row for a predicate, with a column in front and in reverse order, so
// that at matters.
func rowFor(p *predicate, of func(path string) Value) (row []Value, at []int) {
	row = make([]Value, len(p.fields)+1)
	for i, path := range p.fields {
		at = append(at, len(p.fields)-i)
		row[at[i]] = of(path)
	}
	return row, at
}

// TestPredicateGolden holds the answers against SQLite's.
func TestPredicateGolden(t *testing.T) {
	golden := readGoldenPredicates(t)
	for _, c := range golden.Predicates {
		p := parsed(t, c.Text)
		var got strings.Builder
		for _, r := range golden.Rows {
			row, at := rowFor(p, func(path string) Value { return goldenValue(t, r[path]) })
			got.WriteByte("-?+"[p.eval(row, at)+1])
		}
		if got.String() != c.Answers {
			t.Errorf("%s:\n got %s\nwant %s", c.Text, &got, c.Answers)
		}
	}
}

func TestPredicateFields(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{`amount >= 0 && currency != ""`, []string{"amount", "currency"}},
		{`end > start`, []string{"end", "start"}},
		{`status == "paid" || !refunded`, []string{"status", "refunded"}},
		{`0 <= share <= 1`, []string{"share"}},
		{`card.type == "debit" && card.not != null && card.type != null`, []string{"card.type", "card.not"}},
		{`field("total price") == net + tax`, []string{"total price", "net", "tax"}},
		{"field(`a\\.b.c`) in [1, -2] && field(\"null\").größe", []string{`a\.b.c`, "null.größe"}},
		{`_size > 1000`, []string{"_size"}},
		{`if && count > len`, []string{"if", "count", "len"}},
	} {
		if got := parsed(t, c.text).fields; !slices.Equal(got, c.want) {
			t.Errorf("%s reads %q, want %q", c.text, got, c.want)
		}
	}
}

func TestPredicateProblems(t *testing.T) {
	const list = `in takes a list of numbers or of texts, as in status in ["paid", "refunded"]`
	const inside = `a field inside an object is written card.type, or field("card.any name"); there is no other way into a value`
	const one = `field takes the name of one field in quotes, as in field("total price")`
	for _, c := range []struct {
		text    string
		column  int
		message string
	}{
		{``, 1, `the expression ends too early`},
		{`a >`, 3, `the expression ends too early`},
		{`(a > 1`, 6, `the expression ends too early`},
		{`a b`, 3, `the expression cannot be read: unexpected token Identifier("b")`},
		{`a @ 1`, 3, `the expression cannot be read: unrecognized character: U+0040 '@'`},
		{`ä == "ü" && b = 1`, 15, `= assigns, which an expression does not do; compare with ==`},
		{`a & b`, 3, `& is written && in an expression`},
		{`a == 1 | b == 2`, 12, `the expression cannot be read: unexpected token Operator("=="); or is written ||, not |`},
		{`a > 1e999`, 9, `the expression cannot be read: invalid float literal: strconv.ParseFloat: parsing "1e999": value out of range`},
		{strings.Repeat("a && ", 200) + "a", 0, `the expression has more than 256 parts; split it`},
		{strings.Repeat("a < (", 30) + "a" + strings.Repeat(") < a", 30), 0, `the expression has more than 256 parts; split it`},
		{strings.Repeat("(", 5000), 0, `the expression has 5000 bytes, more than 4096; split it`},

		{`true`, 1, `the predicate names no field, so its answer never changes`},
		{`1 > 2`, 3, `1 > 2 compares two constants, so its answer never changes`},
		{`a > 0 && "x" == "y"`, 14, `"x" == "y" compares two constants, so its answer never changes`},
		{`1 in [1] && a`, 1, `1 is a constant, so the answer never changes`},

		{`a + 1`, 3, `a + 1 is a number, and a yes or no is needed here; compare it, as in amount > 0`},
		{`a && "x"`, 6, `"x" is a text, and a yes or no is needed here; compare it, as in amount > 0`},
		{`a || null`, 6, `null is null, and a yes or no is needed here; compare it, as in amount > 0`},
		{`!a == b`, 1, `!a is a yes or no, and a value is needed here; ! and not take the nearest operand only, so write !(a == b)`},
		{`a == b == c`, 3, `a == b is a yes or no, and a value is needed here; put conditions together with && || !`},
		{`a == -"x"`, 7, `"x" is a text, and a number is needed here`},
		{`a + true > 1`, 5, `true is a yes or no, and a number is needed here`},
		{`a / 0 > 1`, 3, `a / 0 divides by zero, which has no result`},
		{`a > 1e308 * 10 - 1e308 * 10`, 16, `1e+308 * 10 - 1e+308 * 10 has no result`},
		{`a + 1 == "x"`, 7, `a + 1 == "x" compares a number with a text, which is never known`},
		{`a < true`, 3, `there is no order between a yes or no and other values; use == or !=`},
		{`null >= a`, 6, `there is no order between null and other values; use == or !=`},
		{`a + 1 == null`, 7, `a + 1 == null asks if a calculation is missing, and only a field can be`},
		{`a > nil`, 5, `nil is written null in a predicate; if it is a field's name, write field("nil")`},

		{`a in b`, 6, list},
		{`a in []`, 6, list},
		{`a in 1..3`, 7, list},
		{`a in [b]`, 7, `b is a field; ` + list},
		{`a in [null]`, 7, `null is in no list; ask for what is missing with == null`},
		{`a in [1, "x"]`, 6, `the list has both numbers and texts; ` + list},
		{`a + 1 in ["x"]`, 7, `a + 1 in ["x"] looks for a number among texts, which is never known`},

		{`a % 2 == 0`, 3, `there is no operator % here; ` + partsOfPredicate},
		{`a matches "x"`, 3, `there is no operator matches here; ` + partsOfPredicate},
		{`(a ?? b) == 1`, 4, `there is no operator ?? here; ` + partsOfPredicate},
		{`a ? b : c`, 9, `a ? b : c cannot stand here; ` + partsOfPredicate},
		{`len(a) > 1`, 1, `len(a) cannot stand here; ` + partsOfPredicate},
		{`all(a, # > 1)`, 1, `all(a, # > 1) cannot stand here; ` + partsOfPredicate},
		{`a > 1; b > 2`, 3, `a > 1; b > 2 cannot stand here; ` + partsOfPredicate},
		{`a.b() > 1`, 3, `a.b() cannot stand here; ` + partsOfPredicate},
		{`a["b"] > 1`, 2, inside},
		{`a[0] > 1`, 2, inside},
		{`a?.b > 1`, 4, `a?.b cannot stand here; ` + partsOfPredicate},
		{`field(a) > 1`, 1, one},
		{`field("") > 1`, 1, one},
		{`field("a", "b") > 1`, 1, one},
		{`field("a\\b") > 1`, 7, `field "a\\b" has a '\' that escapes nothing: inside a key write \. for '.' and \\ for '\', and each '\' twice within quotes`},
	} {
		_, err := parsePredicate(c.text)
		var problem *predicateError
		if !errors.As(err, &problem) {
			t.Errorf("%s: the error is %v", c.text, err)
		} else if problem.Column != c.column || problem.Error() != c.message {
			t.Errorf("%s:\n got %d: %s\nwant %d: %s", c.text, problem.Column, problem, c.column, c.message)
		}
	}
}

// FuzzPredicate: nothing panics, a problem stands within the text, and the answer
// depends on nothing but the fields that are named.
func FuzzPredicate(f *testing.F) {
	for _, c := range readGoldenPredicates(f).Predicates[:40] {
		f.Add(c.Text, uint8(len(c.Text)))
	}
	values := []Value{{}, {Type: Null}, {Type: Invalid}, {Type: Nested}, {Type: Bool}, {Type: Bool, Num: 1}, num("0"), num("-1"), num("2.5"), str(""), str("a")}
	f.Fuzz(func(t *testing.T, text string, seed uint8) {
		p, err := parsePredicate(text)
		if err != nil {
			var problem *predicateError
			if !errors.As(err, &problem) || problem.Message == "" || problem.Column < 0 || problem.Column > utf8.RuneCountInString(text)+1 {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		row, at := rowFor(p, func(string) Value {
			seed = seed*31 + 7
			return values[int(seed)%len(values)]
		})
		first := p.eval(row, at)
		row[0] = num("12345")
		if a := parsed(t, text).eval(row, at); len(p.fields) == 0 || a != first || a < no || a > yes {
			t.Fatalf("%q with fields %q: %d, then %d", text, p.fields, first, a)
		}
	})
}

// benchPredicates are of the kinds that are compiled differently.
var benchPredicates = []string{
	`amount >= 0 && currency != ""`,
	`end > start`,
	`status == "paid" || !refunded`,
	`currency in ["EUR", "PLN", "USD"]`,
	`retries in [0, 1, 2, 3]`,
	`net + tax == amount`,
	`0 <= share <= 1`,
	`currency != null`,
}

func benchRow(p *predicate) (row []Value, at []int) {
	values := map[string]Value{
		"amount": num("119"), "net": num("100"), "tax": num("19"), "share": num("0.5"), "retries": num("3"), "currency": str("EUR"), "status": str("open"),
		"refunded": {Type: Bool}, "start": str("2026-11-24T10:00:00.000Z"), "end": str("2026-11-24T10:00:01.250Z"),
	}
	return rowFor(p, func(path string) Value { return values[path] })
}

func TestPredicateDoesNotAllocate(t *testing.T) {
	for _, text := range benchPredicates {
		p := parsed(t, text)
		row, at := benchRow(p)
		if n := testing.AllocsPerRun(100, func() {
			if p.eval(row, at) != yes {
				t.Fatalf("%s does not hold", text)
			}
		}); n != 0 {
			t.Errorf("%s: %g allocations", text, n)
		}
	}
}

func BenchmarkPredicate(b *testing.B) {
	for _, text := range benchPredicates {
		p := parsed(b, text)
		row, at := benchRow(p)
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p.eval(row, at) != yes {
					b.Fatal("does not hold")
				}
			}
		})
	}
}
