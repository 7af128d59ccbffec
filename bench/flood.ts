// A flood of series, lines and spans by the doors of their senders, with dashboards beside it: whether the process group stays within
// its memory budget, how large the data directory becomes, and whether everything that was acknowledged is there afterwards.
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { askDashboards, type Asked } from './flood-dashboards.ts'
import { floodLines, keepPace } from './flood-lines.ts'
import { floodSamples } from './flood-samples.ts'
import { createTally, post, total, type Tally } from './flood-tally.ts'
import { countLines, countSamples, countSpans, describeLoss } from './flood-verify.ts'
import { watchFlood } from './flood-watch.ts'
import { freePort, startProcess, VEDETTE } from './servers.ts'
import { makeTemplates } from './trace-data.ts'

const { values: args } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    memory: { type: 'string', default: '450MiB' },
    disk: { type: 'string' },
    'lines-mb': { type: 'string', default: '20' },
    spans: { type: 'string', default: '5000' },
    'new-series': { type: 'string', default: '100' },
    dashboards: { type: 'string', default: '2' },
    command: { type: 'string', default: VEDETTE },
    keep: { type: 'boolean', default: false },
  },
})
const LINE_SENDERS = 4
const SPAN_SENDERS = 2
const SPANS_PER_REQUEST = 500
const MIB = 2 ** 20

const folder = mkdtempSync(path.join(tmpdir(), 'bench-flood-'))
const dataFolder = path.join(folder, 'data')
const ports = { prometheus: 0, loki: 0, tempo: 0, 'otlp-http': 0 }
for (const name of ['prometheus', 'loki', 'tempo', 'otlp-http'] as const)
  ports[name] = await freePort()
const urlOf = (name: keyof typeof ports): string => `http://127.0.0.1:${ports[name]}`

/** Spans of now over one connection to the OTLP receiver. */
async function floodSpans(
  tally: Tally,
  { perSecond, untilMs, sender }: { perSecond: number; untilMs: number; sender: number },
): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { 'content-type': 'application/x-protobuf' }
  const templates = makeTemplates(20, SPANS_PER_REQUEST, 1)
  // Numbers of traces that no other sender has.
  let traces = sender * 100_000_000
  let sent = 0
  const begunMs = performance.now()
  for (let request = 0; Date.now() < untilMs; request++) {
    const template = templates[request % templates.length]
    if (template === undefined) break
    const nowMs = Date.now()
    const body = template.at(traces, BigInt(nowMs) * 1_000_000n)
    traces += template.traces
    sent += template.spans
    await post(`${urlOf('otlp-http')}/v1/traces`, body, {
      ...{ agent, headers, untilMs, tally },
      ...{ minute: 0, items: template.spans },
    })
    await keepPace(begunMs, sent / perSecond)
  }
  agent.destroy()
}

async function flood(): Promise<{ readonly tallies: readonly Tally[]; readonly asked: Asked }> {
  const untilMs = Date.now() + Number(args.minutes) * 60_000
  const lines = createTally('lines')
  const steady = createTally('samples')
  const fresh = createTally('samples of new series')
  const spans = createTally('spans')
  const bytesPerSecond = (Number(args['lines-mb']) * 1e6) / LINE_SENDERS
  const perSecond = Number(args.spans) / SPAN_SENDERS
  const asking = askDashboards(
    { prometheus: urlOf('prometheus'), loki: urlOf('loki'), tempo: urlOf('tempo') },
    { clients: Number(args.dashboards), untilMs },
  )
  await Promise.all([
    ...Array.from({ length: bytesPerSecond > 0 ? LINE_SENDERS : 0 }, (_, sender) =>
      floodLines(urlOf('loki'), lines, { bytesPerSecond, untilMs, sender }),
    ),
    ...Array.from({ length: perSecond > 0 ? SPAN_SENDERS : 0 }, (_, sender) =>
      floodSpans(spans, { perSecond, untilMs, sender }),
    ),
    floodSamples(
      urlOf('prometheus'),
      { steady, fresh },
      { newSeriesPerSecond: Number(args['new-series']), untilMs },
    ),
  ])
  return { tallies: [lines, steady, fresh, spans], asked: await asking }
}

function describeCounts(counts: ReadonlyMap<string, number>): string {
  return counts.size === 0 ? '-' : [...counts].map(([key, n]) => `${key}: ${n}`).join(', ')
}

const row = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`)
const server = await startProcess({
  folder,
  command: args.command,
  args: [
    ...['start', '--data', dataFolder, '--memory.budget', args.memory, '--promtail', 'off'],
    ...(args.disk === undefined ? [] : ['--disk.budget', args.disk]),
    ...Object.entries(ports).flatMap(([name, port]) => [`--listen.${name}`, `127.0.0.1:${port}`]),
    ...['ui', 'alertmanager', 'webhook', 'otlp-grpc'].flatMap((name) => [
      `--listen.${name}`,
      'off',
    ]),
  ],
  readyUrl: `${urlOf('prometheus')}/-/ready`,
})
const budgetMiB = Number(/^(\d+)MiB$/.exec(args.memory)?.[1] ?? Number.NaN)
try {
  const watch = watchFlood(server.pid, dataFolder)
  const { tallies, asked } = await flood()
  const used = watch.end()
  console.log('\n| memory of the group, MiB | median | p99 | most | looks above the budget |')
  console.log('|---|---|---|---|---|')
  for (const { name, values } of used.memory) {
    const sorted = values.toSorted((a, b) => a - b).map((bytes) => Math.round(bytes / MIB))
    const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
    const above = sorted.filter((mib) => mib > budgetMiB).length
    row(name, `${at(0.5)}`, `${at(0.99)}`, `${at(1)}`, `${above} of ${sorted.length}`)
  }
  console.log(
    `\ndata directory: at most ${(used.mostDataBytes / MIB).toFixed(0)} MiB; processor time: ${used.cpuSeconds.toFixed(0)} s`,
  )
  console.log(
    `queries: ${asked.answered} answered, median ${asked.medianMs.toFixed(0)} ms; refused: ${describeCounts(asked.refused)}`,
  )
  for (const [message, count] of asked.messages) console.log(`  ${count} x ${message}`)
  await sleep(3000)
  console.log('\n| signal | acknowledged | there | missing | answered otherwise |')
  console.log('|---|---|---|---|---|')
  const there = [
    await countLines(urlOf('loki'), tallies[0]),
    await countSamples(urlOf('prometheus'), 'flood_steady_total', tallies[1]),
    await countSamples(urlOf('prometheus'), 'flood_fresh_total', tallies[2]),
    await countSpans(path.join(dataFolder, 'engine.sock'), tallies[3]),
  ]
  let lost = 0
  for (const [i, tally] of tallies.entries()) {
    const counts = there[i] ?? new Map<number, number>()
    const { missing, text } = describeLoss(tally, counts)
    lost += missing
    row(
      tally.name,
      String(total(tally.acknowledged)),
      String(total(counts)),
      text,
      describeCounts(tally.refused),
    )
  }
  const most = used.memory[0]?.values.reduce((a, b) => Math.max(a, b), 0) ?? 0
  const isAbove = most > budgetMiB * MIB
  if (isAbove) console.log(`\nabove the memory budget by ${Math.round(most / MIB - budgetMiB)} MiB`)
  if (lost > 0 && args.disk === undefined) console.log(`\n${lost} acknowledged items are missing`)
  process.exitCode = isAbove || (lost > 0 && args.disk === undefined) ? 1 : 0
} finally {
  await server.stop()
  if (args.keep) console.log(`the data is in ${folder}`)
  else rmSync(folder, { recursive: true })
}
