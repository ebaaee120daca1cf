package notify

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/slack-go/slack"
)

var slackCode = regexp.MustCompile(`^[a-z][a-z_]{0,60}$`)

// explain says what was being done when Slack or the way to it failed, and
// whether that can pass; nil stays nil. It never shows the secret.
func explain(doing string, err error, secret string) error {
	if err == nil {
		return nil
	}
	if limit, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return throttled{fmt.Errorf("%s: Slack asks to wait for %s", doing, limit.RetryAfter), limit.RetryAfter}
	}
	if answer, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		code := answer.Err
		if !slackCode.MatchString(code) {
			code = "with something that is no error code" // and may repeat what it was sent
		}
		failure := fmt.Errorf("%s: Slack answered %s", doing, code)
		if passing(answer.Err) {
			return failure
		}
		return refused{fmt.Errorf("%w: %s", failure, advice(answer.Err))}
	}
	failure := fmt.Errorf("%s: %w", doing, redact(err, secret))
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok && !mayPass(status.Code) {
		return refused{fmt.Errorf("%w: %s", failure, statusAdvice(status.Code))}
	}
	return failure
}

// passing says that Slack's answer is about Slack and not about the message.
func passing(code string) bool {
	return slices.Contains([]string{
		"ratelimited", "rate_limited", "message_limit_exceeded", "internal_error", "fatal_error",
		"service_unavailable", "request_timeout", "team_added_to_org",
	}, code)
}

// advice says what to do about an answer that repeats until somebody does it.
// The codes are those of https://docs.slack.dev/reference/methods/chat.postMessage
func advice(code string) string {
	switch code {
	case "channel_not_found":
		return "there is no such channel for the bot; check channel, and invite the bot where it is private"
	case "not_in_channel":
		return "the bot is not a member; invite it to the channel"
	case "is_archived":
		return "the channel is archived; choose another one"
	case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive":
		return "the token does not work any more; put a new one into token_file and restart or reload"
	case "missing_scope", "no_permission", "not_allowed_token_type":
		return "the token may not do this; it must be a bot's (xoxb-) and have the scope chat:write"
	case "restricted_action", "restricted_action_read_only_channel", "ekm_access_denied":
		return "the workspace does not let the bot post there; ask its administrators"
	}
	return "see this code in Slack's documentation of chat.postMessage"
}

func statusAdvice(code int) string {
	switch code {
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return "an incoming webhook answers so when it or its channel is gone; make a new one, or check api_url"
	case http.StatusBadRequest:
		return "Slack does not understand the message"
	}
	return "check api_url, and what stands between this machine and Slack"
}
