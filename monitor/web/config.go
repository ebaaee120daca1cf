package web

import (
	"net"
	"strconv"

	toolkit "github.com/prometheus/exporter-toolkit/web"

	"driftwatch/rules"
)

// Config is the section `http` of the configuration.
type Config struct {
	// Listen is the address and port to listen on; port 0 takes a free one. The
	// default is the loopback interface: whoever can reach the port can read
	// feature names and distributions, unless WebConfig asks for more.
	Listen string `yaml:"listen"`
	// WebConfig names a web configuration file of Prometheus' exporter toolkit,
	// for TLS and basic auth. "" is neither.
	WebConfig string `yaml:"web_config"`
}

// Default is the configuration of the keys that are not given.
func Default() Config { return Config{Listen: "127.0.0.1:8080"} }

// Validate says what is wrong with c; path is where c stands, such as "http".
// It reads the files that WebConfig names, which must be reachable as written.
func (c Config) Validate(path string) []rules.Problem {
	var problems []rules.Problem
	_, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		problems = append(problems, rules.Problem{
			Path:    path + ".listen",
			Message: strconv.Quote(c.Listen) + " is not an address; write host:port, such as 127.0.0.1:8080",
		})
	}
	if err := toolkit.Validate(c.WebConfig); err != nil {
		problems = append(problems, rules.Problem{
			Path:    path + ".web_config",
			Message: "cannot be used: " + err.Error(),
		})
	}
	return problems
}
