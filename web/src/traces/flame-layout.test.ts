import { expect, it } from 'vitest'
import { flameNs, layOutFlame } from './flame-layout.ts'
import { makeTrace } from './testing/make-trace.ts'

function draw(picture: string): readonly string[] {
  return layOutFlame(makeTrace(picture)).map(
    ({ depth, name, spans, selfNs, fromNs, totalNs }) =>
      `${'.'.repeat(depth)}${name} x${spans} ${fromNs}+${totalNs} self ${selfNs}`,
  )
}

it('joins spans that are called in the same way, and is as wide as their time', () => {
  const picture = `
    root 0-100
      list 10-40 orders
        select 10-20 db
        select 20-35 db
      list 50-60 orders error
      pay 60-90 pay
    other 200-210
  `
  expect(draw(picture)).toEqual([
    'root x1 0+100 self 30',
    '.list x2 0+40 self 15',
    '..select x2 0+25 self 25',
    '.pay x1 40+30 self 30',
    'other x1 100+10 self 10',
  ])
  const boxes = layOutFlame(makeTrace(picture))
  expect(flameNs(boxes)).toBe(110)
  expect(boxes[1]?.errors).toBe(1)
})

it('children at the same time stand beside each other', () => {
  expect(draw('root 0-100\n  a 0-80\n  b 0-80')).toEqual([
    'root x1 0+180 self 20',
    '.a x1 0+80 self 80',
    '.b x1 80+80 self 80',
  ])
})
