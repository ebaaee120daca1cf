package notify

// Pages says that somebody is called by an incident of severity page, where the
// receiver is told of one: by the mention of a Slack message, or by whatever a
// webhook leads to. A line of text calls nobody.
func (r Receiver) Pages() bool {
	switch {
	case r.Stdout != nil:
		return false
	case r.Slack != nil:
		return r.Slack.Mention["page"] != ""
	}
	return true
}
