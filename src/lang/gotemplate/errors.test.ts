import { describe, expect, it } from 'vitest'
import { SAMPLE_NOTIFICATION, expandText } from './testing/sample-notification.ts'

/** Template and the message of Go's executor, with place and part. */
const CASES: readonly (readonly [string, string])[] = [
  [
    '{{ eq 1 1.0 }}',
    'template: :1:3: executing "" at <eq 1 1.0>: error calling eq: incompatible types for comparison',
  ],
  [
    '{{ lt 1 "a" }}',
    'template: :1:3: executing "" at <lt 1 "a">: error calling lt: incompatible types for comparison',
  ],
  [
    '{{ 1 }}{{ 2 3 }}',
    'template: :1:10: executing "" at <2>: can\'t give argument to non-function 2',
  ],
  [
    '{{ .Alerts.Firing 1 }}',
    'template: :1:10: executing "" at <.Alerts.Firing>: wrong number of args for Firing: want 0 got 1',
  ],
  [
    '{{ .Status 1 }}',
    'template: :1:3: executing "" at <.Status>: Status has arguments but cannot be invoked as function',
  ],
  [
    '{{ 9223372036854775808 }}',
    'template: :1:3: executing "" at <9223372036854775808>: 9223372036854775808 overflows int',
  ],
  [
    '{{ with .Alerts }}{{ .Foo }}{{ end }}',
    'template: :1:21: executing "" at <.Foo>: can\'t evaluate field Foo in type template.Alerts',
  ],
  [
    '{{ index .Alerts 5 }}',
    'template: :1:3: executing "" at <index .Alerts 5>: error calling index: index out of range: 5',
  ],
  [
    '{{ index .Alerts "a" }}',
    'template: :1:3: executing "" at <index .Alerts "a">: error calling index: cannot index slice/array with type string',
  ],
  [
    '{{ index .GroupLabels 1 }}',
    'template: :1:3: executing "" at <index .GroupLabels 1>: error calling index: value has type int; should be string',
  ],
  [
    '{{ join "," "x" }}',
    'template: :1:12: executing "" at <"x">: can\'t handle "x" for arg of type []string',
  ],
  [
    '{{ match "(" "a" }}',
    'template: :1:3: executing "" at <match "(" "a">: error calling match: error parsing regexp: missing closing ): `(`',
  ],
  [
    '{{ reReplaceAll "(" "a" "b" }}',
    'template: :1:3: executing "" at <reReplaceAll "(" "a" "b">: error calling reReplaceAll: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`',
  ],
  [
    '{{ call 1 }}',
    'template: :1:3: executing "" at <call 1>: error calling call: non-function of type int',
  ],
  ['{{ call nil }}', 'template: :1:3: executing "" at <call nil>: error calling call: call of nil'],
  ['{{ len 3 }}', 'template: :1:3: executing "" at <len 3>: error calling len: len of type int'],
  [
    '{{ slice 3 1 }}',
    'template: :1:3: executing "" at <slice 3 1>: error calling slice: can\'t slice item of type int',
  ],
  [
    '{{ slice "abc" 2 1 }}',
    'template: :1:3: executing "" at <slice "abc" 2 1>: error calling slice: invalid slice index: 2 > 1',
  ],
  [
    '{{ slice "abc" 1 9 }}',
    'template: :1:3: executing "" at <slice "abc" 1 9>: error calling slice: index out of range: 9',
  ],
  [
    '{{ toUpper }}',
    'template: :1:3: executing "" at <toUpper>: wrong number of args for toUpper: want 1 got 0',
  ],
  [
    '{{ toUpper "a" "b" }}',
    'template: :1:3: executing "" at <toUpper>: wrong number of args for toUpper: want 1 got 2',
  ],
  ['{{ toUpper nil }}', 'template: :1:11: executing "" at <nil>: cannot assign nil to string'],
  [
    '{{ .Alerts.Foo.Bar }}',
    'template: :1:10: executing "" at <.Alerts.Foo.Bar>: can\'t evaluate field Foo in type template.Alerts',
  ],
  [
    '{{ range .Status }}{{ end }}',
    'template: :1:9: executing "" at <.Status>: range can\'t iterate over firing',
  ],
  ['{{ printf 1 }}', 'template: :1:10: executing "" at <1>: expected string; found 1'],
  [
    '{{ $.Status.x }}',
    'template: :1:4: executing "" at <$.Status.x>: can\'t evaluate field x in type string',
  ],
  [
    '{{ with .Nope }}{{ end }}',
    'template: :1:8: executing "" at <.Nope>: can\'t evaluate field Nope in type template.Data',
  ],
  [
    '{{ range (index .Alerts 0).Labels.SortedPairs }}{{ .Name }}:{{ .Value }} {{ .Nope }}{{ end }}',
    'template: :1:76: executing "" at <.Nope>: can\'t evaluate field Nope in type template.Pair',
  ],
  [
    '{{ and .Status (index .Alerts 9) }}',
    'template: :1:16: executing "" at <index .Alerts 9>: error calling index: index out of range: 9',
  ],
  [
    '{{ and }}',
    'template: :1:3: executing "" at <and>: wrong number of args for and: want at least 1 got 0',
  ],
  [
    '{{ not }}',
    'template: :1:3: executing "" at <not>: wrong number of args for not: want 1 got 0',
  ],
  [
    '{{ eq "a" }}',
    'template: :1:3: executing "" at <eq "a">: error calling eq: missing argument for comparison',
  ],
  [
    '{{ lt true false }}',
    'template: :1:3: executing "" at <lt true false>: error calling lt: invalid type for comparison',
  ],
  [
    '{{ eq 1 "a" }}',
    'template: :1:3: executing "" at <eq 1 "a">: error calling eq: incompatible types for comparison',
  ],
  [
    '{{ index "abc" 3 }}',
    'template: :1:3: executing "" at <index "abc" 3>: error calling index: reflect: string index out of range',
  ],
  [
    '{{ index "abc" -1 }}',
    'template: :1:3: executing "" at <index "abc" -1>: error calling index: index out of range: -1',
  ],
  [
    '{{ index .Alerts 2 }}',
    'template: :1:3: executing "" at <index .Alerts 2>: error calling index: reflect: slice index out of range',
  ],
  [
    '{{ index .GroupLabels nil }}',
    'template: :1:3: executing "" at <index .GroupLabels nil>: error calling index: value is nil; should be of type string',
  ],
  [
    '{{ index nil 1 }}',
    'template: :1:3: executing "" at <index nil 1>: error calling index: index of untyped nil',
  ],
  [
    '{{ index 3 1 }}',
    'template: :1:3: executing "" at <index 3 1>: error calling index: can\'t index item of type int',
  ],
  [
    '{{ slice "abc" 1 2 3 }}',
    'template: :1:3: executing "" at <slice "abc" 1 2 3>: error calling slice: cannot 3-index slice a string',
  ],
  [
    '{{ slice .Alerts 1 2 3 4 }}',
    'template: :1:3: executing "" at <slice .Alerts 1 2 3 4>: error calling slice: too many slice indexes: 4',
  ],
  [
    '{{ slice nil 1 }}',
    'template: :1:3: executing "" at <slice nil 1>: error calling slice: slice of untyped nil',
  ],
  [
    '{{ len 1.5 }}',
    'template: :1:3: executing "" at <len 1.5>: error calling len: len of type float64',
  ],
  ['{{ toUpper 1.5 }}', 'template: :1:11: executing "" at <1.5>: expected string; found 1.5'],
  [
    '{{ (printf "%d" 3 | printf "%s!").Foo }}',
    'template: :1:27: executing "" at <"%s!">: can\'t evaluate field Foo in type string',
  ],
  [
    '{{ .Alerts.Firing.Foo.Bar }}',
    'template: :1:10: executing "" at <.Alerts.Firing.Foo.Bar>: can\'t evaluate field Foo in type []template.Alert',
  ],
  [
    '{{ $y := .Alerts }}{{ $y.Foo }}',
    'template: :1:24: executing "" at <$y.Foo>: can\'t evaluate field Foo in type template.Alerts',
  ],
  [
    '{{ $y := 1 }}{{ $y.Foo }}',
    'template: :1:18: executing "" at <$y.Foo>: can\'t evaluate field Foo in type int',
  ],
  [
    '{{ range $i, $x = .Alerts }}{{ end }}',
    'template: :1:18: executing "" at <.Alerts>: undefined variable: $i',
  ],
  ['{{ nil | printf "%v" }}', 'template: :1:3: executing "" at <nil>: nil is not a command'],
  [
    '{{ template "nope" . }}',
    'template: :1:12: executing "" at <{{template "nope" .}}>: template "nope" not defined',
  ],
  [
    '{{ template "T" . . }}',
    'template: :1:12: executing "" at <{{template "T" . .}}>: template "T" not defined',
  ],
  [
    '{{ .é }}',
    'template: :1:3: executing "" at <.é>: can\'t evaluate field é in type template.Data',
  ],
  [
    '{{ toUpper .Status .Status }}',
    'template: :1:3: executing "" at <toUpper>: wrong number of args for toUpper: want 1 got 2',
  ],
  [
    '{{ .Alerts.Firing.Len }}',
    'template: :1:10: executing "" at <.Alerts.Firing.Len>: can\'t evaluate field Len in type []template.Alert',
  ],
  [
    '{{ index }}',
    'template: :1:3: executing "" at <index>: wrong number of args for index: want at least 1 got 0',
  ],
  [
    '{{ safeHtml "<b>" | toUpper }}',
    'template: :1:20: executing "" at <toUpper>: wrong type for value; expected string; got template.HTML',
  ],
  ['{{ stringSlice "a" 1 }}', 'template: :1:19: executing "" at <1>: expected string; found 1'],
  [
    '{{ join "," .Alerts }}',
    'template: :1:12: executing "" at <.Alerts>: wrong type for value; expected []string; got template.Alerts',
  ],
  [
    '{{ call .Status }}',
    'template: :1:3: executing "" at <call .Status>: error calling call: non-function of type string',
  ],
  [
    '{{ call }}',
    'template: :1:3: executing "" at <call>: wrong number of args for call: want at least 1 got 0',
  ],
  [
    '{{ if .Alerts.Firing }}f{{ end }}{{ if (index .Alerts 0).StartsAt }}t{{ end }}{{ if 0.0 }}x{{ end }}{{ if nil }}x{{ end }}',
    'template: :1:106: executing "" at <nil>: nil is not a command',
  ],
  [
    '{{ range $x := nil }}{{ end }}',
    'template: :1:15: executing "" at <nil>: nil is not a command',
  ],
  [
    '{{ range nil }}a{{ else }}b{{ end }}',
    'template: :1:9: executing "" at <nil>: nil is not a command',
  ],
  [
    '{{ range true }}{{ end }}',
    'template: :1:9: executing "" at <true>: range can\'t iterate over true',
  ],
  [
    '{{ .Receiver.Foo }}',
    'template: :1:12: executing "" at <.Receiver.Foo>: can\'t evaluate field Foo in type string',
  ],
  [
    '{{ 18446744073709551615 }}',
    'template: :1:3: executing "" at <18446744073709551615>: 18446744073709551615 overflows int',
  ],
  [
    '{{ printf "%d" 18446744073709551615 }}',
    'template: :1:15: executing "" at <18446744073709551615>: 18446744073709551615 overflows int',
  ],
  ['{{ (1).Foo }}', 'template: :1:4: executing "" at <1>: can\'t evaluate field Foo in type int'],
  [
    '{{ toUpper.Foo }}',
    'template: :1:3: executing "" at <toUpper>: wrong number of args for toUpper: want 1 got 0',
  ],
  [
    '{{ (toUpper "a").Foo }}',
    'template: :1:12: executing "" at <"a">: can\'t evaluate field Foo in type string',
  ],
  [
    '{{ printf\n  "%d"\n  3 }}{{ .Nope\n}}',
    'template: :3:9: executing "" at <.Nope>: can\'t evaluate field Nope in type template.Data',
  ],
]

describe('a template that cannot be evaluated', () => {
  it.each(CASES)('%s', (template, message) => {
    expect(() => expandText(template, SAMPLE_NOTIFICATION)).toThrow(message)
  })
})
