package notify

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The outcomes of sending a notification.
const (
	delivered = "delivered"
	retried   = "retried"
	rejected  = "refused"
)

// Metrics are what delivery shows of itself.
type Metrics struct {
	notifications *prometheus.CounterVec
	pending       *prometheus.GaugeVec
	oldest        *prometheus.GaugeVec
}

// NewMetrics registers them, once with a registerer. A reload of the configuration
// makes new ones with a new registry: they begin at 0, as after a restart. With
// nil they are counted and shown nowhere.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		notifications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "driftwatch_notifications_total",
			Help: "Attempts to deliver an alert or incident, by outcome: delivered, retried (failed, may pass), refused (failed until somebody repairs it).",
		}, []string{"receiver", "outcome"}),
		pending: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "driftwatch_outbox_pending",
			Help: "Incidents, or transitions (at most some hundreds are counted), that wait for delivery.",
		}, []string{"receiver"}),
		oldest: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "driftwatch_outbox_oldest_seconds",
			Help: "Seconds since the end of the window that decided the oldest of what waits for delivery; 0 where nothing waits.",
		}, []string{"receiver"}),
	}
	if r != nil {
		r.MustRegister(m.notifications, m.pending, m.oldest)
	}
	return m
}

// add makes a receiver's series exist before anything happens.
func (m *Metrics) add(receiver string) {
	for _, outcome := range []string{delivered, retried, rejected} {
		m.notifications.WithLabelValues(receiver, outcome)
	}
	m.waiting(receiver, 0, 0)
}

// remove takes away what is no longer kept up to date.
func (m *Metrics) remove(receiver string) {
	m.pending.DeleteLabelValues(receiver)
	m.oldest.DeleteLabelValues(receiver)
}

func (m *Metrics) count(receiver, outcome string) {
	m.notifications.WithLabelValues(receiver, outcome).Inc()
}

func (m *Metrics) waiting(receiver string, n int, oldest time.Duration) {
	if n == 0 {
		oldest = 0
	}
	m.pending.WithLabelValues(receiver).Set(float64(n))
	m.oldest.WithLabelValues(receiver).Set(max(0, oldest).Seconds())
}
