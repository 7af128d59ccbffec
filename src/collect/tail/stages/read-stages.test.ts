import { describe, expect, it } from 'vitest'
import { openStages, readYamlStages } from './testing/pipeline-kit.ts'

describe('stages that make no sense are refused at their place', () => {
  it.each<[string, string]>([
    ['json', '1:1: must be a list'],
    ['- json', '1:3: [0]: must be a mapping'],
    [
      '- {json: {expressions: {a: b}}, labels: {a: }}',
      'labels: a stage must be an item of its own',
    ],
    ['- jsn: {}', '1:3: jsn: unknown stage (did you mean json?)'],
    ['- json:', '1:3: json: needs settings: expressions, source, drop_malformed'],
    ['- json: {source: a}', 'json: expressions must be set'],
    ['- json: {expressions: {a: b}, source: ""}', 'source: must not be empty'],
    ['- json:\n    expressions: {a: "b["}', '2:25: a: not a valid JMESPath'],
    ['- logfmt: {mapping: {}}', 'logfmt: mapping must be set'],
    ['- regex: {source: a}', 'regex: expression must be set'],
    ['- regex: {expression: "(a"}', '1:23: expression: not a valid regular expression (RE2)'],
    ['- regex: {expression: "(?=a)"}', 'not a valid regular expression (RE2)'],
    ['- replace: {expression: "(a)", replace: "{{ .x"}', 'replace: not a valid template'],
    ['- template: {template: "x"}', 'template: source must be set'],
    ['- template: {source: a, template: "{{ nope }}"}', 'function "nope" not defined'],
    ['- labels:', 'labels: needs at least one label'],
    ['- labels: {"a-b": }', '1:12: a-b: is no label name'],
    ['- structured_metadata: [a]', 'structured_metadata: must be a mapping, not a list'],
    ['- static_labels:', 'static_labels: needs at least one label'],
    ['- labeldrop: []', 'labeldrop: needs a list of label names'],
    ['- labelallow: {a: b}', 'labelallow: must be a list, not a mapping'],
    ['- timestamp: {format: Unix}', 'timestamp: source must be set'],
    ['- timestamp: {source: a}', 'timestamp: format must be set'],
    ['- timestamp: {source: a, format: Unix, location: Mars/One}', 'location: must be a zone'],
    ['- timestamp: {source: a, format: Unix, action_on_failure: x}', 'must be one of fudge, skip'],
    ['- output: {}', 'output: source must be set'],
    ['- match: {stages: [{noop: }]}', 'match: selector must be set'],
    ['- match: {selector: "{a"}', 'selector: parse error at line 1'],
    [
      '- match: {selector: \'{a="b"} | json\', action: drop}',
      'a stream selector with line filters',
    ],
    ['- match: {selector: \'{a="b"}\'}', 'match: needs at least one stage'],
    ['- match: {selector: \'{a="b"}\', action: drop, stages: [{noop: }]}', 'excludes action: drop'],
    ['- match: {selector: \'{a="b"}\', action: keeep, stages: [{noop: }]}', 'did you mean keep?'],
    [
      '- match: {selector: \'{a="b"}\', pipeline_name: "", stages: [{noop: }]}',
      'pipeline_name: must',
    ],
    ['- match:\n    selector: \'{a="b"}\'\n    stages:\n      - nope:', '4:9: nope: unknown stage'],
    ['- multiline: {max_lines: 3}', 'multiline: firstline must be set'],
    ['- multiline: {firstline: a, max_wait_time: 3}', 'max_wait_time: must be a duration such as'],
    ['- multiline: {firstline: a, max_wait_time: 1d}', 'no days'],
    ['- multiline: {firstline: a, max_lines: -1}', 'max_lines: must be at least 0'],
    ['- drop: {separator: x}', 'drop: needs at least one of source, expression'],
    ['- drop: {value: x, expression: y}', 'value: needs source beside it'],
    ['- drop: {source: a, value: x, expression: y}', 'expression: excludes value'],
    ['- drop: {longer_than: 8 parsecs}', 'longer_than: must be a size such as 8kb'],
    ['- drop: {older_than: soon}', 'older_than: must be a duration'],
    ['- sampling: {rate: 1.5}', 'rate: must be from 0 to 1, not 1.5'],
    ['- limit: {burst: 5}', 'limit: rate must be set'],
    ['- limit: {rate: 5, burst: 0}', 'burst: must be above 0'],
    ['- limit: {rate: 5, burst: 5, by_label_name: a}', 'needs `drop: true`'],
    ['- metrics: {a: {config: {action: inc}}}', 'a: type must be set'],
    ['- metrics: {a: {type: meter}}', 'type: must be one of counter, gauge, histogram'],
    ['- metrics: {a: {type: counter}}', 'config: needs an action: inc, add'],
    ['- metrics: {a: {type: counter, config: {action: set}}}', 'must be one of inc, add'],
    ['- metrics: {a: {type: gauge, config: {action: mul}}}', 'one of set, inc, dec, add, sub'],
    [
      '- metrics: {a: {type: counter, config: {action: inc, match_all: true, value: x}}}',
      'excludes',
    ],
    [
      '- metrics: {a: {type: counter, config: {action: add, count_entry_bytes: true}}}',
      'match_all',
    ],
    [
      '- metrics: {a: {type: counter, config: {action: inc, match_all: true, count_entry_bytes: true}}}',
      'needs action: add',
    ],
    ['- metrics: {a: {type: histogram, config: {buckets: [2, 1]}}}', 'buckets: must ascend'],
    ['- metrics: {a: {type: gauge, max_idle_duration: 1ms, config: {action: set}}}', 'at least 1s'],
    ['- metrics: {"a b": {type: gauge, config: {action: set}}}', 'is no name of a metric'],
    ['- tenant: {}', 'one of label, source, value must be set'],
    ['- tenant: {label: a, value: b}', 'value: excludes label'],
    ['- eventlogmessage: {source: "a b"}', 'source: must be a label name'],
    ['- geoip: {db: x}', '1:3: geoip: is not supported'],
    ['- cri: {max_partial_line_size: big}', 'max_partial_line_size: must be a size'],
  ])('%s: %s', (text, wanted) => {
    const { errors } = readYamlStages(text)
    expect(errors.some((error) => error.includes(wanted)) ? wanted : errors).toBe(wanted)
    for (const error of errors) expect(error).toMatch(/^p\.yml:[0-9]+:[0-9]+: /)
  })

  it('warns about keys that no stage knows, and goes on', () => {
    const { errors, warnings } = readYamlStages('- json: {expressions: {a: }, drop_malformd: true}')
    expect(errors).toEqual([])
    expect(warnings).toEqual([
      expect.stringMatching(/^p\.yml:1:\d+: warning: drop_malformd: .*did you mean drop_malformed/),
    ])
  })
})

