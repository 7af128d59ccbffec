/**
 * The mail that is sent when a configuration says nothing else: a table layout with styles in the elements, which all mail
 * programs show, and a style sheet for those that know dark mode. `email.default.text` is the same as text.
 */
export const DEFAULT_EMAIL = `
{{ define "email.default.subject" }}{{ template "__subject" . }}{{ end }}

{{ define "email.default.text" -}}
  {{ template "__text_body_with_notes" . }}
{{ template "__alertmanager" . }}: {{ template "__alertmanagerURL" . }}
{{ end }}

{{ define "__email_pairs" -}}
  <table role="presentation" cellpadding="0" cellspacing="0" style="margin:4px 0 12px">
  {{- range . }}
    <tr>
      <td class="muted" style="padding:2px 16px 2px 0;color:#5f6b7a;font-size:13px;vertical-align:top;white-space:nowrap">{{ .Name }}</td>
      <td style="padding:2px 0;font-size:13px;vertical-align:top;word-break:break-word">{{ .Value }}</td>
    </tr>
  {{- end }}
  </table>
{{- end }}

{{ define "__email_alert" -}}
  <tr>
    <td class="line" style="padding:16px 24px;border-top:1px solid #e3e7ec">
      <div style="font-size:16px;font-weight:600;margin-bottom:4px">{{ with .Labels.alertname }}{{ . }}{{ else }}(no name){{ end }}</div>
      {{ with .Annotations }}{{ template "__email_pairs" .SortedPairs }}{{ end }}
      {{ template "__email_pairs" .Labels.SortedPairs }}
      <div class="muted" style="color:#5f6b7a;font-size:12px">
        Since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05 MST" }}
        {{- if eq .Status "resolved" }}, resolved {{ .EndsAt.UTC.Format "2006-01-02 15:04:05 MST" }}{{ end }}
        {{- with .GeneratorURL }} &middot; <a class="link" href="{{ . }}" style="color:#1f6feb">Source</a>{{ end }}
      </div>
    </td>
  </tr>
{{- end }}

{{ define "__email_heading" -}}
  <tr>
    <td class="line" style="padding:12px 24px;border-top:1px solid #e3e7ec;font-size:13px;font-weight:600;text-transform:uppercase">{{ . }}</td>
  </tr>
{{- end }}

{{ define "email.default.html" -}}
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <meta name="color-scheme" content="light dark">
  <meta name="supported-color-schemes" content="light dark">
  <title>{{ template "__subject" . }}</title>
  <style>
    :root { color-scheme: light dark; }
    @media (prefers-color-scheme: dark) {
      .page { background-color: #15191e !important; color: #e6eaef !important; }
      .card { background-color: #1f252c !important; border-color: #343c46 !important; }
      .line { border-color: #343c46 !important; }
      .muted { color: #9aa7b5 !important; }
      .link { color: #6cb0ff !important; }
    }
  </style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#f3f5f7;color:#1c2530;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:14px;line-height:1.45">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background-color:#f3f5f7">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="640" cellpadding="0" cellspacing="0" style="width:100%;max-width:640px;background-color:#ffffff;border:1px solid #e3e7ec">
  <tr>
    {{- if .Alerts.Firing }}
    <td style="padding:20px 24px;background-color:#b42318;color:#ffffff">
    {{- else }}
    <td style="padding:20px 24px;background-color:#1a7f4b;color:#ffffff">
    {{- end }}
      <div style="font-size:20px;font-weight:600">{{ template "__single_message_title" . }}</div>
      <div style="font-size:14px;margin-top:4px">
        {{- range $i, $pair := .GroupLabels.SortedPairs }}{{ if $i }}, {{ end }}{{ $pair.Name }}={{ $pair.Value }}{{ end -}}
      </div>
    </td>
  </tr>
  <tr>
    <td style="padding:16px 24px">
      <a class="link" href="{{ template "__alertmanagerURL" . }}" style="color:#1f6feb;font-weight:600">Open in {{ template "__alertmanager" . }}</a>
    </td>
  </tr>
  {{- with .Alerts.Firing }}
  {{ template "__email_heading" (printf "Firing (%d)" (len .)) }}
  {{- range . }}
  {{ template "__email_alert" . }}
  {{- end }}
  {{- end }}
  {{- with .Alerts.Resolved }}
  {{ template "__email_heading" (printf "Resolved (%d)" (len .)) }}
  {{- range . }}
  {{ template "__email_alert" . }}
  {{- end }}
  {{- end }}
</table>
<div class="muted" style="padding:16px 24px;color:#5f6b7a;font-size:12px">
  Sent by <a class="link" href="{{ .ExternalURL }}" style="color:#1f6feb">{{ template "__alertmanager" . }}</a>
</div>
</td></tr>
</table>
</body>
</html>
{{- end }}
`
