import type { TestSpan } from './spans-harness.ts'

/** A generator of numbers that gives the same ones for the same seed. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Spans of some traces, with attributes of all types under the same names. */
export function randomSpans(random: (below: number) => number, traces: number): TestSpan[] {
  const values = ['a', 'b', 1, 2, 2.5, true, false, ['a', 'c']]
  return Array.from({ length: traces }, (_, trace) =>
    Array.from({ length: 1 + random(6) }, (__, span): TestSpan => ({
      ...{ trace: trace + 1, span: span + 1, atMs: random(7_200_000) - 3_600_000 },
      ...(span === 0 ? {} : { parent: random(8) === 0 ? 99 : 1 + random(span) }),
      name: ['GET', 'query', 'wait'][random(3)] ?? '',
      ...{ service: ['api', 'db'][random(2)] ?? '', kind: random(6), status: random(3) },
      durationMs: random(4) * 100,
      attributes: random(3) === 0 ? {} : { x: values[random(values.length)] ?? 0, y: random(3) },
      resource: random(3) === 0 ? { x: values[random(values.length)] ?? 0 } : {},
      events: random(3) === 0 ? [{ name: 'e', attributes: { x: random(2) } }] : [],
    })),
  ).flat()
}
