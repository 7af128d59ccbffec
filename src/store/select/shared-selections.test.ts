import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import type { QueryBounds, SeriesColumns } from '../metrics-source.ts'
import { SharedSelections } from './shared-selections.ts'

const request = { matchers: [matcher('__name__', '=', 'up')], startMs: 0, endMs: 10 }

function boundsOf(controller = new AbortController()): QueryBounds {
  return { signal: controller.signal, maxSeries: 10, maxSamples: 10 }
}

/** A source whose reads end when the test says so. */
class SlowSource {
  readonly reads: PromiseWithResolvers[] = []
  readonly given: SeriesColumns[] = []
  readonly shared = new SharedSelections((columns) => this.given.push(columns))

  select(version: number, bounds = boundsOf(), endMs = 10): Promise<SeriesColumns> {
    return this.shared.select({ ...request, endMs }, bounds, version, () => {
      let settle: Omit<PromiseWithResolvers, 'promise'> | undefined
      const promise = new Promise<SeriesColumns>((resolve, reject) => {
        settle = { resolve, reject }
      })
      if (settle !== undefined) this.reads.push({ promise, ...settle })
      return promise
    })
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<SeriesColumns>
  readonly resolve: (columns: SeriesColumns) => void
  readonly reject: (thrown: unknown) => void
}

function columnsOf(value: number): SeriesColumns {
  return {
    labels: [Labels.from({ __name__: 'up' })],
    offsets: new Uint32Array([0, 1]),
    timestampsMs: new Float64Array([1]),
    values: new Float64Array([value]),
  }
}

describe('selections that are shared', () => {
  it('are read once while they are held and nothing was written, and given back by the last', async () => {
    const source = new SlowSource()
    const asked = [source.select(1), source.select(1)]
    source.reads[0]?.resolve(columnsOf(7))
    const [one, two] = await Promise.all(asked)
    expect(source.reads).toHaveLength(1)
    expect(two?.values).toBe(one?.values)
    one?.release?.()
    one?.release?.()
    expect(source.given).toHaveLength(0)
    const three = source.select(1)
    expect(source.reads).toHaveLength(1)
    two?.release?.()
    ;(await three).release?.()
    expect(source.given).toHaveLength(1)
    void source.select(1)
    expect(source.reads).toHaveLength(2)
  })

  it('are read anew once something was written, and for another range', () => {
    const source = new SlowSource()
    for (const [version, endMs] of [
      [1, 10],
      [2, 10],
      [2, 11],
    ] as const) {
      void source.select(version, boundsOf(), endMs)
    }
    expect(source.reads).toHaveLength(3)
  })

  it('do not fail because the query that read them was ended', async () => {
    const source = new SlowSource()
    const first = new AbortController()
    const asked = [source.select(1, boundsOf(first)), source.select(1)]
    first.abort()
    source.reads[0]?.reject(new Problem('canceled', 'query was canceled'))
    await expect(asked[0]).rejects.toThrow('canceled')
    while (source.reads.length < 2) await Promise.resolve()
    source.reads[1]?.resolve(columnsOf(8))
    expect((await asked[1])?.values[0]).toBe(8)
  })

  it('fail for all where the store fails', async () => {
    const source = new SlowSource()
    const asked = [source.select(1), source.select(1)]
    source.reads[0]?.reject(new Problem('unavailable', 'the engine is away'))
    for (const each of asked) await expect(each).rejects.toThrow('away')
    void source.select(1)
    expect(source.reads).toHaveLength(2)
  })
})
