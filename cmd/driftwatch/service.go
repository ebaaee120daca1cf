package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"driftwatch/monitor"
	"driftwatch/monitor/kafka"
	"driftwatch/monitor/notify"
	"driftwatch/monitor/store"
	"driftwatch/monitor/web"
)

// serviceOptions are what the command line adds to a configuration.
type serviceOptions struct {
	json           bool // every transition on stdout as one JSON object a line, and nothing else there
	stdout, stderr io.Writer
	started        func(address string) // called once the HTTP server answers and the monitors are on their way; may be nil
	again          bool                 // the process has served before: what cannot start now is tried again
	waiting        func() error         // why the configuration that is wanted does not run yet; may be nil
	log            *slog.Logger
}

// serve runs everything a resolved configuration names until ctx ends, and then
// gives nil. What cannot start is an error: a port or a state folder that is
// taken and, unless the process has served before, a missing topic, an
// unreachable broker or a reference that cannot be built.
func serve(ctx context.Context, cfg *Config, o serviceOptions) error {
	file, err := cfg.State.Open()
	if err != nil {
		return cfg.at("state.dir", err)
	}
	defer file.Close()
	s, err := compose(cfg, file, o)
	if err != nil {
		return err
	}
	return s.run(ctx)
}

// service is one configuration composed: the engines, the receivers and the
// HTTP server around one state file.
type service struct {
	cfg      *Config
	file     *store.File
	client   *kafka.Client
	monitors []*monitor.Monitor
	notifier *notify.Notifier
	web      *web.Server
	started  func(address string)
	again    bool
	log      *slog.Logger
}

// compose makes everything and starts nothing.
func compose(cfg *Config, file *store.File, o serviceOptions) (*service, error) {
	client, err := kafka.NewClient(cfg.Kafka, o.log)
	if err != nil {
		return nil, err
	}
	s := &service{cfg: cfg, file: file, client: client, started: o.started, again: o.again, log: o.log}
	receivers := cfg.receivers(o)
	for _, m := range cfg.Monitors {
		engine, err := newMonitor(cfg, m, file, client, receivers, o.log)
		if err != nil {
			return nil, err
		}
		s.monitors = append(s.monitors, engine)
	}

	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		monitor.NewCollector(s.snapshots, time.Now),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "driftwatch_panes_expired_total",
			Help: "Panes of a segment that went before their retention, to keep within state.max_bytes.",
		}, func() float64 { return float64(file.Expired()) }),
	)
	s.notifier, err = notify.New(receivers.all, notify.Deps{
		Outbox:   file,
		Controls: file,
		Metrics:  notify.NewMetrics(registry),
		Log:      o.log,
		Stdout:   receivers.stdout,
	})
	if err != nil {
		return nil, err
	}
	s.web = web.New(cfg.HTTP, api{s.monitors, file, o.waiting}, registry, o.log)
	return s, nil
}

func newMonitor(cfg *Config, m monitor.Config, file *store.File, client *kafka.Client, r receivers, log *slog.Logger) (*monitor.Monitor, error) {
	d, err := cfg.deps(m, log)
	if err != nil {
		return nil, err
	}
	collectSooner(d)
	d.Receivers = r.names
	d.Store = file.Monitor(m.Name)
	d.Controls = file.Controls
	d.Source = client.Source(m.Topic, kafka.Options{})
	d.CommitOffsets = func(ctx context.Context, next map[int32]int64) error {
		return client.CommitOffsets(ctx, cfg.Kafka.Group+"-"+m.Name, m.Topic, next)
	}
	return monitor.New(d)
}

// start starts every monitor. It writes nothing, so it can also be tried beside
// a service that runs on the same state.
func (s *service) start(ctx context.Context) error {
	for _, m := range s.monitors {
		if err := m.Start(ctx); err != nil {
			return s.cfg.startProblem(m.Name(), err)
		}
	}
	return nil
}

