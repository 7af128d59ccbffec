import { expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { decideTargets, type KnownDecisions } from './decide-targets.ts'
import type { JobDefaults } from './target-labels.ts'

it('what was decided before is not decided again', () => {
  const decided: string[] = []
  const job: JobDefaults = {
    ...{ jobName: 'j', scrapeIntervalMs: 1000, scrapeTimeoutMs: 1000 },
    ...{ metricsPath: '/metrics', scheme: 'http', params: {} },
    relabel: (labels) => {
      decided.push(labels.get('__address__'))
      return labels.get('__address__') === 'b:1' ? undefined : labels
    },
  }
  const group = (...addresses: string[]) => ({
    source: addresses.join(),
    targets: addresses.map((address) => Labels.from({ __address__: address })),
  })
  const known: KnownDecisions = new WeakMap()
  const [first, second] = [group('a:1', 'b:1', 'a:1'), group('c:1', '')]
  const before = decideTargets([first], job, 10, known)
  const after = decideTargets([first, second], job, 10, known)
  expect(decided).toEqual(['a:1', 'b:1', 'a:1', 'c:1', ''])
  expect(before).toMatchObject({ foundCount: 3, droppedCount: 1 })
  expect(after).toMatchObject({ foundCount: 5, droppedCount: 1, faults: [{ address: '' }] })
  expect(Array.from(after.wanted.values(), ({ address }) => address)).toEqual(['a:1', 'c:1'])
  expect(after.dropped.map((labels) => labels.get('__address__'))).toEqual(['b:1'])
})
