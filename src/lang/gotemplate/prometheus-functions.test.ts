import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import type { QuerySample } from './prometheus-data.ts'
import { RULE_PREAMBLE, ruleTemplateData } from './prometheus-data.ts'
import { prometheusFunctions } from './prometheus-functions.ts'
import { TemplateSet } from './template.ts'

const asked: string[] = []

function answer(expression: string, timestampMs: number): Promise<readonly QuerySample[]> {
  asked.push(`${expression}@${timestampMs}`)
  if (expression === 'bad(') return Promise.reject(new Error('unclosed left parenthesis'))
  if (expression === 'none') return Promise.resolve([])
  const sample = (instance: string, value: number): QuerySample => {
    return { labels: Labels.from({ __name__: 'metric', instance, __value__: 'a' }), value }
  }
  return Promise.resolve([sample('b', 21), sample('a', 11)])
}

const set = new TemplateSet({
  functions: prometheusFunctions({
    query: answer,
    externalUrl: 'http://testhost:9090/path/prefix',
  }),
})
const data = ruleTemplateData({
  labels: Labels.from({ instance: 'web1:9100', job: 'node' }),
  externalLabels: Labels.from({ dc: 'x' }),
  externalUrl: 'http://testhost:9090/path/prefix',
  value: 93.4567,
})
const options = { name: 'test', preamble: RULE_PREAMBLE, timestampMs: 1_500_000 }

const NUMBERS: readonly (readonly [string, string])[] = [
  [
    '{{ humanize 0.0 }}|{{ humanize 1.0 }}|{{ humanize 1234567.0 }}|{{ humanize .12 }}',
    '0|1|1.235M|120m',
  ],
  [
    '{{ humanize 1e99 }}|{{ humanize -1e24 }}|{{ humanize 1e-26 }}|{{ humanize "1000" }}',
    '1e+75Y|-1Y|0.01y|1k',
  ],
  ['{{ humanize 1000000 }}|{{ humanize "NaN" }}|{{ humanize "+Inf" }}', '1M|NaN|+Inf'],
  [
    '{{ humanize1024 0.0 }}|{{ humanize1024 1048576.0 }}|{{ humanize1024 .12 }}|{{ humanize1024 1024 }}',
    '0|1Mi|0.12|1ki',
  ],
  [
    '{{ humanizeDuration 0 }}|{{ humanizeDuration 1 }}|{{ humanizeDuration 60 }}|{{ humanizeDuration 3600 }}',
    '0s|1s|1m 0s|1h 0m 0s',
  ],
  [
    '{{ humanizeDuration 86400 }}|{{ humanizeDuration 90061 }}|{{ humanizeDuration -90061.5 }}',
    '1d 0h 0m 0s|1d 1h 1m 1s|-1d 1h 1m 1s',
  ],
  [
    '{{ humanizeDuration 899.99 }}|{{ humanizeDuration 12.345 }}|{{ humanizeDuration .1 }}|{{ humanizeDuration .00001 }}',
    '14m 59s|12.35s|100ms|10us',
  ],
  [
    '{{ humanizePercentage -0.22222 }}|{{ humanizePercentage 1.23456 }}|{{ 1.0 | humanizePercentage }}',
    '-22.22%|123.5%|100%',
  ],
  [
    '{{ humanizeTimestamp 1435065584.128 }}|{{ humanizeTimestamp "NaN" }}',
    '2015-06-23 13:19:44.128 +0000 UTC|NaN',
  ],
  [
    '{{ toTime 1500000000 }} {{ (toTime 1500000000.5).Format "15:04:05.000" }}',
    '2017-07-14 02:40:00 +0000 UTC 02:40:00.500',
  ],
  ['{{ toDuration 3661.5 }} {{ toDuration 86400 | humanizeDuration }}', '1h1m1.5s 1d 0h 0m 0s'],
  ['{{ now }} {{ parseDuration "1h2m10ms" }} {{ parseDuration "-5m" }}', '1500 3720.01 -300'],
]

