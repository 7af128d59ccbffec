import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { PushOutcome } from '../../ingest/lines.ts'
import { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import { silentLog } from '../../self/log.ts'
import { createRegistry, type Registry } from '../../self/metrics.ts'
import { Outbox, type OutboxSource } from './outbox.ts'
import { Positions } from './positions/positions.ts'
import { LogEntry } from './stages/entry.ts'
import { TailMetrics } from './tail-metrics.ts'

const RATE = 'ingestion rate limit exceeded for user fake (limit: 1 bytes/sec)'

let folder = ''
let positions: Positions
let registry: Registry
let outbox: Outbox

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'outbox-'))
  positions = await Positions.open({ folder, log: silentLog() })
  registry = createRegistry()
})
afterEach(async () => {
  await outbox.stop()
  await positions.close()
  rmSync(folder, { recursive: true })
})

function create(answer: (batch: LogBatch) => Promise<PushOutcome>) {
  const push = vi.fn<(batch: LogBatch) => Promise<PushOutcome>>(answer)
  const metrics = new TailMetrics(registry)
  outbox = new Outbox({ push, positions, metrics, log: silentLog() })
  const commit = vi.fn<OutboxSource['commit']>(() => [])
  const source: OutboxSource = { takeMarks: () => [], safeOffset: 7, commit }
  const emit = (line: string, labels = Labels.from({ job: 'a', __hidden: 'x' })): void =>
    outbox.emit(source, new LogEntry(line, 1n, labels, 0, 7))
  return { push, commit, emit }
}

function dropped(): Record<string, number> {
  const out: Record<string, number> = {}
  for (const { name, metrics } of registry.families()) {
    if (name !== 'promtail_dropped_entries_total') continue
    for (const { labels, value } of metrics) if (value > 0) out[labels[3] ?? ''] = value
  }
  return out
}

const stored = async (batch: LogBatch): Promise<PushOutcome> => ({
  kind: 'stored',
  lines: batch.ends.length,
})

it('goes on behind lines that the store refuses for good', async () => {
  const { push, commit, emit } = create(async () => ({
    kind: 'invalid',
    message: 'too old',
    lines: 1,
  }))
  emit('one')
  emit('two')
  expect(await outbox.flush(10_000)).toBe(true)
  expect(push).toHaveBeenCalledTimes(1)
  expect(commit).toHaveBeenCalledWith(7)
  expect(dropped()).toEqual({ ingester_error: 1 })
})

it('offers lines again that are over the rate, and not those that are over the limit of streams', async () => {
  const { push, commit, emit } = create(async (batch) =>
    push.mock.calls.length < 2 ? { kind: 'limited', message: RATE, lines: 0 } : stored(batch),
  )
  emit('one')
  expect(await outbox.flush(10_000)).toBe(true)
  expect(push).toHaveBeenCalledTimes(2)
  push.mockResolvedValueOnce({ kind: 'limited', message: 'maximum active stream limit', lines: 0 })
  emit('two')
  expect(await outbox.flush(10_000)).toBe(true)
  expect(push).toHaveBeenCalledTimes(3)
  expect(commit).toHaveBeenCalledTimes(2)
  expect(dropped()).toEqual({ ingester_error: 1 })
})

it('adds external labels, hides those that begin with __, and drops or cuts long lines', async () => {
  const { push, emit } = create(stored)
  outbox.setRules({
    externalLabels: Labels.from({ job: 'other', dc: 'here' }),
    maxLineBytes: 4,
    cutsLines: false,
  })
  emit('abcd')
  emit('abcde')
  await outbox.flush(10_000)
  outbox.setRules({ externalLabels: Labels.EMPTY, maxLineBytes: 4, cutsLines: true })
  emit('abcde')
  await outbox.flush(10_000)
  const batches = push.mock.calls.map(([batch]) => ({
    streams: batch.streams.map((labels) => labels.toObject()),
    text: Buffer.from(batch.bytes).toString(),
  }))
  expect(batches).toEqual([
    { streams: [{ job: 'a', dc: 'here' }], text: 'abcd' },
    { streams: [{ job: 'a' }], text: 'abcd' },
  ])
  expect(dropped()).toEqual({ line_too_long: 1 })
})

it('does not commit what has no answer when it ends', async () => {
  const { commit, emit } = create(() => new Promise(() => undefined))
  emit('one')
  expect(await outbox.flush(50)).toBe(false)
  await outbox.stop()
  expect(commit).not.toHaveBeenCalled()
})

it('sends what became due while a batch was under way, also when the timer ran before its time', async () => {
  let nowMs = 10_000
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    let answer: () => void = () => undefined
    const isAnswered = new Promise<void>((resolve) => (answer = resolve))
    const { push, emit } = create(async (batch) => {
      await isAnswered
      return stored(batch)
    })
    emit('one')
    await vi.advanceTimersByTimeAsync(50)
    expect(push).toHaveBeenCalledTimes(1)
    emit('two')
    nowMs += 999
    await vi.advanceTimersByTimeAsync(1000)
    answer()
    await vi.advanceTimersByTimeAsync(1)
    nowMs += 1000
    emit('three')
    await vi.advanceTimersByTimeAsync(1000)
    const lines = push.mock.calls.flatMap(([batch]) => [Buffer.from(batch.bytes).toString()])
    expect(lines).toEqual(['one', 'two', 'three'])
  } finally {
    vi.useRealTimers()
    clock.mockRestore()
  }
})
