package monitor

import "driftwatch/rules"

// predicate is a condition on the fields of one record, such as
//
//	amount >= 0 && currency != ""
//	end > start
//	status in ["paid", "refunded"] || !card.present
//	field("total price") == net + tax
//
// It is made of
//
//   - fields: a name, names joined by '.' for a field inside an object, or
//     field("...") for a path with other characters, written as everywhere in the
//     configuration (a '.' or '\' inside a key escaped by '\');
//   - numbers, texts in quotes, true, false and null;
//   - < <= > >= == !=, which may be chained (0 <= share <= 1);
//   - in [...] and not in [...] with numbers or with texts;
//   - + - * / of numbers;
//   - && || ! or and, or, not; and parentheses.
//
// Numbers are compared as float64, texts byte by byte, so that times in ISO 8601
// with one zone and one number of decimals are in order, and booleans by == and
// != only. A boolean field alone is a condition.
//
// The answer is three-valued: a comparison is unknown where an operand is missing
// (absent or null), invalid or nested, where the operator cannot use its type or
// the types differ, and where a calculation has no result (x / 0). Unknown && no
// is no, unknown || yes is yes, and otherwise unknown stays. Whether a field is
// missing is asked by == null and != null, which are never unknown.
type predicate struct {
	fields []string // the paths it reads, as a Decoder names them
	holds  condition
}

// condition answers from a row, of which at[i] is the place of fields[i].
type condition func(row []Value, at []int) answer

// predicateError is why a predicate cannot be used.
type predicateError struct {
	Column  int // in characters from 1; 0: the predicate as a whole
	Message string
}

func (e *predicateError) Error() string { return e.Message }

// parsePredicate compiles a predicate; its error is a *predicateError.
func parsePredicate(text string) (*predicate, error) {
	root, problem := rules.ReadExpression(text)
	if problem != nil {
		return nil, &predicateError{Column: problem.Column, Message: problem.Message}
	}
	var c predicateCompiler
	holds := c.condition(root)
	if len(c.fields) == 0 {
		c.report(root, "the predicate names no field, so its answer never changes")
	}
	if c.problem != nil {
		return nil, c.problem
	}
	return &predicate{fields: c.fields, holds: holds}, nil
}

// eval answers for one record; at[i] is the index in row of fields[i].
func (p *predicate) eval(row []Value, at []int) answer { return p.holds(row, at) }
