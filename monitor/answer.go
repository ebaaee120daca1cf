package monitor

// answer is what a condition says of one record, in Kleene's three-valued
// logic: with these numbers "and" is min, "or" is max and "not" is minus.
type answer int8

const (
	no answer = iota - 1
	unknown
	yes
)

func answerOf(ok bool) answer {
	if ok {
		return yes
	}
	return no
}
