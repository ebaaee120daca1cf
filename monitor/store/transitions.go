package store

import (
	"cmp"
	"errors"
	"slices"

	"driftwatch/monitor"
	"driftwatch/rules"
)

const (
	// keptTransitions bounds what a log receiver that has been away can catch
	// up on: months of alerts, at about 1 kB each.
	keptTransitions = 100_000
	// listedAlerts bounds Alerts(true), an answer for a person.
	listedAlerts = 1_000
)

// putTransitions numbers transitions and keeps the index of active alerts.
func putTransitions(tx *transaction, transitions []monitor.Transition) error {
	if len(transitions) == 0 {
		return nil
	}
	log, err := ensure(tx, transitionsBucket)
	if err != nil {
		return err
	}
	active, err := ensure(tx, activeBucket)
	if err != nil {
		return err
	}
	log.FillPercent = 0.9 // appended to only
	for _, t := range transitions {
		if t.Number, err = log.NextSequence(); err != nil {
			return err
		}
		if err := put(log, number(t.Number), t); err != nil {
			return err
		}
		if t.Alert.State == string(rules.OK) {
			err = active.Delete([]byte(t.Alert.ID))
		} else {
			err = put(active, []byte(t.Alert.ID), t)
		}
		if err != nil {
			return err
		}
	}
	return trimTransitions(log)
}

func trimTransitions(log *bucket) error {
	for {
		oldest, _ := log.Cursor().First()
		n, err := parseNumber(oldest)
		if err != nil || n+keptTransitions > log.Sequence() {
			return err
		}
		if err := log.Delete(oldest); err != nil {
			return err
		}
	}
}

// errEnough ends a reading early.
var errEnough = errors.New("enough")

// Transitions are those numbered above after, in order, at most limit of them.
// A first one that is not after+1 says that those between are no longer kept:
// the newest 100,000 are.
func (f *File) Transitions(after uint64, limit int) ([]monitor.Transition, error) {
	var transitions []monitor.Transition
	if after+1 == 0 || limit <= 0 {
		return nil, nil
	}
	err := f.each([]string{transitionsBucket}, number(after+1), nil, func(k, v []byte) error {
		var t monitor.Transition
		if err := decode(k, v, &t); err != nil {
			return wrap("reading", err)
		}
		transitions = append(transitions, t)
		if len(transitions) == limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return transitions, err
}

// Alerts are the latest transitions of the alerts that are pending or firing,
// newest first. With all, those that are over follow in their place, as far as
// that makes no more than 1,000.
func (f *File) Alerts(all bool) ([]monitor.Alert, error) {
	var latest []monitor.Transition
	err := f.view("reading", func(tx *transaction) (err error) {
		latest, err = activeAlerts(tx)
		if err == nil && all {
			latest, err = endedAlerts(tx, latest)
		}
		return err
	})
	slices.SortFunc(latest, func(a, b monitor.Transition) int { return cmp.Compare(b.Number, a.Number) })
	var alerts []monitor.Alert
	for _, t := range latest {
		alerts = append(alerts, t.Alert)
	}
	return alerts, err
}

func activeAlerts(tx *transaction) (latest []monitor.Transition, err error) {
	active := find(tx, activeBucket)
	if active == nil {
		return nil, nil
	}
	err = active.ForEach(func(id, v []byte) error {
		var t monitor.Transition
		err := decode(id, v, &t)
		latest = append(latest, t)
		return err
	})
	return latest, err
}

// endedAlerts adds to latest the alerts that are over, from the newest back. An
// id has a handful of transitions, so few are read in vain.
func endedAlerts(tx *transaction, latest []monitor.Transition) ([]monitor.Transition, error) {
	log := find(tx, transitionsBucket)
	if log == nil {
		return latest, nil
	}
	c := log.Cursor()
	for k, v := c.Last(); k != nil && len(latest) < listedAlerts; k, v = c.Prev() {
		var t monitor.Transition
		if err := decode(k, v, &t); err != nil {
			return nil, err
		}
		// An alert that is over has its end as its latest transition.
		if t.Alert.State == string(rules.OK) {
			latest = append(latest, t)
		}
	}
	return latest, nil
}
