import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { silentLog } from '../../self/log.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { LineBatchBuilder } from '../tail/line-batch.ts'
import { compileStages } from '../tail/stages/compile.ts'
import { LogEntry } from '../tail/stages/entry.ts'
import { readFileLog } from './read-file-log.ts'
import { decodeRecords } from './record-text.ts'
import { operatorStages } from './run-operators.ts'

const PATH = '/var/log/pods/shop_api-0_0a1b2c3d-0000-0000-0000-000000000001/api/2.log'
const READ_NS = 1_778_400_000_000_000_000n

function read(yaml: string): {
  readonly settings: ReturnType<typeof readFileLog>
  readonly faults: readonly string[]
} {
  const faults = new FaultList()
  const root = parseYaml(`include: [/var/log/*.log]\n${yaml}`, { file: 'otel.yml', faults })
  const settings = root && readFileLog(root)
  return { settings, faults: faults.items.map(formatFault) }
}

interface Seen {
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
  readonly resource: Readonly<Record<string, string>>
  readonly timeNs: bigint
  readonly severity: readonly [number, string]
  readonly traceId: string
}

/** The records that lines become; what is held back is given on in the end. */
function run(yaml: string, lines: readonly string[]): readonly Seen[] {
  const { settings, faults } = read(yaml)
  expect(faults).toEqual([])
  if (settings === undefined) throw new Error('there are no settings')
  const batch = new LineBatchBuilder()
  const program = compileStages(operatorStages(settings), {
    log: silentLog(),
  })
  const pipeline = program.open((entry) =>
    batch.add(entry.labels, entry.timestampNs, entry.line, entry.metadata),
  )
  const labels = Labels.from({ filename: PATH, receiver: 'filelog' })
  let offset = 0
  for (const line of lines) {
    pipeline.push(new LogEntry(line, READ_NS, labels, offset, offset + line.length + 1))
    offset += line.length + 1
  }
  pipeline.flush(Date.now(), true)
  expect(pipeline.heldFrom).toBeUndefined()
  const built = batch.build()
  const records = decodeRecords(built, [...built.ends.keys()])
  const { strings, attributes } = records
  return Array.from(records.timesNs, (timeNs, row) => {
    const own: Record<string, string> = {}
    for (
      let i = row === 0 ? 0 : (attributes.ends[row - 1] ?? 0);
      i < (attributes.ends[row] ?? 0);
      i++
    )
      own[strings[attributes.keys[i] ?? 0] ?? ''] = strings[attributes.values[i] ?? 0] ?? ''
    expect(records.observedNs[row]).toBe(READ_NS)
    return {
      body: strings[records.bodies[row] ?? 0] ?? '',
      attributes: own,
      resource: Object.fromEntries(records.resources[records.resourceIndex[row] ?? 0] ?? []),
      timeNs,
      severity: [records.severityNumbers[row] ?? 0, strings[records.severityTexts[row] ?? 0] ?? ''],
      traceId: Buffer.from(records.traceIds.subarray(row * 16, row * 16 + 16)).toString('hex'),
    }
  })
}

