package monitor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"driftwatch/monitor"
	"driftwatch/stats"
)

func metricsOf(snapshots ...monitor.Snapshot) prometheus.Collector {
	now := func() time.Time { return time.Unix(1_000_010, 500e6) }
	return monitor.NewCollector(func() []monitor.Snapshot { return snapshots }, now)
}

func paymentsSnapshot() monitor.Snapshot {
	return monitor.Snapshot{
		Monitor: "payments",
		Progress: monitor.Progress{
			Partitions: []monitor.PartitionProgress{
				{Partition: 0, Next: 90, End: 100, Max: 1_000_000_250},
				{Partition: 1, Next: 7, End: 0, Max: monitor.NoTime},
			},
			Watermark: 999_970_250,
			Totals: monitor.Totals{
				Rows: 80, Late: 5, Skipped: 3, Lost: 2, Rejected: map[string]uint64{"malformed": 11, "future": 1},
			},
			Windows: 4, Recreated: 1,
		},
		Committed: time.Unix(1_000_010, 0),
		Alerts:    map[string]int{"firing": 2},
		Pooled:    12,
		Series: []monitor.SeriesStats{
			{Rows: 70, Stats: map[string]float64{"rows": 70, "record_rate": 0.5}},
			{Segment: "country=DE", Rows: 30},
			{Feature: "amount", Stats: map[string]float64{"psi": 0.25, "p50": 12}},
			{Segment: "country=DE", Feature: "amount", Stats: map[string]float64{"psi": 0.5}},
		},
	}
}

const paymentsMetrics = `
# HELP driftwatch_alerts Alerts that are pending or firing.
# TYPE driftwatch_alerts gauge
driftwatch_alerts{monitor="payments",state="firing"} 2
driftwatch_alerts{monitor="payments",state="pending"} 0
# HELP driftwatch_checkpoint_age_seconds Seconds since the last commit to the state file.
# TYPE driftwatch_checkpoint_age_seconds gauge
driftwatch_checkpoint_age_seconds{monitor="payments"} 0.5
# HELP driftwatch_feature_p50 median (unit: value)
# TYPE driftwatch_feature_p50 gauge
driftwatch_feature_p50{feature="amount",monitor="payments",segment=""} 12
# HELP driftwatch_feature_psi population stability index, the sum over bins of (p-q) ln(p/q), with 1/2 added to every count (unit: nats)
# TYPE driftwatch_feature_psi gauge
driftwatch_feature_psi{feature="amount",monitor="payments",segment=""} 0.25
driftwatch_feature_psi{feature="amount",monitor="payments",segment="country=DE"} 0.5
# HELP driftwatch_late_records_total Records that came after their pane had closed; they are in the counted ones too.
# TYPE driftwatch_late_records_total counter
driftwatch_late_records_total{monitor="payments"} 5
# HELP driftwatch_partition_lag Records between the next one to count and the last stable offset.
# TYPE driftwatch_partition_lag gauge
driftwatch_partition_lag{monitor="payments",partition="0"} 10
driftwatch_partition_lag{monitor="payments",partition="1"} 0
# HELP driftwatch_partition_watermark_seconds Highest event time counted in the partition, in seconds since the Unix epoch.
# TYPE driftwatch_partition_watermark_seconds gauge
driftwatch_partition_watermark_seconds{monitor="payments",partition="0"} 1.00000025e+06
# HELP driftwatch_ready 1 if the monitor reads and counts, 0 if /readyz says why not.
# TYPE driftwatch_ready gauge
driftwatch_ready{monitor="payments"} 1
# HELP driftwatch_records_total Records by what became of them: counted, skipped, lost or rejected_REASON. Together they are all offsets decided.
# TYPE driftwatch_records_total counter
driftwatch_records_total{monitor="payments",outcome="counted"} 80
driftwatch_records_total{monitor="payments",outcome="lost"} 2
driftwatch_records_total{monitor="payments",outcome="rejected_future"} 1
driftwatch_records_total{monitor="payments",outcome="rejected_malformed"} 11
driftwatch_records_total{monitor="payments",outcome="skipped"} 3
# HELP driftwatch_pooled_rows Rows of the latest window in segments that are counted together as (other).
# TYPE driftwatch_pooled_rows gauge
driftwatch_pooled_rows{monitor="payments"} 12
# HELP driftwatch_topic_recreated_total How often the topic was found made anew.
# TYPE driftwatch_topic_recreated_total counter
driftwatch_topic_recreated_total{monitor="payments"} 1
# HELP driftwatch_watermark_seconds Event time up to which windows are closed once they end, in seconds since the Unix epoch.
# TYPE driftwatch_watermark_seconds gauge
driftwatch_watermark_seconds{monitor="payments"} 999970.25
# HELP driftwatch_window_record_rate rows / length of the window in seconds (unit: 1/s)
# TYPE driftwatch_window_record_rate gauge
driftwatch_window_record_rate{monitor="payments",segment=""} 0.5
# HELP driftwatch_window_rows Records in the latest closed window.
# TYPE driftwatch_window_rows gauge
driftwatch_window_rows{monitor="payments",segment=""} 70
driftwatch_window_rows{monitor="payments",segment="country=DE"} 30
# HELP driftwatch_windows_closed_total Windows closed.
# TYPE driftwatch_windows_closed_total counter
driftwatch_windows_closed_total{monitor="payments"} 4
`

