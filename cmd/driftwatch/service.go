package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
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
	started        func(address string) // called once everything has started; may be nil
	log            *slog.Logger
}

// serve runs everything a resolved configuration names until ctx ends, and then
// gives nil. What cannot start is an error: a missing topic, an unreachable
// broker, a port or a state folder that is taken.
func serve(ctx context.Context, cfg *Config, o serviceOptions) error {
	file, err := cfg.State.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	client, err := kafka.NewClient(cfg.Kafka, o.log)
	if err != nil {
		return err
	}
	defer client.Close()
	s, err := compose(cfg, file, client, o)
	if err != nil {
		return err
	}
	if err := s.start(ctx, cfg); err != nil {
		if ctx.Err() != nil {
			return nil // told to stop while starting
		}
		return err
	}
	if o.started != nil {
		o.started(s.web.Addr())
	}
	return s.run(ctx)
}

// service is one configuration composed: the engines, the receivers and the
// HTTP server around one state file.
type service struct {
	monitors []*monitor.Monitor
	notifier *notify.Notifier
	web      *web.Server
}

// compose makes everything and starts nothing.
func compose(cfg *Config, file *store.File, client *kafka.Client, o serviceOptions) (*service, error) {
	s := &service{}
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
	)
	var err error
	s.notifier, err = notify.New(receivers.all, notify.Deps{
		Outbox:  file,
		Metrics: notify.NewMetrics(registry),
		Log:     o.log,
		Stdout:  receivers.stdout,
	})
	if err != nil {
		return nil, err
	}
	s.web = web.New(cfg.HTTP, api{s.monitors, file}, registry, o.log)
	return s, nil
}

func newMonitor(cfg *Config, m monitor.Config, file *store.File, client *kafka.Client, r receivers, log *slog.Logger) (*monitor.Monitor, error) {
	d, err := cfg.deps(m, log)
	if err != nil {
		return nil, err
	}
	d.Receivers = r.names
	d.Store = file.Monitor(m.Name)
	d.Source = client.Source(m.Topic, kafka.Options{})
	d.CommitOffsets = func(ctx context.Context, next map[int32]int64) error {
		return client.CommitOffsets(ctx, cfg.Kafka.Group+"-"+m.Name, m.Topic, next)
	}
	return monitor.New(d)
}

// start takes the port last: it is what a failed start would have to give back.
func (s *service) start(ctx context.Context, cfg *Config) error {
	for _, m := range s.monitors {
		if err := m.Start(ctx); err != nil {
			return cfg.startProblem(m.Name(), err)
		}
	}
	return s.web.Listen()
}

// run ends all parts when ctx ends or one of them fails. They end in the order
// of the data: first the monitors, then who tells of what they have decided.
func (s *service) run(ctx context.Context) error {
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
	engines, running := errgroup.WithContext(ctx)
	for _, m := range s.monitors {
		engines.Go(func() error { return m.Run(running) })
	}
	err := engines.Wait()
	stopLater()
	return errors.Join(err, edges.Wait())
}

func (s *service) snapshots() []monitor.Snapshot {
	all := make([]monitor.Snapshot, len(s.monitors))
	for i, m := range s.monitors {
		all[i] = m.Snapshot()
	}
	return all
}