const TEXTS: readonly (readonly [string, string])[] = [
  [
    '{{ $labels.instance }} {{ $value }} {{ $externalLabels.dc }} {{ $externalURL }}',
    'web1:9100 93.4567 x http://testhost:9090/path/prefix',
  ],
  [
    '{{ .Labels.nope }}|{{ $labels.nope }}|{{ index $labels "nope" }}|{{ with $labels.nope }}x{{ end }}',
    '|||',
  ],
  ['{{ $labels }} {{ printf "%.2f" $value }}', 'map[instance:web1:9100 job:node] 93.46'],
  ['{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}', 'instance=web1:9100;job=node;'],
  ['{{ externalURL }} {{ pathPrefix }}', 'http://testhost:9090/path/prefix /path/prefix'],
  [
    '{{ stripPort "1.2.3.4:80" }} {{ stripPort "[::1]:80" }} {{ stripPort "a" }} {{ stripPort "a:b:c" }}',
    '1.2.3.4 ::1 a a:b:c',
  ],
  [
    '{{ stripDomain "a.b.c:80" }} {{ stripDomain "a.b.c" }} {{ stripDomain "1.2.3.4:80" }} {{ stripDomain "[::1]:80" }}',
    'a:80 a 1.2.3.4:80 [::1]:80',
  ],
  [
    '{{ title "aa bB CC" }} {{ toUpper "aB" }} {{ toLower "aB" }} {{ match "a+" "xaay" }}',
    'Aa BB CC AB ab true',
  ],
  ['{{ reReplaceAll "(a)b" "x$1" "ab" }} {{ "ab" | reReplaceAll "(?P<n>b)" "<${n}>" }}', 'xa a<b>'],
  [
    '{{ graphLink "up == 0" }} {{ tableLink "up" }} {{ urlQueryEscape "a b/c" }}',
    '/graph?g0.expr=up+%3D%3D+0&g0.tab=0 /graph?g0.expr=up&g0.tab=1 a+b%2Fc',
  ],
  ['{{ with args 1 "x" }}{{ .arg0 }}{{ .arg1 }}{{ .arg2 }}{{ end }}', '1x<no value>'],
]

const QUERIES: readonly (readonly [string, string])[] = [
  ['{{ query "m" | first | value }}', '21'],
  [
    '{{ range query "m" | sortByLabel "instance" }}{{ .Labels.instance }}:{{ .Value }}: {{ end }}',
    'a:11: b:21: ',
  ],
  [
    '{{ query "m" | first | label "instance" }} {{ query "m" | first | strvalue }} {{ query "m" | len }}',
    'b a 2',
  ],
  [
    '{{ (query "m" | first).Labels.instance }}{{ range query "none" }}x{{ else }} none{{ end }}',
    'b none',
  ],
  ['{{ with query "m" }}{{ . | first | value | humanize }}{{ end }}', '21'],
]

const FAULTS: readonly (readonly [string, string])[] = [
  ['{{ query "none" | first }}', 'error calling first: first() called on vector with no elements'],
  ['{{ query "bad(" }}', 'error calling query: unclosed left parenthesis'],
  ['{{ query }}', 'wrong number of args for query: want 1 got 0'],
  ['{{ humanize "x" }}', 'error calling humanize: strconv.ParseFloat: parsing "x": invalid syntax'],
  ['{{ humanize $labels }}', "error calling humanize: can't convert map[string]string to float"],
  ['{{ toTime "NaN" }}', 'error calling toTime: value is NaN or Inf'],
  [
    '{{ toTime 1e20 }}',
    '1e+20 cannot be represented as a nanoseconds timestamp since it overflows int64',
  ],
  ['{{ parseDuration "1" }}', 'not a valid duration string: "1"'],
  [
    '{{ first $labels }}',
    'wrong type for value; expected template.queryResult; got map[string]string',
  ],
  [
    '{{ .Nope }}',
    'template: test:1:115: executing "test" at <.Nope>: can\'t evaluate field Nope in type struct { Labels map[string]string; ',
  ],
]

describe("Prometheus's functions", () => {
  it.each([...NUMBERS, ...TEXTS])('%s', (template, expected) => {
    expect(set.expandSync(template, data, options)).toBe(expected)
  })

  it.each(QUERIES)('%s', async (template, expected) => {
    expect(await set.expand(template, data, options)).toBe(expected)
  })

  it.each(FAULTS)('%s', async (template, message) => {
    await expect(set.expand(template, data, options)).rejects.toThrow(message)
  })

  it('asks the same question once, at the time of the evaluation', async () => {
    asked.length = 0
    const template = '{{ query "m" | len }}{{ range query "m" }}{{ query "n" | len }}{{ end }}'
    expect(await set.expand(template, data, options)).toBe('222')
    expect(asked).toEqual(['m@1500000', 'n@1500000'])
  })

  it('refuses to evaluate at once what may have to wait', () => {
    const ask = '{{ if false }}{{ query "m" }}{{ end }}'
    expect(() => set.expandSync(ask, data, options)).toThrow('calls an asynchronous function')
  })
})
