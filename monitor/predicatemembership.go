package monitor

import (
	"math"
	"slices"

	"driftwatch/rules"
)

// membership compiles x in [...]. The constants are all numbers or all texts:
// with both, x would be unknown instead of not among them.
func (c *predicateCompiler) membership(n *rules.Node) condition {
	const want = `in takes a list of numbers or of texts, as in status in ["paid", "refunded"]`
	of, list := n.Parts[0], n.Parts[1]
	if list.Kind != rules.ListNode || len(list.Parts) == 0 {
		c.report(list, want)
		return nil
	}
	x := c.operand(of)
	var numbers []float64
	texts := map[string]struct{}{}
	for _, node := range list.Parts {
		switch o := c.constant(node); o.kind {
		case aNumber:
			numbers = append(numbers, o.number)
		case aText:
			texts[o.text] = struct{}{}
		case aNull:
			c.report(node, "null is in no list; ask for what is missing with == null")
		default:
			c.report(node, "%s is %s; %s", node, o.kind, want)
		}
	}
	switch {
	case len(numbers) > 0 && len(texts) > 0:
		c.report(list, "the list has both numbers and texts; "+want)
	case x.kind > aResult:
		c.report(of, "%s is a constant, so the answer never changes", of)
	case x.kind == aResult && len(texts) > 0:
		c.report(n, "%s looks for a number among texts, which is never known", n)
	case len(texts) > 0:
		return fieldInTexts(x.field, texts)
	}
	slices.Sort(numbers)
	return inNumbers(c.quantity(of, x), numbers)
}

// constant is an operand that may not be read from a record.
func (c *predicateCompiler) constant(node *rules.Node) operand {
	fields := len(c.fields)
	o := c.operand(node)
	c.fields = c.fields[:fields]
	return o
}

func fieldInTexts(field int, texts map[string]struct{}) condition {
	return func(row []Value, at []int) answer {
		v := &row[at[field]]
		if v.Type != String {
			return unknown
		}
		_, ok := texts[string(v.Text)]
		return answerOf(ok)
	}
}

func inNumbers(x quantity, sorted []float64) condition {
	return func(row []Value, at []int) answer {
		v := x(row, at)
		if math.IsNaN(v) {
			return unknown
		}
		_, ok := slices.BinarySearch(sorted, v)
		return answerOf(ok)
	}
}
