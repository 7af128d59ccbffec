import { expect, it } from 'vitest'
import { criticalPath } from './critical-path.ts'
import { makeTrace } from './testing/make-trace.ts'
import { toTrace } from './trace-model.ts'

/** `name start-end`, from the end of the trace to its start. */
function pathOf(picture: string): readonly string[] {
  const trace = makeTrace(picture)
  const { rows, startsNs, endsNs } = criticalPath(trace)
  return rows.map((row, i) => `${trace.names[row]} ${startsNs[i]}-${endsNs[i]}`)
}

it.each([
  ['one span is all of it', 'a 0-100', ['a 0-100']],
  [
    'children one after the other, with what lies between them',
    `
    a 0-100
      b 10-40
      c 50-90
    `,
    ['a 90-100', 'c 50-90', 'a 40-50', 'b 10-40', 'a 0-10'],
  ],
  [
    'of children at the same time the one that ends last',
    `
    a 0-100
      b 10-60
      c 20-90
    `,
    ['a 90-100', 'c 20-90', 'a 0-20'],
  ],
  [
    'children of children',
    `
    a 0-100
      b 20-80
        c 30-70
      d 1-15
    `,
    ['a 80-100', 'b 70-80', 'c 30-70', 'b 20-30', 'a 15-20', 'd 1-15', 'a 0-1'],
  ],
  [
    'a child that ends exactly where the next one starts is not before it',
    `
    a 0-100
      b 10-50
      c 50-100
    `,
    ['c 50-100', 'a 0-50'],
  ],
  [
    'a child that outlives its parent is cut',
    `
    a 0-100
      b 50-140
    `,
    ['b 50-100', 'a 0-50'],
  ],
  [
    'a child that starts before its parent is cut',
    `
    a 20-100
      b 0-60
    `,
    ['a 60-100', 'b 20-60'],
  ],
  [
    'a child around its parent is all of it',
    `
    a 20-80
      b 0-100
    `,
    ['b 20-80'],
  ],
  [
    'what lies outside its parent does not count, and nothing below it',
    `
    a 20-120
      b 120-200
        c 40-110
      d 0-20
      e 30-40
    `,
    ['a 40-120', 'e 30-40', 'a 20-30'],
  ],
  [
    'nobody waits for the consumer of a message',
    `
    a 0-100
      b 10-90 orders producer
        c 20-80 mail consumer
      d 30-40 orders consumer
    `,
    ['a 90-100', 'b 10-90', 'a 0-10'],
  ],
  [
    'every root has a path of its own',
    `
    a 0-10
    b 20-50
      c 30-50
    `,
    ['a 0-10', 'c 30-50', 'b 20-30'],
  ],
  [
    'a child without a duration is passed through',
    `
    a 0-100
      b 40-40
    `,
    ['a 40-100', 'a 0-40'],
  ],
])('%s', (_name, picture, expected) => expect(pathOf(picture)).toEqual(expected))

it('is found for ten thousand spans beside each other and below each other', () => {
  const beside = Array.from({ length: 9999 }, (_none, i) => `  s${i} ${i * 10}-${i * 10 + 9}`)
  const wide = criticalPath(makeTrace(['root 0-99990', ...beside].join('\n')))
  expect(wide.rows.length).toBe(19_998)
  const below = Array.from({ length: 9999 }, (_none, i) => `${' '.repeat(2 * i)}s${i} ${i}-99990`)
  expect(criticalPath(makeTrace(below.join('\n'))).rows.length).toBe(9999)
  expect(criticalPath(toTrace('1', [])).rows).toEqual([])
})
