import { describe, expect, it } from 'vitest'
import { openStages } from './testing/pipeline-kit.ts'

const stages = (metrics: string): string =>
  `- json: {expressions: {took: '', level: '', size: ''}}\n- metrics:\n${metrics}`

describe('metrics', () => {
  it('counts lines and bytes, and values that are there', () => {
    const kit = openStages(
      stages(`
    lines: {type: counter, description: all, config: {match_all: true, action: inc}}
    bytes: {type: Counter, config: {match_all: true, count_entry_bytes: true, action: add}}
    errors: {type: counter, source: level, config: {value: error, action: inc}}
    took_total: {type: counter, source: took, prefix: my_, config: {action: add}}`),
    )
    kit.push('{"level":"error","took":"1500ms"}', { job: 'a', __hidden: 'x' })
    kit.push('{"level":"info","took":2}', { job: 'a' })
    kit.push('é', { job: 'b' })
    kit.push('{"took":-5}', { job: 'b' })
    const of = (name: string, job: string): number | undefined => kit.metric(name, { job })
    expect(of('promtail_custom_bytes', 'b')).toBe(13)
    expect(of('promtail_custom_errors', 'a')).toBe(1)
    expect(of('promtail_custom_lines', 'b')).toBe(2)
    // A counter only grows.
    expect(of('my_took_total', 'b')).toBeUndefined()
    const family = kit.registry.families().find(({ name }) => name === 'promtail_custom_lines')
    expect(family).toMatchObject({ type: 'counter', help: 'all' })
  })

  it('sets, raises and lowers gauges', () => {
    const kit = openStages(
      stages(`
    last: {type: gauge, source: took, config: {action: set}}
    up: {type: gauge, source: took, config: {action: inc}}
    down: {type: gauge, source: took, config: {action: dec}}
    sum: {type: gauge, source: took, config: {action: add}}
    diff: {type: gauge, source: took, config: {action: sub}}`),
    )
    for (const took of [3, 4, 'x']) kit.push(JSON.stringify({ took }))
    const values = ['last', 'up', 'down', 'sum', 'diff'].map((name) =>
      kit.metric(`promtail_custom_${name}`),
    )
    expect(values).toEqual([4, 3, -3, 7, -7])
  })

  it('sorts values into buckets', () => {
    const kit = openStages(
      stages('    took: {type: histogram, config: {buckets: [0.1, 1], value: ~}}'),
    )
    for (const took of [0.1, 0.5, 7]) kit.push(JSON.stringify({ took }))
    const name = 'promtail_custom_took'
    expect(kit.metric(name, { le: '0.1' }, '_bucket')).toBe(1)
    expect(kit.metric(name, { le: '1' }, '_bucket')).toBe(2)
    expect(kit.metric(name, { le: '+Inf' }, '_bucket')).toBe(3)
    expect(kit.metric(name, {}, '_count')).toBe(3)
    expect(kit.metric(name, {}, '_sum')).toBeCloseTo(7.6)
  })

  it('forgets what was not touched for max_idle_duration, after showing it once more', () => {
    const kit = openStages(
      stages(
        '    n: {type: counter, max_idle_duration: 10s, config: {match_all: true, action: inc}}',
      ),
    )
    kit.push('a', { job: 'a' })
    kit.passMs(10_000)
    expect(kit.metric('promtail_custom_n', { job: 'a' })).toBe(1)
    expect(kit.metric('promtail_custom_n', { job: 'a' })).toBeUndefined()
    kit.push('a', { job: 'a' })
    expect(kit.metric('promtail_custom_n', { job: 'a' })).toBe(1)
  })

  it('shows nothing any more once the job ends', () => {
    const kit = openStages(stages('    n: {type: counter, config: {match_all: true, action: inc}}'))
    kit.push('a')
    kit.stop()
    expect(kit.registry.families().map(({ name }) => name)).not.toContain('promtail_custom_n')
  })

  it('writes to one metric where stages name the same', () => {
    const kit = openStages(`
- metrics: {n: {type: counter, config: {match_all: true, action: inc}}}
- match:
    selector: '{job="a"}'
    stages:
      - metrics:
          n: {type: counter, config: {match_all: true, action: inc}}
- metrics: {n: {type: gauge, config: {action: set}}}`)
    kit.push('{"n":77}', { job: 'a' })
    const families = kit.registry.families().filter(({ name }) => name === 'promtail_custom_n')
    expect(families.map(({ metrics }) => metrics)).toEqual([[{ labels: ['job', 'a'], value: 2 }]])
  })

  it('stops to tell streams apart when there are too many', () => {
    const kit = openStages(stages('    n: {type: counter, config: {match_all: true, action: inc}}'))
    for (let i = 0; i < 10_100; i++) kit.push('a', { id: String(i) })
    const family = kit.registry.families().find(({ name }) => name === 'promtail_custom_n')
    expect(family?.metrics.length).toBe(10_000)
  })
})
