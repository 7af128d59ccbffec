import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { DiskJson } from '../../src/contract/disk.ts'
import { parseJson } from '../house/parse-json.ts'
import type { Server } from './server.ts'
import { folderSize } from './tools/folder-size.ts'
import { byForm } from './tools/form.ts'
import { ownFolder, ownServer } from './tools/owned.ts'
import { queryLines } from './tools/query-lines.ts'
import { queryValue, readSelfMetric } from './tools/query.ts'
import { RemoteWriter } from './tools/remote-write.ts'
import { runVedette } from './tools/run-vedette.ts'
import { waitFor } from './tools/wait-for.ts'

const MIB = 1024 ** 2
const BUDGET_MIB = 48
/** The flood goes on until so much had to go. */
const DROPPED_MIB = byForm({ short: 16, full: 200 })
const TIMEOUT_MS = byForm({ short: 900_000, full: 1_200_000 })

it(
  'stays within the disk budget in a flood of lines, spans and samples, and says what it dropped',
  { timeout: TIMEOUT_MS },
  async () => {
    const folder = ownFolder()
    const config = join(folder, 'vedette.yml')
    writeConfig(config, BUDGET_MIB)
    const server = await ownServer({
      configPath: config,
      listeners: ['loki', 'otlp-http', 'tempo'],
      args: ['--web.enable-lifecycle'],
    })
    const watch = new FolderWatch(server.dataDir)
    const flood = new Flood(server)
    const dropped = async (): Promise<boolean> => {
      const { signals } = await readDisk(server)
      return signals.reduce((sum, { droppedBytes }) => sum + droppedBytes, 0) > DROPPED_MIB * MIB
    }
    await waitFor('the flood to be dropped', dropped, TIMEOUT_MS * 0.8)
    const sent = await flood.finish()
    console.log(
      `${Math.round(sent.acknowledgedBytes / MIB)} MiB acknowledged, ${sent.refused} pushes refused; ` +
        `the directory took at most ${(watch.mostBytes / MIB).toFixed(1)} of ${BUDGET_MIB} MiB`,
    )
    expect(watch.mostBytes).toBeLessThanOrEqual(BUDGET_MIB * MIB)
    for (const refusal of sent.reasons) expect(refusal).toContain('storage.disk_budget')

    const disk = await readDisk(server)
    const most = disk.signals.toSorted((a, b) => b.droppedBytes - a.droppedBytes)[0]
    const { signal, droppedBytes } = most ?? { signal: 'none', droppedBytes: 0 }
    const counted = `vedette_dropped_bytes_total{reason="disk_budget",signal="${signal}"}`
    expect(await readSelfMetric(server.url(), counted)).toBe(droppedBytes)

    // What came last is there.
    const last = `last ${Date.now()}`
    await waitFor('room for one more line', () => pushLine(server, last))
    expect((await queryLines(server, '{app="after"}')).map(({ line }) => line)).toEqual([last])
    const writer = new RemoteWriter(server.url())
    await writer.store([[{ __name__: 'after' }, Date.now(), 42]])
    await writer.close()
    expect(await queryValue(server.url(), 'after')).toBe(42)

    const { out } = await runVedette('status', '--url', server.url())
    console.log(out)
    expect(out).toMatch(/disk +\d.* of 48 MiB/)
    expect(out).toMatch(/(logs|traces|metrics) .*dropped/)

    // A smaller budget takes effect at a reload.
    writeConfig(config, 34)
    expect((await fetch(`${server.url()}/-/reload`, { method: 'POST' })).status).toBe(200)
    await waitFor('the folder to shrink', () => folderSize(server.dataDir) <= 34 * MIB)
    watch.stop()
  },
)

function writeConfig(file: string, mebibytes: number): void {
  const text = `prometheus: {scrape_configs: []}
storage:
  disk_budget: ${mebibytes}MiB
  disk_shares: {metrics: 30%, logs: 50%, traces: 20%}
`
  writeFileSync(file, text)
}

