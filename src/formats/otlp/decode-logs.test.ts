import { describe, expect, it } from 'vitest'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import { Problem } from '../../model/problem.ts'
import { decodeLogRecords, decodeLogRecordsJson } from './decode-log-records.ts'
import { OtlpLogDecoder } from './decode-logs.ts'
import { DEFAULT_INDEX_ATTRIBUTES, indexRule, type OtlpLogSettings } from './log-rules.ts'
import {
  encodeLogsRequest,
  type LogRecordJson,
  type LogsRequestJson,
} from './testing/encode-logs.ts'

const NOW_NS = 1_700_000_000_000_000_000n
const TIME = '1699999999000000001'

/** `stream | time | line | structured metadata`, row by row. */
function rows(batch: LogBatch): string[] {
  return [...batch.ends].map((end, row) => {
    const stream = batch.streams[batch.streamIndex[row] ?? -1]
    const metadata = batch.metadata[batch.metadataIndex[row] ?? -1]
    const line = new TextDecoder().decode(batch.bytes.subarray(lineStart(batch, row), end))
    return `${stream?.toString()} | ${batch.timestampsNs[row]} | ${line} | ${metadata?.toString()}`
  })
}

/** Decodes a request in both encodings, to lines at once and by way of records: all must give the same. */
function decode(given: LogsRequestJson, settings?: OtlpLogSettings): string[] {
  const json = new TextEncoder().encode(JSON.stringify(given))
  const fromJson = rows(new OtlpLogDecoder().json(json, NOW_NS, settings))
  const fromProto = rows(new OtlpLogDecoder().protobuf(encodeLogsRequest(given), NOW_NS, settings))
  expect(fromProto).toEqual(fromJson)
  for (const records of [decodeLogRecordsJson(json), decodeLogRecords(encodeLogsRequest(given))]) {
    expect(rows(new OtlpLogDecoder().records(records, NOW_NS, settings))).toEqual(fromJson)
  }
  return fromJson
}

const text = (stringValue: string) => ({ stringValue })
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })

function request(
  records: readonly LogRecordJson[],
  resource: readonly ReturnType<typeof attribute>[] = [attribute('service.name', 'api')],
): LogsRequestJson {
  return {
    resourceLogs: [{ resource: { attributes: resource }, scopeLogs: [{ logRecords: records }] }],
  }
}

