/**
 * The templates that receivers use when their configuration says nothing else. Their names are Alertmanager's, because the
 * template files of the field call and replace them; their texts tell the same in our own way. `.Receiver`, `.Status`,
 * `.Alerts` and so on are those of `notificationData`.
 */
const SHARED = `
{{ define "__alertmanager" }}Vedette{{ end }}

{{ define "__alertmanagerURL" -}}
  {{ .ExternalURL }}/#/alerts?receiver={{ urlquery .Receiver }}
{{- end }}

{{ define "__subject" -}}
  {{ $extra := .CommonLabels.Remove .GroupLabels.Names -}}
  [{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}]
  {{- range .GroupLabels.SortedPairs }} {{ .Value }}{{ end }}
  {{- if $extra }} ({{ join " " $extra.Values }}){{ end }}
{{- end }}

{{ define "__single_message_title" -}}
  {{ len .Alerts.Firing }} firing, {{ len .Alerts.Resolved }} resolved
{{- end }}

{{ define "__description" }}{{ end }}

{{ define "__common_annotations" }}{{ join " " .CommonAnnotations.SortedPairs.Values }}{{ end }}

{{ define "__text_alert_list" -}}
  {{ range $i, $alert := . }}{{ if $i }}
{{ end }}{{ with .Labels.alertname }}{{ . }}{{ else }}(no name){{ end }}
{{ range .Labels.SortedPairs }}  {{ .Name }}: {{ .Value }}
{{ end }}{{ if .Annotations }}Notes
{{ range .Annotations.SortedPairs }}  {{ .Name }}: {{ .Value }}
{{ end }}{{ end }}{{ with .GeneratorURL }}Source: {{ . }}
{{ end }}{{ end }}
{{- end }}

{{ define "__text_alert_list_markdown" -}}
  {{ range . }}
**{{ with .Labels.alertname }}{{ . }}{{ else }}(no name){{ end }}**

{{ range .Labels.SortedPairs }}- {{ .Name }}: {{ .Value }}
{{ end }}{{ if .Annotations }}
Notes:

{{ range .Annotations.SortedPairs }}- {{ .Name }}: {{ .Value }}
{{ end }}{{ end }}{{ with .GeneratorURL }}
Source: {{ . }}
{{ end }}{{ end }}
{{- end }}

{{ define "__text_body" -}}
  {{ with .Alerts.Firing }}Firing ({{ len . }})

{{ template "__text_alert_list" . }}{{ end }}
  {{- if and .Alerts.Firing .Alerts.Resolved }}
{{ end }}
  {{- with .Alerts.Resolved }}Resolved ({{ len . }})

{{ template "__text_alert_list" . }}{{ end }}
{{- end }}

{{ define "__text_body_with_notes" -}}
  {{ if .CommonAnnotations }}{{ template "__common_annotations" . }}

{{ end }}{{ template "__text_body" . }}
{{- end }}

{{ define "__markdown_body" -}}
  {{ with .Alerts.Firing }}## Firing ({{ len . }})
{{ template "__text_alert_list_markdown" . }}{{ end }}
  {{- if and .Alerts.Firing .Alerts.Resolved }}
{{ end }}
  {{- with .Alerts.Resolved }}## Resolved ({{ len . }})
{{ template "__text_alert_list_markdown" . }}{{ end }}
{{- end }}

{{ define "__severity_color" }}{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}{{ end }}
`

