import { describe, expect, it } from 'vitest'
import { MetricLabelNamer } from './metric-label-name.ts'
import { metricNameOf, unitNameOf } from './metric-name.ts'
import { DEFAULT_TRANSLATION, namingOf, type OtlpTranslation } from './translation.ts'

type Strategy = OtlpTranslation['translationStrategy']

function nameBy(strategy: Strategy, name: string, unit = '', type = 'gauge'): string | undefined {
  const naming = namingOf({ ...DEFAULT_TRANSLATION, translationStrategy: strategy })
  const kind = type === 'counter' ? 'sum' : type === 'histogram' ? 'histogram' : 'gauge'
  return metricNameOf({ name, unit, kind, isMonotonic: type === 'counter' }, naming)
}

describe('names of metrics', () => {
  it.each([
    ['http.server.duration', 'ms', 'histogram', 'http_server_duration_milliseconds'],
    ['http.requests', '1', 'counter', 'http_requests_total'],
    ['requests.total', '{request}', 'counter', 'requests_total'],
    ['total.requests', '', 'counter', 'requests_total'],
    ['system.memory.usage', 'By', 'gauge', 'system_memory_usage_bytes'],
    ['cpu.utilization', '1', 'gauge', 'cpu_utilization_ratio'],
    ['queue.size', '{item}', 'gauge', 'queue_size'],
    ['network.io', 'By/s', 'gauge', 'network_io_bytes_per_second'],
    ['network.speed', 'KiBy/{packet}', 'gauge', 'network_speed_kibibytes'],
    ['rate', '/s', 'gauge', 'rate_per_second'],
    ['process.uptime_seconds', 's', 'gauge', 'process_uptime_seconds'],
    ['a..b__c', '', 'gauge', 'a_b_c'],
    ['2xx', '', 'gauge', '_2xx'],
    ['my:rule', '', 'gauge', 'my:rule'],
    ['temperature', 'Cel', 'gauge', 'temperature_celsius'],
    ['weird', 'foo bar/x y', 'gauge', 'weird_foo_bar_per_x_y'],
    ['größe', 'm', 'gauge', 'gr_e_meters'],
    ['…', '', 'gauge', undefined],
    ['', '', 'gauge', undefined],
  ])('with underscores and suffixes: %s in %s as %s is %s', (name, unit, type, expected) => {
    expect(nameBy('UnderscoreEscapingWithSuffixes', name, unit, type)).toBe(expected)
  })

  it.each([
    ['http.server.duration', 'ms', 'histogram', 'http_server_duration'],
    ['http.requests', '1', 'counter', 'http_requests'],
    ['a..b__c', '', 'gauge', 'a_b__c'],
    ['2xx', 's', 'gauge', '_2xx'],
    ['.', 's', 'gauge', undefined],
  ])('with underscores only: %s in %s as %s is %s', (name, unit, type, expected) => {
    expect(nameBy('UnderscoreEscapingWithoutSuffixes', name, unit, type)).toBe(expected)
  })

  it.each([
    ['http.server.duration', 'ms', 'histogram', 'http.server.duration_milliseconds'],
    ['http.requests', '1', 'counter', 'http.requests_total'],
    ['requests.total', '', 'counter', 'requests_total'],
    ['cpu.ratio', '1', 'gauge', 'cpu_ratio'],
    ['disk.io.bytes', 'By', 'counter', 'disk.io.bytes_total'],
    ['net.io', 'By/s', 'counter', 'net.io_bytes_per_second_total'],
    ['größe', '', 'gauge', 'größe'],
    ['total', '', 'counter', 'total_total'],
  ])('with suffixes only: %s in %s as %s is %s', (name, unit, type, expected) => {
    expect(nameBy('NoUTF8EscapingWithSuffixes', name, unit, type)).toBe(expected)
  })

  it('as they are', () => {
    expect(nameBy('NoTranslation', 'http.requests', 'ms', 'counter')).toBe('http.requests')
    expect(nameBy('NoTranslation', '')).toBeUndefined()
  })

  it('have units of their own in metadata', () => {
    const units = ['ms', 'By/s', '1', '{x}', '/s', 'a  b', 'By', '_x_']
    expect(units.map(unitNameOf)).toEqual([
      ...['milliseconds', 'bytes_per_second', '', '', 'per_second', 'a_b', 'bytes', 'x'],
    ])
  })
})

describe('names of labels', () => {
  const name = (key: string, changes: Partial<OtlpTranslation> = {}): string | undefined =>
    new MetricLabelNamer(namingOf({ ...DEFAULT_TRANSLATION, ...changes })).nameOf(key)

  it('are escaped as Prometheus does', () => {
    expect(name('http.method')).toBe('http_method')
    expect(name('a..b')).toBe('a__b')
    expect(name('1st')).toBe('key_1st')
    expect(name('_private')).toBe('key_private')
    expect(name('__reserved')).toBe('__reserved')
    expect(name('😀')).toBe('key_')
    expect(name('..')).toBeUndefined()
    expect(name('a😀b')).toBe('a_b')
    expect(name('')).toBeUndefined()
  })

  it('follow the switches', () => {
    expect(name('_private', { labelNameUnderscoreSanitization: false })).toBe('_private')
    const collapsing = { labelNamePreserveMultipleUnderscores: false }
    expect(name('a..b__c', collapsing)).toBe('a_b_c')
    expect(name('__a..b__', collapsing)).toBe('__a_b__')
    expect(name('__a', collapsing)).toBe('key_a')
  })

  it('stay with UTF-8', () => {
    const strategy = { translationStrategy: 'NoTranslation' as const }
    expect(['http.method', 'größe', '1st', '__', ''].map((key) => name(key, strategy))).toEqual([
      ...['http.method', 'größe', '1st', undefined, undefined],
    ])
  })
})