describe('a request for logs', () => {
  it('becomes lines by the rules of Loki', () => {
    const found = decode({
      resourceLogs: [
        {
          resource: {
            attributes: [
              attribute('service.name', 'api'),
              attribute('k8s.pod.name', 'api-7'),
              attribute('host.name', 'box'),
              { key: 'process.pid', value: { intValue: '-12' } },
            ],
          },
          scopeLogs: [
            {
              scope: {
                name: 'lib',
                version: '1.2',
                attributes: [attribute('in.scope', 'yes')],
                droppedAttributesCount: 3,
              },
              logRecords: [
                {
                  timeUnixNano: TIME,
                  observedTimeUnixNano: '1699999999000000002',
                  severityNumber: 17,
                  severityText: 'ERROR',
                  body: text('it "failed"\n<b>'),
                  attributes: [
                    { key: 'http.status_code', value: { intValue: '500' } },
                    { key: 'ratio', value: { doubleValue: 0.25 } },
                    { key: 'retried', value: { boolValue: true } },
                  ],
                  droppedAttributesCount: 1,
                  flags: 1,
                  traceId: '5B8EFFF798038103D269B633813FC60C',
                  spanId: 'eee19b7ec3c1b174',
                  eventName: 'boom',
                },
              ],
            },
          ],
        },
      ],
    })
    expect(found).toEqual([
      '{k8s_pod_name="api-7", service_name="api"} | 1699999999000000001 | it "failed"\n<b> | ' +
        '{detected_level="error", dropped_attributes_count="1", event_name="boom", flags="1", host_name="box", ' +
        'http_status_code="500", in_scope="yes", observed_timestamp="1699999999000000002", process_pid="-12", ' +
        'ratio="0.25", retried="true", scope_dropped_attributes_count="3", scope_name="lib", scope_version="1.2", ' +
        'severity_number="17", severity_text="ERROR", span_id="eee19b7ec3c1b174", ' +
        'trace_id="5b8efff798038103d269b633813fc60c"}',
    ])
  })

  it('takes the time of observation, or now, where there is no time', () => {
    const found = decode(
      request([{ observedTimeUnixNano: '5', body: text('a') }, { body: text('b') }]),
    )
    expect(found).toEqual([
      '{service_name="api"} | 5 | a | {}',
      `{service_name="api"} | ${NOW_NS} | b | {}`,
    ])
  })

  it('writes bodies that are no text as JSON', () => {
    const value = {
      kvlistValue: {
        values: [
          attribute('msg', 'a < b'),
          { key: 'code', value: { intValue: '9007199254740993' } },
          { key: 'a', value: { arrayValue: { values: [{ doubleValue: 1.5 }, {}] } } },
          { key: 'raw', value: { bytesValue: 'AAECAw==' } },
        ],
      },
    }
    const bodies = [value, { intValue: '7' }, { bytesValue: '/+8=' }, { boolValue: false }, {}]
    const found = decode(request(bodies.map((body) => ({ timeUnixNano: '1', body }))))
    expect(found.map((row) => row.split(' | ')[2])).toEqual([
      '{"a":[1.5,null],"code":9007199254740993,"msg":"a < b","raw":"AAECAw=="}',
      '7',
      '/+8=',
      'false',
      '',
    ])
  })

  it('names labels as Prometheus does, and those of maps by the way to them', () => {
    const inner = { kvlistValue: { values: [attribute('b.c', '1'), attribute('d', '2')] } }
    const found = decode(
      request([
        {
          timeUnixNano: '1',
          body: text('x'),
          attributes: [
            { key: 'a', value: inner },
            attribute('0', 'digit'),
            attribute('größe--x', 'wide'),
            attribute('', 'nameless'),
            attribute('..', 'nameless'),
          ],
        },
      ]),
    )
    expect(found[0]).toContain('{a_b_c="1", a_d="2", gr_e_x="wide", key_0="digit"}')
  })

  it('has a service name always', () => {
    const named = (...resource: ReturnType<typeof attribute>[]) =>
      decode(request([{ timeUnixNano: '1', body: text('x') }], resource))[0]?.split(' | ')[0]
    expect(named()).toBe('{service_name="unknown_service"}')
    expect(named(attribute('service.name', ''))).toBe('{service_name="unknown_service"}')
    expect(named(attribute('k8s.container.name', 'web'))).toBe(
      '{k8s_container_name="web", service_name="web"}',
    )
  })

  it('says how bad a line is', () => {
    const level = (record: LogRecordJson) =>
      /detected_level="(\w+)"/.exec(
        decode(request([{ timeUnixNano: '1', ...record }]))[0] ?? '',
      )?.[1]
    expect(level({ severityNumber: 1 })).toBe('trace')
    expect(level({ severityNumber: 12 })).toBe('info')
    expect(level({ severityNumber: 24 })).toBe('fatal')
    expect(level({ severityNumber: 99 })).toBe('unknown')
    expect(level({ severityNumber: 9, severityText: 'Warning' })).toBe('warn')
    expect(level({ attributes: [attribute('level', 'ERR')] })).toBe('error')
    expect(level({ attributes: [attribute('detected_level', 'WARNING')] })).toBe('warn')
    expect(level({})).toBeUndefined()
  })

  it('is mapped as a configuration says', () => {
    const settings: OtlpLogSettings = {
      resource: [
        { action: 'drop', attributes: [], regex: 'secret\\..*' },
        { action: 'index_label', attributes: ['host.name'], regex: undefined },
        indexRule(DEFAULT_INDEX_ATTRIBUTES),
      ],
      scope: [{ action: 'drop', attributes: ['s'], regex: undefined }],
      log: [
        { action: 'index_label', attributes: ['tier'], regex: undefined },
        { action: 'drop', attributes: ['noise'], regex: undefined },
      ],
      severityTextAsLabel: true,
    }
    const resource = [
      attribute('service.name', 'api'),
      attribute('host.name', 'box'),
      attribute('secret.key', 'k'),
    ]
    const record = {
      timeUnixNano: '1',
      body: text('x'),
      severityText: 'INFO',
      attributes: [attribute('tier', 'web'), attribute('noise', 'n'), attribute('kept', 'k')],
    }
    expect(decode(request([record], resource), settings)).toEqual([
      '{host_name="box", service_name="api", severity_text="INFO", tier="web"} | 1 | x | ' +
        '{detected_level="info", kept="k", severity_text="INFO"}',
    ])
  })

  it('keeps resources and scopes apart, and shares what is equal in a scope', () => {
    const scope = (name: string, ...bodies: string[]) => ({
      scope: { name },
      logRecords: bodies.map((body) => ({ timeUnixNano: '1', body: text(body) })),
    })
    const body = encodeLogsRequest({
      resourceLogs: [
        {
          resource: { attributes: [attribute('service.name', 'a')] },
          scopeLogs: [scope('one', '1', '2'), scope('two', '3')],
        },
        {
          resource: { attributes: [attribute('service.name', 'b')] },
          scopeLogs: [scope('one', '4')],
        },
      ],
    })
    const batch = new OtlpLogDecoder().protobuf(body, NOW_NS)
    expect([...batch.streamIndex]).toEqual([0, 0, 0, 1])
    expect([...batch.metadataIndex]).toEqual([1, 1, 2, 3])
  })
})

