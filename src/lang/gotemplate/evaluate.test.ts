import { describe, expect, it } from 'vitest'
import { SAMPLE_NOTIFICATION, expandText } from './testing/sample-notification.ts'

/** Template and output: actions, values, built-in functions, as Go prints them. */
const CASES: readonly (readonly [string, string])[] = [
  [
    "{{ 'a' }} {{ 0x10 }} {{ 0b11 }} {{ 0o17 }} {{ 017 }} {{ 1_000 }} {{ 1e3 }} {{ -1 }} {{ +1 }} {{ .5 }} {{ 0x1p4 }}",
    '97 16 3 15 15 1000 1000 -1 1 0.5 16',
  ],
  [
    '{{ slice "hello" 1 3 }} {{ index "abc" 1 }} {{ len "é" }} {{ html "<a href=\\"x\\">&\'" }} {{ js "it\'s <b> \\"x\\" & = \\n é" }} {{ urlquery "a b&c=d/é~" }}',
    'el 98 2 &lt;a href=&#34;x&#34;&gt;&amp;&#39; it\\\'s \\u003Cb\\u003E \\"x\\" \\u0026 \\u003D \\u000A é a+b%26c%3Dd%2F%C3%A9~',
  ],
  [
    '{{ and 1 0 2 }} {{ or 0 "" "x" }} {{ not 0 }} {{ eq 1 2 1 }} {{ ne "a" "b" }} {{ le 1 1 }}',
    '0 x true true true true',
  ],
  ['{{ eq "a" nil }}', 'false'],
  ['{{ eq nil nil }}', 'true'],
  ['{{ .Status | toUpper | toLower | title }}', 'Firing'],
  ['{{ $x := 1 }}{{ $x = "a" }}{{ $x }}', 'a'],
  ['{{- 3 -}} x', '3x'],
  ['{{ 3 -}}  x {{- 4 }}', '3x4'],
  [
    '{{ .Alerts | len }} {{ len .CommonLabels }} {{ .CommonLabels.SortedPairs.Values | join " " }}',
    '2 1 DiskFull',
  ],
  [
    '{{ range .Alerts }}{{ .Labels.instance }} {{ .StartsAt.Format "2006-01-02 15:04:05" }} {{ .StartsAt.Unix }};{{ end }}',
    'web1:9100 2024-01-10 12:34:56 1704890096;web2:9100 2024-07-10 01:02:03 1720573323;',
  ],
  [
    '{{ (index .Alerts 1).StartsAt }} {{ (index .Alerts 1).EndsAt }} {{ (index .Alerts 0).EndsAt }} {{ (index .Alerts 0).EndsAt.IsZero }}',
    '2024-07-10 01:02:03 +0000 UTC 2024-07-10 02:03:04.5 +0000 UTC 0001-01-01 00:00:00 +0000 UTC true',
  ],
  [
    '{{ with (index .Alerts 1).StartsAt }}{{ .Format "Mon Jan _2 15:04:05 2006" }}|{{ .Format "3:04PM Monday 02-Jan-06 Z07:00 -0700 .000 .999 002 1/2/06" }}|{{ .Weekday }} {{ .Month }} {{ .Year }} {{ .YearDay }} {{ .Add 3600000000000 }} {{ (.AddDate 0 1 30) }}{{ end }}',
    'Wed Jul 10 01:02:03 2024|1:02AM Wednesday 10-Jul-24 Z +0000 .000  192 7/10/24|Wednesday July 2024 192 2024-07-10 02:02:03 +0000 UTC 2024-09-09 01:02:03 +0000 UTC',
  ],
  [
    '{{ (index .Alerts 1).EndsAt.Sub (index .Alerts 1).StartsAt }} {{ ((index .Alerts 1).EndsAt.Sub (index .Alerts 1).StartsAt).Minutes }}',
    '1h1m1.5s 61.025',
  ],
  [
    '{{ range $i, $a := .Alerts }}{{ $i }}={{ $a.Status }} {{ end }}{{ range $k, $v := .GroupLabels }}{{ $k }}={{ $v }}{{ end }}',
    '0=firing 1=resolved alertname=DiskFull',
  ],
  [
    '{{ range .Alerts }}{{ if eq .Status "firing" }}{{ continue }}{{ end }}{{ .Status }}{{ break }}{{ end }}',
    'resolved',
  ],
  ['{{ range .CommonAnnotations }}x{{ else }}none{{ end }}', 'none'],
  [
    '{{ with "" }}a{{ else }}b{{ end }}{{ if not true }}1{{ else if eq 1 2 }}2{{ else }}3{{ end }}',
    'b3',
  ],
  [
    '{{ $x := "a" }}{{ if true }}{{ $x := "b" }}{{ $x }}{{ end }}{{ $x }}{{ if true }}{{ $x = "c" }}{{ end }}{{ $x }}',
    'bac',
  ],
  [
    '{{ (index .Alerts 0).Labels.Names }} {{ (index .Alerts 0).Labels.Values | join "," }} {{ (index .Alerts 0).Labels.SortedPairs.Names }}',
    '[alertname instance severity zone] DiskFull,web1:9100,critical,b [alertname instance severity zone]',
  ],
  ['{{ or .Status (index .Alerts 9) }}', 'firing'],
  [
    '{{ html "a" "b" 1 }} {{ "<x>" | html }} {{ js "</script>\\u2028" }} {{ urlquery "ä b" "c" 1 }}',
    'ab1 &lt;x&gt; \\u003C/script\\u003E\\u2028 %C3%A4+bc1',
  ],
  [
    "{{ \"quoted \\u00e9 \\x41 \\101 \\t|\" }} {{ `raw \\n \"x\"` }} {{ '\\n' }} {{ '\\x41' }} {{ '世' }}",
    'quoted é A A \t| raw \\n "x" 10 65 19990',
  ],
  ['{{ slice .Alerts 1 | len }} {{ slice "abc" }} {{ slice "abcdef" 1 }}', '1 abc bcdef'],
  [
    '{{ $a := 0 }}{{ $b := "" }}{{ range $a, $b = .GroupLabels }}{{ $a }}{{ $b }}{{ end }}{{ $a }}{{ $b }}',
    'alertnameDiskFullalertnameDiskFull',
  ],
  ['{{ $x:=1 }}{{ $x }}', '1'],
  ['{{-1}} {{- 1}}', '-11'],
  ['a {{- /* c */ -}} b {{/* x */}} c', 'ab  c'],
  ['{{ .Status -}}   x   {{- .Status }}', 'firingxfiring'],
  [
    '{{ reReplaceAll "(a)(b)" "$2$1 ${1}x $1x $$ ${2}" "abab" }} {{ match "^fir" .Status }} {{ match "a.c" "a\\nc" }}',
    'ba ax  $ bba ax  $ b true false',
  ],
  [
    '{{ title "HELLO wOrld" }} {{ toLower "ÀB" }} {{ join "," (stringSlice "a" "b") }} {{ "a" | stringSlice }} {{ stringSlice }} {{ safeHtml "<b>" }}',
    'Hello World àb a,b [a] [] <b>',
  ],
  ['{{ not nil }} {{ not (index .Alerts 0) }}', 'true false'],
  [
    '{{ with $x := 3 }}{{ . }}{{ $x }}{{ end }}{{ with $y := 0 }}{{ else }}{{ $y }}{{ end }}',
    '330',
  ],
  [
    '{{ define "r" }}{{ if . }}{{ index . 0 }},{{ template "r" (slice . 1) }}{{ end }}{{ end }}{{ template "r" "abc" }}',
    '97,98,99,',
  ],
  ['{{ (index .Alerts 0).Labels.instance | reReplaceAll ":.*" "" }}', 'web1'],
  [
    '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .GroupLabels.SortedPairs.Values | join " " }} {{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }}){{ end }}',
    '[FIRING:1] DiskFull ',
  ],
  ['{{ eq (index .Alerts 0).StartsAt (index .Alerts 0).StartsAt }}', 'true'],
  ['{{ true }}{{ false | not }}', 'truetrue'],
]

describe('the output of a template', () => {
  it.each(CASES)('%s', (template, expected) => {
    expect(expandText(template, SAMPLE_NOTIFICATION)).toBe(expected)
  })
})