describe('a pipeline', () => {
  it('may be absent or empty', () => {
    expect(readYamlStages('').stages).toEqual([])
    const kit = openStages('[]')
    kit.push('x', { job: 'a' })
    expect(kit.out[0]).toMatchObject({ line: 'x', startOffset: 0, endOffset: 10 })
    expect(kit.heldFrom).toBeUndefined()
  })

  it('handles hostile lines', () => {
    const kit = openStages(`
- json: {expressions: {a: 'b.c[0]', d: ''}}
- logfmt: {mapping: {e: ''}}
- regex: {expression: '(?P<f>(x+)+y)'}
- replace: {expression: '(.)', replace: '{{ .Value }}'}
- template: {source: g, template: '{{ .a }}{{ .Entry }}'}
- labels: {d: '', f: ''}
- timestamp: {source: d, format: '2006-01-02 15:04:05', location: Europe/Paris}
- decolorize:
- pack: {labels: [d]}`)
    const lines = [
      '\u0000\u001b]0;x\u0007',
      '{"d":"\\ud800"}',
      '\ud800',
      `{"b":${'['.repeat(2000)}${']'.repeat(2000)}}`,
      `{"d":${'9'.repeat(4000)}}`,
      'x'.repeat(200_000),
      '{"__proto__":{"d":"polluted"}}',
      '"'.repeat(999),
      '{"d":{"constructor":1}}',
    ]
    for (const line of lines) kit.push(line)
    kit.end()
    expect(kit.out.length).toBe(lines.length)
    expect(kit.out.some(({ labels }) => labels.get('d') === 'polluted')).toBe(false)
  })
})
