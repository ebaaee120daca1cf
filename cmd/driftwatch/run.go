package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
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
				cfg, err := loadRunnable(file)
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

// errReload ends a run whose configuration has been replaced.
var errReload = errors.New("the configuration is replaced")

// runReloading serves a configuration until ctx ends. A new one takes effect by
// ending the service at a commit and starting it anew: what it knows stands in
// the state file, so nothing is lost or counted twice. One that reads well but
// cannot start makes way for the former one.
func runReloading(ctx context.Context, load func() (*Config, error), o serviceOptions) error {
	current, err := load()
	if err != nil {
		return err
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)

	var proven *Config // has been started once
	pause := time.Second
	for {
		var next *Config
		started := false
		o.started = func(address string) {
			o.log.Info("watching", "monitors", len(current.Monitors), "rules", len(current.Rules), "listen", address)
			started, proven, pause = true, current, time.Second
		}
		g, running := errgroup.WithContext(ctx)
		g.Go(func() error { return serve(running, current, o) })
		g.Go(func() error {
			if next = awaitReload(running, reload, load, o.log); next != nil {
				return errReload
			}
			return nil
		})
		err := g.Wait()
		switch {
		case errors.Is(err, errReload):
			current = next
		case err == nil || started || proven == nil || ctx.Err() != nil:
			return err
		case current != proven:
			o.log.Error("the new configuration cannot be started; going on with the former one", "err", err)
			current = proven
		default: // it has run before: the broker may be down just now
			o.log.Error("the configuration cannot be started now; trying again", "in", pause, "err", err)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pause):
			}
			pause = min(2*pause, 30*time.Second)
		}
	}
}

// awaitReload waits for a signal that finds a good configuration; nil when ctx
// ends first.
func awaitReload(ctx context.Context, reload <-chan os.Signal, load func() (*Config, error), log *slog.Logger) *Config {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-reload:
			cfg, err := load()
			if err == nil {
				log.Info("the configuration has been read again")
				return cfg
			}
			log.Error("the new configuration is wrong; the former one is kept", "err", err)
		}
	}
}
