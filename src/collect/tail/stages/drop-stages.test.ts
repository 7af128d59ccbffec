import { describe, expect, it } from 'vitest'
import { BEGIN_MS, openStages, process } from './testing/pipeline-kit.ts'

const JSON_STAGE = '- json: {expressions: {level: "", msg: "", none: ""}}\n'
const LINE = '{"level":"debug","msg":"health ok","none":null}'

function isDropped(drop: string, line = LINE): boolean {
  return process(`${JSON_STAGE}- drop: {${drop}}`, line) === undefined
}

describe('drop', () => {
  it.each<[string, boolean]>([
    ['expression: health', true],
    ['expression: "^health"', false],
    ['source: level', true],
    ['source: absent', false],
    ['source: [level, msg]', true],
    ['source: [level, absent]', false],
    ['source: level, value: debug', true],
    ['source: level, value: debu', false],
    ['source: level, expression: "^de"', true],
    ['source: [level, msg], value: debug;health ok', true],
    ['source: [level, msg], separator: "#", expression: "^debug#health"', true],
    ['source: none, expression: ".*"', false],
    // A value that is not there is an empty text to a pattern.
    ['source: absent, expression: "^$"', true],
    ['longer_than: 47', false],
    ['longer_than: 46b', true],
    ['longer_than: 1kb', false],
    // All conditions must hold.
    ['source: level, value: debug, longer_than: 1kb', false],
    ['source: level, value: debug, longer_than: 10', true],
  ])('{%s}: %s', (settings, wanted) => expect(isDropped(settings)).toBe(wanted))

  it('counts bytes, not characters', () => {
    expect(process('- drop: {longer_than: 5}', 'ééé')).toBeUndefined()
    expect(process('- drop: {longer_than: 6}', 'ééé')).toBeDefined()
  })

  it('lets old lines fall', () => {
    const kit = openStages('- drop: {older_than: 1h, drop_counter_reason: too_old}')
    const hourMs = 3_600_000
    kit.push('new', {}, BigInt(BEGIN_MS - hourMs) * 1_000_000n)
    kit.push('old', {}, BigInt(BEGIN_MS - hourMs - 1) * 1_000_000n)
    expect(kit.out.map(({ line }) => line)).toEqual(['new'])
    expect(kit.metric('logentry_dropped_lines_total', { reason: 'too_old' })).toBe(1)
  })

  it('takes a text with special characters as it is', () => {
    expect(isDropped('source: msg, value: "a.b"', '{"msg":"axb"}')).toBe(false)
    expect(isDropped('source: msg, value: "a.b"', '{"msg":"a.b"}')).toBe(true)
  })
})

describe('sampling', () => {
  const keep = (rate: number): number => {
    const kit = openStages(`- sampling: {rate: ${rate}}`)
    for (let i = 0; i < 2000; i++) kit.push('x')
    const dropped = kit.metric('logentry_dropped_lines_total', { reason: 'sampling_stage' }) ?? 0
    expect(kit.out.length + dropped).toBe(2000)
    return kit.out.length
  }

  it('keeps a share', () => {
    expect(keep(0)).toBe(0)
    expect(keep(1)).toBe(2000)
    expect(keep(0.5)).toBeGreaterThan(700)
    expect(keep(0.5)).toBeLessThan(1300)
  })
})

describe('limit', () => {
  it('lets a burst through, then a rate, and drops the others', () => {
    const kit = openStages('- limit: {rate: 10, burst: 3, drop: true}')
    for (let i = 0; i < 5; i++) kit.push(String(i))
    expect(kit.out.length).toBe(3)
    kit.passMs(100)
    kit.push('later')
    kit.push('too soon')
    expect(kit.out.length).toBe(4)
    kit.passMs(60_000)
    for (let i = 0; i < 5; i++) kit.push(String(i))
    expect(kit.out.length).toBe(7)
    expect(kit.metric('logentry_dropped_lines_total', { reason: 'ratelimit_drop_stage' })).toBe(5)
  })

  it('asks the source to pause where it may not drop', () => {
    const kit = openStages('- limit: {rate: 10, burst: 2}')
    kit.push('1')
    kit.push('2')
    expect(kit.pausedUntilMs).toBeUndefined()
    kit.push('3')
    expect(kit.out.length).toBe(3)
    expect(kit.pausedUntilMs).toBe(BEGIN_MS + 100)
    kit.passMs(100)
    expect(kit.pausedUntilMs).toBeUndefined()
    kit.push('4')
    expect(kit.pausedUntilMs).toBe(BEGIN_MS + 200)
  })

  it('limits by the value of a label', () => {
    const kit = openStages('- limit: {rate: 1, burst: 1, drop: true, by_label_name: app}')
    for (const app of ['a', 'a', 'b']) kit.push(app, { app })
    kit.push('none')
    kit.push('none')
    expect(kit.out.map(({ line }) => line)).toEqual(['a', 'b', 'none', 'none'])
    const labels = { label_name: 'app', label_value: 'a' }
    expect(kit.metric('logentry_dropped_lines_by_label_total', labels)).toBe(1)
  })
})
