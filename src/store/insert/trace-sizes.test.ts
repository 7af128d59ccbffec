import { describe, expect, it } from 'vitest'
import { TraceSizes } from './trace-sizes.ts'

function idOf(trace: number): DataView {
  const view = new DataView(new ArrayBuffer(16))
  view.setUint32(0, trace)
  return view
}

describe('the size of traces', () => {
  it('ends at so many spans, for each trace by itself', () => {
    const sizes = new TraceSizes(3)
    const admitted = (trace: number): boolean => sizes.admit(idOf(trace), 0, 0)
    expect([1, 1, 2, 1, 1, 2].map(admitted)).toEqual([true, true, true, true, false, true])
  })

  it('is forgotten when another trace needs its place and it had nothing new for a minute', () => {
    const sizes = new TraceSizes(1)
    sizes.admit(idOf(1), 0, 0)
    expect(sizes.admit(idOf(1), 0, 0)).toBe(false)
    for (let trace = 2; trace < 500_000; trace++) sizes.admit(idOf(trace), 0, 30_000)
    expect(sizes.admit(idOf(1), 0, 30_000)).toBe(false)
    for (let trace = 2; trace < 500_000; trace++) sizes.admit(idOf(trace), 0, 120_000)
    expect(sizes.admit(idOf(1), 0, 120_000)).toBe(true)
  })
})
