import { describe, expect, it } from 'vitest'
import { describeOutput } from './terminal.ts'

const terminal = { isTTY: true, columns: 80, rows: 24 }

describe('what an output can show', () => {
  it.each([
    ['a terminal', terminal, {}, true],
    ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['a terminal with an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
    ['a pipe', {}, {}, false],
    ['a pipe with FORCE_COLOR', {}, { FORCE_COLOR: '1' }, true],
    ['both', {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('colours: %s', (_name, output, env, color) => {
    expect(describeOutput(output, env).color).toBe(color)
  })

  it('takes its size from the terminal, else from the environment, else has a default', () => {
    expect(describeOutput(terminal, { COLUMNS: '10' })).toMatchObject({ columns: 80, rows: 24 })
    expect(describeOutput({}, { COLUMNS: '60', LINES: '10' })).toMatchObject({
      columns: 60,
      rows: 10,
    })
    expect(describeOutput({}, { COLUMNS: 'wide' })).toMatchObject({ columns: 100, rows: 30 })
    expect(describeOutput({ isTTY: true, columns: 0, rows: 0 }, {})).toMatchObject({
      columns: 100,
      rows: 30,
    })
  })

  it('is never taken for narrower than 20 columns', () => {
    expect(describeOutput({ isTTY: true, columns: 5 }, {}).columns).toBe(20)
  })
})