func TestMetrics(t *testing.T) {
	if err := testutil.CollectAndCompare(metricsOf(paymentsSnapshot()), strings.NewReader(paymentsMetrics)); err != nil {
		t.Error(err)
	}
}

// A monitor that has only begun shows no time, age or watermark that it does
// not have, and two monitors do not get in each other's way.
func TestMetricsOfABeginning(t *testing.T) {
	young := monitor.Snapshot{Monitor: "young", NotReady: "it is learning", Progress: monitor.Progress{Watermark: monitor.NoTime}}
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(metricsOf(paymentsSnapshot(), young)); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if labels := m.GetLabel(); labels[0].GetValue() == "young" {
				got[f.GetName()] += m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	want := []string{
		"alerts", "late_records_total", "ready", "records_total", "pooled_rows", "topic_recreated_total", "windows_closed_total",
	}
	for _, name := range want {
		if x, ok := got["driftwatch_"+name]; !ok || x != 0 {
			t.Errorf("%s: %v, there: %v, want 0", name, x, ok)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Labels come from the data: whatever they hold, a scrape works, and names that
// differ stay apart.
func TestMetricsOfStrangeNames(t *testing.T) {
	s := monitor.Snapshot{Monitor: "pay\xffments", Progress: monitor.Progress{Watermark: monitor.NoTime}}
	for _, name := range []string{"a\xff", "a\xfe", "\n\"\\", "é", "\ufffd", ""} {
		s.Series = append(s.Series, monitor.SeriesStats{Segment: name, Feature: "f", Stats: map[string]float64{"psi": 1}})
	}
	want := `
# HELP driftwatch_feature_psi population stability index, the sum over bins of (p-q) ln(p/q), with 1/2 added to every count (unit: nats)
# TYPE driftwatch_feature_psi gauge
driftwatch_feature_psi{feature="f",monitor="pay%FFments",segment=""} 1
driftwatch_feature_psi{feature="f",monitor="pay%FFments",segment="\n\"\\"} 1
driftwatch_feature_psi{feature="f",monitor="pay%FFments",segment="a%FE"} 1
driftwatch_feature_psi{feature="f",monitor="pay%FFments",segment="a%FF"} 1
driftwatch_feature_psi{feature="f",monitor="pay%FFments",segment="é"} 1
driftwatch_feature_psi{feature="f",monitor="pay%FFments",segment="` + "\ufffd" + `"} 1
`
	if err := testutil.CollectAndCompare(metricsOf(s), strings.NewReader(want), "driftwatch_feature_psi"); err != nil {
		t.Error(err)
	}
}

// Every statistic there is makes a metric that Prometheus' own linter accepts.
func TestMetricsLint(t *testing.T) {
	s := paymentsSnapshot()
	every := monitor.SeriesStats{Feature: "every", Stats: map[string]float64{}}
	for _, st := range stats.Statistics() {
		every.Stats[st.Name] = 1
	}
	s.Series = append(s.Series, every)
	problems, err := testutil.CollectAndLint(metricsOf(s))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	if n := testutil.CollectAndCount(metricsOf(s)); n < len(every.Stats) {
		t.Errorf("%d metrics, of %d statistics", n, len(every.Stats))
	}
}