describe('OTLP in JSON', () => {
  const json = (source: string) =>
    rows(new OtlpLogDecoder().json(new TextEncoder().encode(source), NOW_NS))

  it('is read whatever the order and the case of its keys', () => {
    const found = json(
      `{"unknown":[{"a":1}],"resource_logs":[{"scope_logs":[{"log_records":[
        {"attributes":null,"body":{"string_value":"x"},"time_unix_nano":7,"severity_number":"SEVERITY_NUMBER_WARN2"}],
        "scope":{"name":"late"}}],"resource":{"attributes":[{"value":{"stringValue":"api"},"key":"service.name"}]}}]}`,
    )
    expect(found).toEqual([
      '{service_name="api"} | 7 | x | {detected_level="warn", scope_name="late", severity_number="14"}',
    ])
  })

  it('that is malformed is refused', () => {
    const record = (fields: string) =>
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{${fields}}]}]}]}`
    const wrong: readonly (readonly [string, string])[] = [
      ['{', 'a key'],
      ['[]', 'the beginning of the request'],
      ['{} x', 'behind the request'],
      [record('"timeUnixNano":"1.5"'), 'a whole number of 64 bits'],
      [record('"traceId":"zz"'), 'traceId is 32 hexadecimal digits'],
      [record('"body":{"bytesValue":"*"}'), 'not base64'],
      [record('"severityNumber":"LOUD"'), 'unknown severityNumber'],
      [record(`"body":${'{"arrayValue":{"values":['.repeat(40)}`), 'nested deeper than'],
    ]
    for (const [source, reason] of wrong) expect(() => json(source)).toThrow(reason)
  })
})

it('JSON never does more than be refused, wherever it is cut off or changed', () => {
  const whole = new TextEncoder().encode(
    JSON.stringify(
      request([
        {
          timeUnixNano: TIME,
          severityNumber: 9,
          body: { kvlistValue: { values: [attribute('a', 'b"\\n')] } },
          traceId: '5b8efff798038103d269b633813fc60c',
          attributes: [{ key: 'n', value: { intValue: '7' } }],
        },
      ]),
    ),
  )
  const decoder = new OtlpLogDecoder()
  const strange: unknown[] = []
  const attempt = (bytes: Uint8Array): void => {
    try {
      decoder.json(bytes, NOW_NS)
    } catch (thrown) {
      if (!(thrown instanceof Problem)) strange.push(thrown)
    }
  }
  for (let end = 0; end < whole.length; end++) attempt(whole.slice(0, end))
  for (let at = 0; at < whole.length; at++) {
    for (const byte of Buffer.from('\0"\\{}[],:5nu')) {
      const changed = whole.slice()
      changed[at] = byte
      attempt(changed)
    }
  }
  expect(strange).toEqual([])
})

describe('hostile protobuf', () => {
  const whole = encodeLogsRequest(
    request([
      {
        timeUnixNano: TIME,
        observedTimeUnixNano: TIME,
        body: text('hello'),
        severityNumber: 9,
        severityText: 'INFO',
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: 'eee19b7ec3c1b174',
        attributes: [attribute('k', 'v')],
      },
    ]),
  )

  it('never does more than be refused, wherever it is cut off or changed', () => {
    const decoder = new OtlpLogDecoder()
    const strange: unknown[] = []
    const attempt = (bytes: Uint8Array): void => {
      try {
        decoder.protobuf(bytes, NOW_NS)
      } catch (thrown) {
        if (!(thrown instanceof Problem)) strange.push(thrown)
      }
    }
    for (let end = 0; end < whole.length; end++) attempt(whole.slice(0, end))
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = whole.slice()
        changed[at] = byte
        attempt(changed)
      }
    }
    expect(strange).toEqual([])
  })

  it('is bounded in depth and in what its attributes become', () => {
    let deep: Parameters<typeof attribute>[1] | object = { stringValue: 'x' }
    for (let i = 0; i < 40; i++) deep = { arrayValue: { values: [deep] } }
    const body = encodeLogsRequest(request([{ timeUnixNano: '1', body: deep }]))
    expect(() => new OtlpLogDecoder().protobuf(body, NOW_NS)).toThrow('nested deeper than 32')
    const many = Array.from({ length: 2000 }, (_, i) => attribute(`attribute.${i}`, 'x'.repeat(50)))
    const records = Array.from({ length: 2000 }, (_, i) => ({
      timeUnixNano: '1',
      body: text('x'),
      attributes: [attribute('n', String(i))],
    }))
    expect(() =>
      new OtlpLogDecoder().protobuf(encodeLogsRequest(request(records, many)), NOW_NS),
    ).toThrow('send fewer records')
  })

  it('says what is wrong with ids', () => {
    const body = encodeLogsRequest(request([{ timeUnixNano: '1', traceId: 'abcd' }]))
    expect(() => new OtlpLogDecoder().protobuf(body, NOW_NS)).toThrow(
      'trace_id has 2 bytes, not 16',
    )
  })
})