describe('a receiver of files', () => {
  it('makes a record of a line, with the name of its file and what the file says', () => {
    const yaml = 'include_file_path: true\nattributes: {team: shop}\nresource: {host.name: web-1}'
    expect(run(yaml, ['  hello  '])).toEqual([
      {
        body: 'shello',
        attributes: {
          'log.file.name': 's2.log',
          'log.file.path': `s${PATH}`,
          team: 'sshop',
        },
        resource: { 'host.name': 'sweb-1' },
        timeNs: 0n,
        severity: [0, ''],
        traceId: '00'.repeat(16),
      },
    ])
  })

  it('parses JSON with its time, severity and trace', () => {
    const [record] = run(
      `operators:
  - type: json_parser
    timestamp: {parse_from: attributes.ts, layout: '%Y-%m-%dT%H:%M:%S.%LZ'}
    severity: {parse_from: attributes.level, mapping: {error: [oops, 5xx]}}
    trace: {trace_id: {parse_from: attributes.trace}}
  - {type: move, from: attributes.msg, to: body}
  - {type: remove, field: attributes.ts}
  - {type: copy, from: attributes.user.id, to: 'resource["enduser.id"]'}
  - {type: add, field: attributes.kind, value: 'EXPR(attributes.level + "!")'}`,
      [
        '{"ts":"2026-05-10T08:00:00.250Z","level":"503","msg":"no","n":1.5,"user":{"id":"u1"},"trace":"5b8efff798038103d269b633813fc60c"}',
      ],
    )
    expect(record).toEqual({
      body: 'sno',
      attributes: {
        'log.file.name': 's2.log',
        kind: 's503!',
        level: 's503',
        n: 'f1.5',
        trace: 's5b8efff798038103d269b633813fc60c',
        user: 'j{"id":"u1"}',
      },
      resource: { 'enduser.id': 'su1' },
      timeNs: 1_778_400_000_250_000_000n,
      severity: [17, '503'],
      traceId: '5b8efff798038103d269b633813fc60c',
    })
  })

  it.each([
    ["layout: '%d/%b/%Y:%H:%M:%S %z'", '10/May/2026:10:00:00 +0200', 1_778_400_000_000_000_000n],
    ['layout_type: gotime\n      layout: RFC3339', '2026-05-10T08:00:00Z', READ_NS],
    ['layout_type: epoch\n      layout: ms', '1778400000123', READ_NS + 123_000_000n],
    ['layout_type: epoch\n      layout: s.ns', '1778400000.000000007', READ_NS + 7n],
    ["layout: '%F %T,%f'\n      location: UTC", '2026-05-10 08:00:00,000001', READ_NS + 1000n],
  ])('reads a time by %s', (layout, text, timeNs) => {
    const yaml = `operators:
  - type: regex_parser
    regex: '^\\[(?P<t>[^\\]]+)\\]'
    timestamp:
      parse_from: attributes.t
      ${layout}`
    expect(run(yaml, [`[${text}] x`])[0]?.timeNs).toBe(timeNs)
  })

  it('sends on what cannot be parsed, or drops it', () => {
    const bodies = (onError: string): readonly string[] =>
      run(`operators: [{type: json_parser, on_error: ${onError}}]`, ['{"a":1}', 'no JSON']).map(
        ({ body }) => body,
      )
    expect(bodies('send')).toEqual(['s{"a":1}', 'sno JSON'])
    expect(bodies('drop')).toEqual(['s{"a":1}'])
  })

  it('reads the lines of containers, joins their parts, and names the pod', () => {
    const records = run('operators: [{type: container}]', [
      '2026-05-10T08:00:00.5Z stdout P first-',
      '2026-05-10T08:00:01Z stderr F other',
      '2026-05-10T08:00:02Z stdout F half',
      '{"log":"of docker\\n","stream":"stdout","time":"2026-05-10T08:00:03Z"}',
    ])
    expect(records.map(({ body, attributes }) => [body, attributes['log.iostream']])).toEqual([
      ['sother', 'sstderr'],
      ['sfirst-half', 'sstdout'],
      ['sof docker', 'sstdout'],
    ])
    expect(records[1]?.timeNs).toBe(READ_NS + 2_000_000_000n)
    expect(records[0]?.resource).toEqual({
      'k8s.container.name': 'sapi',
      'k8s.container.restart_count': 's2',
      'k8s.namespace.name': 'sshop',
      'k8s.pod.name': 'sapi-0',
      'k8s.pod.uid': 's0a1b2c3d-0000-0000-0000-000000000001',
    })
  })

  it.each([
    [
      'multiline: {line_start_pattern: "^\\\\S"}\npreserve_leading_whitespaces: true',
      ['sa\n b', 'sc'],
    ],
    ['multiline: {line_end_pattern: "b$"}\npreserve_leading_whitespaces: true', ['sa\n b', 'sc']],
    [
      'preserve_leading_whitespaces: true\noperators: [{type: recombine, combine_field: body, is_first_entry: \'body matches "^[^ ]"\'}]',
      ['sa\n b', 'sc'],
    ],
    [
      'operators: [{type: recombine, combine_field: body, combine_with: "+", is_last_entry: body == "b"}]',
      ['sa+b', 'sc'],
    ],
  ])('joins lines: %s', (yaml, bodies) => {
    expect(run(yaml, ['a', ' b', 'c']).map(({ body }) => body)).toEqual(bodies)
  })

  it('routes entries, and filters them', () => {
    const yaml = `operators:
  - type: router
    routes:
      - {expr: 'body startsWith "{"', output: json}
      - {expr: 'body contains "=" and not (body contains "skip")', output: pairs}
    default: last
  - {type: json_parser, id: json, output: last}
  - {type: key_value_parser, id: pairs}
  - {type: filter, id: last, expr: 'attributes.drop == "yes" or body in ["never"]'}`
    const found = run(yaml, ['{"a":"1"}', 'b="two words" c=3', 'drop=yes', 'never', 'skip='])
    expect(found.map(({ attributes }) => Object.keys(attributes))).toEqual([
      ['log.file.name', 'a'].sort(),
      ['b', 'c', 'log.file.name'],
      ['log.file.name'],
    ])
  })

  it.each([
    [
      'operators: [{type: csv_parser}]',
      'otel.yml:2:20: type: there is no operator csv_parser here',
    ],
    ['operators: [{type: add, field: nowhere, value: 1}]', 'otel.yml:2:32: field: must be a field'],
    [
      'operators: [{type: noop, output: x}]',
      'otel.yml:2:34: output: there is no operator x behind',
    ],
    ["operators: [{type: filter, expr: 'body =~ 1'}]", 'otel.yml:2:40: expr: unexpected ='],
    ['operators: [{type: regex_parser, regex: "("}]', 'otel.yml:2:41: regex: not a valid regular'],
    ['header: {pattern: x}', 'otel.yml:2:1: header: is not supported'],
    ['exclude: [relative.log]', 'otel.yml:2:11: exclude[0]: must be an absolute path'],
    ['includ: 1', 'otel.yml:2:1: includ: unknown key; did you mean include?'],
  ])('refuses %s', (yaml, message) => {
    expect(read(yaml).faults.join('\n')).toContain(message)
  })
})
