package main

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestPaymentIsAFunctionOfItsArguments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed, index := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "index")
		at := time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "at"))
		faulty := rapid.Bool().Draw(t, "faulty")
		a, b := newPayment(seed, index, at, faulty), newPayment(seed, index, at, faulty)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("the same arguments gave %+v and %+v", a, b)
		}
		if c := newPayment(seed, index+1, at, faulty); c.ID == a.ID {
			t.Fatalf("two indexes share the id %s", c.ID)
		}
	})
}

func TestFaultsHarmThreeFieldsOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		index := rapid.Uint64().Draw(t, "index")
		at := time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "at"))
		sound, faulty := newPayment(1, index, at, false), newPayment(1, index, at, true)
		if sound.Channel != faulty.Channel && (sound.Channel != "web" || faulty.Channel != "app") {
			t.Fatalf("the channel went from %s to %s", sound.Channel, faulty.Channel)
		}
		if faulty.RiskScore != nil && (sound.RiskScore == nil || *sound.RiskScore != *faulty.RiskScore) {
			t.Fatalf("the risk score changed other than to null")
		}
		faulty.Amount, faulty.Channel, faulty.RiskScore = sound.Amount, sound.Channel, sound.RiskScore
		if !reflect.DeepEqual(sound, faulty) {
			t.Fatalf("a fault reached another field:\n%+v\n%+v", sound, faulty)
		}
	})
}

// The bounds are four standard errors of 20,000 payments.
func TestFaultsHaveTheSizesTheyAreSaidToHave(t *testing.T) {
	t.Parallel()
	const n = 20_000
	shares := func(faulty bool) (amount, web, app, null float64) {
		amounts := make([]float64, n)
		for i := range amounts {
			p := newPayment(7, uint64(i), time.UnixMilli(0), faulty)
			amounts[i] = p.Amount
			switch p.Channel {
			case "web":
				web++
			case "app":
				app++
			}
			if p.RiskScore == nil {
				null++
			}
		}
		return stat.Mean(amounts, nil), web / n, app / n, null / n
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/n) {
			t.Errorf("%s is %.4f, want %.4f", what, got, want)
		}
	}
	mean, web, app, null := shares(false)
	near("the share of web", web, 0.5)
	near("the share of app", app, 0.3)
	near("the share of null risk scores", null, 0.02)
	faultyMean, web, app, null := shares(true)
	near("the faulty share of web", web, 0.5*(1-faultChannel))
	near("the faulty share of app", app, 0.3+0.5*faultChannel)
	near("the faulty share of null risk scores", null, 0.02+0.98*faultRisk)
	if ratio := faultyMean / mean; math.Abs(ratio-faultAmount) > 0.001 {
		t.Errorf("the faulty amount is %.4f times the sound one, want %v", ratio, faultAmount)
	}
}

// A busy machine may write a payment late; what is written stays the same, and
// within a partition the log's times never go back.
func TestLoadDependsOnTheIndexOnly(t *testing.T) {
	t.Parallel()
	l := load{partitions: 4, seed: 1, rate: 700, start: time.UnixMilli(1_800_000_000_000), faults: newFaultTimes(30 * time.Second)}
	last := make([]time.Time, l.partitions)
	for index := range uint64(30 * 700) {
		r, err := l.record(index)
		if err != nil {
			t.Fatal(err)
		}
		if r.Timestamp.Before(last[r.Partition]) {
			t.Fatalf("payment %d is older than the one before it in partition %d", index, r.Partition)
		}
		last[r.Partition] = r.Timestamp
		var p payment
		if err := json.Unmarshal(r.Value, &p); err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339Nano, p.EventTime)
		if err != nil {
			t.Fatal(err)
		}
		if age := r.Timestamp.Sub(at); age < 0 || age > paymentDelay+time.Millisecond {
			t.Fatalf("payment %d is %v older than its record", index, age)
		}
	}
}

func TestFaultTimes(t *testing.T) {
	t.Parallel()
	story := newFaultTimes(30 * time.Second)
	endless := newFaultTimes(0)
	for _, c := range []struct {
		times   faultTimes
		elapsed time.Duration
		want    bool
	}{
		{story, 0, false},
		{story, 11999 * time.Millisecond, false},
		{story, 12 * time.Second, true},
		{story, 19499 * time.Millisecond, true},
		{story, 19500 * time.Millisecond, false},
		{story, 30 * time.Second, false},
		{story, time.Hour, false},
		{endless, 14 * time.Second, false},
		{endless, 15 * time.Second, true},
		{endless, 30 * time.Second, false},
		{endless, 74 * time.Second, false},
		{endless, 75 * time.Second, true},
		{endless, 90 * time.Second, false},
		{endless, time.Hour + 20*time.Second, true},
	} {
		if got := c.times.active(c.elapsed); got != c.want {
			t.Errorf("%+v: active after %v is %t", c.times, c.elapsed, got)
		}
	}
}
