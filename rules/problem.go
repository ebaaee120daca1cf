package rules

// Problem is one thing that is wrong with a configuration, or worth knowing.
type Problem struct {
	Path    string // the value that is meant: "rules[0].when", "monitors[1].window.size"
	Column  int    // where in that value, in characters from 1; 0: the value as a whole
	Message string // what is wrong and what to do, without the path
	Warning bool   // the configuration can run as it is
}
