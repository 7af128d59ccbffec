import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { retentionOfLogs, retentionOfTraces } from '../../src/signal-retention.ts'
import { batchOf as linesOf, linesOver, NOON_NS, readAll } from './lines-harness.ts'
import { spansOf, spansOver } from './spans-harness.ts'
import { DAY, NOON, StoreHarness } from './store-harness.ts'

const harness = new StoreHarness()
const openLines = linesOver(harness)
const openSpans = spansOver(harness)

/** The configuration of a file with this content. */
function configOf(text: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'signal-retention-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'vedette.yml')
  writeFileSync(file, text)
  const loaded = loadConfig({ path: file, flags: {}, env: {} })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
  return loaded.config
}

it('keeps the spans of a service longer than those of others, across a restart', async () => {
  const config = configOf(`storage:
  traces:
    retention_time: 3d
    retention:
      - {service: payments, time: 30d}
      - {match: '{"deployment.environment"="dev"}', time: 1d}
`)
  let nowMs = NOON
  const options = { nowMs: () => nowMs, retention: retentionOfTraces(config) }
  const { store, database } = await openSpans(options)
  await store.append(
    spansOf([
      { trace: 1, span: 1, service: 'payments' },
      { trace: 2, span: 2, service: 'web' },
      { trace: 3, span: 3, service: 'web', resource: { 'deployment.environment': 'dev' } },
    ]),
  )
  const range = { startNs: NOON_NS - 1_000_000_000n, endNs: NOON_NS + 1_000_000_000n }
  const services = (): string[] =>
    store
      .resources(range)
      .map((one) => `${one.get('service.name')} ${one.get('deployment.environment')}`)
  nowMs = NOON + 2 * DAY
  await store.applyRetention()
  expect(services().sort()).toEqual(['spayments ', 'sweb '])
  nowMs = NOON + 5 * DAY
  await store.applyRetention()
  expect(services()).toEqual(['spayments '])
  const again = await openSpans(options, database)
  expect(again.store.resources(range)).toHaveLength(1)
})

it('keeps a stream for its own time, which a file of Loki cannot make longer', async () => {
  const config = configOf(`storage: {logs: {retention: [{match: '{app="debug"}', time: 1d}]}}
loki: {limits_config: {retention_period: 10d, retention_stream: [{selector: '{app=~"d.*"}', period: 20d}]}}
`)
  let nowMs = NOON
  const { store } = await openLines({ nowMs: () => nowMs, retention: retentionOfLogs(config) })
  await store.append(
    linesOf(['debug', 'data', 'web'].map((app) => ({ stream: { app }, ns: NOON_NS, text: app }))),
  )
  nowMs = NOON + 3 * DAY
  await store.applyRetention()
  expect((await readAll(store)).sort()).toEqual(['{app="data"} 0 data', '{app="web"} 0 web'])
  nowMs = NOON + 12 * DAY
  await store.applyRetention()
  expect(await readAll(store)).toEqual(['{app="data"} 0 data'])
})
