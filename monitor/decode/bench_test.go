package decode_test

import (
	"encoding/json"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
)

// payment is one event as a payment service would write it.
const payment = `{"id":"pay_01JD8Q6V9K3M5T7X","event_time":"2026-11-23T10:04:31.482Z","amount":84.35,"fee":1.27,` +
	`"currency":"EUR","country":"DE","channel":"web","merchant_category":5411,"risk_score":0.0731460528,` +
	`"latency_ms":143.2,"attempts":1,"age_days":412,"is_new_device":false,"is_recurring":true,` +
	`"card":{"type":"debit","brand":"visa","age_months":17},"discount":null,` +
	`"user_agent":"Mozilla/5.0 (X11; Linux x86_64)","distance_km":12.84}`

var paymentFields = []string{
	"event_time", "amount", "fee", "currency", "country", "channel", "merchant_category", "risk_score",
	"latency_ms", "attempts", "age_days", "is_new_device", "card.type", "card.age_months", "distance_km",
}

type paymentStruct struct {
	EventTime        string  `json:"event_time"`
	Amount           float64 `json:"amount"`
	Fee              float64 `json:"fee"`
	Currency         string  `json:"currency"`
	Country          string  `json:"country"`
	Channel          string  `json:"channel"`
	MerchantCategory float64 `json:"merchant_category"`
	RiskScore        float64 `json:"risk_score"`
	LatencyMS        float64 `json:"latency_ms"`
	Attempts         float64 `json:"attempts"`
	AgeDays          float64 `json:"age_days"`
	IsNewDevice      bool    `json:"is_new_device"`
	Card             struct {
		Type      string  `json:"type"`
		AgeMonths float64 `json:"age_months"`
	} `json:"card"`
	DistanceKM float64 `json:"distance_km"`
}

func BenchmarkPayment(b *testing.B) {
	record := []byte(payment)
	decoder, err := decode.JSON(paymentFields)
	if err != nil {
		b.Fatal(err)
	}
	row := make([]monitor.Value, len(paymentFields))
	var members map[string]json.RawMessage
	if err := json.Unmarshal(record, &members); err != nil {
		b.Fatal(err)
	}
	sorted, err := json.Marshal(members)
	if err != nil {
		b.Fatal(err)
	}
	records, next := [2][]byte{record, sorted}, 0
	bench := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(record)))
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	bench("decode", func() error { return decoder.Decode(record, row) })
	bench("decode in two orders of keys", func() error {
		next ^= 1
		return decoder.Decode(records[next], row)
	})
	bench("walk", func() error { return decoder.Walk(record, func([]byte, monitor.Value) {}) })
	bench("json.Unmarshal", func() error {
		var p paymentStruct
		return json.Unmarshal(record, &p)
	})
	bench("json.Valid", func() error {
		if !json.Valid(record) {
			b.Fatal("the record is not valid")
		}
		return nil
	})
}
