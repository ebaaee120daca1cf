package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"driftwatch/monitor"
	"driftwatch/stats"
)

// choose decides what is watched and how, from what the fields look like.
func (d *draft) choose(s monitor.Survey) {
	for _, f := range s.Fields {
		switch {
		case f.Name == d.time.Timestamp.Field:
			f.LeftOut = monitor.TheTimestamp
			d.leftOut = append(d.leftOut, f)
		case f.LeftOut != "":
			d.leftOut = append(d.leftOut, f)
		case strings.ContainsAny(f.Name, "*?") || strings.HasPrefix(f.Name, "!"):
			f.LeftOut = "its name has *, ? or ! in it, which rules take for patterns"
			d.leftOut = append(d.leftOut, f)
		case f.Present-f.Nulls < max(fewValues, s.Rows/1000):
			f.LeftOut = fmt.Sprintf("it has a value in %d of %s rows only", f.Present-f.Nulls, grouped(int64(s.Rows)))
			d.leftOut = append(d.leftOut, f)
		default:
			d.features = append(d.features, newDraftFeature(f, s.Rows))
		}
	}
	d.chooseKey(s.Rows)
	d.chooseSegment(s.Rows)
}

// chooseKey takes the field that names the record.
func (d *draft) chooseKey(rows uint64) {
	const named = 5 // names that say so; a number needs one: there are measurements that never repeat
	rank := func(name string) int {
		last := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
		for i, fits := range []bool{last == "id", strings.HasSuffix(last, "event_id"), strings.HasSuffix(last, "id"), strings.Contains(last, "key"), strings.Contains(last, "number")} {
			if fits {
				return i
			}
		}
		return named
	}
	var names []string
	for _, f := range d.leftOut {
		if f.Name != d.time.Timestamp.Field && f.Present >= rows && float64(f.Distinct) > 0.99*float64(f.Present) && f.Numbers+f.Strings == f.Present &&
			(f.Numbers == 0 || f.Integers && rank(f.Name) < named) && !strings.HasPrefix(f.LeftOut, "a timestamp") {
			names = append(names, f.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	d.key, d.keyNote = names[0], "its values are distinct in more than 99 % of the rows, so that it finds duplicates; it is not watched"
	if len(names) > 1 {
		d.keyNote += "; so are those of " + strings.Join(names[1:], ", ")
	}
}

// chooseSegment takes the field by which the rows are best told apart: few values
// that stay, none of which is nearly all.
func (d *draft) chooseSegment(rows uint64) {
	type segment struct {
		name  string
		score float64
	}
	var found []segment
	for _, f := range d.features {
		if f.Kind != stats.Categorical || len(f.Values) < 2 || len(f.Values) > 20 || f.Churn > 0 || f.Present < rows {
			continue
		}
		top := float64(f.Values[0].Rows) / float64(rows)
		if top > 0.8 {
			continue
		}
		score := 1 - top
		for _, usual := range []string{"country", "region", "market", "site", "plant", "channel", "platform", "device"} {
			if strings.Contains(strings.ToLower(f.Name), usual) {
				score++ // alerts are told apart by it in the words that people use
				break
			}
		}
		found = append(found, segment{f.Name, score})
	}
	if len(found) == 0 {
		return
	}
	slices.SortStableFunc(found, func(a, b segment) int { return cmp.Compare(b.score, a.score) })
	d.segment, d.segmentNote = found[0].name, "an alert says in which of its values it is"
	if len(found) > 1 {
		var others []string
		for _, s := range found[1:] {
			others = append(others, s.name)
		}
		d.segmentNote += "; or by " + strings.Join(others, ", ")
	}
}

// fewValues are too few to say what a field is like.
const fewValues = 20

// fewTexts are too few to say that all have a form and not only these.
const fewTexts = 10

// How few values make a set, and how few integers a code.
const (
	mostInSet = 20
	mostCodes = 50
	// leastInSet is how often each value of a set was seen: one that was met a few
	// times only tells that there are more.
	leastInSet = 5
)

// newDraftFeature declares a field by what the sample has of it.
func newDraftFeature(f monitor.SurveyedField, rows uint64) draftFeature {
	d := draftFeature{SurveyedField: f}
	var says []string
	switch f.Kind {
	case stats.Numeric:
		says = d.numbers()
	case stats.Categorical:
		says = d.categories()
	case stats.Boolean:
		says = append(says, "true or false")
	case stats.Text:
		says = append(says, "too many different texts to compare: watched for missing values and types only")
	}
	if f.Numerals > 0 && f.Numerals == f.Strings && f.Distinct > mostInSet {
		d.hint = "Numbers written as text. If they are quantities, write `kind: numeric, coerce: true` and make the profile anew"
	}
	if len(f.Formats) > 0 && f.Distinct >= fewTexts && !d.has("values") {
		d.add("format", f.Formats[0])
		says = append(says, "each is of the form "+f.Formats[0])
	}
	missing := rows - f.Present + f.Nulls
	switch {
	case missing == 0 && rows >= fewest:
		d.add("required", "true")
		says = append(says, "never missing in "+grouped(int64(rows))+" rows")
	case missing > 0:
		says = append(says, "missing in "+percent(float64(missing)/float64(rows)))
	}
	d.note = strings.Join(says, "; ")
	return d
}

// add declares a key.
func (d *draftFeature) add(key, value string) { d.keys = append(d.keys, key+": "+value) }

func (d *draftFeature) numbers() (says []string) {
	says = append(says, fmt.Sprintf("%s to %s", number(d.Least), number(d.Greatest)))
	if d.Integers {
		d.add("integer", "true")
	}
	switch codes := d.codes(); {
	case d.Trend:
		says = append(says, "rises or falls all the way, so that a range would not last")
	case codes:
		d.hint = fmt.Sprintf("%d distinct integers. If they are codes and no quantities, write `kind: categorical` and make the profile anew", len(d.Values))
	default:
		low, high := roomy(d.Least, d.Greatest)
		d.add("min", plainNumber(low))
		d.add("max", plainNumber(high))
	}
	if d.sentinel() {
		d.hint = fmt.Sprintf("%s is the only negative value. If it stands for \"no value\", write `missing_values: [%s]` and make the profile anew", number(d.Least), number(d.Least))
	}
	return says
}

// sentinel says that one value stands out at the lower end as those do that mean
// "no value".
func (d *draftFeature) sentinel() bool {
	negative := 0
	for _, v := range d.Values {
		if strings.HasPrefix(v.Value, "-") {
			negative++
		}
	}
	return len(d.Values) > 2 && negative == 1 && slices.Contains([]float64{-1, -9, -99, -999, -9999}, d.Least)
}

// codes says that integers look like names rather than quantities: few, with gaps
// that quantities would fill, or called so.
func (d *draftFeature) codes() bool {
	if !d.Integers || len(d.Values) < 2 || len(d.Values) > mostCodes {
		return false
	}
	name := strings.ToLower(d.Name[strings.LastIndexByte(d.Name, '.')+1:])
	for _, part := range []string{"code", "status", "type", "class", "category", "group", "zip", "flag"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return d.Least >= 100 && float64(len(d.Values)) < 0.2*(d.Greatest-d.Least+1)
}

func (d *draftFeature) categories() (says []string) {
	top := d.Values[0]
	says = append(says, fmt.Sprintf("%d values, most often %s", len(d.Values), printable(top.Value)))
	rare := slices.ContainsFunc(d.Values, func(v monitor.ValueCount) bool { return v.Rows < leastInSet })
	switch {
	case d.churns():
		says = append(says, fmt.Sprintf("%s of the later rows have values that the earlier ones do not", percent(d.Churn)))
	case !rare && d.Churn == 0 && len(d.Values) <= mostInSet && !slices.ContainsFunc(d.Values, func(v monitor.ValueCount) bool { return v.Value == "" }):
		var names []string
		for _, v := range d.Values {
			names = append(names, v.Value)
		}
		slices.Sort(names)
		d.add("values", list(names))
	}
	return says
}

// churns says that a field's values come and go, so that new ones are nothing new.
func (d *draftFeature) churns() bool { return d.Churn > 0.005 }

// roomy is a range that clean data does not leave: twice as wide as what was
// seen, upwards, and from 0 where nothing is negative. A wrong unit is still far
// outside of it.
func roomy(least, greatest float64) (low, high float64) {
	width := greatest - least
	if least >= 0 {
		if greatest <= 1 && greatest > 0.4 && width > 0.2 {
			return 0, 1 // a share
		}
		return 0, upwards(greatest + max(width, greatest))
	}
	low = -upwards(-(least - width))
	if greatest <= 0 {
		return low, 0
	}
	return low, upwards(greatest + width)
}

// upwards rounds a positive number up to two digits.
func upwards(x float64) float64 {
	if x <= 0 || math.IsInf(x, 0) {
		return max(x, 1)
	}
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	digits := strconv.FormatFloat(math.Ceil(x/unit-1e-9)*unit, 'g', 2, 64)
	rounded, err := strconv.ParseFloat(digits, 64)
	if err != nil { // it has just been written
		return x
	}
	return rounded
}

func plainNumber(x float64) string {
	if math.Abs(x) >= 1e15 {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
