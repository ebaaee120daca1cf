package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"driftwatch/monitor"
	"driftwatch/monitor/kafka"
	"driftwatch/monitor/notify"
	"driftwatch/monitor/store"
	"driftwatch/monitor/web"
	"driftwatch/rules"
	"driftwatch/stats"
)

// Config is a whole configuration, with its defaults filled in. Each package
// owns its section; this one owns only what lies between them.
type Config struct {
	Kafka     kafka.Config           `yaml:"kafka"`
	State     store.Config           `yaml:"state"`
	HTTP      web.Config             `yaml:"http"`
	Receivers []notify.Receiver      `yaml:"receivers"`
	Routes    notify.Routes          `yaml:"routes"`
	Incidents monitor.IncidentConfig `yaml:"incidents"`
	Monitors  []monitor.Config       `yaml:"monitors"`
	Rules     []rules.Rule           `yaml:"rules"` // those of the rule files follow
	RuleFiles []string               `yaml:"rule_files"`

	documents  []*document                 // the configuration, then its rule files
	sources    []source                    // where each rule stands
	references map[string]*stats.Reference // by monitor, once resolved
}

// source is a rule's document and its path there.
type source struct {
	*document
	path string
}

// loadConfig reads a configuration with its rule files. The error is problems
// where the files could be read but are wrong.
func loadConfig(file string) (*Config, error) {
	main, err := readDocument(file, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	cfg := &Config{
		Kafka:     kafka.Defaults(),
		State:     store.Default(),
		HTTP:      web.Default(),
		Incidents: monitor.DefaultIncidents(),
	}
	cfg.State.Dir = main.beside(cfg.State.Dir)
	main.decode(cfg)
	declared := cfg.Rules
	cfg.Rules = nil
	cfg.add(main, declared)
	cfg.addRuleFiles()
	for _, d := range cfg.documents {
		d.unread()
	}
	cfg.validate()
	cfg.Routes = cfg.Routes.Complete(cfg.Receivers)
	return cfg, cfg.verdict()
}

// decode fills v from the document.
func (d *document) decode(v any) {
	if d.root == nil {
		if len(d.problems) == 0 {
			d.report(rules.Problem{Message: "the file is empty"})
		}
		return
	}
	canonical(d.root)
	dec := &decoder{document: d, elements: map[reflect.Type]reflect.Value{
		reflect.TypeFor[monitor.Config](): reflect.ValueOf(monitor.Default()),
	}}
	dec.value(d.root, reflect.ValueOf(v).Elem(), "")
}

// addRuleFiles appends the rules of the files that rule_files names.
func (c *Config) addRuleFiles() {
	main := c.documents[0]
	seen := map[string]bool{}
	for i, pattern := range c.RuleFiles {
		path := fmt.Sprintf("rule_files[%d]", i)
		files, err := filepath.Glob(main.beside(pattern))
		if err != nil {
			main.report(rules.Problem{Path: path, Message: "is not a file pattern: " + err.Error()})
		} else if len(files) == 0 {
			main.report(rules.Problem{Path: path, Message: fmt.Sprintf("no file matches %q", pattern)})
		}
		for _, file := range files {
			if seen[file] {
				continue
			}
			seen[file] = true
			if err := c.addRuleFile(file); err != nil {
				main.report(rules.Problem{Path: path, Message: err.Error()})
			}
		}
	}
}

func (c *Config) addRuleFile(file string) error {
	d, err := readDocument(file, os.LookupEnv)
	if err != nil {
		return err
	}
	var content struct {
		Rules []rules.Rule `yaml:"rules"`
	}
	d.decode(&content)
	c.add(d, content.Rules)
	return nil
}

// add takes a document that was read, and the rules it holds.
func (c *Config) add(d *document, rs []rules.Rule) {
	c.documents = append(c.documents, d)
	for i, r := range rs {
		c.Rules = append(c.Rules, r)
		c.sources = append(c.sources, source{d, fmt.Sprintf("rules[%d]", i)})
	}
}

// problems gives what was found in all files so far, warnings too.
func (c *Config) problems() problems {
	var all problems
	for _, d := range c.documents {
		all = append(all, d.problems...)
	}
	return all.sorted()
}

// verdict is the problems with which the configuration cannot run, or nil.
func (c *Config) verdict() error {
	wrong := slices.DeleteFunc(c.problems(), func(p problem) bool { return p.warning })
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}