const RECEIVERS = `
{{ define "slack.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "slack.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "slack.default.fallback" -}}
  {{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}
{{- end }}
{{ define "slack.default.username" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "slack.default.color" }}{{ template "__severity_color" . }}{{ end }}
{{ define "slack.default.callbackid" }}{{ end }}
{{ define "slack.default.pretext" }}{{ end }}
{{ define "slack.default.text" }}{{ end }}
{{ define "slack.default.footer" }}{{ end }}
{{ define "slack.default.iconemoji" }}{{ end }}
{{ define "slack.default.iconurl" }}{{ end }}

{{ define "mattermost.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "mattermost.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "mattermost.default.fallback" -}}
  {{ template "mattermost.default.title" . }} | {{ template "mattermost.default.titlelink" . }}
{{- end }}
{{ define "mattermost.default.username" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "mattermost.default.color" }}{{ template "__severity_color" . }}{{ end }}
{{ define "mattermost.default.text" }}{{ template "__markdown_body" . }}{{ end }}

{{ define "rocketchat.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "rocketchat.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "rocketchat.default.alias" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "rocketchat.default.emoji" }}{{ end }}
{{ define "rocketchat.default.iconurl" }}{{ end }}
{{ define "rocketchat.default.text" }}{{ end }}

{{ define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end }}
{{ define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end }}
{{ define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end }}

{{ define "opsgenie.default.message" }}{{ template "__subject" . }}{{ end }}
{{ define "opsgenie.default.description" }}{{ template "__text_body_with_notes" . }}{{ end }}
{{ define "opsgenie.default.source" }}{{ template "__alertmanagerURL" . }}{{ end }}

{{ define "victorops.default.entity_display_name" }}{{ template "__subject" . }}{{ end }}
{{ define "victorops.default.state_message" }}{{ template "__text_body_with_notes" . }}{{ end }}
{{ define "victorops.default.monitoring_tool" }}{{ template "__alertmanager" . }}{{ end }}

{{ define "pushover.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "pushover.default.message" }}{{ template "__text_body_with_notes" . }}{{ end }}
{{ define "pushover.default.url" }}{{ template "__alertmanagerURL" . }}{{ end }}

{{ define "sns.default.subject" }}{{ template "__subject" . }}{{ end }}
{{ define "sns.default.message" }}{{ template "__text_body_with_notes" . }}{{ end }}

{{ define "wechat.default.message" -}}
  {{ template "__subject" . }}
{{ template "__text_body_with_notes" . }}
{{ template "__alertmanager" . }}: {{ template "__alertmanagerURL" . }}
{{- end }}
{{ define "wechat.default.to_user" }}{{ end }}
{{ define "wechat.default.to_party" }}{{ end }}
{{ define "wechat.default.to_tag" }}{{ end }}
{{ define "wechat.default.agent_id" }}{{ end }}

{{ define "telegram.default.message" }}{{ template "__text_body" . }}{{ end }}

{{ define "discord.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "discord.default.message" }}{{ template "__text_body" . }}{{ end }}
{{ define "discord.default.content" }}{{ end }}

{{ define "webex.default.message" }}{{ template "__text_body_with_notes" . }}{{ end }}

{{ define "msteams.default.summary" }}{{ template "__subject" . }}{{ end }}
{{ define "msteams.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "msteams.default.text" }}{{ template "__markdown_body" . }}{{ end }}

{{ define "msteamsv2.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "msteamsv2.default.text" }}{{ template "__markdown_body" . }}{{ end }}

{{ define "incidentio.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "incidentio.default.description" }}{{ template "__markdown_body" . }}{{ end }}
`

/** The priority is that of the gravest alert that fires, or, when none fires, of the gravest that was resolved. */
const JIRA = `
{{ define "jira.default.summary" }}{{ template "__subject" . }}{{ end }}
{{ define "jira.default.description" }}{{ template "__markdown_body" . }}{{ end }}
{{ define "jira.default.priority" -}}
  {{ $alerts := or .Alerts.Firing .Alerts.Resolved -}}
  {{ $critical := false }}{{ $warning := false }}{{ $info := false -}}
  {{ range $alerts -}}
    {{ if eq .Labels.severity "critical" }}{{ $critical = true }}{{ end -}}
    {{ if eq .Labels.severity "warning" }}{{ $warning = true }}{{ end -}}
    {{ if eq .Labels.severity "info" }}{{ $info = true }}{{ end -}}
  {{ end -}}
  {{ if $critical }}High{{ else if $warning }}Medium{{ else if $info }}Low{{ end }}
{{- end }}
`

/** All default templates for texts; parse them before the files of a configuration, which may replace them. */
export const DEFAULT_TEMPLATES = SHARED + RECEIVERS + JIRA
