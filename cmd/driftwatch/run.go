package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"driftwatch/monitor/store"
)

func newRunCommand() *cobra.Command {
	var file, listen string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "run --config FILE",
		Short: "Watch the configured topics until told to stop",
		Long: `Run reads the configured topics, counts every record once, and sends alerts.

SIGINT and SIGTERM end it; what was committed is where it goes on. SIGHUP reads
the configuration again: a wrong one is reported and the former one kept.`,
		Example: "  driftwatch run --config driftwatch.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			load := func() (*Config, error) {
				cfg, err := loadService(file)
				if err == nil && listen != "" {
					cfg.HTTP.Listen = listen
				}
				return cfg, err
			}
			o := serviceOptions{json: asJSON, stdout: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr(), log: newLog(cmd)}
			return runReloading(cmd.Context(), load, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "config", "", "the configuration file")
	flags.StringVar(&listen, "listen", "", "the address of the HTTP server, instead of the configured one")
	flags.BoolVar(&asJSON, "json", false, "print every transition on stdout as one JSON object a line")
	_ = cmd.MarkFlagRequired("config") // fails only for a flag that is not there
	return cmd
}

// runReloading serves a configuration until ctx ends. On SIGHUP another one
// takes its place, at a commit: what is known stands in the state file, so
// nothing is lost or counted twice. The former one runs until the new one has
// been found to start, and again if it then does not.
func runReloading(ctx context.Context, load func() (*Config, error), o serviceOptions) error {
	cfg, err := load()
	if err != nil {
		return err
	}
	r := &reloader{load: load, signal: make(chan os.Signal, 1)}
	o.waiting = r.waiting
	r.o = o
	g, err := newGeneration(cfg, nil, o)
	if err != nil {
		return err
	}
	signal.Notify(r.signal, syscall.SIGHUP)
	defer signal.Stop(r.signal)
	var former *Config // has been started once
	for {
		next, err := r.run(ctx, g)
		if g.started {
			former = g.cfg
		}
		if next == nil && !g.started && former != nil && ctx.Err() == nil {
			if next, err = r.fallBack(ctx, g, former, err); err != nil {
				return err
			}
		}
		if next == nil || next.file != g.file {
			err = errors.Join(err, g.file.Close())
		}
		if next == nil {
			return err
		}
		g = next
	}
}

// generation is one configuration of the process and what serves it.
type generation struct {
	*service
	started bool
}

// newGeneration composes a service on the state file of the former one, if it
// is the same.
func newGeneration(cfg *Config, former *generation, o serviceOptions) (*generation, error) {
	var file *store.File
	if former != nil && former.cfg.State.Dir == cfg.State.Dir {
		file = former.file
		file.Bound(int64(cfg.State.MaxBytes))
	} else {
		var err error
		if file, err = cfg.State.Open(); err != nil {
			return nil, cfg.at("state.dir", err)
		}
	}
	g := &generation{}
	o.again = former != nil
	o.started = func(address string) {
		o.log.Info("watching", "monitors", len(cfg.Monitors), "rules", len(cfg.Rules), "listen", address)
		g.started = true
	}
	var err error
	g.service, err = compose(cfg, file, o)
	if err != nil && (former == nil || file != former.file) {
		err = errors.Join(err, file.Close())
	}
	return g, err
}

// reloader finds the next generation.
type reloader struct {
	load   func() (*Config, error)
	signal chan os.Signal
	o      serviceOptions
	why    atomic.Pointer[string] // why a configuration waits; nil where none does
}

// waiting is why a new configuration does not run yet, for /readyz; nil where
// none waits.
func (r *reloader) waiting() error {
	if why := r.why.Load(); why != nil {
		return fmt.Errorf("a new configuration waits for the broker: %s", *why)
	}
	return nil
}

// run serves a generation until the next one can take its place, ctx ends or it
// fails.
func (r *reloader) run(ctx context.Context, g *generation) (next *generation, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- g.service.run(ctx)
		stop()
	}()
	next = r.await(ctx, g)
	stop()
	return next, <-ended
}

// await waits for a signal that finds a configuration that starts; nil when ctx
// ends first.
func (r *reloader) await(ctx context.Context, g *generation) *generation {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.signal:
		}
		cfg, err := r.load()
		if err == nil {
			var next *generation
			if next, err = r.try(ctx, cfg, g); next != nil {
				return next
			}
		}
		if err != nil && ctx.Err() == nil {
			r.o.log.Error("the new configuration cannot be used; the former one is kept", "err", err)
		}
	}
}

// try starts a new generation beside the present one. That no broker can be
// reached says nothing about the configuration: it is tried until one can, or
// until there is another signal, which is left for await.
func (r *reloader) try(ctx context.Context, cfg *Config, present *generation) (next *generation, err error) {
	if next, err = newGeneration(cfg, present, r.o); err != nil {
		return nil, err
	}
	defer r.why.Store(nil)
	const longest = 5 * time.Second // a broker that is back is not to be waited for
	for pause := firstPause; ; pause = min(2*pause, longest) {
		err := next.start(ctx)
		if err == nil && cfg.HTTP.Listen != present.cfg.HTTP.Listen { // the same one is free when the present one has ended
			err = next.listen()
		}
		if err == nil {
			r.o.log.Info("the configuration has been read again")
			return next, nil
		}
		var unreachable unreachableError
		if errors.As(err, &unreachable) && ctx.Err() == nil {
			why := err.Error()
			r.why.Store(&why)
			r.o.log.Warn("the new configuration waits for a broker to answer; the former one goes on until then", "err", err, "again_in", pause)
			if r.pause(ctx, pause) {
				continue
			}
			err = nil
		}
		next.client.Close()
		if next.file != present.file {
			err = errors.Join(err, next.file.Close())
		}
		return nil, err
	}
}

// pause waits; false where ctx ends or another signal comes first.
func (r *reloader) pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case s := <-r.signal:
		r.signal <- s
	case <-ctx.Done():
	}
	return false
}

// fallBack returns to the configuration that was started before one that could
// not be after all, such as for a port that is taken.
func (r *reloader) fallBack(ctx context.Context, g *generation, former *Config, why error) (*generation, error) {
	r.o.log.Error("the configuration cannot be started; going on with the former one", "err", why)
	if g.cfg == former {
		r.pause(ctx, time.Second)
	}
	return newGeneration(former, g, r.o)
}
