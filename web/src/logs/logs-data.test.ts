import { describe, expect, it } from 'vitest'
import { parse } from '../../../src/lang/logql/parse.ts'
import { encodeLines } from './download-lines.ts'
import { fillVariables } from './fill-variables.ts'
import { toLines, type LogLine } from './log-line.ts'
import { readState, writeState } from './logs-state.ts'
import { addLines, NO_LINES, release } from './tail-buffer.ts'
import { countLevels, countQuery, histogramChart } from './use-histogram.ts'
import { joinPages, nextPart } from './use-log-lines.ts'

function linesAt(...nss: readonly number[]): readonly LogLine[] {
  const values = nss.map((ns): [string, string] => [
    String(1_700_000_000_000_000_000n + BigInt(ns)),
    `at ${ns}`,
  ])
  return toLines([{ stream: { app: 'web' }, values }], 'oldest-first')
}

const texts = (lines: readonly LogLine[]): readonly string[] => lines.map(({ text }) => text)

describe('pages of lines', () => {
  const part = { startNs: '1700000000000000000', endNs: '1700000000000000100' }

  it('begin where the last one ended, once more with its last nanosecond', () => {
    const lines = linesAt(5, 7, 7, 9)
    expect(nextPart({ part, lines }, 'oldest-first')).toEqual({
      ...part,
      startNs: '1700000000000000009',
    })
    expect(nextPart({ part, lines: lines.toReversed() }, 'newest-first')).toEqual({
      ...part,
      endNs: '1700000000000000006',
    })
    expect(nextPart({ part, lines: [] }, 'newest-first')).toBe(undefined)
  })

  it('pass over a nanosecond that fills one', () => {
    expect(nextPart({ part, lines: linesAt(5, 5) }, 'newest-first')?.endNs).toBe(
      '1700000000000000005',
    )
    expect(nextPart({ part, lines: linesAt(5, 5) }, 'oldest-first')?.startNs).toBe(
      '1700000000000000006',
    )
  })

  it('show each line once', () => {
    expect(texts(joinPages([linesAt(1, 2), linesAt(2, 3)]))).toEqual(['at 1', 'at 2', 'at 3'])
  })
})

describe('the lines of a tail', () => {
  it('come once and in order, and the oldest go when there are too many', () => {
    const first = addLines(NO_LINES, linesAt(1, 3), false, 3)
    const second = addLines(first, linesAt(2, 3, 4), false, 3)
    expect(texts(second.lines)).toEqual(['at 2', 'at 3', 'at 4'])
    expect(second.dropped).toBe(1)
    expect(addLines(second, linesAt(4), false, 3)).toBe(second)
  })

  it('wait while it is held', () => {
    const shown = addLines(NO_LINES, linesAt(1), false)
    const held = addLines(shown, linesAt(2, 1), true)
    expect([texts(held.lines), texts(held.held)]).toEqual([['at 1'], ['at 2']])
    const released = release(held)
    expect([texts(released.lines), released.held]).toEqual([['at 1', 'at 2'], []])
  })
})

describe('the histogram', () => {
  it('counts whatever the pipeline of a query does to lines', () => {
    for (const lines of ['{a="b"}', '{a="b"} |= "x" | json | line_format "{{.x}}"']) {
      for (const searchesText of [true, false]) {
        expect(parse(countQuery(lines, 15_000, searchesText)).faults).toEqual([])
      }
    }
  })

  it('adds up levels by what they mean, each bar in the middle of its step', () => {
    const grid = { startMs: 60_000, endMs: 180_000, stepMs: 60_000 }
    const counted = countLevels(
      [
        {
          metric: { level: 'ERR' },
          values: [
            [120, '2'],
            [180, '1'],
          ],
        },
        { metric: { found_level: 'error', level: 'odd' }, values: [[180, '4']] },
        {
          metric: {},
          values: [
            [120, '3'],
            [240, '9'],
          ],
        },
      ],
      grid,
    )
    expect(counted.total).toBe(10)
    const chart = histogramChart(counted, 'dark')
    expect(Array.from(chart.timesMs)).toEqual([90_000, 150_000])
    expect(chart.series.map(({ name, values }) => [name, ...values])).toEqual([
      ['error', 2, 5],
      ['unknown', 3, 0],
    ])
  })
})

describe('a download', () => {
  it('holds no escapes for terminals and no formulas for spreadsheets', () => {
    const lines = toLines(
      [
        {
          stream: { app: '=1+1' },
          values: [['1700000000123456789', '\u001b[31m@SUM(A1)\u001b[0m, "x"\n']],
        },
      ],
      'oldest-first',
    )
    expect(encodeLines(lines, 'txt')).toBe('2023-11-14T22:13:20.123456789Z @SUM(A1), "x"\n\n')
    expect(encodeLines(lines, 'csv')).toBe(
      'time,timestamp_ns,app,line\r\n2023-11-14T22:13:20.123456789Z,1700000000123456789,\'=1+1,"\'@SUM(A1), ""x""\n"\r\n',
    )
    expect(JSON.parse(encodeLines(lines, 'json'))).toEqual([
      {
        timestamp: '1700000000123456789',
        line: '\u001b[31m@SUM(A1)\u001b[0m, "x"\n',
        labels: { app: '=1+1' },
      },
    ])
  })
})

describe('the address', () => {
  it('holds what a page shows, without what is usual', () => {
    expect(writeState({ from: 'now-6h' }, { query: '{a="b"}' })).toEqual({
      from: 'now-6h',
      q: '{a="b"}',
    })
    const changed = writeState(
      {},
      {
        ...{ order: 'oldest-first', tab: 'patterns', isLive: true, wraps: false },
        ...{ hidesTime: true, labels: 'all', showsFields: true },
      },
    )
    expect(writeState({}, readState(changed))).toEqual(changed)
  })
})

describe('variables of Grafana', () => {
  it('are filled in by step and range', () => {
    const values = { stepMs: 15_000, rangeMs: 3_600_000 }
    expect(fillVariables('rate({a="b"}[$__auto]) / $__range_s + ${__interval}', values)).toBe(
      'rate({a="b"}[15000ms]) / 3600 + 15000ms',
    )
    expect(fillVariables('[$__range] $__unknown $x', values)).toBe('[3600s] $__unknown $x')
  })
})
