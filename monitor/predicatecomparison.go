package monitor

import (
	"bytes"
	"math"

	"driftwatch/rules"
)

// relation is what an operator answers where the left side is less than, equal
// to, and greater than the right one.
type relation [3]answer

func relationOf(operator string) relation {
	switch operator {
	case "<":
		return relation{yes, no, no}
	case "<=":
		return relation{yes, yes, no}
	case ">":
		return relation{no, no, yes}
	case ">=":
		return relation{no, yes, yes}
	case "==":
		return relation{no, yes, no}
	}
	return relation{yes, no, yes}
}

// swapped is the relation with its sides exchanged.
func (r relation) swapped() relation { return relation{r[2], r[1], r[0]} }

// ofNumbers compares numbers that are not NaN.
func (r relation) ofNumbers(a, b float64) answer {
	switch {
	case a < b:
		return r[0]
	case a > b:
		return r[2]
	}
	return r[1]
}

func (r relation) ofTexts(a, b []byte) answer { return r[1+bytes.Compare(a, b)] }

// comparison compiles a comparison, by what is known of its sides.
func (c *predicateCompiler) comparison(n *rules.Node) condition {
	left, right, holds := c.operand(n.Parts[0]), c.operand(n.Parts[1]), relationOf(n.Text)
	if c.problem != nil {
		return nil
	}
	if left.kind > right.kind {
		left, right, holds = right, left, holds.swapped()
	}
	equality := n.Text == "==" || n.Text == "!="
	switch {
	case left.kind > aResult:
		c.report(n, "%s compares two constants, so its answer never changes", n)
		return nil
	case right.kind == aNull && left.kind != aField:
		c.report(n, "%s asks if a calculation is missing, and only a field can be", n)
		return nil
	case right.kind > aNumber && left.kind != aField:
		c.report(n, "%s compares a number with %s, which is never known", n, right.kind)
		return nil
	case right.kind > aText && !equality:
		c.report(n, "there is no order between %s and other values; use == or !=", right.kind)
		return nil
	}
	switch {
	case right.kind == aNull:
		return isMissing(left.field, holds)
	case right.kind == aBoolean:
		return fieldWithBoolean(left.field, holds, right.truth)
	case right.kind == aText:
		return fieldWithText(left.field, holds, right.text)
	case left.kind == aField && right.kind == aNumber:
		return fieldWithNumber(left.field, holds, right.number)
	case left.kind == aField && right.kind == aField:
		return fieldWithField(left.field, right.field, holds, equality)
	}
	return resultWithResult(c.quantity(n.Parts[0], left), c.quantity(n.Parts[1], right), holds)
}

func isMissing(field int, holds relation) condition {
	return func(row []Value, at []int) answer {
		t := row[at[field]].Type
		if t == Absent || t == Null {
			return holds[1]
		}
		return holds[0]
	}
}

func fieldWithBoolean(field int, holds relation, constant bool) condition {
	return func(row []Value, at []int) answer {
		v := &row[at[field]]
		if v.Type != Bool {
			return unknown
		}
		if (v.Num != 0) == constant {
			return holds[1]
		}
		return holds[0]
	}
}

func fieldWithText(field int, holds relation, constant string) condition {
	text := []byte(constant)
	return func(row []Value, at []int) answer {
		v := &row[at[field]]
		if v.Type != String {
			return unknown
		}
		return holds.ofTexts(v.Text, text)
	}
}

func fieldWithNumber(field int, holds relation, constant float64) condition {
	return func(row []Value, at []int) answer {
		v := &row[at[field]]
		if v.Type != Number {
			return unknown
		}
		return holds.ofNumbers(v.Num, constant)
	}
}

func fieldWithField(left, right int, holds relation, equality bool) condition {
	return func(row []Value, at []int) answer {
		v, w := &row[at[left]], &row[at[right]]
		if v.Type != w.Type {
			return unknown
		}
		switch {
		case v.Type == Number, v.Type == Bool && equality:
			return holds.ofNumbers(v.Num, w.Num)
		case v.Type == String:
			return holds.ofTexts(v.Text, w.Text)
		}
		return unknown
	}
}

func resultWithResult(left, right quantity, holds relation) condition {
	return func(row []Value, at []int) answer {
		a, b := left(row, at), right(row, at)
		if math.IsNaN(a) || math.IsNaN(b) {
			return unknown
		}
		return holds.ofNumbers(a, b)
	}
}
