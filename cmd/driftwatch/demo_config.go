package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// demoConfig is the demo's configuration: what a user would write, but for
// windows of seconds instead of minutes. %s are, in turn, the broker, the
// state's folder, the HTTP address and the receivers.
const demoConfig = `
kafka: {brokers: [%q]}
state: {dir: %q, retention: 1h}
http: {listen: %q}
receivers: [%s]
monitors:
  - name: payments
    topic: payments
    format: json
    timestamp: event_time
    key: id
    window: {size: 4s, every: 1s, lateness: 500ms}
    reference: {learn: 6s}
    labels: {owner: payments-ml, used_by: fraud-model-7}
rules:
  - name: drift
    monitor: payments
    features: ["*"]
    when: psi_lo > 0.1
    # Windows of seconds hold few rows; psi_lo knows how much they can say.
    min_samples: 200
    min_reference_samples: 300
    severity: warn
    summary: '{{ .Feature }} drifted: PSI {{ printf "%%.2f" .Stats.psi }}, at least {{ printf "%%.2f" .Stats.psi_lo }}'
  - name: missing
    monitor: payments
    features: ["*"]
    when: missing_rate > 0.1 && rows >= 200 # of three records one is soon missing
    severity: page
    summary: '{{ .Feature }} is missing in {{ percent .Stats.missing_rate }} of the rows'
`

// slackFlags name the demo's Slack receiver; without a file there is none.
type slackFlags struct {
	webhookFile        string
	tokenFile, channel string
}

// receiver is the entry of the receivers list, "" where Slack is not configured.
func (s slackFlags) receiver() (string, error) {
	switch {
	case s.webhookFile != "" && s.tokenFile != "":
		return "", fmt.Errorf("--slack-webhook-file and --slack-token-file are two ways to reach Slack; give one")
	case s.webhookFile != "":
		path, err := filepath.Abs(s.webhookFile)
		return fmt.Sprintf("{name: slack, slack: {webhook_url_file: %q}}", path), err
	case s.tokenFile != "" && s.channel == "":
		return "", fmt.Errorf("--slack-token-file needs the channel to post to; add --slack-channel '#name'")
	case s.tokenFile != "":
		path, err := filepath.Abs(s.tokenFile)
		return fmt.Sprintf("{name: slack, slack: {token_file: %q, channel: %q}}", path, s.channel), err
	case s.channel != "":
		return "", fmt.Errorf("--slack-channel needs a bot token; add --slack-token-file FILE")
	}
	return "", nil
}

// loadDemoConfig writes the demo's configuration into its folder and reads it
// as run reads a user's.
func loadDemoConfig(dir, broker string, o demoOptions) (*Config, error) {
	var receivers []string
	if !o.json {
		receivers = append(receivers, "{name: terminal, stdout: {}}")
	}
	slack, err := o.slack.receiver()
	if err != nil {
		return nil, err
	}
	if slack != "" {
		receivers = append(receivers, slack)
	}
	file := filepath.Join(dir, "driftwatch.yaml")
	text := fmt.Sprintf(demoConfig, broker, filepath.Join(dir, "state"), o.listen, strings.Join(receivers, ", "))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("cannot write the demo's configuration: %w", err)
	}
	return loadRunnable(file)
}
