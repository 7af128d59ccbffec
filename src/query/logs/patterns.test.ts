import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LineFilter } from '../../lang/logql/ast.ts'
import { compilePipeline } from '../../lang/logql/pipeline/compile.ts'
import { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import type { VolumeRequest } from '../../store/lines-source.ts'
import { findJsonMessage } from './json-message.ts'
import { levelOfLine } from './level-of-line.ts'
import { PatternClusters, type PatternCount } from './pattern-clusters.ts'
import { findPatterns } from './patterns.ts'

const LOGS = path.resolve(import.meta.dirname, '../../../../shared/data/logs')

function patternsOf(lines: readonly string[]): readonly PatternCount[] {
  const clusters = new PatternClusters()
  for (const text of lines) {
    const line = { prefix: '', text, suffix: '', ...findJsonMessage(text) }
    clusters.add({ ...line, level: '', step: 0, weight: 1 })
  }
  return clusters.finish()
}

const shown = (lines: readonly string[]): unknown[] =>
  patternsOf(lines).map(({ pattern, total }) => [total, pattern])

describe('patterns', () => {
  it('have a wildcard where lines differ', () => {
    expect(
      shown([
        'user alice logged in from home',
        'user bob logged in from work',
        'user carol logged in from home',
        'disk is full',
      ]),
    ).toEqual([
      [3, 'user <_> logged in from <_>'],
      [1, 'disk is full'],
    ])
  })

  it('know numbers, times, addresses and ids at once', () => {
    expect(
      shown([
        '2026-05-10T12:00:00.123Z took 12ms for 10.0.0.1:80 id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 (17%)',
      ]),
    ).toEqual([[1, '<_> took <_> for <_> id <_> (<_>)']])
    expect(
      shown(['Dec 10 06:55:46 host sshd[24200]: Invalid user webmaster from ::1:2:3']),
    ).toEqual([[1, '<_> host sshd[<_>]: Invalid user webmaster from <_>']])
    expect(shown(['GET /a/b?c=1&d=2 and https://x.example/y?z=[1]'])).toEqual([
      [1, 'GET /a/b?c=1&d=2 and https://x.example/y?z=[<_>]'],
    ])
  })

  it('keep apart what begins otherwise', () => {
    const lines = ['Started session', 'Stopped session'].flatMap((text) =>
      [1, 2].map((id) => `systemd[${id}]: ${text} ${id} of user root`),
    )
    expect(shown(lines)).toEqual([
      [2, 'systemd[<_>]: Started session <_> of user root'],
      [2, 'systemd[<_>]: Stopped session <_> of user root'],
    ])
  })

  it('are those of the message of JSON', () => {
    expect(
      shown([
        '{"ts":1,"msg":"job \\"a\\" took 5s","level":"info"}',
        '{"ts":2,"msg":"job \\"b\\" took 7s","extra":{}}',
      ]),
    ).toEqual([[2, '<_>"msg":"job \\"<_>\\" took <_>"<_>']])
  })

  it('are bounded, with the frequent ones kept', () => {
    const lines: string[] = []
    for (let i = 0; i < 3000; i++) {
      const word = `w${String.fromCharCode(97 + (i % 26), 97 + (Math.floor(i / 26) % 26), 97 + Math.floor(i / 676))}`
      lines.push(`${'('.repeat(i % 40)}${word} one ${word} two`, 'the same line again and again')
    }
    const patterns = patternsOf(lines)
    expect(patterns[0]).toMatchObject({ pattern: 'the same line again and again', total: 3000 })
    expect(patterns.length).toBeLessThanOrEqual(500)
  })

  it('find their lines again in real logs', () => {
    if (!existsSync(LOGS)) {
      console.log(`skipped: ${LOGS} is not there`)
      return
    }
    for (const file of readdirSync(LOGS).filter((name) => /\.(?:log|txt)$/.test(name))) {
      const lines = readFileSync(path.join(LOGS, file), 'utf8').split('\n').filter(Boolean)
      const patterns = patternsOf(lines)
      const filters = patterns.map(({ pattern }) => {
        const filter: LineFilter = {
          ...{ kind: 'line_filter', op: '|>', terms: [{ text: pattern, isIp: false }] },
          ...{ start: 0, end: 0 },
        }
        return compilePipeline([filter])
      })
      const unmatched = lines.filter(
        (line) => !filters.some((one) => one.process(line, Labels.EMPTY, Labels.EMPTY, 0n)),
      )
      expect([file, unmatched]).toEqual([file, []])
      expect(patterns.reduce((sum, { total }) => sum + total, 0)).toBe(lines.length)
      expect(patterns.length).toBeLessThan(50 + lines.length / 4)
    }
  })
})

describe('a selection', () => {
  const S = 1_000_000_000n
  /** One line each second, the newest first. */
  function sourceOf(count: number) {
    const batchOf = (startNs: bigint, endNs: bigint): LogBatch => {
      const times: bigint[] = []
      for (let at = endNs / S - 1n; at >= startNs / S && at >= 0n; at--) {
        if (at < BigInt(count)) times.push(at * S)
      }
      const texts = times.map((ns) => Buffer.from(`tick ${ns / S}`))
      let end = 0
      return {
        streams: [Labels.from({ app: 'a', level: 'WARN' })],
        streamIndex: new Uint32Array(times.length),
        timestampsNs: BigInt64Array.from(times),
        bytes: Buffer.concat(texts),
        ends: Uint32Array.from(texts, (text) => (end += text.length)),
        metadata: [Labels.EMPTY],
        metadataIndex: new Uint32Array(times.length),
      }
    }
    return {
      lines: async function* ({ startNs, endNs }: { startNs: bigint; endNs: bigint }) {
        await Promise.resolve()
        yield batchOf(startNs, endNs)
      },
      stats: ({ startNs, endNs }: { startNs: bigint; endNs: bigint }) => {
        const entries = batchOf(startNs, endNs).ends.length
        return Promise.resolve({ entries, streams: 1, chunks: 1, bytes: 0 })
      },
      volume: ({ startNs, endNs, stepNs = endNs }: VolumeRequest) => {
        const bytes: number[] = []
        for (let at = startNs; at < endNs; at += stepNs) {
          bytes.push(batchOf(at, at + stepNs < endNs ? at + stepNs : endNs).bytes.length)
        }
        const labels = Labels.from({ app: 'a' })
        return Promise.resolve([{ labels, bytes: Float64Array.from(bytes) }])
      },
    }
  }
  const find = (count: number, stepNs = 3600n * S) =>
    findPatterns(sourceOf(count), {
      ...{ matchers: [], startNs: 0n, endNs: BigInt(count) * S, stepNs, maxStreams: 10 },
      signal: new AbortController().signal,
    })

  it('is counted by step', async () => {
    const { patterns, linesRead, linesFound } = await find(7200)
    expect([linesRead, linesFound]).toEqual([7200, 7200])
    expect(patterns).toEqual([
      {
        pattern: 'tick <_>',
        level: 'warn',
        total: 7200,
        lines: new Map([
          [1, 3600],
          [0, 3600],
        ]),
      },
    ])
  })

  it('is sampled where its lines are', async () => {
    const source = sourceOf(100_000)
    const { linesRead } = await findPatterns(source, {
      ...{ matchers: [], startNs: 0n, endNs: 200_000n * S, stepNs: S, maxStreams: 10 },
      signal: new AbortController().signal,
    })
    expect(linesRead).toBe(50_000)
  })

  it('is sampled evenly over its time when it is large', async () => {
    const { patterns, linesRead, linesFound } = await find(200_000, 100_000n * S)
    expect([linesRead, linesFound]).toEqual([50_000, 200_000])
    const [first] = patterns
    expect(Math.round((first?.total ?? 0) / 1000)).toBe(200)
    const shares = [...(first?.lines.values() ?? [])].map((count) => Math.round(count / 1000))
    expect(shares).toEqual([100, 100])
  })
})

it.each([
  ['x', { level: 'Warning' }, {}, 'warn'],
  ['x', { level: 'info' }, { detected_level: 'error' }, 'error'],
  ['ts=1 level=err msg=x', {}, {}, 'error'],
  ['{"severity": "CRITICAL"}', {}, {}, 'critical'],
  ['[notice] child', {}, {}, 'info'],
  ['2026 INFO main', {}, {}, 'info'],
  ['no error in lower case', {}, {}, 'unknown'],
  ['x', { level: 'loud' }, {}, 'unknown'],
])('knows the level of %j with %j %j: %s', (text, stream, metadata, level) => {
  expect(levelOfLine(text, Labels.from({ ...stream }), Labels.from({ ...metadata }))).toBe(level)
})
