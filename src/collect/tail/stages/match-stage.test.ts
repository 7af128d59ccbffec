import { describe, expect, it } from 'vitest'
import { openStages, process } from './testing/pipeline-kit.ts'

const STAGES = 'stages: [{static_labels: {hit: "1"}}]'

function isHit(selector: string, line = 'GET /health 200', app = 'web'): boolean {
  const stage = `- match: {selector: '${selector}', ${STAGES}}`
  return process(stage, line, { app })?.labels.get('hit') === '1'
}

describe('match', () => {
  it.each<[string, boolean]>([
    ['{app="web"}', true],
    ['{app="api"}', false],
    ['{app=~"w.*"}', true],
    ['{app=~"w"}', false],
    ['{app!="web"}', false],
    ['{app=~".*"}', true],
    ['{other=""}', true],
    ['{other="x"}', false],
    ['{app="web", other!="x"}', true],
    ['{app="web"} |= "health"', true],
    ['{app="web"} != "health"', false],
    ['{app="web"} |~ "[0-9]{3}$"', true],
    ['{app="web"} !~ "[0-9]{3}$"', false],
    ['{app="web"} |= "GET" != "404"', true],
  ])('%s: %s', (selector, wanted) => expect(isHit(selector)).toBe(wanted))

  it('sees labels that stages before it made', () => {
    const stages = `
- json: {expressions: {level: ''}}
- labels: {level: ''}
- match: {selector: '{level="error"}', ${STAGES}}`
    expect(process(stages, '{"level":"error"}')?.labels.get('hit')).toBe('1')
    expect(process(stages, '{"level":"info"}')?.labels.get('hit')).toBe('')
  })

  it('lets lines fall, and counts them by its reason', () => {
    const kit = openStages(`
- match: {selector: '{app="web"} |= "health"', action: drop, drop_counter_reason: probes}
- match: {selector: '{app="noise"}', action: drop}`)
    kit.push('GET /health', { app: 'web' })
    kit.push('GET /', { app: 'web' })
    kit.push('x', { app: 'noise' })
    expect(kit.out.map(({ line }) => line)).toEqual(['GET /'])
    expect(kit.metric('logentry_dropped_lines_total', { reason: 'probes' })).toBe(1)
    expect(kit.metric('logentry_dropped_lines_total', { reason: 'match_stage' })).toBe(1)
  })

  it('holds back what stages within it hold back', () => {
    const kit = openStages(`
- match:
    selector: '{app="java"}'
    stages:
      - match: {selector: '{app=~".+"}', stages: [{multiline: {firstline: '^\\S'}}]}
- static_labels: {end: '1'}`)
    kit.push('Exception', { app: 'java' })
    kit.push('other', { app: 'web' })
    expect(kit.out.map(({ line }) => line)).toEqual(['other'])
    expect(kit.heldFrom).toBe(0)
    kit.push('  at x', { app: 'java' })
    kit.passMs(3000)
    expect(kit.out.map(({ line }) => line)).toEqual(['other', 'Exception\n  at x'])
    expect(kit.out.every(({ labels }) => labels.get('end') === '1')).toBe(true)
    expect(kit.heldFrom).toBeUndefined()
  })
})
