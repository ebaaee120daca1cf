package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Streams as they are found: each has a daily cycle in its volume and in its
// values, an identifier, text, codes, sparse fields and something that grows.

// cut is what a change gives for a record of which half is written.
const cut = -1

// event makes the fields of the i-th record of a stream.
type event func(r *rand.Rand, i int, at time.Time) map[string]any

// stream gives lines with their times over a length of time, about perHour of
// them in the mean, more by day than at night and fewer on weekends. It is a
// function of its arguments alone. Change, unless nil, breaks a record; it gives
// how many times the record is written, or cut for half of it.
func stream(seed uint64, make event, from time.Time, length time.Duration, perHour float64, change func(at time.Time, fields map[string]any) int) (lines [][]byte, times []time.Time) {
	clock := rand.New(rand.NewPCG(seed, 1))
	at, i := from, 0
	for {
		rate := perHour * (1 + 0.6*daily(at))
		if day := at.Weekday(); day == time.Saturday || day == time.Sunday {
			rate *= 0.8
		}
		at = at.Add(time.Duration(clock.ExpFloat64() / rate * float64(time.Hour)))
		if !at.Before(from.Add(length)) {
			return lines, times
		}
		fields := make(rand.New(rand.NewPCG(seed, uint64(i)+2)), i, at)
		i++
		n := 1
		if change != nil {
			n = change(at, fields)
		}
		line, err := json.Marshal(fields)
		if err != nil {
			panic(err)
		}
		if n == cut {
			line, n = line[:len(line)/2], 1
		}
		for range n {
			lines, times = append(lines, line), append(times, at)
		}
	}
}

// daily is -1 at 3 in the morning and 1 at 3 in the afternoon.
func daily(at time.Time) float64 {
	hours := float64(at.Hour()) + float64(at.Minute())/60
	return -math.Cos((hours - 3) / 24 * 2 * math.Pi)
}

func rfc3339(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

var someWords = []string{"please", "call", "before", "delivery", "door", "left", "the", "gift", "urgent", "ring", "twice", "thanks"}

func sentenceOf(r *rand.Rand) string {
	text := ""
	for range 4 + r.IntN(8) {
		text += someWords[r.IntN(len(someWords))] + " "
	}
	return text + fmt.Sprint(r.IntN(1e6))
}

// ordersEvent is a shop's: larger amounts by day, other channels at night.
func ordersEvent(r *rand.Rand, i int, at time.Time) map[string]any {
	amount := math.Exp(3.4 + 0.2*daily(at) + 0.7*r.NormFloat64())
	channel := channels.pick(r)
	if r.Float64() < 0.15*(1-daily(at)) {
		channel = "app"
	}
	country := countries.pick(r)
	f := map[string]any{
		"id": newID(r), "event_time": rfc3339(at), "received_at": at.UnixMilli() + int64(200*r.ExpFloat64()),
		"amount": round(amount, 100), "items": 1 + int(2*r.ExpFloat64()), "country": country, "currency": currencies[country],
		"channel": channel, "status_code": []int{200, 200, 200, 200, 201, 402, 409}[r.IntN(7)],
		"customer": fmt.Sprintf("c%05d", r.IntN(20000)), "order_number": 7_000_000 + i, "first": r.Float64() < 0.1,
		"risk": round(1/(1+math.Exp(2.2-0.5*r.NormFloat64())), 1e4), "balance_total": round(1e6+12.5*float64(i)+40*r.NormFloat64(), 100),
		"ip":   fmt.Sprintf("10.0.%d.%d", r.IntN(200), r.IntN(250)),
		"card": map[string]any{"type": cardTypes.pick(r), "last4": fmt.Sprintf("%04d", r.IntN(10000))},
	}
	if r.Float64() < 0.04 {
		f["note"] = sentenceOf(r)
	}
	if r.Float64() < 0.3 {
		f["discount"] = round(amount*0.2*r.Float64(), 100)
	}
	if r.Float64() < 0.02 {
		f["risk"] = nil
	}
	return f
}

// sensorsEvent is a device's: warm by day, with an odometer for each device.
func sensorsEvent(r *rand.Rand, i int, at time.Time) map[string]any {
	device := r.IntN(60)
	f := map[string]any{
		"ts": at.UnixMilli(), "device": fmt.Sprintf("dev-%03d", device), "site": []string{"north", "south", "east", "west"}[device%4],
		"temperature": round(18+6*daily(at)+float64(device%7)+1.5*r.NormFloat64(), 10), "humidity": round(55-10*daily(at)+8*r.NormFloat64(), 10),
		"voltage": round(3.3+0.05*r.NormFloat64(), 1000), "odometer": 10000*device + int(at.Unix()%10_000_000/600), "uptime_s": i * 3,
		"state": []string{"idle", "run", "run", "run", "fault"}[min(4, int(1.2*math.Abs(r.NormFloat64())*2))], "rssi": -40 - r.IntN(50),
		"ok": r.Float64() < 0.97, "firmware": []string{"2.1.0", "2.1.0", "2.0.9"}[r.IntN(3)],
	}
	if r.Float64() < 0.01 {
		f["error"] = []string{"E12", "E40", "E41"}[r.IntN(3)]
	}
	if r.Float64() < 0.5 {
		f["gps"] = map[string]any{"lat": round(48+r.Float64(), 1e5), "lon": round(11+r.Float64(), 1e5)}
	}
	return f
}

// clicksEvent is a site's: durations with a heavy tail, sessions, and campaigns
// that come and go by the day.
func clicksEvent(r *rand.Rand, i int, at time.Time) map[string]any {
	f := map[string]any{
		"time": at.Unix(), "event": []string{"view", "view", "view", "click", "buy"}[int(math.Sqrt(r.Float64()*24.9))],
		"session": fmt.Sprintf("s%d-%d", at.Unix()/1200, r.IntN(20)), "path": fmt.Sprintf("/p/%d", int(math.Exp(9*r.Float64()))),
		"duration_ms": int(40 * math.Pow(1-r.Float64(), -1/1.3)), "bot": r.Float64() < 0.05+0.03*(1-daily(at)), "build": 4100 + int(at.Unix()/86400)%1000,
		"campaign": fmt.Sprintf("c-%d", at.Unix()/86400-int64(3*r.ExpFloat64())), "screen": map[string]any{"width": []int{360, 390, 768, 1440, 1920}[r.IntN(5)]},
		"agent": fmt.Sprintf("Mozilla/5.0 (X%d) rv:%d", r.IntN(40), r.IntN(90)), "price": fmt.Sprintf("%.2f", 30*r.ExpFloat64()), "scroll": round(100*r.Float64()*r.Float64(), 1),
	}
	if i%3 == 0 {
		f["referrer"] = []string{"search", "mail", "social"}[r.IntN(3)]
	}
	return f
}

// paymentsEvent is the demo's.
func paymentsEvent(r *rand.Rand, i int, at time.Time) map[string]any {
	var f map[string]any
	line, err := json.Marshal(newPayment(r.Uint64(), uint64(i), at, false))
	if err == nil {
		err = json.Unmarshal(line, &f)
	}
	if err != nil {
		panic(err)
	}
	return f
}
