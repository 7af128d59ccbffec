import { describe, expect, it } from 'vitest'
import type { ActiveTargetJson } from '../../../../src/contract/prometheus.ts'
import { filterTargets } from './filter-targets.ts'

function target(scrapePool: string, instance: string, lastError = ''): ActiveTargetJson {
  return {
    discoveredLabels: {},
    labels: { instance, job: scrapePool },
    scrapePool,
    scrapeUrl: `http://${instance}/metrics`,
    globalUrl: '',
    lastError,
    lastScrape: '',
    lastScrapeDuration: 0,
    health: lastError === '' ? 'up' : 'down',
    scrapeInterval: '15s',
    scrapeTimeout: '10s',
  }
}

const TARGETS = [
  target('node', 'a:9100'),
  target('node', 'b:9100', 'connection refused'),
  target('api', 'c:80'),
]

describe('targets', () => {
  it.each([
    ['', 'all', ['node 1/2: a:9100 b:9100', 'api 1/1: c:80']],
    ['refused', 'all', ['node 1/2: b:9100']],
    ['JOB="node" a:', 'all', ['node 1/2: a:9100']],
    ['', 'down', ['node 1/2: b:9100']],
    ['nowhere', 'all', []],
  ] as const)('with %j and %s', (text, health, expected) => {
    const pools = filterTargets(TARGETS, { text, health })
    const shown = pools.map(
      ({ name, up, total, targets }) =>
        `${name} ${up}/${total}: ${targets.map(({ labels }) => labels['instance']).join(' ')}`,
    )
    expect(shown).toEqual(expected)
  })
})
