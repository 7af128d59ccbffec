import { describe, expect, it } from 'vitest'
import { marksOf } from './use-annotations.ts'
import { enqueue } from './request-queue.ts'

describe('requests', () => {
  it('run six at a time, in order; one that is no longer wanted never starts', async () => {
    const started: number[] = []
    const releases: (() => void)[] = []
    const abort = new AbortController()
    const ask = (id: number, signal?: AbortSignal) =>
      enqueue(
        () =>
          new Promise<number>((resolve) => {
            started.push(id)
            releases.push(() => resolve(id))
          }),
        signal,
      )
    const first = Array.from({ length: 6 }, (_none, i) => ask(i))
    const unwanted = ask(6, abort.signal)
    const last = ask(7)
    expect(started).toEqual([0, 1, 2, 3, 4, 5])
    abort.abort()
    await expect(unwanted).rejects.toThrow('no longer wanted')
    releases[0]?.()
    await first[0]
    await Promise.resolve()
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 7])
    for (const release of releases) release()
    expect(await Promise.all([...first, last])).toEqual([0, 1, 2, 3, 4, 5, 7])
  })
})

describe('annotations', () => {
  it('mark stretches of time where a series is not 0', () => {
    const values = [
      [0, '0'],
      [60, '1'],
      [120, '1'],
      [180, '0'],
      [240, '1'],
    ] as const
    const annotation = {
      ...{ name: 'Deploy', enable: true, hide: false, iconColor: 'red', builtIn: false, rest: {} },
      query: { titleFormat: '{{app}} deployed' },
    }
    const data = { resultType: 'matrix', result: [{ metric: { app: 'x' }, values }] } as const
    expect(marksOf(data, annotation, 60_000)).toMatchObject([
      { fromMs: 60_000, toMs: 120_000, title: 'x deployed', color: 'red' },
      { fromMs: 240_000, toMs: 240_000 },
    ])
  })
})
