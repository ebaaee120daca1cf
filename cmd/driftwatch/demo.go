package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

type demoOptions struct {
	duration time.Duration // 0: until told to stop
	rate     float64       // events/s
	listen   string
	json     bool
	slack    slackFlags
}

// The least that lets windows of four seconds say something, and a story of
// learning, clean, fault and resolved fit.
const (
	demoMinRate     = 200
	demoMinDuration = 20 * time.Second
)

func newDemoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See drift found in a stream of payments, with nothing to set up",
		Long: `Demo starts a small Kafka in memory, writes realistic payments to it, and runs
the real monitor on them: it learns what is normal, then a bad release harms
three fields, alerts fire, and they resolve when it is rolled back.

Nothing but loopback is used, unless you name a Slack, and nothing is left behind.`,
		Example: "  driftwatch demo --duration 30s\n  driftwatch demo --json | jq .id",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			log := newLog(cmd)
			if !cmd.Flags().Changed("log-level") {
				// The demo tells in its own words what info would say.
				log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn}))
			}
			return runDemo(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr(), log)
		},
	}
	flags := cmd.Flags()
	flags.DurationVar(&o.duration, "duration", 0, "end after this time, at least 20s; 30s tells the whole story (default: until Ctrl-C)")
	flags.Float64Var(&o.rate, "rate", 2000, "payments a second, at least 200")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "the address of the HTTP server; port 0 takes any free one")
	flags.BoolVar(&o.json, "json", false, "print every alert transition on stdout as one JSON object a line; the story goes to stderr")
	flags.StringVar(&o.slack.webhookFile, "slack-webhook-file", "", "a file with the URL of a Slack incoming webhook to send to")
	flags.StringVar(&o.slack.tokenFile, "slack-token-file", "", "a file with a Slack bot token to send with")
	flags.StringVar(&o.slack.channel, "slack-channel", "", "the channel that the bot posts to")
	return cmd
}

func (o demoOptions) validate() error {
	if o.duration != 0 && o.duration < demoMinDuration {
		return fmt.Errorf("--duration %v is too short for the story; give at least %v, or leave it out to go on until Ctrl-C", o.duration, demoMinDuration)
	}
	if !(o.rate >= demoMinRate && o.rate <= 1e6) {
		return fmt.Errorf("--rate %v cannot be used; give at least %d, so that a window of seconds can say something, and at most a million", o.rate, demoMinRate)
	}
	return nil
}

// runDemo plays the demo until its duration is over or ctx ends.
func runDemo(ctx context.Context, o demoOptions, stdout, stderr io.Writer, log *slog.Logger) error {
	dir, err := os.MkdirTemp("", "driftwatch-demo-")
	if err != nil {
		return fmt.Errorf("cannot make a folder for the demo's state: %w", err)
	}
	defer os.RemoveAll(dir)
	cluster, err := newDemoKafka()
	if err != nil {
		return err
	}
	defer cluster.Close()
	cfg, err := loadDemoConfig(dir, cluster.ListenAddrs()[0], o)
	if err != nil {
		return err
	}

	out := &lockedWriter{w: stdout}
	narrator := io.Writer(out)
	if o.json {
		narrator = stderr
	}
	payments := &load{
		brokers: cluster.ListenAddrs(), topic: demoTopic, partitions: demoPartitions,
		seed: 1, rate: o.rate, start: time.Now(), duration: o.duration, faults: newFaultTimes(o.duration),
	}
	s := &story{out: narrator, load: payments, showsSlack: !o.json && o.slack == slackFlags{}}

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	started := make(chan string, 1)
	g.Go(func() error {
		return serve(ctx, cfg, serviceOptions{
			json: o.json, stdout: out, stderr: stderr, log: log,
			started: func(address string) { started <- address },
		})
	})
	g.Go(func() error { return keepShort(ctx, cluster) })
	g.Go(func() error { return payments.run(ctx) })
	g.Go(func() error {
		defer stop() // the story is told
		select {
		case address := <-started:
			return s.tell(ctx, address)
		case <-ctx.Done():
			return nil
		}
	})
	if err := g.Wait(); err != nil {
		return err
	}
	s.sumUp()
	return nil
}
