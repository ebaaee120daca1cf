package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// fewest is how many rows the reference must have: with fewer a rule about
// distributions is never decided (min_reference_samples).
const fewest = 1000

// look takes the sample and decides all that it can tell.
func (s *starter) look(ctx context.Context) error {
	next := time.Now().Add(progressEvery)
	var err error
	s.sample, err = monitor.TakeSample(ctx, s.source, func(n int) {
		if time.Now().After(next) {
			next = time.Now().Add(progressEvery)
			fmt.Fprintf(s.stderr, "looking at a sample: %d records so far\n", n)
		}
	})
	if err != nil {
		return err
	}
	if err := s.readable(); err != nil {
		return err
	}
	if s.sample.Len() < fewest {
		return s.tooLittle("")
	}
	times, ok, err := s.sample.FindTime(s.format, s.flags.timestamp, time.Duration(monitor.Default().Window.MaxFuture).Milliseconds())
	if err != nil {
		return err
	}
	if !ok {
		return s.noTime(times)
	}
	s.draft = newDraft(s.flags, s.sample, times, s.last)
	if span := time.Duration(times.Last-times.First) * time.Millisecond; span < leastWindows*windowSizes[0].size {
		return s.tooLittle(" over " + rules.Duration(span).String())
	}
	survey, err := monitor.SurveySample(s.sample, s.format, times.Timestamp, s.draft.from, s.draft.split)
	if err != nil {
		return err
	}
	s.draft.choose(survey)
	if len(s.draft.features) == 0 {
		return fmt.Errorf("%s: none of the %d fields is worth watching: %s", s.from, len(survey.Fields), s.draft.reasons())
	}
	return nil
}

// readable says what is in the way of looking at the records at all.
func (s *starter) readable() error {
	if s.sample.Len() == 0 && s.sample.Retained() == 0 {
		return fmt.Errorf("%s has no records; when it has some thousands, over an hour or more, run init again", s.from)
	}
	if s.sample.Len() == 0 {
		return fmt.Errorf("%s has no records that can be read: of %d offsets none holds one (transaction markers, aborted or compacted away)", s.from, s.sample.Retained())
	}
	bad, all, example, err := s.sample.MalformedIn(s.format)
	if err != nil {
		return err
	}
	if all == 0 {
		return fmt.Errorf("%s has only records without a value (tombstones), so there is nothing to watch", s.from)
	}
	if 2*bad < all {
		return nil
	}
	return fmt.Errorf("%s does not hold JSON objects: of %d records of a sample %d are none%s; driftwatch reads JSON only", s.from, all, bad, s.explain(example))
}

// explain says what a record is that is not of the format, for the middle of a
// sentence; "" where the format cannot tell.
func (s *starter) explain(record []byte) string {
	d, err := s.format(nil)
	if err != nil {
		return ""
	}
	return ". One of them looks like " + d.Explain(record)
}

func (s *starter) noTime(t monitor.EventTime) error {
	if f := s.flags.timestamp; f != "" {
		return fmt.Errorf("%s: fewer than 99 %% of the records have a time that can be read in the field %q; give another with --timestamp", s.from, f)
	}
	if len(t.Others) > 0 {
		return fmt.Errorf("%s: no field with times rises along the log; if one of %v is the time of the event, name it with --timestamp", s.from, t.Others)
	}
	if s.flags.input != "" {
		return fmt.Errorf("%s: no field reads as a time, and lines of a file have none of their own: add one (RFC 3339, or Unix time), or let init read the topic", s.from)
	}
	return errors.New(s.from + ": the records have no time of their own, and no field reads as one")
}

// tooLittle says that there is not enough to learn from; over is the time that it
// spans, where that is known.
func (s *starter) tooLittle(over string) error {
	return fmt.Errorf(`%s has %s%s. A reference needs %d records or more, over a minute or more: run init again when there are, or write a configuration with "reference: {learn: 1h}", which learns from what comes`,
		s.from, counts(uint64(s.sample.Retained()), "record"), over, fewest)
}

// enough says that the reference has too few rows, most likely since the
// retained records are newer than the part that is held out.
func (s *starter) enough() error {
	if rows := s.profile.Counts[0].Rows; rows < fewest {
		return fmt.Errorf("%s has only %s before %s, where the part to try the rules on begins; a reference needs %d or more: give a shorter --last, or run init again when there are more",
			s.from, counts(rows, "record"), stamp(s.draft.split), fewest)
	}
	return nil
}
