package examples_test

import (
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The manifest asks for the scopes that the receiver's errors and the README name,
// and for no others.
func TestSlackManifest(t *testing.T) {
	text, err := os.ReadFile("slack/manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		OAuth struct {
			Scopes struct{ Bot []string }
		} `yaml:"oauth_config"`
		Settings struct {
			SocketMode    bool `yaml:"socket_mode_enabled"`
			Interactivity struct {
				On bool `yaml:"is_enabled"`
			}
		}
	}
	if err := yaml.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	if want := []string{"chat:write", "files:write", "usergroups:read"}; !slices.Equal(manifest.OAuth.Scopes.Bot, want) {
		t.Errorf("the scopes are %q, want %q", manifest.OAuth.Scopes.Bot, want)
	}
	if !manifest.Settings.SocketMode || !manifest.Settings.Interactivity.On {
		t.Errorf("the settings %+v do not make buttons work", manifest.Settings)
	}
}
