package monitor

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"driftwatch/rules"
	"driftwatch/stats"
)

// collector makes every metric anew from the snapshots at each scrape: a
// segment or feature that is gone leaves nothing stale behind.
type collector struct {
	snapshots func() []Snapshot
	now       func() time.Time

	records, late, recreated, windows       *prometheus.Desc
	lag, partitionWatermark                 *prometheus.Desc
	watermark, checkpointAge, pooled, ready *prometheus.Desc
	alerts, windowRows                      *prometheus.Desc
}

// NewCollector shows the state of all monitors as Prometheus metrics: counters
// of records, lag and watermark of each partition, alerts by state, and one
// metric for each statistic that was computed, driftwatch_feature_NAME with the
// labels monitor, segment ("" overall) and feature, of the latest closed
// window; statistics of the rows themselves are driftwatch_window_NAME. A
// statistic that is undefined is not there. now is the wall clock.
func NewCollector(snapshots func() []Snapshot, now func() time.Time) prometheus.Collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("driftwatch_"+name, help, append([]string{"monitor"}, labels...), nil)
	}
	return &collector{
		snapshots: snapshots,
		now:       now,
		records: desc("records_total",
			"Records by what became of them: counted, skipped, lost or rejected_REASON. Together they are all offsets decided.", "outcome"),
		late:      desc("late_records_total", "Records that came after their pane had closed; they are in the counted ones too."),
		recreated: desc("topic_recreated_total", "How often the topic was found made anew."),
		windows:   desc("windows_closed_total", "Windows closed."),
		lag:       desc("partition_lag", "Records between the next one to count and the last stable offset.", "partition"),
		partitionWatermark: desc("partition_watermark_seconds",
			"Highest event time counted in the partition, in seconds since the Unix epoch.", "partition"),
		watermark: desc("watermark_seconds",
			"Event time up to which windows are closed once they end, in seconds since the Unix epoch."),
		checkpointAge: desc("checkpoint_age_seconds", "Seconds since the last commit to the state file."),
		pooled:        desc("pooled_rows", "Rows of the latest window in segments that are counted together as (other)."),
		ready:         desc("ready", "1 if the monitor reads and counts, 0 if /readyz says why not."),
		alerts:        desc("alerts", "Alerts that are pending or firing.", "state"),
		windowRows:    desc("window_rows", "Records in the latest closed window.", "segment"),
	}
}

// Describe describes nothing: which statistics there are is known at a scrape.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends the metrics of all snapshots.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	e := emitter{out: out, statistics: map[string]*prometheus.Desc{}}
	for _, s := range c.snapshots() {
		c.counters(e, s)
		c.positions(e, s)
		c.states(e, s)
		c.series(e, s)
	}
}

func (c *collector) counters(e emitter, s Snapshot) {
	totals := s.Progress.Totals
	e.counter(c.records, totals.Rows, s.Monitor, "counted")
	e.counter(c.records, totals.Skipped, s.Monitor, "skipped")
	e.counter(c.records, totals.Lost, s.Monitor, "lost")
	for reason, n := range totals.Rejected {
		e.counter(c.records, n, s.Monitor, "rejected_"+reason)
	}
	e.counter(c.late, totals.Late, s.Monitor)
	e.counter(c.recreated, s.Progress.Recreated, s.Monitor)
	e.counter(c.windows, s.Progress.Windows, s.Monitor)
}

func (c *collector) positions(e emitter, s Snapshot) {
	for _, p := range s.Progress.Partitions {
		partition := strconv.Itoa(int(p.Partition))
		e.gauge(c.lag, float64(max(0, p.End-p.Next)), s.Monitor, partition)
		if p.Max != NoTime {
			e.gauge(c.partitionWatermark, seconds(p.Max), s.Monitor, partition)
		}
	}
	if s.Progress.Watermark != NoTime {
		e.gauge(c.watermark, seconds(s.Progress.Watermark), s.Monitor)
	}
	if !s.Committed.IsZero() {
		e.gauge(c.checkpointAge, c.now().Sub(s.Committed).Seconds(), s.Monitor)
	}
}

func (c *collector) states(e emitter, s Snapshot) {
	for _, state := range []rules.State{rules.Pending, rules.Firing} {
		e.gauge(c.alerts, float64(s.Alerts[string(state)]), s.Monitor, string(state))
	}
	e.gauge(c.pooled, float64(s.Pooled), s.Monitor)
	ready := 0.0
	if s.NotReady == "" {
		ready = 1
	}
	e.gauge(c.ready, ready, s.Monitor)
}

func (c *collector) series(e emitter, s Snapshot) {
	for _, series := range s.Series {
		if series.Feature == "" {
			e.gauge(c.windowRows, float64(series.Rows), s.Monitor, series.Segment)
		}
		for _, name := range slices.Sorted(maps.Keys(series.Stats)) {
			switch {
			case series.Feature != "":
				e.gauge(e.statistic("feature", name, "feature"), series.Stats[name], s.Monitor, series.Segment, series.Feature)
			case name != "rows": // window_rows has it
				e.gauge(e.statistic("window", name), series.Stats[name], s.Monitor, series.Segment)
			}
		}
	}
}

// emitter sends metrics with clean labels. One is made for each scrape.
type emitter struct {
	out        chan<- prometheus.Metric
	statistics map[string]*prometheus.Desc // by metric name
}

// statistic is the description of a statistic's metric, from the statistic's own.
func (e emitter) statistic(scope, name string, labels ...string) *prometheus.Desc {
	full := "driftwatch_" + scope + "_" + name
	if d := e.statistics[full]; d != nil {
		return d
	}
	help := "The statistic " + name + " of the latest closed window."
	if s, ok := stats.Lookup(name); ok {
		help = fmt.Sprintf("%s (unit: %s)", s.Doc, s.Unit)
	}
	d := prometheus.NewDesc(full, help, append([]string{"monitor", "segment"}, labels...), nil)
	e.statistics[full] = d
	return d
}

func (e emitter) counter(d *prometheus.Desc, n uint64, labels ...string) {
	e.send(d, prometheus.CounterValue, float64(n), labels)
}

func (e emitter) gauge(d *prometheus.Desc, x float64, labels ...string) {
	e.send(d, prometheus.GaugeValue, x, labels)
}

func (e emitter) send(d *prometheus.Desc, kind prometheus.ValueType, x float64, labels []string) {
	for i := range labels {
		labels[i] = cleanLabel(labels[i])
	}
	m, err := prometheus.NewConstMetric(d, kind, x, labels...)
	if err != nil {
		m = prometheus.NewInvalidMetric(d, err)
	}
	e.out <- m
}

// cleanLabel writes bytes that are no valid UTF-8 as %XX: client_golang refuses
// them, and names that differ stay different.
func cleanLabel(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, "%%%02X", s[0])
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

func seconds(ms int64) float64 { return float64(ms) / 1000 }