async function readDisk(server: Server): Promise<DiskJson> {
  const answer = await fetch(`${server.url()}/api/v1/status/disk`)
  return parseJson(await answer.text(), isDiskAnswer).data
}

function isDiskAnswer(json: unknown): json is { readonly data: DiskJson } {
  return typeof json === 'object' && json !== null && 'data' in json && json.data !== null
}

async function pushLine(server: Server, line: string): Promise<boolean> {
  const { status } = await postJson(`${server.url('loki')}/loki/api/v1/push`, {
    streams: [{ stream: { app: 'after' }, values: [[`${Date.now()}000000`, line]] }],
  })
  return status === 204
}

async function postJson(
  url: string,
  body: unknown,
): Promise<{ readonly status: number; readonly text: string; readonly bytes: number }> {
  const text = JSON.stringify(body)
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text,
    signal: AbortSignal.timeout(60_000),
  })
  return { status: answer.status, text: await answer.text(), bytes: text.length }
}

/** Looks at the size of a folder as fast as it can be done without keeping the machine busy. */
class FolderWatch {
  mostBytes = 0
  readonly #timer: NodeJS.Timeout

  constructor(folder: string) {
    this.#timer = setInterval(() => {
      this.mostBytes = Math.max(this.mostBytes, folderSize(folder))
    }, 150)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Lines, spans and samples that hardly compress, as fast as they are taken. */
class Flood {
  readonly #server: Server
  readonly #senders: readonly Promise<void>[]
  readonly #reasons = new Set<string>()
  #isEnding = false
  #acknowledgedBytes = 0
  #refused = 0

  constructor(server: Server) {
    this.#server = server
    this.#senders = [
      this.#send(() => this.#pushLines()),
      this.#send(() => this.#pushLines()),
      this.#send(() => this.#pushSpans()),
      this.#send(() => this.#pushSamples()),
    ]
  }

  async finish(): Promise<{
    readonly acknowledgedBytes: number
    readonly refused: number
    readonly reasons: readonly string[]
  }> {
    this.#isEnding = true
    await Promise.all(this.#senders)
    return {
      acknowledgedBytes: this.#acknowledgedBytes,
      refused: this.#refused,
      reasons: [...this.#reasons],
    }
  }

  async #send(push: () => Promise<Awaited<ReturnType<typeof postJson>>>): Promise<void> {
    while (!this.#isEnding) {
      const { status, text, bytes } = await push()
      if (status < 300) this.#acknowledgedBytes += bytes
      else {
        this.#refused++
        this.#reasons.add(`${status} ${text}`)
        await sleep(200)
      }
    }
  }

  #pushLines() {
    const now = BigInt(Date.now()) * 1_000_000n
    const values = Array.from({ length: 2000 }, (_, i) => [
      String(now + BigInt(i)),
      `request ${i} took ${randomBytes(200).toString('hex')}`,
    ])
    return postJson(`${this.#server.url('loki')}/loki/api/v1/push`, {
      streams: [{ stream: { app: 'flood', part: randomBytes(1).toString('hex') }, values }],
    })
  }

  #pushSpans() {
    const start = BigInt(Date.now()) * 1_000_000n
    const spans = Array.from({ length: 1000 }, (_, i) => ({
      traceId: randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      name: `GET /${i % 50}`,
      startTimeUnixNano: String(start + BigInt(i)),
      endTimeUnixNano: String(start + BigInt(i) + 1_000_000n),
      attributes: [{ key: 'id', value: { stringValue: randomBytes(60).toString('hex') } }],
    }))
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'flood' } }] }
    return postJson(`${this.#server.url('otlp-http')}/v1/traces`, {
      resourceSpans: [{ resource, scopeSpans: [{ spans }] }],
    })
  }

  async #pushSamples() {
    const nowMs = Date.now()
    const writer = new RemoteWriter(this.#server.url())
    const rows = Array.from(
      { length: 5000 },
      (_, i) => [{ __name__: 'flood', i: String(i) }, nowMs, Math.random()] as const,
    )
    const { status, text } = await writer.push(rows)
    await writer.close()
    return { status, text, bytes: rows.length * 16 }
  }
}