// retire ends the alerts of the monitors that the configuration no longer has.
func (s *service) retire(names func(severity string, override []string) []string) error {
	former, err := s.file.Monitors()
	if err != nil {
		return err
	}
	for _, name := range former {
		if slices.Contains(s.cfg.monitorNames(), name) {
			continue
		}
		d := monitor.Deps{Store: s.file.Monitor(name), Receivers: names, Log: s.log, Now: time.Now}
		d.Config.Name = name
		if err := monitor.Retire(d); err != nil {
			return err
		}
	}
	return nil
}

// run starts everything and ends it when ctx ends or one part fails. The HTTP
// server and the receivers come first, since building a reference from a topic
// can take minutes and whoever asks for the health must be answered; and they
// end last, in the order of the data.
func (s *service) run(ctx context.Context) error {
	defer s.client.Close()
	if err := s.listen(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	later, stopLater := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLater()
	edges, serving := errgroup.WithContext(later)
	for _, run := range []func(context.Context) error{s.notifier.Run, s.web.Run} {
		edges.Go(func() error {
			err := run(serving)
			if err != nil { // without receivers there is nothing to do, and that is no reason to end
				stop()
			}
			return err
		})
	}
	err := s.watch(ctx)
	stopLater()
	return errors.Join(err, edges.Wait())
}

// listen takes the port, if it has not been taken yet.
func (s *service) listen() error {
	if s.web.Addr() != "" {
		return nil
	}
	if err := s.web.Listen(); err != nil {
		return s.cfg.at("http.listen", err)
	}
	return nil
}

// watch runs the monitors. Each starts in its own time, since to build a
// reference from a long range of the topic takes minutes, and the others count
// meanwhile.
func (s *service) watch(ctx context.Context) error {
	if !s.again { // else all of them have been started beside the former service
		if err := s.findTopics(ctx); err != nil {
			if ctx.Err() != nil {
				return nil // told to stop while starting
			}
			return err
		}
	}
	if err := s.retire(s.cfg.Routes.For); err != nil {
		return err
	}
	if s.started != nil {
		s.started(s.web.Addr())
	}
	engines, running := errgroup.WithContext(ctx)
	for _, m := range s.monitors {
		engines.Go(func() error {
			if err := s.startOne(running, m); err != nil || running.Err() != nil {
				return err
			}
			return m.Run(running)
		})
	}
	return engines.Wait()
}

// findTopics asks the broker for the topic of every monitor, which is quick. The
// error is problems: all topics that are not there, or why they cannot be asked
// for.
func (s *service) findTopics(ctx context.Context) error {
	var missing problems
	for _, m := range s.cfg.Monitors {
		err := s.client.Check(ctx, m.Topic)
		if err == nil {
			continue
		}
		err = s.cfg.startProblem(m.Name, err)
		var wrong problems
		if away := (unreachableError{}); errors.As(err, &away) || !errors.As(err, &wrong) {
			return err // the next one would say the same
		}
		missing = append(missing, wrong...)
	}
	if len(missing) > 0 {
		return missing
	}
	return nil
}

// A monitor that cannot start is tried again after firstPause, then ever longer
// up to longPause: a broker that is back is found soon. Where it is not the
// broker, the pause is also ten times as long as the try took, so that a
// reference that cannot be built does not read the topic all day.
const (
	firstPause = time.Second
	longPause  = 30 * time.Second
)

// startOne starts a monitor, as often as it takes; nil also when ctx ends. An
// unreachable broker is no error: it was there a moment ago. Anything else is
// one when the process starts, and its user looks on.
func (s *service) startOne(ctx context.Context, m *monitor.Monitor) error {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		began := time.Now()
		err := m.Start(ctx)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		rest := pause
		if away := (kafka.UnreachableError{}); !errors.As(err, &away) {
			if !s.again {
				return s.cfg.startProblem(m.Name(), err)
			}
			rest = max(rest, 10*time.Since(began)).Round(time.Second)
		}
		s.log.Warn("a monitor cannot start; trying again", "monitor", m.Name(), "again_in", rest, "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(rest):
		}
	}
}

func (s *service) snapshots() []monitor.Snapshot {
	all := make([]monitor.Snapshot, len(s.monitors))
	for i, m := range s.monitors {
		all[i] = m.Snapshot()
	}
	return all
}
