import { describe, expect, it } from 'vitest'
import { expandText, SAMPLE_NOTIFICATION } from './testing/sample-notification.ts'

/** What newer versions of Go and Alertmanager do and older ones do not. */
const CASES: readonly (readonly [string, string])[] = [
  ['{{ range 3 }}{{ . }},{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}', '0,1,2,01'],
  ['{{ range 0 }}x{{ else }}none{{ end }}', 'none'],
  ['{{ with "" }}a{{ else with .Status }}{{ . }}{{ else }}c{{ end }}', 'firing'],
  ['{{ .GroupLabels }} {{ .GroupLabels.SortedPairs }}', 'alertname=DiskFull alertname=DiskFull'],
  ['{{ .GroupLabels.Values.Join ":" }}', 'DiskFull'],
  ['{{ .Receiver }}', 'team-X\\.mails'],
  ['{{ trimSpace "  a b " }}|{{ urlUnescape "a%20b+c%C3%A9" }}', 'a b|a b cé'],
  ['{{ list 1 "a" | len }} {{ append (list 1) 2 3 }} {{ list }}', '2 [1 2 3] []'],
  ['{{ (dict "a" 1 "b" "x").b }} {{ dict "k" (list 1 2) }}', 'x map[k:[1 2]]'],
  ['{{ (dict "a" 1).c }}', '<no value>'],
  ['{{ base64encode "a?b>é" }} {{ base64encode "ab" | base64decode }}', 'YT9iPsOp ab'],
  [
    '{{ toJson .GroupLabels }} {{ toJson (list 1 1.5 "<a>" nil true) }}',
    '{"alertname":"DiskFull"} [1,1.5,"\\u003ca\\u003e",null,true]',
  ],
  [
    '{{ toJson (index .Alerts 1) }}',
    '{"status":"resolved","labels":{"alertname":"DiskFull","instance":"web2:9100","severity":"warning"},"annotations":{"summary":"ok"},"startsAt":"2024-07-10T01:02:03Z","endsAt":"2024-07-10T02:03:04.5Z","generatorURL":"javascript:alert(1)","fingerprint":"def"}',
  ],
  ['{{ date "15:04:05 MST" (tz "Europe/Berlin" (index .Alerts 1).StartsAt) }}', '03:02:03 CEST'],
  [
    '{{ (tz "America/New_York" (index .Alerts 0).StartsAt).Format "2006-01-02T15:04:05Z07:00 MST" }}',
    '2024-01-10T07:34:56-05:00 EST',
  ],
  [
    '{{ (tz "America/Sao_Paulo" (index .Alerts 0).StartsAt).Format "15:04 MST -0700" }}',
    '09:34 -03 -0300',
  ],
  ['{{ (index .Alerts 0).StartsAt.Local.Format "15:04 MST" }}', '13:34 CET'],
  [
    '{{ since (index .Alerts 1).StartsAt }} {{ since (index .Alerts 1).StartsAt | humanizeDuration }}',
    '1h57m57s 1h 57m 57s',
  ],
  ['{{ now.UTC.Format "2006-01-02 15:04" }}', '2024-07-10 03:00'],
  [
    '{{ toDate "2006-01-02 15:04" "2024-02-29 10:30" }} {{ (toDate "2006-01-02" "x").IsZero }}',
    '2024-02-29 10:30:00 +0000 UTC true',
  ],
  [
    '{{ (mustToDate "2006-01-02T15:04:05Z07:00" "2024-02-29T10:30:00.25+01:00").UTC }}',
    '2024-02-29 09:30:00.25 +0000 UTC',
  ],
  ['{{ (index .Alerts 0).StartsAt.Add 3600e9 }}', '2024-01-10 13:34:56.123 +0000 UTC'],
  ['{{ range $k, $v := dict "b" 1 "a" 2 }}{{ $k }}{{ $v }} {{ end }}', 'a2 b1 '],
  ['{{ html nil }}{{ slice "héllo" 0 3 }}', '&lt;nil&gt;hé'],
]

const ERRORS: readonly (readonly [string, string])[] = [
  ['{{ range $i, $v := 3 }}{{ end }}', "can't use 3 to iterate over more than one variable"],
  [
    '{{ tz "Mars/Phobos" (index .Alerts 0).StartsAt }}',
    'error calling tz: unknown time zone Mars/Phobos',
  ],
  ['{{ dict "a" }}', 'error calling dict: dict requires an even number of arguments'],
  ['{{ dict 1 2 }}', 'error calling dict: dict keys must be strings'],
  ['{{ urlUnescape "%zz" }}', 'error calling urlUnescape: invalid URL escape "%zz"'],
  ['{{ base64decode "*" }}', 'error calling base64decode: illegal base64 data at input byte 0'],
  ['{{ 1) }}', 'template: :1: unexpected right paren'],
  ['{{ 1i }}', 'imaginary numbers are not supported'],
  ['{{ mustToDate "2006" "x" }}', 'error calling mustToDate: parsing time "x" as "2006"'],
]

describe('newer versions', () => {
  it.each(CASES)('%s', (template, expected) => {
    expect(expandText(template, SAMPLE_NOTIFICATION)).toBe(expected)
  })

  it.each(ERRORS)('%s', (template, message) => {
    expect(() => expandText(template, SAMPLE_NOTIFICATION)).toThrow(message)
  })
})
