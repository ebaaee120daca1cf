package notify_test

import (
	"testing"

	"driftwatch/monitor"
)

// A statistic is told in its unit, and the rows behind it come last.
func TestStatisticsAreToldInTheirUnits(t *testing.T) {
	for _, c := range []struct {
		stats map[string]monitor.Float
		want  string
	}{
		{map[string]monitor.Float{"rows": 5096, "type_error_rate": 1}, "type error rate 100 %, 5,096 rows"},
		{map[string]monitor.Float{"record_rate": 10}, "10 rows/s"},
		{map[string]monitor.Float{"record_rate": 12345.6}, "12,346 rows/s"},
		{map[string]monitor.Float{"record_rate": 2.5}, "2.5 rows/s"},
		{map[string]monitor.Float{"record_rate": 0.03}, "0.03 rows/s"},
		{map[string]monitor.Float{"rate_ratio": 0.5}, "rate ratio 0.50"},
		{map[string]monitor.Float{"schema_added": 1}, "schema added 1"},
		{map[string]monitor.Float{"lost": 30_000}, "lost 30,000"},
		{map[string]monitor.Float{"distinct": 1203.4}, "distinct 1,203"},
		{map[string]monitor.Float{"lost_categories": 2}, "lost categories 2"},
		{map[string]monitor.Float{"blind": 3}, "blind 3"},
		{map[string]monitor.Float{"freshness": 95.2}, "freshness 1m35s"},
		{map[string]monitor.Float{"check_rate.in_order": 0.19}, "check in_order fails in 19 % of the records"},
		{map[string]monitor.Float{"tvd": 0.4, "ks": 0.31}, "KS 0.31, tvd 40 %"},
		{map[string]monitor.Float{"mean": 17.5}, "mean 17.50"},
	} {
		a := other("r", "amount", "x > 0", 0)
		a.Stats, a.Summary = c.stats, ""
		if got, want := told(t, incident(nil, a), 1), "amount: "+c.want; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
