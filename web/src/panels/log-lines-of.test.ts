// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { linesOfFrames, toLineFrames } from './frames/line-frames.ts'
import { commonLabels, readLines } from './log-lines-of.ts'

function linesOf(...texts: readonly string[]) {
  const values = texts.map((text, i) => [`170000000000000000${i}`, text] as const)
  return linesOfFrames(toLineFrames([{ stream: { job: 'a', host: 'h' }, values }], 'A'))
}

const texts = (lines: ReturnType<typeof readLines>) => lines.map(({ text }) => text)

describe('the lines of a logs panel', () => {
  it.each([
    [{}, ['c', 'b', 'a']],
    [{ sortOrder: 'Descending' }, ['c', 'b', 'a']],
    [{ sortOrder: 'Ascending' }, ['a', 'b', 'c']],
  ])('stand in order: %j', (options, expected) => {
    expect(texts(readLines(linesOf('a', 'b', 'c'), options))).toEqual(expected)
  })

  it.each([
    ['none', ['get 1 ok', 'get 2 ok', 'get 2 ok', 'put! 3'], []],
    ['exact', ['get 1 ok', 'get 2 ok', 'put! 3'], [2]],
    ['numbers', ['get 1 ok', 'put! 3'], [3]],
    ['signature', ['get 1 ok', 'put! 3'], [3]],
  ])('that repeat are folded by %s and counted', (dedupStrategy, expected, counts) => {
    const lines = linesOf('get 1 ok', 'get 2 ok', 'get 2 ok', 'put! 3')
    const folded = readLines(lines, { sortOrder: 'Ascending', dedupStrategy })
    expect(texts(folded)).toEqual(expected)
    expect(folded.flatMap(({ times }) => times ?? [])).toEqual(counts)
  })

  it('have their JSON spread out where that is asked for', () => {
    const lines = readLines(linesOf('{"a":1}', '{broken', 'x'), { prettifyLogMessage: true })
    expect(texts(lines)).toEqual(['x', '{broken', '{\n  "a": 1\n}'])
  })

  it('tell the labels that all have', () => {
    expect(commonLabels(linesOf('a', 'b'))).toEqual([
      ['job', 'a'],
      ['host', 'h'],
    ])
    const other = linesOfFrames(
      toLineFrames(
        [{ stream: { job: 'a', host: 'i' }, values: [['1700000000000000009', 'x']] }],
        'A',
      ),
    )
    expect(commonLabels([...linesOf('a'), ...other])).toEqual([['job', 'a']])
    expect(commonLabels([])).toEqual([])
  })
})
