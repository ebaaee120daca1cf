package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// payment is one event of the demo's topic. Its fields have the shapes that
// real ones have, so that nothing of the engine stays idle: a skewed amount, a
// heavy tail, two humps, many zeros, small integers, a long-tailed category,
// a nested object, nulls and a field that is not always there.
type payment struct {
	EventTime        string      `json:"event_time"`
	ID               string      `json:"id"`
	Amount           float64     `json:"amount"`
	Fee              float64     `json:"fee"`
	Balance          float64     `json:"balance"`
	Items            int         `json:"items"`
	LatencyMS        float64     `json:"latency_ms"`
	RiskScore        *float64    `json:"risk_score"`
	Age              int         `json:"age"`
	Discount         float64     `json:"discount"`
	DistanceKM       *float64    `json:"distance_km,omitempty"`
	Retries          int         `json:"retries"`
	Country          string      `json:"country"`
	Currency         string      `json:"currency"`
	Channel          string      `json:"channel"`
	Card             paymentCard `json:"card"`
	MerchantCategory string      `json:"merchant_category"`
	IsFirst          bool        `json:"is_first"`
}

type paymentCard struct {
	Type    string `json:"type"`
	Network string `json:"network"`
}

// The faults of a bad release. Each is large enough to be certain within a few
// hundred rows, and harms one field only, so that an alert on any other field
// is a false one.
const (
	faultText    = "amount +60 %, channel web→app in 60 %, risk_score null in 35 %"
	faultAmount  = 1.6  // amount is multiplied by it; the fee is still that of the true amount
	faultChannel = 0.6  // the share of web payments that say app
	faultRisk    = 0.35 // the share of events whose risk_score is null
)

// newPayment is the event with this index, which happened at this time. It is
// a function of its arguments alone: a faulty event is the sound one of the
// same index with the faults put on.
func newPayment(seed, index uint64, at time.Time, faulty bool) payment {
	src := rand.NewPCG(seed, index)
	r := rand.New(src)

	amount := distuv.LogNormal{Mu: 3.6, Sigma: 0.6, Src: src}.Rand()
	country := countries.pick(r)
	p := payment{
		EventTime:        at.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		ID:               newID(r),
		Amount:           round(amount, 100),
		Fee:              round(0.3+0.014*amount, 100),
		Balance:          round(newBalance(r, src), 100),
		Items:            1 + int(distuv.Poisson{Lambda: 1.8, Src: src}.Rand()),
		LatencyMS:        round(distuv.Pareto{Xm: 18, Alpha: 2.2, Src: src}.Rand(), 10),
		Age:              int(math.Min(95, 18+distuv.Gamma{Alpha: 3, Beta: 0.12, Src: src}.Rand())),
		Retries:          int(distuv.Poisson{Lambda: 0.15, Src: src}.Rand()),
		Country:          country,
		Currency:         currencies[country],
		Channel:          channels.pick(r),
		Card:             paymentCard{Type: cardTypes.pick(r), Network: cardNetworks.pick(r)},
		MerchantCategory: merchantCategories.pick(r),
		IsFirst:          r.Float64() < 0.08,
	}
	if r.Float64() < 0.25 {
		p.Discount = round(amount*0.3*r.Float64(), 100)
	}
	if distance := round(distuv.Exponential{Rate: 1.0 / 40, Src: src}.Rand(), 10); r.Float64() < 0.97 {
		p.DistanceKM = &distance
	}
	risk := round(distuv.Beta{Alpha: 1.5, Beta: 8, Src: src}.Rand(), 1e4)
	hasRisk, moves, loses := r.Float64() >= 0.02, r.Float64() < faultChannel, r.Float64() < faultRisk
	if faulty {
		p.Amount = round(p.Amount*faultAmount, 100)
		if moves && p.Channel == "web" {
			p.Channel = "app"
		}
		hasRisk = hasRisk && !loses
	}
	if hasRisk {
		p.RiskScore = &risk
	}
	return p
}

// newBalance has two humps: everyday accounts and savings.
func newBalance(r *rand.Rand, src rand.Source) float64 {
	if r.Float64() < 0.65 {
		return distuv.Normal{Mu: 900, Sigma: 250, Src: src}.Rand()
	}
	return distuv.Normal{Mu: 5200, Sigma: 900, Src: src}.Rand()
}

// newID looks like a random UUID.
func newID(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

// round keeps the decimals that the scale allows.
func round(x, scale float64) float64 { return math.Round(x*scale) / scale }

// A choice is a category with its share.
type choice struct {
	value string
	share float64
}

type choices []choice

// pick draws a value; what the shares lack of 1 falls to the last one.
func (c choices) pick(r *rand.Rand) string {
	u := r.Float64()
	for _, o := range c[:len(c)-1] {
		if u -= o.share; u < 0 {
			return o.value
		}
	}
	return c[len(c)-1].value
}

// Shares fall like 1/rank where they would in life (Zipf).
var (
	countries = choices{
		{"DE", .34},
		{"FR", .17},
		{"GB", .12},
		{"US", .085},
		{"ES", .068},
		{"IT", .057},
		{"NL", .048},
		{"PL", .042},
		{"SE", .025},
		{"CH", .02},
		{"DK", .015},
		{"JP", .01},
	}
	currencies = map[string]string{
		"DE": "EUR", "FR": "EUR", "GB": "GBP", "US": "USD", "ES": "EUR", "IT": "EUR",
		"NL": "EUR", "PL": "PLN", "SE": "SEK", "CH": "CHF", "DK": "DKK", "JP": "JPY",
	}
	channels     = choices{{"web", .5}, {"app", .3}, {"pos", .16}, {"phone", .04}}
	cardTypes    = choices{{"debit", .62}, {"credit", .33}, {"prepaid", .05}}
	cardNetworks = choices{{"visa", .48}, {"mastercard", .37}, {"girocard", .1}, {"amex", .05}}

	merchantCategories = choices{
		{"grocery", .28},
		{"fashion", .15},
		{"fuel", .12},
		{"electronics", .1},
		{"restaurant", .09},
		{"travel", .07},
		{"pharmacy", .06},
		{"books", .05},
		{"games", .04},
		{"toys", .03},
		{"jewellery", .01},
	}
)
